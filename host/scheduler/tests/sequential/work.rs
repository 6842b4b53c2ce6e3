//! Jobs of these tests: they consist only of their number.

use std::sync::{Arc, Mutex};

use scheduler::Work;

pub(crate) enum Plain {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Forgotten,
    Cancelled,
    Late,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Failed,
    Refused,
    Cancelled,
    Late,
}

#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) id: usize,
    pub(crate) depth: u32,
}

impl Reason {
    pub(crate) fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Forgotten => None,
            Self::Cancelled => Some(Outcome::Cancelled),
            Self::Late => Some(Outcome::Late),
        }
    }
}

impl Work for Plain {
    /// The jobs that are gone.
    type Run = Arc<Mutex<Vec<usize>>>;
    type Spec = Spec;
    type Message = usize;
    type Outcome = Outcome;
    type Reason = Reason;
    type Moment = u8;

    fn depth(spec: &Spec) -> u32 {
        spec.depth
    }

    fn tree(_run: &Self::Run) -> u64 {
        0
    }

    fn forgotten() -> Reason {
        Reason::Forgotten
    }

    fn stopped(_spec: &Spec, reason: Reason) -> Option<Outcome> {
        reason.outcome()
    }

    fn gone(gone: &Self::Run, spec: &Spec, _outcome: Option<&Self::Outcome>) {
        gone.lock().unwrap().push(spec.id);
    }
}
