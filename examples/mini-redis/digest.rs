//! `DIGEST key n`: a long computation, to show that other clients are not affected.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Returns the SHA-256 of `value`, repeated for the given number of rounds, in hexadecimal digits.
pub(crate) fn digest(value: &[u8], rounds: u64) -> String {
    let mut hash = Sha256::digest(value);
    for _ in 1..rounds {
        hash = Sha256::digest(hash);
    }
    let mut digits = String::with_capacity(2 * hash.len());
    for byte in hash {
        write!(digits, "{byte:02x}").expect("a string takes all that is written");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_counted() {
        let once = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(b"abc", 1), once);
        let bytes: Vec<_> =
            (0..32).map(|at| u8::from_str_radix(&once[2 * at..2 * at + 2], 16).unwrap()).collect();
        assert_eq!(digest(b"abc", 3), digest(&bytes, 2));
    }
}
