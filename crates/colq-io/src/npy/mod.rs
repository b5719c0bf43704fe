//! NumPy's `.npy` files, versions 1 to 3.
//!
//! An array of one dimension is a column, named after the file; one of two dimensions a column of vectors; a structured
//! array has a column for each of its fields. What colq writes is one column, or several of one type as a matrix.
//!
//! - `literal` reads the Python dictionary of a header, `dtype` NumPy's names of types, `header` puts them together;
//! - `read` is the way in, `write` the way out.

mod dtype;
mod header;
mod literal;
mod read;
mod write;

pub(crate) use read::open;
pub(crate) use write::encoder;

#[cfg(test)]
mod tests;
