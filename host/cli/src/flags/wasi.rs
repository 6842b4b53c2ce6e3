//! `-S`: options of WASI, with the names and meanings that they have for wasmtime.

use super::values::size;

/// The options of one or more `-S`. Of an option that is given twice, the last one wins.
#[derive(Debug, Clone, Default)]
pub(super) struct Wasi {
    pub(super) inherit_network: Option<bool>,
    pub(super) tcp: Option<bool>,
    pub(super) udp: Option<bool>,
    pub(super) allow_ip_name_lookup: Option<bool>,
    pub(super) http: Option<bool>,
    pub(super) inherit_env: Option<bool>,
    pub(super) inherit_stdin: Option<bool>,
    pub(super) inherit_stdout: Option<bool>,
    pub(super) inherit_stderr: Option<bool>,
    pub(super) cwd: Option<String>,
    pub(super) config: Vec<(String, String)>,
    pub(super) keyvalue: Vec<(String, String)>,
    pub(super) max_resources: Option<usize>,
    pub(super) hostcall_fuel: Option<usize>,
    pub(super) max_random_size: Option<u64>,
    pub(super) max_http_fields_size: Option<usize>,
}

/// An option: its name, and what sets it.
type Key = (&'static str, Kind);

/// What an option sets.
enum Kind {
    /// A grant: with `=y` or alone it is given, with `=n` it is not.
    Flag(fn(&mut Wasi) -> &mut Option<bool>),
    Text(fn(&mut Wasi) -> &mut Option<String>),
    Count(fn(&mut Wasi) -> &mut Option<usize>),
    Size(fn(&mut Wasi) -> &mut Option<usize>),
    LongSize(fn(&mut Wasi) -> &mut Option<u64>),
    Pair(fn(&mut Wasi) -> &mut Vec<(String, String)>),
    /// A part of WASI that this host always has.
    Always,
    /// A part of WASI that this host does not have, and why.
    Never(&'static str),
}

const NO_WASIP1: &str = "it is of WASI 0.1, and an app is a component";

const KEYS: &[Key] = &[
    ("inherit-network", Kind::Flag(|wasi| &mut wasi.inherit_network)),
    ("tcp", Kind::Flag(|wasi| &mut wasi.tcp)),
    ("udp", Kind::Flag(|wasi| &mut wasi.udp)),
    ("allow-ip-name-lookup", Kind::Flag(|wasi| &mut wasi.allow_ip_name_lookup)),
    ("http", Kind::Flag(|wasi| &mut wasi.http)),
    ("inherit-env", Kind::Flag(|wasi| &mut wasi.inherit_env)),
    ("inherit-stdin", Kind::Flag(|wasi| &mut wasi.inherit_stdin)),
    ("inherit-stdout", Kind::Flag(|wasi| &mut wasi.inherit_stdout)),
    ("inherit-stderr", Kind::Flag(|wasi| &mut wasi.inherit_stderr)),
    ("cwd", Kind::Text(|wasi| &mut wasi.cwd)),
    ("config-var", Kind::Pair(|wasi| &mut wasi.config)),
    ("keyvalue-in-memory-data", Kind::Pair(|wasi| &mut wasi.keyvalue)),
    ("max-resources", Kind::Count(|wasi| &mut wasi.max_resources)),
    ("hostcall-fuel", Kind::Size(|wasi| &mut wasi.hostcall_fuel)),
    ("max-random-size", Kind::LongSize(|wasi| &mut wasi.max_random_size)),
    ("max-http-fields-size", Kind::Size(|wasi| &mut wasi.max_http_fields_size)),
    ("config", Kind::Always),
    ("keyvalue", Kind::Always),
    ("tls", Kind::Always),
    ("cli", Kind::Always),
    ("common", Kind::Always),
    ("preview2", Kind::Always),
    ("p3", Kind::Always),
    ("cli-exit-with-code", Kind::Always),
    ("network-error-code", Kind::Always),
    ("nn", Kind::Never("it has no machine learning")),
    ("nn-graph", Kind::Never("it has no machine learning")),
    ("threads", Kind::Never("jobs are its threads")),
    ("preview0", Kind::Never(NO_WASIP1)),
    ("listenfd", Kind::Never(NO_WASIP1)),
    ("tcplisten", Kind::Never(NO_WASIP1)),
];

/// Checks the value of one `-S`.
pub(super) fn wasi(text: &str) -> Result<String, String> {
    Wasi::default().add(text)?;
    Ok(text.to_owned())
}

impl Wasi {
    /// Parses the values of all `-S`, in their order.
    pub(super) fn parse(all: &[String]) -> Result<Self, String> {
        let mut wasi = Self::default();
        all.iter().try_for_each(|text| wasi.add(text))?;
        Ok(wasi)
    }

    /// Adds the options of one `-S`.
    fn add(&mut self, text: &str) -> Result<(), String> {
        text.split(',').try_for_each(|option| self.set(option))
    }

    /// Sets one option: `KEY` or `KEY=VALUE`.
    fn set(&mut self, option: &str) -> Result<(), String> {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (option, None),
        };
        let Some((_, kind)) = KEYS.iter().find(|(known, _)| *known == name) else {
            return Err(format!("there is no '{name}'; known are {}", known()));
        };
        let needed = || value.ok_or_else(|| format!("{name} needs a value"));
        match kind {
            Kind::Flag(field) => *field(self) = Some(yes_or_no(name, value)?),
            Kind::Text(field) => *field(self) = Some(needed()?.to_owned()),
            Kind::Pair(field) => {
                let pair =
                    needed()?.split_once('=').ok_or_else(|| format!("{name} needs a name and a value"))?;
                field(self).push((pair.0.to_owned(), pair.1.to_owned()));
            }
            Kind::Count(field) => {
                let count = needed()?.parse().map_err(|_| format!("{name} needs a whole number"))?;
                *field(self) = Some(count);
            }
            Kind::Size(field) => {
                *field(self) = Some(usize::try_from(size_of(name, needed()?)?).unwrap_or(usize::MAX))
            }
            Kind::LongSize(field) => *field(self) = Some(size_of(name, needed()?)?),
            Kind::Always if yes_or_no(name, value)? => {}
            Kind::Always => return Err(format!("this host always has {name}")),
            // Without a value it is asked for.
            Kind::Never(_) if yes_or_no(name, value) == Ok(false) => {}
            Kind::Never(why) => return Err(format!("this host does not have {name}: {why}")),
        }
        Ok(())
    }
}

fn size_of(name: &str, text: &str) -> Result<u64, String> {
    size(text).map_err(|error| format!("{name}: {error}"))
}

fn known() -> String {
    let known = KEYS.iter().filter(|(_, kind)| !matches!(kind, Kind::Always | Kind::Never(_)));
    known.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn yes_or_no(name: &str, value: Option<&str>) -> Result<bool, String> {
    match value {
        None | Some("y" | "yes" | "true") => Ok(true),
        Some("n" | "no" | "false") => Ok(false),
        Some(value) => Err(format!("the value of {name} is y or n, not {value}")),
    }
}
