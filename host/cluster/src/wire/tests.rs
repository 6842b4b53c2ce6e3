//! Messages survive their encoding, and bytes that are none are refused.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::lease::Terms;
use crate::moment::Moment;

/// Returns one message of each kind, with the largest numbers.
fn messages() -> Vec<Message> {
    let session = SessionId::from(u64::MAX);
    let moment = Moment::default() + Duration::MAX;
    let run = RunSpec { number: u32::MAX, program: [255; 32], signature: None, manifest: vec![0; 100] };
    let presence =
        Presence { name: "a".into(), slots: u32::MAX, free: 0, host: "0.1.0".into(), is_leaving: true };
    let (number, most) = (u64::MAX, u64::MAX);
    let head = FrameHead { session, number, stream: most, left: most, acked: most, granted: most };
    vec![
        Message::Presence(presence),
        Message::Hello,
        Message::Open { attempt: u32::MAX, run, terms: Terms::default() },
        Message::Opened { run: u32::MAX, attempt: u32::MAX, session, stamp: moment },
        Message::Refused { run: 1, attempt: 2, reason: "no".into() },
        Message::OwnerBeat(OwnerBeat {
            session,
            echo: moment,
            want: u32::MAX,
            released: most,
            acked: most,
            stops: vec![(JobId::from(most), Duration::MAX)],
        }),
        Message::NodeBeat(NodeBeat { session, stamp: moment, granted: most, acked: most }),
        Message::Close { session },
        Message::Closed { session },
        Message::Down(head.clone()),
        Message::Up(head),
    ]
}

#[test]
fn all_messages_survive_their_encoding() {
    let from = PeerId::from(u64::MAX);
    for message in messages() {
        let bytes = encode(from, &message, b"payload");
        let (sender, decoded, payload) = decode(bytes.clone()).unwrap();
        assert_eq!((sender, &decoded, &payload[..]), (from, &message, &b"payload"[..]));
        let is_frame = matches!(message, Message::Down(_) | Message::Up(_));
        assert!(!is_frame || bytes.len() <= OVERHEAD + payload.len(), "{} bytes", bytes.len());
    }
}

#[test]
fn a_node_of_another_version_is_named() {
    let mut bytes = encode(PeerId::from(9), &messages()[0], b"").to_vec();
    bytes[0] = VERSION + 1;
    let error = decode(bytes.into()).unwrap_err();
    assert_eq!(error, WireError::Version { version: VERSION + 1, node: Some("a".into()) });
    assert!(error.to_string().starts_with("a speaks version 2 of the protocol, and this host version 1"));
    let mut bytes = encode(PeerId::from(9), &Message::Hello, b"").to_vec();
    bytes[0] = 0;
    assert_eq!(decode(bytes.into()).unwrap_err(), WireError::Version { version: 0, node: None });
}

/// The bytes of a version never change: hosts of different builds speak it with each other.
#[test]
fn the_encoding_stays_as_it_is() {
    let all: Vec<u8> = messages().iter().flat_map(|message| encode(PeerId::from(1), message, b"x")).collect();
    // FNV-1a.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in &all {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    }
    assert_eq!(
        (VERSION, all.len(), hash),
        (1, 499, 7_546_631_817_531_169_190),
        "a changed message needs a new version"
    );
}

proptest! {
    #[test]
    fn bytes_that_are_no_message_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        _ = decode(Bytes::from(bytes.clone()));
        if let Some(version) = bytes.first_mut() {
            *version = VERSION;
        }
        _ = decode(Bytes::from(bytes));
    }

    #[test]
    fn a_message_that_is_cut_short_is_damaged(which in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let bytes = encode(PeerId::from(1 << 40), which.get(&messages()), b"");
        let length = cut.index(bytes.len());
        prop_assert_eq!(decode(bytes.slice(..length)), Err(WireError::Damaged));
    }
}
