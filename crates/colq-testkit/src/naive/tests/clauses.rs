//! Order, limits, and which errors count.

use super::*;
use colq_plan::{SortKey, col, count, lit, sum};

fn key(name: &str, descending: bool, nulls_first: Option<bool>) -> SortKey {
    SortKey { expr: col(name), descending, nulls_first }
}

#[test]
fn sorting_is_stable_and_places_nulls_and_nan() {
    let t = table(&[
        ("x", DataType::F64, vec![f(f64::NAN), NULL, f(-0.0), f(f64::INFINITY), f(0.0), NULL]),
        ("n", DataType::I64, [0, 1, 2, 3, 4, 5].map(i).to_vec()),
    ]);
    let order = |key: SortKey| -> Vec<i64> {
        let query = Query { order_by: vec![key], ..select([col("n")]) };
        rows(&query, &t).concat().iter().map(|v| v.as_i128().unwrap() as i64).collect()
    };
    assert_eq!(order(key("x", false, None)), [2, 4, 3, 0, 1, 5]);
    assert_eq!(order(key("x", true, None)), [1, 5, 0, 3, 2, 4]);
    assert_eq!(order(key("x", false, Some(true))), [1, 5, 2, 4, 3, 0]);
    assert_eq!(order(key("x", true, Some(false))), [0, 3, 2, 4, 1, 5]);
}

#[test]
fn later_keys_break_ties_and_text_sorts_by_bytes() {
    let t = table(&[
        ("s", DataType::Text, ["b", "a", "B", "a", "é"].map(text).to_vec()),
        ("n", DataType::I64, [0, 1, 2, 3, 4].map(i).to_vec()),
    ]);
    let query = Query { order_by: vec![key("s", false, None), key("n", true, None)], ..select([col("n")]) };
    assert_eq!(rows(&query, &t).concat(), [2, 3, 1, 0, 4].map(i));
}

#[test]
fn limits_cut_and_offsets_skip() {
    let t = table(&[("n", DataType::I64, [0, 1, 2, 3].map(i).to_vec())]);
    let cut = |limit, offset| rows(&Query { limit, offset, ..from_t() }, &t).concat();
    assert_eq!(cut(Some(2), 0), [0, 1].map(i));
    assert_eq!(cut(Some(2), 3), [3].map(i));
    assert_eq!(cut(None, 1), [1, 2, 3].map(i));
    assert_eq!(cut(Some(0), 0), []);
    assert_eq!(cut(Some(5), 9), []);
    assert_eq!(cut(Some(u64::MAX), 3), [3].map(i));
}

#[test]
fn without_from_there_is_one_row() {
    let query = Query { from: None, ..select([lit(7), lit("x")]) };
    assert_eq!(rows(&query, &table(&[])), [[i(7), text("x")]]);
}

#[test]
fn where_keeps_what_is_true_and_having_what_is_left() {
    let t = table(&[("n", DataType::I64, vec![i(1), i(2), NULL, i(2)])]);
    let kept = Query { filter: Some(col("n").gt(lit(1))), ..from_t() };
    assert_eq!(rows(&kept, &t).concat(), [i(2), i(2)]);
    let groups =
        Query { group_by: vec![col("n")], having: Some(count().gt(lit(1))), ..select([col("n"), count()]) };
    assert_eq!(rows(&groups, &t), [[i(2), i(2)]]);
}

#[test]
fn an_error_counts_only_for_rows_that_survive_where() {
    let t = table(&[("n", DataType::I64, vec![i(0), i(5)])]);
    let quotient = || lit(10) / col("n");
    for expr in [quotient(), sum(quotient())] {
        let all = select([expr]);
        assert_eq!(ask(&all, &t).unwrap_err().kind, NaiveErrorKind::DivisionByZero);
        assert_eq!(rows(&Query { filter: Some(col("n").gt(lit(0))), ..all }, &t), [[i(2)]]);
    }
    // No row, no error, even where the error is in the literals alone.
    let never = Query { filter: Some(lit(false)), ..select([lit(1) / lit(0)]) };
    let answer = ask(&never, &t).unwrap();
    assert!(answer.rows.is_empty() && answer.tolerated.is_empty());
}

#[test]
fn an_error_behind_a_limit_or_in_an_unused_column_is_tolerated_and_no_more() {
    let t = table(&[("n", DataType::I64, vec![i(5), i(0), i(2)])]);
    let quotient = || lit(10) / col("n");
    let limited = |limit| Query { limit: Some(limit), ..select([quotient()]) };
    let answer = ask(&limited(1), &t).unwrap();
    assert_eq!(answer.rows, [[i(2)]]);
    assert_eq!(Vec::from_iter(answer.tolerated), [NaiveErrorKind::DivisionByZero]);
    assert!(ask(&limited(2), &t).is_err());
    // A row that WHERE could not decide counts when the limit has not been reached before it.
    let filtered =
        |limit| Query { limit: Some(limit), filter: Some(quotient().gt(lit(1))), ..select([col("n")]) };
    assert_eq!(rows(&filtered(1), &t), [[i(5)]]);
    assert_eq!(ask(&filtered(2), &t).unwrap_err().kind, NaiveErrorKind::DivisionByZero);
    assert!(rows(&Query { offset: 9, ..filtered(0) }, &t).is_empty());
    let inner = select([quotient().alias("q"), col("n")]);
    let outer =
        |name: &str| Query { from: Some(Relation::Query(Box::new(inner.clone()))), ..select([col(name)]) };
    assert_eq!(rows(&outer("n"), &t).len(), 3);
    assert!(ask(&outer("q"), &t).is_err());
}

#[test]
fn an_error_holds_every_kind_that_the_rows_give() {
    let t = table(&[("n", DataType::I64, vec![i(0), i(i64::MAX)])]);
    let error = ask(&select([(lit(1) / col("n")) + (col("n") + lit(1))]), &t).unwrap_err();
    assert_eq!(error.kind, NaiveErrorKind::DivisionByZero);
    assert_eq!(Vec::from_iter(error.all), [NaiveErrorKind::DivisionByZero, NaiveErrorKind::Overflow]);
}

#[test]
fn a_table_that_was_not_given_is_an_error() {
    let catalog = HashMap::from([("t".to_string(), Schema::new(vec![Field::new("a", DataType::I8)]))]);
    let plan = bind(&from_t(), &catalog).unwrap();
    assert_eq!(run(&plan, &HashMap::new()).unwrap_err().kind, NaiveErrorKind::UnknownTable);
}
