//! The host of an owner in the model: it has a queue of jobs, and records what becomes of each.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use cluster::wire::{Ending, JobId, JobSpec, RunSpec};
use cluster::{Event, Moment, Owner};

use super::world::{limits, terms};

/// What every node fetches.
pub(crate) const PROGRAM: &[u8] = b"a component that is longer than a frame";

/// How often a lost job that may run again does.
const MAX_RERUNS: u32 = 2;

/// A host process that owns a run.
#[derive(Debug)]
pub(crate) struct OwnerHost {
    pub(crate) owner: Owner,
    queue: VecDeque<Task>,
    submitted: u32,
    pub(crate) jobs: BTreeMap<JobId, Record>,
}

/// What a parent has asked for.
#[derive(Clone, Debug)]
struct Task {
    message: Bytes,
    /// How often it may run again if it is lost.
    reruns: u32,
}

/// What has become of a job that was handed over.
#[derive(Debug)]
pub(crate) struct Record {
    task: Task,
    /// Whether it has begun on a node.
    has_begun: bool,
    items: u8,
    /// By when a job that was stopped has to end.
    end_by: Option<Moment>,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Ended,
    Lost,
}

impl OwnerHost {
    pub(crate) fn new() -> Self {
        let run = RunSpec { number: 7, program: [0; 32], signature: None, manifest: Vec::new() };
        let owner = Owner::new(run, terms(), limits());
        Self { owner, queue: VecDeque::new(), submitted: 0, jobs: BTreeMap::new() }
    }

    /// Submits a job.
    pub(crate) fn submit(&mut self, now: Moment, rerun: bool) {
        self.submitted += 1;
        // Some are longer than the window.
        let message =
            Bytes::from(vec![u8::try_from(self.submitted % 256).unwrap(); self.submitted as usize * 13 % 90]);
        self.queue.push_back(Task { message, reruns: if rerun { MAX_RERUNS } else { 0 } });
        self.tell_excess(now);
    }

    /// Stops a job that was handed over, and may have ended.
    pub(crate) fn stop(&mut self, now: Moment, job: JobId, grace: Duration) {
        let record = self.jobs.get_mut(&job).unwrap();
        // The node may die just before the job would have ended.
        let by = now + grace + terms().lost() + 2 * terms().beat();
        record.end_by = Some(record.end_by.map_or(by, |before| before.min(by)));
        self.owner.stop(now, job, grace);
    }

    /// Drops the jobs that were not handed over.
    pub(crate) fn forget_queue(&mut self, now: Moment) {
        self.queue.clear();
        self.tell_excess(now);
    }

    /// Acts on all events, and hands jobs over. Returns how many jobs were lost.
    pub(crate) fn act(&mut self, now: Moment) -> usize {
        let mut lost = 0;
        loop {
            while let Some(event) = self.owner.poll_event() {
                match event {
                    Event::Ended { job, ending, body } => self.end(job, ending, &body),
                    Event::Lost { job, .. } => {
                        lost += 1;
                        self.lose(now, job);
                    }
                    Event::Item { job, body } => {
                        let record = self.jobs.get_mut(&job).unwrap();
                        record.items += 1;
                        assert_eq!(*body, [record.items], "items arrive in order");
                        assert_eq!(record.end, None, "an item of {job} arrives after its end");
                    }
                    Event::Fetch { node, blob } => {
                        self.owner.supply(node, blob, Some(Bytes::from_static(PROGRAM)));
                    }
                    Event::Refused { reason, .. } => assert_eq!(reason, "it is leaving"),
                    Event::Credit | Event::Left { .. } | Event::Output { .. } => {}
                }
            }
            if !self.hand_over(now) {
                return lost;
            }
        }
    }

    /// Hands a job over, if there are one and credit for it.
    fn hand_over(&mut self, now: Moment) -> bool {
        if self.owner.credit() == 0 {
            return false;
        }
        let Some(task) = self.queue.pop_front() else { return false };
        let job = self.owner.hand_over(&JobSpec::default(), task.message.clone()).expect("there is credit");
        let record = Record { task, has_begun: false, items: 0, end_by: None, end: None };
        assert!(self.jobs.insert(job, record).is_none(), "{job} is the number of two jobs");
        self.tell_excess(now);
        true
    }

    fn end(&mut self, job: JobId, ending: Ending, body: &Bytes) {
        let record = self.jobs.get_mut(&job).unwrap();
        assert_eq!(record.end, None, "{job} ends twice");
        match ending {
            Ending::Returned => assert_eq!(*body, record.task.message, "the result is that of {job}"),
            Ending::Failed => panic!("no job fails"),
            Ending::Stopped => assert!(record.end_by.is_some(), "{job} was not stopped"),
        }
        record.end = Some(End::Ended);
    }

    fn lose(&mut self, now: Moment, job: JobId) {
        let record = self.jobs.get_mut(&job).unwrap();
        assert_eq!(record.end, None, "{job} ends twice");
        record.end = Some(End::Lost);
        if record.task.reruns > 0 && record.end_by.is_none() {
            let mut task = record.task.clone();
            task.reruns -= 1;
            self.queue.push_back(task);
            self.tell_excess(now);
        }
    }

    fn tell_excess(&mut self, now: Moment) {
        self.owner.set_excess(now, u32::try_from(self.queue.len()).unwrap());
    }

    /// Notes that a job begins on a node.
    pub(crate) fn begins(&mut self, job: JobId) {
        let record = self.jobs.get_mut(&job).unwrap();
        assert!(!record.has_begun, "{job} runs twice");
        record.has_begun = true;
        self.has_effect(job);
    }

    /// Notes an effect of a job.
    pub(crate) fn has_effect(&self, job: JobId) {
        assert_eq!(self.jobs[&job].end, None, "{job} has an effect after its end");
    }

    /// Checks that all jobs that were stopped have ended in time.
    pub(crate) fn check_stops(&self, now: Moment) {
        for (job, Record { end_by, end, .. }) in &self.jobs {
            let is_late = end.is_none() && end_by.is_some_and(|by| now > by);
            assert!(!is_late, "{job} had to end by {end_by:?}, and now is {now:?}");
        }
    }

    /// Returns whether all jobs that were handed over have ended.
    pub(crate) fn all_ended(&self) -> bool {
        self.jobs.values().all(|record| record.end.is_some())
    }
}
