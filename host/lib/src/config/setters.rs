//! Setters for structs with public fields that may get more of them.
//!
//! Outside of this crate such a struct cannot be written with `..Default::default()`. With setters it can be made in
//! one expression all the same: `Limits::default().with_depth(8)`.

/// Implements setters for fields. Each takes the type that is given here, and what the field has is made of it.
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
