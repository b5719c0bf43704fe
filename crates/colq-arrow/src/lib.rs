//! Columns to and from Arrow.
