//! Generates completions for shells, and manual pages, from the definition of the flags.

use std::io;

use clap_complete::{Generator, shells};
use clap_mangen::Man;

use crate::flags::{self, Shell};

/// Returns the script that completes command lines in this shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    match shell {
        Shell::Bash => script(shells::Bash),
        Shell::Zsh => script(shells::Zsh),
        Shell::Fish => script(shells::Fish),
    }
}

fn script(shell: impl Generator) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut flags::command(), "host", &mut text);
    text
}

/// Returns the manual page of this command, as `man` reads it.
pub(crate) fn manual(command: clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command).source(concat!("host ", env!("CARGO_PKG_VERSION"))).render(&mut page)?;
    Ok(page)
}
