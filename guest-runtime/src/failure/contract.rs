//! Conversions between failures and those of the contract (`wit/types.wit`).

use std::time::Duration;

use super::types::{Call, Excess, Failure, Panic, Place, Refusal, Trap, TrapCode};
use crate::bindings::parallel::futures::types as wit;

impl From<wit::Failure> for Failure {
    fn from(failure: wit::Failure) -> Self {
        match failure {
            wit::Failure::Panicked(panic) => Self::Panicked(panic.into()),
            wit::Failure::Trapped(trap) => Self::Trapped(Trap {
                code: trap.code.into(),
                message: trap.message,
                backtrace: trap.backtrace,
            }),
            wit::Failure::Cancelled => Self::Cancelled,
            wit::Failure::TimedOut(limit) => Self::TimedOut(Duration::from_nanos(limit)),
            wit::Failure::OutOfMemory(excess) => Self::OutOfMemory(excess.into()),
            wit::Failure::OutOfBudget(limit) => Self::OutOfBudget(limit),
            wit::Failure::MessageTooLarge(excess) => Self::MessageTooLarge(excess.into()),
            wit::Failure::BadMessage(reason) => Self::BadMessage(reason),
            wit::Failure::Refused(refusal) => Self::Refused(refusal.into()),
            wit::Failure::Exited(code) => Self::Exited(code),
            wit::Failure::Lost(node) => Self::Lost(node),
        }
    }
}

impl From<wit::TrapCode> for TrapCode {
    fn from(code: wit::TrapCode) -> Self {
        match code {
            wit::TrapCode::UnreachableExecuted => Self::UnreachableExecuted,
            wit::TrapCode::StackOverflow => Self::StackOverflow,
            wit::TrapCode::MemoryOutOfBounds => Self::MemoryOutOfBounds,
            wit::TrapCode::BadIndirectCall => Self::BadIndirectCall,
            wit::TrapCode::BadArithmetic => Self::BadArithmetic,
            wit::TrapCode::BrokenContract => Self::BrokenContract,
            wit::TrapCode::Other => Self::Other,
        }
    }
}

impl From<wit::Excess> for Excess {
    fn from(excess: wit::Excess) -> Self {
        Self { limit: excess.limit, used: excess.used, setting: excess.setting }
    }
}

impl From<wit::Refusal> for Refusal {
    fn from(refusal: wit::Refusal) -> Self {
        match refusal {
            wit::Refusal::NoSuchEntry => Self::NoSuchEntry,
            wit::Refusal::NoWorker => Self::NoWorker,
            wit::Refusal::Depth(limit) => Self::Depth(limit),
            wit::Refusal::Stopping => Self::Stopping,
            wit::Refusal::NoInstance(reason) => Self::NoInstance(reason),
        }
    }
}

impl From<wit::Place> for Place {
    fn from(place: wit::Place) -> Self {
        Self { file: place.file, line: place.line, column: place.column }
    }
}

impl From<Place> for wit::Place {
    fn from(place: Place) -> Self {
        Self { file: place.file, line: place.line, column: place.column }
    }
}

impl From<wit::Panic> for Panic {
    fn from(panic: wit::Panic) -> Self {
        let through = panic.through.into_iter();
        let through = through.map(|call| Call { job: call.job, place: call.place.map(Place::from) });
        Self {
            message: panic.message,
            place: panic.place.map(Place::from),
            through: through.collect(),
            backtrace: panic.backtrace,
        }
    }
}

impl From<Panic> for wit::Panic {
    fn from(panic: Panic) -> Self {
        let through = panic.through.into_iter();
        let through =
            through.map(|call| wit::Call { job: call.job, place: call.place.map(wit::Place::from) });
        Self {
            message: panic.message,
            place: panic.place.map(wit::Place::from),
            through: through.collect(),
            backtrace: panic.backtrace,
        }
    }
}

/// Converts the failures that a worker reports itself: there was no entry, or no way to send the reply.
impl From<Failure> for wit::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(Refusal::NoSuchEntry) => Self::Refused(wit::Refusal::NoSuchEntry),
            Failure::Cancelled => Self::Cancelled,
            Failure::MessageTooLarge(Excess { limit, used, setting }) => {
                Self::MessageTooLarge(wit::Excess { limit, used, setting })
            }
            other => Self::BadMessage(match other {
                Failure::BadMessage(reason) => reason,
                other => other.to_string(),
            }),
        }
    }
}
