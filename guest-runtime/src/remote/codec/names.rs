//! Names of fields and variants, as short as they are in a message.
//!
//! A name is a constant where it is written, and so is its hash after the compiler has seen it: there are
//! no loops in it for names of up to 16 bytes, and the hashes of a struct's names are combined by a multiplication and an addition.
//! 32 bits of it are sent. They are compared only where the number of fields is the same, and the class
//! of each is compared besides; that two lists of names of one type differ and agree in all of that is
//! one case in four billion, decided when the program is compiled and not by what it is given.

/// Odd, and drawn by lot.
const FIRST: u64 = 0x9e6f_1a3b_52c7_d84d;
const SECOND: u64 = 0xd1b5_4a32_d192_ed03;

/// The names so far.
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

    /// What is sent.
    #[inline]
    pub(super) fn hash(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// Returns what is in front of a struct's values, as one number that is compared in one step: the class, the
/// number of fields, and the hash of their names. It is written with its least significant byte first.
#[inline]
pub(super) fn head(tag: u8, fields: usize, names: Names) -> u64 {
    u64::from(names.hash()) << 32 | (fields as u64) << 8 | u64::from(tag)
}

/// Returns the number of fields and the hash of their names in a [`head()`].
pub(super) fn of_head(head: u64) -> (usize, u32) {
    ((head >> 8) as usize & 0xff_ffff, (head >> 32) as u32)
}

/// The hash of a single name.
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
    // The length apart from the start: of names that differ in both, one must not make up for the other.
    let length = (bytes.len() as u64).wrapping_mul(SECOND);
    let mut mixed = (start ^ length).wrapping_mul(FIRST);
    if bytes.len() > 16 {
        mixed = middle(bytes, mixed);
    }
    mixed = (mixed ^ (mixed >> 29) ^ end).wrapping_mul(SECOND);
    mixed ^ (mixed >> 32)
}

/// The start and the end of fewer than eight bytes.
#[inline]
fn short(bytes: &[u8]) -> (u64, u64) {
    match (bytes.first_chunk(), bytes.last_chunk(), bytes) {
        (Some(&start), Some(&end), _) => (u32::from_le_bytes(start).into(), u32::from_le_bytes(end).into()),
        (.., [start, .., end]) => (u64::from(*start) << 8 | u64::from(bytes[bytes.len() / 2]), (*end).into()),
        (.., [byte]) => ((*byte).into(), 0),
        _ => (0, 0),
    }
}

/// What is neither in the first nor in the last eight bytes.
fn middle(bytes: &[u8], mixed: u64) -> u64 {
    let (chunks, _) = bytes[8..].as_chunks();
    chunks.iter().fold(mixed, |mixed, &chunk| {
        let mixed = (mixed ^ u64::from_le_bytes(chunk)).wrapping_mul(SECOND);
        (mixed ^ (mixed >> 32)).wrapping_mul(FIRST)
    })
}

/// How many lists of names [`some_of`] compares at most.
const TRIES: u32 = 200_000;

/// The `count` of these names, in their order, that have this hash.
///
/// That there are others besides may mean two things, which cannot be told apart here: they are further
/// names of the same fields (serde's `alias`), or the fields have not been written.
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
            // So many have to be left, and there has to be an end.
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
