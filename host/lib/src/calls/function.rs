//! One exported function, with the options of its calls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{ComponentNamedList, Lift, Lower, Val};

use super::call::{Answer, Call};
use super::callee::Callee;
use super::format::Format;
use super::session::Session;
use super::shared::Shared;
use super::text::TextFunction;
use super::typed::TypedFunction;
use super::values::ValuesCall;
use crate::error::Error;
use crate::load::exports::Export;

/// An exported function of a [`Library`](crate::Library).
///
/// [`typed`](Self::typed) gives it the types of its parameters and results, which is the fastest way to call it.
/// [`call`](Self::call) takes values whose types are known only when the program runs, and
/// [`text`](Self::text) takes arguments as text.
///
/// A clone is the same function. Dropping it has no effect on calls.
///
/// # Examples
///
/// ```no_run
/// # let host = host::Host::new(&host::Config::default())?;
/// let library = host.open("stats.wasm", &host::RunConfig::default())?;
/// let count = library.function("count")?;
/// assert_eq!(count.signature(), "demo:text/stats.count: func(text: string) -> u32");
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Clone)]
pub struct Function(Callee);

impl Function {
    pub(super) fn new(shared: &Arc<Shared>, export: &Export) -> Self {
        Self(Callee::new(shared, export))
    }

    /// Returns its full name: `demo:text/stats.count`, with `@` and the version if its package has one.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// assert_eq!(library.function("stats.count")?.name(), "demo:text/stats.count");
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns its name and its type, as WIT writes it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?;
    /// assert_eq!(count.signature(), "demo:text/stats.count: func(text: string) -> u32");
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn signature(&self) -> String {
        self.0.export.signature()
    }

    /// Returns its type, with the types of its parameters and results.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// assert_eq!(library.function("count")?.ty().params().len(), 1);
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn ty(&self) -> &ComponentFunc {
        &self.0.export.ty
    }

    /// Limits each of its calls to this time, from when the call begins.
    ///
    /// The limits [`timeout`](crate::Limits::timeout) and [`job_timeout`](crate::Limits::job_timeout) of the library
    /// apply as well.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?.with_timeout(std::time::Duration::from_secs(1));
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.0.options.timeout = Some(timeout);
        self
    }

    /// Sets whether each of its calls gets a new instance, which no other call uses.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?.with_fresh(true);
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn with_fresh(mut self, fresh: bool) -> Self {
        self.0.options.fresh = fresh;
        self
    }

    /// Makes each of its calls in the instance of this session.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("counter.wasm", &host::RunConfig::default())?;
    /// let session = host::Session::new();
    /// let next = library.function("next")?.with_session(&session).typed::<(), (u32,)>()?;
    /// assert_eq!((next.call(()).wait()?, next.call(()).wait()?), ((1,), (2,)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_session(mut self, session: &Session) -> Self {
        self.0.options.session = Some(session.inner());
        self
    }

    /// Gives the function the types of its parameters and of its results, each as a tuple.
    ///
    /// The types are those of the engine: `String` for `string`, `Vec<T>` for `list<T>`, and types that derive
    /// `ComponentType`, `Lift` and `Lower` for records, variants, enums and flags.
    ///
    /// # Errors
    ///
    /// The function has other types.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?;
    /// assert!(count.typed::<(String,), (u32,)>().is_ok());
    /// assert!(count.typed::<(u32,), (u32,)>().is_err());
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn typed<P, R>(&self) -> Result<TypedFunction<P, R>, Error>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let component = self.0.shared.app.linked.component().component_type();
        let checked = self.0.export.ty.typecheck::<P, R>(&component.instance_type());
        checked.map_err(|cause| {
            let cause = format!("{cause:#}; it is {}", self.0.export.short_signature());
            Error::other_function(self.name(), cause)
        })?;
        Ok(TypedFunction::new(self.0.clone()))
    }

    /// Calls the function with values whose types are checked by the call.
    ///
    /// # Errors
    ///
    /// The call fails as every [`Call`] does, and with [`Failure::Trapped`](crate::Failure::Trapped) if the values
    /// do not have the types of the parameters.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::wasmtime::component::Val;
    ///
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let words = library.function("count")?.call(vec![Val::String("to be".to_owned())]).wait()?;
    /// assert_eq!(words, [Val::U32(2)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call(&self, arguments: Vec<Val>) -> Call<Vec<Val>> {
        let answer = Answer::new();
        let results = self.0.export.ty.results().len();
        let call = ValuesCall { index: self.0.export.index, arguments, results, answer: Arc::clone(&answer) };
        self.0.make(Box::new(call), answer, 0)
    }

    /// Returns the function with arguments and results as text.
    ///
    /// # Errors
    ///
    /// A parameter or a result is a resource, a stream or a future, which has no text; or the function does not have
    /// one parameter, and the input is [`Format::Text`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::Format;
    ///
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?.text(Format::Json, Format::Json)?;
    /// assert_eq!(count.call("\"to be\"").wait()?.as_str(), "2");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(&self, input: Format, output: Format) -> Result<TextFunction, Error> {
        TextFunction::new(self.0.clone(), input, output)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
