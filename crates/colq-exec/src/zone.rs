//! One zone of a source while it is worked on: columns are read when they are first asked for.

use crate::Error;
use colq_column::{Access, ColumnSource, Scratch, View};
use colq_context::{Context, Counter};
use colq_kernels::check_codes;
use colq_types::{DataType, RowRange};

/// The memory of one thread for reading, reused from zone to zone.
#[derive(Debug, Default)]
pub(crate) struct Scratches {
    /// One for each column that is read at the same time.
    scratches: Vec<Scratch>,
    /// For each column of the source the number of the zone, counted here, in which it was read last, and its place among
    /// the views of that zone: a zone costs nothing for the columns that it does not look at.
    places: Vec<(u64, usize)>,
    zones: u64,
    seeking: Scratch,
}

impl Scratches {
    /// Looks for rows, with memory for what is looked at.
    pub(crate) fn seek<T>(&mut self, look: impl FnOnce(&mut Scratch) -> T) -> T {
        look(&mut self.seeking)
    }
}

/// The rows of one zone, or those of them that are to be looked at.
pub(crate) struct Zone<'a> {
    source: &'a dyn ColumnSource,
    context: &'a Context,
    rows: RowRange,
    unused: &'a mut [Scratch],
    places: &'a mut [(u64, usize)],
    number: u64,
    views: Vec<View<'a>>,
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
        scratches.scratches.resize_with(columns, Scratch::default);
        scratches.places.resize(columns, (0, 0));
        // The first zone is number 1, so that no column seems to be read already.
        scratches.zones += 1;
        Zone {
            source,
            context,
            rows,
            unused: &mut scratches.scratches,
            places: &mut scratches.places,
            number: scratches.zones,
            views: Vec::new(),
        }
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
        let zone = self.rows.zone();
        self.source.rows_before(zone) + self.rows.start - self.source.zone_rows(zone).start
    }

    /// The rows of a column, read on the first call. Text codes are checked against the dictionary here, once.
    pub(crate) fn view(&mut self, column: usize) -> Result<View<'a>, Error> {
        let missing = || Error::Internal(format!("there is no column number {column}"));
        let (zone, place) = *self.places.get(column).ok_or_else(missing)?;
        if let (true, Some(view)) = (zone == self.number, self.views.get(place)) {
            return Ok(*view);
        }
        let (scratch, rest) = std::mem::take(&mut self.unused).split_first_mut().ok_or_else(missing)?;
        self.unused = rest;
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
        if let Some(place) = self.places.get_mut(column) {
            *place = (self.number, self.views.len());
            self.views.push(view);
        }
        Ok(view)
    }
}
