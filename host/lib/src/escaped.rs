//! Text from a file or an app, made safe for a terminal.
//!
//! Names in a component may contain any character. Line ends can forge lines of this host's output. Escape
//! sequences can control a terminal, and other characters can change the order in which text is read. All
//! text that contains such names is shown through this module.

use std::fmt::{self, Write as _};

/// Displays a text on one line, with a visible escape in place of each character that is more than text.
///
/// These are the control characters, the line and paragraph separators, and the characters that change the
/// direction in which text is read. All other characters are shown unchanged, so text that was escaped before
/// is displayed unchanged.
///
/// # Examples
///
/// ```
/// let name = "a\x1b[2Jb\nc\u{202e}größe";
/// assert_eq!(host::Escaped(name).to_string(), r"a\u{1b}[2Jb\nc\u{202e}größe");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Escaped<T>(pub T);

impl Escaped<char> {
    /// Returns whether the character is more than text and is therefore shown as an escape.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(host::Escaped('\n').differs() && !host::Escaped('n').differs());
    /// ```
    #[must_use]
    pub fn differs(&self) -> bool {
        is_steering(self.0)
    }
}

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escape(f), "{}", self.0)
    }
}

/// Whether a character is more than text.
pub(crate) fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

struct Escape<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for piece in text.split_inclusive(is_steering) {
            match piece.chars().next_back().filter(|&c| is_steering(c)) {
                Some(c) => {
                    self.0.write_str(&piece[..piece.len() - c.len_utf8()])?;
                    // `escape_debug` would leave some of these characters unchanged.
                    write!(self.0, "{}", c.escape_default())?;
                }
                None => self.0.write_str(piece)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_that_steers_is_left() {
        let all = (0..=0xffff).filter_map(char::from_u32).filter(|&c| is_steering(c)).collect::<String>();
        assert!(
            all.contains(['\0', '\u{7f}', '\u{9b}', '\u{2029}', '\u{202e}', '\u{2066}']),
            "{}",
            all.len()
        );
        let escaped = Escaped(&all).to_string();
        assert!(escaped.is_ascii() && !escaped.contains(is_steering), "{escaped}");
        assert_eq!(Escaped(&escaped).to_string(), escaped, "once is enough");
    }

    #[test]
    fn all_else_stays() {
        let text = r"C:\größe \n '日本語' 👩‍💻";
        assert_eq!(Escaped(text).to_string(), text);
        assert_eq!(Escaped("").to_string(), "");
    }
}
