//! The resources that an instance may use: opened once for the run, and shared by its instances.
//!
//! A run makes and drops thousands of instances, so everything that costs a system call or can fail is done in
//! [`Template::new`], before the app starts. An app gets nothing that the config does not name.

use std::any::Any;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::sockets::WasiSocketsCtx;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_config::WasiConfigVariables;

use crate::config::{DirGrant, Grants, Input, RunConfig, Taken};
use crate::error::{Error, Setting};
use crate::imports::access::{Access, Need};
use crate::imports::files::{FilesCtx, FilesGrant};
use crate::imports::http::HttpCtx;
use crate::imports::keyvalue::Entries;
use crate::imports::random;
use crate::imports::tls::Trust;
use crate::stdio::feed::Feed;
use crate::stdio::input::{Absent, Stdin};
use crate::stdio::line::OpenLines;
use crate::stdio::output::Output;

/// The bytes that an argument, or a name or a value of the environment, takes besides its text.
const TEXT: u64 = 48;

/// Creates the state of an embedder in a new instance.
pub(crate) type MakeState = Arc<dyn Fn() -> Box<dyn Any + Send> + Send + Sync>;

/// The grants of every instance of a run, ready to be copied.
#[derive(Clone)]
pub(crate) struct Template {
    args: Vec<String>,
    env: Vec<(String, String)>,
    cwd: Option<String>,
    /// Holds the granted directories open. A clone shares their file descriptors.
    filesystem: WasiFilesystemCtx,
    /// The same directories, for an app for WASI 0.3.
    concurrent_filesystem: Option<WasiFilesystemCtx>,
    files: FilesGrant,
    sockets: WasiSocketsCtx,
    access: Access,
    trust: Trust,
    /// The variables of `wasi:config`, which all instances share.
    variables: Arc<WasiConfigVariables>,
    /// What each bucket of `wasi:keyvalue` begins with.
    keyvalue: Arc<Entries>,
    reads_stdin: bool,
    /// What instances read instead, each a part of it.
    input: Option<Given>,
    /// Whether its owner, which has the stdin, is on another machine.
    is_remote: bool,
    output: Output,
    directories: usize,
    surroundings: u64,
    http_fields: usize,
    /// Creates the embedder's state of an instance.
    embedder: Option<MakeState>,
}

/// What the instances of a run read in place of the stdin of this process.
#[derive(Clone)]
enum Given {
    Bytes(MemoryInputPipe),
    Reader(Feed),
}

impl Given {
    fn new(input: &Input) -> Self {
        match input.take() {
            Taken::Bytes(bytes) => Self::Bytes(MemoryInputPipe::new(bytes)),
            Taken::Reader(reader) => Self::Reader(Feed::new(reader)),
        }
    }
}

/// The grants of one instance.
pub(crate) struct Granted {
    pub(crate) wasi: WasiCtx,
    pub(crate) files: FilesCtx,
    /// The directories for the functions of WASI 0.3.
    pub(crate) concurrent_files: WasiFilesystemCtx,
    pub(crate) http: HttpCtx,
    pub(crate) access: Access,
    pub(crate) trust: Trust,
    pub(crate) variables: Arc<WasiConfigVariables>,
    pub(crate) keyvalue: Arc<Entries>,
    /// The unfinished lines of the instance, on stdout and stderr.
    pub(crate) lines: OpenLines,
    /// How many directories the instance may use.
    pub(crate) directories: usize,
    /// The bytes that the instance's copy of the arguments and the environment takes.
    pub(crate) surroundings: u64,
    /// The embedder's state.
    pub(crate) embedder: Option<Box<dyn Any + Send>>,
}

