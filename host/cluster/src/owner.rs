//! The owner of a run: hands jobs over to nodes, and delivers exactly one end of each.
//!
//! It has a session with each node that gives it credit. A job belongs to the session in which it was handed
//! over, until the node sends its end, the session is over, or its lease is. An end that arrives after that is
//! dropped with the session.
//!
//! This is a state machine without threads, sockets or clocks. Its caller passes messages and moments in, sends
//! what [`poll_control`](Owner::poll_control) and
//! [`poll_data`](Owner::poll_data) return, and acts on the [events](Event).

mod event;
mod session;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use crate::lease::Terms;
use crate::link::LinkLimits;
use crate::moment::Moment;
use crate::wire::{Blob, JobId, JobSpec, Message, PeerId, Presence, RunSpec, To};
pub use event::Event;
use session::Session;

/// The owner's end of all sessions of one run. Dropping it drops its sessions; their nodes notice by the lease.
#[derive(Debug)]
pub struct Owner {
    run: RunSpec,
    terms: Terms,
    limits: LinkLimits,
    /// How many jobs could be handed over now.
    excess: u32,
    /// How many sessions were opened, and jobs handed over.
    attempts: u32,
    jobs: u64,
    nodes: BTreeMap<PeerId, Known>,
    sessions: BTreeMap<PeerId, Session>,
    events: VecDeque<Event>,
    /// When to ask for the nodes that are there; `None` unless a first job waits for one.
    hello_at: Option<Moment>,
    is_closing: bool,
}

/// A node that has told its presence.
#[derive(Debug)]
struct Known {
    name: String,
    seen: Moment,
    /// Whether it takes jobs of this run.
    is_willing: bool,
}

impl Owner {
    /// Creates the owner of this run, without a session.
    pub fn new(run: RunSpec, terms: Terms, limits: LinkLimits) -> Self {
        Self {
            run,
            terms,
            limits,
            excess: 0,
            attempts: 0,
            jobs: 0,
            nodes: BTreeMap::new(),
            sessions: BTreeMap::new(),
            events: VecDeque::new(),
            hello_at: None,
            is_closing: false,
        }
    }

    /// Sets how many jobs could be handed over now. Nodes are asked for credit for these, and for as many jobs as
    /// they lately ran at a time.
    pub fn set_excess(&mut self, now: Moment, jobs: u32) {
        if self.excess == 0 && jobs > 0 && self.sessions.is_empty() {
            self.hello_at.get_or_insert(now);
        }
        self.excess = jobs;
        if jobs == 0 {
            self.hello_at = None;
        }
        self.open_sessions(now);
        self.sessions.values_mut().for_each(|session| session.set_excess(jobs));
    }

    /// Returns how many jobs can be handed over now.
    pub fn credit(&self) -> u64 {
        self.sessions.values().map(Session::credit).fold(0, u64::saturating_add)
    }

    /// Returns the number of the next job, if there is credit for it.
    pub fn next_job(&self) -> Option<JobId> {
        (self.credit() > 0).then(|| JobId::from(self.jobs + 1))
    }

    /// Hands a job over to the node that has given most credit. Returns its number, or `None` if there is no
    /// credit.
    pub fn hand_over(&mut self, spec: &JobSpec, message: Bytes) -> Option<JobId> {
        let session = self.sessions.values_mut().max_by_key(|session| session.credit())?;
        if session.credit() == 0 {
            return None;
        }
        self.jobs += 1;
        let job = JobId::from(self.jobs);
        self.excess = self.excess.saturating_sub(1);
        session.start(job, spec, message);
        Some(job)
    }

    /// Asks for the end of a job, which has this long to stop by itself. Does nothing if it has ended.
    pub fn stop(&mut self, now: Moment, job: JobId, grace: Duration) {
        if let Some(session) = self.session_of(job) {
            session.stop(job, now + grace);
        }
    }

    /// Tells a job that its parent has taken this many more of its items. Does nothing if it has ended.
    pub fn more(&mut self, job: JobId, items: u32) {
        if let Some(session) = self.session_of(job) {
            session.more(job, items);
        }
    }

    /// Answers [`Event::Fetch`]. `None` means that there are no such bytes.
    pub fn supply(&mut self, node: PeerId, blob: Blob, bytes: Option<Bytes>) {
        if let Some(session) = self.sessions.get_mut(&node) {
            session.supply(blob, bytes);
        }
    }

    /// Ends all sessions. Jobs that have not ended are killed, and are lost when their node says that they are
    /// gone.
    pub fn close(&mut self, now: Moment) {
        self.is_closing = true;
        self.hello_at = None;
        self.sessions.retain(|_, session| session.close(now));
    }

    /// Returns whether nothing is left of a run that was [closed](Self::close), here or on any node that can be
    /// reached.
    pub fn is_closed(&self) -> bool {
        self.is_closing && self.sessions.is_empty()
    }

    /// Returns how many jobs have been handed over and have not ended.
    pub fn in_flight(&self) -> usize {
        self.sessions.values().map(Session::in_flight).sum()
    }

    /// Takes a message of a node. Returns whether it belongs to this run; if it belongs to none, the caller sends
    /// [`reply_to_stray`].
    pub fn receive(&mut self, now: Moment, from: PeerId, message: &Message, payload: Bytes) -> bool {
        // A lease that is over is over before this message arrives, even if the process was stopped until now.
        self.tick(now);
        let had_credit = self.credit() > 0;
        let is_own = self.accept(now, from, message, payload);
        if !had_credit && self.credit() > 0 {
            self.events.push_back(Event::Credit);
        }
        is_own
    }

