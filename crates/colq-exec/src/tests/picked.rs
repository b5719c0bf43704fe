//! Values of picked rows that lie side by side by key, against those of hashed groups.

use super::groups::{answer, batch};
use super::*;
use colq_plan::{AggregateFunction, aggregate, arg_max, arg_min, count, max, sum};

fn first(expr: Expr) -> Expr {
    aggregate(AggregateFunction::First, [expr])
}

fn last(expr: Expr) -> Expr {
    aggregate(AggregateFunction::Last, [expr])
}

/// Groups and what is picked of each: more than lie side by side, values of every kind, and ties.
fn queries() -> Vec<Query> {
    let half = || col("small").gt(lit(-4_000));
    let every = vec![
        first(col("x")),
        last(col("x")),
        arg_min(col("price"), col("ts")),
        arg_max(col("f"), col("small")),
        first(col("maybe")),
        last(col("tax")),
        arg_max(col("maybe"), col("tax")),
        arg_min(col("tax"), col("maybe")),
        arg_max(col("small"), col("nan")),
        arg_min(col("small"), col("nan")),
        arg_max(col("ts"), col("large")),
        arg_max(col("x") - col("f"), col("part") + col("price")),
        first(col("maybe")).filter_where(half()),
        last(col("nan")).filter_where(half()),
        arg_max(col("part"), col("price")).filter_where(col("maybe").gt(lit(2))),
        last(col("maybe").gt(lit(2))),
        arg_min(col("k").eq(lit(9)), col("maybe").gt(lit(2))),
        first(col("word")),
        last(col("word")),
        arg_max(col("word"), col("price")),
        arg_min(col("price"), col("word")),
        sum(col("price")),
        max(col("x")),
        count(),
    ];
    let keys = [vec![col("k")], vec![col("maybe")], vec![col("runs"), col("maybe")]];
    // Most rows, a good part of them, few of them and none.
    let filters = [None, Some(-8_900), Some(-3_000), Some(7_000), Some(7_383)]
        .map(|low| Some(col("small").gt(lit(low?))));
    let grouped = |(keys, filter): (&Vec<Expr>, &Option<Expr>), calls: &[Expr]| Query {
        group_by: keys.clone(),
        filter: filter.clone(),
        ..select(keys.iter().chain(calls).cloned())
    };
    let all = keys.iter().flat_map(|keys| filters.iter().map(move |filter| (keys, filter)));
    all.flat_map(|of| [grouped(of, &every), grouped(of, &every[..1]), grouped(of, &every[2..5])]).collect()
}

/// The rows of all tests with a text.
fn with_words() -> Batch {
    let batch = batch();
    let words: Vec<Scalar> = (0..ColumnSource::row_count(&batch) as usize)
        .map(|row| match row % 11 {
            4 => Scalar::Null,
            other => Scalar::Text(["pear", "fig", "", "quince", "apple"][other % 5].to_string()),
        })
        .collect();
    let fields = batch.schema().fields().iter().cloned().chain([Field::new("word", DataType::Text)]);
    let columns = batch.columns().iter().cloned().chain([Column::from_scalars(DataType::Text, &words)]);
    Batch::new(Arc::new(fields.collect::<Schema>()), columns.collect()).unwrap()
}

#[test]
fn picked_values_of_few_groups_are_those_of_hashed_groups() {
    let batch = with_words();
    // Nothing is known of the ranges of these keys, so they are hashed.
    let hashed: Arc<dyn ColumnSource> = Arc::new(batch.clone());
    let known: Arc<dyn ColumnSource> = Arc::new(Known(batch));
    for (number, query) in queries().iter().enumerate() {
        let expected = answer(hashed.clone(), query, 2);
        for threads in [1, 3] {
            assert_eq!(answer(known.clone(), query, threads), expected, "query {number}, {threads} threads");
        }
    }
}

#[test]
fn a_row_is_picked_by_the_largest_value_of_its_type() {
    // No word is above that of the largest one, where rows are picked as hashed groups pick them.
    let rows = 3 * ZONE_ROWS as usize;
    let signed = (0..rows).map(|row| if row % 5 == 3 { i64::MAX } else { row as i64 }).collect::<Vec<_>>();
    let unsigned = (0..rows).map(|row| if row % 7 == 5 { u64::MAX } else { row as u64 }).collect::<Vec<_>>();
    let least = vec![i64::MAX; rows];
    let numbers = (0..rows as u32).collect::<Vec<_>>();
    let keys = (0..rows).map(|row| (row % 3) as u8).collect::<Vec<_>>();
    let columns = [
        ("k", Column::new(DataType::U8, keys)),
        ("signed", Column::new(DataType::I64, signed)),
        ("unsigned", Column::new(DataType::U64, unsigned)),
        ("least", Column::new(DataType::I64, least)),
        ("n", Column::new(DataType::U32, numbers)),
    ];
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let source: Arc<dyn ColumnSource> = Arc::new(Known(Batch::new(Arc::new(schema), columns).unwrap()));
    let picks =
        ["signed", "unsigned", "least"].map(|by| [arg_max(col("n"), col(by)), arg_min(col("n"), col(by))]);
    let keys = vec![col("k")];
    let query =
        Query { group_by: keys.clone(), ..select(keys.into_iter().chain(picks.into_iter().flatten())) };
    let first =
        |key: usize, has: &dyn Fn(usize) -> bool| (0..rows).find(|row| row % 3 == key && has(*row)).unwrap();
    let expected: Vec<String> = (0..3)
        .map(|key| {
            let (most, whole) = (first(key, &|row| row % 5 == 3), first(key, &|row| row % 7 == 5));
            let (low, few) = (first(key, &|row| row % 5 != 3), first(key, &|row| row % 7 != 5));
            format!("{key}|{most}|{low}|{whole}|{few}|{key}|{key}")
        })
        .collect();
    assert_eq!(answer(source, &query, 2), expected);
}
