//! How many bytes of files the memory can hold: that of the machine, or of the groups (cgroups, version 1 and 2) this
//! process is in, without what programs own there.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of memory that are free or could be freed at once; `None` where the system does not say.
pub(crate) fn available_byte_len() -> Option<u64> {
    let machine = of_machine("MemAvailable:")?;
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let left =
        group_folders(&groups, Path::new("/sys/fs/cgroup")).into_iter().filter_map(|folder| room_of(&folder));
    Some(left.fold(machine, u64::min))
}

/// A line of /proc/meminfo in bytes; it is in units of 1,024 there.
pub(crate) fn of_machine(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The folders in which the limits of the groups stand that a process is in, each with those around it. `groups` is what
/// /proc/self/cgroup says.
fn group_folders(groups: &str, root: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let tops = match controllers {
            "" => vec![root.to_owned(), root.join("unified")],
            list if list.split(',').any(|controller| controller == "memory") => vec![root.join("memory")],
            _ => continue,
        };
        for top in tops {
            // In a container the path may be that of the machine, which is not seen inside: then the top is the group.
            let inside = top.join(path.trim_start_matches('/'));
            folders
                .extend(inside.ancestors().take_while(|folder| folder.starts_with(&top)).map(Path::to_owned));
        }
    }
    folders
}

/// What a group leaves for files; `None` where it has no limit.
fn room_of(folder: &Path) -> Option<u64> {
    let number = |file: &str| fs::read_to_string(folder.join(file)).ok()?.trim().parse::<u64>().ok();
    let limits = [number("memory.max"), number("memory.high"), number("memory.limit_in_bytes")];
    let limit = limits.into_iter().flatten().min()?;
    let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let counted = |key: &str| {
        stat.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse::<u64>().ok())
    };
    // What programs own: in version 2 and in version 1, with the groups inside.
    let owned = counted("anon").or(counted("total_rss")).unwrap_or(0);
    Some(limit.saturating_sub(owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_group_of_either_version_counts() {
        let root = tempfile::tempdir().unwrap();
        let old = root.path().join("memory/outer/inner");
        let new = root.path().join("service");
        fs::create_dir_all(&old).unwrap();
        fs::create_dir_all(&new).unwrap();
        fs::write(old.join("memory.limit_in_bytes"), "9223372036854771712\n").unwrap();
        fs::write(root.path().join("memory/outer/memory.limit_in_bytes"), "1000\n").unwrap();
        fs::write(root.path().join("memory/outer/memory.stat"), "rss 1\ntotal_rss 300\n").unwrap();
        fs::write(new.join("memory.max"), "900\n").unwrap();
        fs::write(new.join("memory.high"), "max\n").unwrap();
        fs::write(new.join("memory.stat"), "anon 250\nfile 7\n").unwrap();
        let room = |groups: &str| {
            let folders = group_folders(groups, root.path());
            folders.iter().filter_map(|folder| room_of(folder)).min()
        };
        assert_eq!(room("5:cpu,memory:/outer/inner\n3:cpu:/\n"), Some(700));
        assert_eq!(room("0::/service\n"), Some(650));
        assert_eq!(room("0::/elsewhere\n"), None);
    }
}
