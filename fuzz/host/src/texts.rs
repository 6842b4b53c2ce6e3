//! Checks on messages of the host: an error is one line, and no message contains control characters.

/// Checks an error with this text and exit code.
pub(crate) fn check_error(text: &str, code: u8) -> Result<(), String> {
    if code == 70 {
        return Err(format!("it finds a bug of the host: {text}"));
    }
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(format!("{text:?} is no line for a terminal"));
    }
    Ok(())
}

/// Checks a text of several lines.
pub(crate) fn check_lines(text: &str) -> Result<(), String> {
    match text.lines().find(|line| line.chars().any(char::is_control)) {
        Some(line) => Err(format!("{line:?} is no line for a terminal")),
        None => Ok(()),
    }
}
