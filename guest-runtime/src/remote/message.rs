//! Values that can be sent to another instance.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Attaches the compiler's text about a type that is not a message to a trait. Several traits require messages,
/// and all need the same text.
macro_rules! unless_message {
    ($trait:item) => {
        #[diagnostic::on_unimplemented(
            message = "`{Self}` cannot be sent to another instance",
            label = "not a message",
            note = "arguments and results of jobs are messages: owned values with `serde::Serialize` and \
                    `serde::Deserialize`, in every part; derive both for a type of your own, and use a `Vec` for an \
                    array of more than 32 items",
            note = "many errors of std and of other crates are no messages: convert them to `guest_runtime::Error` \
                    with `?` or `.map_err(guest_runtime::Error::from)`",
            note = "a type parameter needs the bound `T: guest_runtime::Message`",
            note = "references, `Rc`, files and sockets belong to one instance: create them in the job, or lend a \
                    message with `&` or `&mut`"
        )]
        $trait
    };
}

pub(crate) use unless_message;

unless_message! {
    /// A value that can be sent to another instance: owned, with serde's two traits.
    ///
    /// Every type with `#[derive(serde::Serialize, serde::Deserialize)]` is one, and most types of
    /// std are. Types that refer to this instance are not: references, `Rc`, and handles of files, sockets
    /// and pollables.
    ///
    /// A value arrives as it was sent, or not at all. If its `Serialize` and `Deserialize` disagree
    /// (`skip_serializing` or `skip_deserializing` alone, handwritten impls that write one kind of value and read
    /// another, a visitor that leaves elements unread), either the right value arrives or the job fails with a
    /// [`Failure::BadMessage`](crate::Failure::BadMessage) that names the type and, if it is known, the field. It
    /// also fails for types that have to inspect what they read (`untagged`, `tag`, `flatten`). `skip`,
    /// `skip_serializing_if`, `default` and `rename` work.
    ///
    /// One disagreement is not detected: a tuple struct that skips one field when it is serialized, and another
    /// field of the same type when it is deserialized.
    ///
    /// # Examples
    ///
    /// A generic function that runs in another instance needs the bound:
    ///
    /// ```
    /// use guest_runtime::Message;
    /// use guest_runtime::prelude::*;
    ///
    /// #[guest_runtime::parallel]
    /// async fn largest<T: Message + Ord>(items: Vec<T>) -> Option<T> {
    ///     items.into_iter().max()
    /// }
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!(largest(vec!['b', 'c', 'a']).par().await, Some('c'));
    /// });
    /// ```
    ///
    /// Types of std that need no `serde` in the program's own dependencies:
    ///
    /// ```
    /// fn check<M: guest_runtime::Message>() {}
    ///
    /// check::<std::collections::HashMap<String, std::collections::HashSet<u32>>>();
    /// check::<(std::path::PathBuf, std::time::SystemTime)>();
    /// check::<Result<Vec<f64>, guest_runtime::Error>>();
    /// ```
    ///
    /// An `Rc` is no message:
    ///
    /// ```compile_fail,E0277
    /// fn check<M: guest_runtime::Message>() {}
    ///
    /// check::<std::rc::Rc<u8>>();
    /// ```
    pub trait Message: Serialize + DeserializeOwned + 'static {}
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + 'static> Message for T {}
