//! The outcome of a job, and the charge that pays for it until the parent takes it.

use std::sync::Arc;

use super::account::{Account, Charge};
use super::lift::texts::shortened;
use super::tree::SMALL;
use crate::bindings::parallel::futures::types::{Call, Failure, Place, Refusal};

/// The most bytes that are kept of each text of a failure if there is no memory for the texts.
const LEAST: usize = 100;

/// The result of a job, or why it has none.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) value: Result<Vec<u8>, Failure>,
    /// Pays for the value.
    pub(crate) charge: Charge,
}

impl Outcome {
    /// Creates the outcome of a result that has been charged.
    pub(crate) fn result(bytes: Vec<u8>, charge: Charge) -> Self {
        Self { value: Ok(bytes), charge }
    }

    /// Creates the outcome of a failure with texts of a guest or of the engine. The texts are cut short if
    /// the run has no memory for them.
    pub(crate) fn failure(mut failure: Failure, account: &Arc<Account>) -> Self {
        let mut bytes = 0;
        let mut calls = 0;
        texts(&mut failure, &mut |text| bytes += text.len(), &mut |through| calls += through.len());
        let bytes = bytes + calls * size_of::<Call>();
        let bytes = if bytes > SMALL { bytes as u64 } else { 0 };
        let charge = Charge::take(account, bytes).unwrap_or_else(|_| {
            let cut = |text: &mut String| *text = shortened(std::mem::take(text), LEAST);
            texts(&mut failure, &mut { cut }, &mut |through| *through = Vec::new());
            Charge::default()
        });
        Self { value: Err(failure), charge }
    }

    /// Returns about how many bytes it takes to hand the outcome over.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.value {
            Ok(result) => result.len() as u64,
            // A failure without a charge has few bytes.
            Err(_) => self.charge.bytes(),
        }
    }
}

/// Creates the outcome of a failure that has only short texts.
impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self { value: Err(failure), charge: Charge::default() }
    }
}

/// Passes the calls that a panic has come through to `calls`, and then every text of the failure to `text`.
fn texts(failure: &mut Failure, text: &mut dyn FnMut(&mut String), calls: &mut dyn FnMut(&mut Vec<Call>)) {
    match failure {
        Failure::Panicked(panic) => {
            calls(&mut panic.through);
            text(&mut panic.message);
            text(&mut panic.backtrace);
            for Call { job, place } in &mut panic.through {
                text(job);
                place.iter_mut().for_each(|Place { file, .. }| text(file));
            }
            panic.place.iter_mut().for_each(|Place { file, .. }| text(file));
        }
        Failure::Trapped(trap) => {
            text(&mut trap.message);
            text(&mut trap.backtrace);
        }
        Failure::OutOfMemory(excess) | Failure::MessageTooLarge(excess) => text(&mut excess.setting),
        Failure::BadMessage(why) | Failure::Refused(Refusal::NoInstance(why)) | Failure::Lost(why) => {
            text(why)
        }
        Failure::Cancelled
        | Failure::TimedOut(_)
        | Failure::OutOfBudget(_)
        | Failure::Refused(_)
        | Failure::Exited(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::parallel::futures::types::Panic;

    fn panic() -> Failure {
        let call = Call { job: "j".repeat(1000), place: None };
        let (message, backtrace) = ("m".repeat(1000), String::new());
        Failure::Panicked(Panic { message, place: None, through: vec![call; 10], backtrace })
    }

    #[test]
    fn the_texts_of_a_failure_are_paid_for() {
        let account = Account::new(20_000, "--memory");
        let outcome = Outcome::failure(panic(), &account);
        assert!((11_000..13_000).contains(&outcome.charge.bytes()));
        drop(outcome);
        assert!(account.take(20_000).is_ok());
    }

    #[test]
    fn without_memory_little_is_left_of_them() {
        let outcome = Outcome::failure(panic(), &Account::new(10_000, "--memory"));
        let Err(Failure::Panicked(Panic { message, through, .. })) = outcome.value else { panic!() };
        assert_eq!(message, "m".repeat(LEAST) + "…");
        assert!(through.is_empty());
        assert_eq!(outcome.charge.bytes(), 0);
    }
}
