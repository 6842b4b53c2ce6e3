//! Which part satisfies which import of which other, decided by names alone.

use super::part::{Import, Part, Role, unversioned};
use crate::error::ComposeError;

/// What an app asks of its host.
const JOBS: &str = "parallel:futures/jobs";

/// One import, and who satisfies it. Parts are numbers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) importer: usize,
    pub(super) import: String,
    pub(super) exporter: usize,
    pub(super) export: String,
}

/// All links of these parts, the app first. Every plug is of use to the app, if not at once then to
/// one that is.
///
/// # Errors
///
/// Fails if there is no one way to do it, and says what is in the way.
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

/// The jobs of a plug would be run by the app's `worker`, which does not know them.
fn check_jobs(part: &Part) -> Result<(), ComposeError> {
    let is_jobs = |name: &str| unversioned(name) == JOBS;
    let asks = part.imports.iter().any(|import| is_jobs(&import.name));
    let answers = part.exports.iter().any(|export| is_jobs(export));
    if part.role == Role::Plug && asks && !answers {
        return Err(ComposeError::PlugWithJobs { plug: part.path.clone() });
    }
    Ok(())
}

/// Who satisfies an import, if anybody does.
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
        // A plug that needs what the app exports cannot have it, and the cycle says so.
        return Ok(exports(Role::Provider).chain(exports(Role::App)).next());
    };
    match plugs.next() {
        // Types are the same wherever they are from.
        Some((second, _)) if !import.is_types_only => Err(ComposeError::TwoPlugs {
            first: parts[first.0].path.clone(),
            second: parts[second].path.clone(),
            import: import.name.clone(),
            importer: parts[importer].path.clone(),
        }),
        _ => Ok(Some(first)),
    }
}

/// The members of a cycle, each of which imports from the next.
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

/// Whether the app has something of each plug.
fn check_use(parts: &[Part], links: &[Link]) -> Result<(), ComposeError> {
    let mut used = vec![false; parts.len()];
    used[0] = true;
    // No path is longer than there are parts.
    for _ in parts {
        for link in links {
            used[link.exporter] |= used[link.importer];
        }
    }
    let is_idle = |at: &usize| parts[*at].role == Role::Plug && !used[*at];
    // One that only an idle plug uses is not the one to blame.
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

/// Whether what stays open is there in a version that does not fit.
fn check_versions(parts: &[Part], links: &[Link]) -> Result<(), ComposeError> {
    (1..parts.len()).find_map(|exporter| other_version(parts, links, exporter)).map_or(Ok(()), Err)
}

/// An open import that this part would satisfy in another version.
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

/// What nobody satisfies, and a plug could: what WASI has and an app asks of its host is not of it.
fn open<'a>(parts: &'a [Part], links: &'a [Link]) -> impl Iterator<Item = (usize, &'a Part, &'a Import)> {
    let all = parts.iter().enumerate().flat_map(|(at, part)| part.imports.iter().map(move |i| (at, part, i)));
    all.filter(|(at, _, import)| {
        !is_linked(links, *at, &import.name) && !import.is_types_only && !import.name.starts_with("wasi:")
    })
}

pub(super) fn is_linked(links: &[Link], importer: usize, import: &str) -> bool {
    links.iter().any(|link| link.importer == importer && link.import == import)
}
