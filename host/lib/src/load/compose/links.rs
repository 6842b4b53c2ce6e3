//! Decides which part satisfies which import of which other part, by names alone.

use super::part::{Import, Part, Role, unversioned};
use crate::error::ComposeError;

/// The interface that an app imports from its host.
const JOBS: &str = "parallel:futures/jobs";

/// One import, and the part that satisfies it. Parts are indices.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) importer: usize,
    pub(super) import: String,
    pub(super) exporter: usize,
    pub(super) export: String,
}

/// Returns all links of these parts, of which the app is the first. Every plug is used by the app, directly
/// or through other plugs.
///
/// # Errors
///
/// Fails if there is no unique way to link the parts, and says why.
pub(super) fn links(parts: &[Part]) -> Result<Vec<Link>, ComposeError> {
    for part in parts {
        check_jobs(part)?;
    }
    let mut links = Vec::new();
    for (importer, part) in parts.iter().enumerate() {
        for import in &part.imports {
            if let Some((exporter, export)) = exporter(parts, importer, import)? {
                links.push(Link { importer, import: import.name.clone(), exporter, export });
            }
        }
    }
    if let Some(cycle) = cycle(parts.len(), &links) {
        let members = cycle.into_iter().map(|part| parts[part].path.clone()).collect();
        return Err(ComposeError::Cycle { members });
    }
    check_use(parts, &links)?;
    check_versions(parts, &links)?;
    Ok(links)
}

/// Checks that a plug has no jobs: the app's `worker` would run them, and does not know them.
fn check_jobs(part: &Part) -> Result<(), ComposeError> {
    let is_jobs = |name: &str| unversioned(name) == JOBS;
    let asks = part.imports.iter().any(|import| is_jobs(&import.name));
    let answers = part.exports.iter().any(|export| is_jobs(export));
    if part.role == Role::Plug && asks && !answers {
        return Err(ComposeError::PlugWithJobs { plug: part.path.clone() });
    }
    Ok(())
}

/// Returns the part that satisfies an import, if there is one.
fn exporter(
    parts: &[Part],
    importer: usize,
    import: &Import,
) -> Result<Option<(usize, String)>, ComposeError> {
    let exports = |role| {
        let others = parts.iter().enumerate().filter(move |(at, part)| *at != importer && part.role == role);
        others.filter_map(|(at, part)| Some((at, part.export_for(&import.name)?.to_owned())))
    };
    let mut plugs = exports(Role::Plug);
    let Some(first) = plugs.next() else {
        // A plug cannot import what the app exports; it is reported as a cycle.
        return Ok(exports(Role::Provider).chain(exports(Role::App)).next());
    };
    match plugs.next() {
        // Types are the same in every part that exports them.
        Some((second, _)) if !import.is_types_only => Err(ComposeError::TwoPlugs {
            first: parts[first.0].path.clone(),
            second: parts[second].path.clone(),
            import: import.name.clone(),
            importer: parts[importer].path.clone(),
        }),
        _ => Ok(Some(first)),
    }
}

/// Returns the members of a cycle, each of which imports from the next.
fn cycle(parts: usize, links: &[Link]) -> Option<Vec<usize>> {
    let mut done = vec![false; parts];
    (0..parts).find_map(|part| visit(part, links, &mut Vec::new(), &mut done))
}

fn visit(part: usize, links: &[Link], path: &mut Vec<usize>, done: &mut [bool]) -> Option<Vec<usize>> {
    if let Some(start) = path.iter().position(|earlier| *earlier == part) {
        return Some(path[start..].to_vec());
    }
    if done[part] {
        return None;
    }
    path.push(part);
    let mut next = links.iter().filter(|link| link.importer == part).map(|link| link.exporter);
    let found = next.find_map(|next| visit(next, links, path, done));
    path.pop();
    done[part] = true;
    found
}

/// Checks that the app uses each plug.
fn check_use(parts: &[Part], links: &[Link]) -> Result<(), ComposeError> {
    let mut used = vec![false; parts.len()];
    used[0] = true;
    // No path is longer than the number of parts.
    for _ in parts {
        for link in links {
            used[link.exporter] |= used[link.importer];
        }
    }
    let is_idle = |at: &usize| parts[*at].role == Role::Plug && !used[*at];
    // A plug that only an idle plug uses is not reported.
    let is_root = |at: &usize| !links.iter().any(|link| link.exporter == *at);
    let Some(plug) = (0..parts.len()).filter(is_idle).find(is_root) else {
        return Ok(());
    };
    other_version(parts, links, plug).map_or(Ok(()), Err)?;
    let wanted = open(parts, links).filter(|(at, _, import)| used[*at] && unversioned(&import.name) != JOBS);
    Err(ComposeError::NoUse {
        plug: parts[plug].path.clone(),
        exports: parts[plug].exports.clone(),
        app: parts[0].path.clone(),
        wanted: wanted.map(|(_, part, import)| (part.path.clone(), import.name.clone())).collect(),
    })
}

/// Checks that no open import is exported in a version that does not fit.
fn check_versions(parts: &[Part], links: &[Link]) -> Result<(), ComposeError> {
    (1..parts.len()).find_map(|exporter| other_version(parts, links, exporter)).map_or(Ok(()), Err)
}

/// Returns an error if this part exports an open import in another version.
fn other_version(parts: &[Part], links: &[Link], exporter: usize) -> Option<ComposeError> {
    open(parts, links).filter(|(at, _, _)| *at != exporter).find_map(|(_, part, import)| {
        let export = parts[exporter].other_version_of(&import.name)?;
        Some(ComposeError::OtherVersion {
            importer: part.path.clone(),
            import: import.name.clone(),
            exporter: parts[exporter].path.clone(),
            export: export.to_owned(),
        })
    })
}

/// Returns the open imports that a plug could satisfy. These exclude WASI, which the host provides.
fn open<'a>(parts: &'a [Part], links: &'a [Link]) -> impl Iterator<Item = (usize, &'a Part, &'a Import)> {
    let all = parts.iter().enumerate().flat_map(|(at, part)| part.imports.iter().map(move |i| (at, part, i)));
    all.filter(|(at, _, import)| {
        !is_linked(links, *at, &import.name) && !import.is_types_only && !import.name.starts_with("wasi:")
    })
}

pub(super) fn is_linked(links: &[Link], importer: usize, import: &str) -> bool {
    links.iter().any(|link| link.importer == importer && link.import == import)
}
