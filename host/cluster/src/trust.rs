//! Trust: the programs that a node runs for others, by the keys that have signed them.
//!
//! A signature is one of the SHA-256 of a program, so a program is signed once, where the key is, and may be run by
//! all who have the signature. The keys are those of NATS' users, and its tools can make them.

use std::fmt;
use std::str::FromStr;

use nkeys::{KeyPair, KeyPairType};
use serde::{Deserialize, Serialize};

/// What precedes the digest in what is signed, so that no other signature of a key can be taken for one.
const PURPOSE: &[u8] = b"parallel program 1\0";

/// A key that signs programs.
///
/// ```
/// use cluster::trust::Key;
///
/// let key = Key::random();
/// let same = key.seed().parse::<Key>()?;
/// assert_eq!(same.public(), key.public());
/// # Ok::<(), cluster::trust::KeyError>(())
/// ```
pub struct Key(KeyPair);

impl Key {
    /// Creates a key at random.
    pub fn random() -> Self {
        Self(KeyPair::new(KeyPairType::User))
    }

    /// Returns the secret from which the key can be made again. It begins with `SU`.
    pub fn seed(&self) -> String {
        made_from_seed(self.0.seed())
    }

    /// Returns the public half, by which nodes trust the key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key())
    }

    /// Signs a program, which has this SHA-256.
    pub fn sign(&self, program: &[u8; 32]) -> Signature {
        let bytes = made_from_seed(self.0.sign(&signed(program)));
        Signature { key: self.public(), bytes }
    }
}

/// Returns the result of an operation that needs the secret, which every [`Key`] has.
fn made_from_seed<T>(result: Result<T, nkeys::error::Error>) -> T {
    result.expect("the key was made from a seed")
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(seed: &str) -> Result<Self, KeyError> {
        KeyPair::from_seed(seed.trim()).map(Self).map_err(|_| KeyError { is_secret: true })
    }
}

impl fmt::Debug for Key {
    /// Shows no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.public()).finish()
    }
}

/// The public half of a [`Key`]: text that begins with `U`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey(String);

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let key = KeyPair::from_public_key(text.trim()).map_err(|_| KeyError { is_secret: false })?;
        Ok(Self(key.public_key()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A signature of a program, by [`Key::sign`].
///
/// ```
/// use cluster::trust::{Key, Signature};
///
/// let signature = Key::random().sign(&[1; 32]);
/// assert_eq!(signature.to_string().parse::<Signature>()?, signature);
/// # Ok::<(), cluster::trust::SignatureError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    key: PublicKey,
    bytes: Vec<u8>,
}

/// The public key, a space, and the signature in hexadecimal digits: one line of text.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.key)?;
        self.bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let (key, digits) = text.trim().split_once(' ').ok_or(SignatureError)?;
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let bytes = (0..digits.len()).step_by(2).map(byte).collect::<Option<_>>();
        let key = key.parse().map_err(|_| SignatureError)?;
        Ok(Self { key, bytes: bytes.ok_or(SignatureError)? })
    }
}

/// Text that is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureError;

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a signature of a program: one is a public key and hexadecimal digits, on one line")
    }
}

impl std::error::Error for SignatureError {}

/// Text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyError {
    is_secret: bool,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the text, which may be a secret.
        f.write_str(if self.is_secret {
            "not the seed of a key: it begins with SU and has 58 letters and digits"
        } else {
            "not a public key: it begins with U and has 56 letters and digits"
        })
    }
}

impl std::error::Error for KeyError {}

/// The programs that a node runs for others.
///
/// ```
/// use cluster::trust::{Key, Trust};
///
/// let key = Key::random();
/// let trust = Trust::Keys(vec![key.public()]);
/// let program = [1; 32];
/// assert!(trust.check(&program, None).is_err());
/// assert!(trust.check(&program, Some(&key.sign(&program))).is_ok());
/// ```
#[derive(Clone, Debug)]
pub enum Trust {
    /// All programs, of all owners that may use the subjects of the nodes.
    Any,
    /// The programs that one of these keys has signed.
    Keys(Vec<PublicKey>),
}

impl Trust {
    /// Checks the signature of the program that has this SHA-256.
    ///
    /// # Errors
    ///
    /// The program is not signed, its signature is of another program, or its key is not trusted.
    pub fn check(&self, program: &[u8; 32], signature: Option<&Signature>) -> Result<(), Distrust> {
        let Self::Keys(keys) = self else { return Ok(()) };
        let Some(Signature { key, bytes }) = signature else { return Err(Distrust::Unsigned) };
        if !keys.contains(key) {
            return Err(Distrust::Unknown(key.clone()));
        }
        let pair = KeyPair::from_public_key(&key.0).map_err(|_| Distrust::Wrong)?;
        pair.verify(&signed(program), bytes).map_err(|_| Distrust::Wrong)
    }
}

/// Why a node does not run a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It is not signed.
    Unsigned,
    /// It is signed by a key that the node does not trust.
    Unknown(PublicKey),
    /// The signature is of another program, or damaged.
    Wrong,
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("the program is not signed, and the node runs only signed ones"),
            Self::Unknown(key) => {
                write!(f, "the program is signed by {key}, a key that the node does not trust")
            }
            Self::Wrong => f.write_str("the signature is not one of this program"),
        }
    }
}

impl std::error::Error for Distrust {}

fn signed(program: &[u8; 32]) -> Vec<u8> {
    [PURPOSE, program].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_of_trusted_keys_are_run() {
        let (key, other) = (Key::random(), Key::random());
        let trust = Trust::Keys(vec![key.public()]);
        let check = |signature: Option<&Signature>| trust.check(&[1; 32], signature);
        assert_eq!(check(Some(&key.sign(&[1; 32]))), Ok(()));
        assert_eq!(check(Some(&key.sign(&[2; 32]))), Err(Distrust::Wrong));
        assert_eq!(check(Some(&other.sign(&[1; 32]))), Err(Distrust::Unknown(other.public())));
        assert_eq!(check(None), Err(Distrust::Unsigned));
        let forged = Signature { key: key.public(), ..other.sign(&[1; 32]) };
        assert_eq!(check(Some(&forged)), Err(Distrust::Wrong));
        assert_eq!(Trust::Any.check(&[1; 32], None), Ok(()));
        assert_eq!(Trust::Keys(Vec::new()).check(&[1; 32], None), Err(Distrust::Unsigned));
    }

    #[test]
    fn a_signature_is_a_line_of_text() {
        let signature = Key::random().sign(&[1; 32]);
        let text = signature.to_string();
        assert_eq!(format!("{text}\n").parse(), Ok(signature));
        for wrong in ["", "U", &text[..text.len() - 1], &text.replace(' ', ""), "UX ä", "UX 0"] {
            assert_eq!(wrong.parse::<Signature>(), Err(SignatureError), "{wrong}");
        }
    }

    #[test]
    fn keys_are_text_and_errors_show_none_of_it() {
        let key = Key::random();
        assert!(key.seed().starts_with("SU") && key.seed().len() == 58);
        assert!(key.public().to_string().starts_with('U') && key.public().to_string().len() == 56);
        assert_eq!(format!("{}\n", key.public()).parse::<PublicKey>().unwrap(), key.public());
        let error = "SUSECRET".parse::<Key>().unwrap_err().to_string();
        assert!(!error.contains("SECRET"), "{error}");
        assert!(!format!("{key:?}").contains(&key.seed()));
        assert!("U".parse::<PublicKey>().is_err());
    }
}
