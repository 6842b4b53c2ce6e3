//! `demo:records/filter`: keeps requests that failed, were slow, or look like an attack.
//!
//! It knows nothing of threads or cores. `host/lib/examples/filter` calls it on all of them.

use bindings::exports::demo::records::filter::{Entry, Guest};

#[expect(unsafe_code, reason = "exporting a function to a component generates unsafe code")]
mod bindings {
    use super::Filter;

    wit_bindgen::generate!({ path: "wit", world: "plugin" });
    export!(Filter);
}

/// A request that takes longer is worth a look.
const SLOW: f32 = 900.0;

/// What no honest request has in it.
const SIGNS: [&str; 6] = ["../", "<script", "union select", "/etc/passwd", "${jndi:", "wp-login.php"];

struct Filter;

impl Guest for Filter {
    fn keep(entries: Vec<Entry>) -> Vec<bool> {
        entries.iter().map(is_kept).collect()
    }
}

fn is_kept(Entry { path, status, milliseconds }: &Entry) -> bool {
    *status >= 500 || *milliseconds > SLOW || {
        let path = decoded(path).to_ascii_lowercase();
        SIGNS.iter().any(|sign| path.contains(sign))
    }
}

/// Returns the path with `%2f` as `/` and `+` as a space.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let mut digits = rest.clone();
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let byte = match (byte, digit(digits.next()), digit(digits.next())) {
            (b'%', Some(high), Some(low)) => {
                rest = digits;
                u8::try_from(high * 16 + low).unwrap_or(byte)
            }
            (b'+', ..) => b' ',
            _ => byte,
        };
        bytes.push(byte);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
