//! The node's end of a session.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use super::event::NodeEvent;
use crate::lease::{Lease, Terms};
use crate::link::{LinkLimits, Piece, Receiver, Sender};
use crate::moment::Moment;
use crate::wire::{
    self, Blob, Down, Ending, FrameHead, JobId, Message, NodeBeat, OutputStream, OwnerBeat, PeerId, RunSpec,
    SessionId, Up, WireError,
};

#[derive(Debug)]
pub(super) struct Session {
    owner: PeerId,
    run: u32,
    attempt: u32,
    terms: Terms,
    state: State,
    lease: Lease,
    /// The stamp that was sent last. An owner cannot have received a later one.
    stamped: Moment,
    credit: Credit,
    /// The jobs that run. Those that have to stop have a deadline.
    jobs: BTreeMap<JobId, Option<Moment>>,
    /// The stops that came before their jobs, by another lane.
    early: BTreeMap<JobId, Moment>,
    sender: Sender,
    receiver: Receiver,
    /// Whether the attempt has to be answered.
    owes_answer: bool,
    /// Whether the owner knows of the session. The answer and frames come by different lanes, and a frame that came
    /// before the answer would be one of no session.
    is_known: bool,
    beat_at: Moment,
    limits: LinkLimits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The host prepares for the run.
    Preparing,
    /// Jobs may start.
    Ready,
    /// The jobs have to end.
    Killed,
}

/// The credit of a session.
#[derive(Debug, Default)]
struct Credit {
    /// How much credit the owner would like to have. It gets none before its first beat, which shows that it knows
    /// of the session.
    want: u64,
    granted: u64,
    /// What the owner knows of it.
    told: u64,
    released: u64,
    arrived: u64,
    ended: u64,
}

/// The rules were broken by the owner.
#[derive(Debug)]
pub(super) struct Broken;

impl From<WireError> for Broken {
    fn from(_: WireError) -> Self {
        Self
    }
}

impl Session {
    pub(super) fn new(
        now: Moment,
        owner: PeerId,
        run: u32,
        attempt: u32,
        terms: Terms,
        limits: LinkLimits,
    ) -> Self {
        Self {
            owner,
            run,
            attempt,
            terms,
            state: State::Preparing,
            lease: Lease::until(now + terms.fence()),
            stamped: now,
            credit: Credit::default(),
            jobs: BTreeMap::new(),
            early: BTreeMap::new(),
            sender: Sender::new(limits),
            receiver: Receiver::new(limits),
            owes_answer: true,
            is_known: false,
            beat_at: now + terms.beat(),
            limits,
        }
    }

    pub(super) fn owner(&self) -> PeerId {
        self.owner
    }

    pub(super) fn lease(&self) -> &Lease {
        &self.lease
    }

    pub(super) fn is_of(&self, owner: PeerId, run: &RunSpec, attempt: u32) -> bool {
        (self.owner, self.run, self.attempt) == (owner, run.number, attempt)
    }

    pub(super) fn refusal(&self, reason: String) -> (PeerId, Message) {
        (self.owner, Message::Refused { run: self.run, attempt: self.attempt, reason })
    }

    pub(super) fn running(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn backlog(&self) -> usize {
        self.sender.backlog()
    }

    /// Returns how many slots the session has.
    pub(super) fn slots(&self) -> u64 {
        if self.state == State::Killed { self.jobs.len() as u64 } else { self.credit.outstanding() }
    }

    /// Returns whether the session has no job, and nothing to send.
    pub(super) fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.sender.backlog() == 0 && self.credit.unused() == 0
    }

    pub(super) fn is_over(&self, now: Moment) -> bool {
        self.state != State::Killed && self.lease.is_over(now)
    }

    /// Returns whether the session was killed and has no more jobs.
    pub(super) fn is_gone(&self) -> bool {
        self.state == State::Killed && self.jobs.is_empty()
    }

    pub(super) fn answer(&mut self) {
        self.owes_answer = self.state != State::Killed;
    }

    pub(super) fn ready(&mut self) {
        if self.state == State::Preparing {
            self.state = State::Ready;
        }
    }

    /// Ends the session. Returns whether it had not ended before.
    pub(super) fn kill(&mut self) -> bool {
        let is_first = self.state != State::Killed;
        self.state = State::Killed;
        self.lease.cancel();
        self.sender = Sender::new(self.limits);
        is_first
    }

    /// Gives the session credit for one more job, if it wants it and its owner takes what it gets.
    pub(super) fn grant(&mut self) -> bool {
        let is_slow = self.sender.backlog() >= self.limits.window;
        let grants = self.state == State::Ready && self.credit.outstanding() < self.credit.want && !is_slow;
        self.credit.granted += u64::from(grants);
        grants
    }

    pub(super) fn fetch(&mut self, blob: Blob) {
        self.send(0, &Up::Fetch(blob), Bytes::new());
    }

    pub(super) fn item(&mut self, job: JobId, item: Bytes) {
        self.send(job.number(), &Up::Item, item);
    }

    pub(super) fn output(&mut self, job: JobId, stream: OutputStream, bytes: Bytes) {
        self.send(job.number(), &Up::Output(stream), bytes);
    }

    pub(super) fn ended(&mut self, job: JobId, ending: Ending, body: Bytes) {
        if self.jobs.remove(&job).is_some() {
            self.credit.ended += 1;
            self.send(job.number(), &Up::End(ending), body);
        }
    }

