//! The environment variable `HOST_ARGS`: options of `host run` for a run that cargo starts.

use std::ffi::{OsStr, OsString};

/// Splits the text into words by the rules of a shell: spaces separate words, quotes and backslashes keep a space
/// in a word. Nothing else is special: `$`, `*` and `~` stand for themselves.
///
/// # Errors
///
/// Fails if a quote is not closed.
pub(super) fn words(text: &OsStr) -> Result<Vec<OsString>, String> {
    let Some(text) = text.to_str() else { return Err("HOST_ARGS is not UTF-8".to_owned()) };
    let words =
        shlex::split(text).ok_or_else(|| format!("HOST_ARGS has a quote that is not closed: {text}"))?;
    Ok(words.into_iter().map(OsString::from).collect())
}
