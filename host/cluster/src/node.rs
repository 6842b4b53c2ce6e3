//! A node: gives owners credit for its free slots, and runs the jobs that they hand over.
//!
//! A slot belongs to the session that has the credit for it, from the moment at which the credit is given until
//! the job has ended or the owner has given the credit back. So the node never has more jobs than slots, even if
//! all owners hand jobs over at once.
//!
//! A session that is over, because its owner ended it or because its lease is over, is killed: its jobs have to
//! end at once. It keeps their slots until they have.
//!
//! This is a state machine like [`Owner`](crate::Owner).

mod event;
mod session;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::time::Duration;

use bytes::Bytes;

use crate::lease::Terms;
use crate::link::LinkLimits;
use crate::moment::Moment;
use crate::trust::Trust;
use crate::wire::{Blob, Ending, JobId, Message, OutputStream, PeerId, Presence, RunSpec, SessionId, To};
pub use event::NodeEvent;
use session::{Broken, Session};

/// A node with its sessions. Dropping it drops its sessions; their owners notice by the lease.
#[derive(Debug)]
pub struct Node {
    about: NodeConfig,
    sessions: BTreeMap<SessionId, Session>,
    opened: u64,
    /// The session that was given credit last. Sessions take turns.
    last: SessionId,
    /// Answers to messages of no session.
    replies: VecDeque<(PeerId, Message)>,
    presence_at: Moment,
    is_leaving: bool,
    events: VecDeque<NodeEvent>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The name for people.
    pub name: String,
    /// The version of the host.
    pub host: String,
    /// How many jobs the node runs at a time.
    pub slots: u32,
    /// The programs that it runs.
    pub trust: Trust,
    /// How often the node tells its presence.
    pub presence: Duration,
    /// The limits of the links.
    pub limits: LinkLimits,
}

impl Node {
    /// Creates a node without sessions.
    pub fn new(about: NodeConfig) -> Self {
        Self {
            about,
            sessions: BTreeMap::new(),
            opened: 0,
            last: SessionId::from(0),
            replies: VecDeque::new(),
            presence_at: Moment::default(),
            is_leaving: false,
            events: VecDeque::new(),
        }
    }