    fn send(&mut self, stream: u64, up: &Up, body: Bytes) {
        if self.state != State::Killed {
            self.sender.push(stream, wire::head(up), body);
        }
    }

    /// Takes a beat of the owner.
    pub(super) fn beat(&mut self, now: Moment, beat: &OwnerBeat, events: &mut VecDeque<NodeEvent>) {
        if self.state == State::Killed {
            return;
        }
        self.is_known = true;
        // The lease lasts from the time at which this node sent the stamp, not from the time at which it comes
        // back: the owner counts from between the two.
        self.lease.extend(beat.echo.min(self.stamped) + self.terms.fence());
        self.credit.want = beat.want.into();
        // An owner gives back only what it has not used.
        let released = beat.released.min(self.credit.granted - self.credit.arrived);
        self.credit.released = self.credit.released.max(released);
        self.sender.acknowledge(now, beat.acked);
        self.early.clear();
        for &(job, grace) in &beat.stops {
            self.stop(now, beat.session, job, grace, events);
        }
    }

    fn stop(
        &mut self,
        now: Moment,
        session: SessionId,
        job: JobId,
        grace: Duration,
        events: &mut VecDeque<NodeEvent>,
    ) {
        let deadline = now + grace;
        match self.jobs.get_mut(&job) {
            Some(stop) if stop.is_none_or(|before| deadline < before) => {
                *stop = Some(deadline);
                events.push_back(NodeEvent::Stop { session, job, deadline });
            }
            Some(_) => {}
            // It has ended, or has not arrived.
            None => _ = self.early.insert(job, deadline),
        }
    }

    /// Takes a frame of the owner.
    pub(super) fn frame(
        &mut self,
        now: Moment,
        head: &FrameHead,
        payload: Bytes,
        events: &mut VecDeque<NodeEvent>,
    ) -> Result<(), Broken> {
        if self.state == State::Killed {
            return Ok(());
        }
        self.sender.acknowledge(now, head.acked);
        let piece = Piece { number: head.number, stream: head.stream, left: head.left, payload };
        let Some((stream, message)) = self.receiver.receive(now, piece).map_err(|_| Broken)? else {
            return Ok(());
        };
        let (down, body) = wire::split_head(&message)?;
        let (session, job) = (head.session, JobId::from(stream));
        match down {
            Down::Start(spec) => {
                if self.credit.unused() == 0 || self.state != State::Ready || self.jobs.contains_key(&job) {
                    return Err(Broken);
                }
                self.credit.arrived += 1;
                self.jobs.insert(job, None);
                if self.early.remove(&job).is_some() {
                    self.ended(job, Ending::Stopped, Bytes::new());
                } else {
                    events.push_back(NodeEvent::Start { session, job, spec, message: body });
                }
            }
            Down::More(items) if self.jobs.contains_key(&job) => {
                events.push_back(NodeEvent::More { session, job, items });
            }
            Down::More(_) => {}
            Down::Blob(blob, is_there) => {
                events.push_back(NodeEvent::Supplied { session, blob, bytes: is_there.then_some(body) });
            }
        }
        Ok(())
    }

    pub(super) fn tick(&mut self, now: Moment) {
        self.sender.tick(now);
    }

    /// A session that was killed waits only for its host.
    pub(super) fn next_tick(&self) -> Option<Moment> {
        let times = [self.sender.next_tick(), self.receiver.ack_at()];
        let end = self.lease.end().min(self.beat_at);
        (self.state != State::Killed).then(|| times.into_iter().flatten().fold(end, Moment::min))
    }

    pub(super) fn poll_control(&mut self, now: Moment, session: SessionId) -> Option<Message> {
        if self.state == State::Killed {
            return None;
        }
        if self.owes_answer {
            self.owes_answer = false;
            let stamp = self.stamp(now);
            return Some(Message::Opened { run: self.run, attempt: self.attempt, session, stamp });
        }
        let is_acking = self.receiver.ack_at().is_some_and(|at| now >= at);
        if now < self.beat_at && !is_acking && self.credit.told == self.credit.granted {
            return None;
        }
        self.beat_at = now + self.terms.beat();
        let (stamp, acked) = (self.stamp(now), self.receiver.acknowledge());
        Some(Message::NodeBeat(NodeBeat { session, stamp, granted: self.told(), acked }))
    }

    pub(super) fn poll_data(&mut self, now: Moment, session: SessionId) -> Option<(Message, Bytes)> {
        if self.state == State::Killed || !self.is_known {
            return None;
        }
        let Piece { number, stream, left, payload } = self.sender.next(now)?;
        let (acked, granted) = (self.receiver.acknowledge(), self.told());
        Some((Message::Up(FrameHead { session, number, stream, left, acked, granted }), payload))
    }

    /// Stamps a message.
    fn stamp(&mut self, now: Moment) -> Moment {
        self.stamped = now;
        now
    }

    /// Returns the credit, in a message that tells the owner.
    fn told(&mut self) -> u64 {
        self.credit.told = self.credit.granted;
        self.credit.granted
    }
}

impl Credit {
    /// Returns how many slots the credit takes: that of jobs that run, and that of those that may still arrive.
    fn outstanding(&self) -> u64 {
        self.granted - self.released - self.ended
    }

    fn unused(&self) -> u64 {
        self.granted - self.released - self.arrived
    }
}
