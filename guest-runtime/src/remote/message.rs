//! What may cross to another instance: owned values that serde knows.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that can cross to another instance: owned, and known to serde.
///
/// Every type with `#[derive(serde::Serialize, serde::Deserialize)]` is one, and most types of
/// std are. What points into this instance is not: references, `Rc`, handles of files, sockets
/// and pollables.
///
/// A value arrives as it was sent, or not at all. Where its `Serialize` and its `Deserialize` disagree
/// (`skip_serializing` or `skip_deserializing` alone, impls by hand that write one class of values and
/// read another, a visitor that leaves elements), the right value arrives, or the message is a
/// [`Failure::BadMessage`](crate::Failure::BadMessage) that names the type and, where it can be known, the
/// field. So is a type that has to see what it reads (`untagged`, `tag`, `flatten`). `skip`,
/// `skip_serializing_if`, `default` and `rename` are fine.
///
/// One disagreement cannot be seen: a tuple struct that skips one field when it is written and another of
/// the same type when it is read looks like one that skips nothing.
///
/// # Examples
///
/// ```
/// fn crosses<M: guest_runtime::Message>() {}
///
/// crosses::<Vec<u8>>();
/// crosses::<Result<std::ops::Range<u64>, String>>();
/// ```
///
/// ```compile_fail,E0277
/// fn crosses<M: guest_runtime::Message>() {}
///
/// crosses::<std::rc::Rc<u8>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross to another instance",
    label = "is not a message",
    note = "arguments and results of parallel work are owned values with `serde::Serialize` and \
            `serde::Deserialize`; derive both for a type of your own",
    note = "a type parameter needs `T: guest_runtime::Message`",
    note = "what points into this instance (references, `Rc`, files, sockets) has to be made on the far side"
)]
pub trait Message: Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + 'static> Message for T {}
