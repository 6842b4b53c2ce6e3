//! A function whose types are known when the program is compiled.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{self, ComponentExportIndex, ComponentNamedList, Lift, Lower};

use super::call::{Answer, Call};
use super::callee::Callee;
use crate::exec::instance;
use crate::load::compiled::Compiled;
use crate::store::state::State;

/// A function with the types of its parameters `P` and of its results `R`, each a tuple.
///
/// [`Function::typed`](crate::Function::typed) creates one.
///
/// # Examples
///
/// ```no_run
/// # let host = host::Host::new(&host::Config::default())?;
/// let library = host.open("stats.wasm", &host::RunConfig::default())?;
/// let count: host::TypedFunction<(String,), (u32,)> = library.function("count")?.typed()?;
/// let (words,) = count.call(("to be".to_owned(),)).wait()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TypedFunction<P, R> {
    callee: Callee,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> TypedFunction<P, R>
where
    P: ComponentNamedList + Lower + Send + Sync + 'static,
    R: ComponentNamedList + Lift + Send + Sync + 'static,
{
    /// Creates a function whose types have been checked.
    pub(super) fn new(callee: Callee) -> Self {
        Self { callee, types: PhantomData }
    }

    /// Calls the function, once the returned future is polled.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// # let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?.typed::<(String,), (u32,)>()?;
    /// let call = async { count.call(("to be".to_owned(),)).await };
    /// assert_eq!(futures_executor::block_on(call)?, (2,));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call(&self, arguments: P) -> Call<R> {
        let answer = Answer::new();
        let index = self.callee.export.index;
        let call = TypedCall { index, arguments, answer: Arc::clone(&answer) };
        self.callee.make(Box::new(call), answer, 0)
    }
}

impl<P, R> Clone for TypedFunction<P, R> {
    fn clone(&self) -> Self {
        Self { callee: self.callee.clone(), types: PhantomData }
    }
}

impl<P, R> fmt::Debug for TypedFunction<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.callee.fmt(f)
    }
}

struct TypedCall<P, R> {
    index: ComponentExportIndex,
    arguments: P,
    answer: Arc<Answer<R>>,
}

impl<P, R> instance::Call for TypedCall<P, R>
where
    P: ComponentNamedList + Lower + Send + Sync + 'static,
    R: ComponentNamedList + Lift + Send + Sync + 'static,
{
    fn call<'a>(
        self: Box<Self>,
        store: &'a mut Store<State>,
        _app: &'a Compiled,
        instance: &'a component::Instance,
    ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            let Self { index, arguments, answer } = *self;
            let function = instance.get_typed_func::<P, R>(&mut *store, index)?;
            answer.set(Ok(function.call_async(&mut *store, arguments).await?));
            Ok(())
        })
    }
}
