//! Vectors of numbers inside structs, copied at the speed of memcpy.
//!
//! serde serializes a `Vec<u8>` one element at a time, at about half a gigabyte per second. A `Vec` of numbers
//! that is a whole argument or result is always copied at once; for a field of a struct, name this module:
//!
//! ```
//! use guest_runtime::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Tile {
//!     x: u32,
//!     #[serde(with = "guest_runtime::flat")]
//!     pixels: Vec<f32>,
//! }
//!
//! #[guest_runtime::parallel]
//! async fn brighten(mut tile: Tile) -> Tile {
//!     tile.pixels.iter_mut().for_each(|pixel| *pixel *= 2.0);
//!     tile
//! }
//!
//! guest_runtime::block_on(async {
//!     let tile = brighten(Tile { x: 7, pixels: vec![0.25; 1024] }).par().await;
//!     assert_eq!((tile.x, tile.pixels[1023]), (7, 0.5));
//! });
//! ```

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use castaway::cast;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A plain number: `u8` to `u64`, `i8` to `i64`, `f32`, `f64`.
///
/// # Examples
///
/// ```
/// use guest_runtime::flat;
/// use serde::{Deserialize, Serialize};
///
/// /// An image with samples of any type.
/// #[derive(Serialize, Deserialize)]
/// #[serde(bound = "S: flat::Number")]
/// struct Image<S> {
///     width: u32,
///     #[serde(with = "flat")]
///     samples: Vec<S>,
/// }
/// ```
///
/// This trait is sealed: only this crate implements it.
pub trait Number: sealed::Number {}

impl<N: sealed::Number> Number for N {}

pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "this is how a trait is sealed")]
    pub trait Number: bytemuck::Pod {
        const NAME: &'static str;
    }

    macro_rules! numbers {
        ($($number:ty),*) => {
            $(impl Number for $number {
                const NAME: &'static str = stringify!($number);
            })*
        };
    }

    numbers!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);
}

/// Serializes the numbers as the name of their type and one run of bytes.
///
/// `#[serde(with = "guest_runtime::flat")]` calls it.
///
/// # Examples
///
/// See [the module](self).
///
/// # Errors
///
/// The errors of the serializer.
pub fn serialize<N: Number, S: Serializer>(numbers: &[N], serializer: S) -> Result<S::Ok, S::Error> {
    (N::NAME, Run(bytemuck::cast_slice(numbers))).serialize(serializer)
}

/// Deserializes what [`serialize`] wrote.
///
/// `#[serde(with = "guest_runtime::flat")]` calls it.
///
/// # Examples
///
/// See [the module](self).
///
/// # Errors
///
/// The errors of the deserializer, and an error if the numbers have another type, or if the length is not a
/// multiple of the size of a number.
pub fn deserialize<'de, N: Number, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<N>, D::Error> {
    let (IsOf(_), Numbers(numbers)): (IsOf<N>, _) = Deserialize::deserialize(deserializer)?;
    Ok(numbers)
}

/// A run of bytes, serialized as bytes.
struct Run<'a>(&'a [u8]);

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// The name of this type of numbers.
struct IsOf<N>(PhantomData<N>);

impl<'de, N: Number> Deserialize<'de> for IsOf<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Self(PhantomData))
    }
}

impl<N: Number> Visitor<'_> for IsOf<N> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "numbers of the type {}", N::NAME)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self, E> {
        if name == N::NAME { Ok(self) } else { Err(E::invalid_value(Unexpected::Str(name), &self)) }
    }
}

/// Numbers that are deserialized from a run of bytes.
struct Numbers<N>(Vec<N>);

impl<'de, N: Number> Deserialize<'de> for Numbers<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(InBytes(PhantomData)).map(Self)
    }
}

struct InBytes<N>(PhantomData<N>);

impl<N: Number> Visitor<'_> for InBytes<N> {
    type Value = Vec<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a run of bytes, a multiple of {} long", size_of::<N>())
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<N>, E> {
        from_bytes(bytes).ok_or_else(|| E::invalid_length(bytes.len(), &self))
    }
}

/// Returns these bytes as numbers. They may have any alignment.
fn from_bytes<N: sealed::Number>(bytes: &[u8]) -> Option<Vec<N>> {
    bytes.len().is_multiple_of(size_of::<N>()).then(|| bytemuck::pod_collect_to_vec(bytes))
}

/// Calls a macro for every type of number.
macro_rules! for_numbers {
    ($go:ident) => {
        for_numbers!($go: u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);
    };
    ($go:ident: $($number:ty),*) => {
        $($go!($number);)*
    };
}

/// Returns whether two types are the same. The compiler evaluates this.
pub(crate) fn is<T: 'static, U: 'static>() -> bool {
    TypeId::of::<T>() == TypeId::of::<U>()
}

/// Returns whether a type is a number.
pub(crate) fn is_number<T: 'static>() -> bool {
    macro_rules! this {
        ($number:ty) => {
            if is::<T, $number>() {
                return true;
            }
        };
    }
    for_numbers!(this);
    false
}

/// Returns the bytes of a slice, if its items are numbers.
pub(crate) fn bytes<T: 'static>(items: &[T]) -> Option<&[u8]> {
    macro_rules! this {
        ($number:ty) => {
            if let Ok(numbers) = cast!(items, &[$number]) {
                return Some(bytemuck::cast_slice(numbers));
            }
        };
    }
    for_numbers!(this);
    None
}

/// Returns the bytes of a value, if it is a `Vec` of numbers.
pub(crate) fn bytes_of_vec<T: 'static>(value: &T) -> Option<&[u8]> {
    macro_rules! this {
        ($number:ty) => {
            if let Ok(numbers) = cast!(value, &Vec<$number>) {
                return Some(bytemuck::cast_slice(numbers));
            }
        };
    }
    for_numbers!(this);
    None
}

/// Returns these bytes as numbers, if the type is one and they are aligned for it.
pub(crate) fn numbers<T: 'static>(bytes: &mut [u8]) -> Option<&mut [T]> {
    macro_rules! this {
        ($number:ty) => {
            if is::<T, $number>() {
                let numbers = bytemuck::try_cast_slice_mut::<u8, $number>(bytes).ok()?;
                return cast!(numbers, &mut [T]).ok();
            }
        };
    }
    for_numbers!(this);
    None
}

/// Copies bytes into a slice of numbers of the same length in bytes.
pub(crate) fn copy<T: 'static>(bytes: &[u8], places: &mut [T]) {
    macro_rules! this {
        ($number:ty) => {
            if is::<T, $number>() {
                if let Ok(places) = cast!(places, &mut [$number]) {
                    bytemuck::cast_slice_mut(places).copy_from_slice(bytes);
                }
                return;
            }
        };
    }
    for_numbers!(this);
}

/// Returns these bytes as a `Vec` of numbers; `None` if their length is not a multiple of the size of a number.
///
/// # Errors
///
/// Returns the bytes if `T` is not a `Vec` of numbers.
pub(crate) fn read_vec<T: 'static>(bytes: Cow<'_, [u8]>) -> Result<Option<T>, Cow<'_, [u8]>> {
    if is::<T, Vec<u8>>() {
        return Ok(cast!(bytes.into_owned(), T).ok());
    }
    macro_rules! this {
        ($number:ty) => {
            if is::<T, Vec<$number>>() {
                return Ok(from_bytes::<$number>(&bytes).and_then(|numbers| cast!(numbers, T).ok()));
            }
        };
    }
    for_numbers!(this);
    Err(bytes)
}
