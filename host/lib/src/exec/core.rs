//! One core, as its guests see it: the state it shares with other cores, and the runs that it has guests of.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::headroom::Headroom;
use super::local::{Kept, Local};
use super::running::Running;
use super::shared::Shared;
use crate::imports::jobs::JobsCtx;
use crate::job::call::Job;
use crate::job::shortage::{Trims, trim};
use crate::store::core_state::CoreState;
use crate::store::state::State;

/// One core. It stays on its thread.
pub(super) struct Core {
    pub(super) id: usize,
    pub(super) shared: Arc<Shared>,
    /// The state through which the core and its guests communicate.
    pub(super) state: Arc<CoreState>,
    /// The runs that had a guest on this core and have not ended.
    locals: RefCell<Vec<Rc<Local>>>,
    /// The number of ended runs when the core last looked for them.
    ended: Cell<u64>,
    /// Tracks when the core last gave free memory back to the system.
    trims: RefCell<Trims>,
    /// Whether there are more cores than CPUs.
    pub(super) shares_its_cpu: bool,
}

impl Core {
    pub(super) fn new(id: usize, shared: Arc<Shared>) -> Rc<Self> {
        let cores = shared.scheduler.cores();
        let shares_its_cpu = shared.cpus.are_shared_by(cores);
        Rc::new(Self {
            id,
            shared,
            shares_its_cpu,
            state: Arc::default(),
            locals: RefCell::default(),
            ended: Cell::new(0),
            trims: RefCell::new(Trims::new()),
        })
    }

    /// Creates the state of a new instance of this run on this core.
    pub(super) fn store_data(&self, local: &Local) -> State {
        let tree = Arc::clone(local.running.root.tree());
        let jobs = JobsCtx::new(tree, Arc::clone(&self.shared.scheduler), self.id);
        let Running { template, app, .. } = &*local.running;
        State::new(template.grant(), jobs, Arc::clone(&self.state), app.stack)
    }

    /// Returns the local record of the run of a claimed job. Returns `None` only if the host gives up.
    pub(super) fn local(&self, job: &Job) -> Option<Rc<Local>> {
        let run = job.tree().id;
        let mut locals = self.locals.borrow_mut();
        if let Some(local) = locals.iter().find(|local| local.is_of(run)) {
            return Some(Rc::clone(local));
        }
        let running = self.shared.runs().running.get(&run).map(Arc::clone)?;
        let local = Rc::new(Local::new(running));
        locals.push(Rc::clone(&local));
        Some(local)
    }

    pub(super) fn headroom(&self) -> &Arc<Headroom> {
        &self.shared.headroom
    }

    /// Drops the warm instances to make room for a job: those of this core at once, those of each other core
    /// before it sleeps.
    pub(super) fn make_room(&self) {
        self.drop_warm();
        self.shared.scheduler.wake_all();
    }

    fn drop_warm(&self) {
        self.locals.borrow().iter().for_each(|local| local.drop_warm());
    }

    /// Keeps an instance warm for the next job of its run. The number of warm instances of all runs is
    /// limited. None is kept while a job waits for room.
    pub(super) fn keep(&self, local: &Local, kept: Kept) {
        if self.headroom().is_wanted() {
            return;
        }
        local.keep(kept);
        let locals = self.locals.borrow();
        let warm = locals.iter().map(|local| local.warm()).sum::<usize>();
        if warm > self.shared.max_warm
            && let Some(most) = locals.iter().max_by_key(|local| local.warm())
        {
            most.drop_oldest();
        }
    }

    /// Drops the local records of runs that have ended. Returns whether any run may have ended.
    pub(super) fn clear_away(&self) -> bool {
        if self.headroom().is_wanted() {
            self.drop_warm();
        }
        let ended = self.shared.ended.load(Ordering::SeqCst);
        if ended == self.ended.replace(ended) {
            return false;
        }
        self.locals.borrow_mut().retain(|local| !local.running.is_over());
        true
    }

    /// Gives free memory back to the system, if a run is short of it and has freed some.
    pub(super) fn trim(&self) {
        if self.trims.borrow_mut().is_due() {
            trim();
        }
    }

    /// Drops the local records of all runs.
    pub(super) fn leave_all(&self) {
        self.locals.borrow_mut().clear();
    }
}
