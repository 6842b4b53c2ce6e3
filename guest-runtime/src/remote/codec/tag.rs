//! The first byte of each value in a message: the class of what was written.
//!
//! Numbers follow it in their full width, least significant byte first.

/// How deep values may be nested in options, variants, sequences, tuples and maps.
///
/// Each level takes a few hundred bytes of the reader's stack, of which there are 512 KiB on the host: types with
/// large frames overflow it at 2,000 levels.
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
/// The length in bytes follows, a `u32`, and as many bytes.
pub(super) const TEXT: u8 = 18;
pub(super) const BYTES: u8 = 19;
/// The number of elements follows, a `u32`, and as many values.
pub(super) const SEQUENCE: u8 = 20;
/// The number of entries follows, a `u32`, and as many pairs of values.
pub(super) const MAP: u8 = 21;
/// The index, as far as it fits into a byte, and the [hash](super::names) of the name of a variant without
/// content.
pub(super) const UNIT_VARIANT: u8 = 22;
/// The same of one with content, which follows as a value.
pub(super) const VARIANT: u8 = 23;
/// A [head of a struct](super::names::head) begins with it, and as many values follow. In the place of some is
/// [`SKIPPED`].
pub(super) const SPARSE_STRUCT: u8 = 24;
/// A field that the writer has left out.
pub(super) const SKIPPED: u8 = 25;
/// The number of elements follows, a `u32`, and as many values.
pub(super) const LONG_TUPLE: u8 = 26;
/// A [head of a struct](super::names::head) begins with it, and as many values follow.
pub(super) const STRUCT: u8 = 27;
/// This, and what is added to it, is the number of elements of a tuple. They follow.
pub(super) const TUPLE: u8 = 128;
pub(super) const LONGEST_TUPLE: usize = 127;

/// What a value of this class is called in an error.
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
