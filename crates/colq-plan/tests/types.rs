//! Which types an expression has, what is converted for it, and what is computed when the query is planned.

#![allow(clippy::panic, reason = "a test may fail")]

mod catalog;

use catalog::{bound, refused, shown, table};
use colq_plan::{
    AggregateFunction, Expr, ExprKind, PlanErrorKind, PlanNode, Query, TypedKind, all_of, any_of, avg, col,
    count, count_distinct, count_of, lit, max, min, stddev, sum,
};
use colq_types::{DataType, Scalar, TimeUnit};
use proptest::prelude::*;

fn select(expr: Expr) -> Query {
    Query { select: vec![expr.into()], ..table() }
}

/// The checked expression as EXPLAIN writes it, and its type.
fn checked(expr: Expr) -> (String, DataType) {
    let plan = bound(&select(expr.clone())).unwrap_or_else(|e| panic!("{expr}: {e}"));
    match &plan.node {
        PlanNode::Project { exprs, .. } => (exprs[0].to_string(), plan.schema().fields()[0].data_type),
        node => panic!("{expr} became {node:?}"),
    }
}

/// The value that an expression over literals is folded to.
fn folded(expr: Expr) -> Option<Scalar> {
    let plan = bound(&Query { from: None, ..select(expr) }).ok()?;
    match &plan.node {
        PlanNode::Project { exprs, .. } => match &exprs[0].kind {
            TypedKind::Literal(value) => {
                assert!(value.is_null() || value.data_type().is_some());
                Some(value.clone())
            }
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn arithmetic_widens_as_documented() {
    use DataType::{F32, F64, I64, U64};
    let cases = [
        (col("zone") + col("zone"), "(CAST(zone AS i64) + CAST(zone AS i64))", I64),
        (col("zone") * lit(2), "(CAST(zone AS i64) * 2)", I64),
        (col("big") + lit(1), "(big + 1)", U64),
        (col("big") - col("zone"), "(big - CAST(zone AS u64))", U64),
        (col("big") + lit(-1), "(CAST(big AS i64) + -1)", I64),
        (col("big") + col("id"), "(CAST(big AS i64) + id)", I64),
        (col("fare") + lit(1), "(fare + 1.0)", F32),
        (col("fare") + col("id"), "(fare + CAST(id AS f32))", F32),
        (col("fare") * lit(1.5), "(CAST(fare AS f64) * 1.5)", F64),
        (col("fare") / col("tip"), "(CAST(fare AS f64) / tip)", F64),
        (col("id") + lit("5"), "(id + 5)", I64),
        (col("fare") + lit("1.5"), "(fare + 1.5)", F32),
        (col("id") + lit(None::<i64>), "(id + NULL)", I64),
        (-col("zone"), "(-CAST(zone AS i64))", I64),
        (-col("fare"), "(-fare)", F32),
    ];
    for (expr, text, data_type) in cases {
        assert_eq!(checked(expr), (text.to_string(), data_type));
    }
}

fn decimal(precision: u8, scale: u8) -> DataType {
    DataType::Decimal { precision, scale }
}

#[test]
fn decimals_have_the_digits_documented() {
    let cases = [
        (col("price") + col("rate"), "(price + rate)", 4),
        (col("price") - col("zone"), "(price - CAST(zone AS decimal(5,0)))", 2),
        (col("price") * col("rate"), "(price * rate)", 6),
        (col("price") * (lit(1) - col("rate")), "(price * (1 - rate))", 6),
        (col("price") / col("rate"), "(price / rate)", 6),
        (col("price") % lit(0.125), "(price % 0.125)", 3),
        (col("price") + lit("0.05"), "(price + 0.05)", 2),
        (col("price") * lit(2u64), "(price * 2)", 2),
        (-col("price"), "(-CAST(price AS decimal(38,2)))", 2),
    ];
    for (expr, text, scale) in cases {
        assert_eq!(checked(expr), (text.to_string(), decimal(38, scale)));
    }
    assert_eq!(checked(col("price") + col("fare")).1, DataType::F64);
    // What no decimal holds stays a float, and makes one of the other side.
    assert_eq!(checked(col("price") + lit(1e300)).1, DataType::F64);
    assert_eq!(checked(col("price") + lit(f64::NAN)).1, DataType::F64);
    let wide = || col("price").cast(decimal(38, 20));
    let error = refused(&select(wide() * wide()));
    assert!(matches!(error.kind(), PlanErrorKind::ScaleTooLarge { scale: 40 }), "{error}");
    let beyond = lit(Scalar::Decimal(1, 39));
    assert!(matches!(refused(&select(beyond)).kind(), PlanErrorKind::NumberTooLarge { .. }));
}

#[test]
fn times_and_durations_meet_in_the_finer_unit() {
    let (ms, us) = (TimeUnit::Millisecond, TimeUnit::Microsecond);
    let cases = [
        (col("ts") - col("day"), "(ts - CAST(day AS timestamp(us)))", DataType::Duration(us)),
        (col("day") - lit("2013-01-01"), "(CAST(day AS i64) - CAST('2013-01-01' AS i64))", DataType::I64),
        (col("ts") + col("wait"), "(ts + CAST(wait AS duration(us)))", DataType::Timestamp(us)),
        (col("day") - col("wait"), "(CAST(day AS timestamp(ms)) - wait)", DataType::Timestamp(ms)),
        (col("wait") + col("day"), "(wait + CAST(day AS timestamp(ms)))", DataType::Timestamp(ms)),
        (col("ts") - lit("1 day"), "(ts - 'P1D')", DataType::Timestamp(us)),
        (col("wait") * col("zone"), "(wait * CAST(zone AS i64))", DataType::Duration(ms)),
        (lit(2) * col("wait"), "(2 * wait)", DataType::Duration(ms)),
        (col("wait") - lit(None::<i64>), "(wait - NULL)", DataType::Duration(ms)),
        (-col("wait"), "(-wait)", DataType::Duration(ms)),
    ];
    for (expr, text, data_type) in cases {
        assert_eq!(checked(expr), (text.to_string(), data_type));
    }
    let by_value = col("wait").gt(lit(Scalar::Duration(1, TimeUnit::Nanosecond)));
    assert_eq!(checked(by_value), ("(wait > 'PT0.000000001S')".to_string(), DataType::Bool));
}

#[test]
fn nothing_but_counting_is_done_with_vectors() {
    let vector = || col("embedding");
    assert_eq!(checked(vector().cast(DataType::Text)).1, DataType::Text);
    assert_eq!(checked(vector().is_null()).1, DataType::Bool);
    assert!(bound(&select(count_of(vector()))).is_ok());
    let own = DataType::Vector { element: colq_types::Physical::F32, len: 3 };
    for expr in [
        vector().eq(vector()),
        vector().eq(lit(None::<i64>)),
        lit("[1]").lt(vector()),
        vector() + lit(1),
        -vector(),
        vector().is_in([1]),
        min(vector()),
        sum(vector()),
        count_distinct(vector()),
        vector().cast(DataType::F32),
    ] {
        let error = refused(&select(expr.clone()));
        assert!(matches!(error.kind(), PlanErrorKind::VectorOperation { .. }), "{expr}: {error}");
        assert!(error.hint().is_some());
    }
    for query in [
        Query { order_by: vec![vector().into()], ..table() },
        Query { group_by: vec![vector()], ..select(count()) },
        Query { distinct: true, ..select(vector()) },
    ] {
        assert!(matches!(refused(&query).kind(), PlanErrorKind::VectorOperation { .. }));
    }
    let cast = refused(&select(lit(None::<i64>).cast(own)));
    assert!(matches!(cast.kind(), PlanErrorKind::Unsupported { .. }));
}

#[test]
fn comparisons_meet_in_one_type_or_by_value() {
    let cases = [
        (col("id").eq(lit(1.5)), "(id = 1.5)"),
        (col("zone").lt(col("id")), "(CAST(zone AS i64) < id)"),
        (col("zone").lt(col("big")), "(CAST(zone AS u64) < CAST(big AS u64))"),
        (col("id").lt(col("big")), "(CAST(id AS f64) < CAST(big AS f64))"),
        (col("fare").lt(col("tip")), "(CAST(fare AS f64) < tip)"),
        (col("day").gt(lit("2013-01-31")), "(day > '2013-01-31')"),
        (lit("2013-01-31").lt(col("day")), "('2013-01-31' < day)"),
        (col("day").gt(lit("2013-01-31T12:00")), "(CAST(day AS timestamp(s)) > '2013-01-31T12:00:00Z')"),
        (col("ts").gt(lit("2013-01-31")), "(ts > '2013-01-31T00:00:00Z')"),
        (col("ts").gt(col("day")), "(ts > CAST(day AS timestamp(us)))"),
        (col("ts").eq(lit(Scalar::Date(0))), "(ts = '1970-01-01T00:00:00Z')"),
        (col("day").eq(lit(Scalar::Timestamp(86_400_000, TimeUnit::Millisecond))), "(day = '1970-01-02')"),
        (
            col("ts").eq(lit(Scalar::Timestamp(1_500, TimeUnit::Nanosecond))),
            "(CAST(ts AS timestamp(ns)) = '1970-01-01T00:00:00.0000015Z')",
        ),
        (col("id").gt(lit("10.5")), "(id > 10.5)"),
        (col("late").eq(lit("yes")), "(late = true)"),
        (lit("abc").eq(lit(None::<i64>)), "('abc' = NULL)"),
        (lit(None::<i64>).eq(lit("abc")), "(NULL = 'abc')"),
        (lit(None::<i64>).eq(lit(None::<i64>)), "(NULL = NULL)"),
        (col("carrier").gt_eq(lit("AA")), "(carrier >= 'AA')"),
        (col("price").eq(lit(0.05)), "(price = 0.05)"),
        (col("price").lt(col("rate")), "(price < rate)"),
        (col("price").lt(col("zone")), "(price < CAST(zone AS decimal(5,0)))"),
        (col("price").lt(col("fare")), "(CAST(price AS f64) < CAST(fare AS f64))"),
        (col("fare").lt(lit(Scalar::Decimal(5, 2))), "(fare < 0.05)"),
        (col("weight").lt(col("fare")), "(CAST(weight AS f64) < CAST(fare AS f64))"),
        (col("weight").lt(lit(0.1)), "(weight < 0.1)"),
    ];
    for (expr, text) in cases {
        let text = text.replace("CAST(big AS u64)", "big");
        assert_eq!(checked(expr), (text, DataType::Bool));
    }
}

#[test]
fn lists_keep_literals_and_compare_the_rest() {
    let list = |operand: Expr, list: Vec<Expr>, negated: bool| -> Expr {
        ExprKind::InList { expr: Box::new(operand), list, negated }.into()
    };
    let null = || lit(None::<i64>);
    let cases = [
        (list(col("id"), vec![lit(1), lit(2.5), lit("3")], false), "(id IN (1, 2.5, 3))"),
        (list(col("id"), vec![lit(1), null()], true), "(NOT (id IN (1, NULL)))"),
        (list(col("id"), vec![null()], false), "(id IN (NULL))"),
        (list(col("carrier"), vec![lit("a'b"), lit("c")], false), "(carrier IN ('a''b', 'c'))"),
        (list(col("day"), vec![lit("2013-01-31")], false), "(day IN ('2013-01-31'))"),
        (
            list(col("day"), vec![lit("2013-01-31T12:00"), lit("2013-02-01")], false),
            "((day IN ('2013-02-01')) OR (CAST(day AS timestamp(s)) = '2013-01-31T12:00:00Z'))",
        ),
        (list(col("id"), vec![col("zone"), lit(1)], false), "((id IN (1)) OR (id = CAST(zone AS i64)))"),
        (list(lit("5"), vec![col("id"), col("zone")], false), "((5 = id) OR (5 = zone))"),
    ];
    for (expr, text) in cases {
        assert_eq!(checked(expr), (text.to_string(), DataType::Bool));
    }
}

#[test]
fn aggregates_have_the_types_documented() {
    use DataType::{Date, F32, F64, I64, Text, U16, U64};
    let cases = [
        (count(), I64),
        (count_of(col("carrier")), I64),
        (count_distinct(col("carrier")), I64),
        (sum(col("id")), I64),
        (sum(col("zone")), U64),
        (sum(col("big")), U64),
        (sum(col("fare")), F64),
        (avg(col("id")), F64),
        (min(col("fare")), F32),
        (max(col("zone")), U16),
        (min(col("day")), Date),
        (max(col("carrier")), Text),
        (stddev(col("zone")), F64),
        (sum(col("price")), decimal(38, 2)),
        (avg(col("price")), decimal(38, 6)),
        (min(col("price")), decimal(12, 2)),
        (stddev(col("price")), F64),
        (sum(col("wait")), DataType::Duration(TimeUnit::Millisecond)),
        (avg(col("wait")), DataType::Duration(TimeUnit::Millisecond)),
        (sum(col("weight")), F64),
        (max(col("weight")), DataType::F16),
    ];
    for (expr, data_type) in cases {
        let plan = bound(&select(expr.clone())).unwrap();
        assert_eq!(plan.schema().fields()[0].data_type, data_type, "{expr}");
    }
    for wrong in [sum(col("carrier")), avg(col("day")), sum(col("late")), stddev(col("ts"))] {
        assert!(matches!(refused(&select(wrong)).kind(), PlanErrorKind::TypeMismatch { .. }));
    }
    let bare = ExprKind::Aggregate {
        function: AggregateFunction::Sum,
        args: Vec::new(),
        distinct: false,
        filter: None,
    };
    assert_eq!(refused(&select(bare.into())).to_string(), "sum is called sum(x), not with 0 arguments.");
    for (name, function) in AggregateFunction::ALL {
        assert_eq!((AggregateFunction::parse(&name.to_uppercase()), function.name()), (Some(function), name));
    }
}

#[test]
fn the_smallest_of_the_distinct_is_the_smallest() {
    let distinct = |function| -> Expr {
        ExprKind::Aggregate { function, args: vec![col("tip")], distinct: true, filter: None }.into()
    };
    assert!(shown(&select(distinct(AggregateFunction::Min))).contains("aggregate min(tip)\n"));
    assert!(shown(&select(distinct(AggregateFunction::Sum))).contains("aggregate sum(DISTINCT tip)\n"));
}

#[test]
fn types_that_do_not_go_together_are_refused_where_they_meet() {
    let cases = [
        (col("carrier").eq(lit(5)), "= takes two values that can be compared, not text and i64."),
        (col("late").gt(lit(1)), "> takes two values that can be compared, not bool and i64."),
        (col("carrier") + lit(1), "+ takes two numbers, not text and i64."),
        (
            col("day") + col("day"),
            "+ takes two numbers, two durations, or a time and a duration, not date and date.",
        ),
        (
            col("wait") * lit(1.5),
            "* takes two numbers, or a duration and an integer, not duration(ms) and f64.",
        ),
        (-col("carrier"), "- takes a number or a duration, not text."),
        (col("wait").cast(DataType::F64), "CAST to f64 takes a type that converts to it, not duration(ms)."),
        (col("id").not(), "NOT takes a condition, not i64."),
        (col("id").and(col("late")), "AND takes a condition, not i64."),
        (col("late").or(lit(1)), "OR takes a condition, not i64."),
        (col("day").cast(DataType::I64), "CAST to i64 takes a type that converts to it, not date."),
        (col("tip").cast(DataType::Date), "CAST to date takes a type that converts to it, not f64."),
        (col("day").gt(lit("soon")), "'soon' does not read as date."),
        (col("id").eq(lit("abc")), "'abc' does not read as i64."),
        (col("late").eq(lit("maybe")), "'maybe' does not read as bool."),
    ];
    for (expr, sentence) in cases {
        assert_eq!(refused(&select(expr)).to_string(), sentence);
    }
    let filter = Query { filter: Some(col("id")), ..table() };
    assert_eq!(refused(&filter).to_string(), "WHERE takes a condition, not i64.");
    let having = Query { having: Some(count()), ..select(count()) };
    assert_eq!(refused(&having).to_string(), "HAVING takes a condition, not i64.");
    assert!(bound(&Query { filter: Some(lit(None::<bool>)), ..table() }).is_ok());
}

#[test]
fn what_would_fail_is_left_to_the_rows() {
    for expr in
        [lit(1) / lit(0), lit(i64::MAX) + lit(1), lit("x").cast(DataType::I64), lit(300).cast(DataType::I8)]
    {
        assert_eq!(folded(expr.clone()), None, "{expr}");
    }
    assert_eq!(folded(lit(i64::MIN) % lit(-1)), Some(Scalar::I64(0)));
    assert_eq!(folded(lit(i64::MIN) / lit(-1)), None);
}

#[test]
fn casts_of_literals_give_values_of_the_very_type() {
    let cast = |value: Scalar, to| folded(lit(value).cast(to));
    let second = DataType::Timestamp(TimeUnit::Second);
    assert_eq!(cast(Scalar::Text(" 2.5 ".into()), DataType::F32), Some(Scalar::F32(2.5)));
    assert_eq!(cast(Scalar::Text("2.5".into()), DataType::I64), None);
    assert_eq!(cast(Scalar::Text("7".into()), DataType::U8), Some(Scalar::U64(7)));
    assert_eq!(cast(Scalar::Text("1970-01-02T12:00".into()), DataType::Date), Some(Scalar::Date(1)));
    assert_eq!(cast(Scalar::Text("1969-12-31T12:00".into()), DataType::Date), Some(Scalar::Date(-1)));
    assert_eq!(cast(Scalar::Text("1970-01-01T00:00:00.5".into()), second), None);
    assert_eq!(cast(Scalar::Date(1), second), Some(Scalar::Timestamp(86_400, TimeUnit::Second)));
    assert_eq!(cast(Scalar::Null, DataType::Date), Some(Scalar::Null));
    // By way of f64 this would be rounded twice, to 16777216.
    assert_eq!(
        cast(Scalar::I64((1 << 54) + (1 << 30) + 1), DataType::F32),
        Some(Scalar::F32(18_014_400_656_965_632.0))
    );
}

#[test]
fn chains_are_balanced_and_read_flat() {
    let terms = || (0..1_000).map(|i| col("id").not_eq(lit(i)));
    for (chain, word) in [(all_of(terms()), "AND"), (any_of(terms()), "OR")] {
        let (text, _) = checked(chain);
        assert!(
            text.starts_with(&format!("((id <> 0) {word} (id <> 1) {word} (id <> 2)")),
            "{}",
            &text[..90]
        );
    }
    assert_eq!((folded(all_of([])), folded(any_of([]))), (Some(true.into()), Some(false.into())));
}

#[test]
fn an_expression_of_too_many_levels_is_an_error() {
    let deep = |levels: usize| (1..levels).fold(col("id"), |e, _| e + lit(1));
    assert!(bound(&select(deep(Expr::DEPTH_LIMIT))).is_ok());
    let error = refused(&select(deep(Expr::DEPTH_LIMIT + 1)));
    assert!(matches!(error.kind(), PlanErrorKind::TooDeep { limit: Expr::DEPTH_LIMIT }));
    assert!(error.hint().is_some());
    let list: Expr = ExprKind::InList {
        expr: Box::new(col("id")),
        list: (0..2_000).map(|_| col("zone")).collect(),
        negated: false,
    }
    .into();
    assert!(bound(&select(list)).is_ok());
}

proptest! {
    #[test]
    fn integers_are_folded_exactly_or_not_at_all(a in any::<i64>(), b in prop_oneof![any::<i64>(), -3i64..3]) {
        prop_assert_eq!(folded(lit(a) + lit(b)), a.checked_add(b).map(Scalar::I64));
        prop_assert_eq!(folded(lit(a) - lit(b)), a.checked_sub(b).map(Scalar::I64));
        prop_assert_eq!(folded(lit(a) * lit(b)), a.checked_mul(b).map(Scalar::I64));
        prop_assert_eq!(folded(lit(a) / lit(b)), a.checked_div(b).map(Scalar::I64));
        let remainder = if b == 0 { None } else { Some(a.wrapping_rem(b)) };
        prop_assert_eq!(folded(lit(a) % lit(b)), remainder.map(Scalar::I64));
        prop_assert_eq!(folded(lit(a).cast(DataType::F32)), Some(Scalar::F32(a as f32)));
        prop_assert_eq!(folded(lit(a).cast(DataType::I16)), i16::try_from(a).ok().map(|v| Scalar::I64(v.into())));
        prop_assert_eq!(folded(lit(a).cast(DataType::U64)), u64::try_from(a).ok().map(Scalar::U64));
    }
}
