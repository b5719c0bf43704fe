//! Where only the different values are asked for, a zone that cannot bring a new one is not looked at, and every other is.

use super::*;
use colq_plan::count_distinct;

/// Zones of the table.
const ZONES: usize = 6;

/// The value that one row alone has, in the fourth zone, between two that all zones have.
const HIDDEN: i64 = 4;

/// `k` has the values 0 to 9 in every zone but for the hidden one; `s` has a text for each; `n` is NULL in the last zone
/// alone, once; `d` is 1 but for the last row, where it is 0.
static TABLE: LazyLock<Arc<Known>> = LazyLock::new(|| {
    let rows = ZONES * ZONE_ROWS as usize;
    let hidden = 3 * ZONE_ROWS as usize + 777;
    let key = |row: usize| match row as i64 % 10 {
        HIDDEN if row != hidden - hidden % 10 + HIDDEN as usize => 5,
        key => key,
    };
    let texts =
        Dictionary::of(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]);
    let codes: Vec<u8> = (0..rows).map(|row| key(row) as u8).collect();
    let columns = vec![
        Column::new(DataType::I64, (0..rows).map(key).collect::<Vec<_>>()),
        Column::text(codes, Arc::new(texts)),
        Column::new(DataType::I64, (0..rows).map(|row| row as i64 % 3).collect::<Vec<_>>())
            .with_validity(Some((0..rows).map(|row| row + 5 != rows).collect())),
        Column::new(DataType::I64, (0..rows).map(|row| i64::from(row + 1 != rows)).collect::<Vec<_>>()),
    ];
    let fields = [("k", DataType::I64), ("s", DataType::Text), ("n", DataType::I64), ("d", DataType::I64)];
    let schema: Schema = fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect();
    Arc::new(Known(Batch::new(Arc::new(schema), columns).unwrap()))
});

/// The answer's rows, and how many zones were answered without a look at their rows.
fn answered(query: &Query, threads: usize) -> Result<(Vec<String>, u64), Error> {
    let catalog = HashMap::from([("t".to_string(), TABLE.schema().clone())]);
    let plan = bind(query, &catalog).unwrap();
    let source: Arc<dyn ColumnSource> = TABLE.clone();
    let context = Context::new();
    let batch = execute(&plan, &HashMap::from([("t".to_string(), source)]), &Pool::new(threads), &context)?;
    let rows = (0..batch.row_count()).map(|row| batch.row(row)[0].to_string()).collect();
    Ok((rows, context.counted(Counter::ZonesAnswered)))
}

#[test]
fn counting_looks_at_zones_until_all_values_are_known() {
    let (count, zones) = answered(&select([count_distinct(col("k"))]), 1).unwrap();
    assert_eq!((count[0].as_str(), zones), ("10", 2), "the two zones behind the hidden value");
    let (count, zones) = answered(&select([count_distinct(col("s"))]), 1).unwrap();
    assert_eq!((count[0].as_str(), zones), ("10", 2), "of texts");
    let (count, zones) = answered(&select([count_distinct(col("n"))]), 1).unwrap();
    assert_eq!((count[0].as_str(), zones), ("3", 5), "NULL is no value");
    let some = Query { filter: Some(col("n").gt(lit(0))), ..select([count_distinct(col("k"))]) };
    let (count, _) = answered(&some, 2).unwrap();
    let hidden = TABLE.0.columns()[0].values.as_values().as_slice::<i64>().unwrap();
    let hidden = hidden.iter().position(|key| *key == HIDDEN).unwrap();
    assert_eq!(count[0], if hidden % 3 > 0 { "10" } else { "9" });
}

#[test]
fn groups_alone_come_from_zones_that_can_have_new_ones() {
    let distinct = |column| Query { distinct: true, ..select([col(column)]) };
    let (groups, zones) = answered(&distinct("k"), 1).unwrap();
    assert_eq!(groups, ["0", "1", "2", "3", "5", "6", "7", "8", "9", "4"]);
    assert_eq!(zones, 2);
    let (groups, zones) = answered(&distinct("n"), 1).unwrap();
    assert_eq!((groups.join(" ").as_str(), zones), ("0 1 2 NULL", 4), "the last zone has a NULL");
}

#[test]
fn a_zone_is_looked_at_where_a_row_may_be_an_error() {
    let by_d = || lit(1) / col("d");
    let some = Query { filter: Some(by_d().is_not_null()), ..select([count_distinct(col("k"))]) };
    assert!(answered(&some, 1).is_err());
    assert!(answered(&select([count_distinct(by_d())]), 1).is_err());
    assert!(answered(&Query { distinct: true, ..select([by_d()]) }, 1).is_err());
}
