//! Options of all commands that take part in a cluster, and the commands that do nothing else.
//!
//! The doc comments are the text of `--help`. The names are those of NATS' own tools.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Subcommand};

use host::{Config, NatsConfig, NodeConfig, Trust};

use super::compile::CompileArgs;
use super::values::{cores, size};

/// How to connect to the server of a cluster.
#[derive(Debug, Args)]
pub(super) struct ServerArgs {
    /// File with credentials for the server [default: $NATS_CREDS]
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    creds: Option<PathBuf>,

    /// File with the seed of a key for the server [default: $NATS_NKEY]
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    nkey: Option<PathBuf>,

    /// Certificate of this host, in PEM [default: $NATS_CERT]
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    tlscert: Option<PathBuf>,

    /// Private key of the certificate, in PEM [default: $NATS_KEY]
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    tlskey: Option<PathBuf>,

    /// Certificates of the authorities that may sign that of the server, in PEM [default: $NATS_CA]
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    tlsca: Option<PathBuf>,
}

impl ServerArgs {
    /// Returns how to connect to this server.
    pub(super) fn resolve(self, server: String) -> Result<NatsConfig, clap::Error> {
        let or_env = |path: Option<PathBuf>, name: &str| path.or_else(|| variable(name).map(PathBuf::from));
        let text = |name: &str| variable(name).map(|text| text.to_string_lossy().into_owned());
        let mut config = NatsConfig::new(server);
        config.name = "parallel-host".to_owned();
        config.credentials = or_env(self.creds, "NATS_CREDS");
        config.nkey = or_env(self.nkey, "NATS_NKEY");
        config.user = text("NATS_USER").map(|user| (user, text("NATS_PASSWORD").unwrap_or_default()));
        config.ca = or_env(self.tlsca, "NATS_CA");
        config.certificate = match (or_env(self.tlscert, "NATS_CERT"), or_env(self.tlskey, "NATS_KEY")) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => return Err(missing("a certificate needs its key: add --tlskey FILE")),
            (None, Some(_)) => return Err(missing("a key needs its certificate: add --tlscert FILE")),
        };
        Ok(config)
    }
}

/// Options of `host run` for a cluster.
#[derive(Debug, Args)]
pub(super) struct RunInCluster {
    /// Run jobs also on the nodes of a cluster, which are found through this NATS server
    ///
    /// A job leaves if no core has time for it, and if it takes much longer to run than to send. Each other
    /// machine runs host node. The book has a chapter about it: Many machines.
    #[arg(long, value_name = "URL", help_heading = "Cluster")]
    cluster: Option<String>,

    /// Signature of the app, for nodes that run only signed ones [default: APP.wasm.sig, if it exists]
    #[arg(long, value_name = "FILE", requires = "cluster", help_heading = "Cluster")]
    signature: Option<PathBuf>,

    /// Run a job again, on this machine, if its node ends; it may print a line twice
    ///
    /// Without this, the parent of the job gets the failure that it is lost.
    #[arg(long, requires = "cluster", help_heading = "Cluster")]
    rerun_lost: bool,

    #[command(flatten)]
    server: ServerArgs,
}

/// The parsed options of `host run` for a cluster.
#[derive(Debug)]
pub(crate) struct Joining {
    pub(crate) reruns_lost: bool,
    pub(crate) server: NatsConfig,
    /// The file of the signature, if it is named.
    pub(crate) signature: Option<PathBuf>,
}

impl RunInCluster {
    pub(super) fn resolve(self) -> Result<Option<Joining>, clap::Error> {
        let Some(cluster) = self.cluster else { return Ok(None) };
        let server = self.server.resolve(cluster)?;
        Ok(Some(Joining { reruns_lost: self.rerun_lost, server, signature: self.signature }))
    }
}

/// The parsed command line of `host node`.
#[derive(Debug)]
pub(crate) struct OfferCores {
    pub(crate) host: Config,
    pub(crate) server: NatsConfig,
    pub(crate) node: NodeConfig,
}

pub(super) const NODE_EXAMPLES: &str = "\
Examples:
  host node --cluster nats://10.0.0.1:4222 --trust any       run the jobs of all hosts of the cluster
  host node --cluster tls://nats.example.com --trust UABC…   run programs that this key has signed

Signals: the first SIGINT or SIGTERM lets the jobs of the node end, and it takes no more. The second one ends the
process.

Exit codes: 0 after a signal, when all jobs have ended, or those of host run";