    fn accept(&mut self, now: Moment, from: PeerId, message: &Message, payload: Bytes) -> bool {
        if let Message::Presence(presence) = message {
            self.note_presence(now, from, presence);
            return true;
        }
        let run = self.run.number;
        let Some(session) = self.sessions.get_mut(&from) else { return false };
        match message {
            Message::Opened { run: of, attempt, session: id, stamp } => {
                *of == run && session.opened(now, *attempt, *id, *stamp)
            }
            Message::Refused { run: of, attempt, reason } if *of == run && session.is_attempt(*attempt) => {
                let node = self.end_session(from);
                if let Some(known) = self.nodes.get_mut(&from) {
                    known.is_willing = false;
                }
                if !self.is_closing {
                    self.events.push_back(Event::Refused { node, reason: reason.clone() });
                }
                true
            }
            Message::NodeBeat(beat) => session.beat(now, beat),
            Message::Up(head) => session.frame(now, from, head, payload, &mut self.events),
            Message::Closed { session: id } if session.is_session(*id) => {
                self.leave(from, "the node ended the session");
                true
            }
            _ => false,
        }
    }

    /// Makes the transitions of time.
    pub fn tick(&mut self, now: Moment) {
        let is_over = |session: &Session| session.is_over(now);
        let over: Vec<_> =
            self.sessions.iter().filter(|(_, session)| is_over(session)).map(|(id, _)| *id).collect();
        for node in over {
            self.leave(node, "nothing was heard of it for too long");
        }
        self.sessions.values_mut().for_each(|session| session.tick(now));
        self.nodes.retain(|_, known| now.since(known.seen) < self.terms.lost());
    }

    /// Returns the next moment at which [`tick`](Self::tick) or [`poll_control`](Self::poll_control) has something
    /// to do.
    pub fn next_tick(&self) -> Option<Moment> {
        self.sessions.values().map(Session::next_tick).chain(self.hello_at).min()
    }

    /// Returns the next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Returns the next message for the control lane, if one has to be sent now.
    pub fn poll_control(&mut self, now: Moment) -> Option<(To, Message)> {
        if self.hello_at.is_some_and(|at| now >= at) {
            self.hello_at = None;
            return Some((To::All, Message::Hello));
        }
        let run = &self.run;
        let mut sessions = self.sessions.iter_mut();
        sessions.find_map(|(node, session)| Some((To::Control(*node), session.poll_control(now, run)?)))
    }

    /// Returns the next frame for the data lane, if one may be sent now.
    pub fn poll_data(&mut self, now: Moment) -> Option<(To, Message, Bytes)> {
        self.sessions.iter_mut().find_map(|(node, session)| {
            let (message, payload) = session.poll_data(now)?;
            Some((To::Data(*node), message, payload))
        })
    }

    fn note_presence(&mut self, now: Moment, from: PeerId, presence: &Presence) {
        if presence.is_leaving {
            self.nodes.remove(&from);
            return;
        }
        let known = self.nodes.entry(from).or_insert_with(|| Known {
            name: presence.name.clone(),
            seen: now,
            is_willing: true,
        });
        known.seen = now;
        self.open_sessions(now);
    }

    /// Opens a session with each known node that has none, if there are jobs for it.
    fn open_sessions(&mut self, now: Moment) {
        if self.is_closing || self.excess == 0 {
            return;
        }
        for (node, known) in self.nodes.iter().filter(|(_, known)| known.is_willing) {
            self.sessions.entry(*node).or_insert_with(|| {
                self.attempts += 1;
                let mut session =
                    Session::new(now, known.name.clone(), self.attempts, self.terms, self.limits);
                session.set_excess(self.excess);
                session
            });
        }
    }

    fn session_of(&mut self, job: JobId) -> Option<&mut Session> {
        self.sessions.values_mut().find(|session| session.has(job))
    }

    /// Ends the session with a node that says that it is over, or that has stopped its jobs by now.
    fn leave(&mut self, from: PeerId, reason: &'static str) {
        // Presence from before would only open a session that gets no answer.
        self.nodes.remove(&from);
        let was_opening = self.sessions.get(&from).is_some_and(Session::is_opening);
        let node = self.end_session(from);
        if !self.is_closing && !was_opening {
            self.events.push_back(Event::Left { node, reason });
        }
    }

    /// Drops the session with a node. All its jobs are lost. Returns the name of the node.
    fn end_session(&mut self, from: PeerId) -> String {
        let Some(session) = self.sessions.remove(&from) else { return String::new() };
        let node = session.name().to_owned();
        let lost = |job| Event::Lost { job, node: node.clone() };
        self.events.extend(session.into_jobs().map(lost));
        node
    }
}

/// Returns the answer to a message that belongs to no session of any [`Owner`] of this process: the node has a
/// session that was forgotten here, or never known, and ends it.
///
/// ```
/// use cluster::reply_to_stray;
/// use cluster::wire::{Message, SessionId};
///
/// let opened = Message::Opened {
///     run: 0,
///     attempt: 1,
///     session: SessionId::from(4),
///     stamp: Default::default(),
/// };
/// assert_eq!(reply_to_stray(&opened), Some(Message::Close { session: SessionId::from(4) }));
/// assert_eq!(reply_to_stray(&Message::Hello), None);
/// ```
pub fn reply_to_stray(message: &Message) -> Option<Message> {
    let session = match message {
        Message::Opened { session, .. } => *session,
        Message::NodeBeat(beat) => beat.session,
        Message::Up(head) => head.session,
        _ => return None,
    };
    Some(Message::Close { session })
}

#[cfg(test)]
mod tests;
