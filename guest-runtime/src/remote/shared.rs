//! A value that many jobs read: encoded once, and decoded once by each instance.

use std::any::Any;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::argument::{Borrowed, Transmit};
use super::message::Message;
use crate::remote::codec;
use crate::{Failure, host};

/// A large value that many jobs read.
///
/// An ordinary argument is encoded and sent with every job. A shared value is encoded once, for the first job,
/// and kept by the host. Each instance decodes it for its first job that uses it, and keeps it for later jobs.
/// A `Shared` is an argument by itself, owned or borrowed, and cannot be part of a message.
///
/// While it is shared, its encoded size counts toward the memory limit of the run, in addition to the decoded
/// value in each instance.
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
/// When the last clone in the instance that created the value is dropped, the host drops its bytes. Other
/// instances drop their copies when they next decode another shared value. A job that begins later fails. If
/// the value is lent to jobs, the borrow keeps it as long as they need it.
pub struct Shared<T: Message>(Rc<Inner<T>>);

struct Inner<T> {
    value: T,
    /// Its number, once it is shared.
    id: OnceCell<u64>,
    /// Whether this instance shared it.
    is_own: bool,
}

thread_local! {
    /// The values that this instance has decoded, by number.
    static DECODED: RefCell<BTreeMap<u64, Rc<dyn Any>>> = const { RefCell::new(BTreeMap::new()) };
}

impl<T: Message> Shared<T> {
    /// Shares a value with all jobs that have it as an argument.
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
            // A local job has decoded it in this instance.
            let _decoded = DECODED.with_borrow_mut(|all| all.remove(&id));
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

/// Only its number is sent.
impl<T: Message> Transmit for Shared<T> {
    const IS_KEPT: bool = true;

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(Cow::Owned(self.id()?.to_le_bytes().to_vec()))
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        let id = message.as_ref().try_into().map_err(|_| not_shared())?;
        let id = u64::from_le_bytes(id);
        if let Some(decoded) = DECODED.with_borrow(|all| all.get(&id).cloned()) {
            return decoded.downcast().map(Self).map_err(|_| not_shared());
        }
        drop_unshared();
        let bytes = host::shared(id).ok_or_else(not_shared)?;
        let value = codec::read(Cow::Owned(bytes))?;
        let inner = Rc::new(Inner { value, id: OnceCell::from(id), is_own: false });
        let decoded: Rc<dyn Any> = Rc::clone(&inner) as _;
        let _before = DECODED.with_borrow_mut(|all| all.insert(id, decoded));
        Ok(Self(inner))
    }
}

impl<T: Message> Borrowed for Shared<T> {
    type Owner = Self;

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Transmit::encode(self)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<Self, Failure> {
        <Self as Transmit>::decode(message)
    }

    fn lend(owner: &mut Self) -> &mut Self {
        owner
    }
}

/// Drops decoded values that are not shared any more.
fn drop_unshared() {
    let ids: Vec<u64> = DECODED.with_borrow(|all| all.keys().copied().collect());
    for id in ids.into_iter().filter(|&id| !host::is_shared(id)) {
        // Dropped after the borrow has ended: a destructor may run any code.
        let _decoded = DECODED.with_borrow_mut(|all| all.remove(&id));
    }
}

fn not_shared() -> Failure {
    Failure::BadMessage("a shared value is not shared any more: keep it until its jobs have ended".to_owned())
}
