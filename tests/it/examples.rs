//! The examples, as their readers would run them.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};
use tests::{App, WASM, cargo, root};

#[test]
fn primes() {
    for (below, count) in [("0", "0"), ("3", "1"), ("100000", "9592"), ("1000001", "78498")] {
        for cores in [1, 2, 8] {
            App::new("primes").cores(cores).arg(below).run().stdout(&format!("{count}\n")).exit(0);
        }
    }
}

#[test]
fn sort() {
    let text = |count: u32, cores| {
        let output = App::new("sort").cores(cores).arg(count.to_string()).run();
        output.exit(0);
        output.text()
    };
    for count in [0, 1, 2, 9_999, 10_000, 100_003, 1_000_001] {
        let one = text(count, 1);
        for cores in [2, 3, 8] {
            assert_eq!(text(count, cores), one, "{cores} cores");
        }
    }
    assert_eq!(text(2, 1), "2 numbers, checksum 00000002484e5b19\n");
}

#[test]
fn matmul() {
    let text = |n: u32, cores| {
        let output = App::new("matmul").cores(cores).arg(n.to_string()).run();
        output.exit(0);
        output.text()
    };
    // It checks itself, so here is to see that no sum was done in another order.
    for n in [1, 2, 3, 63, 64, 131, 256] {
        let one = text(n, 1);
        for cores in [2, 3, 8] {
            assert_eq!(text(n, cores), one, "{cores} cores");
        }
    }
}

/// Text with repetitions far and near, and noise in between; the same in each run.
pub(crate) fn content(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::with_capacity(size + 64);
    while bytes.len() < size {
        match random() % 8 {
            0 => bytes.extend(random().to_le_bytes()),
            1 if bytes.len() > 100_000 => {
                let from = bytes.len() - 100_000 + (random() % 90_000) as usize;
                bytes.extend_from_within(from..from + 300);
            }
            n => bytes.extend(format!("{n} lines of {} words\n", random() % 100).bytes()),
        }
    }
    bytes.truncate(size);
    bytes
}

/// What gzip makes of a file, with these arguments.
#[track_caller]
fn gzip(dir: &TempDir, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("gzip").args(arguments).current_dir(dir).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "gzip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[track_caller]
fn pgzip(dir: &TempDir, cores: usize, arguments: &[&str]) {
    let app = App::new("pgzip").cores(cores).dir(dir.path(), ".");
    arguments.iter().fold(app, |app, argument| app.arg(*argument)).run().stdout("").exit(0);
}

#[test]
fn pgzip_is_gzip() {
    let sizes = [0, 1, 2, 1_000, 128 << 10, (128 << 10) + 1, 1 << 20, 20_000_000];
    let content = content(20_000_000);
    for size in sizes {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join("file"), &content[..size]).unwrap();
        pgzip(&dir, 2, &["file"]);
        gzip(&dir, &["-t", "file.gz"]);
        assert!(gzip(&dir, &["-dc", "file.gz"]) == content[..size], "{size} bytes");
        pgzip(&dir, 2, &["-d", "file.gz", "-o", "back"]);
        assert!(fs::read(dir.path().join("back")).unwrap() == content[..size], "{size} bytes");
    }
}

#[test]
fn pgzip_reads_what_gzip_writes() {
    let dir = tempdir().unwrap();
    let content = content(3_000_000);
    fs::write(dir.path().join("file"), &content).unwrap();
    gzip(&dir, &["-k", "file"]);
    pgzip(&dir, 2, &["-d", "file.gz", "-o", "back"]);
    assert!(fs::read(dir.path().join("back")).unwrap() == content);
}

#[test]
fn pgzip_does_not_depend_on_cores() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("file"), content(3_000_000)).unwrap();
    for (cores, name) in [(1, "1.gz"), (2, "2.gz"), (8, "8.gz")] {
        pgzip(&dir, cores, &["-o", name, "file"]);
    }
    let [one, two, eight] = ["1.gz", "2.gz", "8.gz"].map(|name| fs::read(dir.path().join(name)).unwrap());
    assert!(one == two && two == eight);
}

#[test]
fn pgzip_says_what_is_wrong() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("no.gz"), "not compressed").unwrap();
    let run = |arguments: &[&str]| {
        let app = App::new("pgzip").cores(2).dir(dir.path(), ".");
        arguments.iter().fold(app, |app, argument| app.arg(*argument)).run()
    };
    run(&["missing"]).stderr_has("missing").exit(1);
    run(&["-d", "no.gz"]).stderr_has("no.gz").exit(1);
    run(&[]).stderr_has("usage").exit(2);
    assert!(!dir.path().join("no").exists(), "what failed left nothing");
}

