//! Encodes values: each begins with its class, and each group with the number of its elements.

use std::fmt::{self, Write};

use serde::ser::{self, Serialize};

use super::disagreement::{Container, Disagreement};
use super::names::{self, Names};
use super::tag;
use crate::Failure;

/// Returns the encoded bytes of a value.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Failure> {
    let mut encoder = Encoder { bytes: Vec::new() };
    value.serialize(&mut encoder).map_err(Disagreement::of::<T>)?;
    Ok(encoder.bytes)
}

pub(super) struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// Writes a class, a length, and the bytes.
    #[inline]
    fn run(&mut self, tag: u8, bytes: &[u8]) -> Result<(), Disagreement> {
        self.head(tag, length(bytes.len())?);
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn head(&mut self, tag: u8, number: u32) {
        let [a, b, c, d] = number.to_le_bytes();
        self.bytes.extend_from_slice(&[tag, a, b, c, d]);
    }

    /// Replaces the number in a head that was written before.
    #[inline]
    fn set(&mut self, head: usize, number: u32) {
        self.bytes[head + 1..head + 5].copy_from_slice(&number.to_le_bytes());
    }

    #[inline]
    fn variant(&mut self, tag: u8, index: u32, variant: &str) {
        let index = u8::try_from(index).unwrap_or(u8::MAX);
        let [a, b, c, d] = names::hash(variant).to_le_bytes();
        self.bytes.extend_from_slice(&[tag, index, a, b, c, d]);
    }

    #[inline]
    fn fields(&mut self, of: Container) -> Fields<'_> {
        let head = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 8]);
        Fields { encoder: self, of, head, tag: tag::STRUCT, written: 0, names: Names::NONE }
    }
}

#[inline]
fn length(length: usize) -> Result<u32, Disagreement> {
    u32::try_from(length).map_err(|_| Disagreement::new("it is longer than 4 GiB"))
}

/// Defines methods that write a number and its class in one step.
macro_rules! numbers {
    ($($method:ident($number:ty): $tag:ident;)*) => {
        $(#[inline]
        fn $method(self, value: $number) -> Result<(), Disagreement> {
            let mut bytes = [tag::$tag; 1 + size_of::<$number>()];
            bytes[1..].copy_from_slice(&value.to_le_bytes());
            self.bytes.extend_from_slice(&bytes);
            Ok(())
        })*
    };
}

impl<'e> ser::Serializer for &'e mut Encoder {
    type Ok = ();
    type Error = Disagreement;
    type SerializeSeq = Elements<'e>;
    type SerializeTuple = Tuple<'e>;
    type SerializeTupleStruct = Tuple<'e>;
    type SerializeTupleVariant = Tuple<'e>;
    type SerializeMap = Elements<'e>;
    type SerializeStruct = Fields<'e>;
    type SerializeStructVariant = Fields<'e>;

