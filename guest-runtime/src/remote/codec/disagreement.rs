//! The error of a value that could not be encoded or decoded, with the field that caused it.

use std::fmt::{self, Display};

use super::tag;
use crate::Failure;

/// The error of a message that ends before its values do.
pub(super) const CUT: &str = "the message ends too soon";

/// The struct or variant that fields belong to.
#[derive(Clone, Copy)]
pub(super) struct Container {
    pub(super) name: &'static str,
    pub(super) variant: Option<&'static str>,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.variant.map_or(Ok(()), |variant| write!(f, "::{variant}"))
    }
}

/// The error type of the encoder and the decoder. It is boxed, because the result of every field has room
/// for it.
#[derive(Debug)]
pub(super) struct Disagreement(Box<Report>);

#[derive(Debug)]
struct Report {
    /// The innermost field, struct or variant in which the error occurred.
    place: Option<String>,
    text: String,
}

impl Disagreement {
    #[cold]
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(Box::new(Report { place: None, text: text.into() }))
    }

    /// Reports that the decoder expected a value of one class, and found another class or the end.
    #[cold]
    #[inline(never)]
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
    #[inline(never)]
    pub(super) fn cut() -> Self {
        Self::new(CUT)
    }

    /// Reports that values are nested too deep for the stack of the job.
    #[cold]
    #[inline(never)]
    pub(super) fn too_deep() -> Self {
        Self::new(format!("its values are nested more than {} levels deep", tag::LEVELS))
    }

    #[cold]
    pub(super) fn not_self_describing() -> Self {
        Self::new(
            "its `Deserialize` needs a self-describing format (serde's `untagged`, `tag` or `flatten`, a JSON \
             value), and messages are not self-describing",
        )
    }

    /// Adds the name of the field, or of the struct or variant, unless an inner one was added before.
    #[inline(always)]
    pub(super) fn at(self, of: Container, field: Option<&str>) -> Self {
        // Passed as parts, so that the caller does not store a `Container` in memory just for the error case.
        self.at_parts(of.name, of.variant, field)
    }

    #[cold]
    #[inline(never)]
    fn at_parts(mut self, name: &'static str, variant: Option<&'static str>, field: Option<&str>) -> Self {
        let of = Container { name, variant };
        self.0.place.get_or_insert_with(|| match field {
            Some(field) => format!("field `{field}` of `{of}`"),
            None => format!("`{of}`"),
        });
        self
    }

    #[inline(always)]
    pub(super) fn within(self, of: Container, field: &str) -> Self {
        self.at(of, Some(field))
    }

    #[inline(always)]
    pub(super) fn inside(self, of: Container) -> Self {
        self.at(of, None)
    }

    /// Returns this error for the program, with the type of the value.
    #[cold]
    pub(super) fn of<T: ?Sized>(self) -> Failure {
        let Report { place, text } = *self.0;
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
