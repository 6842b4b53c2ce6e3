//! The owner's end of the session with one node.
//!
//! Credit is a number that only grows: how many jobs the node has ever let this session have. So no loss,
//! repetition or delay of a message can make credit out of nothing, and the owner gives credit back in the same
//! way, as a number of its own.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::event::Event;
use crate::lease::Terms;
use crate::link::{LinkLimits, Piece, Receiver, Sender};
use crate::moment::Moment;
use crate::wire::{
    self, Blob, Down, FrameHead, JobId, JobSpec, Message, NodeBeat, OwnerBeat, PeerId, RunSpec, SessionId, Up,
};

#[derive(Debug)]
pub(super) struct Session {
    name: String,
    terms: Terms,
    /// The number of the attempt. A node that has opened the session may still refuse it, with this number.
    attempt: u32,
    state: State,
    /// The newest stamp of the node, and when it arrived. The node's lease ends before that of the owner,
    /// which is counted from there.
    stamp: Moment,
    heard: Moment,
    /// The stamp that was sent back last.
    echoed: Moment,
    credit: Credit,
    /// The jobs that have not ended. Those that have to stop have a deadline.
    jobs: BTreeMap<JobId, Option<Moment>>,
    sender: Sender,
    receiver: Receiver,
    /// When the next beat is due. It is sent before if it is urgent.
    beat_at: Moment,
    is_urgent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The node has not answered.
    Opening,
    Open(SessionId),
    /// The owner ends the session, and waits for an answer.
    Closing(SessionId),
}

/// The credit of a session, and the demand for it.
#[derive(Debug, Default)]
struct Credit {
    granted: u64,
    started: u64,
    released: u64,
    /// How many jobs could be handed over now.
    excess: u32,
    /// The most jobs at a time since the last beat, if any has started since then; and in the time before that.
    peak: u32,
    last_peak: u32,
    /// What the last beat asked for.
    asked: u32,
}

