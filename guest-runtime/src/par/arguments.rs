//! What may cross to another instance: owned values, one by one or as the arguments of a call.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{self, Reader};
use crate::Failure;

/// A value that can cross to another instance: owned, and known to serde.
///
/// Every type with `#[derive(serde::Serialize, serde::Deserialize)]` is one, and most types of
/// std are. What points into this instance is not: references, `Rc`, handles of files, sockets
/// and pollables.
///
/// Messages do not describe themselves. What asks for that (`untagged`, `tag`, `flatten`) is a
/// [`Failure::BadMessage`]; so is a field that `skip_serializing_if` leaves out, because it would
/// shift those behind it. `skip` on a field is fine.
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
    note = "what points into this instance (references, `Rc`, files, sockets) has to be made on the far side"
)]
pub trait Message: Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + 'static> Message for T {}

/// All arguments of one call: a tuple of messages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no arguments that can cross to another instance",
    note = "each argument is an owned value with `serde::Serialize` and `serde::Deserialize`"
)]
#[expect(unnameable_types, reason = "a bound of `call`, which only the attribute names")]
pub trait Arguments: Sized + 'static {
    /// Writes all arguments into one message.
    fn encode(self) -> Result<Vec<u8>, Failure>;

    /// Reads what [`encode`](Self::encode) wrote.
    fn decode(message: Vec<u8>) -> Result<Self, Failure>;
}

impl Arguments for () {
    fn encode(self) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }

    fn decode(_message: Vec<u8>) -> Result<Self, Failure> {
        Ok(())
    }
}

/// A single argument is the whole message, so that a `Vec<u8>` is moved, not copied.
impl<A: Message> Arguments for (A,) {
    fn encode(self) -> Result<Vec<u8>, Failure> {
        codec::encode(self.0)
    }

    fn decode(message: Vec<u8>) -> Result<Self, Failure> {
        codec::decode(message).map(|argument| (argument,))
    }
}

macro_rules! several {
    ($($argument:ident)*) => {
        impl<$($argument: Message),*> Arguments for ($($argument,)*) {
            #[expect(non_snake_case, reason = "each value is called as its type parameter")]
            fn encode(self) -> Result<Vec<u8>, Failure> {
                let ($($argument,)*) = self;
                let mut message = Vec::new();
                $(message = codec::write(&$argument, message)?;)*
                Ok(message)
            }

            fn decode(message: Vec<u8>) -> Result<Self, Failure> {
                let mut reader = Reader::new(&message);
                Ok(($(reader.read::<$argument>()?,)*))
            }
        }
    };
}

several!(A B);
several!(A B C);
several!(A B C D);
several!(A B C D E);
several!(A B C D E F);
several!(A B C D E F G);
several!(A B C D E F G H);
