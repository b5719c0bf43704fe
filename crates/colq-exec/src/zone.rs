//! One zone of a source while it is worked on: columns are read when they are first asked for.

use crate::Error;
use colq_column::{Access, ColumnSource, Scratch, View};
use colq_context::{Context, Counter};
use colq_kernels::check_codes;
use colq_types::{DataType, RowRange};

/// The memory of one thread for reading, reused from zone to zone.
#[derive(Debug, Default)]
pub(crate) struct Scratches(Vec<Scratch>);

/// The rows of one zone.
pub(crate) struct Zone<'a> {
    source: &'a dyn ColumnSource,
    context: &'a Context,
    rows: RowRange,
    unread: Vec<Option<&'a mut Scratch>>,
    views: Vec<Option<View<'a>>>,
}

impl<'a> Zone<'a> {
    /// The zone of these rows; nothing is read yet.
    pub(crate) fn new(
        source: &'a dyn ColumnSource,
        context: &'a Context,
        rows: RowRange,
        scratches: &'a mut Scratches,
    ) -> Zone<'a> {
        let columns = source.schema().len();
        scratches.0.resize_with(columns, Scratch::default);
        let unread = scratches.0.iter_mut().map(Some).collect();
        Zone { source, context, rows, unread, views: vec![None; columns] }
    }

    /// The rows of the zone in their source.
    pub(crate) fn rows(&self) -> RowRange {
        self.rows
    }

    /// Rows in the zone.
    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The number of the first row in the source.
    pub(crate) fn first_row(&self) -> u64 {
        self.rows.start
    }

    /// How many rows stand before those of the zone: where a person would look for them.
    pub(crate) fn rows_before(&self) -> u64 {
        self.source.rows_before(self.rows.zone())
    }

    /// The rows of a column, read on the first call. Text codes are checked against the dictionary here, once.
    pub(crate) fn view(&mut self, column: usize) -> Result<View<'a>, Error> {
        if let Some(Some(view)) = self.views.get(column) {
            return Ok(*view);
        }
        let scratch = self.unread.get_mut(column).and_then(Option::take);
        let scratch =
            scratch.ok_or_else(|| Error::Internal(format!("there is no column number {column}")))?;
        // Zones are gone through in their order; sources that heard this before do not act on it again.
        self.source.advise(column, self.rows, Access::Sequential);
        let view = self.source.read(column, self.rows, scratch)?;
        if view.len() != self.rows.len() {
            return Err(Error::Internal(format!("column {column} gave {} rows", view.len())));
        }
        if view.data_type == DataType::Text {
            let values = view.dictionary.map_or(0, |d| d.len());
            // A column of nulls alone has an empty dictionary, and its slots hold code 0.
            if values > 0 || view.null_count() < view.len() {
                check_codes(view.values, values).map_err(|source| Error::Row {
                    row: self.rows_before(),
                    span: None,
                    source,
                })?;
            }
        }
        self.context.count(Counter::BytesTouched, view.values.as_bytes().len() as u64);
        self.views[column] = Some(view);
        Ok(view)
    }
}
