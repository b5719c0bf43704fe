//! Some rows of a zone, as a block of them is worked on.

/// Which rows a block has. How many says the block.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// Consecutive ones, from this position.
    From(usize),
    /// Those at these positions.
    At(&'a [u32]),
}
