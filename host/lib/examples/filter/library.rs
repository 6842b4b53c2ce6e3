//! The filter by this library.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use host::{Config, Host, RunConfig};

use crate::BATCH;
use crate::record::Entry;

/// How many calls are in flight for each core: enough to keep it busy.
const AHEAD: usize = 4;

/// Counts the records that the plugin keeps. A call that takes a second ends all.
pub(crate) fn filter(plugin: &Path, entries: &[Entry], cores: usize) -> Result<usize, Box<dyn Error>> {
    let host = Host::new(&Config::default().with_cores(cores.try_into()?))?;
    let library = host.open(plugin, &RunConfig::default())?;
    let keep = library.function("demo:records/filter.keep")?.with_timeout(Duration::from_secs(1));
    let keep = keep.typed::<(Vec<Entry>,), (Vec<bool>,)>()?;
    let calls = stream::iter(entries.chunks(BATCH)).map(|batch| keep.call((batch.to_vec(),)));
    let counts = calls
        .buffered(AHEAD * cores)
        .map_ok(|(kept,)| kept.into_iter().filter(|kept| *kept).count())
        .try_fold(0, async |sum, count| Ok(sum + count));
    Ok(futures_executor::block_on(counts)?)
}
