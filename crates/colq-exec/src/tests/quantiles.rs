//! Quantiles of groups whose keys index an array, which a sample helps to find, against those of hashed groups, which hold
//! all values: the same bits for any number of threads.

use super::groups::{answer, batch, spread};
use super::*;
use colq_plan::{count, count_of, median, quantile_cont, quantile_disc, sum};

fn grouped(keys: Vec<Expr>, aggregates: Vec<Expr>, filter: Option<Expr>) -> Query {
    let select = keys.iter().cloned().chain(aggregates).map(SelectItem::Expr).collect();
    Query { select, group_by: keys, filter, ..Query::from(Relation::table("t")) }
}

fn check(queries: &[Query]) {
    let batch = batch();
    // Nothing is known of the ranges of these keys, so they are hashed.
    let unknown: Arc<dyn ColumnSource> = Arc::new(batch.clone());
    let known: Arc<dyn ColumnSource> = Arc::new(Known(batch));
    for query in queries {
        let expected = answer(unknown.clone(), query, 2);
        assert!(!expected.is_empty());
        for threads in [1, 3] {
            assert_eq!(answer(known.clone(), query, threads), expected, "{threads} threads");
        }
    }
}

#[test]
fn quantiles_of_few_groups_are_those_of_all_values() {
    let every = vec![
        median(col("x")),
        quantile_cont(col("x"), 0.01),
        quantile_disc(col("x"), 0.999),
        quantile_cont(col("f"), 0.25),
        quantile_disc(col("f"), 0.75),
        median(col("maybe")),
        quantile_disc(col("maybe"), 0.0),
        quantile_disc(col("price"), 0.9),
        median(col("large")),
        median(col("x") - col("f")),
        count_of(col("maybe")),
        sum(col("x")),
    ];
    let some = call("abs", [col("x")]).gt(lit(1e6));
    check(&[
        grouped(vec![col("k")], every.clone(), None),
        grouped(vec![col("maybe")], every.clone(), Some(some)),
        grouped(vec![col("runs")], every, Some(col("k").lt(lit(40)))),
    ]);
}

#[test]
fn quantiles_of_values_that_rise_with_the_rows_are_found() {
    let times =
        || vec![quantile_disc(col("ts"), 0.5), median(col("ts")), quantile_disc(col("ts"), 1.0), count()];
    check(&[
        grouped(vec![col("runs")], times(), None),
        grouped(vec![col("k")], times(), Some(col("maybe").eq(lit(3)))),
        // Most groups have a few rows, and none of them in the sample.
        grouped(vec![col("k"), col("part")], vec![median(col("x")), median(col("ts"))], None),
        // No row at all.
        grouped(vec![col("k")], vec![median(col("x")), count()], Some(col("maybe").eq(lit(5)))),
    ]);
}

/// Rows enough to be sampled; some zones are not full.
const SAMPLED: usize = (1 << 20) + 12_345;

fn sampled_batch() -> Batch {
    let is_sampled: Vec<bool> = (0..SAMPLED as u64)
        .step_by(ZONE_ROWS as usize)
        .flat_map(|first| {
            let mut zone = vec![false; (SAMPLED as u64 - first).min(ZONE_ROWS) as usize];
            let places: Vec<usize> = crate::quantile::sampled_places(zone.len(), 128).collect();
            places.iter().for_each(|place| zone[*place] = true);
            zone
        })
        .collect();
    let integers = |value: &dyn Fn(usize) -> i64| {
        Column::new(DataType::I64, (0..SAMPLED).map(value).collect::<Vec<_>>())
    };
    let validity: Bitmap = (0..SAMPLED).map(|row| !spread(row).is_multiple_of(5)).collect();
    let singles = |row| match spread(row) % 50 {
        0 => f32::NAN,
        1 => -0.0,
        _ => (spread(row) >> 40) as f32 / 7.0 - 1e5,
    };
    let columns = [
        ("one", integers(&|_| 1)),
        ("k", integers(&|row| (spread(row + 3) % 100) as i64)),
        (
            "x",
            Column::new(
                DataType::F64,
                (0..SAMPLED).map(|r| (spread(r) >> 11) as f64 / 3e9).collect::<Vec<_>>(),
            ),
        ),
        ("f", Column::new(DataType::F32, (0..SAMPLED).map(singles).collect::<Vec<_>>())),
        ("maybe", integers(&|row| (spread(row) % 1_000_000) as i64 - 7).with_validity(Some(validity))),
        ("rising", integers(&|row| row as i64 * 7_001 - 86_400)),
        ("few", integers(&|row| (spread(row) % 4) as i64)),
        // A sample sees nothing of most of its values.
        ("hidden", integers(&|row| if is_sampled[row] { -1 } else { (spread(row) >> 3) as i64 })),
    ];
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    Batch::new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect()).unwrap()
}

#[test]
fn quantiles_of_all_rows_are_those_of_all_values_whatever_the_sample_says() {
    let batch = sampled_batch();
    let unknown: Arc<dyn ColumnSource> = Arc::new(batch.clone());
    let known: Arc<dyn ColumnSource> = Arc::new(Known(batch));
    let lists = [
        vec![median(col("x"))],
        vec![median(col("f")), quantile_disc(col("f"), 0.01), quantile_cont(col("f"), 0.9), median(col("x"))],
        vec![median(col("maybe")), quantile_disc(col("maybe"), 0.0), quantile_cont(col("maybe"), 1.0)],
        vec![median(col("rising")), quantile_disc(col("rising"), 0.999), median(col("few"))],
        vec![median(col("hidden")), median(col("hidden")), quantile_disc(col("x"), 0.3)],
        (1..10).map(|tenth| quantile_cont(col("x"), f64::from(tenth) / 10.0)).collect(),
    ];
    let filters = [
        None,
        Some(col("k").lt(lit(30))),
        Some(col("rising").lt(lit(7_001 * 300_000))),
        Some(call("abs", [col("maybe")]).lt(lit(20))),
        Some(col("k").gt(lit(1_000))),
    ];
    for list in lists {
        for filter in &filters {
            // A group of hashed keys holds all its values.
            let held = answer(unknown.clone(), &grouped(vec![col("one")], list.clone(), filter.clone()), 2);
            let expected: Vec<&str> = held.iter().map(|row| row.split_once('|').unwrap().1).collect();
            for (source, threads) in [(&known, 1), (&known, 3), (&unknown, 2)] {
                let found = answer(source.clone(), &grouped(vec![], list.clone(), filter.clone()), threads);
                match expected.is_empty() {
                    true => assert_eq!(found, [vec!["NULL"; list.len()].join("|")]),
                    false => assert_eq!(found, expected),
                }
            }
        }
    }
}
