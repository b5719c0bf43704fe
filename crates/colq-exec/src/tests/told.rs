//! Aggregates and keys that follow from what summaries tell have the answers, and the errors, of those that look at each row.

use super::*;
use colq_column::Buffer;
use colq_plan::{avg, bool_and, bool_or, count, count_of, max, min, stddev, sum};

/// The second zone ends within it.
const ROWS: usize = ZONE_ROWS as usize + 9_000;

/// `tiny`, `small`, `wide` and `bare` are whole numbers of different types, `small` with NULL, `wide` and `bare` up to the ends
/// of their types in the second zone alone; `f` and `single` are floats, with NULL, -0.0 and numbers that lie between whole
/// ones; `nan` and `far` have one value each that no whole number of 64 bits is; `yes` is true in the second zone, and else NULL.
static TABLE: LazyLock<Batch> = LazyLock::new(|| {
    let mixed = |row: usize| (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(21);
    let rows = || 0..ROWS;
    let in_second = |row: usize| row >= ZONE_ROWS as usize;
    let float = |row: usize| match mixed(row) % 50 {
        0 => -0.0,
        1 => -0.4,
        n => n as f64 - 25.0 + (mixed(row + 1) % 4) as f64 / 4.0,
    };
    let one = |at: usize, value: f64| {
        rows().map(|row| if row == at { value } else { float(row) }).collect::<Vec<_>>()
    };
    let wide = |row: usize| match row {
        70_000 => i64::MAX,
        70_001 => i64::MIN,
        _ => mixed(row) as i64 >> 40,
    };
    let some = |every: usize| Some(rows().map(|row| row % every > 0).collect::<Bitmap>());
    let columns = vec![
        ("tiny", Column::new(DataType::U8, rows().map(|row| mixed(row) as u8).collect::<Vec<_>>())),
        (
            "small",
            Column::new(
                DataType::I16,
                rows().map(|row| if row % 7 > 0 { mixed(row) as i16 } else { 0 }).collect::<Vec<_>>(),
            )
            .with_validity(some(7)),
        ),
        ("wide", Column::new(DataType::I64, rows().map(wide).collect::<Vec<_>>())),
        (
            "bare",
            Column::new(
                DataType::U64,
                rows().map(|row| if row == 70_000 { u64::MAX } else { mixed(row) >> 9 }).collect::<Vec<_>>(),
            ),
        ),
        (
            "f",
            Column::new(
                DataType::F64,
                rows().map(|row| if row % 11 > 0 { float(row) } else { 0.0 }).collect::<Vec<_>>(),
            )
            .with_validity(some(11)),
        ),
        ("single", Column::new(DataType::F32, rows().map(|row| float(row) as f32).collect::<Vec<_>>())),
        ("nan", Column::new(DataType::F64, one(66_000, f64::NAN))),
        ("far", Column::new(DataType::F64, one(66_000, f64::INFINITY))),
        (
            "yes",
            Column::new(DataType::Bool, Buffer::Bool(rows().map(|row| u8::from(in_second(row))).collect()))
                .with_validity(Some(rows().map(in_second).collect())),
        ),
        ("k", Column::new(DataType::I64, rows().map(|row| mixed(row) as i64 & 3).collect::<Vec<_>>())),
    ];
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    Batch::new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect()).unwrap()
});

/// The rows of the answer, or the error, and how many zones were answered without a look at their rows.
fn answer(
    source: Arc<dyn ColumnSource>,
    query: &Query,
    threads: usize,
) -> (Result<Vec<String>, String>, u64) {
    let catalog = HashMap::from([("t".to_string(), source.schema().clone())]);
    let plan = bind(query, &catalog).unwrap();
    let context = Context::new();
    let answer = execute(&plan, &HashMap::from([("t".to_string(), source)]), &Pool::new(threads), &context);
    let cell = |value: &Scalar| match value {
        Scalar::F64(v) => format!("{:016x}", v.to_bits()),
        Scalar::F32(v) => format!("{:08x}", v.to_bits()),
        other => format!("{other:?}"),
    };
    let row = |batch: &Batch, row| batch.row(row).iter().map(cell).collect::<Vec<_>>().join(" ");
    let rows = answer.map(|batch| (0..batch.row_count()).map(|at| row(&batch, at)).collect());
    (rows.map_err(|error| error.to_string()), context.counted(Counter::ZonesAnswered))
}

/// That what summaries tell changes nothing; gives the answer, and how many zones were not looked at.
fn same(query: &Query) -> (Result<Vec<String>, String>, u64) {
    let untold = answer(Arc::new(TABLE.clone()), query, 2).0;
    let (told, zones) = answer(Arc::new(Known(TABLE.clone())), query, 1);
    assert_eq!(told, untold, "{query:?}");
    assert_eq!(answer(Arc::new(Known(TABLE.clone())), query, 2).0, untold, "{query:?}");
    (told, zones)
}

