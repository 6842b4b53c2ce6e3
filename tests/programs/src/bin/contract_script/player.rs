//! Plays a script: each byte is a step, and the bytes after it are the arguments of the step.

use std::hint::black_box;

use wasi::clocks::monotonic_clock::subscribe_duration;
use wasi::io::poll::{Pollable, poll};

use crate::PLAYS;
use crate::bindings::parallel::futures::jobs::{self, Limit, Options};
use crate::bindings::parallel::futures::types::{
    Call, Excess, Failure, Panic, Place, Refusal, Trap, TrapCode,
};
use crate::ledger::{Ledger, violation};

/// How a script ends if it does not end its instance.
pub(crate) enum End {
    Returns(Result<Vec<u8>, Failure>),
    /// With this result, and another job in this instance.
    Next(Vec<u8>),
}

pub(crate) struct Player<'s> {
    rest: std::slice::Iter<'s, u8>,
    is_job: bool,
    ledger: Ledger,
    pollables: Vec<Pollable>,
    shares: Vec<u64>,
    /// How many items were sent.
    sent: u32,
    kept: Vec<Vec<u8>>,
}

/// A millisecond, in nanoseconds.
const MS: u64 = 1_000_000;

impl<'s> Player<'s> {
    pub(crate) fn of_main(script: &'s [u8]) -> Self {
        Self {
            rest: script.iter(),
            is_job: false,
            ledger: Ledger::default(),
            pollables: Vec::new(),
            shares: Vec::new(),
            sent: 0,
            kept: Vec::new(),
        }
    }

    pub(crate) fn of_a_job(script: &'s [u8]) -> Self {
        Self { is_job: true, ..Self::of_main(script) }
    }

    pub(crate) fn play(mut self) -> End {
        while let Some(step) = self.rest.next().copied() {
            if let Some(end) = self.step(step) {
                return end;
            }
        }
        End::Returns(Ok(Vec::new()))
    }

    /// Returns the next byte, or 0 past the end.
    fn byte(&mut self) -> u8 {
        self.rest.next().copied().unwrap_or_default()
    }

    /// Returns a length of any magnitude, mostly a small one.
    fn length(&mut self) -> usize {
        let byte = self.byte();
        usize::from(byte % 16) << (byte / 16)
    }

    /// Plays one step. Steps that end the instance are rare, so that scripts run for a while.
    fn step(&mut self, step: u8) -> Option<End> {
        match step {
            0..=39 => self.start(step % 8),
            40..=59 => self.take(),
            60..=69 => self.send(),
            70..=79 => {
                let (number, count) = (self.number(), self.byte().into());
                jobs::more(number, count);
                self.ledger.let_go(number, count);
            }
            80..=89 => {
                let number = self.number();
                jobs::cancel(number);
                self.ledger.cancelled(number);
            }
            90..=119 => self.share(step % 5),
            120..=179 => self.wait(step % 8),
            180..=209 => self.ask(step % 6),
            210..=219 => (0..u32::from(self.byte()) * 2_000).for_each(|n| _ = black_box(n)),
            220..=224 => {
                let length = self.length() * 16;
                self.kept.push(vec![1; length]);
            }
            225..=229 => print!("{}", "x".repeat(self.length())),
            230..=234 => println!(),
            235..=239 => return Some(End::Next(vec![1; self.length()])),
            240..=242 => return Some(End::Returns(Ok(vec![1; self.length()]))),
            243 => return Some(End::Returns(Err(self.failure()))),
            244..=246 => self.panicking(),
            247 => std::process::abort(),
            248 => panic!("no luck"),
            249 => std::process::exit(self.byte().into()),
            250 => loop {
                black_box(());
            },
            251 => drop(black_box(deep(0))),
            252 => jobs::subscribe().block(),
            253 => drop(poll(&[])),
            254 => drop(jobs::next(&[])),
            255 => self.wait_for_all(),
        }
        None
    }

    /// Returns the number of a job of this instance, or a number that no job has.
    fn number(&mut self) -> u32 {
        let index = self.byte();
        self.ledger.number(index)
    }

    /// Starts jobs with the next piece of this script, and skips that piece.
    fn start(&mut self, how: u8) {
        let details = self.byte();
        let length = usize::from(self.byte()).min(self.rest.len());
        let (script, rest) = self.rest.as_slice().split_at(length);
        self.rest = rest.iter();
        let window = [0, 1, 3, u32::MAX][usize::from(details & 3)];
        let options = Options {
            timeout: [None, None, Some(0), Some(MS)][usize::from(details >> 2 & 3)],
            memory: [None, None, Some(2 << 20), Some(0)][usize::from(details >> 4 & 3)],
            fresh: details & 0x40 != 0,
            window,
            name: (details & 0x80 != 0).then(|| format!("\u{1b}[31m{}\n", "ä".repeat(length))),
        };
        // Few entries are wrong.
        let entry = if how == 7 { u32::MAX } else { PLAYS };
        for _ in 0..[1, 1, 1, 1, 2, 3, 40, 1][usize::from(how)] {
            // No item of a completed job may be attributed to a later job with the same number.
            let number = jobs::start(entry, script, &options);
            self.ledger.started(number, window);
        }
    }

