//! Failures as they are sent to other machines.

use bytes::Bytes;

use super::call::Failure;
use crate::escaped::Escaped;

/// Encodes a failure.
pub(crate) fn encode(failure: &Failure) -> Bytes {
    postcard::to_stdvec(failure).unwrap_or_default().into()
}

/// Decodes a failure. One that is damaged becomes another failure, which says so.
pub(crate) fn decode(bytes: &[u8]) -> Failure {
    let damaged = |_| Failure::BadMessage("another machine sent a failure that is damaged".to_owned());
    postcard::from_bytes(bytes).unwrap_or_else(damaged)
}

/// Returns the failure of a job that was lost with this node. It may have run or not, completely or in part.
pub(crate) fn lost(node: &str) -> Failure {
    Failure::Lost(Escaped(node).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::parallel::futures::types::{Call, Panic, Place};

    #[test]
    fn a_failure_is_the_same_there() {
        let place = Place { file: "src/main.rs".to_owned(), line: 7, column: 9 };
        let through = vec![Call { job: "f".to_owned(), place: None }];
        let (message, backtrace) = ("no".to_owned(), "0: f".to_owned());
        let panic = Panic { message, place: Some(place), through, backtrace };
        for failure in [Failure::Panicked(panic), Failure::TimedOut(5), Failure::Exited(3)] {
            assert_eq!(decode(&encode(&failure)), failure);
        }
    }

    #[test]
    fn a_damaged_failure_is_a_failure() {
        assert!(matches!(decode(&[0, 200, 1]), Failure::BadMessage(_)));
        assert!(matches!(decode(&[]), Failure::BadMessage(_)));
    }
}