/// The size of a picture, and its pixels.
fn decode(path: &Path) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(BufReader::new(fs::File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

#[test]
fn mandelbrot() {
    let dir = tempdir().unwrap();
    let [one, two] = [1, 2].map(|cores| {
        let name = format!("{cores}.png");
        let app = App::new("mandelbrot").cores(cores).dir(dir.path(), ".");
        app.arg("--size").arg("200x100").arg("-o").arg(&*name).run().exit(0);
        dir.path().join(name)
    });
    let (width, height, pixels) = decode(&one);
    assert_eq!((width, height), (200, 100));
    assert!(pixels.iter().any(|byte| *byte != pixels[0]), "one colour");
    assert!(fs::read(&one).unwrap() == fs::read(&two).unwrap(), "depends on the number of cores");
}

#[test]
fn wordcount() {
    let dir = tempdir().unwrap();
    let mut counts = BTreeMap::<String, u64>::new();
    let mut state = 1_u64;
    for file in 0..60 {
        let path = dir.path().join(format!("tree/{}/{}/file-{file}", file % 3, file % 5));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut text = String::new();
        for _ in 0..file * 20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = (state >> 40) % 100;
            text += &format!("Wort-{number}, grün{}\n", number % 7);
            for word in [format!("{number}"), "wort".into(), format!("grün{}", number % 7)] {
                *counts.entry(word).or_default() += 1;
            }
        }
        fs::write(path, text).unwrap();
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(word, count)| (u64::MAX - count, word)).collect();
    counts.sort();
    let lines = counts.iter().map(|(count, word)| format!("{:>8} {word}\n", u64::MAX - count));
    let expected: String = lines.take(50).collect();
    for cores in [1, 2, 8] {
        let app = App::new("wordcount").cores(cores).dir(dir.path(), ".");
        app.arg("tree").arg("-n").arg("50").run().stdout(&expected).exit(0);
    }
}

/// Every tenth line of many files has a needle; and files that are unlike others.
pub(crate) fn haystack() -> TempDir {
    let dir = tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = dir.path().join("tree").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    let lines = |file: usize, count: usize| -> String {
        let line = |n| match (file + n) % 10 {
            0 => format!("{n}: a Needle in hay, or a needle\n"),
            1 => "\n".to_owned(),
            _ => format!("{n}: hay of file {file}\n"),
        };
        (0..count).map(line).collect()
    };
    for file in 0..500 {
        write(&format!("{}/{}/file-{file}", file % 7, file % 5), lines(file, file).as_bytes());
    }
    // Behind what is in "1", though '.' comes before '/'.
    write("1.d", b"needle\n");
    write("1/empty", b"");
    write("1/binary", b"needle\n\0\nneedle\n");
    write("1/no-newline", b"hay\nthe needle is last");
    write("1/not-utf-8", b"\xff\xfe needle \x80\n\xc3\nna\xefve needle\n");
    write("2/long-line", format!("hay\n{0}needle{0}\nhay\n", "x".repeat(1 << 19)).as_bytes());
    write("2/very-long-line", format!("{0}needle{0}\nneedle", "x".repeat(3 << 19)).as_bytes());
    write("2/many-pieces", lines(0, 200_000).as_bytes());
    // Not followed below a directory; and if it is named, nothing that the app may read.
    std::os::unix::fs::symlink(root(), dir.path().join("tree/link")).unwrap();
    // A line ends, or begins, exactly where a piece does, and a file ends there.
    for around in 0..3 {
        let before = "h".repeat((1 << 20) - 2 + around);
        write(&format!("3/cut-{around}"), format!("{before}\nneedle\n{before}\nneedle\n").as_bytes());
        write(&format!("3/end-{around}"), format!("needle {}\n", &before[8..]).as_bytes());
    }
    dir
}

/// What GNU grep prints, given all files in the order in which Rust sorts paths.
fn gnu_grep(dir: &TempDir, arguments: &[&str]) -> Vec<u8> {
    let mut files = Vec::new();
    let mut dirs = vec![PathBuf::from("tree")];
    while let Some(path) = dirs.pop() {
        for entry in fs::read_dir(dir.path().join(&path)).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            let list = if kind.is_dir() { &mut dirs } else { &mut files };
            if !kind.is_symlink() {
                list.push(path.join(entry.file_name()));
            }
        }
    }
    files.sort();
    let mut command = Command::new("grep");
    command.env("LC_ALL", "C").current_dir(dir).args(["-H", "-I", "-E"]).args(arguments).args(files);
    command.output().unwrap().stdout
}

fn grep(dir: &TempDir, cores: usize, arguments: &[&str]) -> tests::Output {
    let app = App::new("grep").cores(cores).dir(dir.path(), ".");
    arguments.iter().fold(app, |app, argument| app.arg(*argument)).run()
}

#[test]
fn grep_is_grep() {
    let dir = haystack();
    let all: [&[&str]; 8] = [
        &["needle"],
        &["-n", "needle"],
        &["-ni", "n[e]+dle"],
        &["-c", "needle"],
        &["-l", "(^|y) *a* *needle$|last"],
        &["-n", "^$"],
        &["-n", "[^h]y"],
        &["-n", "[0-9]: hay|never"],
    ];
    for arguments in all {
        let expected = gnu_grep(&dir, arguments);
        assert!(expected.len() > 10, "{arguments:?} finds nothing");
        for cores in [1, 2, 8] {
            let output = grep(&dir, cores, &[arguments, &["tree"]].concat());
            output.exit(0);
            assert!(output.stdout == expected, "{arguments:?} on {cores} cores");
        }
    }
}