impl Session {
    pub(super) fn new(now: Moment, name: String, attempt: u32, terms: Terms, limits: LinkLimits) -> Self {
        Self {
            name,
            terms,
            attempt,
            state: State::Opening,
            stamp: Moment::default(),
            heard: now,
            echoed: Moment::default(),
            credit: Credit::default(),
            jobs: BTreeMap::new(),
            sender: Sender::new(limits),
            receiver: Receiver::new(limits),
            beat_at: now,
            is_urgent: false,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_attempt(&self, attempt: u32) -> bool {
        self.attempt == attempt
    }

    pub(super) fn is_opening(&self) -> bool {
        self.state == State::Opening
    }

    pub(super) fn is_session(&self, id: SessionId) -> bool {
        self.state == State::Open(id) || self.state == State::Closing(id)
    }

    pub(super) fn has(&self, job: JobId) -> bool {
        self.jobs.contains_key(&job)
    }

    pub(super) fn in_flight(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn into_jobs(self) -> impl Iterator<Item = JobId> {
        self.jobs.into_keys()
    }

    /// Returns how many jobs the node would take now.
    pub(super) fn credit(&self) -> u64 {
        if matches!(self.state, State::Open(_)) { self.credit.unused() } else { 0 }
    }

    pub(super) fn set_excess(&mut self, jobs: u32) {
        self.credit.excess = jobs;
        // With credit left, the next beat is early enough.
        let wants = self.credit.want(self.jobs.len());
        self.is_urgent |= wants > self.credit.asked && self.credit.unused() == 0;
    }

    /// Returns whether the node has stopped its jobs by now, because its lease is over.
    pub(super) fn is_over(&self, now: Moment) -> bool {
        now >= self.heard + self.terms.lost()
    }

    pub(super) fn start(&mut self, job: JobId, spec: &JobSpec, message: Bytes) {
        self.jobs.insert(job, None);
        self.credit.started += 1;
        self.credit.excess = self.credit.excess.saturating_sub(1);
        self.credit.peak = self.credit.peak.max(u32::try_from(self.jobs.len()).unwrap_or(u32::MAX));
        self.sender.push(job.number(), wire::head(&Down::Start(spec.clone())), message);
    }

    pub(super) fn stop(&mut self, job: JobId, deadline: Moment) {
        let Some(stop) = self.jobs.get_mut(&job) else { return };
        if stop.is_none_or(|before| deadline < before) {
            *stop = Some(deadline);
            self.is_urgent = true;
        }
    }

    pub(super) fn more(&mut self, job: JobId, items: u32) {
        self.sender.push(job.number(), wire::head(&Down::More(items)), Bytes::new());
    }

    pub(super) fn supply(&mut self, blob: Blob, bytes: Option<Bytes>) {
        let head = wire::head(&Down::Blob(blob, bytes.is_some()));
        self.sender.push(0, head, bytes.unwrap_or_default());
    }

    /// Ends the session. Returns whether its end has to be waited for.
    pub(super) fn close(&mut self, now: Moment) -> bool {
        match self.state {
            // If the node opens it nevertheless, the answer to its beat ends it.
            State::Opening => return false,
            State::Open(id) => {
                self.state = State::Closing(id);
                self.beat_at = now;
            }
            State::Closing(_) => {}
        }
        true
    }

    /// Takes the answer to an attempt. Returns whether it is one to this session's.
    pub(super) fn opened(&mut self, now: Moment, attempt: u32, id: SessionId, stamp: Moment) -> bool {
        if self.is_opening() && self.is_attempt(attempt) {
            self.state = State::Open(id);
            (self.stamp, self.heard) = (stamp, now);
            self.is_urgent = true;
        }
        self.is_session(id)
    }

    /// Takes a beat. Returns whether it is one of this session.
    pub(super) fn beat(&mut self, now: Moment, beat: &NodeBeat) -> bool {
        if !self.is_session(beat.session) {
            return false;
        }
        // While the session closes, the lease runs out on both sides.
        if matches!(self.state, State::Open(_)) && beat.stamp > self.stamp {
            (self.stamp, self.heard) = (beat.stamp, now);
            // An echo that waited for the next beat would make the lease shorter by a beat.
            self.is_urgent |= self.stamp.since(self.echoed) >= self.terms.beat() / 2;
        }
        self.credit.granted = self.credit.granted.max(beat.granted);
        self.sender.acknowledge(now, beat.acked);
        true
    }

    /// Takes a frame. Returns whether it is one of this session.
    pub(super) fn frame(
        &mut self,
        now: Moment,
        node: PeerId,
        head: &FrameHead,
        payload: Bytes,
        events: &mut VecDeque<Event>,
    ) -> bool {
        if self.state != State::Open(head.session) {
            return self.is_session(head.session);
        }
        self.credit.granted = self.credit.granted.max(head.granted);
        self.sender.acknowledge(now, head.acked);
        let piece = Piece { number: head.number, stream: head.stream, left: head.left, payload };
        let received = match self.receiver.receive(now, piece) {
            Ok(None) => return true,
            Ok(Some((stream, message))) => {
                wire::split_head(&message).ok().map(|(up, body)| (stream, up, body))
            }
            Err(_) => None,
        };
        match received {
            Some((stream, up, body)) => events.extend(self.message(node, JobId::from(stream), up, body)),
            // A node that breaks the rules gets no more jobs. Those that it has are lost when it has stopped.
            None => _ = self.close(now),
        }
        true
    }

    /// Makes an event of a message of the node.
    fn message(&mut self, node: PeerId, job: JobId, up: Up, body: Bytes) -> Option<Event> {
        if let Up::Fetch(blob) = up {
            return Some(Event::Fetch { node, blob });
        }
        if !self.has(job) {
            return None;
        }
        Some(match up {
            Up::Item => Event::Item { job, body },
            Up::Output(stream) => Event::Output { job, stream, body },
            Up::End(ending) => {
                self.jobs.remove(&job);
                Event::Ended { job, ending, body }
            }
            Up::Fetch(_) => return None,
        })
    }

    pub(super) fn tick(&mut self, now: Moment) {
        self.sender.tick(now);
    }

    pub(super) fn next_tick(&self) -> Moment {
        let over = self.heard + self.terms.lost();
        let times = [self.sender.next_tick(), self.receiver.ack_at()];
        times.into_iter().flatten().fold(over.min(self.beat_at), Moment::min)
    }

    pub(super) fn poll_control(&mut self, now: Moment, run: &RunSpec) -> Option<Message> {
        let is_acking = self.receiver.ack_at().is_some_and(|at| now >= at);
        let is_due = now >= self.beat_at;
        if !is_due && !self.is_urgent && !is_acking {
            return None;
        }
        self.is_urgent = false;
        if is_due {
            self.beat_at = now + self.terms.beat();
        }
        Some(match self.state {
            State::Opening => Message::Open { attempt: self.attempt, run: run.clone(), terms: self.terms },
            State::Open(session) => Message::OwnerBeat(self.own_beat(now, session, is_due)),
            State::Closing(session) => {
                self.receiver.acknowledge();
                Message::Close { session }
            }
        })
    }

    fn own_beat(&mut self, now: Moment, session: SessionId, is_due: bool) -> OwnerBeat {
        let in_flight = self.jobs.len();
        if is_due {
            self.credit.release(in_flight);
        }
        self.credit.asked = self.credit.want(in_flight);
        self.echoed = self.stamp;
        let stops = self.jobs.iter().filter_map(|(job, stop)| Some((*job, (*stop)?.since(now)))).collect();
        OwnerBeat {
            session,
            echo: self.stamp,
            want: self.credit.asked,
            released: self.credit.released,
            acked: self.receiver.acknowledge(),
            stops,
        }
    }

    pub(super) fn poll_data(&mut self, now: Moment) -> Option<(Message, Bytes)> {
        let State::Open(session) = self.state else { return None };
        let Piece { number, stream, left, payload } = self.sender.next(now)?;
        let acked = self.receiver.acknowledge();
        let head = FrameHead { session, number, stream, left, acked, granted: 0 };
        Some((Message::Down(head), payload))
    }
}

impl Credit {
    fn unused(&self) -> u64 {
        self.granted.saturating_sub(self.started + self.released)
    }

    /// Returns how much credit the session should have, used by jobs or not: for the jobs that have not ended and
    /// all that could leave now, and for as many as it lately had at a time. So a job that follows another finds
    /// the credit that came with the end of that.
    fn want(&self, in_flight: usize) -> u32 {
        let in_flight = u32::try_from(in_flight).unwrap_or(u32::MAX);
        self.peak.max(self.last_peak).max(in_flight.saturating_add(self.excess))
    }

    /// Gives credit back that is not wanted any more, so that other owners can have it.
    fn release(&mut self, in_flight: usize) {
        self.last_peak = std::mem::take(&mut self.peak);
        if self.last_peak == 0 {
            let wanted = u64::from(self.want(in_flight)).saturating_sub(in_flight as u64);
            self.released += self.unused().saturating_sub(wanted);
        }
    }
}
