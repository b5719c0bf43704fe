//! Imported files, kept as tables, so that the second query over a file starts at once.
//!
//! A file is known by its path, inode, size, times of change, the import options and the version of the importer:
//! when any of these changes, it is imported anew. A table is built aside and renamed into its place, so that two
//! imports at once do no harm and a killed one leaves nothing that could be taken for whole.

use crate::error::Kind;
use crate::{Context, Error, Import, ImportOptions, Result};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use xxhash_rust::xxh3::xxh3_128;

/// Raised when an importer gives other tables for the same files.
const IMPORTER_VERSION: u32 = 1;

/// What the cache may hold before the tables that were used least recently go.
const DEFAULT_BYTE_LIMIT: u64 = 20 << 30;

/// A table that is being built is left behind only by an import that was killed; after this time nobody is still
/// at it.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

const BUILDING: &str = "building-";

/// Beside the files of a cached table, the path of what it was imported from, for people.
const SOURCE: &str = "SOURCE";

/// A table in the cache.
#[derive(Debug, Clone)]
pub struct CacheEntry {
    /// The table.
    pub table: PathBuf,
    /// The file that it was imported from; `None` when that was not written down.
    pub source: Option<PathBuf>,
    /// Bytes that it takes.
    pub byte_len: u64,
    /// When it was imported.
    pub imported: SystemTime,
    /// When a query last used it.
    pub used: SystemTime,
}

/// A folder of imported files.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    byte_limit: u64,
}

impl Cache {
    /// A cache in this folder, which is made when it is first needed.
    pub fn new(folder: impl Into<PathBuf>) -> Cache {
        Cache { folder: folder.into(), byte_limit: DEFAULT_BYTE_LIMIT }
    }

    /// The user's cache: `$COLQ_CACHE`, else `colq` in the user's cache folder.
    ///
    /// # Errors
    /// Nothing says where that is.
    pub fn of_user() -> Result<Cache> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = set("COLQ_CACHE")
            .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("colq")))
            .or_else(|| set("HOME").map(|home| home.join(".cache/colq")));
        folder.map(Cache::new).ok_or_else(|| Kind::NoCache.into())
    }

    /// Where it is. The folder need not be there yet.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The tables in it, the one used last first. A folder that is not there holds none.
    pub fn entries(&self) -> Vec<CacheEntry> {
        let entry = |table: PathBuf| {
            let source = std::fs::read(table.join(SOURCE)).ok();
            let modified = |path: &Path| path.metadata().and_then(|m| m.modified());
            let imported = modified(&table.join(SOURCE)).or_else(|_| modified(&table));
            CacheEntry {
                source: source.map(|path| PathBuf::from(std::ffi::OsString::from_vec(path))),
                byte_len: byte_len(&table),
                imported: imported.unwrap_or(SystemTime::UNIX_EPOCH),
                used: last_used(&table),
                table,
            }
        };
        let mut entries: Vec<CacheEntry> = self.tables().map(entry).collect();
        entries.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.table.cmp(&b.table)));
        entries
    }

    /// Removes all tables, and gives their number and bytes. Whoever reads one keeps what is open. Imports that are under
    /// way are left alone; what killed ones left behind goes too.
    ///
    /// # Errors
    /// A table cannot be removed; those before it are gone.
    pub fn clear(&self) -> Result<(u64, u64)> {
        self.remove_abandoned();
        let (mut tables, mut bytes) = (0, 0);
        let killed = self.paths().filter(|path| is_building(path) && !is_locked(path));
        for table in self.tables().chain(killed) {
            let freed = byte_len(&table);
            match std::fs::remove_dir_all(&table) {
                Ok(()) => (tables, bytes) = (tables + 1, bytes + freed),
                // Somebody else clears it too.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io("remove", &table)(error)),
            }
        }
        Ok((tables, bytes))
    }

    fn tables(&self) -> impl Iterator<Item = PathBuf> + use<> {
        self.paths().filter(|path| path.extension().is_some_and(|e| e == "colq"))
    }

    /// The same cache that holds at most this many bytes.
    #[must_use]
    pub fn with_byte_limit(mut self, byte_limit: u64) -> Cache {
        self.byte_limit = byte_limit;
        self
    }

    /// The table of a file, imported now if need be.
    ///
    /// # Errors
    /// The file cannot be imported, or the cache's folder cannot be written.
    pub fn import(&self, file: &Path, options: &ImportOptions, context: &Context) -> Result<PathBuf> {
        let table = self.folder.join(table_name(file, options)?);
        if colq_store::is_table(&table) {
            mark_used(&table);
            return Ok(table);
        }
        std::fs::create_dir_all(&self.folder).map_err(Error::io("create the cache folder", &self.folder))?;
        self.remove_abandoned();
        let aside = self.folder.join(format!("{BUILDING}{}-{}", std::process::id(), unique()));
        let imported = Import::new(&aside).options(options.clone()).run([file], context);
        // Best effort: it is only shown.
        let _ = file
            .canonicalize()
            .and_then(|path| std::fs::write(aside.join(SOURCE), path.as_os_str().as_bytes()));
        let placed = imported.and_then(|_| match std::fs::rename(&aside, &table) {
            Ok(()) => Ok(()),
            // Somebody else was faster with the same file.
            Err(_) if colq_store::is_table(&table) => Ok(()),
            Err(error) => Err(Error::io("move an imported file into", &table)(error)),
        });
        // After a rename there is nothing left to remove.
        let _ = std::fs::remove_dir_all(&aside);
        placed?;
        self.evict(&table);
        Ok(table)
    }

    /// Removes the tables used least recently until the limit is kept. A reader that has one open keeps it.
    fn evict(&self, keep: &Path) {
        let mut tables: Vec<(SystemTime, u64, PathBuf)> = self
            .tables()
            .filter(|path| path != keep)
            .map(|path| (last_used(&path), byte_len(&path), path))
            .collect();
        tables.sort();
        let mut total: u64 = byte_len(keep) + tables.iter().map(|t| t.1).sum::<u64>();
        for (_, bytes, path) in tables {
            if total <= self.byte_limit {
                return;
            }
            if std::fs::remove_dir_all(&path).is_ok() {
                total -= bytes;
            }
        }
    }

    fn remove_abandoned(&self) {
        for path in self.paths() {
            let age = path.metadata().and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
            if is_building(&path) && age.is_some_and(|age| age > ABANDONED_AFTER) {
                let _ = std::fs::remove_dir_all(&path);
            }
        }
    }

    fn paths(&self) -> impl Iterator<Item = PathBuf> + use<> {
        std::fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path())
    }
}

