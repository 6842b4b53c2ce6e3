//! Compile errors: values that cannot be sent do not compile, and the compiler says first what is wrong and
//! what to do.
//!
//! `tests/wrong` has a program for each mistake, and next to it the first error, without quotes of other
//! files. With `BLESS=1` in the environment, the test writes these files.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use tempfile::tempdir;
use tests::{WASM, building_guests, root};

/// The crates that the programs use.
const USED: [&str; 3] = ["guest_runtime", "serde", "wasi"];

/// Notes that do not describe the mistake, or show paths of this machine.
const OF_THE_COMPILER: [&str; 5] =
    ["originates in", "full name for the type", "`--verbose`", "required for", "following other types"];

/// Returns the rustc flags for those crates, as cargo has built them for the guests.
fn libraries() -> Vec<OsString> {
    let mut cargo = building_guests();
    let output = cargo.arg("--message-format=json").stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "cannot build the guests");
    let messages = String::from_utf8(output.stdout).unwrap();
    // The file names are the strings with this ending. Files for this machine are listed too.
    let files = messages.split('"').filter(|string| string.ends_with(".rlib")).map(Path::new);
    let mut flags = Vec::new();
    for file in files.filter(|file| file.components().any(|part| part.as_os_str() == WASM)) {
        let name = file.file_name().and_then(OsStr::to_str).unwrap();
        if let Some(used) = USED.iter().find(|used| name.starts_with(&format!("lib{used}-"))) {
            flags.extend(["--extern".into(), format!("{used}={}", file.display()).into()]);
            let deps = file.parent().unwrap();
            // Procedural macros are built for this machine.
            let of_machine = deps.ancestors().nth(3).unwrap().join("release/deps");
            for folder in [deps, &of_machine] {
                flags.extend(["-L".into(), format!("dependency={}", folder.display()).into()]);
            }
        }
    }
    assert_eq!(flags.iter().filter(|flag| *flag == "--extern").count(), USED.len(), "{flags:?}");
    flags
}

/// Compiles a program as `cargo check` does, or completely if its name says that only a build finds its mistake.
fn compile(program: &Path, libraries: &[OsString]) -> Output {
    let dir = tempdir().unwrap();
    let emitted = if program.to_str().unwrap().contains("built_") { "obj" } else { "metadata" };
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(root()).args(["--edition", "2024", "--target", WASM, "--crate-type", "bin"]);
    rustc.args(["--emit", emitted, "--diagnostic-width", "120", "-o"]).arg(dir.path().join("program"));
    rustc.args(libraries).arg(program).output().unwrap()
}

/// Returns the parts of the first error that describe the program.
fn first_error(stderr: &str) -> String {
    let mut kept = Vec::new();
    // Help and notes are kept if they show a part of the program.
    let (mut head, mut is_about_it) = (None, true);
    for line in stderr.lines().take_while(|line| !line.is_empty()).map(str::trim_end) {
        let words = line.trim_start();
        if line.starts_with("help: ") || line.starts_with("note: ") {
            (head, is_about_it) = (Some(line), false);
        } else if let Some(note) = words.strip_prefix("= ") {
            is_about_it = false;
            if !OF_THE_COMPILER.iter().any(|text| note.contains(text)) {
                kept.push(line);
            }
        } else if words.starts_with("--> ") || words.starts_with("::: ") {
            is_about_it = words.contains("tests/wrong/");
            kept.extend(head.take().filter(|_| is_about_it));
        }
        if is_about_it {
            kept.push(line);
        }
    }
    kept.into_iter().map(with_same_gutter).collect::<Vec<_>>().join("\n") + "\n"
}

/// Returns the line with three columns for its number. The compiler's width depends on the length of the
/// other files that it quotes.
pub(crate) fn with_same_gutter(line: &str) -> String {
    let words = line.trim_start_matches(' ');
    let (number, rest) = words.split_at(words.find(|c: char| !c.is_ascii_digit()).unwrap_or(words.len()));
    if number.is_empty() && words.len() == line.len() {
        return line.to_owned();
    }
    match rest.trim_start() {
        text if !number.is_empty() && text.starts_with('|') => format!("{number:>3} {text}"),
        text if !number.is_empty() || text.is_empty() => line.to_owned(),
        text if text.starts_with("--> ") || text.starts_with("::: ") => format!("   {text}"),
        text if text.starts_with('|') || text.starts_with("= ") => format!("    {text}"),
        _ => line.to_owned(),
    }
}

#[test]
fn gutters_are_equally_wide() {
    let line = |text| with_same_gutter(text);
    assert_eq!(
        (line(" --> a.rs:4:1"), line("    --> a.rs:4:1")),
        ("   --> a.rs:4:1".into(), "   --> a.rs:4:1".into())
    );
    assert_eq!(
        (line("  |  ^ x"), line("4 | x"), line("123 | x")),
        ("    |  ^ x".into(), "  4 | x".into(), "123 | x".into())
    );
    assert_eq!((line("  = note: x"), line("4 places")), ("    = note: x".into(), "4 places".into()));
    assert_eq!(
        (line("error: x"), line("      found x"), line("|x")),
        ("error: x".into(), "      found x".into(), "|x".into())
    );
}

/// Returns the programs with a mistake, by their paths from the root.
fn programs() -> Vec<PathBuf> {
    let files = fs::read_dir(root().join("tests/wrong")).unwrap().map(|entry| entry.unwrap().path());
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let mut programs: Vec<_> = rust.map(|path| path.strip_prefix(root()).unwrap().to_owned()).collect();
    programs.sort_unstable();
    programs
}

#[test]
fn the_compiler_says_what_to_do() {
    let libraries = libraries();
    let mut wrong = String::new();
    for program in programs() {
        let output = compile(&program, &libraries);
        let stderr = String::from_utf8(output.stderr).unwrap();
        if program.ends_with("nothing.rs") {
            assert!(output.status.success() && stderr.is_empty(), "nothing is wrong, but: {stderr}");
            continue;
        }
        assert!(!output.status.success(), "{} compiles", program.display());
        let (says, file) = (first_error(&stderr), root().join(program.with_extension("stderr")));
        if env::var_os("BLESS").is_some() {
            fs::write(file, says).unwrap();
        } else if says != fs::read_to_string(file).unwrap_or_default() {
            wrong += &format!("{}:\n{says}--- all of it:\n{stderr}\n", program.display());
        }
    }
    assert!(wrong.is_empty(), "the compiler says something else than before (BLESS=1 to agree):\n{wrong}");
}

/// A closure that borrows a variable is an error of the compiler about lifetimes, without a text of ours. But it
/// quotes the line that asks for `'static`.
#[test]
fn the_error_of_a_borrowing_closure_quotes_the_remedy() {
    let libraries = libraries();
    for (program, remedy) in [
        ("closure_by_reference", "par!([name, &other] async { .. })"),
        ("map_by_reference", "`items.lending((&a, n))`"),
    ] {
        let output = compile(&Path::new("tests/wrong").join(program).with_extension("rs"), &libraries);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("requirement that the value outlives `'static` introduced here"), "{stderr}");
        assert!(stderr.contains(remedy), "{stderr}");
    }
}
