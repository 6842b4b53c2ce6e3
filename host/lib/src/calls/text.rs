//! A function whose arguments and results are text.
//!
//! The core that runs a call also reads its arguments and writes its results, so that the caller does not become
//! the bottleneck of many cores. What a caller keeps of both is charged to the run.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{self, Val};

use super::call::{Answer, Call};
use super::callee::Callee;
use super::failure::Failure;
use super::format::{Format, Signature};
use super::values;
use crate::error::Error;
use crate::exec::instance;
use crate::job::account::Charge;
use crate::load::compiled::Compiled;
use crate::store::state::State;

/// The bytes that a value takes for each byte of its text, at most: `0,` is a value of 32 bytes.
const VALUE: u64 = 16;

/// Arguments of at most this many bytes have values that are part of the price of the instance.
const SHORT: usize = 4 << 10;

/// A function with arguments and results as text, in a [`Format`] each.
///
/// [`Function::text`](crate::Function::text) creates one.
///
/// # Examples
///
/// ```no_run
/// use host::Format;
///
/// # let host = host::Host::new(&host::Config::default())?;
/// let library = host.open("stats.wasm", &host::RunConfig::default())?;
/// let count = library.function("count")?.text(Format::Text, Format::Wave)?;
/// assert_eq!(count.call("to be").wait()?.as_str(), "2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TextFunction {
    callee: Callee,
    signature: Arc<Signature>,
    input: Format,
    output: Format,
}

/// The results of a call as text, which count towards the [memory](crate::Limits::memory) of the library until
/// this is dropped.
///
/// # Examples
///
/// ```no_run
/// use host::Format;
///
/// # let host = host::Host::new(&host::Config::default())?;
/// # let library = host.open("stats.wasm", &host::RunConfig::default())?;
/// let count = library.function("count")?.text(Format::Text, Format::Text)?;
/// let text: host::Text = count.call("to be").wait()?;
/// assert_eq!(&*text, "2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Text {
    text: String,
    #[expect(dead_code, reason = "dropped with the text")]
    charge: Charge,
}

impl Text {
    /// Returns the text.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::Format;
    ///
    /// # let host = host::Host::new(&host::Config::default())?;
    /// # let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?.text(Format::Text, Format::Text)?;
    /// assert_eq!(count.call("to be").wait()?.as_str(), "2");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TextFunction {
    pub(super) fn new(callee: Callee, input: Format, output: Format) -> Result<Self, Error> {
        let signature = Signature::new(&callee.export, input);
        let signature = signature.map_err(|why| Error::other_function(&callee.name, why))?;
        Ok(Self { callee, signature: Arc::new(signature), input, output })
    }

    /// Calls the function, once the returned future is polled.
    ///
    /// # Errors
    ///
    /// The call fails as every [`Call`] does, and with [`Failure::BadArguments`] if the text does not fit.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Failure, Format};
    ///
    /// # let host = host::Host::new(&host::Config::default())?;
    /// # let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?.text(Format::Json, Format::Json)?;
    /// assert!(matches!(count.call("7").wait(), Err(Failure::BadArguments(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call(&self, arguments: impl Into<String>) -> Call<Text> {
        let (answer, arguments) = (Answer::new(), arguments.into());
        let Self { callee, signature, input, output } = self;
        let bytes = arguments.len();
        if bytes > callee.max_bytes() {
            return Call::failed(Failure::TooLarge(bytes as u64));
        }
        let (signature, answers) = (Arc::clone(signature), Arc::clone(&answer));
        let call = TextCall { signature, arguments, input: *input, output: *output, answer: answers };
        callee.make(Box::new(call), answer, bytes)
    }
}

impl fmt::Debug for TextFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.callee.fmt(f)
    }
}

struct TextCall {
    signature: Arc<Signature>,
    arguments: String,
    input: Format,
    output: Format,
    answer: Arc<Answer<Text>>,
}

impl TextCall {
    /// Reads the arguments. Their values are paid for while the returned charge is kept.
    fn arguments(&self, store: &Store<State>) -> Result<(Vec<Val>, Charge), Failure> {
        let bytes = self.arguments.len();
        let price = if bytes > SHORT { VALUE * bytes as u64 } else { 0 };
        let charge = Charge::take(store.data().tree().account(), price)?;
        let values = self.input.read(&self.arguments, &self.signature).map_err(Failure::BadArguments)?;
        Ok((values, charge))
    }
}

impl instance::Call for TextCall {
    fn call<'a>(
        self: Box<Self>,
        store: &'a mut Store<State>,
        _app: &'a Compiled,
        instance: &'a component::Instance,
    ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            let (arguments, charge) = match self.arguments(store) {
                Ok(arguments) => arguments,
                Err(failure) => {
                    self.answer.set(Err(failure));
                    return Ok(());
                }
            };
            let Signature { index, results, .. } = *self.signature;
            let results = values::call(store, instance, index, &arguments, results).await?;
            drop((arguments, charge));
            let text = self.output.write(&results);
            let charge = store.data().tree().charge_result(text.len());
            self.answer.set(charge.map(|charge| Text { text, charge }).map_err(Failure::from));
            Ok(())
        })
    }
}
