//! Files in memory that can be sealed (memfd), where the system has them. Knows nothing of maps.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

#[cfg(target_os = "linux")]
mod system {
    use super::*;
    use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags};

    /// Nothing about the bytes can change any more: not their number, not one of them.
    fn sealed() -> SealFlags {
        SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE
    }

    pub(crate) fn create(byte_len: u64) -> io::Result<OwnedFd> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = rustix::fs::memfd_create("colq shared buffer", flags)?;
        rustix::fs::ftruncate(&file, byte_len)?;
        if byte_len > 0 {
            // A store into a page that memory has no room for would kill the process; this is an error instead.
            rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, byte_len)?;
        }
        Ok(file)
    }

    pub(crate) fn seal(file: &OwnedFd) -> io::Result<()> {
        Ok(rustix::fs::fcntl_add_seals(file, sealed() | SealFlags::SEAL)?)
    }

    pub(crate) fn is_sealed(file: impl AsFd) -> io::Result<bool> {
        Ok(rustix::fs::fcntl_get_seals(file)?.contains(sealed()))
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
