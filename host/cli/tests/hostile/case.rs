//! The cases of the table: what is run, with which limits, and what must happen.

use std::path::Path;
use std::time::Duration;

use host::DirGrant;

use crate::harness::{self, Outcome, Setting};
use crate::wat::{self, Wat};

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its number in the table.
    pub(crate) number: u32,
    /// What goes wrong.
    pub(crate) name: &'static str,
    pub(crate) runs: &'static [Run],
}

/// One run of a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    app: App,
    change: fn(&mut Setting),
    cores: &'static [usize],
    stdout: Stdout,
    stderr: &'static str,
    code: i32,
    resident: u64,
    cpu: Duration,
}

#[derive(Debug, Clone, Copy)]
enum App {
    /// A case of the program `hostile`, by its name there.
    Guest(&'static str),
    /// A case of another test program, by its name there.
    Program(&'static str, &'static str),
    Wat(Wat),
}

/// The expected outcome. In each of these texts, two dots match anything.
#[derive(Debug, Clone, Copy)]
enum Stdout {
    /// The failure of the offending job; its siblings and a later job succeed.
    Offender(&'static str),
    Whole(&'static str),
}

/// Creates a run of the guest `hostile`, on two cores, with the default limits.
pub(crate) const fn guest(name: &'static str) -> Run {
    Run::of(App::Guest(name))
}

/// Creates a run of another program.
pub(crate) const fn program(program: &'static str, name: &'static str) -> Run {
    Run::of(App::Program(program, name))
}

/// Creates a run of a component that no compiler generates.
pub(crate) const fn component(wat: Wat) -> Run {
    Run::of(App::Wat(wat))
}

impl Run {
    const fn of(app: App) -> Self {
        let (stdout, cpu) = (Stdout::Whole(""), Duration::MAX);
        Self { app, change: |_| {}, cores: &[2], stdout, stderr: "", code: 0, resident: u64::MAX, cpu }
    }

    pub(crate) const fn with(mut self, change: fn(&mut Setting)) -> Self {
        self.change = change;
        self
    }

    pub(crate) const fn on(mut self, cores: &'static [usize]) -> Self {
        self.cores = cores;
        self
    }

    /// Expects this first line of stdout, and then success of the siblings and the canary.
    pub(crate) const fn says(mut self, failure: &'static str) -> Self {
        self.stdout = Stdout::Offender(failure);
        self
    }

    /// Expects this stdout.
    pub(crate) const fn prints(mut self, stdout: &'static str) -> Self {
        self.stdout = Stdout::Whole(stdout);
        self
    }

    /// Expects the run to fail with this code and a message that contains this text.
    pub(crate) const fn fails(mut self, code: i32, says: &'static str) -> Self {
        self.code = code;
        self.stderr = says;
        self
    }

    /// Expects the host to grow by at most this many MiB.
    pub(crate) const fn within(mut self, mebibytes: u64) -> Self {
        self.resident = mebibytes;
        self
    }

    /// Expects the run to use at most this much CPU time.
    pub(crate) const fn idle_but(mut self, cpu: Duration) -> Self {
        self.cpu = cpu;
        self
    }

    /// Runs the case on each number of cores. Returns the deviations from the expected outcome.
    pub(crate) fn check(&self) -> Vec<String> {
        self.cores.iter().filter_map(|&cores| self.check_on(cores).err()).collect()
    }

    fn check_on(&self, cores: usize) -> Result<(), String> {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let outcome = harness::run(&self.setting(cores, scratch.path()));
        let wrong = self.wrong(&outcome);
        if wrong.is_empty() {
            return Ok(());
        }
        let (name, wrong) = (self.name(), wrong.join(", "));
        Err(format!("{name} on {cores} cores: {wrong} is wrong; expected {self:#?}, found {outcome:#?}"))
    }

    fn name(&self) -> String {
        match self.app {
            App::Guest(name) => format!("`hostile {name}`"),
            App::Program(program, name) => format!("`{program} {name}`"),
            App::Wat(wat) => format!("the component {wat:?}"),
        }
    }

    fn setting(&self, cores: usize, scratch: &Path) -> Setting {
        let mut setting = match self.app {
            App::Guest(name) => {
                let mut setting = Setting::of(crate::guest::guest("hostile"), cores);
                setting.run.args = vec![name.to_owned()];
                setting.run.grants.dirs = vec![DirGrant::read_write(scratch, "/")];
                setting
            }
            App::Program(program, name) => {
                let mut setting = Setting::of(crate::guest::guest(program), cores);
                setting.run.args = vec![name.to_owned()];
                setting
            }
            App::Wat(wat) => Setting::of(wat::assembled(&wat), cores),
        };
        (self.change)(&mut setting);
        setting
    }

    fn wrong(&self, outcome: &Outcome) -> Vec<&'static str> {
        let stdout = match self.stdout {
            Stdout::Offender(failure) => {
                matches(&format!("{failure}\nsiblings right\ncanary right\n"), &outcome.stdout)
            }
            Stdout::Whole(text) => matches(text, &outcome.stdout),
        };
        let checks = [
            ("stdout", stdout),
            ("stderr", outcome.stderr.contains(self.stderr)),
            // The host caught the panic, and blames a job.
            ("a panic of the host itself", outcome.panics == 0),
            ("the exit code", outcome.code == Some(self.code)),
            ("what is left of it", outcome.left.is_empty()),
            ("its memory", outcome.resident <= self.resident),
            ("its CPU time", outcome.cpu <= self.cpu),
        ];
        checks.into_iter().filter(|(_, is_right)| !is_right).map(|(what, _)| what).collect()
    }
}

/// Returns whether a text matches the pattern, in which two dots match anything.
fn matches(pattern: &str, text: &str) -> bool {
    let (first, rest) = pattern.split_once("..").unwrap_or((pattern, ""));
    if first.len() == pattern.len() {
        return pattern == text;
    }
    let Some(text) = text.strip_prefix(first) else { return false };
    text.char_indices().map(|(at, _)| &text[at..]).chain([""]).any(|text| matches(rest, text))
}

#[test]
fn two_dots_stand_for_anything() {
    assert!(matches("a..c", "abc") && matches("a..c", "ac") && matches("a..c", "acbc") && matches("..", ""));
    assert!(!matches("a..c", "abcd") && !matches("a..", "ba") && !matches("abc", "ab"));
}