impl Template {
    /// Opens everything that is granted to the app in this file, which may be for WASI 0.3.
    ///
    /// # Errors
    ///
    /// Fails if a directory cannot be opened, if the certificates to trust cannot be read, or if a guest cannot be
    /// given a setting.
    pub(crate) fn new(
        app: &Path,
        concurrency: bool,
        config: &RunConfig,
        output: Output,
    ) -> Result<Self, Error> {
        let grants = &config.grants;
        let concurrent_filesystem = concurrency.then(|| open_concurrently(grants)).transpose()?;
        let mut builder = WasiCtx::builder();
        // Operations that may block run on threads that `imports/files.rs` chooses. This call has to precede
        // the directories, which copy the setting.
        builder.allow_blocking_current_thread(true);
        for (index, dir) in grants.dirs.iter().enumerate() {
            // The C library of a guest would use one of the two, and nothing would say which.
            if grants.dirs[..index].iter().any(|other| is_same_name(&other.guest, &dir.guest)) {
                let what = format!("directory {}", dir.host.display());
                let why = format!("another one is named {} in the guest too", dir.guest);
                return Err(Error::invalid_config(&[Setting::Dirs], what, why));
            }
            open_dir(&mut builder, dir)?;
        }
        let trust = grants.ca.as_deref().map(Trust::read).transpose().map_err(Error::certificate)?;
        grant_network(&mut builder, grants);
        let mut ctx = builder.build();
        let (args, env) = (args(app, config)?, env(&grants.env)?);
        let texts = args.iter().chain(&config.cwd).chain(env.iter().flat_map(|(name, value)| [name, value]));
        let access = Access::new(|need| is_granted(grants, need));
        let dirs = grants.dirs.iter().map(|dir| dir.host.clone()).collect::<Vec<_>>();
        Ok(Self {
            directories: grants.dirs.len(),
            surroundings: texts.map(|text| text.len() as u64 + TEXT).sum(),
            args,
            env,
            cwd: config.cwd.clone(),
            filesystem: ctx.filesystem().clone(),
            concurrent_filesystem,
            files: FilesGrant::new(&dirs, access.clone()),
            sockets: ctx.sockets().clone(),
            access,
            trust: trust.unwrap_or_default(),
            variables: Arc::new(grants.config.iter().cloned().collect()),
            keyvalue: Arc::new(entries(&grants.keyvalue)),
            reads_stdin: config.stdin,
            input: config.input.as_ref().map(Given::new),
            is_remote: config.is_remote,
            http_fields: config.limits.http_fields,
            output,
            embedder: None,
        })
    }

    /// Sets what creates the embedder's state of each instance.
    pub(crate) fn with_embedder(self, make: Option<MakeState>) -> Self {
        Self { embedder: make, ..self }
    }

    /// Returns what the run may do.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Returns the grants of one new instance.
    ///
    /// Stdin is that of the process. It has one reader: instances that read it at the same time get different
    /// parts of it. As in wasmtime, there is no initial directory; a guest's relative paths are looked up in
    /// the directories it was granted.
    pub(crate) fn grant(&self) -> Granted {
        let (stdout, stderr, lines) = self.output.stdio();
        let mut builder = WasiCtx::builder();
        builder.args(&self.args).envs(&self.env).stdout(stdout).stderr(stderr);
        builder.max_random_size(random::PIECE);
        if let Some(cwd) = &self.cwd {
            builder.initial_cwd(cwd);
        }
        match (self.input.clone(), self.reads_stdin, self.is_remote) {
            (Some(Given::Bytes(bytes)), ..) => _ = builder.stdin(bytes),
            (Some(Given::Reader(feed)), ..) => _ = builder.stdin(feed),
            (None, true, false) => _ = builder.stdin(Stdin),
            (None, true, true) => _ = builder.stdin(Absent),
            (None, false, _) => {}
        }
        let mut wasi = builder.build();
        *wasi.filesystem() = self.filesystem.clone();
        *wasi.sockets() = self.sockets.clone();
        let (access, trust, variables) =
            (self.access.clone(), self.trust.clone(), Arc::clone(&self.variables));
        let http = HttpCtx::new(access.clone(), trust.clone(), self.http_fields);
        let files = FilesCtx::new(self.files.clone());
        let keyvalue = Arc::clone(&self.keyvalue);
        let Self { directories, surroundings, .. } = *self;
        let concurrent_files = self.concurrent_filesystem.clone().unwrap_or_default();
        Granted {
            wasi,
            files,
            concurrent_files,
            http,
            access,
            trust,
            variables,
            keyvalue,
            lines,
            directories,
            surroundings,
            embedder: self.embedder.as_ref().map(|make| make()),
        }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Leaves out the values of the environment, which may be secrets.
        let names = self.env.iter().map(|(name, _)| name).collect::<Vec<_>>();
        f.debug_struct("Template").field("args", &self.args).field("env", &names).finish_non_exhaustive()
    }
}

