//! New values of borrows are assigned, all of them or none.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::{Moved, Transfer};
use crate::Failure;
use crate::remote::codec::Reader;

/// Sends an argument to a job and the new value back, within one instance.
fn to_job_and_back<A: Transfer>(argument: &mut A, job: impl FnOnce(A::Lent<'_>)) -> Result<(), Failure> {
    let mut received = A::decode(Cow::Owned(argument.encode()?.into_owned()))?;
    job(A::lend(&mut received));
    let reply = A::encode_update(received, Vec::new())?;
    apply(argument, &reply)
}

fn apply<A: Transfer>(argument: &mut A, reply: &[u8]) -> Result<(), Failure> {
    let mut reader = Reader::new(reply);
    let new = argument.decode_update(&mut reader)?;
    argument.apply(new);
    Ok(())
}

#[test]
fn borrows_have_their_new_values() {
    let (mut number, mut numbers, mut words) = (7_u8, [1_u16, 2, 3], vec!["a".to_owned()]);
    let mut argument = (&mut number, &mut numbers[1..], &mut words, Moved::new(5_u8));
    to_job_and_back(&mut argument, |(number, numbers, words, more)| {
        *number += more;
        numbers.reverse();
        words.push("b".to_owned());
    })
    .unwrap();
    assert_eq!((number, numbers), (12, [1, 3, 2]));
    assert_eq!(words, ["a", "b"]);
}

/// Lending an atomic to jobs that add to it compiled, and the sum was 0.
#[test]
fn what_changes_through_borrows_is_not_lent() {
    let text = |encoded: Result<Cow<'_, [u8]>, Failure>| encoded.unwrap_err().to_string();
    let hits = AtomicUsize::new(7);
    assert!(text((&hits).encode()).contains("the change would be lost"));
    assert!(text((&[Mutex::new(1)][..]).encode()).contains("Mutex"));
    assert!(text((&vec![RefCell::new(1)]).encode()).contains("RefCell"));
    let mut hits = hits;
    to_job_and_back(&mut &mut hits, |hits| *hits.get_mut() += 1).unwrap();
    assert_eq!(hits.into_inner(), 8);
}

#[test]
fn a_slice_of_strings_is_assigned_item_by_item() {
    let mut words = ["c", "b", "a"].map(str::to_owned);
    let at = words.as_ptr();
    to_job_and_back(&mut &mut words[..2], |words: &mut [String]| words.sort()).unwrap();
    assert_eq!(words, ["b", "c", "a"]);
    assert_eq!(words.as_ptr(), at);
}

#[test]
fn numbers_stay_in_the_bytes_of_the_message() {
    let numbers = [3_u8, 1, 2];
    let message = (&numbers[..]).encode().unwrap().into_owned();
    let at = message.as_ptr();
    let mut received = <&mut [u8]>::decode(Cow::Owned(message)).unwrap();
    <&mut [u8]>::lend(&mut received).sort_unstable();
    let reply = <&mut [u8]>::encode_update(received, Vec::new()).unwrap();
    assert_eq!(reply, [1, 2, 3]);
    assert_eq!(reply.as_ptr(), at);
}

#[test]
fn a_bad_update_changes_nothing() {
    let (mut number, mut words) = (7_u32, ["a", "b"].map(str::to_owned));
    let mut argument = (&mut number, &mut words[..]);
    let good = {
        let received = <(&mut u32, &mut [String])>::decode(argument.encode().unwrap()).unwrap();
        <(&mut u32, &mut [String])>::encode_update(received, Vec::new()).unwrap()
    };
    for end in 0..good.len() {
        assert!(apply(&mut argument, &good[..end]).is_err(), "{end} bytes");
    }
    let mut longer = (&mut 9_u32, &mut ["x", "y", "z"].map(str::to_owned)[..]);
    assert!(apply(&mut longer, &good).is_err(), "two items for a slice of three");
    assert_eq!((*longer.0, longer.1.join("")), (9, "xyz".to_owned()));
    assert_eq!((number, words.join("")), (7, "ab".to_owned()));
    assert!(apply(&mut &mut [0_u64; 2][..], &[0; 15]).is_err());
}
