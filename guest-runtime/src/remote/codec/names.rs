//! Hashes of the names of fields and variants, which messages contain instead of the names.
//!
//! Names are constants, so the compiler can compute their hashes: hashing a name of up to 16 bytes needs no
//! loop, and the hashes of a struct's names are combined by a multiplication and an addition.
//!
//! A message contains 32 bits of the hash. They are compared only if the numbers of fields are equal, and the
//! class of each field is compared too. The probability that two different lists of names of one type have the
//! same hash is one in four billion. It depends on the names in the program, never on its input.

/// A random odd number.
const FIRST: u64 = 0x9e6f_1a3b_52c7_d84d;
const SECOND: u64 = 0xd1b5_4a32_d192_ed03;

/// The combined hash of the names so far.
#[derive(Clone, Copy)]
pub(super) struct Names(u64);

impl Names {
    pub(super) const NONE: Self = Self(0);

    #[inline]
    pub(super) fn and(self, name: &str) -> Self {
        Self(self.0.wrapping_mul(FIRST).wrapping_add(mixed(name)))
    }

    pub(super) fn of(names: &[&str]) -> Self {
        names.iter().fold(Self::NONE, |all, name| all.and(name))
    }

    /// Returns the part of the hash that is sent.
    #[inline]
    pub(super) fn hash(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// Returns the head of a struct: the class, the number of fields, and the hash of their names. It is one
/// number, so that it can be compared in one step, and is sent in little-endian order.
#[inline]
pub(super) fn head(tag: u8, fields: usize, names: Names) -> u64 {
    u64::from(names.hash()) << 32 | (fields as u64) << 8 | u64::from(tag)
}

/// Returns the number of fields and the hash of their names in a [`head()`].
pub(super) fn of_head(head: u64) -> (usize, u32) {
    ((head >> 8) as usize & 0xff_ffff, (head >> 32) as u32)
}

/// Returns the hash of a single name.
#[inline]
pub(super) fn hash(name: &str) -> u32 {
    Names::NONE.and(name).hash()
}

#[inline]
fn mixed(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let (start, end) = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(&start), Some(&end)) => (u64::from_le_bytes(start), u64::from_le_bytes(end)),
        _ => short(bytes),
    };
    // The length is multiplied first: if two names differ in their start and in their length, one difference
    // must not cancel the other.
    let length = (bytes.len() as u64).wrapping_mul(SECOND);
    let mut mixed = (start ^ length).wrapping_mul(FIRST);
    if bytes.len() > 16 {
        mixed = middle(bytes, mixed);
    }
    mixed = (mixed ^ (mixed >> 29) ^ end).wrapping_mul(SECOND);
    mixed ^ (mixed >> 32)
}

/// Returns numbers for the start and the end of a name of fewer than eight bytes.
#[inline]
fn short(bytes: &[u8]) -> (u64, u64) {
    match (bytes.first_chunk(), bytes.last_chunk(), bytes) {
        (Some(&start), Some(&end), _) => (u32::from_le_bytes(start).into(), u32::from_le_bytes(end).into()),
        (.., [start, .., end]) => (u64::from(*start) << 8 | u64::from(bytes[bytes.len() / 2]), (*end).into()),
        (.., [byte]) => ((*byte).into(), 0),
        _ => (0, 0),
    }
}

/// Mixes in the bytes between the first eight and the last eight.
fn middle(bytes: &[u8], mixed: u64) -> u64 {
    let (chunks, _) = bytes[8..].as_chunks();
    chunks.iter().fold(mixed, |mixed, &chunk| {
        let mixed = (mixed ^ u64::from_le_bytes(chunk)).wrapping_mul(SECOND);
        (mixed ^ (mixed >> 32)).wrapping_mul(FIRST)
    })
}

/// The maximum number of combinations that [`some_of`] tries.
const TRIES: u32 = 200_000;

/// Returns `count` of these names, in their order, whose combined hash is `hash`.
///
/// The remaining names are either further names of the same fields (serde's `alias`), or names of fields that
/// were not written. The hash does not show which.
pub(super) fn some_of(names: &[&'static str], count: usize, hash: u32) -> Option<Vec<&'static str>> {
    let mut search = Search { hash, tries: 0, found: Vec::with_capacity(count.min(names.len())) };
    search.go_on(names, count, Names::NONE).then_some(search.found)
}

struct Search {
    hash: u32,
    tries: u32,
    found: Vec<&'static str>,
}

impl Search {
    fn go_on(&mut self, names: &[&'static str], count: usize, before: Names) -> bool {
        if count == 0 {
            self.tries += 1;
            return before.hash() == self.hash;
        }
        for (at, name) in names.iter().enumerate() {
            // Too few names are left, or too many combinations were tried.
            if names.len() - at < count || self.tries >= TRIES {
                return false;
            }
            self.found.push(name);
            if self.go_on(&names[at + 1..], count - 1, before.and(name)) {
                return true;
            }
            self.found.pop();
        }
        false
    }
}