    /// Starts to give credit for jobs of this session. Does nothing if it is over.
    pub fn ready(&mut self, session: SessionId) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.ready();
            self.grant();
        }
    }

    /// Ends a session for which the node is not [ready](Self::ready), for this reason.
    pub fn refuse(&mut self, session: SessionId, reason: String) {
        if let Some(refused) = self.sessions.get(&session) {
            self.replies.push_back(refused.refusal(reason));
            self.kill(session);
        }
    }

    /// Asks the owner of a session for bytes.
    pub fn fetch(&mut self, session: SessionId, blob: Blob) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.fetch(blob);
        }
    }

    /// Sends an item of a job. It is dropped if the session is over, like all that follow.
    pub fn item(&mut self, session: SessionId, job: JobId, item: Bytes) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.item(job, item);
        }
    }

    /// Sends output of a job.
    pub fn output(&mut self, session: SessionId, job: JobId, stream: OutputStream, bytes: Bytes) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.output(job, stream, bytes);
        }
    }

    /// Ends a job: everything of it is gone, and its slot is free. The owner gets its result or failure.
    pub fn ended(&mut self, session: SessionId, job: JobId, ending: Ending, body: Bytes) {
        if let Some(of) = self.sessions.get_mut(&session) {
            of.ended(job, ending, body);
            self.finish(session);
            self.grant();
        }
    }

    /// Gives no more credit, so that the node can leave when its jobs have ended.
    pub fn leave(&mut self) {
        self.is_leaving = true;
        self.presence_at = Moment::default();
    }

    /// Kills all sessions, and opens no more.
    pub fn shut_down(&mut self) {
        self.leave();
        let sessions: Vec<_> = self.sessions.keys().copied().collect();
        sessions.into_iter().for_each(|session| self.kill(session));
    }

    /// Returns whether the node is [leaving](Self::leave), and no job or message of it is left.
    pub fn has_left(&self) -> bool {
        self.is_leaving && self.sessions.values().all(Session::is_idle)
    }

    /// Returns how many jobs run.
    pub fn running(&self) -> usize {
        self.sessions.values().map(Session::running).sum()
    }

    /// Returns how many slots no session has.
    pub fn free(&self) -> u64 {
        let taken = self.sessions.values().map(Session::slots).sum();
        u64::from(self.about.slots).saturating_sub(taken)
    }

    /// Returns the number of bytes that a session has to send, or has sent without an acknowledgement. A host
    /// holds up writers of output while there are many.
    pub fn backlog(&self, session: SessionId) -> usize {
        self.sessions.get(&session).map_or(0, Session::backlog)
    }

    /// Returns whether the node has no session.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Takes a message of an owner, or of another node, which is ignored.
    pub fn receive(&mut self, now: Moment, from: PeerId, message: &Message, payload: Bytes) {
        // A lease that is over is over before this message arrives, even if the process was stopped until now.
        self.tick(now);
        match message {
            Message::Hello => self.presence_at = now,
            Message::Open { attempt, run, terms } => self.open(now, from, *attempt, run, *terms),
            Message::OwnerBeat(beat) => self.accept(now, from, beat.session, message, payload),
            Message::Down(head) => self.accept(now, from, head.session, message, payload),
            Message::Close { session } => self.accept(now, from, *session, message, payload),
            _ => {}
        }
        self.grant();
    }

    /// Takes a message of this session.
    fn accept(&mut self, now: Moment, from: PeerId, id: SessionId, message: &Message, payload: Bytes) {
        let session = self.sessions.get_mut(&id).filter(|session| session.owner() == from);
        let Some(session) = session else {
            self.replies.push_back((from, Message::Closed { session: id }));
            return;
        };
        let accepted = match message {
            Message::OwnerBeat(beat) => {
                session.beat(now, beat, &mut self.events);
                Ok(())
            }
            Message::Down(head) => session.frame(now, head, payload, &mut self.events),
            _ => Err(Broken),
        };
        // Either the owner ends the session, or it breaks its rules.
        if accepted.is_err() {
            self.kill(id);
        }
    }

    /// Makes the transitions of time.
    pub fn tick(&mut self, now: Moment) {
        let over: Vec<_> =
            self.sessions.iter().filter(|(_, session)| session.is_over(now)).map(|(id, _)| *id).collect();
        for session in over {
            self.kill(session);
        }
        self.sessions.values_mut().for_each(|session| session.tick(now));
    }

    /// Returns the next moment at which [`tick`](Self::tick) or [`poll_control`](Self::poll_control) has something
    /// to do.
    pub fn next_tick(&self) -> Moment {
        self.sessions.values().filter_map(Session::next_tick).fold(self.presence_at, Moment::min)
    }

    /// Returns the next event.
    pub fn poll_event(&mut self) -> Option<NodeEvent> {
        self.events.pop_front()
    }

    /// Returns the next message for the control lane, if one has to be sent now.
    pub fn poll_control(&mut self, now: Moment) -> Option<(To, Message)> {
        if let Some((to, message)) = self.replies.pop_front() {
            return Some((To::Control(to), message));
        }
        if now >= self.presence_at {
            self.presence_at = now + self.about.presence;
            return Some((To::All, Message::Presence(self.presence())));
        }
        let mut sessions = self.sessions.iter_mut();
        sessions
            .find_map(|(id, session)| Some((To::Control(session.owner()), session.poll_control(now, *id)?)))
    }

    /// Returns the next frame for the data lane, if one may be sent now.
    pub fn poll_data(&mut self, now: Moment) -> Option<(To, Message, Bytes)> {
        self.sessions.iter_mut().find_map(|(id, session)| {
            let (message, payload) = session.poll_data(now, *id)?;
            Some((To::Data(session.owner()), message, payload))
        })
    }

    fn presence(&self) -> Presence {
        let NodeConfig { name, host, slots, .. } = &self.about;
        Presence {
            name: name.clone(),
            slots: *slots,
            free: u32::try_from(self.free()).unwrap_or(u32::MAX),
            host: host.clone(),
            is_leaving: self.is_leaving,
        }
    }

    /// Opens a session, or repeats the answer to this attempt.
    fn open(&mut self, now: Moment, from: PeerId, attempt: u32, run: &RunSpec, terms: Terms) {
        if let Some(session) = self.sessions.values_mut().find(|session| session.is_of(from, run, attempt)) {
            session.answer();
            return;
        }
        if let Some(reason) = self.refuses(run, terms) {
            self.replies.push_back((from, Message::Refused { run: run.number, attempt, reason }));
            return;
        }
        self.opened += 1;
        let id = SessionId::from(self.opened);
        let session = Session::new(now, from, run.number, attempt, terms, self.about.limits);
        let (owner, run, lease) = (from, run.clone(), session.lease().clone());
        self.events.push_back(NodeEvent::Prepare { session: id, owner, run, lease });
        self.sessions.insert(id, session);
    }

    /// Returns why the node opens no session for this run, if so.
    fn refuses(&self, run: &RunSpec, terms: Terms) -> Option<String> {
        if self.is_leaving {
            return Some("it is leaving".to_owned());
        }
        if !terms.hold() {
            return Some("the terms of the lease are wrong".to_owned());
        }
        self.about
            .trust
            .check(&run.program, run.signature.as_ref())
            .err()
            .map(|distrust| distrust.to_string())
    }

    /// Gives the free slots to the sessions that want credit, which take turns.
    fn grant(&mut self) {
        if self.is_leaving {
            return;
        }
        let mut free = self.free();
        while free > 0 {
            let after = (Bound::Excluded(self.last), Bound::Unbounded);
            let wants = |(id, session): (&SessionId, &mut Session)| session.grant().then_some(*id);
            let next = self.sessions.range_mut(after).find_map(wants);
            let Some(next) = next.or_else(|| self.sessions.iter_mut().find_map(wants)) else { return };
            self.last = next;
            free -= 1;
        }
    }

    /// Ends a session: its jobs have to end at once.
    fn kill(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id)
            && session.kill()
        {
            self.events.push_back(NodeEvent::Kill { session: id });
        }
        self.finish(id);
    }

    /// Forgets a session that was killed and has no more jobs.
    fn finish(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(&id) else { return };
        if session.is_gone() {
            self.replies.push_back((session.owner(), Message::Closed { session: id }));
            self.events.push_back(NodeEvent::Over { session: id });
            self.sessions.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests;