fn args(app: &Path, config: &RunConfig) -> Result<Vec<String>, Error> {
    let argv0 = match &config.argv0 {
        Some(argv0) => argv0.clone(),
        // Leaves out the directory, as wasmtime does: the app does not need to know the location of its file.
        None => app.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let args = [argv0].into_iter().chain(config.args.iter().cloned()).collect::<Vec<_>>();
    if args.iter().any(|arg| arg.contains('\0')) {
        return Err(Error::invalid_config(&[Setting::Args], "argument", "it contains a zero byte"));
    }
    Ok(args)
}

/// Checks the environment. A name may be there several times, as in that of a process.
fn env(given: &[(String, String)]) -> Result<Vec<(String, String)>, Error> {
    for (name, value) in given {
        // The end of a name is the first = behind its first character.
        let has_end = name.chars().skip(1).any(|char| char == '=');
        if has_end || name.contains('\0') || value.contains('\0') {
            let why = "it must not contain a zero byte, nor its name an =";
            return Err(Error::invalid_config(&[Setting::Env], format!("environment variable {name}"), why));
        }
    }
    Ok(given.to_vec())
}

/// Returns the entries that each bucket of `wasi:keyvalue` begins with.
fn entries(given: &[(String, String)]) -> Entries {
    given.iter().map(|(key, value)| (key.as_str().into(), value.as_bytes().into())).collect()
}

/// Opens the granted directories for operations that never block a core.
fn open_concurrently(grants: &Grants) -> Result<WasiFilesystemCtx, Error> {
    let mut builder = WasiCtx::builder();
    for dir in &grants.dirs {
        open_dir(&mut builder, dir)?;
    }
    Ok(builder.build().filesystem().clone())
}

/// Returns whether two names of directories are the same for a guest, which ignores slashes at the end.
fn is_same_name(a: &str, b: &str) -> bool {
    a == b || (a.trim_end_matches('/') == b.trim_end_matches('/') && !a.is_empty() && !b.is_empty())
}

fn open_dir(builder: &mut WasiCtxBuilder, grant: &DirGrant) -> Result<(), Error> {
    let DirGrant { host, guest, read_only } = grant;
    if guest.is_empty() || guest.contains('\0') {
        let what = format!("directory {}", host.display());
        return Err(Error::invalid_config(&[Setting::Dirs], what, "its name in the guest must not be empty"));
    }
    let perms = if *read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
    match builder.preopened_dir(host, guest, perms) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::open_dir(host, error.downcast().unwrap_or_else(io::Error::other))),
    }
}

fn is_granted(grants: &Grants, need: Need) -> bool {
    match need {
        Need::Directory => !grants.dirs.is_empty(),
        Need::Tcp => grants.tcp,
        Need::Udp => grants.udp,
        Need::Lookup => grants.ip_name_lookup,
        Need::Http => grants.http,
    }
}

