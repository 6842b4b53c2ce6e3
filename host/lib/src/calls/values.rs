//! A call with values.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{self, ComponentExportIndex, Val};

use super::call::Answer;
use crate::exec::instance;
use crate::load::compiled::Compiled;
use crate::store::state::State;

/// A call with values whose types are checked by the engine.
pub(super) struct ValuesCall {
    pub(super) index: ComponentExportIndex,
    pub(super) arguments: Vec<Val>,
    pub(super) results: usize,
    pub(super) answer: Arc<Answer<Vec<Val>>>,
}

impl instance::Call for ValuesCall {
    fn call<'a>(
        self: Box<Self>,
        store: &'a mut Store<State>,
        _app: &'a Compiled,
        instance: &'a component::Instance,
    ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            let results = call(store, instance, self.index, &self.arguments, self.results).await?;
            self.answer.set(Ok(results));
            Ok(())
        })
    }
}

/// Calls a function of an instance with values, and returns its results, as many as its type says.
pub(super) async fn call(
    store: &mut Store<State>,
    instance: &component::Instance,
    index: ComponentExportIndex,
    arguments: &[Val],
    results: usize,
) -> wasmtime::Result<Vec<Val>> {
    let function = instance.get_func(&mut *store, index);
    let function = function.ok_or_else(|| wasmtime::Error::msg("a bug of the host: no function"))?;
    let mut results = vec![Val::Bool(false); results];
    function.call_async(store, arguments, &mut results).await?;
    Ok(results)
}
