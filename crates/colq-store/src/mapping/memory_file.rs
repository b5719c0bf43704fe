//! Files in memory that can be sealed (memfd), where the system has them. Knows nothing of maps.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

#[cfg(target_os = "linux")]
mod system {
    use super::*;
    use crate::memory_room::available_byte_len;
    use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags};

    /// Bytes that are taken between two looks at what is left.
    const PIECE: u64 = 256 << 20;

    /// Nothing about the bytes can change any more: not their number, not one of them.
    fn sealed() -> SealFlags {
        SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE
    }

    pub(crate) fn create(byte_len: u64) -> io::Result<OwnedFd> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = rustix::fs::memfd_create("colq shared buffer", flags)?;
        rustix::fs::ftruncate(&file, byte_len)?;
        // A store into a page that memory has no room for would kill the process, so the pages are had first. The
        // system itself does not say no either, but kills whomever it likes: it is asked what is left before
        // each piece.
        for (offset, len) in pieces(byte_len) {
            let left = if offset == 0 { byte_len } else { len };
            if !has_room(left, available_byte_len()) {
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            rustix::fs::fallocate(&file, FallocateFlags::empty(), offset, len)?;
        }
        Ok(file)
    }

    /// Offsets and lengths that together make up so many bytes.
    fn pieces(byte_len: u64) -> impl Iterator<Item = (u64, u64)> {
        let starts = (0..byte_len.div_ceil(PIECE)).map(|piece| piece * PIECE);
        starts.map(move |start| (start, PIECE.min(byte_len - start)))
    }

    /// Whether so many bytes may be taken of what is available, with a little left for everybody else. Where
    /// the system does not say what is, it has to be tried.
    fn has_room(byte_len: u64, available: Option<u64>) -> bool {
        available.is_none_or(|available| byte_len <= available - available / 16)
    }

    pub(crate) fn seal(file: &OwnedFd) -> io::Result<()> {
        Ok(rustix::fs::fcntl_add_seals(file, sealed() | SealFlags::SEAL)?)
    }

    pub(crate) fn is_sealed(file: impl AsFd) -> io::Result<bool> {
        Ok(rustix::fs::fcntl_get_seals(file)?.contains(sealed()))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_not_there_is_not_taken() {
            assert!(has_room(0, Some(0)) && has_room(15, Some(16)) && has_room(u64::MAX, None));
            assert!(!has_room(16, Some(16)) && !has_room(u64::MAX, Some(1 << 40)));
            assert_eq!(pieces(0).count(), 0);
            assert_eq!(pieces(2 * PIECE + 5).collect::<Vec<_>>()[1..], [(PIECE, PIECE), (2 * PIECE, 5)]);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::*;

    pub(crate) fn create(_byte_len: u64) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn seal(_file: &OwnedFd) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn is_sealed(_file: impl AsFd) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub(crate) use system::{create, is_sealed, seal};

/// True where the system makes such files and seals them.
pub(crate) fn is_supported() -> bool {
    create(0).and_then(|file| seal(&file)).is_ok()
}
