//! Imports that the embedding program provides, with a state of its own in each instance.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::Linker;

use super::grants::MakeState;
use super::state::State;

type Link = Arc<dyn Fn(&mut Linker<State>) -> wasmtime::Result<()> + Send + Sync>;

/// Imports of a component that this program provides, for [`Host::open_with`](crate::Host::open_with).
///
/// Each instance has a state of its own, of a type that the program chooses. Functions of the program get it from
/// the [`InstanceState`](crate::InstanceState) of the store. They run on the core of the call that they serve, so
/// they should return soon, or be async.
///
/// # Examples
///
/// A component that imports `demo:host/log`, with the function `write: func(text: string)`:
///
/// ```no_run
/// use host::wasmtime::StoreContextMut;
/// use host::{Host, Imports, InstanceState, RunConfig};
///
/// let imports = Imports::new(Vec::<String>::new).with("demo:host/log", |linker| {
///     linker.instance("demo:host/log")?.func_wrap(
///         "write",
///         |mut store: StoreContextMut<'_, InstanceState>, (text,): (String,)| {
///             store.data_mut().get_mut::<Vec<String>>().push(text);
///             Ok(())
///         },
///     )
/// });
/// let host = Host::new(&host::Config::default())?;
/// let library = host.open_with("plugin.wasm", &RunConfig::default(), &imports)?;
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Clone)]
pub struct Imports {
    names: Vec<String>,
    links: Vec<Link>,
    make: MakeState,
}

impl Imports {
    /// Creates imports without any function, with what makes the state of each instance.
    ///
    /// # Examples
    ///
    /// ```
    /// let imports = host::Imports::new(|| 0_u32);
    /// ```
    pub fn new<T: Send + 'static>(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self { names: Vec::new(), links: Vec::new(), make: Arc::new(move || Box::new(make())) }
    }

    /// Adds an interface by its full name, as the component imports it, and what defines its functions.
    ///
    /// `link` may call the `add_to_linker` that the engine's `bindgen` generates.
    ///
    /// # Examples
    ///
    /// ```
    /// use host::wasmtime::StoreContextMut;
    ///
    /// let imports = host::Imports::new(|| ()).with("demo:host/time", |linker| {
    ///     let mut time = linker.instance("demo:host/time")?;
    ///     time.func_wrap("now", |_: StoreContextMut<'_, host::InstanceState>, (): ()| Ok((7_u64,)))
    /// });
    /// ```
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<String>,
        link: impl Fn(&mut Linker<State>) -> wasmtime::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.names.push(name.into());
        self.links.push(Arc::new(link));
        self
    }

    /// Returns the names of the interfaces.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Defines the functions.
    pub(crate) fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        self.links.iter().try_for_each(|link| link(linker))
    }

    pub(crate) fn make_state(&self) -> MakeState {
        Arc::clone(&self.make)
    }
}

impl fmt::Debug for Imports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Imports").field(&self.names).finish()
    }
}
