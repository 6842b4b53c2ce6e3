//! How `par!` passes a variable to a job, which depends on its type.
//!
//! `[name]` moves a value, but passes a borrow on, and `[&name]` lends what a borrow points to. A macro does not
//! know types, so it calls a method of [`Kind`], and the compiler finds that of the right type.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::remote::{Borrowed, BorrowedMut, Moved, Transmit};

/// The type of a variable.
///
/// Methods of `Kind<&T>` and `Kind<&mut T>` are for borrows. All other types have those of `Otherwise`, because
/// a method of a type comes before one of what the type dereferences to.
#[derive(Debug)]
pub struct Kind<T>(Otherwise, PhantomData<fn() -> T>);

/// The kind of a variable that is passed as it is written in the list.
#[expect(unnameable_types, reason = "`par!` only calls its methods")]
#[derive(Debug)]
pub struct Otherwise(());

/// Returns the type of a variable.
pub fn kind_of<T>(_variable: &T) -> Kind<T> {
    Kind(Otherwise(()), PhantomData)
}

impl<T> Deref for Kind<T> {
    type Target = Otherwise;

    fn deref(&self) -> &Otherwise {
        &self.0
    }
}

impl Otherwise {
    /// Moves the value, for `name`.
    pub fn take<T: Transmit>(&self, value: T) -> Moved<T> {
        Moved::new(value)
    }

    /// Lends the value, for `&name`.
    pub fn lend<'b, T: Borrowed>(&self, value: &'b T) -> &'b T {
        value
    }

    /// Lends the value mutably, for `&mut name`.
    pub fn lend_mut<'b, T: BorrowedMut>(&self, value: &'b mut T) -> &'b mut T {
        value
    }
}

impl<'b, T: ?Sized> Kind<&'b T> {
    /// Passes the borrow on, for `name`.
    pub fn take(&self, borrow: &'b T) -> &'b T
    where
        T: Borrowed,
    {
        borrow
    }
}

impl<'b, T: ?Sized> Kind<&'b mut T> {
    /// Passes the borrow on, for `name`.
    pub fn take(&self, borrow: &'b mut T) -> &'b mut T
    where
        T: BorrowedMut,
    {
        borrow
    }
}

impl<'b, T: ?Sized> Kind<&'b &T> {
    /// Lends what the borrow points to, for `&name`.
    pub fn lend(&self, borrow: &'b &T) -> &'b T
    where
        T: Borrowed,
    {
        borrow
    }
}

impl<'b, T: ?Sized> Kind<&'b &mut T> {
    /// Lends what the borrow points to, for `&name`.
    pub fn lend(&self, borrow: &'b &mut T) -> &'b T
    where
        T: Borrowed,
    {
        borrow
    }
}

impl<'b, T: ?Sized> Kind<&'b mut &mut T> {
    /// Lends what the borrow points to mutably, for `&mut name`.
    pub fn lend_mut(&self, borrow: &'b mut &mut T) -> &'b mut T
    where
        T: BorrowedMut,
    {
        borrow
    }
}
