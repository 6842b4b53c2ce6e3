//! Why a value could not be written or read, and which field it was.

use std::fmt::{self, Display};

use super::encoder::Of;
use super::tag;
use crate::Failure;

/// An error of serde's. One word, because every field returns it or nothing.
#[derive(Debug)]
pub(super) struct Disagreement(Box<What>);

#[derive(Debug)]
struct What {
    /// The innermost field, or type with fields, that it was in.
    place: Option<String>,
    text: String,
}

impl Disagreement {
    #[cold]
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(Box::new(What { place: None, text: text.into() }))
    }

    /// The reader wants a value of one class, and finds another, or the end.
    #[cold]
    pub(super) fn found(found: Option<u8>, wanted: &str) -> Self {
        match found {
            Some(found) => Self::new(format!(
                "its `Serialize` writes {}, and its `Deserialize` reads {wanted}",
                tag::name(found)
            )),
            None => Self::cut(),
        }
    }

    #[cold]
    pub(super) fn cut() -> Self {
        Self::new(super::CUT)
    }

    #[cold]
    pub(super) fn asks_what_it_is() -> Self {
        Self::new(
            "it has to say of itself what it is (serde's `untagged`, `tag` or `flatten`, a JSON value), \
             and messages do not",
        )
    }

    /// The same in a field, or in a struct or variant.
    #[cold]
    pub(super) fn at(mut self, of: Of, field: Option<&str>) -> Self {
        self.0.place.get_or_insert_with(|| match field {
            Some(field) => format!("field `{field}` of `{of}`"),
            None => format!("`{of}`"),
        });
        self
    }

    #[cold]
    pub(super) fn within(self, of: Of, field: &str) -> Self {
        self.at(of, Some(field))
    }

    #[cold]
    pub(super) fn inside(self, of: Of) -> Self {
        self.at(of, None)
    }

    /// The same for the program, in a value of this type.
    #[cold]
    pub(super) fn of<T: ?Sized>(self) -> Failure {
        let What { place, text } = *self.0;
        Failure::BadMessage(match place {
            Some(place) => format!("{place}: {text}"),
            None => format!("`{}`: {text}", std::any::type_name::<T>()),
        })
    }
}

impl Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl std::error::Error for Disagreement {}

impl serde::ser::Error for Disagreement {
    #[cold]
    fn custom<T: Display>(text: T) -> Self {
        Self::new(text.to_string())
    }
}

impl serde::de::Error for Disagreement {
    #[cold]
    fn custom<T: Display>(text: T) -> Self {
        Self::new(text.to_string())
    }
}
