//! Clusters: connecting to one, offering cores to one, and the keys and signatures of programs.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host::{Cluster, Composition, Error, Escaped, Host, Key, NatsConfig};

use crate::exit::{NOT_WRITTEN, UNREADABLE, USAGE};
use crate::flags::{OfferCores, RunApp, Sign};
use crate::signals;
use crate::stderr::tell;

/// How long nodes have to answer.
const ANSWERS: Duration = Duration::from_secs(1);

/// What failed, and the exit code of the process.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The library says why.
    Host(Error),
    Other(String, u8),
}

impl Failed {
    /// Prints the error, unless the library's is returned, and returns the exit code.
    pub(crate) fn report(self) -> Result<u8, Error> {
        match self {
            Self::Host(error) => Err(error),
            Self::Other(text, code) => {
                tell(format_args!("error: {text}\n"));
                Ok(code)
            }
        }
    }
}

/// Connects the host of a run to its cluster, if it has one, and reads the signature of the app.
pub(crate) fn join(mut run: RunApp) -> Result<RunApp, Failed> {
    let Some(joining) = run.joining.take() else { return Ok(run) };
    let (file, is_named) = match joining.signature {
        Some(file) => (file, true),
        None => (signature_of(&run.app), false),
    };
    run.run.signature = match fs::read_to_string(&file) {
        Ok(text) => Some(text.parse().map_err(|error| unreadable(&file, &error))?),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => None,
        Err(error) => return Err(unreadable(&file, &error)),
    };
    run.run.rerun_lost = joining.reruns_lost;
    run.host.cluster = Some(Cluster::connect(&joining.server).map_err(Failed::Host)?);
    Ok(run)
}

/// Runs the jobs of other hosts until a signal.
pub(crate) fn offer(OfferCores { mut host, server, node }: OfferCores) -> Result<u8, Error> {
    host.cluster = Some(Cluster::connect(&server)?);
    let cores = host.cores;
    let host = Host::new(&host)?;
    let signals = signals::watch();
    let node = host.node(&node)?;
    tell(format_args!("node {} offers {cores} cores at {}\n", Escaped(node.name()), Escaped(&server.server)));
    let handle = node.handle();
    // Sending fails if no signals are watched.
    let _ = signals.send(Box::new(move || handle.leave()));
    // Dropping the last connection sends what is left.
    node.wait().map(|()| 0)
}

/// Returns a table of the nodes of a cluster.
pub(crate) fn nodes(server: &NatsConfig) -> Result<String, Error> {
    let cluster = Cluster::connect(server)?;
    // There is no last answer.
    std::thread::sleep(ANSWERS);
    let nodes = cluster.nodes();
    let width =
        nodes.iter().map(|node| node.name.chars().count()).max().unwrap_or_default().max("node".len());
    let mut table = format!("{:width$}  cores  free  version\n", "node");
    for node in nodes {
        let (name, version) = (Escaped(&node.name).to_string(), Escaped(&node.version).to_string());
        // A string takes all.
        _ = writeln!(table, "{name:width$}  {:5}  {:4}  {version}", node.cores, node.free);
    }
    Ok(table)
}

/// Makes a key, writes its secret half, and returns its public half as a line.
pub(crate) fn make_key(file: &Path) -> Result<String, Failed> {
    let key = Key::random();
    let written = File::options().write(true).create_new(true).mode(0o600).open(file);
    let written = written.and_then(|mut written| writeln!(written, "{}", key.seed()));
    match written {
        Ok(()) => Ok(format!("{}\n", key.public())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = format!("{} exists, and a key is not overwritten; name another file", shown(file));
            Err(Failed::Other(text, USAGE))
        }
        Err(error) => Err(unwritten(file, &error)),
    }
}

/// Signs an app with its plugs.
pub(crate) fn sign(Sign { key, plugs, output, app }: Sign) -> Result<(), Failed> {
    let text = fs::read_to_string(&key).map_err(|error| unreadable(&key, &error))?;
    let key: Key = text.parse().map_err(|error| unreadable(&key, &error))?;
    let file = output.unwrap_or_else(|| signature_of(&app));
    let digest =
        plugs.into_iter().fold(Composition::new(app), Composition::plug).digest().map_err(Failed::Host)?;
    fs::write(&file, format!("{}\n", key.sign(&digest))).map_err(|error| unwritten(&file, &error))
}

/// Returns the file of the signature of an app, unless another is named.
fn signature_of(app: &Path) -> PathBuf {
    let mut file = app.as_os_str().to_owned();
    file.push(".sig");
    file.into()
}

fn unreadable(file: &Path, cause: &dyn std::fmt::Display) -> Failed {
    Failed::Other(format!("cannot read {}: {cause}", shown(file)), UNREADABLE)
}

fn unwritten(file: &Path, cause: &io::Error) -> Failed {
    Failed::Other(format!("cannot write {}: {cause}", shown(file)), NOT_WRITTEN)
}

fn shown(file: &Path) -> impl std::fmt::Display {
    Escaped(file.display()).to_string()
}