/// Offer the cores of this machine to a cluster
///
/// The node runs jobs of programs that other machines run with host run --cluster. It compiles a program once. The
/// jobs have no access to files or network of this machine.
#[derive(Debug, Args)]
pub(super) struct Node {
    /// NATS server through which the hosts of the cluster find each other [default: $NATS_URL]
    #[arg(long, value_name = "URL", help_heading = "Cluster")]
    cluster: Option<String>,

    /// Key whose programs this node runs, or any for all programs; can be given more than once
    ///
    /// host key new makes a key, and host sign signs a program.
    #[arg(long, value_name = "KEY", required = true, help_heading = "Cluster")]
    trust: Vec<String>,

    /// Name of the node [default: the name of the machine]
    #[arg(long, value_name = "NAME", help_heading = "Cluster")]
    name: Option<String>,

    #[command(flatten)]
    server: ServerArgs,

    /// Number of cores to offer [default: all available CPUs]
    #[arg(long, value_name = "N", value_parser = cores)]
    cores: Option<NonZeroUsize>,

    /// Most memory that each run may use on this node, such as 4GiB [default: 3/4 of the available memory]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,

    /// Stack of each job, such as 8MiB; runs with more are refused [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    stack: Option<u64>,

    #[command(flatten)]
    compile: CompileArgs,
}

impl Node {
    pub(super) fn resolve(self) -> Result<OfferCores, clap::Error> {
        let server = self.server.resolve(server(self.cluster)?)?;
        let mut node = NodeConfig::new(trust(&self.trust)?);
        node.name = self.name;
        node.memory = self.memory.unwrap_or(node.memory);
        let mut host = Config::default();
        host.cores = self.cores.unwrap_or(host.cores);
        host.stack = self.stack.map_or(host.stack, |size| usize::try_from(size).unwrap_or(usize::MAX));
        self.compile.apply(&mut host);
        Ok(OfferCores { host, server, node })
    }
}

/// List the nodes of a cluster
///
/// Prints the name, the cores, the free ones and the version of each node that answers within a second.
#[derive(Debug, Args)]
pub(super) struct Nodes {
    /// NATS server through which the hosts of the cluster find each other [default: $NATS_URL]
    #[arg(long, value_name = "URL", help_heading = "Cluster")]
    cluster: Option<String>,

    #[command(flatten)]
    server: ServerArgs,
}

impl Nodes {
    pub(super) fn resolve(self) -> Result<NatsConfig, clap::Error> {
        self.server.resolve(server(self.cluster)?)
    }
}

pub(super) const KEY_EXAMPLES: &str = "\
Example:
  host key new team.key              prints the public half, for host node --trust
  host sign app.wasm --key team.key  writes app.wasm.sig, which host run --cluster finds";

/// Make keys that sign programs for nodes
#[derive(Debug, Args)]
pub(super) struct KeyArgs {
    #[command(subcommand)]
    pub(super) command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key: write its secret half to a file that only you can read, and print its public half
    New {
        /// File of the secret half, which must not exist
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(super) const SIGN_EXAMPLES: &str = "\
Example:
  host key new team.key
  host sign app.wasm --key team.key
  host run app.wasm --cluster nats://10.0.0.1:4222

A signature is valid for exactly these bytes of the program. Sign it again after each build.";

/// Sign a program, so that nodes which trust the key run it
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// File with the secret half of the key, as host key new writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,

    /// Component that is linked into the app; give the same to host run
    #[arg(long = "plug", value_name = "FILE.wasm")]
    pub(crate) plugs: Vec<PathBuf>,

    /// File of the signature [default: APP.wasm.sig]
    #[arg(short, long, value_name = "OUT.sig")]
    pub(crate) output: Option<PathBuf>,

    /// The app
    #[arg(value_name = "APP.wasm")]
    pub(crate) app: PathBuf,
}

/// Returns the address of the server.
fn server(flag: Option<String>) -> Result<String, clap::Error> {
    let server = flag.or_else(|| variable("NATS_URL").map(|url| url.to_string_lossy().into_owned()));
    server.ok_or_else(|| missing("no server: add --cluster nats://HOST:PORT, or set NATS_URL"))
}

/// Returns what a node trusts.
fn trust(words: &[String]) -> Result<Trust, clap::Error> {
    if words.iter().any(|word| word == "any") {
        return Ok(Trust::Any);
    }
    let key = |word: &String| {
        word.parse().map_err(|error| {
            let text = format!(
                "invalid value for --trust: {error}; host key new prints one, and any trusts all programs\n"
            );
            clap::Error::raw(ErrorKind::ValueValidation, text)
        })
    };
    words.iter().map(key).collect::<Result<_, _>>().map(Trust::Keys)
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn missing(text: &str) -> clap::Error {
    clap::Error::raw(ErrorKind::MissingRequiredArgument, format!("{text}\n"))
}
