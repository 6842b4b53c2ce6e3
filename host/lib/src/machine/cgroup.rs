//! The memory limit of the control group of this process, and of its parent groups.
//!
//! A group is found in two steps: `/proc/self/cgroup` names it within its hierarchy, and
//! `/proc/self/mountinfo` says where that hierarchy, or which part of it, is mounted. A limit of a group
//! applies to all groups below it, so each group from there up to the mount is read: the limit of a systemd
//! slice, or of a Kubernetes pod, is not set on the process's own group.

use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

/// Returns how many bytes of memory the groups of this process may have, if one of them has a limit.
pub(crate) fn memory() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    limit(&groups, &mounts, |path| fs::read_to_string(path).ok())
}

/// A hierarchy of groups that counts memory.
struct Hierarchy {
    /// The group of the process in it.
    group: PathBuf,
    is_v2: bool,
}

impl Hierarchy {
    /// Returns the files of a group that limit its memory.
    ///
    /// Above `memory.high` a group is slowed down until it hardly runs, so a process should stay below that,
    /// too. The soft limit of cgroup v1 has no such effect.
    fn files(&self) -> &'static [&'static str] {
        if self.is_v2 { &["memory.max", "memory.high"] } else { &["memory.limit_in_bytes"] }
    }

    /// Parses a line such as `0::/user.slice/run-1.scope` or `9:cpu,memory:/docker/3f`.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, group) = (fields.next()?, fields.next()?);
        let is_v2 = controllers.is_empty();
        let counts_memory = is_v2 || controllers.split(',').any(|controller| controller == "memory");
        counts_memory.then(|| Self { group: group.into(), is_v2 })
    }

    /// Returns the directories of the group and of its parent groups, as far as they are mounted.
    fn directories(&self, mounts: &str) -> Vec<PathBuf> {
        let mounts = mounts.lines().filter_map(Mount::parse).filter(|mount| mount.is_of(self));
        mounts.flat_map(|mount| mount.directories(&self.group)).collect()
    }
}

/// A hierarchy, or a part of one, in the file system.
struct Mount<'a> {
    /// The group that is mounted.
    root: PathBuf,
    point: PathBuf,
    kind: &'a str,
    /// For cgroup v1, these include the controllers of the hierarchy.
    options: &'a str,
}

impl<'a> Mount<'a> {
    /// Parses a line such as
    /// `35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate`.
    fn parse(line: &'a str) -> Option<Self> {
        // The number of fields before the dash varies.
        let (place, what) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, point) = (unescape(place.next()?), unescape(place.next()?));
        let mut what = what.split(' ');
        Some(Self { root, point, kind: what.next()?, options: what.nth(1)? })
    }

    fn is_of(&self, hierarchy: &Hierarchy) -> bool {
        match hierarchy.is_v2 {
            true => self.kind == "cgroup2",
            false => self.kind == "cgroup" && self.options.split(',').any(|option| option == "memory"),
        }
    }

    fn directories(&self, group: &Path) -> Vec<PathBuf> {
        // A container may see the name of its group from outside while only the group itself is mounted, or a
        // name that leads out of its namespace. The mounted group is then the one that the process is in.
        let inside = group.strip_prefix(&self.root).unwrap_or(Path::new(""));
        let leads_out = inside.components().any(|part| part == Component::ParentDir);
        let inside = if leads_out { Path::new("") } else { inside };
        inside.ancestors().map(|group| self.point.join(group)).collect()
    }
}

/// Returns the lowest limit of any of these groups; `read` reads a file.
fn limit(groups: &str, mounts: &str, read: impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let hierarchies = groups.lines().filter_map(Hierarchy::parse);
    let files = hierarchies.flat_map(|hierarchy| {
        let files = hierarchy.files();
        let directories = hierarchy.directories(mounts).into_iter();
        directories.flat_map(|directory| files.iter().map(move |file| directory.join(file)))
    });
    // "max" is not a number, and means no limit. cgroup v1 uses a very large number for that.
    files.filter_map(|file| read(&file)?.trim().parse().ok()).min()
}