/// What it prints, what it complains of, and its exit code.
#[track_caller]
fn comes_of_grep(output: &tests::Output, stdout: &str, complaints: &[&str], exit: i32) {
    output.stdout(stdout).exit(exit);
    // The host has a line of its own to say of many cores on few CPUs.
    let complained: Vec<_> = output.stderr.lines().filter(|line| !line.starts_with("warning: ")).collect();
    assert_eq!(complained.len(), complaints.len(), "{complained:?}");
    let mut pairs = complained.iter().zip(complaints);
    assert!(pairs.all(|(line, start)| line.starts_with(start)), "{complained:?}");
}

#[test]
fn grep_says_what_came_of_it() {
    let dir = haystack();
    let missing = "grep: missing: ";
    let last = "tree/1/no-newline:the needle is last\n";
    let first = "tree/0/0/file-105:6:5: a Needle in hay, or a needle\n";
    let counts = "tree/1.d:1\ntree/1/empty:0\n";
    let all: [(&[&str], &str, &[&str], i32); 7] = [
        (&["straw", "tree"], "", &[], 1),
        (&["needle", "tree/1/binary"], "", &[], 1),
        (&["last", "tree/1/no-newline"], last, &[], 0),
        // What is behind the first match is not looked at, and what is before it is.
        (&["--first", "-n", "needle", "tree", "missing"], first, &[], 0),
        (&["--first", "-n", "needle", "missing", "tree"], first, &[missing], 2),
        (&["needle", "tree/link", "tree/1.d"], "tree/1.d:needle\n", &["grep: tree/link: "], 2),
        (&["-c", "needle", "tree/1.d", "missing", "tree/1/empty"], counts, &[missing], 2),
    ];
    for cores in [1, 2, 8] {
        for (arguments, stdout, complaints, exit) in all {
            comes_of_grep(&grep(&dir, cores, arguments), stdout, complaints, exit);
        }
    }
    for wrong in [&["("][..], &[], &["-x", "y"], &["-l", "-c", "x"], &["--first", "-c", "x"], &["a\nb"]] {
        let output = grep(&dir, 1, wrong);
        output.stdout("").stderr_has("usage: ").stderr_is_one_line().exit(2);
    }
}

/// A file without end, for all that this program could ever read, of which only the beginning is read.
#[test]
fn grep_stops_at_the_first() {
    let dir = tempdir().unwrap();
    let mut text = "hay\n".repeat(64 << 18);
    text.replace_range(..40_000, &("needle\n".to_owned() + &"x".repeat(40_000 - 8) + "\n"));
    fs::write(dir.path().join("endless"), text).unwrap();
    fs::File::options().write(true).open(dir.path().join("endless")).unwrap().set_len(1 << 40).unwrap();
    for cores in [1, 2] {
        comes_of_grep(&grep(&dir, cores, &["--first", "needle"]), "endless:needle\n", &[], 0);
    }
}

/// A line that is too long is an error of its file, which is named once.
#[test]
fn grep_goes_on_after_a_line_that_is_too_long() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("1"), "x".repeat(40_000)).unwrap();
    fs::File::options().write(true).open(dir.path().join("1")).unwrap().set_len(100 << 20).unwrap();
    fs::write(dir.path().join("2"), "x").unwrap();
    comes_of_grep(&grep(&dir, 2, &["x"]), "2:x\n", &["grep: 1: a line is longer than 64 MiB"], 2);
}

#[test]
fn essay() {
    let text = |cores| {
        let output = App::new("essay").cores(cores).run();
        output.exit(0);
        output.text()
    };
    let one = text(1);
    assert!(one.lines().count() > 5 && one.lines().all(|line| line.ends_with(": ok")), "{one}");
    assert_eq!(one, text(2));
    assert_eq!(one, text(8));
}

/// The folder is a package of its own, as a reader takes it: nothing in it needs the rest of the repository
/// but the guest runtime, which comes from crates.io, and here from its folder.
#[test]
fn the_folder_can_be_copied_out() {
    let folder = tempdir().unwrap();
    let copy = folder.path().join("examples");
    assert!(Command::new("cp").arg("-r").args([&root().join("examples"), &copy]).status().unwrap().success());
    fs::copy(root().join("Cargo.lock"), copy.join("Cargo.lock")).unwrap();
    let runtime = root().join("guest-runtime");
    let patch = format!("patch.crates-io.parallel-guest-runtime.path={runtime:?}");
    let mut command = cargo();
    command.args(["check", "--release", "--offline", "--target", WASM, "--config", &patch]);
    command.current_dir(&copy).env("CARGO_TARGET_DIR", root().join("target/tmp/examples"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
