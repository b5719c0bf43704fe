//! The colq program.
fn main() {}