/// Decodes a path of mountinfo, where a space is `\040`; line ends, tabs and backslashes are encoded
/// likewise.
fn unescape(path: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let octal = behind.get(..3).filter(|_| first == b'\\').and_then(|digits| str::from_utf8(digits).ok());
        let byte = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &behind[3..] } else { behind };
    }
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const V2: &str = "24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw\n\
        35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

    fn limit_with(groups: &str, mounts: &str, files: &[(&str, &str)]) -> Option<u64> {
        let files = files.iter().copied().collect::<HashMap<_, _>>();
        limit(groups, mounts, |path| files.get(path.to_str().unwrap()).map(ToString::to_string))
    }

    #[test]
    fn docker_with_a_namespace_of_groups() {
        let limit = limit_with("0::/\n", V2, &[("/sys/fs/cgroup/memory.max", "536870912\n")]);
        assert_eq!(limit, Some(512 << 20));
    }

    /// The default read only `/sys/fs/cgroup/memory.max`, which the root of the hierarchy does not even have.
    #[test]
    fn a_unit_within_slices_of_systemd() {
        let groups = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-9.scope\n";
        let own =
            "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/run-9.scope/memory.max";
        let files = [
            (own, "max\n"),
            ("/sys/fs/cgroup/user.slice/user-1000.slice/memory.max", "2147483648\n"),
            ("/sys/fs/cgroup/user.slice/memory.max", "4294967296\n"),
            ("/sys/fs/cgroup/user.slice/user-1001.slice/memory.max", "1\n"),
        ];
        assert_eq!(limit_with(groups, V2, &files), Some(2 << 30));
        assert_eq!(limit_with(groups, V2, &files[..1]), None, "no limit");
    }

    #[test]
    fn a_group_that_is_slowed_down_has_no_more_than_that() {
        let files = [
            ("/sys/fs/cgroup/a.slice/memory.max", "1073741824\n"),
            ("/sys/fs/cgroup/a.slice/memory.high", "805306368\n"),
        ];
        assert_eq!(limit_with("0::/a.slice\n", V2, &files), Some(768 << 20));
    }

    #[test]
    fn docker_of_the_first_version() {
        let groups = "12:memory:/docker/3f2a\n11:cpu,cpuacct:/docker/3f2a\n1:name=systemd:/docker/3f2a\n";
        // The container sees only its own group of the hierarchy.
        let mounts = "40 39 0:29 /docker/3f2a /sys/fs/cgroup/memory ro,nosuid master:16 - cgroup cgroup rw,memory\n\
            41 39 0:30 /docker/3f2a /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n";
        let files = [
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n"),
            ("/sys/fs/cgroup/cpu/memory.limit_in_bytes", "1\n"),
        ];
        assert_eq!(limit_with(groups, mounts, &files), Some(256 << 20));
    }

    #[test]
    fn a_hybrid_counts_memory_in_the_first_version() {
        let groups = "4:memory:/jobs/7\n3:cpuset:/\n0::/\n";
        let mounts = "30 25 0:26 / /sys/fs/cgroup/unified rw shared:5 - cgroup2 cgroup2 rw\n\
            33 25 0:29 / /sys/fs/cgroup/memory rw shared:8 - cgroup cgroup rw,memory\n";
        let files = [
            ("/sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes", "9223372036854771712\n"),
            ("/sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", "134217728\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(limit_with(groups, mounts, &files), Some(128 << 20));
    }

    #[test]
    fn a_pod_of_kubernetes_has_the_limit_of_its_containers() {
        let groups = "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-2.scope\n";
        let files = [
            ("/sys/fs/cgroup/kubepods.slice/kubepods-pod1.slice/memory.max", "1073741824\n"),
            ("/sys/fs/cgroup/kubepods.slice/kubepods-pod1.slice/cri-containerd-2.scope/memory.max", "max\n"),
        ];
        assert_eq!(limit_with(groups, V2, &files), Some(1 << 30));
    }

    #[test]
    fn a_name_that_leads_out_is_the_group_that_is_mounted() {
        let files = [("/sys/fs/cgroup/memory.max", "4096\n")];
        assert_eq!(limit_with("0::/../../other.slice\n", V2, &files), Some(4096));
        let mounts = V2.replace("0:30 / ", "0:30 /some/where ");
        assert_eq!(limit_with("0::/else/where\n", &mounts, &files), Some(4096));
    }

    #[test]
    fn a_mount_may_have_a_strange_name() {
        let mounts = V2.replace("/sys/fs/cgroup", "/mnt/a\\040b\\134c\\9");
        let files = [("/mnt/a b\\c\\9/x/memory.max", "7\n")];
        assert_eq!(limit_with("0::/x\n", &mounts, &files), Some(7));
    }

    #[test]
    fn where_nothing_is_known_there_is_no_limit() {
        assert_eq!(limit_with("", V2, &[]), None);
        assert_eq!(limit_with("nonsense\n0:\n", "nonsense\n - \n1 2 - x\n", &[]), None);
        assert_eq!(limit_with("0::/\n", "", &[("/memory.max", "1\n")]), None);
        assert_eq!(limit_with("0::/\n", V2, &[("/sys/fs/cgroup/memory.max", "-1\n")]), None);
    }
}
