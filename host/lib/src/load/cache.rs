//! Compiled apps, stored on disk between runs.
//!
//! Loading compiled code means running it, unchecked: a process that can create a cache entry can run
//! anything as this user. So an entry is loaded only if a host of this user wrote it, for these bytes, with
//! this version and these settings, which its [`seal`] proves. Otherwise the app is compiled again. A problem
//! with the cache never stops a run; it causes one warning.
//!
//! In addition, a run on a host with a cache is never granted write access to that directory.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::hash::{Hash as _, Hasher};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::config::Cache;

mod seal;
mod store;

use seal::DIGEST;
use store::Store;

/// When a new entry would make the cache larger than this, the least recently used entries are removed.
const MAX_SIZE: u64 = 1 << 30;

/// Part of every key. It has to change with the format of entries.
const FORMAT: &str = "parallel-host 2";

/// A compiled app, ready to be linked.
pub(crate) struct Compiled {
    pub(crate) component: Component,
    pub(crate) origin: Origin,
    /// Why the cache could not be used, in one line.
    pub(crate) warning: Option<String>,
}

/// The origin of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was compiled now.
    Compiler,
    /// It was compiled in an earlier run.
    Cache,
}

/// Compiles a component for this engine by calling `compile_anew`, or loads it if an earlier run compiled it.
///
/// # Errors
///
/// Fails if the component cannot be compiled, but never because of the cache.
pub(crate) fn compile(
    engine: &Engine,
    bytes: &[u8],
    cache: &Cache,
    compile_anew: impl FnOnce() -> wasmtime::Result<Component>,
) -> wasmtime::Result<Compiled> {
    let mut warning = None;
    let store = open(cache).unwrap_or_else(|why| {
        warning = Some(why);
        None
    });
    let Some(store) = store else {
        let component = compile_anew()?;
        return Ok(Compiled { component, origin: Origin::Compiler, warning });
    };
    let key = key(engine, bytes);
    if let Some(component) = load(engine, &store, &key) {
        return Ok(Compiled { component, origin: Origin::Cache, warning });
    }
    let component = compile_anew()?;
    if let Err(error) = store.write(&key, &component.serialize()?) {
        let dir = store.path().display();
        warning = Some(format!("cannot keep the compiled app in {dir}: {error}"));
    }
    Ok(Compiled { component, origin: Origin::Compiler, warning })
}

/// Returns the store that the configuration selects; `None` if it selects none.
fn open(cache: &Cache) -> Result<Option<Store>, String> {
    if *cache == Cache::Off {
        return Ok(None);
    }
    let path =
        dir(cache).ok_or("no place to keep the compiled app: HOME is not set; name a directory for it")?;
    match Store::open(&path, MAX_SIZE) {
        Ok(store) => Ok(Some(store)),
        Err(error) => Err(format!("cannot keep the compiled app in {}: {error}", path.display())),
    }
}

/// Returns the directory of entries, if there is one.
fn dir(cache: &Cache) -> Option<PathBuf> {
    match cache {
        Cache::Off => None,
        Cache::Dir(path) => Some(path.clone()),
        Cache::User => user_dir(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME")),
    }
}

/// Returns the directory of the cache, if it is this directory or below it.
///
/// Directories are compared by identity, not by name, so symbolic links and bind mounts make no difference.
pub(crate) fn within(granted: &Path, cache: &Cache) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;

    let identity = |path: &Path| fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
    let (path, granted) = (dir(cache)?, identity(granted)?);
    // A directory that could not be created may be created later, below the first ancestor that exists.
    let real = Path::new(".").join(&path).ancestors().find_map(|path| fs::canonicalize(path).ok())?;
    real.ancestors().any(|above| identity(above) == Some(granted)).then_some(path)
}

fn user_dir(xdg_cache_home: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    // The XDG specification says that a relative path is to be ignored.
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let cache =
        xdg_cache_home.and_then(absolute).or_else(|| Some(home.and_then(absolute)?.join(".cache")))?;
    Some(cache.join("parallel-host"))
}

/// Returns the name of the entry for this component, compiled by this engine.
fn key(engine: &Engine, bytes: &[u8]) -> String {
    let mut hasher = DigestHasher(Sha256::new());
    FORMAT.hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    // This covers the exact version of wasmtime, the CPU's features and all settings that change code.
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.update(digest(bytes));
    let mut name = String::with_capacity(2 * DIGEST);
    for byte in hasher.0.finalize() {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

fn digest(bytes: &[u8]) -> [u8; DIGEST] {
    Sha256::digest(bytes).into()
}

/// Feeds values that implement only `Hash` to a collision-resistant digest.
struct DigestHasher(Sha256);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("the digest is taken instead")
    }
}

