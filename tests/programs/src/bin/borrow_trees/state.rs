//! What the calls work on: several places, and a view of them that some may only look at.

use std::borrow::{Borrow, BorrowMut};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// A struct with a method that runs elsewhere.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Ledger {
    pub(crate) cents: BTreeMap<String, i64>,
    pub(crate) last: Option<String>,
}

/// All places, each of another kind for the codec.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) number: u64,
    pub(crate) text: String,
    pub(crate) list: Vec<u32>,
    pub(crate) numbers: Vec<u16>,
    pub(crate) words: Vec<String>,
    pub(crate) ledger: Ledger,
}

/// A place as a call has it.
#[derive(Debug)]
pub(crate) enum Place<'a, T: ?Sized> {
    Lent(&'a mut T),
    Shown(&'a T),
}

/// The places as a call has them.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) number: Place<'a, u64>,
    pub(crate) text: Place<'a, String>,
    pub(crate) list: Place<'a, Vec<u32>>,
    pub(crate) numbers: Place<'a, [u16]>,
    pub(crate) words: Place<'a, [String]>,
    pub(crate) ledger: Place<'a, Ledger>,
}

impl<'a, T: ?Sized> Place<'a, T> {
    pub(crate) fn get(&self) -> &T {
        match self {
            Self::Lent(place) => place,
            Self::Shown(place) => place,
        }
    }

    /// The place, if it may be changed.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Lent(place) => Some(place),
            Self::Shown(_) => None,
        }
    }

    pub(crate) fn again(&mut self) -> Place<'_, T> {
        match self {
            Self::Lent(place) => Place::Lent(place),
            Self::Shown(place) => Place::Shown(place),
        }
    }

    pub(crate) fn shown(self) -> &'a T {
        match self {
            Self::Lent(place) => place,
            Self::Shown(place) => place,
        }
    }

    /// Returns the place to change: itself, or a copy that is discarded afterwards.
    pub(crate) fn lent(self, copy: &'a mut Option<T::Owned>) -> &'a mut T
    where
        T: ToOwned<Owned: BorrowMut<T>>,
    {
        match self {
            Self::Lent(place) => place,
            Self::Shown(place) => copy.insert(place.to_owned()).borrow_mut(),
        }
    }
}

impl View<'_> {
    pub(crate) fn again(&mut self) -> View<'_> {
        View {
            number: self.number.again(),
            text: self.text.again(),
            list: self.list.again(),
            numbers: self.numbers.again(),
            words: self.words.again(),
            ledger: self.ledger.again(),
        }
    }

    /// Returns a hash of all places.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        State::of(self).hash(&mut hasher);
        hasher.finish()
    }
}

impl State {
    /// Returns a copy of all places.
    pub(crate) fn of(view: &View<'_>) -> Self {
        fn copy<T: ToOwned + ?Sized>(place: &Place<'_, T>) -> T::Owned
        where
            T::Owned: Borrow<T>,
        {
            place.get().to_owned()
        }
        Self {
            number: copy(&view.number),
            text: copy(&view.text),
            list: copy(&view.list),
            numbers: copy(&view.numbers),
            words: copy(&view.words),
            ledger: copy(&view.ledger),
        }
    }

    pub(crate) fn view(&mut self) -> View<'_> {
        View {
            number: Place::Lent(&mut self.number),
            text: Place::Lent(&mut self.text),
            list: Place::Lent(&mut self.list),
            numbers: Place::Lent(&mut self.numbers),
            words: Place::Lent(&mut self.words),
            ledger: Place::Lent(&mut self.ledger),
        }
    }

    pub(crate) fn random(rng: &mut Rng) -> Self {
        let (list, numbers, words) = (rng.usize(..8), rng.usize(..14), rng.usize(..6));
        Self {
            number: rng.u64(..),
            text: "text".to_owned(),
            list: (0..list).map(|_| rng.u32(..)).collect(),
            numbers: (0..numbers).map(|_| rng.u16(..)).collect(),
            words: (0..words).map(|_| rng.alphabetic().to_string()).collect(),
            ledger: Ledger::default(),
        }
    }
}
