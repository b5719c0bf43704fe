//! Texts of a file that somebody damaged: what is asked of bytes is answered, and what would give out a text that is no UTF-8
//! says so, whatever was asked before.

use super::{Known, call, free_texts, like, select};
use crate::{Pool, execute};
use colq_column::{
    Batch, Column, ColumnSource, Dictionary, Scratch, SharedBytes, SourceError, View, ZoneSummary,
};
use colq_context::Context;
use colq_plan::{Expr, Query, bind, col, lit, max, sum};
use colq_types::{DataType, Field, RowRange, Schema, ZONE_ROWS};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows of the table: a zone and a bit.
const ROWS: usize = ZONE_ROWS as usize + 5;

/// A source of texts that looks at them only where it is asked to, as a stored table does.
struct Unseen {
    schema: Schema,
    texts: Arc<Dictionary>,
    codes: Vec<u32>,
}

impl ColumnSource for Unseen {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn row_count(&self) -> u64 {
        ROWS as u64
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        if rows.start == 0 && self.texts.check().is_err() {
            return Err(SourceError::new("column `s`, zone 0 is damaged"));
        }
        self.read_bytes(column, rows, scratch)
    }

    fn read_bytes<'a>(
        &'a self,
        _column: usize,
        rows: RowRange,
        _scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        let codes = &self.codes[rows.start as usize..rows.end as usize];
        let values = colq_column::Values::U32(codes);
        Ok(View { data_type: DataType::Text, values, validity: None, dictionary: Some(&self.texts) })
    }

    fn zone_summary(&self, _column: usize, _zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        Ok(None)
    }

    fn dictionary(&self, _column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        Ok(None)
    }

    fn may_have_nulls(&self, _column: usize) -> bool {
        false
    }
}

/// Rows `item 0`, `item 1` and so on, of which row 7 begins with `first`.
fn source(first: u8) -> Arc<dyn ColumnSource> {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for row in 0..ROWS {
        bytes.extend_from_slice(format!("item {row}").as_bytes());
        if row == 7 {
            let at = offsets[7] as usize;
            bytes[at] = first;
        }
        offsets.push(bytes.len() as u64);
    }
    let texts = Arc::new(Dictionary::of_bytes(offsets, SharedBytes::from(bytes)).unwrap());
    let schema = [Field::new("s", DataType::Text)].into_iter().collect();
    Arc::new(Unseen { schema, texts, codes: (0..ROWS as u32).collect() })
}

fn answer(source: &Arc<dyn ColumnSource>, query: &Query) -> Result<Vec<String>, String> {
    let plan = bind(query, &HashMap::from([("t".to_string(), source.schema().clone())])).unwrap();
    let sources = HashMap::from([("t".to_string(), source.clone())]);
    let batch =
        execute(&plan, &sources, &Pool::new(2), &Context::new()).map_err(|error| error.to_string())?;
    let row = |row: usize| batch.row(row).iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
    Ok((0..batch.row_count()).map(row).collect())
}

#[test]
fn a_damaged_text_is_never_given_out() {
    let (sound, damaged) = (source(b'i'), source(0xff));
    let lengths = || sum(call("octet_length", [col("s")]));
    let filtered = |filter: Expr, item: Expr| Query { filter: Some(filter), ..select([item]) };
    let filters = [
        col("s").eq(lit("item 9")),
        col("s").lt(lit("item 2")),
        like(col("s"), "item 1%"),
        like(col("s"), "%9"),
        like(col("s"), "%em 3%"),
        call("starts_with", [col("s"), lit("item 4")]),
        call("length", [col("s")]).gt(lit(8)),
    ];
    for filter in filters {
        // The damaged row is in neither of them, so the answers are those of the sound table.
        let by_bytes = filtered(filter.clone(), lengths());
        assert_eq!(answer(&damaged, &by_bytes), answer(&sound, &by_bytes), "{filter}");
        for given in [max(col("s")), max(call("upper", [col("s")])), max(call("substr", [col("s"), lit(2)]))]
        {
            let by_texts = filtered(filter.clone(), given);
            assert!(answer(&sound, &by_texts).is_ok());
            let failed = answer(&damaged, &by_texts).unwrap_err();
            assert!(failed.contains("column `s`, zone 0 is damaged"), "{failed}");
        }
    }
}

#[test]
fn letters_are_changed_all_at_once_with_nulls_between() {
    let text = |row: usize| (row % 5 != 2).then(|| format!("Item {row}"));
    let texts: Vec<Option<String>> = (0..ROWS).map(text).collect();
    let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
    let fields = [Field::new("s", DataType::Text)];
    let columns: Vec<Column> = vec![free_texts(&texts)];
    let table = Batch::new(Arc::new(fields.into_iter().collect()), columns).unwrap();
    let items = [call("upper", [col("s")]), call("lower", [col("s")])];
    let (rows, _) = super::run(&Arc::new(Known(table)), &select(items), 2).unwrap();
    assert_eq!(rows.len(), ROWS);
    for (row, shown) in rows.iter().enumerate() {
        let expected = match texts[row] {
            Some(_) => format!("ITEM {row}|item {row}"),
            None => "NULL|NULL".to_owned(),
        };
        assert_eq!(*shown, expected);
    }
}
