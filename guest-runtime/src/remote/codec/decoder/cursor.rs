//! Reads the bytes of a message in order, and bounds the elements and the nesting that they announce.

use std::slice;

use crate::remote::codec::disagreement::Disagreement;
use crate::remote::codec::tag;

pub(super) type Result<T> = std::result::Result<T, Disagreement>;

/// The bytes of a message that have not been read, and what they may still announce.
pub(super) struct Decoder<'de> {
    /// The bytes that are left. An iterator is two pointers, of which a read changes only one.
    rest: slice::Iter<'de, u8>,
    /// How many elements groups may still announce. Each element is a value with a class byte of its own, so
    /// all groups of a message together have fewer elements than the message has bytes.
    elements_left: usize,
    /// How deep values may still be nested.
    levels_left: u32,
}

impl<'de> Decoder<'de> {
    pub(super) fn new(message: &'de [u8]) -> Self {
        Self { rest: message.iter(), elements_left: message.len(), levels_left: tag::LEVELS }
    }

    #[inline]
    pub(super) fn rest(&self) -> &'de [u8] {
        self.rest.as_slice()
    }

    #[inline]
    pub(super) fn next(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Skips the next byte.
    #[inline]
    pub(super) fn skip(&mut self) {
        self.rest.next();
    }

    /// Returns the error that the next value is not of the wanted class.
    #[cold]
    #[inline(never)]
    pub(super) fn mismatch(&self, wanted: &str) -> Disagreement {
        Disagreement::found(self.next(), wanted)
    }

    #[inline]
    pub(super) fn tag(&mut self) -> Result<u8> {
        self.rest.next().copied().ok_or_else(Disagreement::cut)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let &array = self.rest().first_chunk().ok_or_else(Disagreement::cut)?;
        self.pass(&array);
        Ok(array)
    }

    /// Skips these bytes, which are the next ones. This writes only the start of `rest`; `split_first_chunk`
    /// would also write its end, which the next value would have to read again.
    #[inline]
    pub(super) fn pass<const N: usize>(&mut self, _next: &[u8; N]) {
        let _last = self.rest.nth(N - 1);
    }

    /// Reads a length, and as many bytes.
    #[inline]
    pub(super) fn run(&mut self) -> Result<&'de [u8]> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        let (run, rest) = self.rest().split_at_checked(length).ok_or_else(Disagreement::cut)?;
        self.rest = rest.iter();
        Ok(run)
    }

    /// Reads the number of elements of a group.
    #[inline]
    pub(super) fn count(&mut self) -> Result<usize> {
        let count = u32::from_le_bytes(self.array()?) as usize;
        self.announce(count)?;
        Ok(count)
    }

    /// Subtracts the elements of a group from those that the message may still have. This bounds how much
    /// memory visitors reserve, and how often they request an element, even one that takes no bytes.
    #[inline]
    pub(super) fn announce(&mut self, count: usize) -> Result<()> {
        match self.elements_left.checked_sub(count) {
            Some(left) => {
                self.elements_left = left;
                Ok(())
            }
            None => Err(too_many(count)),
        }
    }

    /// Reads the content of a value, one level deeper.
    #[inline]
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.levels_left = self.levels_left.checked_sub(1).ok_or_else(Disagreement::too_deep)?;
        let value = read(self)?;
        self.levels_left += 1;
        Ok(value)
    }
}

#[cold]
#[inline(never)]
fn too_many(count: usize) -> Disagreement {
    Disagreement::new(format!("{count} elements are announced, more than the message has bytes for"))
}
