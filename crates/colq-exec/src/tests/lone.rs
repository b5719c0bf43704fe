//! Rows that are alone with their key: the same groups, in the same order and with the same bits, as where all rows are
//! divided by their keys.

use super::*;
use crate::group::forced::{Forced, with};
use colq_plan::{avg, count, count_of, max, min, stddev, sum};

/// Enough zones, the last of them short.
const ROWS: usize = 16 * ZONE_ROWS as usize + 4_321;

/// `k` is spread over all numbers, `f` over floats, NaN and both zeros among them; each is NULL here and there, and every
/// twelfth row has the key of one of the rows before, from another zone mostly. `x` and `s` are values with NULL.
static TABLE: LazyLock<Arc<Known>> = LazyLock::new(|| {
    let mixed = |row: usize| (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
    // The row of which a row has the key.
    let of = |row: usize| if row % 12 == 5 { mixed(row) as usize % (row + 1) } else { row };
    let rows = || 0..ROWS;
    let float = |row: usize| match row % 100_000 {
        0 => f64::NAN,
        1 => 0.0,
        2 => -0.0,
        _ => mixed(row) as i64 as f64 / 1024.0,
    };
    let valid = |every: usize| Some(rows().map(|row| of(row) % every != 1).collect::<Bitmap>());
    let or = |is_valid: bool, value: i64| if is_valid { value } else { 0 };
    let k: Vec<i64> = rows().map(|row| or(of(row) % 400_000 != 1, mixed(of(row)) as i64)).collect();
    let f: Vec<f64> = rows().map(|row| if of(row) % 300_000 != 1 { float(of(row)) } else { 0.0 }).collect();
    let value = |row: usize| if row % 13 == 2 { -0.0 } else { row as f64 / 3.0 - 9.0 };
    let x: Vec<f64> = rows().map(|row| if row % 7 != 1 { value(row) } else { 0.0 }).collect();
    let x_valid: Bitmap = rows().map(|row| row % 7 != 1).collect();
    let s: Vec<u32> = rows().map(|row| if row % 5 != 1 { mixed(row) as u32 % 9 } else { 0 }).collect();
    let s_valid: Bitmap = rows().map(|row| row % 5 != 1).collect();
    let texts = Arc::new(Dictionary::of(["north", "south", "", "é", "a", "east", "west", "up", "down"]));
    let columns = vec![
        ("id", Column::new(DataType::I64, rows().map(|row| row as i64).collect::<Vec<_>>())),
        ("k", Column::new(DataType::I64, k).with_validity(valid(400_000))),
        ("f", Column::new(DataType::F64, f).with_validity(valid(300_000))),
        ("x", Column::new(DataType::F64, x).with_validity(Some(x_valid))),
        ("s", Column::text(s, texts).with_validity(Some(s_valid))),
    ];
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    Arc::new(Known(Batch::new(Arc::new(schema), columns).unwrap()))
});

fn grouped(keys: &[&str], filter: Option<Expr>) -> Query {
    let keys: Vec<Expr> = keys.iter().map(|key| col(*key)).collect();
    let aggregates = vec![
        count(),
        count_of(col("x")),
        sum(col("id")),
        sum(col("x")),
        avg(col("x")),
        min(col("x")),
        max(col("s")),
        stddev(col("x")),
        count_of(col("s")).filter_where(col("x").lt(lit(100.0))),
    ];
    let select = keys.iter().cloned().chain(aggregates).map(SelectItem::Expr).collect();
    Query { select, group_by: keys, filter, ..Query::from(Relation::table("t")) }
}

/// The answer, and how the steps went about it, with so many bytes of memory.
fn answer(query: &Query, threads: usize, limit: Option<u64>) -> (Batch, String) {
    let catalog = HashMap::from([("t".to_string(), TABLE.schema().clone())]);
    let plan = bind(query, &catalog).unwrap();
    let source: Arc<dyn ColumnSource> = TABLE.clone();
    let context = limit.map_or_else(Context::new, |limit| Context::new().with_memory_limit(limit));
    let batch =
        execute(&plan, &HashMap::from([("t".to_string(), source)]), &Pool::new(threads), &context).unwrap();
    (batch, context.ways().join("\n"))
}

/// The bits of all columns, row after row.
fn bits(batch: &Batch) -> Vec<Vec<u8>> {
    let of_column = |column: &Column| {
        let valid = (0..column.len()).map(|row| u8::from(column.view().is_valid(row)));
        let texts = column.dictionary.as_ref().map(|_| {
            (0..column.len()).flat_map(|row| column.view().text(row).iter().copied().chain([0])).collect()
        });
        let values = || column.values.as_values().as_bytes().to_vec();
        valid.chain(texts.unwrap_or_else(values)).collect()
    };
    batch.columns().iter().map(of_column).collect()
}

#[test]
fn lone_rows_are_the_groups_that_they_are_by_partitions() {
    let queries = [
        grouped(&["k"], None),
        grouped(&["f"], Some(col("x").gt(lit(-4.0)))),
        grouped(&["k", "f"], None),
        grouped(&["s", "k"], Some(col("s").lt(lit("o")))),
    ];
    for query in &queries {
        let forced = Forced { partition_bits: 5, hashed: true, spilled: false };
        let (expected, _) = with(forced, || answer(query, 2, None));
        let expected = bits(&expected);
        for threads in [1, 3] {
            let (found, ways) = answer(query, threads, None);
            assert!(ways.contains("of one row each, but those of"), "{ways}");
            assert!(bits(&found) == expected, "{threads} threads: {ways}");
        }
    }
}

#[test]
fn lone_rows_ask_for_no_more_memory_than_spilled_groups() {
    let query = Query { having: Some(count().gt(lit(2))), ..grouped(&["k"], None) };
    let (expected, ways) = answer(&query, 2, None);
    assert!(ways.contains("of one row each") && expected.row_count() > 100, "{ways}");
    let mut is_lone = Vec::new();
    for megabytes in [20, 40, 64, 96, 128, 160, 256] {
        let (found, ways) = answer(&query, 2, Some(megabytes << 20));
        assert!(bits(&found) == bits(&expected), "{megabytes} MiB: {ways}");
        is_lone.push(ways.contains("of one row each"));
    }
    assert!(is_lone.is_sorted() && is_lone[6] && !is_lone[0], "{is_lone:?}");
}
