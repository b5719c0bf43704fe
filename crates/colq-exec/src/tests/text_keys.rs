//! Groups by plain text: the groups of a dictionary with the same texts, to the bit and in the same order, by every way
//! there is; and what an outer step does not look at changes nothing.

use super::*;
use crate::group::forced::{Forced, with};
use colq_plan::{AggregateFunction as A, aggregate, avg, count, max, min, mode, stddev, sum};

/// A stripe and a bit, so that groups have parts in two.
const ROWS: usize = 17 * ZONE_ROWS as usize + 77;

/// Different texts: enough that some meet in each partition.
const TEXTS: usize = 700;

/// NULL, empty, short, around the length that keys hold in themselves, and long ones that differ in their last byte.
fn text(number: usize) -> Option<String> {
    match number % 6 {
        _ if number == 0 => None,
        _ if number == 1 => Some(String::new()),
        0 => Some(format!("{number}")),
        1 => Some(format!("ü{number:012}x")),
        2 => Some(format!("{number:015}")),
        3 => Some(format!("{number:016}")),
        4 => Some(format!("a long text with a beginning that many others share {number}")),
        _ => Some(format!("{}{number}", "z".repeat(300))),
    }
}

/// `plain` and `coded` have the same texts in the same rows, the first without a dictionary; the first zones have short
/// ones alone.
static TABLE: LazyLock<Arc<Known>> = LazyLock::new(|| {
    let texts: Vec<Option<String>> = (0..TEXTS).map(text).collect();
    let numbers: Vec<usize> = (0..ROWS)
        .map(|row| (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40)
        .zip(0..)
        .map(|(spread, row)| if row < 150_000 { spread as usize % 50 * 6 } else { spread as usize % TEXTS })
        .collect();
    let of_rows: Vec<Option<&str>> = numbers.iter().map(|number| texts[*number].as_deref()).collect();
    let dictionary = Dictionary::of(texts.iter().map(|text| text.as_deref().unwrap_or("never")));
    let codes: Vec<u32> = numbers.iter().map(|number| *number as u32).collect();
    let codes: Vec<u32> = codes.iter().zip(&of_rows).map(|(c, text)| text.map_or(0, |_| *c)).collect();
    let validity: Bitmap = of_rows.iter().map(Option::is_some).collect();
    let columns = vec![
        Column::new(DataType::I64, (0..ROWS as i64).collect::<Vec<_>>()),
        free_texts(&of_rows),
        Column::text(codes, Arc::new(dictionary)).with_validity(Some(validity)),
        Column::new(DataType::F64, (0..ROWS).map(|row| row as f64 / 7.0 - 9.0).collect::<Vec<_>>()),
    ];
    let fields =
        [("id", DataType::I64), ("plain", DataType::Text), ("coded", DataType::Text), ("x", DataType::F64)];
    let schema: Schema = fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect();
    Arc::new(Known(Batch::new(Arc::new(schema), columns).unwrap()))
});

fn queries(key: &str) -> Vec<Query> {
    let key = || col(key);
    let remainder = |of: i64| col("id") % lit(of);
    let grouped = |keys: Vec<Expr>, aggregates: Vec<Expr>, filter: Option<Expr>| {
        let select = keys.iter().cloned().chain(aggregates).map(SelectItem::Expr).collect();
        Query { select, group_by: keys, filter, ..Query::from(Relation::table("t")) }
    };
    let distinct = |function: A, of: Expr| aggregate(function, [of]).distinct();
    let some = || Some(remainder(7).eq(lit(3)));
    let all = || vec![count(), sum(col("x")), avg(col("x")), stddev(col("x")), max(col("id")), min(key())];
    vec![
        grouped(vec![key()], all(), None),
        grouped(vec![key()], all(), some()),
        grouped(vec![key()], vec![], None),
        grouped(vec![remainder(3), key(), remainder(2)], all(), some()),
        grouped(vec![key(), col("x"), call("upper", [key()])], vec![count()], Some(remainder(50).eq(lit(3)))),
        grouped(vec![remainder(5)], vec![distinct(A::Count, key()), mode(key())], some()),
        select([distinct(A::Count, key())]),
    ]
}

#[test]
fn plain_texts_have_the_groups_of_a_dictionary() {
    for (plain, coded) in queries("plain").iter().zip(&queries("coded")) {
        let expected = run(&TABLE, coded, 2).unwrap().0;
        assert_eq!(run(&TABLE, plain, 3).unwrap().0, expected);
        for (threads, partition_bits, spilled) in [(3, 6, false), (1, 4, true)] {
            let forced = Forced { partition_bits, hashed: true, spilled };
            let found = with(forced, || run(&TABLE, plain, threads).unwrap().0);
            assert_eq!(found, expected, "{forced:?}");
        }
    }
}

#[test]
fn a_computed_text_has_the_groups_of_what_it_is_computed_from() {
    // Two columns, so that no dictionary has the answers.
    let tail = "and a tail that does not fit into the words of a key";
    let (remainder, name) = (col("id") % lit(9), call("coalesce", [col("coded"), lit("none")]));
    for end in ["", tail] {
        let text = call("concat", [name.clone(), remainder.clone().cast(DataType::Text), lit(end)]);
        let of = |keys: Vec<Expr>| {
            let select = [count(), sum(col("x"))].map(SelectItem::Expr).to_vec();
            Query { select, group_by: keys, ..Query::from(Relation::table("t")) }
        };
        let expected = run(&TABLE, &of(vec![call("concat", [name.clone(), lit("/")]), remainder.clone()]), 2);
        let expected = expected.unwrap().0;
        assert_eq!(run(&TABLE, &of(vec![text.clone()]), 2).unwrap().0.len(), expected.len());
        for spilled in [false, true] {
            let forced = Forced { partition_bits: 4, hashed: true, spilled };
            assert_eq!(with(forced, || run(&TABLE, &of(vec![text.clone()]), 2).unwrap().0), expected);
        }
    }
}

#[test]
fn keys_that_nobody_looks_at_change_no_answer() {
    let inner = |key: &str| {
        let items = [col(key), col("id") % lit(3), max(col("id")) - min(col("id")), count(), sum(col("x"))];
        let names = ["k", "r", "span", "n", "s"];
        let select = items.into_iter().zip(names).map(|(item, name)| SelectItem::Expr(item.alias(name)));
        let group_by = vec![col(key), col("id") % lit(3)];
        Query { select: select.collect(), group_by, ..Query::from(Relation::table("t")) }
    };
    let outer = |key: &str, items: Vec<Expr>, filter: Option<Expr>, group_by: Vec<Expr>| Query {
        select: items.into_iter().map(SelectItem::Expr).collect(),
        filter,
        group_by,
        ..Query::from(Relation::Query(Box::new(inner(key))))
    };
    let all = |key: &str| {
        [
            outer(key, vec![count()], None, vec![]),
            outer(key, vec![sum(col("n")), sum(col("s")), max(col("span"))], None, vec![]),
            outer(key, vec![sum(col("n"))], Some(col("k").gt(lit("a"))), vec![]),
            outer(key, vec![col("r"), sum(col("n")), max(col("k"))], None, vec![col("r")]),
            outer(key, vec![sum(col("r"))], Some(col("span").gt(lit(9))), vec![]),
        ]
    };
    for (plain, coded) in all("plain").iter().zip(&all("coded")) {
        let expected = run(&TABLE, coded, 2).unwrap().0;
        assert_eq!(run(&TABLE, plain, 2).unwrap().0, expected);
        for spilled in [false, true] {
            let forced = Forced { partition_bits: 4, hashed: true, spilled };
            assert_eq!(with(forced, || run(&TABLE, plain, 2).unwrap().0), expected, "{forced:?}");
            assert_eq!(with(forced, || run(&TABLE, coded, 2).unwrap().0), expected, "{forced:?}");
        }
    }
}
