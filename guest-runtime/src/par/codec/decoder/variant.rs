//! The variant of an enum, found by its name: two ends may count them differently (serde's `skip`).

use std::mem::{Discriminant, discriminant};

use serde::de::value::{BorrowedStrDeserializer, U32Deserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, Unexpected, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::{Decoder, Elements, Result};
use crate::par::codec::disagreement::Disagreement;
use crate::par::codec::encoder::Of;
use crate::par::codec::known::{self, List, Probe};
use crate::par::codec::tag;

/// The variant that has been read last.
#[derive(Default)]
pub(super) struct Current {
    of: &'static str,
    name: &'static str,
    has_content: bool,
}

impl Current {
    fn of(&self) -> Of {
        Of { name: self.of, variant: Some(self.name) }
    }
}

/// A variant that has been written, to be found among those that may be read.
pub(super) struct Written<'d, 'de> {
    decoder: &'d mut Decoder<'de>,
    variants: List,
}

impl<'d, 'de> Written<'d, 'de> {
    #[inline]
    pub(super) fn new(decoder: &'d mut Decoder<'de>, of: &'static str, variants: List) -> Self {
        decoder.variant.of = of;
        Self { decoder, variants }
    }

    /// Finds it: its name, its number as both ends count if that is known, and as the writer does.
    #[inline(always)]
    fn find(&mut self, probe: Probe) -> Result<(&'static str, Option<u32>, u8)> {
        let (has_content, index, hash, rest) = match self.decoder.rest().split_first_chunk::<6>() {
            Some((&[tag::UNIT_VARIANT, index, ref hash @ ..], rest)) => (false, index, hash, rest),
            Some((&[tag::VARIANT, index, ref hash @ ..], rest)) => (true, index, hash, rest),
            _ => return Err(self.decoder.no("an enum")),
        };
        self.decoder.rest = rest.iter();
        let Some((name, place)) = known::variant(self.variants, probe, index, u32::from_le_bytes(*hash))
        else {
            return Err(self.unknown(index));
        };
        self.decoder.variant.name = name;
        self.decoder.variant.has_content = has_content;
        Ok((name, place, index))
    }

    #[cold]
    fn unknown(&self, index: u8) -> Disagreement {
        let variants: Vec<String> = self.variants.iter().map(|name| format!("`{name}`")).collect();
        Disagreement::new(format!(
            "its `Serialize` writes variant {index} (counted from 0), which is none that its `Deserialize` reads: \
             {}. Is one skipped on one side only?",
            variants.join(", ")
        ))
        .inside(Of { name: self.decoder.variant.of, variant: None })
    }
}

impl<'d, 'de> EnumAccess<'de> for Written<'d, 'de> {
    type Error = Disagreement;
    type Variant = Content<'d, 'de>;

    /// What is derived comes here.
    #[inline]
    fn variant<V: Deserialize<'de>>(mut self) -> Result<(V, Self::Variant)> {
        let (name, place, index) = self.find(is_by_index::<V>)?;
        let variant = match place {
            Some(place) => V::deserialize(by_index(place))?,
            None => V::deserialize(Name { name, index })?,
        };
        Ok((variant, Content(self.decoder)))
    }

    fn variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<(S::Value, Self::Variant)> {
        let (name, _, index) = self.find(|_| false)?;
        Ok((seed.deserialize(Name { name, index })?, Content(self.decoder)))
    }
}

fn by_index(index: u32) -> U32Deserializer<Disagreement> {
    index.into_deserializer()
}

/// Whether these names and their places are the same to an identifier. A number is compared in an
/// instant, a name is not; but with further names (serde's `alias`) they are not at their places.
fn is_by_index<'de, V: Deserialize<'de>>(variants: List) -> bool {
    let mut before: Vec<Discriminant<V>> = Vec::with_capacity(variants.len());
    (0..).zip(variants).all(|(index, name)| {
        let name = V::deserialize(BorrowedStrDeserializer::<Disagreement>::new(name));
        let (Ok(name), Ok(index)) = (name, V::deserialize(by_index(index))) else { return false };
        let variant = discriminant(&name);
        // What is no enum has no discriminant that would tell one from another.
        let is_same = variant == discriminant(&index) && !before.contains(&variant);
        before.push(variant);
        is_same
    }) && variants.len() > 1
}

/// What follows the [`Current`] variant.
pub(super) struct Content<'d, 'de>(&'d mut Decoder<'de>);

impl<'d, 'de> Content<'d, 'de> {
    #[inline]
    fn there(self) -> Result<&'d mut Decoder<'de>> {
        if self.0.variant.has_content { Ok(self.0) } else { Err(self.disagrees()) }
    }

    /// One end has content, the other has not.
    #[cold]
    #[inline(never)]
    fn disagrees(&self) -> Disagreement {
        let variant = &self.0.variant;
        let (written, wanted) = if variant.has_content {
            (tag::VARIANT, tag::UNIT_VARIANT)
        } else {
            (tag::UNIT_VARIANT, tag::VARIANT)
        };
        Disagreement::found(Some(written), tag::name(wanted)).inside(variant.of())
    }
}

impl<'de> VariantAccess<'de> for Content<'_, 'de> {
    type Error = Disagreement;

    #[inline]
    fn unit_variant(self) -> Result<()> {
        if self.0.variant.has_content { Err(self.disagrees()) } else { Ok(()) }
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.there()?)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        Elements::read(self.there()?, Some(length), visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(self, fields: List, visitor: V) -> Result<V::Value> {
        let decoder = self.there()?;
        let of = decoder.variant.of();
        decoder.fields(of, fields, visitor)
    }
}

/// What tells a visitor which variant it is: its name, or, if that is asked for, its number.
struct Name {
    name: &'static str,
    index: u8,
}

/// By number, for those that know no names.
macro_rules! by_number {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            if self.index == u8::MAX {
                return Err(serde::de::Error::invalid_value(Unexpected::Str(self.name), &visitor));
            }
            by_index(self.index.into()).deserialize_any(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Name {
    type Error = Disagreement;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.name)
    }

    by_number! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}
