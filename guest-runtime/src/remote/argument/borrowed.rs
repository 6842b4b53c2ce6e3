//! Borrows: lent on the far side, and written through when the job has ended well.

use std::borrow::Cow;

use super::Argument;
use super::items::{Items, NewItems};
use crate::remote::codec::{self, Reader};
use crate::{Failure, Message};

/// What a borrow that crosses is of: a message, or a slice of them, or text.
#[diagnostic::on_unimplemented(
    message = "a borrow of `{Self}` cannot cross to another instance",
    label = "is not a message",
    note = "what is lent to parallel work is a value with `serde::Serialize` and `serde::Deserialize`, \
            a slice of such values, or a `str`; derive both for a type of your own",
    note = "a type parameter needs `T: guest_runtime::Message`",
    note = "what points into this instance (`Rc`, files, sockets) has to be made on the far side"
)]
#[expect(unnameable_types, reason = "what it is implemented for is said of `Argument`")]
pub trait Borrowed: 'static {
    /// Its owner on the far side.
    type Owner;

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure>;

    fn read(message: Cow<'_, [u8]>) -> Result<Self::Owner, Failure>;

    fn lend(owner: &mut Self::Owner) -> &mut Self;
}

/// What a mutable borrow that crosses is of.
#[diagnostic::on_unimplemented(
    message = "a mutable borrow of `{Self}` cannot cross to another instance",
    label = "has no new value that could come back",
    note = "what is lent to parallel work is a value with `serde::Serialize` and `serde::Deserialize`, \
            or a slice of such values; derive both for a type of your own",
    note = "a type parameter needs `T: guest_runtime::Message`",
    note = "what points into this instance (`Rc`, files, sockets) has to be made on the far side, and a new \
            text has a place in a `String`"
)]
#[expect(unnameable_types, reason = "what it is implemented for is said of `Argument`")]
pub trait BorrowedMut: Borrowed {
    /// What comes back.
    type New<'m>;

    fn give_back(owner: Self::Owner, reply: Vec<u8>) -> Result<Vec<u8>, Failure>;

    fn check<'m>(&self, reply: &mut Reader<'m>) -> Result<Self::New<'m>, Failure>;

    fn put(&mut self, new: Self::New<'_>);
}

#[diagnostic::do_not_recommend]
impl<T: Message> Borrowed for T {
    type Owner = T;

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        codec::write(self)
    }

    fn read(message: Cow<'_, [u8]>) -> Result<T, Failure> {
        codec::read(message)
    }

    fn lend(owner: &mut T) -> &mut T {
        owner
    }
}

#[diagnostic::do_not_recommend]
impl<T: Message> BorrowedMut for T {
    type New<'m> = T;

    fn give_back(owner: T, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        codec::append(&codec::write(&owner)?, reply)
    }

    fn check(&self, reply: &mut Reader<'_>) -> Result<T, Failure> {
        codec::read(Cow::Borrowed(reply.part()?))
    }

    fn put(&mut self, new: T) {
        *self = new;
    }
}

impl<T: Message> Borrowed for [T] {
    type Owner = Items<T>;

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        codec::write_slice(self)
    }

    fn read(message: Cow<'_, [u8]>) -> Result<Items<T>, Failure> {
        Items::read(message)
    }

    fn lend(owner: &mut Items<T>) -> &mut [T] {
        owner.lend()
    }
}

/// In place: the slice keeps its length, and no item moves but those that are assigned.
impl<T: Message> BorrowedMut for [T] {
    type New<'m> = NewItems<'m, T>;

    fn give_back(owner: Items<T>, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        owner.give_back(reply)
    }

    fn check<'m>(&self, reply: &mut Reader<'m>) -> Result<NewItems<'m, T>, Failure> {
        NewItems::check(self.len(), reply)
    }

    fn put(&mut self, new: NewItems<'_, T>) {
        new.put(self);
    }
}

impl Borrowed for str {
    type Owner = String;

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        Ok(Cow::Borrowed(self.as_bytes()))
    }

    fn read(message: Cow<'_, [u8]>) -> Result<String, Failure> {
        codec::read(message)
    }

    fn lend(owner: &mut String) -> &mut str {
        owner
    }
}

impl<T: Borrowed + ?Sized> Argument for &T {
    type Lent<'x> = &'x T;
    type Far = T::Owner;
    type New<'m> = ();

    const COMES_BACK: bool = false;

    fn into_local<'x>(self) -> &'x T
    where
        Self: 'x,
    {
        self
    }

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        T::message(self)
    }

    fn read(message: Cow<'_, [u8]>) -> Result<T::Owner, Failure> {
        T::read(message)
    }

    fn lend(far: &mut T::Owner) -> &T {
        T::lend(far)
    }

    fn give_back(_far: T::Owner, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        Ok(reply)
    }

    fn check(&self, _reply: &mut Reader<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn put(&mut self, (): ()) {}
}

impl<T: BorrowedMut + ?Sized> Argument for &mut T {
    type Lent<'x> = &'x mut T;
    type Far = T::Owner;
    type New<'m> = T::New<'m>;

    const COMES_BACK: bool = true;

    fn into_local<'x>(self) -> &'x mut T
    where
        Self: 'x,
    {
        self
    }

    fn message(&self) -> Result<Cow<'_, [u8]>, Failure> {
        T::message(self)
    }

    fn read(message: Cow<'_, [u8]>) -> Result<T::Owner, Failure> {
        T::read(message)
    }

    fn lend(far: &mut T::Owner) -> &mut T {
        T::lend(far)
    }

    fn give_back(far: T::Owner, reply: Vec<u8>) -> Result<Vec<u8>, Failure> {
        T::give_back(far, reply)
    }

    fn check<'m>(&self, reply: &mut Reader<'m>) -> Result<T::New<'m>, Failure> {
        T::check(self, reply)
    }

    fn put(&mut self, new: T::New<'_>) {
        T::put(self, new);
    }
}
