//! What the machine and a folder's file system can do, as plain facts for whoever wants to know why something
//! is slow or refused. Knows no table.

use crate::mapping::has_sealed_memory;
use crate::memory_room::{available_byte_len, of_machine};
use crate::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

/// Facts about the machine. `None` where the system does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Bytes of a page.
    pub page_byte_len: usize,
    /// Whether the system gives huge pages to memory by itself: `always`, `madvise` or `never`.
    pub huge_pages: Option<String>,
    /// The same for files in memory (shared buffers): `always`, `within_size`, `advise`, `never` and others.
    pub huge_pages_shared: Option<String>,
    /// Sealed files in memory (memfd), which [`SharedBuffer`](crate::SharedBuffer) needs.
    pub has_sealed_memory: bool,
    /// Maps that a process may have (`vm.max_map_count`). Each mapped file of a column takes one.
    pub max_map_count: Option<u64>,
    /// Files that this process may have open; a table that is read, and not mapped, holds one a file.
    pub max_open_files: Option<u64>,
    /// Memory of the machine in bytes.
    pub memory_byte_len: Option<u64>,
    /// Of that, what is free or could be freed at once, in bytes.
    pub available_byte_len: Option<u64>,
}

/// Facts about the file system of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFacts {
    /// The folder.
    pub path: PathBuf,
    /// The kind of file system, as in `ext4`; the number of its kind in hexadecimal where the name is not
    /// known, `None` where the system does not say.
    pub file_system: Option<String>,
    /// Bytes that this user may still write.
    pub free_byte_len: u64,
    /// Bytes in all.
    pub total_byte_len: u64,
    /// What was found out by trying; `None` where the folder cannot be written to.
    pub abilities: Option<Abilities>,
}

/// What a file system can do, tried out with a small file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// File locks, which keep writers apart and old versions from being deleted under readers.
    pub file_locks: bool,
    /// Reserving space (fallocate), which makes a full disk a clean error.
    pub fallocate: bool,
    /// Renaming without replacing (renameat2), the step that commits; without it a hard link does.
    pub rename_noreplace: bool,
}

/// Looks at the machine.
pub fn machine() -> Machine {
    Machine {
        page_byte_len: rustix::param::page_size(),
        huge_pages: chosen("/sys/kernel/mm/transparent_hugepage/enabled"),
        huge_pages_shared: chosen("/sys/kernel/mm/transparent_hugepage/shmem_enabled"),
        has_sealed_memory: has_sealed_memory(),
        max_map_count: line("/proc/sys/vm/max_map_count").and_then(|l| l.parse().ok()),
        max_open_files: rustix::process::getrlimit(rustix::process::Resource::Nofile).current,
        memory_byte_len: of_machine("MemTotal:"),
        available_byte_len: available_byte_len(),
    }
}

impl Machine {
    /// Looks at the file system of a folder. A file that vanishes again is made in it, to try things out.
    ///
    /// # Errors
    /// There is no such folder, or the system says nothing about it.
    pub fn folder(path: impl AsRef<Path>) -> Result<FolderFacts> {
        let path = path.as_ref();
        let space = rustix::fs::statvfs(path).map_err(|e| Error::io("look at", path)(e.into()))?;
        Ok(FolderFacts {
            path: path.to_owned(),
            file_system: file_system(path),
            free_byte_len: space.f_bavail.saturating_mul(space.f_frsize),
            total_byte_len: space.f_blocks.saturating_mul(space.f_frsize),
            abilities: try_out(path),
        })
    }

    /// One fact a line: what it is about, and what is so.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let number = |n: Option<u64>| n.map_or("unknown".into(), |n| n.to_string());
        let bytes = |n: Option<u64>| n.map_or("unknown".into(), |n| format!("{n} bytes"));
        let word = |w: &Option<String>| w.clone().unwrap_or("unknown".into());
        vec![
            ("page size", bytes(Some(self.page_byte_len as u64))),
            ("huge pages", word(&self.huge_pages)),
            ("huge pages in shared memory", word(&self.huge_pages_shared)),
            ("sealed memory (memfd)", yes_or_no(self.has_sealed_memory)),
            ("maps a process", number(self.max_map_count)),
            ("open files a process", self.max_open_files.map_or("unlimited".into(), |n| n.to_string())),
            ("memory", bytes(self.memory_byte_len)),
            ("memory available", bytes(self.available_byte_len)),
        ]
    }
}

