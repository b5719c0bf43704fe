//! What a name means in each clause, and what is said when it means nothing.

mod catalog;

use catalog::{refused, shown, table};
use colq_plan::{
    PlanErrorKind, Query, Relation, SelectItem, SortKey, Span, avg, bind, col, count, lit, max, sum,
};
use colq_types::{DataType, Field, Schema};
use std::collections::HashMap;

#[test]
fn names_match_exactly_and_else_without_case() {
    let twins = Schema::new(vec![Field::new("zone", DataType::I64), Field::new("Zone", DataType::Text)]);
    let catalog = HashMap::from([("t".to_string(), twins)]);
    let select = |name: &str| Query { select: vec![col(name).into()], ..Query::from(Relation::table("t")) };
    let type_of = |name: &str| bind(&select(name), &catalog).map(|p| p.schema().fields()[0].data_type);
    assert_eq!(type_of("zone"), Ok(DataType::I64));
    assert_eq!(type_of("Zone"), Ok(DataType::Text));
    let error = bind(&select("ZONE"), &catalog).unwrap_err();
    assert_eq!(error.to_string(), "Several columns are named ZONE but for upper and lower case.");
    assert_eq!(error.hint().unwrap(), "write the name exactly as the column has it: zone or Zone");
    // Grouped by one twin, the other is still not grouped by.
    let grouped = Query { group_by: vec![col("zone")], ..select("Zone") };
    assert!(matches!(bind(&grouped, &catalog).unwrap_err().kind(), PlanErrorKind::NotGrouped { .. }));
}

#[test]
fn a_star_takes_columns_by_position() {
    let inner = Query { select: vec![col("id").into(), col("zone").alias("id").into()], ..table() };
    let outer = Query::from(Relation::Query(Box::new(inner.clone())));
    let plan = shown(&outer);
    assert_eq!(plan, "project id, zone AS id\n  scan trips\n");
    let by_name = Query { select: vec![col("id").into()], ..outer };
    let error = refused(&by_name);
    assert_eq!(error.to_string(), "Several columns are named id.");
    assert_eq!(error.hint().unwrap(), "give the columns different names with AS");
}

#[test]
fn order_by_prefers_the_answer_and_group_by_the_input() {
    let renamed = vec![SelectItem::from(col("zone").alias("tip"))];
    let ordered = Query { select: renamed.clone(), order_by: vec![col("tip").into()], ..table() };
    assert_eq!(shown(&ordered), "sort by tip\n  project zone AS tip\n    scan trips\n");
    let by_expression = Query { order_by: vec![SortKey::ascending(-col("tip"))], ..ordered };
    assert!(shown(&by_expression).contains("project zone AS tip, (-tip)"));
    let grouped = Query { select: renamed, group_by: vec![col("tip")], ..table() };
    assert!(matches!(refused(&grouped).kind(), PlanErrorKind::NotGrouped { name } if name == "zone"));
}

#[test]
fn names_of_the_answer_reach_group_by_having_and_order_by() {
    let query = Query {
        select: vec![(col("zone") + lit(1)).alias("next").into(), avg(col("tip")).alias("mean").into()],
        group_by: vec![col("next")],
        having: Some(col("mean").gt(lit(3))),
        order_by: vec![SortKey::descending(col("MEAN"))],
        ..table()
    };
    assert_eq!(
        shown(&query),
        "sort by mean DESC\n  project zone + 1 AS next, avg(tip) AS mean\n    filter (avg(tip) > 3)\n      \
         aggregate avg(tip) by (CAST(zone AS i64) + 1)\n        scan trips\n"
    );
    let filtered = Query { filter: Some(col("mean").gt(lit(3))), ..query };
    assert!(matches!(refused(&filtered).kind(), PlanErrorKind::UnknownColumn { .. }));
}

#[test]
fn positions_count_from_one() {
    let query = |n: i64| Query {
        select: vec![col("zone").into(), count().into()],
        group_by: vec![lit(1)],
        order_by: vec![SortKey::descending(lit(n).at(Some(Span { start: 4, end: 5 })))],
        ..table()
    };
    assert!(shown(&query(2)).starts_with("sort by count(*) DESC\n"));
    for n in [0, 3, -1, i64::MIN] {
        let error = refused(&query(n));
        assert_eq!(
            error.to_string(),
            format!("Position {n} is not in the select list, which has 2 columns.")
        );
        assert_eq!(error.span(), Some(Span { start: 4, end: 5 }));
    }
}

