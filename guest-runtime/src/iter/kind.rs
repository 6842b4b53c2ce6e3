//! Kinds of items: values, borrows, and groups of them.
//!
//! A job lends each closure items that live as long as the job, and the caller gets copies of those that an
//! end returns. A kind is the type of an item without that lifetime, so it knows both.

use std::borrow::{Borrow, BorrowMut};
use std::marker::PhantomData;

use crate::remote::Message;

/// The type of an item, whatever its lifetime is.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
pub trait Kind: 'static {
    type Item<'x>;
}

/// An item that can return to the caller, as an owned copy.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
#[diagnostic::on_unimplemented(
    message = "items of this kind cannot be returned",
    label = "returns its items",
    note = "values have to be messages, and borrowed items are returned as clones of what they borrow"
)]
pub trait Returned: Kind {
    /// What the caller gets.
    type Owned: Message;

    /// Where the caller keeps it while a closure looks at it.
    type Slot;

    fn owned(item: Self::Item<'_>) -> Self::Owned;

    fn slot(owned: Self::Owned) -> Self::Slot;

    /// Converts the content of a slot into an item.
    fn item(slot: &mut Self::Slot) -> Self::Item<'_>;
}

/// An item that is a value.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
#[diagnostic::on_unimplemented(
    message = "the items of this parallel iterator are no values",
    label = "combines two values into one",
    note = "`.copied()` or `.cloned()` before this method makes values of borrows, and `.map(f)` of other items"
)]
pub trait ValueKind: Kind {
    type Value;

    fn value(item: Self::Item<'_>) -> Self::Value;
}

/// An item that has items.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
pub trait Nested: Kind {
    type Inner: Kind;

    fn nested<'x>(item: Self::Item<'x>) -> impl Iterator<Item = <Self::Inner as Kind>::Item<'x>>;
}

/// Values.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
#[derive(Debug)]
pub struct Owned<T>(PhantomData<T>);

/// Borrows of something that the job has decoded.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
#[derive(Debug)]
pub struct Ref<T: ?Sized>(PhantomData<T>);

/// Mutable borrows.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
#[derive(Debug)]
pub struct RefMut<T: ?Sized>(PhantomData<T>);

/// Pairs of items.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
#[derive(Debug)]
pub struct Pair<A, B>(PhantomData<(A, B)>);

/// Vectors of items.
#[expect(unnameable_types, reason = "`IntoSource` lists the items")]
#[derive(Debug)]
pub struct Group<K>(PhantomData<K>);

impl<T: 'static> Kind for Owned<T> {
    type Item<'x> = T;
}

impl<T: ?Sized + 'static> Kind for Ref<T> {
    type Item<'x> = &'x T;
}

impl<T: ?Sized + 'static> Kind for RefMut<T> {
    type Item<'x> = &'x mut T;
}

impl<A: Kind, B: Kind> Kind for Pair<A, B> {
    type Item<'x> = (A::Item<'x>, B::Item<'x>);
}

impl<K: Kind> Kind for Group<K> {
    type Item<'x> = Vec<K::Item<'x>>;
}

impl<T: 'static> ValueKind for Owned<T> {
    type Value = T;

    fn value(item: T) -> T {
        item
    }
}

impl<T: Message> Returned for Owned<T> {
    type Owned = T;
    type Slot = Option<T>;

    fn owned(item: T) -> T {
        item
    }

    fn slot(owned: T) -> Option<T> {
        Some(owned)
    }

    fn item(slot: &mut Option<T>) -> T {
        slot.take().expect("a value is taken once")
    }
}

impl<T: ?Sized + ToOwned<Owned: Message> + 'static> Returned for Ref<T> {
    type Owned = T::Owned;
    type Slot = T::Owned;

    fn owned(item: &T) -> T::Owned {
        item.to_owned()
    }

    fn slot(owned: T::Owned) -> T::Owned {
        owned
    }

    fn item(slot: &mut T::Owned) -> &T {
        (*slot).borrow()
    }
}

impl<T> Returned for RefMut<T>
where
    T: ?Sized + ToOwned<Owned: Message + BorrowMut<T>> + 'static,
{
    type Owned = T::Owned;
    type Slot = T::Owned;

    fn owned(item: &mut T) -> T::Owned {
        (*item).to_owned()
    }

    fn slot(owned: T::Owned) -> T::Owned {
        owned
    }

    fn item(slot: &mut T::Owned) -> &mut T {
        slot.borrow_mut()
    }
}

impl<A: Returned, B: Returned> Returned for Pair<A, B> {
    type Owned = (A::Owned, B::Owned);
    type Slot = (A::Slot, B::Slot);

    fn owned((a, b): Self::Item<'_>) -> Self::Owned {
        (A::owned(a), B::owned(b))
    }

    fn slot((a, b): Self::Owned) -> Self::Slot {
        (A::slot(a), B::slot(b))
    }

    fn item((a, b): &mut Self::Slot) -> Self::Item<'_> {
        (A::item(a), B::item(b))
    }
}

impl<K: Returned> Returned for Group<K> {
    type Owned = Vec<K::Owned>;
    type Slot = Vec<K::Slot>;

    fn owned(items: Self::Item<'_>) -> Self::Owned {
        items.into_iter().map(K::owned).collect()
    }

    fn slot(owned: Self::Owned) -> Self::Slot {
        owned.into_iter().map(K::slot).collect()
    }

    fn item(slots: &mut Self::Slot) -> Self::Item<'_> {
        slots.iter_mut().map(K::item).collect()
    }
}

impl<C: IntoIterator<Item: 'static> + 'static> Nested for Owned<C> {
    type Inner = Owned<C::Item>;

    fn nested<'x>(item: Self::Item<'x>) -> impl Iterator<Item = C::Item> {
        item.into_iter()
    }
}

impl<T: 'static> Nested for Ref<Vec<T>> {
    type Inner = Ref<T>;

    fn nested<'x>(item: Self::Item<'x>) -> impl Iterator<Item = &'x T> {
        item.iter()
    }
}

impl<T: 'static> Nested for Ref<[T]> {
    type Inner = Ref<T>;

    fn nested<'x>(item: Self::Item<'x>) -> impl Iterator<Item = &'x T> {
        item.iter()
    }
}

impl<T: 'static> Nested for Ref<Option<T>> {
    type Inner = Ref<T>;

    fn nested<'x>(item: Self::Item<'x>) -> impl Iterator<Item = &'x T> {
        item.iter()
    }
}
