//! The window functions that number rows: one list, so that a query and its kernel mean the same.

/// How a row is numbered within its partition, from 1 on, by the order of its window. Rows that tie in the order are
/// peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ranking {
    /// Each row has a number of its own.
    RowNumber,
    /// Peers have the row number of the first of them.
    Rank,
    /// Peers have one number, and the next ones the next.
    DenseRank,
}

impl Ranking {
    /// All three, for tests and listings.
    pub const ALL: [Ranking; 3] = [Ranking::RowNumber, Ranking::Rank, Ranking::DenseRank];

    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Ranking::RowNumber => "row_number",
            Ranking::Rank => "rank",
            Ranking::DenseRank => "dense_rank",
        }
    }

    /// The function of this name in any case.
    pub fn parse(name: &str) -> Option<Ranking> {
        Ranking::ALL.into_iter().find(|ranking| ranking.name().eq_ignore_ascii_case(name))
    }
}
