//! Functions and choices through whole plans: by rows and by dictionaries, in every clause, and which errors count.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod bytes;
mod choices;
mod decimals;
mod dependent;
mod dictionaries;
mod few;
mod groups;
mod guessed_keys;
mod known_sums;
mod known_values;
mod lone;
mod pairs;
mod partitions;
mod picked;
mod pruning;
mod quantiles;
mod runs;
mod seeking;
mod sparse;
mod text_keys;
mod text_orders;
mod told;

use crate::{Error, Pool, execute};
use colq_column::{
    Batch, Bitmap, Column, ColumnSource, Dictionary, Scratch, SharedBytes, SourceError, View, ZoneSummary,
    summarise,
};
use colq_context::{Context, Counter};
use colq_plan::{Expr, ExprKind, Function, Query, Relation, SelectItem, bind, col, lit};
use colq_types::{DataType, Field, RowRange, Scalar, Schema, TimeUnit, ZONE_ROWS};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

pub(super) fn call(name: &str, args: impl IntoIterator<Item = Expr>) -> Expr {
    ExprKind::Call { name: name.into(), args: args.into_iter().collect() }.into()
}

pub(super) fn like(expr: Expr, pattern: &str) -> Expr {
    let (expr, pattern) = (Box::new(expr), Box::new(lit(pattern)));
    ExprKind::Pattern { function: Function::Like, expr, pattern, escape: None, negated: false }.into()
}

pub(super) fn case(branches: impl IntoIterator<Item = (Expr, Expr)>, otherwise: Option<Expr>) -> Expr {
    let (branches, otherwise) = (branches.into_iter().collect(), otherwise.map(Box::new));
    ExprKind::Case { operand: None, branches, otherwise }.into()
}

/// A batch that knows its zones.
pub(super) struct Known(pub(super) Batch);

impl ColumnSource for Known {
    fn schema(&self) -> &Schema {
        self.0.schema()
    }

    fn row_count(&self) -> u64 {
        ColumnSource::row_count(&self.0)
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.0.read(column, rows, scratch)
    }

    fn zone_summary(&self, column: usize, zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        let rows = colq_types::zone_range(zone, ColumnSource::row_count(self));
        let mut scratch = Scratch::default();
        Ok(Some(summarise(&self.read(column, rows, &mut scratch)?)))
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        self.0.dictionary(column)
    }

    fn may_have_nulls(&self, column: usize) -> bool {
        self.0.may_have_nulls(column)
    }
}

/// Texts as a table holds them that has no dictionary for them.
fn free_texts(texts: &[Option<&str>]) -> Column {
    let (mut offsets, mut bytes) = (vec![0u64], Vec::new());
    for text in texts {
        bytes.extend_from_slice(text.unwrap_or("").as_bytes());
        offsets.push(bytes.len() as u64);
    }
    let rows = Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap();
    let validity: Bitmap = texts.iter().map(Option::is_some).collect();
    let codes: Vec<u32> = (0..texts.len() as u32).collect();
    Column::text(codes, Arc::new(rows)).with_validity(Some(validity))
}

/// `id` counts from 0; `s` repeats a few texts and NULL by a dictionary that has one text no row has, and `free` has the
/// same texts without one; `x` is a float, NULL in every seventh row; `ts` rises by an hour.
pub(super) fn table(row_count: usize) -> Arc<Known> {
    let texts = [Some("UA"), Some("aa"), None, Some("B6"), Some("7"), Some("42"), Some("é ü")];
    let dictionary = Dictionary::of(["never", "UA", "aa", "B6", "7", "42", "é ü"]);
    let code = [1u32, 2, 0, 3, 4, 5, 6];
    let of = |row: usize| (row * 5 + row / 11) % 7;
    let validity: Bitmap = (0..row_count).map(|row| texts[of(row)].is_some()).collect();
    let codes: Vec<u32> = (0..row_count).map(|row| code[of(row)]).collect();
    let s = Column::text(codes, Arc::new(dictionary)).with_validity(Some(validity));
    let free: Vec<Option<&str>> = (0..row_count).map(|row| texts[of(row)]).collect();
    let x: Vec<Scalar> = (0..row_count)
        .map(|row| if row % 7 == 3 { Scalar::Null } else { Scalar::F64(row as f64 / 4.0 - 10.0) })
        .collect();
    let ts = DataType::Timestamp(TimeUnit::Second);
    let columns = vec![
        Column::new(DataType::I64, (0..row_count as i64).collect::<Vec<_>>()),
        s,
        free_texts(&free),
        Column::from_scalars(DataType::F64, &x),
        Column::new(ts, (0..row_count as i64).map(|row| row * 3_600).collect::<Vec<_>>()),
    ];
    let fields = [
        ("id", DataType::I64),
        ("s", DataType::Text),
        ("free", DataType::Text),
        ("x", DataType::F64),
        ("ts", ts),
    ];
    let schema: Schema = fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect();
    Arc::new(Known(Batch::new(Arc::new(schema), columns).unwrap()))
}

/// The answer's rows as text, and how many zones were pruned.
pub(super) fn run(table: &Arc<Known>, query: &Query, threads: usize) -> Result<(Vec<String>, u64), Error> {
    let catalog = HashMap::from([("t".to_string(), table.schema().clone())]);
    let plan = bind(query, &catalog).unwrap();
    let source: Arc<dyn ColumnSource> = table.clone();
    let context = Context::new();
    let batch = execute(&plan, &HashMap::from([("t".to_string(), source)]), &Pool::new(threads), &context)?;
    for column in batch.columns() {
        let stored = column.values.as_values();
        let null = (0..column.len()).find(|row| !column.view().is_valid(*row));
        if let Some(row) = null {
            let width = stored.row_width();
            let slot = &stored.as_bytes()[row * width..(row + 1) * width];
            assert!(slot.iter().all(|byte| *byte == 0), "a null slot holds something");
        }
    }
    let shown = |row: usize| batch.row(row).iter().map(Scalar::to_string).collect::<Vec<_>>().join("|");
    Ok(((0..batch.row_count()).map(shown).collect(), context.counted(Counter::ZonesPruned)))
}

pub(super) fn select(items: impl IntoIterator<Item = Expr>) -> Query {
    let select = items.into_iter().map(SelectItem::Expr).collect();
    Query { select, ..Query::from(Relation::table("t")) }
}

/// Rows of a table with a whole zone and a bit.
pub(super) const TWO_ZONES: usize = ZONE_ROWS as usize + 77;

/// That table.
pub(super) static TWO: LazyLock<Arc<Known>> = LazyLock::new(|| table(TWO_ZONES));
