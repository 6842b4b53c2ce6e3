//! What may cross to another instance: owned values that serde knows.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that can cross to another instance: owned, and known to serde.
///
/// Every type with `#[derive(serde::Serialize, serde::Deserialize)]` is one, and most types of
/// std are. What points into this instance is not: references, `Rc`, handles of files, sockets
/// and pollables.
///
/// Messages do not describe themselves. What asks for that (`untagged`, `tag`, `flatten`) is a
/// [`Failure::BadMessage`](crate::Failure::BadMessage); so is a field that `skip_serializing_if` leaves
/// out, because it would shift those behind it. `skip` on a field is fine.
///
/// Three more shift what is behind them, and nobody notices: what arrives may be wrong values. Do not
/// use `skip_serializing` or `skip_deserializing` alone, `skip_serializing_if` on a field without a
/// name, or `skip` on a variant with others behind it.
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
