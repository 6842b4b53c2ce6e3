//! Decodes sequences, tuples and maps, each to its end.

use serde::de::value::SeqDeserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::cursor::{Decoder, Result};
use crate::remote::codec::disagreement::Disagreement;
use crate::remote::codec::tag;

/// The elements of a sequence or a tuple. Either can be decoded as the other, because both state their length.
pub(super) struct Elements<'d, 'de> {
    decoder: &'d mut Decoder<'de>,
    left: usize,
}

impl<'de> Elements<'_, 'de> {
    /// Decodes a sequence or a tuple, which must have `wanted` elements if that is known.
    #[inline]
    pub(super) fn read<V: Visitor<'de>>(
        decoder: &mut Decoder<'de>,
        wanted: Option<usize>,
        visitor: V,
    ) -> Result<V::Value> {
        let count = match decoder.tag()? {
            tag::SEQUENCE | tag::LONG_TUPLE => decoder.count()?,
            tag @ tag::TUPLE.. => {
                let count = usize::from(tag - tag::TUPLE);
                decoder.announce(count)?;
                count
            }
            tag::BYTES => return bytes(decoder.run()?, wanted, visitor),
            found if wanted.is_some() => return Err(Disagreement::found(Some(found), "a tuple")),
            found => return Err(Disagreement::found(Some(found), "a sequence")),
        };
        check(count, wanted)?;
        decoder.nested(|decoder| {
            let mut elements = Elements { decoder, left: count };
            let value = visitor.visit_seq(&mut elements)?;
            all_taken(elements.left, count)?;
            Ok(value)
        })
    }
}

/// Passes bytes to a visitor as a sequence of numbers.
fn bytes<'de, V: Visitor<'de>>(bytes: &[u8], wanted: Option<usize>, visitor: V) -> Result<V::Value> {
    check(bytes.len(), wanted)?;
    let mut elements = SeqDeserializer::new(bytes.iter().copied());
    let value = visitor.visit_seq(&mut elements)?;
    elements.end()?;
    Ok(value)
}

#[inline]
fn check(written: usize, wanted: Option<usize>) -> Result<()> {
    match wanted {
        Some(wanted) if wanted != written => Err(Disagreement::new(format!(
            "its `Serialize` writes {written} elements, and its `Deserialize` reads {wanted}: is one skipped?"
        ))),
        _ => Ok(()),
    }
}

#[inline]
pub(super) fn all_taken(left: usize, count: usize) -> Result<()> {
    if left == 0 {
        return Ok(());
    }
    Err(leaves(left, count))
}

#[cold]
#[inline(never)]
fn leaves(left: usize, count: usize) -> Disagreement {
    Disagreement::new(format!("its `Deserialize` leaves {left} of {count} elements"))
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Disagreement;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// The entries of a map.
pub(super) struct Entries<'d, 'de> {
    decoder: &'d mut Decoder<'de>,
    left: usize,
    /// Whether the next element is a value, and not a key.
    is_value: bool,
}

impl<'de> Entries<'_, 'de> {
    #[inline]
    pub(super) fn read<V: Visitor<'de>>(decoder: &mut Decoder<'de>, visitor: V) -> Result<V::Value> {
        let count = match decoder.tag()? {
            tag::MAP => decoder.count()?,
            found => return Err(Disagreement::found(Some(found), "a map")),
        };
        decoder.nested(|decoder| {
            let mut entries = Entries { decoder, left: count, is_value: false };
            let value = visitor.visit_map(&mut entries)?;
            if entries.is_value {
                return Err(keys_and_values());
            }
            all_taken(entries.left, count)?;
            Ok(value)
        })
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Disagreement;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.is_value {
            return Err(keys_and_values());
        }
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.is_value = true;
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        if !self.is_value {
            return Err(keys_and_values());
        }
        self.is_value = false;
        seed.deserialize(&mut *self.decoder)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

#[cold]
fn keys_and_values() -> Disagreement {
    Disagreement::new("its `Deserialize` reads keys and values of a map in another order")
}
