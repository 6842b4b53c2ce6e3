//! The panic of a parent that did not catch the failure of a job.
//!
//! The panic of a job passes through its parents: message and location stay the same, and each parent adds
//! its call of the job. So its reader, in `main` or in a `catch`, sees where it began and which calls led
//! there.

use std::borrow::Cow;
use std::cell::Cell;
use std::panic::Location;

use super::types::{Call, Failure, Panic, Place};

thread_local! {
    /// The panic that this instance raises because of a failure. The panic hook of a worker reports it in full.
    static UNCAUGHT: Cell<Option<Panic>> = const { Cell::new(None) };
}

/// Returns the value of a job, or panics with its failure.
///
/// `name` is called only for a panic, because finding the name takes longer than returning a small value.
#[track_caller]
pub(crate) fn or_panic<'a, T>(
    job: impl FnOnce() -> Cow<'a, str>,
    called_at: &Location<'_>,
    outcome: Result<T, Failure>,
) -> T {
    match outcome {
        Ok(value) => value,
        Err(failure) => {
            let panic = uncaught(&job(), called_at, failure);
            let text = text(&panic);
            UNCAUGHT.set(Some(panic));
            panic!("{text}");
        }
    }
}

/// Takes the panic that this instance raises because of a failure, if there is one.
pub(crate) fn take_uncaught() -> Option<Panic> {
    UNCAUGHT.take()
}

fn uncaught(job: &str, called_at: &Location<'_>, failure: Failure) -> Panic {
    let place = Place::of(called_at);
    match failure {
        Failure::Panicked(mut panic) => {
            panic.through.push(Call { job: job.to_owned(), place: Some(place) });
            panic
        }
        failure => {
            let message = format!("job `{job}` {failure}");
            let backtrace = match failure {
                Failure::Trapped(trap) => trap.backtrace,
                _ => String::new(),
            };
            Panic { message, place: Some(place), through: Vec::new(), backtrace }
        }
    }
}

/// Returns the message to panic with.
fn text(panic: &Panic) -> String {
    match panic.through.first() {
        Some(call) if panic.place.is_some() => format!("job `{}` panicked {panic}", call.job),
        Some(call) => format!("job `{}` panicked: {panic}", call.job),
        None => panic.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_keeps_its_place_and_gains_a_call_with_each_parent() {
        let here = Location::caller();
        let leaf = Panic {
            message: "no luck".to_owned(),
            place: Some(Place { file: "leaf.rs".to_owned(), line: 3, column: 5 }),
            through: Vec::new(),
            backtrace: String::new(),
        };
        let panic = uncaught("leaf", here, Failure::Panicked(leaf));
        let place = Place::of(here);
        assert_eq!(
            text(&panic),
            format!("job `leaf` panicked at leaf.rs:3:5: no luck\n  in job `leaf`, called at {place}")
        );
        let panic = uncaught("middle", here, Failure::Panicked(panic));
        assert_eq!(
            text(&panic),
            format!(
                "job `leaf` panicked at leaf.rs:3:5: no luck\n  in job `leaf`, called at {place}\n  in job `middle`, called at {place}"
            )
        );
    }

    #[test]
    fn another_failure_is_the_panic_of_the_first_that_did_not_catch_it() {
        let panic = uncaught("leaf", Location::caller(), Failure::Exited(3));
        assert_eq!(text(&panic), "job `leaf` exited with code 3");
        assert!(panic.place.is_some() && panic.through.is_empty());
    }
}
