//! The selected rows of a zone with their keys.

use super::Grouping;
use crate::Error;
use crate::evaluated::Evaluated;
use crate::pipeline::{Foresight, Run, Selection};
use crate::zone::{Scratches, Zone};
use colq_column::{Bitmap, View};

/// The memory of one thread, reused from zone to zone.
#[derive(Default)]
pub(super) struct KeyScratch {
    pub(super) scratches: Scratches,
    pub(super) words: Vec<u64>,
}

/// The selected rows of a zone, at least one.
pub(super) struct Keyed<'a, 'z> {
    pub(super) zone: &'a mut Zone<'z>,
    /// The rows that are selected, as bits and as positions, of which there are none where it is all rows.
    pub(super) active: Bitmap,
    pub(super) positions: Option<Vec<u32>>,
    /// The key of each, in words.
    pub(super) words: &'a [u64],
    /// The keys' columns, of all rows of the zone.
    pub(super) views: &'a [View<'a>],
}

impl Keyed<'_, '_> {
    /// True where one of the rows holds NULL in one of its keys.
    pub(super) fn has_null(&self) -> bool {
        self.views.iter().any(|view| holds_null(view, self.positions.as_deref()))
    }
}

impl Grouping<'_> {
    /// The keys of some rows of a zone in words.
    pub(super) fn encode(
        &self,
        zone: &mut Zone<'_>,
        (active, positions): (&Bitmap, Option<&[u32]>),
        words: &mut Vec<u64>,
    ) -> Result<(), Error> {
        let evaluated =
            self.keys.iter().map(|key| key.evaluate(zone, active)).collect::<Result<Vec<_>, _>>()?;
        let views = evaluated.iter().map(Evaluated::as_view).collect::<Result<Vec<_>, _>>()?;
        let (row_count, first_row) = (zone.row_count(), zone.first_row());
        let failed = |source| Error::Row { row: first_row, span: None, source };
        self.layout.encode(&views, positions, row_count, words).map_err(failed)
    }

    /// Shows the keys of a zone to `then`; `None` where no row is selected.
    pub(super) fn keyed<R>(
        &self,
        scratch: &mut KeyScratch,
        number: usize,
        run: Run<'_>,
        then: impl FnOnce(Keyed<'_, '_>) -> Result<R, Error>,
    ) -> Result<Option<R>, Error> {
        let foresight = self.pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(None);
        }
        let mut zone = self.pipeline.zone(number, &mut scratch.scratches, run);
        let selection = self.pipeline.select(foresight, &mut zone, run)?;
        if matches!(selection, Selection::None) {
            return Ok(None);
        }
        let row_count = zone.row_count();
        let active = selection.to_bitmap(row_count);
        let positions = selection.positions();
        let evaluated =
            self.keys.iter().map(|key| key.evaluate(&mut zone, &active)).collect::<Result<Vec<_>, _>>()?;
        let views = evaluated.iter().map(Evaluated::as_view).collect::<Result<Vec<_>, _>>()?;
        let first_row = zone.first_row();
        let failed = |source| Error::Row { row: first_row, span: None, source };
        self.layout.encode(&views, positions.as_deref(), row_count, &mut scratch.words).map_err(failed)?;
        let words = &scratch.words[..];
        then(Keyed { zone: &mut zone, active, positions, words, views: &views }).map(Some)
    }
}

/// True where one of the rows is NULL.
fn holds_null(view: &View<'_>, positions: Option<&[u32]>) -> bool {
    match (view.validity, positions) {
        (None, _) => false,
        (Some(_), None) => view.null_count() > 0,
        (Some(valid), Some(positions)) => positions.iter().any(|at| !valid.get(*at as usize)),
    }
}