fn filters() -> Vec<Option<Expr>> {
    vec![
        None,
        Some(col("k").eq(lit(2))),
        Some(col("tiny").gt_eq(lit(0))),
        // No row, and rows of the first zone alone.
        Some(col("k").gt(lit(9)).or(col("tiny").gt(lit(900)))),
        Some(col("yes").is_null()),
    ]
}

/// Lines over a column whose values do not leave 64 bits.
fn lines(x: &str) -> Vec<Expr> {
    vec![
        col(x) + lit(3),
        col(x) - lit(300),
        lit(5) - col(x),
        col(x) * lit(-7),
        lit(2) * (lit(9) - col(x)) + lit(1),
        -(col(x) + lit(1)),
    ]
}

fn aggregates(x: &Expr) -> Vec<Expr> {
    [sum, avg, min, max, count_of].map(|of| of(x.clone())).to_vec()
}

#[test]
fn aggregates_of_lines_are_those_of_their_rows() {
    for x in ["tiny", "small", "k"] {
        let items: Vec<Expr> = lines(x).iter().flat_map(aggregates).chain([sum(col(x))]).collect();
        for filter in filters() {
            let query = Query { filter: filter.clone(), ..select(items.clone()) };
            let (answer, zones) = same(&query);
            answer.unwrap();
            assert!(filter.is_some() || zones == 2, "all of {x} is told");
            let keyed = Query { group_by: vec![col("k")], filter, ..select(items.clone()) };
            same(&keyed).0.unwrap();
        }
    }
}

#[test]
fn a_line_that_some_row_leaves_is_computed_row_by_row() {
    let second = || Some(col("yes").is_null());
    for (argument, fails) in [
        (col("wide") + lit(1), true),
        (col("wide") - lit(1), true),
        (lit(0) - col("wide"), true),
        (-col("wide"), true),
        (col("wide") * lit(2), true),
        (col("bare") + lit(1), true),
        (col("wide") * lit(0), false),
        (col("wide") + lit(0), false),
        (lit(i64::MAX) - col("tiny"), false),
        (lit(i64::MIN) + col("tiny") - lit(1), true),
        (col("tiny") * lit(1i64 << 62), true),
    ] {
        for of in [sum, min, max] {
            let all = same(&select([of(argument.clone())])).0;
            assert!(all.is_err() || !fails, "{argument:?}");
            // In the first zone alone nothing may leave 64 bits.
            let _ = same(&Query { filter: second(), ..select([of(argument.clone())]) });
            let _ = same(&Query { group_by: vec![col("k")], ..select([of(argument.clone())]) });
        }
    }
    // The sum is an error of its own, whatever the rows are.
    let far = same(&select([sum(col("tiny") + lit(i64::MAX - 255))])).0;
    assert!(far.unwrap_err().contains("does not fit"));
    let mean = same(&select([avg(col("tiny") + lit(i64::MAX - 255))])).0;
    mean.unwrap();
}

#[test]
fn what_a_condition_gives_is_counted() {
    let bools = |c: &Expr| [bool_or(c.clone()), bool_and(c.clone())];
    let x = || col("tiny");
    let conditions = vec![
        (x().gt(lit(254)), true),
        (x().lt(lit(0)), true),
        (x().gt_eq(lit(0)), true),
        (x().eq(lit(255)), true),
        (x().eq(lit(77)), false),
        (x().not_eq(lit(0)), true),
        (col("small").gt(lit(0)), true),
        (col("nan").gt(lit(1_000.0)), true),
        (col("nan").lt(lit(1_000.0)), true),
        (col("far").lt_eq(lit(24.0)), true),
        (x().gt(lit(254)).not(), true),
        (x().gt(lit(254)).and(col("small").is_not_null()), false),
        (x().gt(lit(254)).or(col("small").is_null()), false),
        (x().gt(lit(300)).and(col("small").gt(lit(0))), true),
        (x().gt(lit(254)).or(col("k").gt_eq(lit(0))), true),
        ((x() * lit(2)).gt(lit(509)), true),
        (col("yes"), false),
        (col("yes").is_null().and(x().gt(lit(254))), false),
    ];
    for (condition, is_told) in &conditions {
        for filter in filters() {
            let query = Query { filter: filter.clone(), ..select(bools(condition)) };
            let (answer, zones) = same(&query);
            answer.unwrap();
            assert!(filter.is_some() || !is_told || zones == 2, "{condition:?} is told");
            let numbers = [
                sum(case([(condition.clone(), lit(3))], Some(lit(-4)))),
                sum(case([(condition.clone(), lit(3))], None)),
                avg(case([(condition.clone(), lit(1))], Some(lit(0)))),
                count_of(case([(condition.clone(), lit("a"))], None)),
                count_of(case([(condition.clone(), lit(1))], Some(lit(2)))),
                count(),
            ];
            same(&Query { filter, ..select(numbers) }).0.unwrap();
        }
    }
}

