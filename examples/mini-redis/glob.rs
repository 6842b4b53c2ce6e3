//! The patterns of `KEYS`: `*`, `?`, `[a-z]`, `[^a]`, and `\` as an escape.

/// Returns whether `pattern` matches all of `text`.
///
/// Only the last `*` is ever reconsidered, because earlier ones can keep what they matched. The worst
/// pattern takes the product of both lengths, where a recursive match would take exponential time.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            star = Some((p, t));
        } else if let Some(length) = text.get(t).and_then(|byte| one(&pattern[p..], *byte)) {
            p += length;
            t += 1;
        } else if t == text.len() && p == pattern.len() {
            return true;
        } else if let Some((behind, taken)) = star.filter(|(_, taken)| *taken < text.len()) {
            // It matches one more byte.
            star = Some((behind, taken + 1));
            (p, t) = (behind, taken + 1);
        } else {
            return false;
        }
    }
}

/// Returns the length of the first element of the pattern, if it matches this byte.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [b'[', class @ ..] => {
            let (found, length) = class_has(class, byte);
            found.then_some(1 + length)
        }
        [literal, ..] => (*literal == byte).then_some(1),
    }
}

/// Returns whether a class contains this byte, and its end. An unterminated class ends with the pattern.
fn class_has(class: &[u8], byte: u8) -> (bool, usize) {
    let negated = class.first() == Some(&b'^');
    let mut at = usize::from(negated);
    let mut found = false;
    let end = loop {
        match class[at..] {
            [] => break at,
            [b']', ..] => break at + 1,
            [b'\\', literal, ..] => {
                found |= literal == byte;
                at += 2;
            }
            [from, b'-', to, ..] => {
                found |= (from.min(to)..=from.max(to)).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                found |= literal == byte;
                at += 1;
            }
        }
    };
    (found != negated, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_redis() {
        for (pattern, yes, no) in [
            ("", &[""][..], &["a"][..]),
            ("*", &["", "a", "a*b"], &[]),
            ("a*", &["a", "abc"], &["", "ba"]),
            ("*a", &["a", "aba"], &["ab"]),
            ("*ab*cd*", &["abcd", "xabxcdx", "ababcd"], &["abc", "cdab"]),
            ("h?llo", &["hello", "h?llo"], &["hllo", "heello"]),
            ("h[ae]llo", &["hello", "hallo"], &["hillo", "hllo"]),
            ("h[^e]llo", &["hallo"], &["hello"]),
            ("[a-c]", &["a", "b", "c"], &["d", "-"]),
            ("[c-a]", &["b"], &["d"]),
            ("[a\\]b]", &["a", "]", "b"], &["\\"]),
            ("\\*", &["*"], &["a", "\\*"]),
            ("a\\", &["a\\"], &["a"]),
            ("[ab", &["a", "b"], &["[", "ab"]),
            ("user:*:name", &["user:1:name", "user:1:2:name"], &["user:1:names"]),
        ] {
            for text in yes {
                assert!(matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
            }
            for text in no {
                assert!(!matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn no_pattern_takes_for_ever() {
        let (pattern, text) = ("a*".repeat(1_000) + "b", "a".repeat(10_000));
        assert!(!matches(pattern.as_bytes(), text.as_bytes()));
    }
}