    numbers! {
        serialize_i8(i8): I8;
        serialize_i16(i16): I16;
        serialize_i32(i32): I32;
        serialize_i64(i64): I64;
        serialize_i128(i128): I128;
        serialize_u8(u8): U8;
        serialize_u16(u16): U16;
        serialize_u32(u32): U32;
        serialize_u64(u64): U64;
        serialize_u128(u128): U128;
        serialize_f32(f32): F32;
        serialize_f64(f64): F64;
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Disagreement> {
        self.bytes.push(if value { tag::TRUE } else { tag::FALSE });
        Ok(())
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<(), Disagreement> {
        self.head(tag::CHAR, value.into());
        Ok(())
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Disagreement> {
        self.run(tag::TEXT, text.as_bytes())
    }

    #[inline]
    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Disagreement> {
        self.run(tag::BYTES, bytes)
    }

    /// Formats the value in place; the default implementation would format it into a `String` first.
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Disagreement> {
        let head = self.bytes.len();
        self.head(tag::TEXT, 0);
        write!(self, "{value}").map_err(|_| Disagreement::new("its `Display` fails"))?;
        let text = length(self.bytes.len() - head - 5)?;
        self.set(head, text);
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Disagreement> {
        self.bytes.push(tag::NONE);
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Disagreement> {
        self.bytes.push(tag::SOME);
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Disagreement> {
        self.bytes.push(tag::UNIT);
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Disagreement> {
        self.serialize_unit()
    }

    /// Writes only the content of a newtype, so that it equals its content in a message.
    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Disagreement> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), Disagreement> {
        self.variant(tag::UNIT_VARIANT, index, variant);
        Ok(())
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Disagreement> {
        self.variant(tag::VARIANT, index, variant);
        value.serialize(self)
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'e>, Disagreement> {
        Elements::new(self, tag::SEQUENCE, length)
    }

    #[inline]
    fn serialize_tuple(self, length: usize) -> Result<Tuple<'e>, Disagreement> {
        Tuple::new(self, length)
    }

    #[inline]
    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Tuple<'e>, Disagreement> {
        Tuple::new(self, length)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Tuple<'e>, Disagreement> {
        self.variant(tag::VARIANT, index, variant);
        Tuple::new(self, length)
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Elements<'e>, Disagreement> {
        // `Elements` counts the keys.
        Elements::new(self, tag::MAP, length)
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Fields<'e>, Disagreement> {
        Ok(self.fields(Container { name, variant: None }))
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Fields<'e>, Disagreement> {
        self.variant(tag::VARIANT, index, variant);
        Ok(self.fields(Container { name, variant: Some(variant) }))
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }
}

impl Write for Encoder {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// The elements of a sequence or the entries of a map. Their number need not be announced; `end` corrects it.
pub(super) struct Elements<'e> {
    encoder: &'e mut Encoder,
    head: usize,
    announced: Option<usize>,
    written: usize,
    is_key: bool,
}

impl<'e> Elements<'e> {
    #[inline]
    fn new(encoder: &'e mut Encoder, tag: u8, announced: Option<usize>) -> Result<Self, Disagreement> {
        let head = encoder.bytes.len();
        encoder.head(tag, length(announced.unwrap_or(0))?);
        Ok(Self { encoder, head, announced, written: 0, is_key: false })
    }

    #[inline]
    fn end(self) -> Result<(), Disagreement> {
        if self.announced != Some(self.written) {
            let written = length(self.written)?;
            self.encoder.set(self.head, written);
        }
        Ok(())
    }
}

impl ser::SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = Disagreement;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Disagreement> {
        self.written += 1;
        value.serialize(&mut *self.encoder)
    }

    #[inline]
    fn end(self) -> Result<(), Disagreement> {
        self.end()
    }
}

impl ser::SerializeMap for Elements<'_> {
    type Ok = ();
    type Error = Disagreement;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Disagreement> {
        if self.is_key {
            return Err(keys_and_values());
        }
        self.is_key = true;
        self.written += 1;
        key.serialize(&mut *self.encoder)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Disagreement> {
        if !self.is_key {
            return Err(keys_and_values());
        }
        self.is_key = false;
        value.serialize(&mut *self.encoder)
    }

    #[inline]
    fn end(self) -> Result<(), Disagreement> {
        if self.is_key { Err(keys_and_values()) } else { self.end() }
    }
}

#[cold]
fn keys_and_values() -> Disagreement {
    Disagreement::new("its `Serialize` writes a map in which keys and values do not alternate")
}

/// The elements of a tuple, which must be as many as were announced.
pub(super) struct Tuple<'e> {
    encoder: &'e mut Encoder,
    announced: usize,
    written: usize,
}

impl<'e> Tuple<'e> {
    #[inline]
    fn new(encoder: &'e mut Encoder, announced: usize) -> Result<Self, Disagreement> {
        if announced > tag::LONGEST_TUPLE {
            encoder.head(tag::LONG_TUPLE, length(announced)?);
        } else {
            encoder.bytes.push(tag::TUPLE + announced as u8);
        }
        Ok(Self { encoder, announced, written: 0 })
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Disagreement> {
        self.written += 1;
        value.serialize(&mut *self.encoder)
    }

    #[inline]
    fn end(self) -> Result<(), Disagreement> {
        if self.written == self.announced { Ok(()) } else { Err(self.wrong_number()) }
    }

    #[cold]
    fn wrong_number(&self) -> Disagreement {
        let Self { announced, written, .. } = self;
        Disagreement::new(format!("its `Serialize` announces {announced} elements, and writes {written}"))
    }
}

/// Implements the three traits of tuples, which differ only in the names of a trait and a method.
macro_rules! tuples {
    ($($trait:ident::$method:ident;)*) => {
        $(impl ser::$trait for Tuple<'_> {
            type Ok = ();
            type Error = Disagreement;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Disagreement> {
                self.element(value)
            }

            #[inline]
            fn end(self) -> Result<(), Disagreement> {
                self.end()
            }
        })*
    };
}

tuples! {
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// The fields of a struct or a variant. Their head is written by `end`, when all names are known.
pub(super) struct Fields<'e> {
    encoder: &'e mut Encoder,
    of: Container,
    head: usize,
    tag: u8,
    written: usize,
    names: Names,
}

impl Fields<'_> {
    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Disagreement> {
        self.written += 1;
        self.names = self.names.and(name);
        value.serialize(&mut *self.encoder).map_err(|error| error.within(self.of, name))
    }

    /// Writes a mark in place of the field, so that the decoder finds the remaining fields.
    fn skip(&mut self, name: &'static str) {
        self.written += 1;
        self.names = self.names.and(name);
        self.tag = tag::SPARSE_STRUCT;
        self.encoder.bytes.push(tag::SKIPPED);
    }

    #[inline]
    fn end(self) -> Result<(), Disagreement> {
        if self.written > usize::from(u16::MAX) {
            return Err(Disagreement::new("it has more than 65,535 fields"));
        }
        let head = names::head(self.tag, self.written, self.names).to_le_bytes();
        self.encoder.bytes[self.head..self.head + head.len()].copy_from_slice(&head);
        Ok(())
    }
}

/// Implements the two traits of structs and of variants with fields, which differ only in their names.
macro_rules! fields {
    ($($trait:ident)*) => {
        $(impl ser::$trait for Fields<'_> {
            type Ok = ();
            type Error = Disagreement;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Disagreement> {
                self.field(name, value)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), Disagreement> {
                self.skip(name);
                Ok(())
            }

            #[inline]
            fn end(self) -> Result<(), Disagreement> {
                self.end()
            }
        })*
    };
}

fields!(SerializeStruct SerializeStructVariant);
