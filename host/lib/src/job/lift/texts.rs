//! The texts of a failure, which are for people, cut to a bound.
//!
//! A guest may name one text a thousand times, and a failure stays until its parent takes it. So a text is
//! cut before it is copied, and the number of calls that a panic has come through is bounded.

use wasmtime::component::__internal::wasmtime_environ::component::StringEncoding;
use wasmtime::component::__internal::{CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext};
use wasmtime::component::{ComponentType, Lift};

use super::{Pair, stands_for};
use crate::bindings::parallel::futures::types;

/// The most bytes of a message or a backtrace.
pub(crate) const LONG: usize = 16 << 10;

/// The most bytes of a name: of a file, a function or a setting.
pub(crate) const SHORT: usize = 1 << 10;

/// The most calls that are kept of those that a panic has come through: the innermost.
pub(crate) const CALLS: usize = 100;

/// A `string` of which at most `MOST` bytes are kept. A longer one ends with an ellipsis.
#[derive(Clone)]
pub(crate) struct Text<const MOST: usize>(pub(crate) String);

/// A `list` of which at most the first `MOST` elements are kept.
pub(crate) struct Few<T, const MOST: usize>(Vec<T>);

stands_for!([const MOST: usize] Text<MOST>, String, |cx: &mut LiftContext<'_>, ty, pair: Pair| {
    let mut read = pair;
    // Texts in other encodings are rare. They are cut afterwards: the engine itself bounds how much of them
    // it reads.
    let is_utf8 = matches!(cx.options().string_encoding, StringEncoding::Utf8);
    if let Some(bytes) = pair.of(cx, 1).filter(|_| is_utf8)
        && bytes.len() > MOST
    {
        let is_inside = |&end: &usize| bytes[end] & 0xc0 == 0x80;
        let cut = MOST - (0..MOST.min(4)).take_while(|less| is_inside(&(MOST - less))).count();
        read.len = u32::try_from(cut)?;
    }
    let mut text = String::linear_lift_from_memory(cx, ty, &read.to_bytes())?;
    if read.len < pair.len {
        text.push('…');
    }
    Ok(Self(shortened(text, MOST)))
});

stands_for!([T: Lift, const MOST: usize] Few<T, MOST>, Vec<T>, |cx: &mut LiftContext<'_>, ty, mut pair: Pair| {
    // The engine rejects a list that is not within the memory.
    if pair.of(cx, T::SIZE32).is_some() {
        pair.len = pair.len.min(u32::try_from(MOST)?);
    }
    Vec::linear_lift_from_memory(cx, ty, &pair.to_bytes()).map(Self)
});

/// Returns the text. One with more than `most` bytes is cut at a character boundary, and ends with an
/// ellipsis.
pub(crate) fn shortened(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
        text.shrink_to_fit();
    }
    text
}

/// These mirror the types of the same names in `wit/types.wit`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Place {
    file: Text<SHORT>,
    line: u32,
    column: u32,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Call {
    job: Text<SHORT>,
    place: Option<Place>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Panic {
    message: Text<LONG>,
    place: Option<Place>,
    through: Few<Call, CALLS>,
    backtrace: Text<LONG>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Trap {
    code: types::TrapCode,
    message: Text<LONG>,
    backtrace: Text<LONG>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Excess {
    limit: u64,
    used: u64,
    setting: Text<SHORT>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Refusal {
    #[component(name = "no-such-entry")]
    NoSuchEntry,
    #[component(name = "no-worker")]
    NoWorker,
    #[component(name = "depth")]
    Depth(u32),
    #[component(name = "stopping")]
    Stopping,
    #[component(name = "no-instance")]
    NoInstance(Text<LONG>),
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Failure {
    #[component(name = "panicked")]
    Panicked(Panic),
    #[component(name = "trapped")]
    Trapped(Trap),
    #[component(name = "cancelled")]
    Cancelled,
    #[component(name = "timed-out")]
    TimedOut(u64),
    #[component(name = "out-of-memory")]
    OutOfMemory(Excess),
    #[component(name = "out-of-budget")]
    OutOfBudget(u64),
    #[component(name = "message-too-large")]
    MessageTooLarge(Excess),
    #[component(name = "bad-message")]
    BadMessage(Text<LONG>),
    #[component(name = "refused")]
    Refused(Refusal),
    #[component(name = "exited")]
    Exited(u8),
    #[component(name = "lost")]
    Lost(Text<SHORT>),
}

impl From<Place> for types::Place {
    fn from(Place { file, line, column }: Place) -> Self {
        Self { file: file.0, line, column }
    }
}

impl From<Call> for types::Call {
    fn from(Call { job, place }: Call) -> Self {
        Self { job: job.0, place: place.map(Into::into) }
    }
}

impl From<Panic> for types::Panic {
    fn from(Panic { message, place, through, backtrace }: Panic) -> Self {
        let through = through.0.into_iter().map(Into::into).collect();
        Self { message: message.0, place: place.map(Into::into), through, backtrace: backtrace.0 }
    }
}

impl From<Excess> for types::Excess {
    fn from(Excess { limit, used, setting }: Excess) -> Self {
        Self { limit, used, setting: setting.0 }
    }
}

impl From<Refusal> for types::Refusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchEntry => Self::NoSuchEntry,
            Refusal::NoWorker => Self::NoWorker,
            Refusal::Depth(limit) => Self::Depth(limit),
            Refusal::Stopping => Self::Stopping,
            Refusal::NoInstance(why) => Self::NoInstance(why.0),
        }
    }
}

impl From<Failure> for types::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Panicked(panic) => Self::Panicked(panic.into()),
            Failure::Trapped(Trap { code, message, backtrace }) => {
                Self::Trapped(types::Trap { code, message: message.0, backtrace: backtrace.0 })
            }
            Failure::Cancelled => Self::Cancelled,
            Failure::TimedOut(after) => Self::TimedOut(after),
            Failure::OutOfMemory(excess) => Self::OutOfMemory(excess.into()),
            Failure::OutOfBudget(calls) => Self::OutOfBudget(calls),
            Failure::MessageTooLarge(excess) => Self::MessageTooLarge(excess.into()),
            Failure::BadMessage(why) => Self::BadMessage(why.0),
            Failure::Refused(refusal) => Self::Refused(refusal.into()),
            Failure::Exited(code) => Self::Exited(code),
            Failure::Lost(node) => Self::Lost(node.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_two_letters() {
        assert_eq!(shortened("ä".repeat(10), 20), "ä".repeat(10));
        assert_eq!(shortened("ä".repeat(11), 21), "ä".repeat(10) + "…");
        let cut = shortened("ä".repeat(11), 20);
        assert_eq!(shortened(cut.clone(), 20), cut);
    }
}
