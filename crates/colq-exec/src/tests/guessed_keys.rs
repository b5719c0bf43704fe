//! Float keys that are taken for whole numbers of parts: the groups of hashing, whether the guess holds or not.

use super::groups::{answer, spread};
use super::*;
use crate::group::forced::{Forced, with};
use colq_plan::{avg, count, sum};

const ROWS: usize = 5 * ZONE_ROWS as usize + 77;

/// Columns of prices and of counts with NULLs, of numbers of 32 bits, and of prices of which one, in a zone's middle where
/// nobody looks, is no number of cents.
fn batch() -> Batch {
    let cents = |row: usize| ((spread(row) % 999) as i64 - 30) as f64 / 100.0;
    let validity: Bitmap = (0..ROWS).map(|row| !spread(row + 3).is_multiple_of(5)).collect();
    let counts = (0..ROWS).map(|row| if validity.get(row) { (spread(row) % 7) as f64 } else { 0.0 });
    let odd = |row: usize| if row == 2 * ZONE_ROWS as usize + 40_000 { 0.1 + 0.2 } else { cents(row) };
    let columns = [
        ("price", Column::new(DataType::F64, (0..ROWS).map(cents).collect::<Vec<_>>())),
        ("counted", Column::new(DataType::F64, counts.collect::<Vec<_>>()).with_validity(Some(validity))),
        (
            "single",
            Column::new(
                DataType::F32,
                (0..ROWS).map(|r| (spread(r + 1) % 50) as f32 / 10.0).collect::<Vec<_>>(),
            ),
        ),
        ("odd", Column::new(DataType::F64, (0..ROWS).map(odd).collect::<Vec<_>>())),
        (
            "zeros",
            Column::new(
                DataType::F64,
                (0..ROWS).map(|r| if r % 3 == 0 { -0.0 } else { (r % 2) as f64 }).collect::<Vec<_>>(),
            ),
        ),
        (
            "nan",
            Column::new(
                DataType::F64,
                (0..ROWS).map(|r| if r == 70_000 { f64::NAN } else { (r % 4) as f64 }).collect::<Vec<_>>(),
            ),
        ),
        ("k", Column::new(DataType::U8, (0..ROWS).map(|r| (spread(r + 2) % 9) as u8).collect::<Vec<_>>())),
        (
            "x",
            Column::new(DataType::F64, (0..ROWS).map(|r| (spread(r) >> 11) as f64 / 3e9).collect::<Vec<_>>()),
        ),
    ];
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    Batch::new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect()).unwrap()
}

/// What was said of the ways.
pub(super) fn ways(source: &Arc<dyn ColumnSource>, query: &Query) -> String {
    let catalog = HashMap::from([("t".to_string(), source.schema().clone())]);
    let plan = bind(query, &catalog).unwrap();
    let sources = HashMap::from([("t".to_string(), source.clone())]);
    let context = Context::new();
    execute(&plan, &sources, &Pool::new(2), &context).unwrap();
    context.ways().join("; ")
}

#[test]
fn float_keys_that_are_whole_numbers_of_parts_give_the_groups_of_hashing() {
    let batch = batch();
    let sources: [Arc<dyn ColumnSource>; 2] = [Arc::new(batch.clone()), Arc::new(Known(batch))];
    let greatest = || call("greatest", [col("price"), col("single"), lit(1.5)]);
    let keys = [
        (vec![col("price")], true, false),
        (vec![col("counted"), col("k")], true, false),
        (vec![call("coalesce", [col("counted"), lit(9.0)])], true, false),
        (vec![col("single"), col("counted")], true, false),
        (vec![greatest()], false, false),
        (vec![call("floor", [call("ln", [col("x")])])], true, false),
        (vec![col("zeros")], true, false),
        (vec![col("odd")], true, true),
        (vec![col("odd"), col("counted")], true, true),
        (vec![col("nan")], true, true),
        (vec![col("x")], false, false),
    ];
    let forced = Forced { partition_bits: 3, hashed: true, spilled: false };
    for (keys, guesses, fails) in keys {
        for filter in [None, Some(col("k").lt(lit(3))), Some(col("price").gt(lit(5.0)))] {
            let calls = [count(), avg(col("x")), sum(col("counted"))];
            let filtered = filter.is_some();
            let select = select(keys.iter().cloned().chain(calls));
            let query = Query { group_by: keys.clone(), filter, ..select };
            let expected = with(forced, || answer(sources[0].clone(), &query, 2));
            for source in &sources {
                assert_eq!(answer(source.clone(), &query, 3), expected, "{keys:?}");
            }
            let said = ways(&sources[1], &query);
            if !filtered && keys != [greatest()] {
                assert_eq!(said.contains("are taken for whole numbers"), guesses, "{keys:?}: {said}");
                assert_eq!(said.contains("once more"), fails, "{keys:?}: {said}");
            }
        }
        let distinct = Query { distinct: true, ..select(keys.clone()) };
        let expected = with(forced, || answer(sources[0].clone(), &distinct, 2));
        for source in &sources {
            assert_eq!(answer(source.clone(), &distinct, 2), expected, "{keys:?}");
        }
    }
}
