//! From files to the bytes of one component, using wac's graph.

use std::path::{Path, PathBuf};

use wac_graph::{CompositionGraph, EncodeError, EncodeOptions, InstantiationArgumentError, NodeId};

use super::caught::caught;
use super::links::{Link, is_linked, links};
use super::part::{Part, Role, unversioned};
use crate::Error;
use crate::error::{ComposeError, Situation};
use crate::load::file;

/// The export that only a host can call.
const WORKER: &str = "parallel:futures/worker";

/// What to validate in the composed component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Validates the imports and exports of the parts, which is fast.
    Types,
    /// Validates the code of the parts as well.
    Everything,
}

/// A component, with the origin of its imports.
#[derive(Debug)]
pub(crate) struct Composed {
    pub(crate) bytes: Vec<u8>,
    /// The imports that the component has because of a plug.
    pub(crate) of_plugs: Vec<(PathBuf, Vec<String>)>,
}

/// Composes an app with its plugs, and with the provider if it is to be portable.
pub(super) fn encode(
    app: &Path,
    plugs: &[PathBuf],
    is_portable: bool,
    check: Check,
) -> Result<Composed, Error> {
    if plugs.is_empty() && !is_portable {
        let bytes = file::read_app(app)?;
        file::check_component(app, &bytes)?;
        return Ok(Composed { bytes, of_plugs: Vec::new() });
    }
    let mut graph = CompositionGraph::new();
    let mut parts = vec![Part::read(&mut graph, Role::App, app.to_owned())?];
    for plug in plugs {
        parts.push(Part::read(&mut graph, Role::Plug, plug.clone())?);
    }
    if is_portable {
        parts.push(Part::provider(&mut graph)?);
    }
    let links = links(&parts)?;
    if is_portable {
        check_portable(&parts, &links)?;
    }
    let invalid = |cause| Situation::InvalidComponent { path: app.to_owned(), cause };
    caught(|| connect(&mut graph, &parts, &links, is_portable)).map_err(invalid)??;
    let options = EncodeOptions { validate: check == Check::Everything, ..EncodeOptions::default() };
    let bytes = caught(|| graph.encode(options)).map_err(invalid)?;
    let bytes = bytes.map_err(|error| encode_error(&graph, &parts, error))?;
    Ok(Composed { bytes, of_plugs: imports_of_plugs(&parts, &links) })
}

/// Instantiates each part with its imports, and exports what the app exports.
fn connect(
    graph: &mut CompositionGraph,
    parts: &[Part],
    links: &[Link],
    is_portable: bool,
) -> Result<(), Error> {
    let is_used = |at: usize| at == 0 || links.iter().any(|link| link.exporter == at);
    let instances = parts.iter().enumerate();
    // The provider is left out if the app has no jobs.
    let instances = instances.map(|(at, part)| is_used(at).then(|| graph.instantiate(part.package)));
    let instances = instances.collect::<Vec<_>>();
    for link in links {
        let (Some(importer), Some(exporter)) = (instances[link.importer], instances[link.exporter]) else {
            continue;
        };
        let export = alias(graph, exporter, &link.export)?;
        let given = graph.set_instantiation_argument(importer, &link.import, export);
        given.map_err(|error| argument_error(parts, link, error))?;
    }
    for name in &parts[0].exports {
        if is_portable && unversioned(name) == WORKER {
            continue;
        }
        if let Some(app) = instances[0] {
            let export = alias(graph, app, name)?;
            graph.export(export, name).map_err(|error| Error::host_bug(error.to_string()))?;
        }
    }
    Ok(())
}

fn alias(graph: &mut CompositionGraph, instance: NodeId, export: &str) -> Result<NodeId, Error> {
    graph.alias_instance_export(instance, export).map_err(|error| Error::host_bug(error.to_string()))
}

fn argument_error(parts: &[Part], link: &Link, error: InstantiationArgumentError) -> Error {
    match error {
        InstantiationArgumentError::ArgumentTypeMismatch { source, .. } => ComposeError::OtherType {
            importer: parts[link.importer].path.clone(),
            import: link.import.clone(),
            exporter: parts[link.exporter].path.clone(),
            cause: format!("{source:#}"),
        }
        .into(),
        error => Error::host_bug(error.to_string()),
    }
}

fn encode_error(graph: &CompositionGraph, parts: &[Part], error: EncodeError) -> Error {
    let path = |node: NodeId| {
        let part = parts.iter().find(|part| graph[node].package() == Some(part.package));
        part.map(|part| part.path.clone()).unwrap_or_default()
    };
    match error {
        EncodeError::ImportTypeMergeConflict { import, first, second, source } => {
            let (first, second) = (path(first), path(second));
            ComposeError::Conflict { import, first, second, cause: format!("{source:#}") }.into()
        }
        EncodeError::ValidationFailure { source } => {
            ComposeError::Invalid { app: parts[0].path.clone(), cause: source.to_string() }.into()
        }
        error => Error::host_bug(error.to_string()),
    }
}

/// Checks that the remaining imports are ones that every runtime has.
fn check_portable(parts: &[Part], links: &[Link]) -> Result<(), ComposeError> {
    let is_portable = |name: &str| name.starts_with("wasi:") && name.contains("@0.2.");
    for (at, part) in parts.iter().enumerate() {
        let mut imports = left(part, at, links);
        imports.retain(|name| !is_portable(name));
        if !imports.is_empty() {
            return Err(ComposeError::NotPortable { importer: part.path.clone(), imports });
        }
    }
    Ok(())
}

fn imports_of_plugs(parts: &[Part], links: &[Link]) -> Vec<(PathBuf, Vec<String>)> {
    let plugs = parts.iter().enumerate().filter(|(_, part)| part.role == Role::Plug);
    plugs.map(|(at, part)| (part.path.clone(), left(part, at, links))).collect()
}

/// Returns the imports of a part that no other part satisfies.
fn left(part: &Part, at: usize, links: &[Link]) -> Vec<String> {
    let left = part.imports.iter().filter(|import| !import.is_types_only);
    let left = left.filter(|import| !is_linked(links, at, &import.name));
    left.map(|import| import.name.clone()).collect()
}
