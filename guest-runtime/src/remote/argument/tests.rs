//! What comes back is put in its place, all of it or nothing.

use std::borrow::Cow;

use super::{Argument, Moved};
use crate::Failure;
use crate::remote::codec::Reader;

/// A job on the far side without the sides: takes the argument there, and what comes back to here.
fn there_and_back<A: Argument>(argument: &mut A, job: impl FnOnce(A::Lent<'_>)) -> Result<(), Failure> {
    let mut far = A::read(Cow::Owned(argument.message()?.into_owned()))?;
    job(A::lend(&mut far));
    let reply = A::give_back(far, Vec::new())?;
    put(argument, &reply)
}

fn put<A: Argument>(argument: &mut A, reply: &[u8]) -> Result<(), Failure> {
    let mut reader = Reader::new(reply);
    let new = argument.check(&mut reader)?;
    argument.put(new);
    Ok(())
}

#[test]
fn places_have_their_new_values() {
    let (mut number, mut numbers, mut words) = (7_u8, [1_u16, 2, 3], vec!["a".to_owned()]);
    let mut argument = (&mut number, &mut numbers[1..], &mut words, Moved::new(5_u8));
    there_and_back(&mut argument, |(number, numbers, words, more)| {
        *number += more;
        numbers.reverse();
        words.push("b".to_owned());
    })
    .unwrap();
    assert_eq!((number, numbers), (12, [1, 3, 2]));
    assert_eq!(words, ["a", "b"]);
}

#[test]
fn a_slice_of_what_is_no_number_is_assigned_item_by_item() {
    let mut words = ["c", "b", "a"].map(str::to_owned);
    let at = words.as_ptr();
    there_and_back(&mut &mut words[..2], |words: &mut [String]| words.sort()).unwrap();
    assert_eq!(words, ["b", "c", "a"]);
    assert_eq!(words.as_ptr(), at);
}

#[test]
fn numbers_stay_in_the_bytes_of_the_message() {
    let numbers = [3_u8, 1, 2];
    let message = (&numbers[..]).message().unwrap().into_owned();
    let at = message.as_ptr();
    let mut far = <&mut [u8]>::read(Cow::Owned(message)).unwrap();
    <&mut [u8]>::lend(&mut far).sort_unstable();
    let reply = <&mut [u8]>::give_back(far, Vec::new()).unwrap();
    assert_eq!(reply, [1, 2, 3]);
    assert_eq!(reply.as_ptr(), at);
}

#[test]
fn what_comes_back_wrong_changes_nothing() {
    let (mut number, mut words) = (7_u32, ["a", "b"].map(str::to_owned));
    let mut argument = (&mut number, &mut words[..]);
    let good = {
        let far = <(&mut u32, &mut [String])>::read(argument.message().unwrap()).unwrap();
        <(&mut u32, &mut [String])>::give_back(far, Vec::new()).unwrap()
    };
    for end in 0..good.len() {
        assert!(put(&mut argument, &good[..end]).is_err(), "{end} bytes");
    }
    let mut longer = (&mut 9_u32, &mut ["x", "y", "z"].map(str::to_owned)[..]);
    assert!(put(&mut longer, &good).is_err(), "two items for three places");
    assert_eq!((*longer.0, longer.1.join("")), (9, "xyz".to_owned()));
    assert_eq!((number, words.join("")), (7, "ab".to_owned()));
    assert!(put(&mut &mut [0_u64; 2][..], &[0; 15]).is_err());
}
