//! The output of a run, and checks on it.

/// The output of a run. Each check panics with the complete output.
#[derive(Debug)]
pub struct Output {
    /// The command line of the host.
    pub name: String,
    /// The stdout of the app.
    pub stdout: Vec<u8>,
    /// The stderr of the app and the host.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
}

impl Output {
    /// Checks the exit code.
    #[track_caller]
    pub fn exit(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.report());
        self
    }

    /// Checks that the app printed exactly this.
    #[track_caller]
    pub fn stdout(&self, expected: &str) -> &Self {
        assert!(
            self.stdout == expected.as_bytes(),
            "{}\n--- expected\n{}",
            self.report(),
            abridged(expected)
        );
        self
    }

    /// Checks that the app's output contains this.
    #[track_caller]
    pub fn stdout_has(&self, expected: &str) -> &Self {
        assert!(self.text().contains(expected), "no {expected:?} in stdout of {}", self.report());
        self
    }

    /// Checks that stderr contains this.
    #[track_caller]
    pub fn stderr_has(&self, expected: &str) -> &Self {
        assert!(self.stderr.contains(expected), "no {expected:?} in stderr of {}", self.report());
        self
    }

    /// Checks that stderr is exactly this.
    #[track_caller]
    pub fn stderr(&self, expected: &str) -> &Self {
        assert!(self.stderr == expected, "{}\n--- expected\n{expected}", self.report());
        self
    }

    /// Checks that stderr is one line, and not a panic.
    #[track_caller]
    pub fn stderr_is_one_line(&self) -> &Self {
        let is_one = self.stderr.ends_with('\n') && self.stderr.lines().count() == 1;
        assert!(is_one && !self.stderr.contains("panicked at"), "{}", self.report());
        self
    }

    /// Returns the stdout of the app as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    fn report(&self) -> String {
        let Self { name, stderr, code, .. } = self;
        format!("{name}: exit code {code}\n--- stdout\n{}--- stderr\n{stderr}", abridged(&self.text()))
    }
}

/// Returns the beginning of a text.
pub(crate) fn abridged(text: &str) -> String {
    const LIMIT: usize = 4_000;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}... ({} bytes)\n", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
