//! Peers that send any messages: nothing panics, and a node never has more jobs than slots.

use std::time::Duration;

use bytes::Bytes;
use cluster::trust::Trust;
use cluster::wire::{
    Ending, FrameHead, JobId, JobSpec, Message, NodeBeat, OwnerBeat, PeerId, Presence, RunSpec, SessionId,
};
use cluster::{Moment, Node, NodeConfig, NodeEvent, Owner};
use proptest::prelude::*;

use super::config;
use super::world::{limits, terms};

/// Chooses a number: one that fits to what happens, or one that cannot.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 0..6_u64, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

fn messages() -> impl Strategy<Value = (Message, Vec<u8>)> {
    let numbers = prop::array::uniform6(number());
    // A start, or an end, of a job: the first byte is the variant.
    let payload = prop_oneof![
        Just(vec![0; 9]),
        Just(vec![2, 0]),
        prop::collection::vec(0..4_u8, 0..20),
        prop::collection::vec(any::<u8>(), 0..20),
    ];
    (0..10_u32, numbers, payload).prop_map(|(kind, numbers, payload)| (message(kind, numbers), payload))
}

fn message(kind: u32, [session, a, b, c, d, e]: [u64; 6]) -> Message {
    let session = SessionId::from(session);
    let moment = Moment::from_start(Duration::from_nanos(a));
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let head = FrameHead { session, number: a, stream: b, left: c, acked: d, granted: e };
    let run = RunSpec { number: small(a), program: [0; 32], signature: None, manifest: Vec::new() };
    match kind {
        0 => Message::Presence(Presence {
            name: "n".into(),
            slots: small(a),
            free: small(b),
            host: String::new(),
            is_leaving: c == 0,
        }),
        1 => Message::Open { attempt: small(b), run, terms: terms() },
        2 => Message::Opened { run: small(a), attempt: small(b), session, stamp: moment },
        3 => Message::OwnerBeat(OwnerBeat {
            session,
            echo: moment,
            want: small(b),
            released: c,
            acked: d,
            stops: vec![(JobId::from(e), Duration::from_nanos(b))],
        }),
        4 => Message::NodeBeat(NodeBeat { session, stamp: moment, granted: b, acked: c }),
        5 => Message::Close { session },
        6 => Message::Closed { session },
        7 => Message::Up(head),
        8 => Message::Refused { run: small(a), attempt: small(b), reason: "r".into() },
        _ => Message::Down(head),
    }
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn any_messages_are_survived(messages in prop::collection::vec(messages(), 1..60)) {
        let peer = PeerId::from(1);
        let run = RunSpec { number: 1, program: [0; 32], signature: None, manifest: Vec::new() };
        let mut owner = Owner::new(run, terms(), limits());
        let about = NodeConfig {
            name: String::new(),
            host: String::new(),
            slots: 2,
            trust: Trust::Any,
            presence: Duration::from_millis(100),
            limits: limits(),
        };
        let mut node = Node::new(about);
        let mut now = Moment::default();
        for (message, payload) in messages {
            now = now + Duration::from_millis(7);
            owner.set_excess(now, 3);
            owner.receive(now, peer, &message, payload.clone().into());
            node.receive(now, peer, &message, payload.into());
            while owner.poll_event().is_some() {}
            if owner.credit() > 0 {
                owner.hand_over(&JobSpec::default(), Bytes::new());
            }
            while let Some(event) = node.poll_event() {
                match event {
                    NodeEvent::Prepare { session, .. } => node.ready(session),
                    NodeEvent::Stop { session, job, .. } => node.ended(session, job, Ending::Stopped, Bytes::new()),
                    _ => {}
                }
            }
            std::iter::from_fn(|| owner.poll_control(now)).for_each(drop);
            std::iter::from_fn(|| owner.poll_data(now)).for_each(drop);
            std::iter::from_fn(|| node.poll_control(now)).for_each(drop);
            std::iter::from_fn(|| node.poll_data(now)).for_each(drop);
            prop_assert!(node.running() <= 2);
        }
    }
}
