//! A source, a filter over it, and how its zones are gone through.

use crate::Error;
use crate::evaluate::truth;
use crate::outcome::{Outcome, outcome};
use crate::pool::Pool;
use crate::predicate::Predicate;
use crate::recorder::Recorder;
use crate::seek::Sought;
use crate::zone::{Scratches, Zone};
use colq_column::{Bitmap, ColumnSource};
use colq_context::{Context, Counter};
use colq_kernels::{count_ones, positions};
use colq_plan::Typed;
use colq_types::ZONE_ROWS;
use std::borrow::Cow;
use std::sync::Arc;

/// What everything runs with.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) context: &'a Context,
    /// Where steps say what they took, if anybody asked.
    pub(crate) recorder: Option<&'a Recorder>,
}

impl Run<'_> {
    /// Says how the step that is running goes about it.
    pub(crate) fn note(&self, note: impl FnOnce() -> String) {
        let note = note();
        self.context.say_way(&note);
        if let Some(recorder) = self.recorder {
            recorder.note(note);
        }
    }
}

/// The rows of a source that pass a filter.
pub(crate) struct Pipeline {
    pub(crate) source: Arc<dyn ColumnSource>,
    filter: Option<Predicate>,
    sought: Sought,
    /// The rows of each zone that were selected before, none where there is nothing.
    among: Option<Vec<Option<Bitmap>>>,
}

/// Where fewer than one of so many rows is selected, the selected ones are fetched first.
pub(crate) const MANY_ROWS_FOR_ONE: usize = 8;

/// Which rows of a zone were selected.
pub(crate) enum Selection {
    None,
    All,
    Some(Bitmap),
}

impl Selection {
    /// A bitmap of the rows, also when it is all of them.
    pub(crate) fn to_bitmap(&self, row_count: usize) -> Bitmap {
        match self {
            Selection::None => Bitmap::zeros(row_count),
            Selection::All => Bitmap::ones(row_count),
            Selection::Some(bits) => bits.clone(),
        }
    }

    /// The positions of the rows, `None` for all of them.
    pub(crate) fn positions(&self) -> Option<Vec<u32>> {
        match self {
            Selection::None => Some(Vec::new()),
            Selection::All => None,
            Selection::Some(bits) => {
                let mut out = Vec::new();
                positions(bits, &mut out);
                Some(out)
            }
        }
    }

    /// The positions of the rows where they are few: what is found out of several values of each is then cheaper to find out of
    /// these rows alone, once they were fetched, than to leave out the rows between them again and again.
    pub(crate) fn few_positions(&self, row_count: usize) -> Option<Vec<u32>> {
        let is_few =
            matches!(self, Selection::Some(bits) if count_ones(bits) * MANY_ROWS_FOR_ONE < row_count);
        if is_few { self.positions() } else { None }
    }

    /// The rows that are selected and hold a value; `None` for all rows. Not asked where none is selected.
    pub(crate) fn counting<'a>(&'a self, validity: Option<&'a Bitmap>) -> Option<Cow<'a, Bitmap>> {
        match (self, validity) {
            (Selection::Some(bits), None) => Some(Cow::Borrowed(bits)),
            (Selection::Some(bits), Some(validity)) => {
                let mut both = bits.clone();
                both.and_assign(validity);
                Some(Cow::Owned(both))
            }
            (_, validity) => validity.map(Cow::Borrowed),
        }
    }

    /// How many rows are selected of this many.
    pub(crate) fn count(&self, row_count: usize) -> usize {
        match self {
            Selection::None => 0,
            Selection::All => row_count,
            Selection::Some(bits) => count_ones(bits),
        }
    }
}

/// What is known of the rows of a zone before any is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foresight {
    /// None passes.
    Pruned,
    /// All pass.
    Whole,
    /// The rows have to be looked at.
    Open,
}

impl Pipeline {
    pub(crate) fn new(source: Arc<dyn ColumnSource>, filter: Option<&Typed>) -> Result<Pipeline, Error> {
        let filter = filter.map(|f| Predicate::new(f, &*source)).transpose()?;
        let sought = Sought::new(filter.as_ref(), &*source)?;
        Ok(Pipeline { source, filter, sought, among: None })
    }

    /// These rows of each zone, all of which pass the filter.
    pub(crate) fn among(&self, rows: Vec<Option<Bitmap>>) -> Result<Pipeline, Error> {
        Ok(Pipeline { among: Some(rows), ..Pipeline::new(self.source.clone(), None)? })
    }

