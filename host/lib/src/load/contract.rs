//! The versions of the contract, `wit/`, and which of them this host can run.
//!
//! Within a minor version nothing is removed, so an app that was built against an older version runs. An app
//! that was built against a newer one may need something that this host does not have. The engine would find
//! that only name by name, because it treats all versions of a minor version as the same.

use semver::Version;

/// The package of the contract.
const PACKAGE: &str = "parallel:futures/";

/// The version of the contract that this host implements.
pub(crate) const HOST: Version = Version::new(0, 1, 0);

/// The version of the draft for WASI 0.3, which this host implements too.
const DRAFT: &str = "0.3.0-draft";

/// Returns the newest version of the contract among the names of imports and exports, if there is any.
pub(crate) fn newest<'a>(names: impl Iterator<Item = &'a str>) -> Option<Version> {
    versions(names).max()
}

/// Returns the newest version that this host does not have.
pub(super) fn foreign<'a>(names: impl Iterator<Item = &'a str>) -> Option<Version> {
    versions(names).filter(|version| !is_here(version)).max()
}

fn versions<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Version> {
    let of_contract = names.filter(|name| is_of_contract(name)).filter_map(|name| name.split_once('@'));
    of_contract.filter_map(|(_, version)| Version::parse(version).ok())
}

/// Returns whether an import or export belongs to the contract, in any version.
pub(super) fn is_of_contract(name: &str) -> bool {
    name.starts_with(PACKAGE)
}

/// Returns whether an app that was built against this version runs here.
fn is_here(app: &Version) -> bool {
    // A pre-release is compatible only with itself, for the engine too.
    let is_same_line = (app.major, app.minor) == (HOST.major, HOST.minor) && app.pre.is_empty();
    *app == HOST || (is_same_line && *app < HOST) || app.to_string() == DRAFT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_version_of_the_contract() {
        let wit = include_str!("../../wit/world.wit");
        assert!(wit.contains(&format!("package parallel:futures@{HOST};")));
        let draft = include_str!("../../wit/wasi03/jobs.wit");
        assert!(draft.contains(&format!("package parallel:futures@{DRAFT};")));
    }

    #[test]
    fn an_older_one_of_the_line_runs_and_a_newer_one_does_not() {
        let next = Version::new(HOST.major, HOST.minor, HOST.patch + 1);
        assert!(is_here(&HOST) && !is_here(&next));
        for (app, runs) in
            [("0.0.9", false), ("0.2.0", false), ("1.1.0", false), ("0.1.0-rc.1", false), (DRAFT, true)]
        {
            assert_eq!(is_here(&Version::parse(app).unwrap()), runs, "{app}");
        }
        assert!((0..=HOST.patch).all(|patch| is_here(&Version::new(HOST.major, HOST.minor, patch))));
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let names = ["parallel:futures/jobs@0.1.9", "parallel:futures/worker@0.1.10", "wasi:cli/run@0.2.6"];
        assert_eq!(newest(names.into_iter()), Some(Version::new(0, 1, 10)));
        assert_eq!(foreign(names.into_iter()), Some(Version::new(0, 1, 10)));
        assert_eq!(newest(["wasi:cli/run@0.2.6", "now"].into_iter()), None);
        let names = ["parallel:futures/types@0.1.0", "parallel:futures/jobs@0.0.1"];
        assert_eq!(foreign(names.into_iter()), Some(Version::new(0, 0, 1)));
    }
}
