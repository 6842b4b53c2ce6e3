//! Running other programs: paths, working directory, and how they are shown in messages.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Returns the root of the workspace.
///
/// It is determined at run time, because two checkouts may share a target folder and so this program.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let package = env::var_os("CARGO_MANIFEST_DIR");
        let package = package.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        package.parent().expect("xtask is a folder of the workspace").to_owned()
    });
    &ROOT
}

/// Returns cargo's target folder, whatever its name: two levels above this program's own file.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let exe = env::current_exe().context("cannot tell where this program is")?;
    let dir = exe.parent().and_then(Path::parent).context("this program was not run by cargo")?;
    Ok(dir.to_owned())
}

/// Returns the path of the host binary that `cargo build --release -p parallel-host-cli` builds.
pub(crate) fn host() -> Result<PathBuf> {
    Ok(target_dir()?.join("release").join("host").with_extension(env::consts::EXE_EXTENSION))
}

/// Returns a command that runs in the root of the workspace.
pub(crate) fn program(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(args).current_dir(root());
    command
}

/// Returns a command of the cargo that runs this program.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = program(&env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), args);
    // Removes the variables that cargo set for this program. They would make cargo rebuild a crate below the
    // host, which depends on them.
    let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        command.env_remove(name);
    }
    command
}

/// The time between two lines of a log about a command that is still running.
const REMINDER: Duration = Duration::from_secs(30);

/// Prints the command and runs it.
///
/// # Errors
///
/// Fails if the command fails.
///
/// On a terminal cargo draws a progress bar. In a log it names each crate that it begins to compile, and prints
/// nothing while a crate of the engine compiles for minutes. So a line every half minute shows that the command
/// is still running.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    eprintln!("$ {shown}");
    let child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let period = if io::stderr().is_terminal() { Duration::MAX } else { REMINDER };
    let status = wait(child, period, |wall| eprintln!("... running for {} s", wall.as_secs()))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Waits for a process, and calls `remind` after each period with the time since the start.
fn wait(mut child: Child, period: Duration, remind: impl Fn(Duration)) -> Result<ExitStatus> {
    let start = Instant::now();
    let (sender, ended) = channel();
    thread::spawn(move || sender.send(child.wait()));
    loop {
        match ended.recv_timeout(period) {
            Ok(status) => return Ok(status?),
            Err(RecvTimeoutError::Timeout) => remind(start.elapsed()),
            Err(RecvTimeoutError::Disconnected) => bail!("the thread that waits for a process has ended"),
        }
    }
}

/// Returns whether the command succeeds. Discards its output.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Formats the command as typed in a shell, but without quotes.
fn show(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_has_the_workspace() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }

    /// The process ends when its stdin is closed, which the second reminder does.
    #[test]
    fn who_waits_is_reminded() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let stdin = std::cell::RefCell::new(vec![child.stdin.take(), None]);
        let status = wait(child, Duration::from_millis(1), |_| drop(stdin.borrow_mut().pop())).unwrap();
        assert!(status.success());
        assert_eq!(stdin.borrow().len(), 0);
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = run(&mut program("false", &["--flag"])).unwrap_err().to_string();
        assert!(error.starts_with("`false --flag` failed"), "{error}");
    }
}
