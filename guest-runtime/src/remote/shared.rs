//! A value that many jobs read: written down once, and read once by each instance.

use std::any::Any;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::argument::{Borrowed, Value};
use super::message::Message;
use crate::remote::codec;
use crate::{Failure, host};

/// A large value that many jobs read.
///
/// A value that is an argument is written down and sent with every job. This is written down with the
/// first of them and kept by the host; each instance reads it when it first has a job with it, and has
/// it then for all that follow. It is an argument of its own, owned or borrowed, and cannot be part of a
/// message.
///
/// While it is shared it counts, in bytes, against the memory of the whole run, besides the value that
/// each instance has.
///
/// # Examples
///
/// ```
/// use guest_runtime::Shared;
/// use guest_runtime::prelude::*;
/// use std::collections::BTreeMap;
///
/// #[guest_runtime::parallel]
/// async fn translate(text: &str, dictionary: &Shared<BTreeMap<String, String>>) -> String {
///     text.split(' ').map(|word| dictionary.get(word).map_or(word, String::as_str)).collect::<Vec<_>>().join(" ")
/// }
///
/// guest_runtime::block_on(async {
///     let dictionary = [("gut", "good"), ("Tag", "day")].map(|(a, b)| (a.to_string(), b.to_string()));
///     let dictionary = Shared::new(BTreeMap::from(dictionary));
///     let texts = (translate("gut gut", &dictionary).par(), translate("Tag", &dictionary).par());
///     assert_eq!(texts.join().await, ("good good".to_string(), "day".to_string()));
///
///     let words = ["gut", "Tag"].map(String::from);
///     let lengths = words.lending(&dictionary).par_map(async |(dictionary, word)| dictionary[word].len());
///     assert_eq!(lengths.await, [4, 3]);
/// });
/// ```
///
/// # Dropping
///
/// When the last clone in the instance that made it is dropped, the host forgets it, and other instances
/// do when they next read another one. A job that has not begun by then fails: keep it while jobs need
/// it, as a borrow does by itself.
pub struct Shared<T: Message>(Rc<Inner<T>>);

struct Inner<T> {
    value: T,
    /// Its number, once the host has it.
    id: OnceCell<u64>,
    /// Whether it was shared here.
    is_own: bool,
}

thread_local! {
    /// What this instance has read, by number.
    static READ: RefCell<BTreeMap<u64, Rc<dyn Any>>> = const { RefCell::new(BTreeMap::new()) };
}

impl<T: Message> Shared<T> {
    /// Shares a value, from the first job on that has it as an argument.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Shared;
    ///
    /// let numbers = Shared::new(vec![1, 2, 3]);
    /// assert_eq!(numbers.len(), 3);
    /// ```
    pub fn new(value: T) -> Self {
        Self(Rc::new(Inner { value, id: OnceCell::new(), is_own: true }))
    }

    fn id(&self) -> Result<u64, Failure> {
        if let Some(&id) = self.0.id.get() {
            return Ok(id);
        }
        let id = host::share(&codec::write(&self.0.value)?)?;
        Ok(*self.0.id.get_or_init(|| id))
    }
}

impl<T> Drop for Inner<T> {
    fn drop(&mut self) {
        if let Some(&id) = self.id.get()
            && self.is_own
        {
            host::unshare(id);
            // Jobs that ran here have read it here.
            let _read = READ.with_borrow_mut(|read| read.remove(&id));
        }
    }
}

impl<T: Message> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: Message> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: Message + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&self.0.value).finish()
    }
}

/// Only its number crosses.
impl<T: Message> Value for Shared<T> {
    const STAYS: bool = true;

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(Cow::Owned(self.id()?.to_le_bytes().to_vec()))
    }

    fn read(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        let id = message.as_ref().try_into().map_err(|_| not_shared())?;
        let id = u64::from_le_bytes(id);
        if let Some(read) = READ.with_borrow(|read| read.get(&id).cloned()) {
            return read.downcast().map(Self).map_err(|_| not_shared());
        }
        forget_others();
        let bytes = host::shared(id).ok_or_else(not_shared)?;
        let value = codec::read(Cow::Owned(bytes))?;
        let inner = Rc::new(Inner { value, id: OnceCell::from(id), is_own: false });
        let read: Rc<dyn Any> = Rc::clone(&inner) as _;
        let _before = READ.with_borrow_mut(|all| all.insert(id, read));
        Ok(Self(inner))
    }
}

impl<T: Message> Borrowed for Shared<T> {
    type Owner = Self;

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Value::message(self)
    }

    fn read(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        <Self as Value>::read(message)
    }

    fn lend(owner: &mut Self) -> &mut Self {
        owner
    }
}

/// Forgets what nobody shares any more.
fn forget_others() {
    let ids: Vec<u64> = READ.with_borrow(|read| read.keys().copied().collect());
    for id in ids.into_iter().filter(|&id| !host::is_shared(id)) {
        // Dropped when nothing is borrowed: a destructor may run anything.
        let _read = READ.with_borrow_mut(|read| read.remove(&id));
    }
}

fn not_shared() -> Failure {
    Failure::BadMessage("a shared value is not shared any more: keep it until its jobs have ended".to_owned())
}