#[test]
fn one_spelling_of_a_key_is_as_good_as_another() {
    for (key, selected) in [("zone", "ZONE"), ("ZONE", "zone")] {
        let query = Query {
            select: vec![(col(selected) + lit(1)).into(), count().into()],
            group_by: vec![col(key) + lit(1)],
            ..table()
        };
        assert!(shown(&query).contains("aggregate count(*) by (CAST(zone AS i64) + 1)"), "{}", shown(&query));
    }
    // Equal aggregates are taken once.
    let twice = Query {
        select: vec![sum(col("tip")).into(), (sum(col("TIP")) + lit(1)).into(), sum(col("id")).into()],
        ..table()
    };
    assert!(shown(&twice).contains("aggregate sum(tip), sum(id)\n"), "{}", shown(&twice));
}

#[test]
fn aggregates_stand_where_groups_are() {
    let having_only =
        Query { select: vec![lit(1).into()], having: Some(max(col("tip")).gt(lit(3))), ..table() };
    assert!(shown(&having_only).contains("aggregate max(tip)\n"));
    let ordered = Query {
        select: vec![col("zone").into()],
        group_by: vec![col("zone")],
        order_by: vec![SortKey::descending(count())],
        ..table()
    };
    assert!(shown(&ordered).starts_with("project zone\n  sort by count(*) DESC\n"));
    let place = Some(Span { start: 7, end: 15 });
    let cases = [
        (Query { filter: Some(sum(col("tip")).at(place).gt(lit(1))), ..table() }, "WHERE"),
        (Query { group_by: vec![sum(col("tip")).at(place)], ..table() }, "GROUP BY"),
        (Query { select: vec![sum(sum(col("tip")).at(place)).into()], ..table() }, "another aggregate"),
    ];
    for (query, clause) in cases {
        let error = refused(&query);
        assert_eq!(error.to_string(), format!("The aggregate sum cannot stand in {clause}."));
        assert_eq!(error.span(), place);
        assert_eq!(error.hint().is_some(), clause == "WHERE");
    }
}

#[test]
fn unknown_names_are_met_with_the_known_ones() {
    let place = Some(Span { start: 3, end: 7 });
    let query = Query { select: vec![col("fair").at(place).into()], ..table() };
    let error = refused(&query);
    assert_eq!(
        error.to_string(),
        "No column named fair. Columns are id, zone, fare, tip, big, carrier, late, day, ts, price, rate, wait, weight, embedding."
    );
    assert_eq!((error.hint().unwrap().as_str(), error.span()), ("did you mean `fare`?", place));
    let missing = Query { from: Some(Relation::Table { name: "taxis".into(), span: place }), ..table() };
    let error = refused(&missing);
    assert_eq!(error.to_string(), "No table named taxis: it was not given to this query.");
    assert_eq!(error.span(), place);
    let nothing = refused(&Query { from: None, ..table() });
    assert!(matches!(nothing.kind(), PlanErrorKind::NothingSelected));
    // 20 names fill a line; more would push the sentence off the screen.
    let wide: Schema = (0..30).map(|i| Field::new(format!("c{i}"), DataType::I64)).collect();
    let catalog = HashMap::from([("trips".to_string(), wide)]);
    let error = bind(&query, &catalog).unwrap_err().to_string();
    assert!(error.ends_with("c18, c19 and 10 more."), "{error}");
}

#[test]
fn distinct_orders_only_by_what_it_shows() {
    let query = |key: &str| Query {
        select: vec![col("zone").into()],
        distinct: true,
        order_by: vec![col(key).into()],
        limit: Some(3),
        offset: 1,
        ..table()
    };
    assert_eq!(
        shown(&query("zone")),
        "limit 3 after 1\n  sort by zone\n    distinct zone\n      scan trips\n"
    );
    assert!(matches!(refused(&query("tip")).kind(), PlanErrorKind::Unsupported { .. }));
}

#[test]
fn columns_of_one_type_are_told_apart() {
    let twins = Schema::new(vec![Field::new("a", DataType::F64), Field::new("b", DataType::F64)]);
    let catalog = HashMap::from([("t".to_string(), twins)]);
    let both = Query {
        select: vec![sum(col("a")).into(), sum(col("b")).into()],
        ..Query::from(Relation::table("t"))
    };
    assert!(bind(&both, &catalog).unwrap().to_string().contains("aggregate sum(a), sum(b)\n"));
    let grouped = Query { select: vec![col("b").into()], group_by: vec![col("a")], ..both.clone() };
    assert!(matches!(bind(&grouped, &catalog).unwrap_err().kind(), PlanErrorKind::NotGrouped { .. }));
    let ordered = Query { select: vec![(-col("a")).into()], order_by: vec![(-col("b")).into()], ..both };
    assert!(bind(&ordered, &catalog).unwrap().to_string().contains("sort by (-b)\n"));
}