/// Loads the component from the entry with this name, if there is one and the engine accepts it.
fn load(engine: &Engine, store: &Store, key: &str) -> Option<Component> {
    let code = store.read(key)?;
    #[expect(unsafe_code, reason = "there is no other way to load compiled code")]
    // SAFETY: `code` must be the unchanged output of `Component::serialize`, because it is run as it is.
    // - Its author: `Store::read` returns only bytes with a seal for this name and exactly these bytes. By
    //   then they are in this process's memory and no longer change. Only `Store::write` creates seals, and its
    //   only caller, `compile`, passes it the output of `serialize`. No guest can create a seal: WASI sets
    //   no extended attributes. No other user can: the file and the directory belong to this user, and only
    //   this user may write to them. A process that can set attributes as this user can run anything as this
    //   user anyway.
    // - Its content: the name is a digest of the component's bytes, this version, and the engine's settings,
    //   so this is the code of that component, for this engine. wasmtime checks its version and settings again.
    let component = unsafe { Component::deserialize(engine, code) };
    component.ok()
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { component: _, origin, warning } = self;
        f.debug_struct("Compiled").field("origin", origin).field("warning", warning).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::compiler;
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use tempfile::TempDir;

    const APP: &[u8] = b"\0asm\x0d\0\x01\0";

    fn compile(engine: &Engine, bytes: &[u8], cache: &Cache) -> wasmtime::Result<Compiled> {
        super::compile(engine, bytes, cache, || compiler::compile_here(engine, bytes))
    }

    struct Bench {
        engine: Engine,
        dir: TempDir,
        cache: Cache,
    }

    impl Bench {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let cache = Cache::Dir(dir.path().join("cache"));
            Self { engine: Engine::default(), dir, cache }
        }

        fn path(&self) -> PathBuf {
            self.dir.path().join("cache")
        }

        #[track_caller]
        fn check(&self, origin: Origin) {
            let compiled = compile(&self.engine, APP, &self.cache).unwrap();
            assert_eq!(compiled.warning, None);
            assert_eq!(compiled.origin, origin);
        }

        #[track_caller]
        fn warns(&self, says: &str) {
            let compiled = compile(&self.engine, APP, &self.cache).unwrap();
            assert_eq!(compiled.origin, Origin::Compiler);
            let warning = compiled.warning.expect("a warning");
            assert!(warning.contains(says) && !warning.contains('\n'), "{warning}");
        }

        /// Returns the only entry.
        fn entry(&self) -> PathBuf {
            let mut entries = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
            let entry = entries.next().unwrap();
            assert_eq!(entries.next(), None);
            entry
        }
    }

    #[test]
    fn the_second_run_loads_what_the_first_compiled() {
        let bench = Bench::new();
        bench.check(Origin::Compiler);
        bench.check(Origin::Cache);
        assert_eq!(fs::metadata(bench.path()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(bench.entry()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn another_engine_has_another_entry() {
        let mut bench = Bench::new();
        bench.check(Origin::Compiler);
        let mut config = wasmtime::Config::new();
        config.epoch_interruption(true);
        bench.engine = Engine::new(&config).unwrap();
        bench.check(Origin::Compiler);
        bench.check(Origin::Cache);
    }

    #[test]
    fn what_is_not_whole_is_compiled_again() {
        let bench = Bench::new();
        bench.check(Origin::Compiler);
        let whole = fs::read(bench.entry()).unwrap();
        for len in [0, 1, whole.len() / 2, whole.len() - 1] {
            fs::write(bench.entry(), &whole[..len]).unwrap();
            bench.check(Origin::Compiler);
            bench.check(Origin::Cache);
        }
        for at in (0..whole.len()).step_by(97) {
            let mut corrupt = whole.clone();
            corrupt[at] ^= 1;
            fs::write(bench.entry(), &corrupt).unwrap();
            bench.check(Origin::Compiler);
        }
        fs::write(bench.entry(), [&whole[..], b"more"].concat()).unwrap();
        bench.check(Origin::Compiler);
    }

    #[test]
    fn what_is_whole_but_not_code_is_compiled_again() {
        let bench = Bench::new();
        bench.check(Origin::Compiler);
        let store = Store::open(&bench.path(), MAX_SIZE).unwrap();
        store.write(&key(&bench.engine, APP), b"\x7fELF").unwrap();
        bench.check(Origin::Compiler);
        bench.check(Origin::Cache);
    }

    /// A guest that was granted the directory replaced one entry with another, and the other app ran the code
    /// of the first.
    #[test]
    fn an_entry_is_of_one_app_and_one_engine() {
        let bench = Bench::new();
        let compile = |engine, app| compile(engine, app, &bench.cache).unwrap().origin;
        let mut config = wasmtime::Config::new();
        config.epoch_interruption(true);
        let (engine, other_engine) = (&bench.engine, &Engine::new(&config).unwrap());
        // The same app, with an empty module in it.
        let other_app = &[APP, b"\x01\x08\0asm\x01\0\0\0"].concat()[..];
        let path = |engine, app| bench.path().join(key(engine, app));
        for (other_engine, other_app) in [(engine, other_app), (other_engine, APP)] {
            for replace in [
                fs::rename,
                |from, to| fs::copy(from, to).map(drop),
                |from, to| fs::remove_file(&to).and_then(|()| fs::hard_link(from, to)),
            ] {
                assert_eq!(compile(engine, APP), Origin::Compiler);
                compile(other_engine, other_app);
                replace(path(other_engine, other_app), path(engine, APP)).unwrap();
                assert_eq!(compile(engine, APP), Origin::Compiler);
                assert_eq!(compile(engine, APP), Origin::Cache);
                fs::remove_file(path(engine, APP)).unwrap();
            }
        }
    }

    #[test]
    fn a_directory_above_the_cache_is_found_whatever_it_is_called() {
        let bench = Bench::new();
        let root = bench.dir.path();
        bench.check(Origin::Compiler);
        fs::create_dir_all(root.join("beside")).unwrap();
        symlink(root, root.join("beside/link")).unwrap();
        symlink(root.join("cache"), root.join("beside/itself")).unwrap();
        for above in ["", "cache", "beside/..", "beside/link", "beside/itself"] {
            assert_eq!(within(&root.join(above), &bench.cache), Some(bench.path()), "{above}");
        }
        assert!(within(Path::new("/"), &bench.cache).is_some());
        for other in ["beside", "missing"] {
            assert_eq!(within(&root.join(other), &bench.cache), None, "{other}");
        }
        assert_eq!(within(root, &Cache::Off), None);
        // Through another name of the cache, and before it exists.
        let linked = Cache::Dir(root.join("beside/link/cache"));
        assert!(within(root, &linked).is_some() && within(&root.join("beside"), &linked).is_none());
        assert!(within(root, &Cache::Dir(root.join("not/yet/there"))).is_some());
        assert!(within(Path::new("."), &Cache::Dir("not-yet-there".into())).is_some());
    }

    #[test]
    fn what_others_may_write_to_is_not_used() {
        let bench = Bench::new();
        bench.check(Origin::Compiler);
        let entry = bench.entry();
        fs::set_permissions(&entry, fs::Permissions::from_mode(0o620)).unwrap();
        bench.check(Origin::Compiler);
        bench.check(Origin::Cache);
        fs::set_permissions(bench.path(), fs::Permissions::from_mode(0o777)).unwrap();
        bench.warns("others may write to it");
        fs::set_permissions(bench.path(), fs::Permissions::from_mode(0o700)).unwrap();
        // Only root can change the owner of a directory.
        if std::os::unix::fs::chown(bench.path(), Some(65534), None).is_ok() {
            bench.warns("belongs to another user");
        }
    }

    #[test]
    fn links_are_not_followed() {
        let bench = Bench::new();
        bench.check(Origin::Compiler);
        let (entry, elsewhere) = (bench.entry(), bench.dir.path().join("elsewhere"));
        fs::rename(&entry, &elsewhere).unwrap();
        symlink(&elsewhere, &entry).unwrap();
        bench.check(Origin::Compiler);
        bench.check(Origin::Cache);

        let moved = bench.dir.path().join("moved");
        fs::rename(bench.path(), &moved).unwrap();
        symlink(&moved, bench.path()).unwrap();
        bench.warns("symbolic link");
    }

    #[test]
    fn trouble_with_the_cache_is_only_a_warning() {
        let mut bench = Bench::new();
        fs::write(bench.path(), "a file").unwrap();
        bench.warns("Not a directory");
        bench.cache = Cache::Dir("/proc/cache".into());
        bench.warns("/proc/cache");
        bench.cache = Cache::Dir("/sys".into());
        let compiled = compile(&bench.engine, APP, &bench.cache).unwrap();
        assert!(compiled.warning.is_some(), "nobody can write to /sys");
    }

    #[test]
    fn without_a_cache_nothing_is_kept() {
        let mut bench = Bench::new();
        bench.cache = Cache::Off;
        bench.check(Origin::Compiler);
        bench.check(Origin::Compiler);
    }

    #[test]
    fn many_at_once_get_along() {
        let bench = Bench::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let compiled = compile(&bench.engine, APP, &bench.cache).unwrap();
                        assert_eq!(compiled.warning, None);
                    }
                });
            }
        });
        bench.entry();
        bench.check(Origin::Cache);
    }

    #[test]
    fn the_directory_is_where_xdg_says() {
        let dir = |xdg: Option<&str>, home: Option<&str>| user_dir(xdg.map(Into::into), home.map(Into::into));
        assert_eq!(dir(Some("/x"), Some("/h")).unwrap(), Path::new("/x/parallel-host"));
        assert_eq!(dir(Some("x"), Some("/h")).unwrap(), Path::new("/h/.cache/parallel-host"));
        assert_eq!(dir(Some(""), Some("/h")).unwrap(), Path::new("/h/.cache/parallel-host"));
        assert_eq!(dir(None, None), None);
    }

    #[test]
    fn a_component_that_the_engine_refuses_is_not_kept() {
        let bench = Bench::new();
        assert!(compile(&bench.engine, &APP[..7], &bench.cache).is_err());
        assert_eq!(fs::read_dir(bench.path()).unwrap().count(), 0);
    }
}
