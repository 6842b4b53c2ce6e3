//! The host's flags that a comparison has to parse.

use std::ffi::{OsStr, OsString};

/// Removes `--once` from the host's flags, so that it may stand anywhere.
pub(crate) fn take_once(mut flags: Vec<OsString>) -> (bool, Vec<OsString>) {
    let before = flags.len();
    flags.retain(|flag| flag != "--once");
    (flags.len() < before, flags)
}

/// Returns the number of cores that the flags set; `None` if they leave it to the host.
///
/// Ignores invalid numbers, which the host reports.
pub(crate) fn cores(flags: &[OsString]) -> Option<usize> {
    let mut cores = None;
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        if flag == "--cores" {
            cores = flags.next().and_then(|value| number(value));
        } else if let Some(value) = flag.to_str().and_then(|flag| flag.strip_prefix("--cores=")) {
            cores = number(OsStr::new(value));
        }
    }
    cores
}

/// Returns the same flags with one core.
pub(crate) fn with_one_core(flags: &[OsString]) -> Vec<OsString> {
    let mut others = Vec::new();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        if flag == "--cores" {
            flags.next();
        } else if !flag.to_string_lossy().starts_with("--cores=") {
            others.push(flag.clone());
        }
    }
    others.extend(["--cores".into(), "1".into()]);
    others
}

/// Parses a number of cores; the host does not accept 0.
fn number(value: &OsStr) -> Option<usize> {
    value.to_str()?.parse().ok().filter(|&number| number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(Into::into).collect()
    }

    #[test]
    fn the_last_number_of_cores_counts() {
        assert_eq!(cores(&words("--dir . --cores 8")), Some(8));
        assert_eq!(cores(&words("--cores=8 --stats")), Some(8));
        assert_eq!(cores(&words("--cores 8 --cores=2")), Some(2));
        for left_to_the_host in ["", "--stats", "--cores 0", "--cores", "--cores all"] {
            assert_eq!(cores(&words(left_to_the_host)), None, "{left_to_the_host}");
        }
    }

    #[test]
    fn one_core_replaces_every_other_number() {
        let one = with_one_core(&words("--dir . --cores 8 --cores=2 --stats"));
        assert_eq!(one, words("--dir . --stats --cores 1"));
        assert_eq!(with_one_core(&[]), words("--cores 1"));
    }

    #[test]
    fn once_may_stand_anywhere() {
        assert_eq!(take_once(words("--cores 8 --once")), (true, words("--cores 8")));
        assert_eq!(take_once(words("--cores 8")), (false, words("--cores 8")));
    }
}
