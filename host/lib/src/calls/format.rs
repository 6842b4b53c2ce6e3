//! Arguments and results as text: JSON, WAVE, or a string as it is.

mod json;
mod wave;

use wasmtime::component::types::Type;
use wasmtime::component::{ComponentExportIndex, Val};

use crate::load::exports::Export;

/// How the arguments or the results of a [`TextFunction`](crate::TextFunction) are written.
///
/// # Examples
///
/// ```no_run
/// use host::Format;
///
/// # let host = host::Host::new(&host::Config::default())?;
/// let library = host.open("stats.wasm", &host::RunConfig::default())?;
/// let count = library.function("count")?;
/// for (format, text) in [(Format::Json, "[\"to be\"]"), (Format::Wave, "\"to be\""), (Format::Text, "to be")] {
///     assert_eq!(count.text(format, Format::Json)?.call(text).wait()?.as_str(), "2");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JSON. Arguments are an array, or the argument itself if there is one parameter.
    ///
    /// A record is an object, and a member for an option may be left out. A list or a tuple is an array. Flags are
    /// an array of the names that are set. An enum, or a case of a variant without a value, is a string; with a
    /// value it is an object with one member, `{"case": value}`. A result is `{"ok": value}` or
    /// `{"err": value}`, with `null` if it has no value. An option is its value or `null`; if its value may be
    /// `null` too, it is `{"some": value}` or `null`. A character is a string. A number that JSON has not is one of
    /// the strings `nan`, `inf` and `-inf`. No result is `null`.
    Json,
    /// [WAVE](https://github.com/bytecodealliance/wasm-tools/tree/main/crates/wasm-wave), as in `wasmtime run
    /// --invoke`. Arguments are separated by commas.
    Wave,
    /// Text as it is. The one parameter gets all of it; if it is no string, as WAVE. A result that is a string is
    /// written as it is, and others as WAVE.
    Text,
}

/// The types of a function, as far as texts need them.
pub(super) struct Signature {
    pub(super) index: ComponentExportIndex,
    pub(super) results: usize,
    params: Vec<(String, Type)>,
    text: String,
}

impl Signature {
    /// Reads the types of a function whose arguments are in this format.
    ///
    /// # Errors
    ///
    /// A type has no text, or the function has too many or too few parameters for the format.
    pub(super) fn new(export: &Export, input: Format) -> Result<Self, String> {
        let ty = &export.ty;
        let params = ty.params().map(|(name, ty)| (name.to_owned(), ty)).collect::<Vec<_>>();
        if let Some(what) = params.iter().map(|(_, ty)| ty.clone()).chain(ty.results()).find_map(textless) {
            return Err(format!("its type has {what}, which has no text: {}", export.short_signature()));
        }
        if input == Format::Text && params.len() != 1 {
            let n = params.len();
            return Err(format!(
                "text is one argument, and it has {n} parameters: {}",
                export.short_signature()
            ));
        }
        Ok(Self { index: export.index, results: ty.results().len(), params, text: export.short_signature() })
    }
}

impl Format {
    /// Reads the arguments of a function.
    ///
    /// # Errors
    ///
    /// The text is not in this format, or does not fit the types. The error says what was expected.
    pub(super) fn read(self, text: &str, signature: &Signature) -> Result<Vec<Val>, String> {
        let params = &signature.params;
        let read = match (self, params.as_slice()) {
            (Self::Json, _) => json::read(text, params),
            (Self::Text, [(_, Type::String)]) => return Ok(vec![Val::String(text.to_owned())]),
            (Self::Wave | Self::Text, _) => wave::read(text, params),
        };
        read.map_err(|why| format!("{why}; it is {}", signature.text))
    }

    /// Writes the results of a function on one line, except for the lines of a string in [`Format::Text`].
    pub(super) fn write(self, results: &[Val]) -> String {
        match (self, results) {
            (Self::Json, []) => "null".to_owned(),
            (Self::Wave | Self::Text, []) => String::new(),
            (Self::Text, [Val::String(text)]) => text.clone(),
            (Self::Json, [result]) => json::write(result),
            (Self::Json, results) => json::write(&Val::Tuple(results.to_vec())),
            (Self::Wave | Self::Text, [result]) => wave::write(result),
            (Self::Wave | Self::Text, results) => wave::write(&Val::Tuple(results.to_vec())),
        }
    }
}

/// Returns the first part of a type that has no text.
fn textless(ty: Type) -> Option<&'static str> {
    match ty {
        Type::Own(_) | Type::Borrow(_) => Some("a resource"),
        Type::Stream(_) => Some("a stream"),
        Type::Future(_) => Some("a future"),
        Type::ErrorContext => Some("an error context"),
        Type::Map(_) => Some("a map"),
        Type::List(list) => textless(list.ty()),
        Type::FixedLengthList(list) => textless(list.ty()),
        Type::Option(option) => textless(option.ty()),
        Type::Record(record) => record.fields().find_map(|field| textless(field.ty)),
        Type::Tuple(tuple) => tuple.types().find_map(textless),
        Type::Variant(variant) => variant.cases().filter_map(|case| case.ty).find_map(textless),
        Type::Result(result) => result.ok().into_iter().chain(result.err()).find_map(textless),
        _ => None,
    }
}
