//! Postcard, except that no field may be left out.
//!
//! There are no names in a message: a field that is skipped (serde's `skip_serializing_if`) shifts
//! those behind it, and the reader takes one value for another. Postcard does not look at what is
//! skipped, so this serializer stands in front of it: it refuses, and passes on everything else.
//! It also keeps what a type says of its own errors, which postcard drops.

use std::fmt;

use postcard::ser_flavors::{AllocVec, Flavor};
use serde::ser::{self, Error, Serialize};

use super::bad_message;
use crate::Failure;

/// The bytes of a value that leaves nothing out.
pub(super) fn write<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Failure> {
    let mut positional = Positional(postcard::Serializer { output: AllocVec::new() });
    value.serialize(&mut positional).map_err(|Reason(reason)| *reason)?;
    positional.0.output.finalize().map_err(bad_message)
}

struct Positional(postcard::Serializer<AllocVec>);

/// Has to be an error of serde's. One word, because every field returns it or nothing.
#[derive(Debug)]
struct Reason(Box<Failure>);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Reason {}

impl Error for Reason {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(Box::new(Failure::BadMessage(text.to_string())))
    }
}

impl From<postcard::Error> for Reason {
    /// Cold, so that the text of an error is not inlined into every field.
    #[cold]
    fn from(error: postcard::Error) -> Self {
        Self(Box::new(bad_message(error)))
    }
}

/// What postcard does, and what is returned after it.
macro_rules! postcard {
    ($this:ident, $after:expr, $returned:ty: $($method:ident($($argument:ident: $of:ty),*);)*) => {
        $(#[inline]
        fn $method($this, $($argument: $of),*) -> Result<$returned, Reason> {
            $this.0.$method($($argument),*)?;
            Ok($after)
        })*
    };
}

impl ser::Serializer for &mut Positional {
    type Ok = ();
    type Error = Reason;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    postcard! { self, (), ():
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    // Postcard writes what stands in front of the parts, and nothing behind the last.
    postcard! { self, self, Self:
        serialize_seq(length: Option<usize>);
        serialize_tuple(length: usize);
        serialize_tuple_struct(name: &'static str, length: usize);
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize);
        serialize_map(length: Option<usize>);
        serialize_struct(name: &'static str, length: usize);
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize);
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Reason> {
        self.0.serialize_some(&())?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Reason> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Reason> {
        self.0.serialize_newtype_variant(name, index, variant, &())?;
        value.serialize(self)
    }

    #[inline]
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Reason> {
        Ok(self.0.collect_str(value)?)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The parts of a value: each is written by itself, and one with a name must not be skipped.
macro_rules! parts {
    ($($trait:ident: $($method:ident($($name:ty)?)),*;)*) => {
        $(impl ser::$trait for &mut Positional {
            type Ok = ();
            type Error = Reason;

            $(#[inline]
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $name,)?
                value: &T,
            ) -> Result<(), Reason> {
                value.serialize(&mut **self)
            }

            $(fn skip_field(&mut self, name: $name) -> Result<(), Reason> {
                Err(Reason::custom(format_args!(
                    "field `{name}` is skipped (serde's `skip_serializing_if`), which would shift \
                     those behind it: send it always"
                )))
            })?)*

            #[inline]
            fn end(self) -> Result<(), Reason> {
                Ok(())
            }
        })*
    };
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(&'static str);
    SerializeStructVariant: serialize_field(&'static str);
}
