//! A component between an app and its host, which forwards a limited number of jobs.
//!
//! ```text
//! $ host run essay.wasm --plug budget.wasm --env BUDGET=10
//! ```
//!
//! It imports and exports `parallel:futures/jobs`, so it is transparent to both sides. A job above the
//! budget is refused, with a failure that its parent can catch.
//!
//! Each instance of the app has its own instance of this component, so the budget applies to each instance
//! separately: to `main`, and to each instance that runs jobs. Only the host can limit the total
//! (`--max-jobs`).

use std::cell::RefCell;
use std::collections::HashSet;
use std::env;

use bindings::exports::parallel::futures::jobs as to_app;
use bindings::parallel::futures::jobs as of_host;
use bindings::parallel::futures::types::{Failure, Panic, Refusal};
use bindings::wasi::io::poll::Pollable;

#[expect(unsafe_code, reason = "exporting functions to a component generates unsafe code")]
mod bindings {
    wit_bindgen::generate!({
        inline: "package demo:budget; world budget {
            import parallel:futures/jobs@0.1.0;
            export parallel:futures/jobs@0.1.0;
        }",
        path: "../../wit",
        world: "demo:budget/budget",
        generate_all,
    });

    use super::Budget;
    export!(Budget);
}

/// The budget of an instance if the variable `BUDGET` is not set.
const JOBS: u32 = 100;

/// The remaining budget of this instance, and the refused jobs.
struct Account {
    budget: u32,
    left: u32,
    /// Jobs of the host that represent refused ones.
    refused: HashSet<u32>,
}

thread_local! {
    static ACCOUNT: RefCell<Account> = RefCell::new(Account::new());
}

impl Account {
    fn new() -> Self {
        let budget = env::var("BUDGET").ok().and_then(|jobs| jobs.parse().ok()).unwrap_or(JOBS);
        Self { budget, left: budget, refused: HashSet::new() }
    }

    /// Starts this job, or one that represents it.
    ///
    /// A refused job has a number and a completion too, and its completion makes the pollable of all jobs
    /// ready. Only the host can do that, so the component starts a job that is bound to fail: one without
    /// memory, which has no instance and runs no code of the app.
    fn start(&mut self, entry: u32, message: &[u8], options: of_host::Options) -> Option<u32> {
        if let Some(left) = self.left.checked_sub(1) {
            let job = of_host::start(entry, message, &options)?;
            self.left = left;
            return Some(job);
        }
        let nothing = of_host::Options { timeout: None, memory: Some(0), fresh: true, window: 0, name: None };
        let job = of_host::start(entry, &[], &nothing)?;
        self.refused.insert(job);
        Some(job)
    }

    fn refusal(&self) -> Failure {
        let why = format!("the budget of {} jobs is used up (BUDGET)", self.budget);
        Failure::Refused(Refusal::NoInstance(why))
    }

    fn outcome(&mut self, completion: of_host::Completion) -> to_app::Completion {
        let of_host::Completion { job, outcome } = completion;
        let outcome = if self.refused.remove(&job) { Err(self.refusal()) } else { outcome };
        to_app::Completion { job, outcome }
    }
}

fn account<R>(with: impl FnOnce(&mut Account) -> R) -> R {
    ACCOUNT.with_borrow_mut(with)
}

struct Budget;

impl to_app::Guest for Budget {
    fn start(entry: u32, message: Vec<u8>, options: to_app::Options) -> Option<u32> {
        let to_app::Options { timeout, memory, fresh, window, name } = options;
        let options = of_host::Options { timeout, memory, fresh, window, name };
        account(|account| account.start(entry, &message, options))
    }

    fn cancel(job: u32) {
        // The number may be reused.
        account(|account| account.refused.remove(&job));
        of_host::cancel(job);
    }

    fn completed() -> Vec<to_app::Completion> {
        let completed = of_host::completed();
        account(|account| completed.into_iter().map(|completion| account.outcome(completion)).collect())
    }

    // The remaining functions forward their calls.

    fn cores() -> u32 {
        of_host::cores()
    }

    fn is_observed() -> bool {
        of_host::is_observed()
    }

    fn setting(limit: to_app::Limit) -> String {
        of_host::setting(match limit {
            to_app::Limit::JobTimeout => of_host::Limit::JobTimeout,
            to_app::Limit::JobCalls => of_host::Limit::JobCalls,
            to_app::Limit::Depth => of_host::Limit::Depth,
        })
    }

    fn check_message(bytes: u64) -> Result<(), Failure> {
        of_host::check_message(bytes)
    }

    fn next(result: Vec<u8>) -> Option<(u32, Vec<u8>)> {
        of_host::next(&result)
    }

    fn subscribe() -> Pollable {
        of_host::subscribe()
    }

    fn subscribe_to(job: u32) -> Pollable {
        of_host::subscribe_to(job)
    }

    fn stopping() -> bool {
        of_host::stopping()
    }

    fn send(item: Vec<u8>) -> Result<bool, Failure> {
        of_host::send(&item)
    }

    fn may_send() -> bool {
        of_host::may_send()
    }

    fn items() -> Vec<to_app::Item> {
        of_host::items().into_iter().map(|of_host::Item { job, bytes }| to_app::Item { job, bytes }).collect()
    }

    fn more(job: u32, count: u32) {
        of_host::more(job, count);
    }

    fn share(bytes: Vec<u8>) -> Result<u64, Failure> {
        of_host::share(&bytes)
    }

    fn unshare(id: u64) {
        of_host::unshare(id);
    }

    fn shared(id: u64) -> Option<Vec<u8>> {
        of_host::shared(id)
    }

    fn is_shared(id: u64) -> bool {
        of_host::is_shared(id)
    }

    fn panicking(panic: Panic) {
        of_host::panicking(&panic);
    }
}
