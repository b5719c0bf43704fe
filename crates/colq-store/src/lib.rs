//! Table directories: open, map, read, append, commit, lock, verify.
