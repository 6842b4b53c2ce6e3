//! `host completions` and `host man`: which of them to print.
//!
//! The doc comments of [`Completions`] and [`Man`] are the texts of their `--help`.

use clap::error::ErrorKind;
use clap::{Args, ValueEnum};

/// A shell that completes command lines.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  host completions bash > ~/.local/share/bash-completion/completions/host
  host completions zsh > ~/.zfunc/_host        with fpath+=~/.zfunc before compinit in ~/.zshrc
  host completions fish > ~/.config/fish/completions/host.fish";

/// Print completions for a shell
#[derive(Debug, Args)]
pub(crate) struct Completions {
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

pub(super) const PAGES: &str = "\
Examples:
  host man > ~/.local/share/man/man1/host.1
  host man run | man -l -";

/// Print the manual page of this command, or of one of its commands
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Such as run [default: the page of host itself]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

impl Man {
    /// Returns the command whose page is requested: `host` or one of its commands.
    pub(super) fn resolve(self, mut host: clap::Command) -> Result<clap::Command, clap::Error> {
        // This gives each of its commands its full name.
        host.build();
        let Some(name) = self.command else { return Ok(host) };
        match host.find_subcommand(&name).cloned() {
            Some(command) => Ok(command),
            None => Err(host.error(ErrorKind::InvalidSubcommand, format!("there is no command {name:?}"))),
        }
    }
}
