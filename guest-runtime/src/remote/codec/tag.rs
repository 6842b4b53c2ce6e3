//! The classes of values. Each value in a message begins with one byte that states its class.
//!
//! A number follows its class in full width, in little-endian order.

/// The maximum nesting of options, variants, sequences, tuples and maps in a value.
///
/// Each level takes a few hundred bytes of the decoding instance's stack, which has 512 KiB on the host. Types
/// with large frames overflow it at 2,000 levels.
pub(super) const LEVELS: u32 = 1000;

pub(super) const FALSE: u8 = 0;
pub(super) const TRUE: u8 = 1;
pub(super) const NONE: u8 = 2;
/// The value follows.
pub(super) const SOME: u8 = 3;
/// `()`, or a struct without fields.
pub(super) const UNIT: u8 = 4;
pub(super) const I8: u8 = 5;
pub(super) const I16: u8 = 6;
pub(super) const I32: u8 = 7;
pub(super) const I64: u8 = 8;
pub(super) const I128: u8 = 9;
pub(super) const U8: u8 = 10;
pub(super) const U16: u8 = 11;
pub(super) const U32: u8 = 12;
pub(super) const U64: u8 = 13;
pub(super) const U128: u8 = 14;
pub(super) const F32: u8 = 15;
pub(super) const F64: u8 = 16;
/// A `u32` follows.
pub(super) const CHAR: u8 = 17;
/// The length in bytes follows as a `u32`, and then the bytes.
pub(super) const TEXT: u8 = 18;
pub(super) const BYTES: u8 = 19;
/// The number of elements follows as a `u32`, and then the elements.
pub(super) const SEQUENCE: u8 = 20;
/// The number of entries follows as a `u32`, and then a key and a value for each.
pub(super) const MAP: u8 = 21;
/// A variant without content: its index follows, or 255 if the index is larger, and then the
/// [hash](super::names) of its name.
pub(super) const UNIT_VARIANT: u8 = 22;
/// A variant with content: the same follows, and then the content as a value.
pub(super) const VARIANT: u8 = 23;
/// A struct with skipped fields: the first byte of its [head](super::names::head). A value follows for each
/// field, or [`SKIPPED`] if the field was skipped.
pub(super) const SPARSE_STRUCT: u8 = 24;
/// Stands for a field that the encoder skipped.
pub(super) const SKIPPED: u8 = 25;
/// A tuple with more than [`LONGEST_TUPLE`] elements: their number follows as a `u32`, and then the elements.
pub(super) const LONG_TUPLE: u8 = 26;
/// A struct: the first byte of its [head](super::names::head). A value follows for each field.
pub(super) const STRUCT: u8 = 27;
/// A tuple: the class is this number plus the number of elements. The elements follow.
pub(super) const TUPLE: u8 = 128;
pub(super) const LONGEST_TUPLE: usize = 127;

/// Returns the name of a class in errors.
pub(super) fn name(tag: u8) -> &'static str {
    match tag {
        FALSE | TRUE => "a bool",
        NONE => "None",
        SOME => "Some",
        UNIT => "a unit",
        I8 => "an i8",
        I16 => "an i16",
        I32 => "an i32",
        I64 => "an i64",
        I128 => "an i128",
        U8 => "a u8",
        U16 => "a u16",
        U32 => "a u32",
        U64 => "a u64",
        U128 => "a u128",
        F32 => "an f32",
        F64 => "an f64",
        CHAR => "a char",
        TEXT => "a string",
        BYTES => "bytes",
        SEQUENCE => "a sequence",
        MAP => "a map",
        UNIT_VARIANT => "a variant without content",
        VARIANT => "a variant with content",
        STRUCT | SPARSE_STRUCT => "a struct",
        SKIPPED => "nothing",
        LONG_TUPLE | TUPLE.. => "a tuple",
        _ => "no value",
    }
}
