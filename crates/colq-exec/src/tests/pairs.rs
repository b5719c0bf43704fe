//! How many different values each group has: what zones tell of themselves chooses the way, and each has the answers of a
//! set for each group.

use super::groups::{answer, batch, sources};
use super::*;
use crate::group::forced::{Forced, with};
use colq_plan::{AggregateFunction as A, aggregate, count, count_distinct, sum};
use std::collections::HashSet;

fn trunc(unit: &str) -> Expr {
    call("date_trunc", [lit(unit), col("ts")])
}

/// Keys of few values, some of them NULL, and none that are known only by their rows.
fn keys() -> [Vec<Expr>; 5] {
    let maybe = || col("maybe");
    [
        vec![col("k")],
        vec![maybe()],
        vec![col("k"), maybe()],
        vec![trunc("month"), maybe()],
        vec![trunc("hour")],
    ]
}

/// A word each, a number of few bits, floats with and without NaN, wide numbers, NULL in some rows.
fn values() -> Vec<Expr> {
    let wide = DataType::Decimal { precision: 38, scale: 4 };
    let wide = ExprKind::Cast { expr: Box::new(col("price")), to: wide }.into();
    ["price", "small", "x", "f", "nan", "maybe", "tax", "large"].map(col).into_iter().chain([wide]).collect()
}

fn counted(keys: &[Expr], value: &Expr, filter: Option<Expr>) -> Query {
    let calls = [count_distinct(value.clone()), count()];
    Query { group_by: keys.to_vec(), filter, ..select(keys.iter().cloned().chain(calls)) }
}

/// The counts of sets, groups in the order of their first rows.
fn by_sets(source: &Arc<dyn ColumnSource>, keys: &[Expr], value: &Expr, filter: Option<Expr>) -> Vec<String> {
    let rows = Query { filter, ..select(keys.iter().cloned().chain([value.clone()])) };
    let rows = answer(source.clone(), &rows, 2);
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<(&str, HashSet<&str>, u64)> = Vec::new();
    for row in &rows {
        let (key, value) = row.rsplit_once('|').unwrap();
        let next = groups.len();
        let number = *numbers.entry(key).or_insert(next);
        if number == next {
            groups.push((key, HashSet::new(), 0));
        }
        let (_, values, count) = &mut groups[number];
        *count += 1;
        if value != Scalar::Null.to_string() {
            values.insert(value);
        }
    }
    groups.iter().map(|(key, values, count)| format!("{key}|{}|{count}", values.len())).collect()
}

#[test]
fn groups_have_as_many_values_as_their_sets() {
    let (unknown, known) = sources();
    let filters = [None, Some(col("price").lt(lit(100))), Some(col("maybe").is_null())];
    let mut filters = filters.iter().cycle();
    for keys in keys() {
        for value in values() {
            let filter = filters.next().cloned().flatten();
            let expected = by_sets(&unknown, &keys, &value, filter.clone());
            let query = counted(&keys, &value, filter);
            assert_eq!(answer(known.clone(), &query, 3), expected, "{value:?} by {keys:?}");
        }
        // As many values as filters would show each value with one of them alone.
        filters.next();
    }
}

#[test]
fn texts_are_counted_with_a_dictionary_and_without() {
    let table = table(TWO_ZONES);
    for (key, value) in [("s", "free"), ("s", "id"), ("s", "s"), ("s", "x")] {
        let source: Arc<dyn ColumnSource> = table.clone();
        let (keys, value) = ([col(key)], col(value));
        let expected = by_sets(&source, &keys, &value, None);
        let query = counted(&keys, &value, None);
        assert_eq!(answer(source.clone(), &query, 2), expected, "{value:?} by {keys:?}");
        let forced = Forced { partition_bits: 2, hashed: true, spilled: false };
        assert_eq!(with(forced, || answer(source.clone(), &query, 2)), expected, "{value:?} by {keys:?}");
    }
}

#[test]
fn what_the_memory_allows_changes_no_count() {
    let source: Arc<dyn ColumnSource> = Arc::new(Known(batch()));
    let catalog = HashMap::from([("t".to_string(), source.schema().clone())]);
    let sources = HashMap::from([("t".to_string(), source.clone())]);
    let query = counted(&[col("k")], &col("nan"), None);
    let expected = answer(source, &query, 2);
    let plan = bind(&query, &catalog).unwrap();
    // In one round, in several, and with too little for the sets.
    for limit in [1 << 30, 96 << 20, 12 << 20] {
        let context = Context::new().with_memory_limit(limit);
        let rows = execute(&plan, &sources, &Pool::new(2), &context).unwrap();
        let shown = |row: usize| rows.row(row).iter().map(Scalar::to_string).collect::<Vec<_>>().join("|");
        assert_eq!((0..rows.row_count()).map(shown).collect::<Vec<_>>(), expected, "{limit}");
    }
}

#[test]
fn an_error_of_a_value_is_that_of_its_row() {
    let (unknown, known) = sources();
    let value = col("large") * (col("maybe") * lit(700_000));
    let query = counted(&[col("k")], &value, None);
    let catalog = HashMap::from([("t".to_string(), known.schema().clone())]);
    let plan = bind(&query, &catalog).unwrap();
    let failed = |source: Arc<dyn ColumnSource>| {
        let sources = HashMap::from([("t".to_string(), source)]);
        execute(&plan, &sources, &Pool::new(2), &Context::new()).unwrap_err().to_string()
    };
    assert_eq!(failed(known), failed(unknown));
}

#[test]
fn other_aggregates_of_different_values_stay_beside_the_counts() {
    let (unknown, known) = sources();
    let distinct = |function: A, of: &str| aggregate(function, [col(of)]).distinct();
    let calls = [
        sum(col("x")),
        count_distinct(col("small")),
        distinct(A::Sum, "price"),
        distinct(A::Avg, "maybe"),
        count_distinct(col("nan")),
    ];
    let query = Query { group_by: vec![col("k")], ..select([col("k")].into_iter().chain(calls)) };
    assert_eq!(answer(known, &query, 2), answer(unknown, &query, 2));
}
