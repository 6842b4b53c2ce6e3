//! Decodes enums. A variant is found by its name, because `Serialize` and `Deserialize` may number variants
//! differently (serde's `skip`).

use std::mem::{Discriminant, discriminant};

use serde::de::value::{BorrowedStrDeserializer, U32Deserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, Unexpected, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::cursor::{Decoder, Result};
use super::groups::Elements;
use crate::remote::codec::disagreement::{Container, Disagreement};
use crate::remote::codec::known::{self, List, Probe, Variant};
use crate::remote::codec::tag;

/// An enum value in the message, whose variant is not known yet.
pub(super) struct Written<'d, 'de> {
    pub(super) decoder: &'d mut Decoder<'de>,
    pub(super) of: &'static str,
    pub(super) variants: List,
}

impl<'d, 'de> Written<'d, 'de> {
    /// Returns the variant, its index in the message, and its content.
    #[inline(always)]
    fn find(self, probe: Probe) -> Result<(Variant, u8, Content<'d, 'de>)> {
        let Self { decoder, of, variants } = self;
        let (has_content, index, hash, next) = match decoder.rest().first_chunk::<6>() {
            Some(next @ &[tag::UNIT_VARIANT, index, ref hash @ ..]) => (false, index, hash, next),
            Some(next @ &[tag::VARIANT, index, ref hash @ ..]) => (true, index, hash, next),
            _ => return Err(decoder.mismatch("an enum")),
        };
        decoder.pass(next);
        let Some(variant) = known::variant(variants, probe, index, u32::from_le_bytes(*hash)) else {
            return Err(unknown(of, variants, index));
        };
        Ok((variant, index, Content { decoder, has_content, of, variants, at: variant.at }))
    }
}

#[cold]
#[inline(never)]
fn unknown(name: &'static str, variants: List, index: u8) -> Disagreement {
    let variants: Vec<String> = variants.iter().map(|name| format!("`{name}`")).collect();
    Disagreement::new(format!(
        "its `Serialize` writes variant {index} (counted from 0), which is none that its `Deserialize` reads: \
         {}. Is one skipped on one side only?",
        variants.join(", ")
    ))
    .inside(Container { name, variant: None })
}

impl<'d, 'de> EnumAccess<'de> for Written<'d, 'de> {
    type Error = Disagreement;
    type Variant = Content<'d, 'de>;

    /// Derived implementations call this method.
    #[inline]
    fn variant<V: Deserialize<'de>>(self) -> Result<(V, Self::Variant)> {
        let (Variant { at, is_by_index }, index, content) = self.find(is_by_index::<V>)?;
        let variant = if is_by_index {
            V::deserialize(by_index(at as u32))?
        } else {
            V::deserialize(Name { name: content.name(), index })?
        };
        Ok((variant, content))
    }

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant)> {
        let (_, index, content) = self.find(|_| false)?;
        Ok((seed.deserialize(Name { name: content.name(), index })?, content))
    }
}

fn by_index(index: u32) -> U32Deserializer<Disagreement> {
    index.into_deserializer()
}

/// Returns whether the type accepts the index of each of these variants instead of its name. Comparing an
/// index is faster. With further names (serde's `alias`), indices differ from positions in this list.
fn is_by_index<'de, V: Deserialize<'de>>(variants: List) -> bool {
    let mut before: Vec<Discriminant<V>> = Vec::with_capacity(variants.len());
    (0..).zip(variants).all(|(index, name)| {
        let name = V::deserialize(BorrowedStrDeserializer::<Disagreement>::new(name));
        let (Ok(name), Ok(index)) = (name, V::deserialize(by_index(index))) else { return false };
        let variant = discriminant(&name);
        // If `V` is not an enum, all discriminants are equal, so the second variant fails this check.
        let is_same = variant == discriminant(&index) && !before.contains(&variant);
        before.push(variant);
        is_same
    }) && variants.len() > 1
}

/// The content of a variant that was found.
pub(super) struct Content<'d, 'de> {
    decoder: &'d mut Decoder<'de>,
    has_content: bool,
    of: &'static str,
    variants: List,
    /// The index of the variant in `variants`.
    at: usize,
}

impl<'d, 'de> Content<'d, 'de> {
    fn name(&self) -> &'static str {
        self.variants[self.at]
    }

    #[inline]
    fn there(self) -> Result<&'d mut Decoder<'de>> {
        if self.has_content { Ok(self.decoder) } else { Err(disagree(false, self.of, self.name())) }
    }

    fn of(&self) -> Container {
        Container { name: self.of, variant: Some(self.name()) }
    }
}

/// Returns the error of a variant that has content on one side only.
#[cold]
#[inline(never)]
fn disagree(has_content: bool, name: &'static str, variant: &'static str) -> Disagreement {
    let (written, wanted) =
        if has_content { (tag::VARIANT, tag::UNIT_VARIANT) } else { (tag::UNIT_VARIANT, tag::VARIANT) };
    Disagreement::found(Some(written), tag::name(wanted)).inside(Container { name, variant: Some(variant) })
}

impl<'de> VariantAccess<'de> for Content<'_, 'de> {
    type Error = Disagreement;

    #[inline]
    fn unit_variant(self) -> Result<()> {
        if self.has_content { Err(disagree(true, self.of, self.name())) } else { Ok(()) }
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        self.there()?.nested(|decoder| seed.deserialize(decoder))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        Elements::read(self.there()?, Some(length), visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(self, fields: List, visitor: V) -> Result<V::Value> {
        let of = self.of();
        self.there()?.nested(|decoder| decoder.fields(of, fields, visitor))
    }
}

/// Identifies a variant to a visitor: by its name, or by its number if the visitor requests one.
struct Name {
    name: &'static str,
    index: u8,
}

/// Defines methods that pass the number of the variant, for types that do not accept names.
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