fn is_building(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(BUILDING))
}

/// True where somebody writes the table, or where that cannot be told.
fn is_locked(table: &Path) -> bool {
    let lock = std::fs::File::options().append(true).open(table.join("LOCK"));
    lock.map_or(true, |lock| lock.try_lock().is_err())
}

/// The name under which a file is kept: a hash of all that it depends on, and its own name for people.
fn table_name(file: &Path, options: &ImportOptions) -> Result<String> {
    let path = file.canonicalize().map_err(Error::io("find", file))?;
    let metadata = path.metadata().map_err(Error::io("look at", &path))?;
    let mut key = path.as_os_str().as_encoded_bytes().to_vec();
    let facts = [
        metadata.dev() as i128,
        metadata.ino() as i128,
        metadata.size() as i128,
        i128::from(metadata.mtime()),
        i128::from(metadata.mtime_nsec()),
        i128::from(metadata.ctime()),
        i128::from(metadata.ctime_nsec()),
        i128::from(IMPORTER_VERSION),
    ];
    key.push(0);
    facts.iter().for_each(|fact| key.extend(fact.to_le_bytes()));
    key.extend(options.key().bytes());
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let stem: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
    Ok(format!("{stem}-{:032x}.colq", xxh3_128(&key)))
}

/// A number that no other import of this process has.
fn unique() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// The lock file's time of change says when a table was last used. Best effort: without it the oldest goes first.
fn mark_used(table: &Path) {
    if let Ok(file) = std::fs::File::options().append(true).open(table.join("LOCK")) {
        let _ = file.set_modified(SystemTime::now());
    }
}

fn last_used(table: &Path) -> SystemTime {
    table.join("LOCK").metadata().and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn byte_len(path: &Path) -> u64 {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| byte_len(&entry.path())).sum()
        }
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}
