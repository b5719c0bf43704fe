//! Bringing memory into the cache before it is worked on.
//!
//! A loop that looks a key up and adds a value waits for each line of memory that is new to it, one after the other, and
//! the processor's own foresight begins anew with each short piece. A loop that does nothing but read a value of every
//! line waits for many of them at the same time.

/// Bytes that come into the cache at once.
const LINE_BYTES: usize = 64;

/// Reads a value of every line.
pub fn fetch_lines<T: Copy + Into<u64>>(values: &[T]) {
    let lines = values.iter().step_by(LINE_BYTES / size_of::<T>());
    std::hint::black_box(lines.fold(0u64, |all, value| all ^ (*value).into()));
}
