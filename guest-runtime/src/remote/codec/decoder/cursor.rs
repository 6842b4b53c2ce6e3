//! The place of a decoder in its message: the bytes that it has not read, and how much they may still announce.

use std::slice;

use crate::remote::codec::disagreement::Disagreement;
use crate::remote::codec::tag;

pub(super) type Result<T> = std::result::Result<T, Disagreement>;

/// A message, from the next value to its end.
pub(super) struct Decoder<'de> {
    /// Two pointers, of which one moves.
    rest: slice::Iter<'de, u8>,
    /// How many elements groups may still announce. Each is a value, and each value has a byte of its own for its
    /// class, so all the groups of a message together have fewer elements than it has bytes.
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

    /// Goes on behind the next byte.
    #[inline]
    pub(super) fn skip(&mut self) {
        self.rest.next();
    }

    /// Why there is no such value here.
    #[cold]
    #[inline(never)]
    pub(super) fn no(&self, wanted: &str) -> Disagreement {
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

    /// Goes on behind these bytes, which are the next. The end is not written anew, as `split_first_chunk`
    /// would have it, nor read again by the next value.
    #[inline]
    pub(super) fn pass<const N: usize>(&mut self, _next: &[u8; N]) {
        let _last = self.rest.nth(N - 1);
    }

    /// So many bytes as the number says that stands here.
    #[inline]
    pub(super) fn run(&mut self) -> Result<&'de [u8]> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        let (run, rest) = self.rest().split_at_checked(length).ok_or_else(Disagreement::cut)?;
        self.rest = rest.iter();
        Ok(run)
    }

    /// The number of values that follow.
    #[inline]
    pub(super) fn count(&mut self) -> Result<usize> {
        let count = u32::from_le_bytes(self.array()?) as usize;
        self.announce(count)?;
        Ok(count)
    }

    /// Counts the elements of a group against those that the message can have. That bounds the room that visitors
    /// make for elements, and how often they ask for one, also where reading an element takes no bytes.
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
