//! Window functions by their definition: the number of a row is a count of the rows of its partition that stand before
//! it. It knows nothing of how an engine finds partitions.

use super::{NaiveErrorKind, Row, numbered as with_numbers, sort_order, sorted};
use colq_plan::{PlanSortKey, Ranking};
use colq_types::Scalar;
use std::cmp::Ordering;

/// The rows by partition and order with their numbers behind them, all or those that the function of `first` gives at
/// most so much.
pub(super) fn numbered(
    rows: Vec<Row>,
    partition: &[usize],
    order: &[PlanSortKey],
    functions: &[Ranking],
    first: Option<(usize, u64)>,
) -> Result<Vec<Row>, NaiveErrorKind> {
    let partition: Vec<PlanSortKey> = partition
        .iter()
        .map(|column| PlanSortKey { column: *column, descending: false, nulls_first: false })
        .collect();
    let keys: Vec<PlanSortKey> = partition.iter().chain(order).copied().collect();
    let mut answer: Vec<Row> = Vec::new();
    // Of the row before.
    let (mut row_number, mut rank, mut dense_rank) = (0, 0, 0);
    let mut before: Option<Vec<Scalar>> = None;
    for mut row in sorted(rows, &keys)? {
        let values: Vec<Scalar> = keys
            .iter()
            .map(|key| row.cells.get(key.column).cloned().unwrap_or(Err(NaiveErrorKind::MalformedPlan)))
            .collect::<Result<_, _>>()?;
        let agrees = |keys: &[PlanSortKey], from: usize| {
            before.as_ref().is_some_and(|before| {
                let pairs = before.iter().zip(&values).skip(from);
                keys.iter().zip(pairs).all(|(key, (a, b))| sort_order(key, a, b) == Ordering::Equal)
            })
        };
        let same_partition = agrees(&partition, 0);
        let is_peer = same_partition && agrees(order, partition.len());
        if !same_partition {
            (row_number, rank, dense_rank) = (0, 0, 0);
        }
        row_number += 1;
        if !is_peer {
            rank = row_number;
            dense_rank += 1;
        }
        before = Some(values);
        let numbers = functions.iter().map(|function| match function {
            Ranking::RowNumber => row_number,
            Ranking::Rank => rank,
            Ranking::DenseRank => dense_rank,
        });
        let numbers: Vec<i64> = numbers.collect();
        let is_wanted = first.is_none_or(|(function, most)| {
            numbers.get(function).is_some_and(|number| u64::try_from(*number).is_ok_and(|n| n <= most))
        });
        if is_wanted {
            row.cells.extend(numbers.into_iter().map(|number| Ok(Scalar::I64(number))));
            answer.push(row);
        }
    }
    Ok(with_numbers(answer))
}
