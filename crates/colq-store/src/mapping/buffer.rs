//! The anonymous map: values in a sealed file in memory, which other processes get without a copy.
#![expect(unsafe_code, reason = "a seal makes a map sound, and the compiler cannot see seals")]

use super::{NOTHING, memory_file};
use crate::{Error, Result};
use colq_types::Native;
use memmap2::{Mmap, MmapOptions};
use std::fmt;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::process::Stdio;

/// Where there is no path to name in an error.
const NAME: &str = "a shared buffer";

/// Numbers that other processes can map: made once, then sealed, so that nobody can change, shorten or
/// lengthen them, and every holder may rely on that whoever the others are.
///
/// ```
/// use colq_store::SharedBuffer;
///
/// # if !colq_store::machine().has_sealed_memory { return Ok(()) }
/// let buffer = SharedBuffer::from_slice(&[1.5f32, 2.5])?;
/// // Another process would get the descriptor as its standard input, or over a socket.
/// let same = SharedBuffer::<f32>::from_fd(buffer.try_clone_fd()?)?;
/// assert_eq!(same.as_slice(), [1.5, 2.5]);
/// # Ok::<(), colq_store::Error>(())
/// ```
pub struct SharedBuffer<T> {
    file: File,
    /// `None` for no bytes, which cannot be mapped.
    map: Option<Mmap>,
    values: PhantomData<T>,
}

impl<T: Native> SharedBuffer<T> {
    /// A buffer with these values.
    ///
    /// # Errors
    /// As for [`SharedBuffer::filled`].
    pub fn from_slice(values: &[T]) -> Result<SharedBuffer<T>> {
        SharedBuffer::filled(values.len(), |slots| slots.copy_from_slice(values))
    }

    /// A buffer of `len` values, zero until `fill` has written them. It is sealed when `fill` returns.
    ///
    /// # Errors
    /// There is not enough memory, or the system has no sealed files in memory (only Linux has them).
    pub fn filled(len: usize, fill: impl FnOnce(&mut [T])) -> Result<SharedBuffer<T>> {
        let too_long = || failed("find memory for")(io::ErrorKind::OutOfMemory.into());
        let byte_len = len.checked_mul(size_of::<T>()).filter(|len| isize::try_from(*len).is_ok());
        let byte_len = byte_len.ok_or_else(too_long)?;
        let file = match memory_file::create(byte_len as u64) {
            Err(e) if e.kind() == io::ErrorKind::Unsupported => {
                return Err(Error::NotHere { what: "files in memory that can be sealed (memfd)" });
            }
            result => File::from(result.map_err(failed("find memory for"))?),
        };
        if byte_len == 0 {
            fill(&mut []);
        } else {
            // SAFETY: nobody else may write to or shorten the file while it is mapped. It was made a moment
            // ago, has no name, and its descriptor has not left this function (a process started meanwhile
            // does not inherit it); who gets at it through /proc could write to this process's memory as
            // well. It is `byte_len` long, and all of it is reserved, so no store can fail. The map ends with
            // this block, before the seal, which the system refuses while a writable map exists.
            let mut map =
                unsafe { MmapOptions::new().len(byte_len).map_mut(&file) }.map_err(failed("map"))?;
            match bytemuck::try_cast_slice_mut(&mut map) {
                Ok(slots) => fill(slots),
                Err(_) => return Err(Error::InvalidBuffer { what: "it is not aligned".into() }),
            }
        }
        let file = OwnedFd::from(file);
        memory_file::seal(&file).map_err(failed("seal"))?;
        SharedBuffer::from_fd(file)
    }

    /// The buffer behind a descriptor that came from another process. Whether it is sealed and holds whole
    /// values is checked before it is mapped; that they are of this type is for the two to agree on.
    ///
    /// # Errors
    /// The descriptor is no sealed file in memory, its length is not a whole number of values, or the system
    /// refuses.
    pub fn from_fd(file: OwnedFd) -> Result<SharedBuffer<T>> {
        let invalid = |what: String| Error::InvalidBuffer { what };
        match memory_file::is_sealed(&file) {
            Ok(true) => {}
            Ok(false) => {
                return Err(invalid(
                    "it is not sealed against writing, growing and shrinking, so its owner could change it"
                        .into(),
                ));
            }
            Err(e) if e.kind() == io::ErrorKind::Unsupported => {
                return Err(Error::NotHere { what: "files in memory that can be sealed (memfd)" });
            }
            // Files on disks, pipes and sockets have no seals.
            Err(e) => return Err(invalid(format!("it is no file in memory ({e})"))),
        }
        let file = File::from(file);
        let byte_len = file.metadata().map_err(failed("look at"))?.len();
        if !byte_len.is_multiple_of(size_of::<T>() as u64) {
            let width = size_of::<T>();
            return Err(invalid(format!(
                "its {byte_len} bytes are not whole values of {width} bytes ({})",
                T::PHYSICAL.name()
            )));
        }
        let byte_len = usize::try_from(byte_len).map_err(|_| invalid("it does not fit in memory".into()))?;
        let map = if byte_len == 0 {
            None
        } else {
            // SAFETY: the bytes of a shared slice must not change and must be there. The file is sealed against
            // writing, growing and shrinking, which was asked of the system above: seals cannot be taken off,
            // and the one against writing is only given while no writable map exists. The length was asked for
            // after that, so it is final. Nobody, in whatever process, can break this.
            Some(unsafe { MmapOptions::new().len(byte_len).map(&file) }.map_err(failed("map"))?)
        };
        Ok(SharedBuffer { file, map, values: PhantomData })
    }

    /// The buffer that the process which started this one gave as standard input ([`SharedBuffer::stdio`]).
    ///
    /// # Errors
    /// As for [`SharedBuffer::from_fd`].
    pub fn from_stdin() -> Result<SharedBuffer<T>> {
        let stdin = io::stdin();
        SharedBuffer::from_fd(stdin.as_fd().try_clone_to_owned().map_err(failed("duplicate"))?)
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        let bytes = self.map.as_deref().unwrap_or(bytemuck::cast_slice(NOTHING));
        // Whole values at a page's start, or none.
        bytemuck::try_cast_slice(bytes).unwrap_or(&[])
    }

    /// Another descriptor for the same values, to hand to another process.
    ///
    /// # Errors
    /// The process has too many open files.
    pub fn try_clone_fd(&self) -> Result<OwnedFd> {
        self.file.as_fd().try_clone_to_owned().map_err(failed("duplicate"))
    }

    /// The values as standard input of a process to be started, which takes them with
    /// [`SharedBuffer::from_stdin`]. Nothing is copied.
    ///
    /// # Errors
    /// As for [`SharedBuffer::try_clone_fd`].
    pub fn stdio(&self) -> Result<Stdio> {
        self.try_clone_fd().map(Stdio::from)
    }
}

impl<T> AsFd for SharedBuffer<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The values as bytes, so that a column can share them
/// ([`SharedBytes`](colq_column::SharedBytes)).
impl<T> AsRef<[u8]> for SharedBuffer<T> {
    fn as_ref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or(bytemuck::cast_slice(NOTHING))
    }
}

impl<T: Native> fmt::Debug for SharedBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedBuffer({} values of {})", self.as_slice().len(), T::PHYSICAL.name())
    }
}

fn failed(operation: &'static str) -> impl FnOnce(io::Error) -> Error {
    Error::io(operation, Path::new(NAME))
}
