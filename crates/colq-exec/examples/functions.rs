//! How long functions of single rows take, in nanoseconds a row on one thread:
//! `cargo run --release -p colq-exec --example functions [ROWS]`.

use colq_column::{Batch, Column, ColumnSource, Dictionary};
use colq_context::Context;
use colq_exec::{Pool, execute};
use colq_plan::{Expr, ExprKind, Function, Query, Relation, SelectItem, bind, col, count, lit, max, sum};
use colq_types::{DataType, Field, Schema, TimeUnit};
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

fn call(name: &str, args: impl IntoIterator<Item = Expr>) -> Expr {
    ExprKind::Call { name: name.into(), args: args.into_iter().collect() }.into()
}

fn like(expr: Expr, pattern: &str) -> Expr {
    let (expr, pattern) = (Box::new(expr), Box::new(lit(pattern)));
    ExprKind::Pattern { function: Function::Like, expr, pattern, escape: None, negated: false }.into()
}

/// A fixed sequence without a pattern.
fn spread(row: u64) -> u64 {
    let z = (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ z >> 27
}

fn table(rows: u64) -> Option<Batch> {
    let ts = DataType::Timestamp(TimeUnit::Microsecond);
    let words: Vec<String> = (0..5_000u64).map(|n| format!("{:x} tab {}", spread(n), n % 7)).collect();
    let floats: Vec<f64> = (0..rows).map(|row| (spread(row) >> 11) as f64 / 1e9).collect();
    let singles: Vec<f32> = floats.iter().map(|x| *x as f32).collect();
    let rising: Vec<i64> = (0..rows as i64).map(|row| 1_300_000_000_000_000 + row * 15_000_000).collect();
    let mixed: Vec<i64> = (0..rows).map(|row| 1_300_000_000_000_000 + (spread(row) >> 18) as i64).collect();
    let codes: Vec<u16> = (0..rows).map(|row| (spread(row) % 5_000) as u16).collect();
    let columns = vec![
        Column::new(DataType::F64, floats),
        Column::new(DataType::F32, singles),
        Column::new(ts, rising),
        Column::new(ts, mixed),
        Column::text(codes, Arc::new(Dictionary::of(words.iter().map(String::as_str)))),
        Column::new(DataType::I64, (0..rows as i64).collect::<Vec<_>>()),
    ];
    let fields = [
        ("x", DataType::F64),
        ("f", DataType::F32),
        ("ts", ts),
        ("mixed", ts),
        ("s", DataType::Text),
        ("id", DataType::I64),
    ];
    let schema: Schema = fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect();
    Batch::new(Arc::new(schema), columns)
}

fn main() -> Result<(), Box<dyn Error>> {
    let rows: u64 = std::env::args().nth(1).map_or(Ok(10_000_000), |text| text.parse())?;
    let source: Arc<dyn ColumnSource> = Arc::new(table(rows).ok_or("the columns do not fit")?);
    let catalog = HashMap::from([("t".to_string(), source.schema().clone())]);
    let sources = HashMap::from([("t".to_string(), source)]);
    let from = || Query::from(Relation::table("t"));
    let total = |expr: Expr| Query { select: vec![SelectItem::Expr(expr)], ..from() };
    let counted = |filter: Expr| Query { filter: Some(filter), ..total(count()) };
    let grouped = |key: Expr| Query {
        group_by: vec![lit(1)],
        select: vec![SelectItem::Expr(key), SelectItem::Expr(count())],
        ..from()
    };
    let minute = || call("date_trunc", [lit("minute"), col("ts")]);
    let odd = || {
        Expr::from(ExprKind::Arithmetic {
            op: colq_types::Arithmetic::Remainder,
            left: Box::new(col("id")),
            right: Box::new(lit(3)),
        })
    };
    let case = |branches, otherwise: Option<Expr>| {
        Expr::from(ExprKind::Case { operand: None, branches, otherwise: otherwise.map(Box::new) })
    };
    let as_text = || col("id").cast(DataType::Text);
    let queries = [
        ("sum(x)", total(sum(col("x")))),
        ("sum(sqrt(x))", total(sum(call("sqrt", [col("x")])))),
        ("sum(round(x, 2))", total(sum(call("round", [col("x"), lit(2)])))),
        ("sum(ln(x))", total(sum(call("ln", [col("x")])))),
        ("sum(ln(f))", total(sum(call("ln", [col("f")])))),
        ("sum(exp(-x))", total(sum(call("exp", [ExprKind::Negate(Box::new(col("x"))).into()])))),
        ("sum(sin(x))", total(sum(call("sin", [col("x")])))),
        ("sum(power(x, 1.5))", total(sum(call("power", [col("x"), lit(1.5)])))),
        ("count where s like '%ab%'", counted(like(col("s"), "%ab%"))),
        ("count where s like '%1_a%b%'", counted(like(col("s"), "%1_a%b%"))),
        ("count where s = 'x'", counted(col("s").eq(lit("x")))),
        ("group by upper(s)", grouped(call("upper", [col("s")]))),
        ("group by s", grouped(col("s"))),
        ("group by length(s)", grouped(call("length", [col("s")]))),
        ("group by date_trunc('day', ts)", grouped(call("date_trunc", [lit("day"), col("ts")]))),
        ("group by date_trunc('month', ts)", grouped(call("date_trunc", [lit("month"), col("ts")]))),
        ("max(date_trunc('day', ts))", total(max(call("date_trunc", [lit("day"), col("ts")])))),
        ("max(date_trunc('minute', ts))", total(max(minute()))),
        ("max(date_trunc('day', mixed))", total(max(call("date_trunc", [lit("day"), col("mixed")])))),
        ("max(date_trunc('month', mixed))", total(max(call("date_trunc", [lit("month"), col("mixed")])))),
        ("max(date_part('hour', mixed))", total(max(call("date_part", [lit("hour"), col("mixed")])))),
        ("max(date_part('month', mixed))", total(max(call("date_part", [lit("month"), col("mixed")])))),
        ("sum(case when id % 3 = 0 then x end)", total(sum(case(vec![(odd().eq(lit(0)), col("x"))], None)))),
        (
            "sum(case when id % 3 = 0 then x else f end)",
            total(sum(case(vec![(odd().eq(lit(0)), col("x"))], Some(col("f").cast(DataType::F64))))),
        ),
        (
            "group by case when id % 3 = 0 then 'a' else 'b' end",
            grouped(case(vec![(odd().eq(lit(0)), lit("a"))], Some(lit("b")))),
        ),
        ("sum(coalesce(x, 0))", total(sum(call("coalesce", [col("x"), lit(0.0)])))),
        ("max(greatest(x, 5))", total(max(call("greatest", [col("x"), lit(5.0)])))),
        ("max(hash(id))", total(max(call("hash", [col("id")])))),
        ("sum(length(id::text))", total(sum(call("length", [as_text()])))),
        ("count where upper(id::text) like '1%7'", counted(like(call("upper", [as_text()]), "1%7"))),
    ];
    let pool = Pool::new(1);
    for (name, query) in queries {
        let plan = bind(&query, &catalog)?;
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            let start = Instant::now();
            execute(&plan, &sources, &pool, &Context::new())?;
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{name:45} {:8.2} ns a row", best * 1e9 / rows as f64);
    }
    Ok(())
}
