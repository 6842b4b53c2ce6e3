//! The cache of compiled apps: the host runs what was compiled for this app, whatever happened to the files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};
use tests::{App, Output, guest, host};

const TAMPERER: &str = "this is the tamperer\n";
const VICTIM: &str = "1 1\n";

/// A cache with an entry for each of two apps.
struct Bench {
    dir: TempDir,
    tamperer: String,
    victim: String,
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self { dir: tempdir().unwrap(), tamperer: String::new(), victim: String::new() };
        bench.cached("cache_tamper").run().stdout(TAMPERER).stderr("").exit(0);
        bench.tamperer = bench.names().pop().unwrap();
        bench.cached("par_cores").run().stdout(VICTIM).stderr("").exit(0);
        bench.victim = bench.names().into_iter().find(|name| *name != bench.tamperer).unwrap();
        bench
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    fn cached(&self, app: &str) -> App {
        App::new(app).cores(1).option("--cache-dir").option(self.path())
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn entry(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    /// Runs an app that replaces the victim's entry with its own. The run itself uses no cache, or another
    /// one.
    fn tamper(&self, how: &str, cache: &[OsString]) -> Output {
        let app = App::new("cache_tamper").cores(1).dir(&self.path(), "/c");
        let app = cache.iter().fold(app, |app, option| app.option(option));
        app.arg(how).arg(&self.tamperer).arg(&self.victim).run()
    }

    /// Checks that the victim runs unchanged, and is in the cache again.
    #[track_caller]
    fn victim_runs_as(&self, code: &[u8]) {
        for _ in 0..2 {
            self.cached("par_cores").run().stdout(VICTIM).stderr("").exit(0);
            assert!(self.entry(&self.victim) == code);
        }
    }
}

/// An app that was granted the cache directory used to replace the entry of another app, and was run in its
/// place.
#[test]
fn an_entry_that_a_guest_has_put_there_is_not_run() {
    let bench = Bench::new();
    let code = bench.entry(&bench.victim);
    let other = bench.dir.path().join("other");
    for cache in [vec!["--no-cache".into()], vec!["--cache-dir".into(), other.into_os_string()]] {
        for how in ["copy", "link", "write", "truncate", "rename"] {
            bench.tamper(how, &cache).stdout(TAMPERER).exit(0);
            bench.victim_runs_as(&code);
        }
        bench.cached("cache_tamper").run().stdout(TAMPERER).stderr("").exit(0);
    }
}

/// An entry that the host compiled from the same app with another setting is also not used.
#[test]
fn an_entry_of_another_engine_is_not_run() {
    let bench = Bench::new();
    let code = bench.entry(&bench.victim);
    let before = bench.names();
    bench.cached("par_cores").option("--no-preemption").run().stdout(VICTIM).stderr("").exit(0);
    let other = bench.names().into_iter().find(|name| !before.contains(name)).unwrap();
    assert!(bench.entry(&other) != code);
    fs::rename(bench.path().join(other), bench.path().join(&bench.victim)).unwrap();
    bench.victim_runs_as(&code);
}

/// With `--dir $HOME`, an app could write to the cache that the host of this run uses.
#[test]
fn the_cache_is_not_granted_to_write_to() {
    let bench = Bench::new();
    let root = bench.dir.path();
    symlink(root, root.join("home")).unwrap();
    symlink(bench.path(), root.join("link")).unwrap();
    fs::create_dir(root.join("beside")).unwrap();
    for above in ["", "cache", "home", "link", "beside/.."] {
        let dir = root.join(above);
        let output = bench.cached("cache_tamper").dir(&dir, "/c").run();
        let cache = bench.path().display().to_string();
        output.stdout("").exit(2).stderr_has(&cache).stderr_has("read-only").stderr_has("--no-cache)");
    }
    bench.cached("cache_tamper").dir(&root.join("beside"), "/c").run().stdout(TAMPERER).exit(0);
    let mut read_only = OsString::from(root);
    read_only.push("::/c:ro");
    bench.cached("cache_tamper").option("--dir").option(read_only).run().stdout(TAMPERER).exit(0);

    // The default directory, as set by each variable.
    for (variable, above) in [("XDG_CACHE_HOME", ""), ("HOME", ""), ("HOME", ".cache")] {
        let mut command = host();
        command.env_remove("XDG_CACHE_HOME").env(variable, root).args(["run", "--dir"]).arg(root.join(above));
        // The first run creates the directory.
        fs::create_dir_all(root.join(above)).unwrap();
        let output = command.arg(guest("cache_tamper")).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains("parallel-host"), "{text}");
    }
}

#[test]
fn a_directory_that_cannot_be_trusted_is_not_used() {
    let bench = Bench::new();
    let warned = |cache: &Path, why: &str| {
        let app = App::new("par_cores").cores(1).option("--cache-dir").option(cache);
        app.run().stdout(VICTIM).stderr_has(why).exit(0);
    };
    let link = bench.dir.path().join("link");
    symlink(bench.path(), &link).unwrap();
    warned(&link, "symbolic link");
    for mode in [0o777, 0o770, 0o1777] {
        fs::set_permissions(bench.path(), fs::Permissions::from_mode(mode)).unwrap();
        warned(&bench.path(), "others may write to it");
    }
    fs::set_permissions(bench.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(bench.names().len(), 2);
}

/// Two hosts in two containers that share a cache can have the same process id.
#[test]
fn hosts_with_the_same_process_id_keep_their_entries_apart() {
    let is_allowed = |command: &mut Command| command.status().is_ok_and(|status| status.success());
    if !is_allowed(Command::new("unshare").args(["--pid", "--fork", "true"]).stderr(Stdio::null())) {
        // A test in host/lib/src/cache/store.rs covers the names of temporary files.
        return;
    }
    let apps = BTreeMap::from([("cache_tamper", TAMPERER), ("par_cores", VICTIM), ("cli_cat", "")]);
    for _ in 0..3 {
        let dir = tempdir().unwrap();
        let first = apps.keys().map(|app| {
            let mut command = Command::new("unshare");
            command.args(["--pid", "--fork"]).arg(host().get_program()).args(["run", "--cores", "1"]);
            command.arg("--cache-dir").arg(dir.path()).arg(guest(app));
            command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
        });
        for mut host in first.collect::<Vec<_>>() {
            assert!(host.wait().unwrap().success());
        }
        for (app, text) in &apps {
            App::new(app).cores(1).option("--cache-dir").option(dir.path()).run().stdout(text).exit(0);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), apps.len());
    }
}
