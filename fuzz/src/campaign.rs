//! A campaign: runs inputs until one fails or the time is over.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

/// A target of inputs.
pub trait Target {
    /// The time limit of one input.
    const LIMIT: Duration;

    /// Creates an input from random numbers and the files of the corpus.
    fn input(&mut self, random: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8>;

    /// Runs an input.
    ///
    /// # Errors
    ///
    /// Fails with a description of what is wrong with the result. A panic, the end of the process, a run longer
    /// than [`LIMIT`](Self::LIMIT), and more memory than [`within`](crate::within) allows count as failures
    /// too.
    fn run(&mut self, input: &[u8]) -> Result<(), String>;
}

/// The folders of a campaign.
#[derive(Debug)]
pub(crate) struct Place {
    /// The folder of the corpus of this target.
    pub(crate) corpus: PathBuf,
    /// The folder for inputs that fail. The input that is running is there too, as `running`.
    pub(crate) found: PathBuf,
}

/// The running input, in a file that survives this process, and its start time.
struct Running {
    file: File,
    path: PathBuf,
    since: Arc<Mutex<Option<Instant>>>,
}

impl Running {
    /// Starts a thread that ends the process if an input takes longer than this.
    fn watched(found: &Path, limit: Duration) -> io::Result<Self> {
        fs::create_dir_all(found)?;
        let path = found.join("running");
        let file = File::create(&path)?;
        let since = Arc::new(Mutex::new(None::<Instant>));
        let watched = Arc::clone(&since);
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(200));
                let since = watched.lock().unwrap_or_else(PoisonError::into_inner);
                if since.is_some_and(|since| since.elapsed() > limit) {
                    // The parent process finds the input, as it does after a crash.
                    _ = writeln!(io::stderr(), "an input takes longer than {} s", limit.as_secs());
                    std::process::abort();
                }
            }
        });
        Ok(Self { file, path, since })
    }

    fn begin(&self, input: &[u8]) -> io::Result<()> {
        self.file.set_len(input.len() as u64)?;
        self.file.write_all_at(input, 0)?;
        self.set(Some(Instant::now()));
        Ok(())
    }

    fn set(&self, since: Option<Instant>) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

impl Drop for Running {
    /// Removes the file, because no input runs any more.
    fn drop(&mut self) {
        self.set(None);
        _ = fs::remove_file(&self.path);
    }
}

/// The outcome of a campaign.
#[derive(Debug)]
pub(crate) enum End {
    /// This many inputs were run, and none failed.
    Nothing { inputs: u64 },
    /// An input failed, and was stored in this file.
    Found { file: PathBuf, what: String },
}

/// Runs all files of the corpus, and then generated inputs until one fails or the time is over.
pub(crate) fn run<T: Target>(target: &mut T, place: &Place, seed: u64, time: Duration) -> io::Result<End> {
    let begun = Instant::now();
    let seeds = seeds(&place.corpus)?;
    let running = Running::watched(&place.found, T::LIMIT)?;
    let mut inputs = 0;
    let corpus = seeds.len() as u64;
    while begun.elapsed() < time || inputs < corpus {
        let input = match seeds.get(usize::try_from(inputs).unwrap_or(usize::MAX)) {
            Some(input) => input.clone(),
            None => target.input(&mut Rng::with_seed(mixed(seed, inputs)), &seeds),
        };
        inputs += 1;
        running.begin(&input)?;
        if let Err(what) = outcome(target, &input) {
            return keep(&place.found, &input).map(|file| End::Found { file, what });
        }
    }
    Ok(End::Nothing { inputs })
}

/// Runs the inputs in these files, each on its own.
pub(crate) fn replay<T: Target>(target: &mut T, place: &Place, files: &[PathBuf]) -> io::Result<End> {
    let running = Running::watched(&place.found, T::LIMIT)?;
    for file in files {
        let input = fs::read(file)?;
        running.begin(&input)?;
        if let Err(what) = outcome(target, &input) {
            return Ok(End::Found { file: file.clone(), what });
        }
    }
    Ok(End::Nothing { inputs: files.len() as u64 })
}

fn outcome<T: Target>(target: &mut T, input: &[u8]) -> Result<(), String> {
    // The panic has been printed, with its location.
    catch_unwind(AssertUnwindSafe(|| target.run(input))).unwrap_or_else(|_| Err("it panics".to_owned()))
}

/// Returns the files of the corpus, sorted by name, so that a seed generates the same inputs everywhere.
fn seeds(corpus: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut paths =
        fs::read_dir(corpus)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    paths.iter().filter(|path| path.extension().is_none_or(|end| end != "wat")).map(fs::read).collect()
}

/// Stores an input under a name derived from its content.
fn keep(found: &Path, input: &[u8]) -> io::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let file = found.join(format!("{:016x}", hasher.finish()));
    fs::write(&file, input)?;
    Ok(file)
}

/// Returns the seed of one input. Campaigns with consecutive seeds have no inputs in common.
fn mixed(seed: u64, number: u64) -> u64 {
    let mixed = (seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails if an input contains this byte, and panics if the byte is an exclamation mark.
    struct Fails(u8);

    impl Target for Fails {
        const LIMIT: Duration = Duration::from_secs(60);

        fn input(&mut self, random: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
            crate::mutated(random, seeds, &[])
        }

        fn run(&mut self, input: &[u8]) -> Result<(), String> {
            assert!(self.0 != b'!' || !input.contains(&b'!'), "on purpose");
            if input.contains(&self.0) { Err("it is there".to_owned()) } else { Ok(()) }
        }
    }

    fn place(name: &str) -> Place {
        let folder = std::env::temp_dir().join(format!("fuzz-{}-{name}", std::process::id()));
        let place = Place { corpus: folder.join("corpus"), found: folder.join("found") };
        fs::create_dir_all(&place.corpus).unwrap();
        fs::write(place.corpus.join("one"), "abc").unwrap();
        place
    }

    #[test]
    fn what_fails_is_kept_and_fails_again() {
        let place = place("kept");
        let End::Found { file, what } = run(&mut Fails(b'x'), &place, 1, Duration::MAX).unwrap() else {
            panic!("every byte comes once")
        };
        assert!(what == "it is there" && fs::read(&file).unwrap().contains(&b'x'));
        let again = replay(&mut Fails(b'x'), &place, std::slice::from_ref(&file)).unwrap();
        assert!(matches!(again, End::Found { file: again, .. } if again == file));
        assert!(!place.found.join("running").exists());
        fs::remove_dir_all(place.found.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_panic_is_a_failure_and_the_corpus_comes_first() {
        let place = place("panic");
        assert!(matches!(run(&mut Fails(b'!'), &place, 1, Duration::ZERO), Ok(End::Nothing { inputs: 1 })));
        fs::write(place.corpus.join("two"), "!").unwrap();
        let found = run(&mut Fails(b'!'), &place, 1, Duration::ZERO);
        assert!(matches!(found, Ok(End::Found { what, .. }) if what == "it panics"));
        fs::remove_dir_all(place.found.parent().unwrap()).unwrap();
    }
}