fn grant_network(builder: &mut WasiCtxBuilder, grants: &Grants) {
    if grants.inherit_network {
        builder.inherit_network();
    }
    builder.allow_tcp(grants.tcp).allow_udp(grants.udp).allow_ip_name_lookup(grants.ip_name_lookup);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    use crate::error::ErrorKind;

    use wasmtime_wasi::filesystem::WasiFilesystemCtxView;
    use wasmtime_wasi::p2::bindings::cli::environment::Host as _;
    use wasmtime_wasi::p2::bindings::filesystem::preopens::Host as _;
    use wasmtime_wasi::{ResourceTable, cli::WasiCliCtxView};

    fn output() -> Output {
        let null = || File::options().write(true).open("/dev/null").unwrap().into();
        Output::new(null(), null()).unwrap()
    }

    fn template(config: &RunConfig) -> Result<Template, Error> {
        Template::new(Path::new("dir/app.wasm"), false, config, output())
    }

    fn cli(ctx: &mut WasiCtx) -> (Vec<String>, Vec<(String, String)>, Option<String>) {
        let mut table = ResourceTable::new();
        let mut view = WasiCliCtxView { ctx: ctx.cli(), table: &mut table };
        (view.get_arguments().unwrap(), view.get_environment().unwrap(), view.initial_cwd().unwrap())
    }

    fn dirs(ctx: &mut WasiCtx) -> Vec<String> {
        let mut table = ResourceTable::new();
        let mut view = WasiFilesystemCtxView { ctx: ctx.filesystem(), table: &mut table };
        view.get_directories().unwrap().into_iter().map(|(_, name)| name).collect()
    }

    fn open_files() -> usize {
        std::fs::read_dir("/proc/self/fd").unwrap().count()
    }

    #[test]
    fn a_template_is_shared_by_all_cores() {
        fn is_shared<T: Send + Sync + 'static>() {}
        is_shared::<Template>();
    }

    #[test]
    fn nothing_is_granted_by_itself() {
        let mut ctx = template(&RunConfig::default()).unwrap().grant().wasi;
        assert_eq!(cli(&mut ctx), (vec!["app.wasm".into()], vec![], None));
        assert!(dirs(&mut ctx).is_empty());
    }

    #[test]
    fn every_instance_gets_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let args = vec!["-x".into(), "größe".into()];
        let mut config = RunConfig { argv0: Some("name".into()), args, ..RunConfig::default() };
        config.grants.env = [("A", "1"), ("B", "2"), ("A", "3")].map(|(k, v)| (k.into(), v.into())).into();
        config.grants.dirs = vec![DirGrant::read_only(dir.path(), "/data")];
        let template = template(&config).unwrap();
        for _ in 0..2 {
            let mut ctx = template.grant().wasi;
            let (args, env, _) = cli(&mut ctx);
            assert_eq!(args, ["name", "-x", "größe"]);
            assert_eq!(env, config.grants.env);
            assert_eq!(dirs(&mut ctx), ["/data"]);
        }
    }

    #[test]
    fn a_directory_is_opened_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = RunConfig::default();
        config.grants.dirs = vec![DirGrant::read_write(dir.path(), ".")];
        let template = template(&config).unwrap();
        let before = open_files();
        let ctxs = (0..1000).map(|_| template.grant().wasi).collect::<Vec<_>>();
        // Other tests run at the same time and open a few files of their own.
        assert!(open_files() < before + 500, "{} contexts", ctxs.len());
    }

    #[test]
    fn what_cannot_be_granted_is_an_error() {
        let mut missing = RunConfig::default();
        missing.grants.dirs = vec![DirGrant::read_write("/no/such/dir", ".")];
        let error = template(&missing).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable);
        let text = error.to_string();
        assert!(text.starts_with("cannot open directory /no/such/dir: No such file"), "{text}");

        let mut file = RunConfig::default();
        file.grants.dirs = vec![DirGrant::read_write("/etc/passwd", ".")];
        assert!(template(&file).unwrap_err().to_string().contains("Not a directory"));

        let mut twice = RunConfig::default();
        twice.grants.dirs = vec![
            DirGrant::read_write("/tmp", "/a"),
            DirGrant::read_only("/", "/b"),
            DirGrant::read_only("/", "/a/"),
        ];
        let error = template(&twice).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.to_string().contains("another one is named /a/ in the guest too"), "{error}");

        let mut name = RunConfig::default();
        name.grants.env = vec![("A=B".into(), "C".into())];
        assert_eq!(template(&name).unwrap_err().kind(), ErrorKind::InvalidConfig);
    }

    #[test]
    fn secrets_stay_out_of_logs() {
        let mut config = RunConfig::default();
        config.grants.env = vec![("TOKEN".into(), "hunter2".into())];
        let text = format!("{:?}", template(&config).unwrap());
        assert!(text.contains("TOKEN") && !text.contains("hunter2"), "{text}");
    }
}
