//! The name of a package: that of its directory, if cargo and rustc can use it.

use std::path::Path;

use host::Escaped;

/// Names that neither a package nor its crate may have, and why.
const TAKEN: [(&str, &[&str]); 3] = [
    ("Rust has a crate of that name", &["alloc", "core", "proc-macro", "proc_macro", "std", "test"]),
    ("cargo has a directory of that name", &["build", "deps", "examples", "incremental"]),
    ("it depends on a crate of that name", &["guest-runtime", "guest_runtime", "parallel-guest-runtime"]),
];

/// The keywords and the reserved words of all editions.
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Returns the name for the package in this directory.
///
/// # Errors
///
/// Fails if cargo or rustc would reject the name, and says why.
pub(super) fn of(dir: &Path) -> Result<String, String> {
    // The path `.` does not contain the name of the directory.
    let named = dir.file_name().map(ToOwned::to_owned);
    let named = named.or_else(|| dir.canonicalize().ok()?.file_name().map(ToOwned::to_owned));
    let Some(name) = named else {
        return Err(format!("{} has no name that a package could have", Escaped(dir.display())));
    };
    let name = name.to_string_lossy().into_owned();
    match fault(&name) {
        None => Ok(name),
        Some(why) => Err(format!("{} cannot be the name of a package: {why}", Escaped(&name))),
    }
}

/// Returns why a package cannot have this name, if so.
fn fault(name: &str) -> Option<String> {
    let may_be_in = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if let Some(letter) = name.chars().find(|&letter| !may_be_in(letter)) {
        return Some(format!("it has {letter:?}, and may have letters from a to z, digits, - and _"));
    }
    if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return Some("it does not begin with a letter".to_owned());
    }
    if KEYWORDS.contains(&name) {
        return Some("it is a keyword of Rust".to_owned());
    }
    let taken = TAKEN.iter().find(|(_, names)| names.contains(&name));
    taken.map(|&(why, _)| why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cargo_takes_are_taken() {
        for name in ["myapp", "my-app", "my_app2", "x", "r", "unions"] {
            assert_eq!(of(&Path::new("some/where").join(name)).unwrap(), name);
        }
        assert_eq!(of(Path::new("trailing/")).unwrap(), "trailing");
    }

    #[test]
    fn the_fault_of_a_name_is_said() {
        for (name, why) in [
            ("my app", "it has ' ', and may have letters from a to z, digits, - and _"),
            ("für", "it has 'ü'"),
            ("a.b", "it has '.'"),
            ("9lives", "it does not begin with a letter"),
            ("-x", "it does not begin with a letter"),
            ("_", "it does not begin with a letter"),
            ("match", "it is a keyword of Rust"),
            ("gen", "it is a keyword of Rust"),
            ("test", "Rust has a crate of that name"),
            ("deps", "cargo has a directory of that name"),
            ("guest-runtime", "it depends on a crate of that name"),
        ] {
            let error = of(Path::new(name)).unwrap_err();
            assert!(error.starts_with(&format!("{name} cannot be the name of a package: {why}")), "{error}");
        }
        assert!(of(Path::new("/")).unwrap_err().starts_with("/ has no name"));
    }
}
