//! What the bytes of a table mean: pure functions between byte slices and structs.
