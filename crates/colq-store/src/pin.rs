//! A reader's claim on a version: a shared lock on its version file. Vacuum takes an exclusive one
//! before it deletes, so the files of a pinned version stay. The claim ends when the file is closed.

use crate::layer::open_regular;
use crate::layout::Layout;
use crate::{Error, Result};
use colq_format::Version;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;

/// A version file larger than this is refused unread. A column takes about 600 bytes, and 20 more for each
/// MiB of its dictionary.
const LONGEST_VERSION_FILE: u64 = 64 << 20;

/// How often the newest version may vanish under the reader before that is taken for an error.
const ATTEMPTS: usize = 100;

/// A version that was read, checked and claimed.
#[derive(Debug)]
pub(crate) struct Pin {
    pub(crate) version: Version,
    pub(crate) checksum: u64,
    /// Closing it gives the claim back.
    _file: File,
}

/// What became of one try to claim a version.
#[derive(Debug)]
enum Claim {
    Held(Box<Pin>),
    /// Somebody holds it for an instant, to delete it or to see whether anybody uses it.
    Busy,
    /// It is not there, or was being deleted.
    Gone,
}

/// Who holds a version exclusively does so for an instant, unless the system takes the processor away from it.
fn pause(attempt: usize) {
    if attempt < ATTEMPTS / 2 {
        std::thread::yield_now();
    } else {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

impl Pin {
    /// Claims the newest version of a table. A damaged newest version is an error, never silently the one
    /// before it.
    pub(crate) fn newest(layout: &Layout) -> Result<Pin> {
        layout.check()?;
        for attempt in 0..ATTEMPTS {
            let Some(number) = layout.newest()? else {
                return Err(Error::NoVersion { path: layout.root().to_owned() });
            };
            match Pin::claim(layout, number)? {
                Claim::Held(pin) => return Ok(*pin),
                Claim::Busy => pause(attempt),
                Claim::Gone => {}
            }
        }
        Err(Pin::busy(layout))
    }

    /// Claims the version of this number; `None` where there is none.
    pub(crate) fn numbered(layout: &Layout, number: u64) -> Result<Option<Pin>> {
        for attempt in 0..ATTEMPTS {
            match Pin::claim(layout, number)? {
                Claim::Held(pin) => return Ok(Some(*pin)),
                Claim::Busy => pause(attempt),
                Claim::Gone => return Ok(None),
            }
        }
        Err(Pin::busy(layout))
    }

    /// True for an error that says that a version file is damaged, or that the disk cannot give it back.
    pub(crate) fn is_damage(error: &Error, layout: &Layout) -> bool {
        let unreadable =
            matches!(error, Error::Io { operation: "open" | "read", path, .. } if path != layout.root());
        error.is_corrupt() || unreadable
    }

    fn busy(layout: &Layout) -> Error {
        let busy = io::Error::new(io::ErrorKind::WouldBlock, "the version wanted kept vanishing");
        Error::io("open", layout.root())(busy)
    }

    /// One try at a version.
    fn claim(layout: &Layout, number: u64) -> Result<Claim> {
        let path = layout.version_file(number);
        let file = match open_regular(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Claim::Gone),
            Err(e) => return Err(Error::io("open", &path)(e)),
        };
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Claim::Busy),
            // Without locks there is no vacuum either that could take the files away.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path)(e)),
        }
        // The file that was locked may be one that was deleted a moment before.
        let metadata = file.metadata().map_err(Error::io("look at", &path))?;
        match fs::symlink_metadata(&path) {
            Ok(now) if (now.dev(), now.ino()) == (metadata.dev(), metadata.ino()) => {}
            Ok(_) => return Ok(Claim::Gone),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Claim::Gone),
            Err(e) => return Err(Error::io("look at", &path)(e)),
        }
        let corrupt = |what: &str, expected: String, found: u64| Error::Corrupt {
            path: path.clone(),
            column: None,
            zone: None,
            what: what.into(),
            expected: expected.into(),
            found: found.to_string().into(),
        };
        if metadata.len() > LONGEST_VERSION_FILE {
            return Err(corrupt(
                "the file's length",
                format!("at most {LONGEST_VERSION_FILE}"),
                metadata.len(),
            ));
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        (&file).take(LONGEST_VERSION_FILE).read_to_end(&mut bytes).map_err(Error::io("read", &path))?;
        let (version, checksum) = Version::decode(&bytes).map_err(Error::format(&path))?;
        if version.version != number {
            return Err(corrupt("the version number", number.to_string(), version.version));
        }
        Ok(Claim::Held(Box::new(Pin { version, checksum, _file: file })))
    }
}