    /// The rows of a zone that were selected before, where somebody did.
    fn selected_before(&self, zone: usize) -> Option<Option<&Bitmap>> {
        self.among.as_ref().map(|zones| zones.get(zone).and_then(Option::as_ref))
    }

    /// True where the rows were selected before.
    pub(crate) fn is_selected(&self) -> bool {
        self.among.is_some()
    }

    /// The condition that rows have to pass.
    pub(crate) fn filter(&self) -> Option<&Predicate> {
        self.filter.as_ref()
    }

    pub(crate) fn zone_count(&self) -> usize {
        self.source.zone_count() as usize
    }

    /// No more rows than these pass the filter, by the summaries of zones.
    pub(crate) fn rows_at_most(&self) -> Result<u64, Error> {
        let Some(filter) = &self.filter else { return Ok(self.source.row_count()) };
        let mut rows = 0;
        for zone in self.sought.zones.clone() {
            if !outcome(filter, &*self.source, zone as u64)?.is_never() {
                rows += self.source.zone_rows(zone as u64).row_count();
            }
        }
        Ok(rows)
    }

    /// The zones in which rows can be selected. Those outside count as pruned.
    pub(crate) fn sought_zones(&self, run: Run<'_>) -> std::ops::Range<usize> {
        let zones = self.sought.zones.clone();
        run.context.count(Counter::ZonesPruned, (self.zone_count() - zones.len()) as u64);
        zones
    }

    /// The next zones from `zones` that have to be looked at, at most `count` of them.
    pub(crate) fn next_zones(
        &self,
        zones: &mut std::ops::Range<usize>,
        count: usize,
        run: Run<'_>,
    ) -> Result<Vec<usize>, Error> {
        let mut next = Vec::new();
        while next.len() < count
            && let Some(zone) = zones.next()
        {
            if self.foresee(zone, run)? != Foresight::Pruned {
                next.push(zone);
            }
        }
        Ok(next)
    }

    /// A zone to work on.
    pub(crate) fn zone<'a>(&'a self, number: usize, scratches: &'a mut Scratches, run: Run<'a>) -> Zone<'a> {
        let rows = scratches.seek(|scratch| self.sought.rows(&*self.source, number, scratch));
        Zone::new(&*self.source, run.context, rows, scratches)
    }

    /// Asks the zone summaries what the filter will do.
    pub(crate) fn foresee(&self, zone: usize, run: Run<'_>) -> Result<Foresight, Error> {
        match self.selected_before(zone) {
            Some(None) => return Ok(Foresight::Pruned),
            Some(Some(rows)) => return Ok(if rows.all() { Foresight::Whole } else { Foresight::Open }),
            None => {}
        }
        let Some(filter) = &self.filter else { return Ok(Foresight::Whole) };
        let is_sought = self.sought.zones.contains(&zone);
        let outcome = if is_sought { outcome(filter, &*self.source, zone as u64)? } else { Outcome::NEVER };
        if outcome.is_never() {
            run.context.count(Counter::ZonesPruned, 1);
            return Ok(Foresight::Pruned);
        }
        Ok(if outcome.is_always() { Foresight::Whole } else { Foresight::Open })
    }

    /// Selects the rows of a zone.
    pub(crate) fn select(
        &self,
        foresight: Foresight,
        zone: &mut Zone<'_>,
        run: Run<'_>,
    ) -> Result<Selection, Error> {
        let selection = self.select_uncounted(foresight, zone)?;
        // What was selected before was counted then.
        if foresight != Foresight::Pruned && self.among.is_none() {
            run.context.count(Counter::ZonesRead, 1);
            run.context.count(Counter::RowsSelected, selection.count(zone.row_count()) as u64);
        }
        Ok(selection)
    }

    /// The same for what is worked on of a zone, without counting it.
    pub(crate) fn select_uncounted(
        &self,
        foresight: Foresight,
        zone: &mut Zone<'_>,
    ) -> Result<Selection, Error> {
        let row_count = zone.row_count();
        if let (Foresight::Open, Some(Some(rows))) =
            (foresight, self.selected_before((zone.first_row() / ZONE_ROWS) as usize))
        {
            return Ok(Selection::Some(rows.clone()));
        }
        Ok(match (foresight, &self.filter) {
            (Foresight::Pruned, _) => Selection::None,
            (Foresight::Whole, _) | (_, None) => Selection::All,
            (Foresight::Open, Some(filter)) => {
                let trues = truth(zone, filter, &Bitmap::ones(row_count))?.trues;
                match count_ones(&trues) {
                    0 => Selection::None,
                    n if n == row_count => Selection::All,
                    _ => Selection::Some(trues),
                }
            }
        })
    }
}
