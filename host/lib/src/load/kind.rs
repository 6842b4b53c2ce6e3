//! The kind of a component: a command, or something else, which other programs run.

use super::surface::{Surface, unversioned, version};

/// What runs HTTP handlers.
pub(crate) const SERVER: &str = "a server runs it: `host serve`, or `Host::serve`";

/// What calls the functions of a library.
const CALLER: &str = "call its functions: `host call`, or `Host::open`";

/// The most exports that a text names.
const NAMED: usize = 3;

/// What a component is, by its exports.
///
/// # Examples
///
/// ```no_run
/// let host = host::Host::new(&host::Config::default())?;
/// assert_eq!(host.inspect("app.wasm")?.kind, host::AppKind::Command);
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppKind {
    /// A program with a main function, `wasi:cli/run`, which a host runs.
    Command,
    /// A handler of HTTP requests, which a server calls.
    HttpHandler,
    /// Functions for other components or programs.
    #[default]
    Library,
}

impl AppKind {
    /// Returns the kind of the component with this surface.
    pub(crate) fn of(surface: &Surface) -> Self {
        match (surface.run(), surface.handler()) {
            (Some(_), _) => Self::Command,
            (None, Some(_)) => Self::HttpHandler,
            (None, None) => Self::Library,
        }
    }
}

/// Returns what a component is that is not a command, and what runs it. Completes "app.wasm is ".
pub(crate) fn not_a_command(surface: &Surface) -> String {
    if let Some(handler) = surface.handler() {
        return format!("an HTTP handler, not a command: it exports {handler}; {SERVER}");
    }
    // A later line of WASI, or one before 0.2.
    let is_main = |name: &&String| unversioned(name) == "wasi:cli/run";
    if let Some(main) = surface.exports.iter().find(is_main) {
        let version = version(main);
        return format!(
            "a command for WASI {version}, and this host has 0.2 and 0.3; build it for one of them"
        );
    }
    if surface.exports.is_empty() {
        return "not a command: it exports nothing; build a program with a main function, which exports \
                wasi:cli/run"
            .to_owned();
    }
    let names = surface.exports.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match surface.exports.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let is_interface = |name: &String| name.contains([':', '/']);
    let plug = if surface.exports.iter().any(is_interface) {
        ", or plug it into a command that imports what it exports"
    } else {
        ""
    };
    format!("a library, not a command: it exports {names}{more}, and no wasi:cli/run; {CALLER}{plug}")
}

/// Returns what a component is that is not an HTTP handler, and what runs it. Completes "app.wasm is ".
pub(crate) fn not_a_handler(surface: &Surface) -> String {
    match (surface.other_handler(), surface.run()) {
        (Some(handler), _) => {
            let version = version(handler);
            format!(
                "an HTTP handler for WASI {version}, and this host has 0.2 and 0.3; build it for one of them"
            )
        }
        (None, Some(run)) => {
            format!("a command, not an HTTP handler: it exports {run}; run it: `host run`, or `App::start`")
        }
        (None, None) => format!(
            "a library, not an HTTP handler: it exports neither wasi:http/incoming-handler nor \
             wasi:http/handler; {CALLER}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exporting(exports: &[&str]) -> Surface {
        let mut surface = Surface::default();
        surface.exports.extend(exports.iter().map(|&name| name.to_owned()));
        surface
    }

    #[test]
    fn what_is_not_a_command_says_what_it_is_and_what_runs_it() {
        for (exports, kind, says) in [
            (&["wasi:http/incoming-handler@0.2.3"][..], AppKind::HttpHandler, "host serve"),
            (&["wasi:http/handler@0.3.0"], AppKind::HttpHandler, "an HTTP handler, not a command"),
            (
                &["demo:text/stats@0.1.0"],
                AppKind::Library,
                "and no wasi:cli/run; call its functions: `host call`, or `Host::open`, or plug it",
            ),
            (&["add"], AppKind::Library, "and no wasi:cli/run; call its functions: `host call`"),
            (&["a:b/c", "a:b/d", "a:b/e", "a:b/f", "a:b/g"], AppKind::Library, "a:b/e and 2 more"),
            (&["wasi:cli/run@0.4.0"], AppKind::Library, "a command for WASI 0.4.0"),
            (&[], AppKind::Library, "exports nothing"),
        ] {
            let surface = exporting(exports);
            let text = not_a_command(&surface);
            assert!(text.contains(says), "{text}");
            assert_eq!(AppKind::of(&surface), kind);
        }
        for (exports, says) in [
            (
                &["wasi:http/handler@0.4.0"][..],
                "an HTTP handler for WASI 0.4.0, and this host has 0.2 and 0.3",
            ),
            (&["wasi:cli/run@0.2.3"], "a command, not an HTTP handler"),
            (&["add"], "a library, not an HTTP handler"),
        ] {
            let text = not_a_handler(&exporting(exports));
            assert!(text.contains(says), "{text}");
        }
        let both = exporting(&["wasi:http/incoming-handler@0.2.3", "wasi:cli/run@0.2.3"]);
        assert_eq!(AppKind::of(&both), AppKind::Command);
    }
}
