//! The file systems that are local, and those that may block on a server that is slow or gone.
//!
//! The list names the local ones. A file system that is missing here costs speed, but never blocks a core.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// File systems on local disks or in memory: their names in `/proc/self/mountinfo` and their numbers in
/// `statfs`.
const LOCAL: &[(&str, u32)] = &[
    ("bcachefs", 0xca45_1a4e),
    ("btrfs", 0x9123_683e),
    ("devtmpfs", 0x0102_1994),
    ("erofs", 0xe0f5_e1e2),
    ("exfat", 0x2011_bab0),
    ("ext2", 0xef53),
    ("ext3", 0xef53),
    ("ext4", 0xef53),
    ("f2fs", 0xf2f5_2010),
    ("hugetlbfs", 0x9584_58f6),
    ("iso9660", 0x9660),
    ("jfs", 0x3153_464a),
    ("ntfs3", 0x7366_746e),
    ("overlay", 0x794c_7630),
    ("ramfs", 0x8584_58f6),
    ("squashfs", 0x7371_7368),
    ("tmpfs", 0x0102_1994),
    ("udf", 0x1501_3346),
    ("vfat", 0x4d44),
    ("xfs", 0x5846_5342),
    ("zfs", 0x2fc1_2fc1),
];

/// Pseudo file systems of the kernel. Looking up a path in them does not block. Reading a file, such as
/// `/proc/kmsg`, may.
const PSEUDO: &[&str] = &[
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "efivarfs",
    "fusectl",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "securityfs",
    "selinuxfs",
    "sysfs",
    "tracefs",
];

/// Returns whether operations on this file may block because of its file system. This call may block, too.
pub(super) fn may_block(file: &File) -> io::Result<bool> {
    let number = rustix::fs::fstatfs(file)?.f_type;
    Ok(!LOCAL
        .iter()
        .any(|&(_, local)| number == i64::from(local) || number == i64::from(local.cast_signed())))
}

/// Returns whether looking up a path may block in a file system that is mounted below one of these directories,
/// or whether that is unknown.
pub(super) fn may_block_below(dirs: &[PathBuf]) -> bool {
    // As bytes: the path of a mount point need not be UTF-8.
    let Ok(mounts) = std::fs::read("/proc/self/mountinfo") else { return true };
    mounts.split(|&byte| byte == b'\n').filter_map(mount).any(|(at, name)| {
        let is_fast = LOCAL.iter().any(|(local, _)| name == local.as_bytes());
        let is_fast = is_fast || PSEUDO.iter().any(|pseudo| name == pseudo.as_bytes());
        !is_fast && dirs.iter().any(|dir| at != *dir && at.starts_with(dir))
    })
}

/// Returns the mount point and the name of the file system in a line of `/proc/self/mountinfo`.
///
/// Such a line is `36 35 98:0 / /mnt rw,noatime master:1 - ext4 /dev/root rw`, with any number of optional
/// fields before the dash.
fn mount(line: &[u8]) -> Option<(PathBuf, &[u8])> {
    let mut fields = line.split(|&byte| byte == b' ');
    let at = fields.nth(4)?;
    let name = fields.skip_while(|field| *field != b"-").nth(1)?;
    Some((Path::new(OsStr::from_bytes(&unescape(at))).to_owned(), name))
}

/// Decodes spaces, tabs, line ends and backslashes, which are written as a backslash and three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, behind)) = rest.split_first() {
        let code = (first == b'\\').then(|| behind.get(..3)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 8).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { behind.get(3..).unwrap_or_default() } else { behind };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn procfs_may_block_and_tmpfs_does_not() {
        assert!(may_block(&File::open("/proc/self/status").unwrap()).unwrap());
        assert!(!may_block(&File::open("/dev/null").unwrap()).unwrap());
    }

    #[test]
    fn mounts_are_parsed() {
        let line = br"36 35 0:45 / /mnt/my\040disk rw,relatime shared:1 master:2 - fuse.sshfs host:/ rw";
        assert_eq!(mount(line), Some((PathBuf::from("/mnt/my disk"), &b"fuse.sshfs"[..])));
        assert_eq!(mount(b"22 27 0:21 / /proc rw - proc proc rw"), Some(("/proc".into(), &b"proc"[..])));
        assert_eq!(mount(b""), None);
        assert_eq!(unescape(br"a\134b\"), br"a\b\");
        assert!(!may_block_below(&[PathBuf::from("/no/such/dir")]));
    }
}
