//! Steps of a node that depend on the order of two lanes.

use super::*;
use crate::wire::OwnerBeat;

/// The answer and frames come by different lanes. An owner that got a frame first took it for one of a session that
/// it had forgotten, and ended the session.
#[test]
fn a_node_sends_no_frame_before_the_owner_knows_of_the_session() {
    let (now, owner) = (Moment::default(), PeerId::from(1));
    let limits = LinkLimits::default();
    let (name, host, presence) = ("node".to_owned(), String::new(), Duration::from_secs(1));
    let mut node = Node::new(NodeConfig { name, host, slots: 1, trust: Trust::Any, presence, limits });
    let run = RunSpec { number: 1, program: [7; 32], signature: None, manifest: Vec::new() };
    let open = Message::Open { attempt: 1, run, terms: Terms::default() };
    node.receive(now, owner, &open, Bytes::new());
    let Some(NodeEvent::Prepare { session, .. }) = node.poll_event() else {
        panic!("the session is not opened")
    };
    node.fetch(session, Blob::Program);
    let answers = std::iter::from_fn(|| node.poll_control(now)).collect::<Vec<_>>();
    assert!(answers.iter().any(|(_, message)| matches!(message, Message::Opened { .. })), "{answers:?}");
    assert!(node.poll_data(now).is_none());
    let beat = OwnerBeat { session, echo: now, want: 1, released: 0, acked: 0, stops: Vec::new() };
    node.receive(now, owner, &Message::OwnerBeat(beat), Bytes::new());
    assert!(node.poll_data(now).is_some());
}
