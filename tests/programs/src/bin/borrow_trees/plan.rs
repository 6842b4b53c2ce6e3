//! What a tree of calls does: its nodes, how each borrows, where it runs and how it ends.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// The deepest call, counted from the root.
const DEEPEST: u32 = 3;
/// The largest number of calls that one call makes.
pub(crate) const MOST_CALLS: usize = 3;

/// Which of the functions in `calls.rs` this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// All places are `&mut`.
    Writes,
    /// No place is `&mut`.
    Reads,
    /// Some places are `&mut`, and some are not.
    Mixed,
    /// The same with the roles of the places swapped, as a method that takes `&mut self`.
    OtherwiseMixed,
    /// The whole state is one place.
    Whole,
    /// A slice is the only argument.
    Slice,
}

/// How the call gets a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// `&mut`
    Lent,
    /// `&`
    Shown,
    /// By value, or as a `&` of which the body makes one.
    Moved,
}

/// The modes of all places, in the order of the fields of `State`.
pub(crate) struct Modes {
    pub(crate) number: Mode,
    pub(crate) text: Mode,
    pub(crate) list: Mode,
    pub(crate) numbers: Mode,
    pub(crate) words: Mode,
    pub(crate) ledger: Mode,
}

impl Kind {
    pub(crate) fn modes(self) -> Modes {
        use Mode::{Lent, Moved, Shown};
        let [number, text, list, numbers, words, ledger] = match self {
            Self::Writes | Self::Whole => [Lent; 6],
            Self::Reads => [Shown, Moved, Moved, Shown, Shown, Shown],
            Self::Mixed => [Moved, Lent, Moved, Lent, Shown, Moved],
            Self::OtherwiseMixed => [Lent, Moved, Lent, Moved, Lent, Lent],
            Self::Slice => [Shown, Shown, Shown, Lent, Shown, Shown],
        };
        Modes { number, text, list, numbers, words, ledger }
    }
}

/// How a call ends that returns no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    Panics,
    Traps,
    /// It returns a value that cannot be deserialized.
    IsUnreadable,
}

/// One call, with those that it makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    /// Determines how the call changes its places.
    pub(crate) salt: u64,
    /// How it fails, if it does, after all its own calls have ended and all its places are changed.
    pub(crate) end: Option<End>,
    /// Whether it is a job.
    pub(crate) is_elsewhere: bool,
    pub(crate) calls: Vec<Self>,
    /// Whether the calls share the places and run at the same time. Otherwise each has them all.
    pub(crate) are_joined: bool,
    /// Which call gets a place that only one can have. There may be no such call.
    pub(crate) owners: [usize; 4],
    /// How many items of a slice each call gets.
    pub(crate) cuts: [usize; MOST_CALLS],
}

/// Where the calls of a tree run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    Local,
    Remote,
    Anywhere,
}

impl Plan {
    pub(crate) fn random(rng: &mut Rng, depth: u32) -> Self {
        let kinds = [Kind::Writes, Kind::Reads, Kind::Mixed, Kind::OtherwiseMixed, Kind::Whole, Kind::Slice];
        let kind = kinds[rng.usize(..kinds.len())];
        // A slice that is the only argument leaves no room for a plan.
        let is_leaf = depth == DEEPEST || kind == Kind::Slice;
        let calls = if is_leaf { 0 } else { rng.usize(..=MOST_CALLS) };
        let end = match rng.u8(..10) {
            0 => Some(End::Panics),
            1 => Some(End::Traps),
            2 => Some(End::IsUnreadable),
            _ => None,
        };
        Self {
            kind,
            salt: rng.u64(..),
            end,
            is_elsewhere: false,
            calls: (0..calls).map(|_| Self::random(rng, depth + 1)).collect(),
            are_joined: rng.bool(),
            owners: std::array::from_fn(|_| rng.usize(..=calls)),
            cuts: std::array::from_fn(|_| rng.usize(..6)),
        }
    }

    /// The same without calls that fail.
    pub(crate) fn unfailing(self) -> Self {
        Self { end: None, calls: self.calls.into_iter().map(Self::unfailing).collect(), ..self }
    }

    /// The same with a place for each call to run at. One that fails is a job, or it would end them all.
    pub(crate) fn placed(self, run: Run, rng: &mut Rng) -> Self {
        let is_elsewhere = match run {
            Run::Local => false,
            Run::Remote => true,
            Run::Anywhere => rng.bool() || self.end.is_some(),
        };
        assert!(is_elsewhere || self.end.is_none());
        let calls = self.calls.into_iter().map(|call| call.placed(run, rng)).collect();
        Self { is_elsewhere, calls, ..self }
    }
}
