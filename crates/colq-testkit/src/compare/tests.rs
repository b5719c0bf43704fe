//! `compare` must be able to fail, in each way.
