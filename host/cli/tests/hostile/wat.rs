//! Components that no compiler generates: `template.wat`, with some of its placeholders replaced.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use host::DirGrant;

use crate::guest::guest;
use crate::harness::{self, Setting};

/// A component with a violation.
#[derive(Debug, Clone, Copy, Hash)]
pub(crate) struct Wat {
    job: &'static str,
    realloc: &'static str,
    fields: &'static str,
    pages: &'static str,
    memory: &'static str,
}

/// Creates a component whose job has this body.
pub(crate) const fn job(body: &'static str) -> Wat {
    Wat { job: body, realloc: "", fields: "", pages: "16", memory: "8388608" }
}

impl Wat {
    /// Adds fields to the core module.
    pub(crate) const fn fields(mut self, fields: &'static str) -> Self {
        self.fields = fields;
        self
    }

    /// Sets the body of `realloc`, which allocates the message of the job.
    pub(crate) const fn realloc(mut self, body: &'static str) -> Self {
        self.realloc = body;
        self
    }

    /// Sets the initial number of pages of the memory, of 64 KiB each.
    pub(crate) const fn pages(mut self, pages: &'static str) -> Self {
        self.pages = pages;
        self
    }

    /// Sets the memory limit of the job in bytes, instead of 8 MiB.
    pub(crate) const fn memory(mut self, bytes: &'static str) -> Self {
        self.memory = bytes;
        self
    }

    fn text(&self) -> String {
        let replace = |text: String, place: &str, with: &str| {
            assert_eq!(text.matches(place).count(), 1, "{place} is in the text once");
            text.replace(place, with)
        };
        let text = include_str!("template.wat").to_owned();
        let text = replace(text, "16 (;pages;)", self.pages);
        let text = replace(text, "8388608 (;memory;)", self.memory);
        let text = replace(text, "(;fields;)", self.fields);
        let text = replace(text, "(;job;)", self.job);
        replace(text, "(;realloc;)", self.realloc)
    }
}

/// Returns the file of a component.
///
/// A guest assembles it from the text: `assemble` of tests/programs.
pub(crate) fn assembled(wat: &Wat) -> PathBuf {
    let text = wat.text();
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let directory = harness::temporary().join("hostile").join(format!("{:016x}", hasher.finish()));
    let component = directory.join("component.wasm");
    if !component.exists() {
        fs::create_dir_all(&directory).expect("a directory can be made");
        fs::write(directory.join("component.wat"), text).expect("a file can be written");
        assemble(&directory);
    }
    component
}

fn assemble(directory: &Path) {
    let mut setting = Setting::of(guest("assemble"), 1);
    setting.run.grants.dirs = vec![DirGrant::read_write(directory, "/")];
    let outcome = harness::run(&setting);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}
