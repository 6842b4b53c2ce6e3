//! Fuzz targets of the host, and the soak test. `watch` and `run` check what must hold under both.

mod soak;
mod contract;
mod http;
mod component;
mod commands;
mod run;
mod watch;
mod texts;
mod guests;

// The command line of the host, which is part of a binary. Its files are linked, because with a `path`
// attribute the compiler would look for its modules here.
#[expect(dead_code, unused_imports, reason = "the command reads more of what it parses")]
#[cfg_attr(doc, expect(rustdoc::bare_urls, reason = "they are texts of `--help`"))]
mod flags;
mod inspection;
mod hint;
mod exit;

use fuzz::Entry;

pub use soak::{Figures, Options, soak};

/// The targets.
pub static TARGETS: [Entry; 4] = [
    Entry::new::<commands::Commands>("commands"),
    Entry::new::<component::Components>("component"),
    Entry::new::<contract::Contract>("contract"),
    Entry::new::<http::Http>("http"),
];
