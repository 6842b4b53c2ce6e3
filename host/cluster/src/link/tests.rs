//! Links over a transport that loses, repeats and reorders frames.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::sender::Piece;
use super::{LinkLimits, Receiver, Sender};
use crate::moment::Moment;

const LIMITS: fn() -> LinkLimits =
    || LinkLimits { chunk: 4, window: 12, frames: 8, max_message: 64, ..LinkLimits::default() };

fn piece(number: u64, stream: u64, left: u64, payload: &'static str) -> Piece {
    Piece { number, stream, left, payload: Bytes::from_static(payload.as_bytes()) }
}

#[test]
fn streams_take_turns_and_the_window_limits_bytes_in_flight() {
    let mut sender = Sender::new(LIMITS());
    let now = Moment::default();
    sender.push(1, "ab".into(), "cdefgh".into());
    sender.push(2, "x".into(), Bytes::new());
    sender.push(1, "z".into(), Bytes::new());
    assert_eq!(sender.backlog(), 10);
    let sent: Vec<_> = std::iter::from_fn(|| sender.next(now)).collect();
    assert_eq!(
        sent,
        [piece(1, 1, 4, "abcd"), piece(2, 2, 0, "x"), piece(3, 1, 0, "efgh"), piece(4, 1, 0, "z")]
    );
    sender.push(3, "0123456789".into(), Bytes::new());
    assert_eq!(sender.next(now).map(|piece| piece.number), Some(5));
    assert_eq!(sender.next(now), None, "14 bytes are in flight");
    sender.acknowledge(now, 1);
    assert_eq!(sender.next(now).map(|piece| piece.number), Some(6));
}

#[test]
fn frames_are_sent_again_until_they_are_acknowledged() {
    let mut sender = Sender::new(LIMITS());
    let mut now = Moment::default();
    sender.push(1, "abcde".into(), Bytes::new());
    let all = |sender: &mut Sender, now| std::iter::from_fn(|| sender.next(now)).count();
    assert_eq!(all(&mut sender, now), 2);
    now = sender.next_tick().unwrap();
    sender.tick(now);
    assert_eq!(all(&mut sender, now), 2);
    sender.acknowledge(now, 1);
    now = sender.next_tick().unwrap();
    sender.tick(now);
    assert_eq!(all(&mut sender, now), 1);
    sender.acknowledge(now, 2);
    assert_eq!((sender.next_tick(), sender.backlog()), (None, 0));
}

#[test]
fn a_message_above_the_limit_is_refused_at_its_first_frame() {
    let mut receiver = Receiver::new(LIMITS());
    let error = receiver.receive(Moment::default(), piece(1, 1, u64::MAX, "abcd")).unwrap_err();
    assert!(error.to_string().ends_with("and 64 are the limit"), "{error}");
}

proptest! {
    /// Each message arrives once, and those of a stream in order, if frames and acknowledgements are lost,
    /// repeated and delivered in any order.
    #[test]
    fn messages_arrive_once_and_in_order(
        lengths in prop::collection::vec((0..3_u64, 0..30_usize), 1..20),
        choices in prop::collection::vec((0..100_u32, any::<prop::sample::Index>()), 0..200),
    ) {
        let (mut sender, mut receiver) = (Sender::new(LIMITS()), Receiver::new(LIMITS()));
        let (mut wanted, mut got) = (BTreeMap::new(), BTreeMap::new());
        for (index, &(stream, length)) in lengths.iter().enumerate() {
            let message = vec![u8::try_from(index).unwrap(); length + 1];
            wanted.entry(stream).or_insert_with(Vec::new).push(message.clone());
            sender.push(stream, message[..1].to_vec().into(), message[1..].to_vec().into());
        }
        let mut now = Moment::default();
        let (mut frames, mut acks) = (Vec::<Piece>::new(), Vec::<u64>::new());
        // When the choices are used up, the transport works.
        let mut choices = choices.into_iter();
        for _ in 0..10_000 {
            frames.extend(std::iter::from_fn(|| sender.next(now)));
            let (chance, index) = match choices.next() {
                Some((chance, index)) if !frames.is_empty() => (chance, index.index(frames.len())),
                _ => (50, 0),
            };
            if frames.is_empty() {
                now = now + LIMITS().resend;
            } else {
                let piece = if chance < 20 { frames[index].clone() } else { frames.remove(index) };
                if chance < 80 && let Some((stream, message)) = receiver.receive(now, piece).unwrap() {
                    got.entry(stream).or_insert_with(Vec::new).push(message.to_vec());
                }
                acks.push(receiver.acknowledge());
            }
            if chance % 2 == 0 && let Some(through) = acks.pop() {
                sender.acknowledge(now, through);
            }
            sender.tick(now);
            if sender.backlog() == 0 {
                break;
            }
        }
        prop_assert_eq!(sender.backlog(), 0);
        prop_assert_eq!(got, wanted);
    }
}
