//! Random values of any type that serde can deserialize.
//!
//! The type requests what it deserializes from, and gets that, at random; so values need no code per type. If
//! a type rejects what it gets, such as a duration that is too long, another try may succeed.

use std::fmt;

use fastrand::Rng;
use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer as _,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Returns a value, if one of a few tries succeeds.
pub(super) fn value<T: DeserializeOwned>(random: &mut Rng) -> Option<T> {
    (0..8).find_map(|_| T::deserialize(Random { random, depth: 0 }).ok())
}

/// The depth of values; at this depth, everything that may be empty is.
const DEPTH: u32 = 5;

struct Random<'r> {
    random: &'r mut Rng,
    depth: u32,
}

/// The error of a type that rejects a value.
#[derive(Debug)]
pub(super) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl serde::de::Error for Refused {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

impl Random<'_> {
    /// Returns a number. Numbers at the ends of types are more likely, because they fail more often.
    fn number(&mut self) -> u128 {
        let number = match self.random.u8(0..4) {
            0 => return self.random.u128(0..3),
            1 => u128::MAX,
            _ => self.random.u128(..),
        };
        number >> self.random.u32(0..128)
    }

    fn length(&mut self) -> usize {
        match self.depth {
            0 => self.random.usize(0..40),
            DEPTH.. => 0,
            _ => self.random.usize(0..5),
        }
    }

    fn text(&mut self) -> String {
        let length = self.random.usize(0..12);
        let letters = |_| if self.random.bool() { self.random.char(..) } else { self.random.char(' '..='~') };
        (0..length).map(letters).collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.random.usize(0..20)).map(|_| self.random.u8(..)).collect()
    }
}

macro_rules! numbers {
    ($($deserialize:ident $visit:ident $type:ty,)*) => {
        $(fn $deserialize<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
            visitor.$visit(self.number() as $type)
        })*
    };
}

impl<'de> Deserializer<'de> for Random<'_> {
    type Error = Refused;

    numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        Err(Refused::custom("it wants to be told what it is"))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_bool(self.random.bool())
    }

    fn deserialize_f32<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_f32(f32::from_bits(self.number() as u32))
    }

    fn deserialize_f64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_f64(f64::from_bits(self.number() as u64))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_char(self.random.char(..))
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_string(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_byte_buf(self.bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.depth >= DEPTH || self.random.bool() {
            visitor.visit_none()
        } else {
            visitor.visit_some(Random { depth: self.depth + 1, ..self })
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let left = self.length();
        visitor.visit_seq(Several { random: self.random, depth: self.depth + 1, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_seq(Several { random: self.random, depth: self.depth + 1, left })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let left = self.length();
        visitor.visit_map(Several { random: self.random, depth: self.depth + 1, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &str,
        fields: &[&str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &str,
        variants: &[&str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        // The first variant usually contains no others.
        let most = if self.depth >= DEPTH { 1 } else { variants.len() };
        let variant = self.random.usize(..most) as u32;
        visitor.visit_enum(Variant { variant, content: Random { depth: self.depth + 1, ..self } })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        Err(Refused::custom("nothing here has a name"))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// A fixed number of values.
struct Several<'r> {
    random: &'r mut Rng,
    depth: u32,
    left: usize,
}

impl<'de> SeqAccess<'de> for Several<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(Random { random: self.random, depth: self.depth }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Several<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        seed.deserialize(Random { random: self.random, depth: self.depth })
    }
}

struct Variant<'r> {
    variant: u32,
    content: Random<'r>,
}

impl<'de, 'r> EnumAccess<'de> for Variant<'r> {
    type Error = Refused;
    type Variant = Random<'r>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Random<'r>), Refused> {
        let variant: U32Deserializer<Refused> = self.variant.into_deserializer();
        Ok((seed.deserialize(variant)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for Random<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refused> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &[&str], visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}
