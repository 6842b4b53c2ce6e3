//! Text from a file or an app, for a terminal.
//!
//! Names in a component may hold any character: line ends, with which one forges lines of this host, and
//! sequences that steer a terminal, or let a text be read in another order than it is written in. Whatever
//! such text is a part of is shown through here.

use std::fmt::{self, Write as _};

/// Shows a text in one line, with a visible escape in place of each character that is more than text.
///
/// Those are the control characters, the separators of lines and paragraphs, and what changes the direction
/// in which a text is read. All others are shown as they are, so a text that was shown in this way before is
/// shown the same again.
///
/// # Examples
///
/// ```
/// let name = "a\x1b[2Jb\nc\u{202e}größe";
/// assert_eq!(host::Escaped(name).to_string(), r"a\u{1b}[2Jb\nc\u{202e}größe");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Escaped<T>(pub T);

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

/// The characters of a text of JSON that steer are in its strings, if it has no line ends between them, and
/// can be written so there.
pub(crate) fn json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_steering(c) && c != '\n' {
            // None of them is above U+FFFF.
            _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

struct Escape<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for piece in text.split_inclusive(is_steering) {
            match piece.chars().next_back().filter(|&c| is_steering(c)) {
                Some(c) => {
                    self.0.write_str(&piece[..piece.len() - c.len_utf8()])?;
                    // As `escape_debug` would, which leaves some of them as they are.
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

    #[test]
    fn json_means_the_same() {
        let text = "a\u{9b}b\u{202e}\n";
        let plain = serde_json::to_string(text).unwrap();
        let escaped = json(&plain);
        assert!(!escaped.contains(is_steering));
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
