//! Decodes values, and checks the class of each before it reads it.
//!
//! Each method of the deserializer reads exactly one value, and each group is read to its end. So if a
//! message was read to its last byte, every value was read as it was written. A `Deserialize` that reads
//! nothing, less or more than was written causes an error, either here or because bytes are left over.

mod fields;
mod variant;
mod groups;
mod cursor;

use serde::de::{self, DeserializeOwned, Visitor};

use super::disagreement::{Container, Disagreement};
use super::known::List;
use super::tag;
use crate::Failure;
use cursor::{Decoder, Result};
use groups::{Elements, Entries};
use variant::Written;

/// Decodes a value that takes up all of these bytes.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> std::result::Result<T, Failure> {
    let mut decoder = Decoder::new(bytes);
    let value = T::deserialize(&mut decoder).and_then(|value| match decoder.rest().len() {
        0 => Ok(value),
        left => Err(Disagreement::new(format!(
            "{left} bytes are left over: its `Deserialize` reads less than its `Serialize` writes"
        ))),
    });
    value.map_err(Disagreement::of::<T>)
}

impl<'de> Decoder<'de> {
    /// Reads an integer of another type than the wanted one; the visitor accepts it if it fits.
    #[cold]
    #[inline(never)]
    fn integer<V: Visitor<'de>>(&mut self, visitor: V, wanted: &str) -> Result<V::Value> {
        macro_rules! integers {
            ($($tag:ident: $integer:ty, $visit:ident;)*) => {
                match self.next() {
                    $(Some(tag::$tag) => {
                        self.skip();
                        visitor.$visit(<$integer>::from_le_bytes(self.array()?))
                    })*
                    found => Err(Disagreement::found(found, wanted)),
                }
            };
        }
        integers! {
            I8: i8, visit_i8;
            I16: i16, visit_i16;
            I32: i32, visit_i32;
            I64: i64, visit_i64;
            I128: i128, visit_i128;
            U8: u8, visit_u8;
            U16: u16, visit_u16;
            U32: u32, visit_u32;
            U64: u64, visit_u64;
            U128: u128, visit_u128;
        }
    }

    /// Reads a string, a character or bytes as text.
    #[inline]
    fn text<V: Visitor<'de>>(&mut self, visitor: V, wanted: &str) -> Result<V::Value> {
        match self.next() {
            Some(tag::TEXT) => {
                self.skip();
                visitor.visit_borrowed_str(utf8(self.run()?)?)
            }
            Some(tag::CHAR) => visitor.visit_char(self.char()?),
            Some(tag::BYTES) => {
                self.skip();
                visitor.visit_borrowed_bytes(self.run()?)
            }
            found => Err(Disagreement::found(found, wanted)),
        }
    }

    fn bytes<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        match self.next() {
            Some(tag::BYTES | tag::TEXT) => {
                self.skip();
                visitor.visit_borrowed_bytes(self.run()?)
            }
            Some(tag::SEQUENCE | tag::LONG_TUPLE | tag::TUPLE..) => {
                visitor.visit_byte_buf(de::Deserialize::deserialize(self)?)
            }
            found => Err(Disagreement::found(found, "bytes")),
        }
    }

    fn char(&mut self) -> Result<char> {
        match self.tag()? {
            tag::CHAR => char::from_u32(u32::from_le_bytes(self.array()?))
                .ok_or_else(|| Disagreement::new("what is written as a char is none")),
            found => Err(Disagreement::found(Some(found), "a char")),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    str::from_utf8(bytes).map_err(|_| Disagreement::new("what is written as a string is no UTF-8"))
}

/// Defines methods that read a number and its class in one step. `$or` handles values of other classes.
macro_rules! numbers {
    ($($method:ident: $tag:ident, $number:ty, $visit:ident, |$decoder:ident, $visitor:ident| $or:expr;)*) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, $visitor: V) -> Result<V::Value> {
            if let Some(next @ [tag::$tag, number @ ..]) =
                self.rest().first_chunk::<{ 1 + size_of::<$number>() }>()
            {
                self.pass(next);
                return $visitor.$visit(<$number>::from_le_bytes(*number));
            }
            let $decoder = self;
            $or
        })*
    };
}

impl<'de> de::Deserializer<'de> for &mut Decoder<'de> {
    type Error = Disagreement;

    numbers! {
        deserialize_i8: I8, i8, visit_i8, |this, visitor| this.integer(visitor, "an i8");
        deserialize_i16: I16, i16, visit_i16, |this, visitor| this.integer(visitor, "an i16");
        deserialize_i32: I32, i32, visit_i32, |this, visitor| this.integer(visitor, "an i32");
        deserialize_i64: I64, i64, visit_i64, |this, visitor| this.integer(visitor, "an i64");
        deserialize_i128: I128, i128, visit_i128, |this, visitor| this.integer(visitor, "an i128");
        deserialize_u8: U8, u8, visit_u8, |this, visitor| this.integer(visitor, "a u8");
        deserialize_u16: U16, u16, visit_u16, |this, visitor| this.integer(visitor, "a u16");
        deserialize_u32: U32, u32, visit_u32, |this, visitor| this.integer(visitor, "a u32");
        deserialize_u64: U64, u64, visit_u64, |this, visitor| this.integer(visitor, "a u64");
        deserialize_u128: U128, u128, visit_u128, |this, visitor| this.integer(visitor, "a u128");
        // An `f32` is not read as an `f64`, nor the reverse: the value might change.
        deserialize_f32: F32, f32, visit_f32, |this, _v| Err(this.mismatch("an f32"));
        deserialize_f64: F64, f64, visit_f64, |this, _v| Err(this.mismatch("an f64"));
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.tag()? {
            tag::FALSE => visitor.visit_bool(false),
            tag::TRUE => visitor.visit_bool(true),
            found => Err(Disagreement::found(Some(found), "a bool")),
        }
    }

    #[inline]
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor, "a char")
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor, "a string")
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.text(visitor, "a string")
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.bytes(visitor)
    }

    #[inline]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.bytes(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.tag()? {
            tag::NONE => visitor.visit_none(),
            tag::SOME => self.nested(|decoder| visitor.visit_some(decoder)),
            found => Err(Disagreement::found(Some(found), "an Option")),
        }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.tag()? {
            tag::UNIT => visitor.visit_unit(),
            found => Err(Disagreement::found(Some(found), "a unit")),
        }
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        Elements::read(self, None, visitor)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        Elements::read(self, Some(length), visitor)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        Elements::read(self, Some(length), visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        Entries::read(self, visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: List,
        visitor: V,
    ) -> Result<V::Value> {
        self.fields(Container { name, variant: None }, fields, visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: List,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(Written { decoder: self, of: name, variants })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value> {
        Err(Disagreement::not_self_describing())
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value> {
        Err(Disagreement::not_self_describing())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value> {
        Err(Disagreement::not_self_describing())
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }
}
