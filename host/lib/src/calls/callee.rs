//! What is called: a function of a library, with the options of its calls.

use std::fmt;
use std::sync::Arc;

use super::call::{Answer, Call};
use super::shared::{Options, Shared};
use crate::exec::instance;
use crate::load::exports::Export;

/// A function of a library, with the options of its calls.
#[derive(Clone)]
pub(super) struct Callee {
    pub(super) shared: Arc<Shared>,
    pub(super) export: Export,
    pub(super) name: Arc<str>,
    pub(super) options: Options,
}

impl Callee {
    pub(super) fn new(shared: &Arc<Shared>, export: &Export) -> Self {
        let (export, name) = (export.clone(), export.to_string().into());
        Self { shared: Arc::clone(shared), export, name, options: Options::default() }
    }

    /// Returns the future of a call, whose arguments are text of this many bytes, if they are text.
    pub(super) fn make<R>(
        &self,
        call: Box<dyn instance::Call>,
        answer: Arc<Answer<R>>,
        bytes: usize,
    ) -> Call<R> {
        Call::new(&self.shared, call, answer, &self.options, &self.name, bytes)
    }

    /// Returns the most bytes that the arguments or the result may have as text.
    pub(super) fn max_bytes(&self) -> usize {
        self.shared.caller.tree().limits.message
    }
}

impl fmt::Debug for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.export.signature()).finish()
    }
}
