//! Borrows: encoded in place, lent to the job, and assigned when the job has succeeded.

use std::any::type_name;
use std::borrow::Cow;

use super::items::{ItemsUpdate, ReceivedItems};
use super::transfer::Transfer;
use crate::Failure;
use crate::remote::codec::{self, Reader};
use crate::remote::message::{Message, unless_message};

unless_message! {
    /// A type whose borrow can be an argument: a message, a slice of messages, or text.
    #[expect(unnameable_types, reason = "`Argument` lists its implementations")]
    pub trait Borrowed: 'static {
        /// The owner in the job's instance.
        type Owner;

        fn encode(&self) -> Result<Cow<'_, [u8]>, Failure>;

        fn decode(message: Cow<'_, [u8]>) -> Result<Self::Owner, Failure>;

        fn lend(owner: &mut Self::Owner) -> &mut Self;
    }
}

unless_message! {
    /// A type whose mutable borrow can be an argument.
    #[expect(unnameable_types, reason = "`Argument` lists its implementations")]
    pub trait BorrowedMut: Borrowed {
        /// The decoded new value.
        type Update<'m>;

        fn encode_update(owner: Self::Owner, reply: Vec<u8>) -> Result<Vec<u8>, Failure>;

        fn decode_update<'m>(&self, reply: &mut Reader<'m>) -> Result<Self::Update<'m>, Failure>;

        fn apply(&mut self, update: Self::Update<'_>);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message> Borrowed for T {
    type Owner = T;

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        codec::write(self)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<T, Failure> {
        codec::read(message)
    }

    fn lend(owner: &mut T) -> &mut T {
        owner
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message> BorrowedMut for T {
    type Update<'m> = T;

    fn encode_update(owner: T, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        codec::append(&codec::write(&owner)?, reply)
    }

    fn decode_update(&self, reply: &mut Reader<'_>) -> Result<T, Failure> {
        codec::read(Cow::Borrowed(reply.part()?))
    }

    fn apply(&mut self, update: T) {
        *self = update;
    }
}

impl<T: Message> Borrowed for [T] {
    type Owner = ReceivedItems<T>;

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        codec::write_slice(self)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<ReceivedItems<T>, Failure> {
        ReceivedItems::decode(message)
    }

    fn lend(owner: &mut ReceivedItems<T>) -> &mut [T] {
        owner.lend()
    }
}

/// Assigned item by item: the slice keeps its length and its place.
impl<T: Message> BorrowedMut for [T] {
    type Update<'m> = ItemsUpdate<'m, T>;

    fn encode_update(owner: ReceivedItems<T>, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        owner.encode_update(reply)
    }

    fn decode_update<'m>(&self, reply: &mut Reader<'m>) -> Result<ItemsUpdate<'m, T>, Failure> {
        ItemsUpdate::decode(self.len(), reply)
    }

    fn apply(&mut self, update: ItemsUpdate<'_, T>) {
        update.apply(self);
    }
}

impl Borrowed for str {
    type Owner = String;

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(Cow::Borrowed(self.as_bytes()))
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<String, Failure> {
        codec::read(message)
    }

    fn lend(owner: &mut String) -> &mut str {
        owner
    }
}

/// Returns whether this is an atomic, a cell or a lock, or a slice or vector of these. They have serde's traits, but
/// who lends one wants the jobs to change it.
///
/// The compiler evaluates this: it compares constants.
fn changes_through_borrows<T: ?Sized>() -> bool {
    let name = type_name::<T>();
    let item = name.strip_prefix('[').or_else(|| name.strip_prefix("alloc::vec::Vec<")).unwrap_or(name);
    ["core::cell::", "core::sync::", "std::sync::"].iter().any(|module| item.starts_with(module))
}

impl<T: Borrowed + ?Sized> Transfer for &T {
    type Lent<'x> = &'x T;
    type Received = T::Owner;
    type Update<'m> = ();

    const HAS_UPDATE: bool = false;

    fn into_local<'x>(self) -> &'x T
    where
        Self: 'x,
    {
        self
    }

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        if changes_through_borrows::<T>() {
            return Err(Failure::BadMessage(format!(
                "a job would change a copy of `{}`, and the change would be lost: return it as a result, or lend \
                 a `&mut` of a plain value",
                type_name::<T>()
            )));
        }
        T::encode(self)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<T::Owner, Failure> {
        T::decode(message)
    }

    fn lend(received: &mut T::Owner) -> &T {
        T::lend(received)
    }

    fn encode_update(_received: T::Owner, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        Ok(reply)
    }

    fn decode_update(&self, _reply: &mut Reader<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn apply(&mut self, (): ()) {}
}

impl<T: BorrowedMut + ?Sized> Transfer for &mut T {
    type Lent<'x> = &'x mut T;
    type Received = T::Owner;
    type Update<'m> = T::Update<'m>;

    const HAS_UPDATE: bool = true;

    fn into_local<'x>(self) -> &'x mut T
    where
        Self: 'x,
    {
        self
    }

    fn encode(&self) -> Result<Cow<'_, [u8]>, Failure> {
        T::encode(self)
    }

    fn decode(message: Cow<'_, [u8]>) -> Result<T::Owner, Failure> {
        T::decode(message)
    }

    fn lend(received: &mut T::Owner) -> &mut T {
        T::lend(received)
    }

    fn encode_update(received: T::Owner, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        T::encode_update(received, reply)
    }

    fn decode_update<'m>(&self, reply: &mut Reader<'m>) -> Result<T::Update<'m>, Failure> {
        T::decode_update(self, reply)
    }

    fn apply(&mut self, update: T::Update<'_>) {
        T::apply(self, update);
    }
}