    /// Takes completions and then items, which is the order that the contract requires.
    fn take(&mut self) {
        let completions = jobs::completed();
        // The ledger forgets a job at its completion, so it checks the items first.
        let items = jobs::items();
        self.ledger.came(&items);
        self.ledger.completed(&completions);
    }

    fn send(&mut self) {
        let mut item = self.sent.to_le_bytes().to_vec();
        let length = 4 + self.length();
        item.resize(length, length as u8);
        match jobs::send(&item) {
            Ok(true) if !self.is_job => violation!("main sends"),
            Ok(is_sent) => self.sent += u32::from(is_sent),
            Err(
                Failure::BadMessage(_) | Failure::MessageTooLarge(_) | Failure::Refused(Refusal::Stopping),
            ) => {}
            Err(failure) => violation!("to send is {failure:?}"),
        }
    }

    fn share(&mut self, how: u8) {
        let index = usize::from(self.byte());
        let known = self.shares.get(index).copied();
        let id = known.unwrap_or(index as u64);
        match how {
            0 => {
                let length = self.length();
                match jobs::share(&vec![length as u8; length]) {
                    Ok(id) => self.shares.push(id),
                    Err(Failure::OutOfMemory(_) | Failure::MessageTooLarge(_)) => {}
                    Err(failure) => violation!("to share is {failure:?}"),
                }
            }
            1 => {
                jobs::unshare(id);
                self.shares.retain(|&known| known != id);
            }
            2 if known.is_some() && !jobs::is_shared(id) => violation!("what is shared is not"),
            _ => match jobs::shared(id) {
                Some(bytes) if bytes.iter().any(|&byte| byte != bytes.len() as u8) => {
                    violation!("{} shared bytes are others", bytes.len());
                }
                None if known.is_some() => violation!("what is shared is not there"),
                _ => {}
            },
        }
    }

    fn wait(&mut self, how: u8) {
        match how {
            0 | 1 => self.pollables.push(jobs::subscribe()),
            2 => {
                let number = self.number();
                self.pollables.push(jobs::subscribe_to(number));
            }
            3 => {
                self.pollables.pop();
            }
            4 => {
                let _ = self.pollables.last().map(Pollable::ready);
            }
            5 => subscribe_duration(u64::from(self.byte()) * MS / 64).block(),
            _ => {
                // The timer limits the wait.
                let timer = subscribe_duration(2 * MS);
                let all: Vec<_> = self.pollables.iter().chain([&timer]).collect();
                if poll(&all).is_empty() {
                    violation!("nothing is ready, and the wait has ended");
                }
            }
        }
        self.pollables.truncate(50);
    }

    fn ask(&mut self, what: u8) {
        match what {
            0 => drop(jobs::stopping()),
            1 => drop(jobs::may_send()),
            2 if jobs::cores() == 0 => violation!("there are no cores"),
            3 => drop(jobs::is_observed()),
            4 => drop(jobs::check_message(1 << self.byte().min(63))),
            5 => drop(jobs::setting(Limit::JobTimeout)),
            _ => {}
        }
    }

    fn panicking(&mut self) {
        let text = "p".repeat(self.length());
        let place = Some(Place { file: "\u{7}".to_owned(), line: u32::MAX, column: 0 });
        let through = vec![Call { job: text.clone(), place: place.clone() }; usize::from(self.byte() % 4)];
        jobs::panicking(&Panic { message: text.clone(), place, through, backtrace: text });
    }

    /// Returns a failure that a job may report about itself, whether the contract allows it or not.
    fn failure(&mut self) -> Failure {
        let text = "f".repeat(self.length());
        match self.byte() % 8 {
            0 => {
                let (message, backtrace) = (text.clone(), text);
                Failure::Panicked(Panic { message, place: None, through: Vec::new(), backtrace })
            }
            1 => {
                let code = TrapCode::BrokenContract;
                Failure::Trapped(Trap { code, message: text.clone(), backtrace: text })
            }
            2 => Failure::Cancelled,
            3 => Failure::TimedOut(u64::MAX),
            4 => Failure::OutOfMemory(Excess { limit: 0, used: u64::MAX, setting: text }),
            5 => Failure::BadMessage(text),
            6 => Failure::Refused(Refusal::NoInstance(text)),
            _ => Failure::Exited(7),
        }
    }

    /// Waits until every job in flight has completed.
    fn wait_for_all(&mut self) {
        let arrivals = jobs::subscribe();
        while self.ledger.len() > 0 && !jobs::stopping() {
            arrivals.block();
            self.take();
        }
    }
}

fn deep(n: u64) -> u64 {
    if black_box(n) == u64::MAX { 0 } else { deep(n + 1) + black_box(n) }
}