#[test]
fn a_condition_that_is_settled_hides_no_error() {
    // The row that fails stands in the second zone, and rows of the first one settle both.
    let overflow = || (col("wide") + lit(1)).gt(lit(-5));
    let doubled = || (col("wide") * lit(4)).lt_eq(lit(0));
    for condition in
        [overflow(), doubled(), col("tiny").gt(lit(3)).and(overflow()), col("k").eq(lit(0)).or(doubled())]
    {
        for of in [bool_or, bool_and] {
            assert!(same(&select([of(condition.clone())])).0.is_err(), "{condition:?}");
            let first = Query { filter: Some(col("yes").is_null()), ..select([of(condition.clone())]) };
            same(&first).0.unwrap();
        }
    }
}

#[test]
fn keys_that_are_rounded_are_groups_by_their_value() {
    let zero = || lit(0);
    let rounded = |x: &str| {
        vec![
            call("floor", [col(x)]),
            call("ceil", [col(x)]),
            call("round", [col(x)]),
            call("trunc", [col(x), zero()]),
            call("floor", [col(x) / lit(10.0)]) * lit(10.0),
            call("floor", [col(x)]) + lit(0.5),
            call("round", [col(x), lit(1)]),
            call("floor", [col(x) * lit(1e300)]),
        ]
    };
    for x in ["f", "single", "nan", "far", "small", "tiny"] {
        for key in rounded(x) {
            for filter in filters() {
                let query = Query {
                    group_by: vec![key.clone()],
                    filter,
                    ..select([key.clone(), count(), sum(col("f"))])
                };
                assert!(!same(&query).0.unwrap().contains(&String::new()));
            }
            let two =
                Query { group_by: vec![key.clone(), col("k")], ..select([key.clone(), col("k"), count()]) };
            same(&two).0.unwrap();
            same(&Query { distinct: true, ..select([key]) }).0.unwrap();
        }
    }
}

#[test]
fn keys_that_are_cast_to_whole_numbers_are_groups_or_errors() {
    for (x, fails) in [("f", false), ("single", false), ("nan", true), ("far", true)] {
        let key = col(x).cast(DataType::I64);
        let (answer, _) = same(&Query { group_by: vec![key.clone()], ..select([key.clone(), count()]) });
        assert_eq!(answer.is_err(), fails, "{x}");
        let _ = same(&Query {
            group_by: vec![key.clone()],
            filter: Some(col("yes").is_null()),
            ..select([key, count()])
        });
    }
    let key = col("small").cast(DataType::F64);
    same(&Query { group_by: vec![key.clone()], ..select([key, count()]) }).0.unwrap();
}

#[test]
fn a_few_rows_have_the_answers_of_a_filter_that_tells_nothing() {
    // The same rows once as a selection of the zone, and once as the only values of a column that is else NULL.
    let is_few = || (col("tiny") * lit(1)).lt(lit(9)).and(col("k").eq(lit(1)));
    for x in ["f", "single", "nan", "far", "small", "tiny", "wide"] {
        let product = || col("f") * col(x) + col("single");
        let whole = || col("tiny") * col("small") + lit(1);
        let of = |only: &dyn Fn(Expr) -> Expr| {
            let x = || only(col(x));
            [avg(x()), stddev(x()), min(x()), max(x()), sum(only(product())), sum(only(whole()))]
        };
        let selected = same(&Query { filter: Some(is_few()), ..select(of(&|x| x)) }).0.unwrap();
        // One by one, so that there is nothing to fetch rows for.
        let alone = of(&|x| case([(is_few(), x)], None)).map(|one| same(&select([one])).0.unwrap().concat());
        assert_eq!(selected.concat(), alone.join(" "), "{x}");
    }
}

#[test]
fn sums_by_group_of_what_is_computed_are_exact() {
    let small = || case([(col("tiny").lt(lit(9)), lit(1))], Some(lit(-3)));
    let far = || case([(col("tiny").lt(lit(9)), lit(i64::MAX))], Some(lit(i64::MIN)));
    for (argument, fits) in [
        (small(), true),
        (col("small") % lit(7) - col("tiny"), true),
        (col("tiny") * col("small") * lit(1 << 20), true),
        (col("wide") % lit(1i64 << 50), true),
        (far(), false),
        (far() / lit(1 << 20), true),
    ] {
        for key in ["k", "wide", "small"] {
            let items = [col(key), sum(argument.clone()), avg(argument.clone())];
            let (answer, _) = same(&Query { group_by: vec![col(key)], ..select(items) });
            assert!(answer.is_ok() || !fits, "{argument:?}");
        }
    }
}