impl FolderFacts {
    /// One fact a line: what it is about, and what is so.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let tried = |get: fn(&Abilities) -> bool| {
            self.abilities
                .as_ref()
                .map_or("unknown: the folder cannot be written to".into(), |a| yes_or_no(get(a)))
        };
        vec![
            ("file system", self.file_system.clone().unwrap_or("unknown".into())),
            ("free space", format!("{} of {} bytes", self.free_byte_len, self.total_byte_len)),
            ("file locks", tried(|a| a.file_locks)),
            ("reserving space (fallocate)", tried(|a| a.fallocate)),
            ("renaming without replacing (renameat2)", tried(|a| a.rename_noreplace)),
        ]
    }
}

fn yes_or_no(is: bool) -> String {
    if is { "yes" } else { "no" }.into()
}

/// The first line of a small file of the system.
fn line(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.lines().next()?.trim().to_owned())
}

/// The word in brackets, as in `always [madvise] never`.
fn chosen(path: &str) -> Option<String> {
    let line = line(path)?;
    let (_, rest) = line.split_once('[')?;
    Some(rest.split_once(']')?.0.to_owned())
}

#[cfg(target_os = "linux")]
fn file_system(path: &Path) -> Option<String> {
    // From linux/magic.h and the sources of the file systems.
    let name = match rustix::fs::statfs(path).ok()?.f_type as u32 {
        0xef53 => "ext4",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        0x0102_1994 => "tmpfs",
        0x794c_7630 => "overlay",
        0x6969 => "nfs",
        0x2fc1_2fc1 => "zfs",
        0x6573_5546 => "fuse",
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => "smb",
        0x0102_1997 => "9p",
        0xf2f5_2010 => "f2fs",
        0xca45_1a4e => "bcachefs",
        0x4d44 => "vfat",
        0x2011_bab0 => "exfat",
        0x7366_746e => "ntfs",
        other => return Some(format!("kind {other:#x}")),
    };
    Some(name.into())
}

#[cfg(not(target_os = "linux"))]
fn file_system(_path: &Path) -> Option<String> {
    None
}

/// Tries things out with a file of its own; `None` where none can be made.
fn try_out(folder: &Path) -> Option<Abilities> {
    let path = folder.join(format!(".colq-try-{}", std::process::id()));
    let to = folder.join(format!(".colq-try-{}-renamed", std::process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).ok()?;
    let abilities = Abilities {
        file_locks: file.try_lock().is_ok(),
        fallocate: can_allocate(&file),
        rename_noreplace: can_rename(&path, &to),
    };
    // One of the two is there.
    let _ = fs::remove_file(&path);
    let _ = fs::remove_file(&to);
    Some(abilities)
}

#[cfg(target_os = "linux")]
fn can_allocate(file: &File) -> bool {
    rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, 4096).is_ok()
}

#[cfg(target_os = "linux")]
fn can_rename(from: &Path, to: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn can_allocate(_file: &File) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn can_rename(_from: &Path, _to: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_what_it_is() {
        let machine = machine();
        assert!(machine.page_byte_len.is_power_of_two() && machine.page_byte_len >= 4096);
        assert_eq!(machine.facts().len(), 8);
        if cfg!(target_os = "linux") {
            assert!(machine.memory_byte_len > machine.available_byte_len);
            assert!(machine.available_byte_len > Some(1 << 20));
            assert!(machine.max_map_count > Some(1000));
        }
        assert!(machine.max_open_files.is_none_or(|n| n > 10));
    }

    #[test]
    fn a_folder_is_tried_out_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let facts = Machine::folder(folder.path()).unwrap();
        assert!(facts.total_byte_len >= facts.free_byte_len && facts.free_byte_len > 0);
        assert!(facts.abilities.is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(facts.facts().iter().any(|(what, _)| *what == "file locks"));
        assert!(Machine::folder(folder.path().join("nope")).is_err());
    }
}
