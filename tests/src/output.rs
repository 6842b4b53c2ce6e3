//! What came out of a run, and how to check it.

/// What came out of a run. Each check panics with all there is to know.
#[derive(Debug)]
pub struct Output {
    /// The arguments of the host.
    pub name: String,
    /// What the app printed.
    pub stdout: Vec<u8>,
    /// What the app and the host printed beside it.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
}

impl Output {
    /// The exit code is this one.
    #[track_caller]
    pub fn exit(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.report());
        self
    }

    /// The app printed this and nothing else.
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

    /// The app printed this, among other things.
    #[track_caller]
    pub fn stdout_has(&self, expected: &str) -> &Self {
        assert!(self.text().contains(expected), "no {expected:?} in stdout of {}", self.report());
        self
    }

    /// Stderr has this, among other things.
    #[track_caller]
    pub fn stderr_has(&self, expected: &str) -> &Self {
        assert!(self.stderr.contains(expected), "no {expected:?} in stderr of {}", self.report());
        self
    }

    /// Stderr is this, and nothing else.
    #[track_caller]
    pub fn stderr(&self, expected: &str) -> &Self {
        assert!(self.stderr == expected, "{}\n--- expected\n{expected}", self.report());
        self
    }

    /// The host said one line of its own, which is no panic.
    #[track_caller]
    pub fn stderr_is_one_line(&self) -> &Self {
        let is_one = self.stderr.ends_with('\n') && self.stderr.lines().count() == 1;
        assert!(is_one && !self.stderr.contains("panicked at"), "{}", self.report());
        self
    }

    /// What the app printed.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    fn report(&self) -> String {
        let Self { name, stderr, code, .. } = self;
        format!("{name}: exit code {code}\n--- stdout\n{}--- stderr\n{stderr}", abridged(&self.text()))
    }
}

/// The beginning of a text, which says everything or would say too much.
pub(crate) fn abridged(text: &str) -> String {
    const LIMIT: usize = 4_000;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}... ({} bytes)\n", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
