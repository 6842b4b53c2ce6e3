//! The output of `host inspect`: the description of a file, in lines for people or as JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use bytesize::ByteSize;
use serde::Serialize;

use host::{AppKind, Escaped, Grant, Inspection};

use crate::hint::Hinted;

/// The description of a file, for programs.
#[derive(Serialize)]
struct Object<'a> {
    runs: bool,
    file: String,
    bytes: u64,
    problems: Vec<String>,
    kind: &'static str,
    main: Option<&'a str>,
    handler: Option<&'a str>,
    worker: Option<&'a str>,
    contract: Option<&'a str>,
    host_contract: &'a str,
    imports: Vec<Import<'a>>,
    exports: &'a [String],
    grants: Vec<Flag>,
    components: usize,
    core_modules: usize,
}

#[derive(Serialize)]
struct Import<'a> {
    name: &'a str,
    satisfied: bool,
}

#[derive(Serialize)]
struct Flag {
    option: &'static str,
    what: String,
}

/// Returns the description of a file as a JSON object.
pub(crate) fn json(inspection: &Inspection) -> String {
    let object = Object {
        runs: inspection.runs(),
        // JSON strings are UTF-8, so a name with other bytes is replaced by its displayed form.
        file: inspection.file.display().to_string(),
        bytes: inspection.bytes,
        problems: problems(inspection),
        kind: kind(inspection.kind),
        main: inspection.main.as_deref(),
        handler: inspection.handler.as_deref(),
        worker: inspection.worker.as_deref(),
        contract: inspection.contract.as_deref(),
        host_contract: &inspection.host_contract,
        imports: inspection
            .imports
            .iter()
            .map(|import| Import { name: &import.name, satisfied: import.satisfied })
            .collect(),
        exports: &inspection.exports,
        grants: inspection
            .grants
            .iter()
            .map(|grant| Flag { option: option(*grant), what: grant.to_string() })
            .collect(),
        components: inspection.components,
        core_modules: inspection.core_modules,
    };
    let text = serde_json::to_string_pretty(&object);
    escaped(&text.unwrap_or_else(|error| unreachable!("strings and numbers can be written: {error}")))
}

/// Escapes the characters of a JSON text that could control a terminal. They occur only in strings, where JSON
/// allows escapes. Line ends also occur between strings, and are kept.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && Escaped(c).differs() {
            // All of these characters are at most U+FFFF, so one escape suffices.
            _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text
}

/// Returns the description of a file in lines for people, each with a heading.
pub(crate) fn text(inspection: &Inspection) -> String {
    let Inspection { main, handler, worker, contract, host_contract, .. } = inspection;
    let mut rows = Rows(Vec::new());
    rows.one("size", Some(size(inspection)));
    rows.one("main", main.clone());
    rows.one("handler", handler.clone());
    rows.one("worker", worker.clone());
    let versions = |app| format!("{app}, this host has {host_contract}");
    rows.one("contract", contract.as_ref().map(versions));
    let is_known = |name: &str| [main, handler, worker].iter().any(|known| known.as_deref() == Some(name));
    rows.all("exports", inspection.exports.iter().filter(|name| !is_known(name)).cloned());
    rows.all("imports", packages(inspection).into_iter());
    let missing = inspection.imports.iter().filter(|import| !import.satisfied);
    rows.all("missing", missing.map(|import| import.name.clone()));
    rows.all("may use", inspection.grants.iter().map(|grant| format!("{grant}, with {}", option(*grant))));
    match worker {
        _ if !inspection.runs() => {
            rows.all("runs", problems(inspection).iter().map(|why| format!("no: {why}")));
        }
        _ if main.is_none() => rows.one("runs", Some("yes, by host serve, on many cores".to_owned())),
        Some(_) => rows.one("runs", Some("yes, on many cores".to_owned())),
        None => rows.one("runs", Some("yes, on one core: it exports no worker".to_owned())),
    }
    if handler.is_some() && inspection.runs() && main.is_some() {
        rows.one("", Some("as an HTTP handler, by host serve".to_owned()));
    }
    rows.text(&inspection.file)
}

/// Returns the errors that prevent the app from running, each with the flags that it refers to.
fn problems(inspection: &Inspection) -> Vec<String> {
    inspection.problems.iter().map(|problem| Hinted(problem).to_string()).collect()
}

/// Returns the kind of a component, for programs.
fn kind(kind: AppKind) -> &'static str {
    match kind {
        AppKind::Command => "command",
        AppKind::HttpHandler => "http-handler",
        AppKind::Library => "library",
        _ => "other",
    }
}

/// Returns the option of `host run` that grants this.
fn option(grant: Grant) -> &'static str {
    match grant {
        Grant::Dirs => "--dir",
        Grant::Env => "--env",
        Grant::Tcp => "-S tcp",
        Grant::Udp => "-S udp",
        Grant::IpNameLookup => "-S allow-ip-name-lookup",
        Grant::Http => "-S http",
        _ => "an option of host run",
    }
}

/// Returns the satisfied imports, one line per package: `wasi:io@0.2.6: error, poll`.
fn packages(inspection: &Inspection) -> Vec<String> {
    let mut packages = BTreeMap::<_, Vec<_>>::new();
    for import in inspection.imports.iter().filter(|import| import.satisfied) {
        let (path, version) = import.name.split_once('@').unwrap_or((&import.name, ""));
        let (package, interface) = path.split_once('/').unwrap_or(("", path));
        packages.entry((package, version)).or_default().push(interface);
    }
    let line = |((package, version), interfaces): (_, Vec<_>)| {
        format!("{package}@{version}: {}", interfaces.join(", "))
    };
    packages.into_iter().map(line).collect()
}

fn size(inspection: &Inspection) -> String {
    let size = ByteSize(inspection.bytes);
    match (inspection.components, inspection.core_modules) {
        (_, 0) => size.to_string(),
        (0, modules) => format!("{size}, core modules: {modules}"),
        (components, modules) => {
            format!("{size}, components in it: {components}, core modules: {modules}")
        }
    }
}

/// The lines of a description. The first line of each kind has a heading.
struct Rows(Vec<(&'static str, String)>);

impl Rows {
    fn one(&mut self, word: &'static str, value: Option<String>) {
        self.0.extend(value.map(|value| (word, Escaped(value).to_string())));
    }

    fn all(&mut self, word: &'static str, values: impl Iterator<Item = String>) {
        let words = std::iter::once(word).chain(std::iter::repeat(""));
        // Most values are names in the file, which may contain control characters.
        self.0.extend(words.zip(values.map(|value| Escaped(value).to_string())));
    }

    fn text(&self, file: &Path) -> String {
        let rows = self.0.iter().map(|(word, value)| format!("\n  {word:<9} {value}"));
        std::iter::once(Escaped(file.display()).to_string()).chain(rows).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_means_the_same() {
        let text = "a\u{9b}b\u{202e}\n";
        let plain = serde_json::to_string(text).unwrap();
        let escaped = escaped(&plain);
        assert!(!escaped.chars().any(|c| Escaped(c).differs()));
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
