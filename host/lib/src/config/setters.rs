//! Setters for structs with public fields that may get more fields.
//!
//! Outside of this crate such a struct cannot be written with `..Default::default()`. Setters still allow one
//! to be built in one expression: `Limits::default().with_depth(8)`.

/// Implements setters for fields. Each setter takes the type that is given here, and converts it to the
/// field's type.
macro_rules! setters {
    ($name:ident { $($setter:ident: $field:ident: $type:ty),+ $(,)? }) => {
        impl $name {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub fn $setter(mut self, $field: $type) -> Self {
                    self.$field = $field.into();
                    self
                }
            )+
        }
    };
}

pub(super) use setters;
