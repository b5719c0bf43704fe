//! Expressions over a text column with a long dictionary. A query that looks at a few rows is not to go through millions of
//! values, and one that looks at millions of rows is not to fetch each one's text from anywhere in the dictionary: so rows are
//! answered one by one until many have asked, and then all values are gone through as they lie, by all threads that ask.
//!
//! Both ways give the same answers, so it does not matter which rows were answered how.

use super::{Distinct, Numbers, Part, Table, assembled, part, reads_one_text, short};
use crate::Error;
use crate::pipeline::Run;
use colq_column::{Bitmap, ColumnSource, Dictionary, Order, Scratch, SourceError, View, ZoneSummary};
use colq_context::{Context, MemoryClaim};
use colq_plan::{Typed, TypedKind};
use colq_types::{DataType, RowRange, Schema, ZONE_ROWS};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

/// Values are gone through when one row for each so many of them has asked: a text anywhere in memory takes as long as twenty
/// and more that lie side by side.
const VALUES_A_ROW: usize = 32;

/// Values that a thread answers at a time.
const PART_VALUES: u64 = if cfg!(test) { 4 } else { ZONE_ROWS };

/// Texts, which are put together to distinct ones, are found for so many rows a value.
const ROWS_A_TEXT: u64 = 2;

/// An expression over a text column with a long dictionary.
#[derive(Debug)]
pub(crate) struct Long {
    expr: Typed,
    column: usize,
    dictionary: Arc<Dictionary>,
    schema: Schema,
}

/// The expression, where it reads one text column with a long dictionary, and nothing else.
pub(crate) fn long(expr: &Typed, source: &dyn ColumnSource) -> Result<Option<Long>, Error> {
    if matches!(expr.kind, TypedKind::Column { .. } | TypedKind::Literal(_)) || expr.data_type.is_vector() {
        return Ok(None);
    }
    let mut only = None;
    let Some(column) = Some(reads_one_text(expr, &mut only)).filter(|is_one| *is_one).and(only) else {
        return Ok(None);
    };
    let Some(dictionary) = source.dictionary(column)? else { return Ok(None) };
    let values = dictionary.len() as u64;
    let is_long = values > short() && values <= source.row_count();
    Ok(is_long.then(|| Long { expr: expr.clone(), column, dictionary, schema: source.schema().clone() }))
}

impl Long {
    /// The source as one in which the column has no dictionary that is known, so that the expression is answered by rows.
    pub(crate) fn hidden<'a>(&self, source: &'a dyn ColumnSource) -> Hidden<'a> {
        Hidden { source, column: self.column }
    }

    fn values(&self) -> Distinct<'_> {
        Distinct { schema: &self.schema, column: self.column, dictionary: self.dictionary.clone() }
    }

    fn part_count(&self) -> usize {
        self.values().row_count().div_ceil(PART_VALUES) as usize
    }

    /// Bytes of the answers, as far as one can tell.
    fn byte_len(&self) -> usize {
        let codes = self.dictionary.len();
        match self.expr.data_type {
            DataType::Text => codes * size_of::<u32>() + self.dictionary.text_len(),
            other => codes * other.physical().map_or(size_of::<i128>(), |physical| physical.byte_width()),
        }
    }
}

/// What is made of the answers.
pub(crate) trait OfTable: Sized + Send + Sync {
    /// The answers in another shape.
    fn of_table(table: Table) -> Result<Self, Error>;

    /// The answers of all parts in a shape that needs no table, where there is one.
    fn of_parts(_column: usize, _data_type: DataType, _parts: &[Part]) -> Option<Self> {
        None
    }
}

/// The answers for rows to be looked up.
#[derive(Debug)]
pub(crate) enum Answers {
    Table(Table),
    /// Whole numbers that are narrow.
    Numbers(Numbers),
}

impl OfTable for Answers {
    fn of_table(table: Table) -> Result<Answers, Error> {
        Ok(Answers::Table(table))
    }

    fn of_parts(column: usize, data_type: DataType, parts: &[Part]) -> Option<Answers> {
        let is_number = data_type == DataType::I64;
        is_number.then(|| Numbers::of_parts(column, parts)).flatten().map(Answers::Numbers)
    }
}

/// The answers of a long dictionary, when they are worth their while.
#[derive(Debug)]
pub(crate) struct Late<T> {
    long: Long,
    /// Rows that have asked.
    asked: AtomicUsize,
    next: AtomicUsize,
    parts: Mutex<Parts>,
    done: Condvar,
    /// `None` where some value has no answer (no row need have it), or there is no room for them.
    answers: OnceLock<Option<T>>,
    room: OnceLock<Option<MemoryClaim>>,
}

/// The answers of a part of the values each, as far as they are there.
#[derive(Debug)]
struct Parts {
    parts: Vec<Option<Part>>,
    open: usize,
}

impl<T: OfTable> Late<T> {
    pub(crate) fn new(long: Long) -> Late<T> {
        let open = long.part_count();
        Late {
            long,
            asked: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            parts: Mutex::new(Parts { parts: (0..open).map(|_| None).collect(), open }),
            done: Condvar::new(),
            answers: OnceLock::new(),
            room: OnceLock::new(),
        }
    }

    /// The answers, where they are there already.
    pub(crate) fn known(&self) -> Option<&T> {
        self.answers.get().and_then(Option::as_ref)
    }

    /// The answers, where these rows and those before are enough to look for them; `None` where each row is to be answered by
    /// itself.
    pub(crate) fn answers(&self, context: &Context, rows: &Bitmap) -> Option<&T> {
        if let Some(answers) = self.answers.get() {
            return answers.as_ref();
        }
        let count = rows.count_ones();
        let asked = self.asked.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        if self.long.expr.data_type == DataType::Text || asked < self.long.dictionary.len() / VALUES_A_ROW {
            return None;
        }
        self.find(context)
    }

    /// The answers, found by all threads; `None` as above.
    pub(crate) fn found(&self, run: Run<'_>) -> Result<Option<&T>, Error> {
        let threads = run.pool.thread_count().min(self.long.part_count());
        run.pool.in_order(
            run.context,
            threads,
            || (),
            |(), _| {
                self.find(run.context);
                Ok(())
            },
        )?;
        Ok(self.known())
    }

    /// True where the answers are texts and so many rows are worth the work to find those of all values first.
    pub(crate) fn are_texts_worth(&self, rows: u64) -> bool {
        self.long.expr.data_type == DataType::Text && self.long.dictionary.len() as u64 <= rows / ROWS_A_TEXT
    }

    /// Helps to find the answers, and waits for them.
    fn find(&self, context: &Context) -> Option<&T> {
        self.room.get_or_init(|| context.claim(self.long.byte_len()).ok()).as_ref()?;
        let values = self.long.values();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.long.part_count() {
                break;
            }
            let mut finished = Finished { late: self, number, part: None };
            let start = number as u64 * PART_VALUES;
            let rows = RowRange::new(start, values.row_count().min(start + PART_VALUES));
            finished.part = part(&self.long.expr, &values, rows).ok();
        }
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        while parts.open > 0 {
            parts = self.done.wait(parts).unwrap_or_else(PoisonError::into_inner);
        }
        self.known()
    }

    /// The answers from all parts.
    fn together(&self, parts: Vec<Option<Part>>) -> Option<T> {
        let parts = parts.into_iter().collect::<Option<Vec<Part>>>()?;
        if let Some(answers) = T::of_parts(self.long.column, self.long.expr.data_type, &parts) {
            return Some(answers);
        }
        let answers = Arc::new(assembled(self.long.expr.data_type, parts)?);
        T::of_table(Table { column: self.long.column, answers }).ok()
    }
}

/// A part that a thread works on. Whatever becomes of the work, the others do not wait for it in vain.
struct Finished<'a, T: OfTable> {
    late: &'a Late<T>,
    number: usize,
    part: Option<Part>,
}

impl<T: OfTable> Drop for Finished<'_, T> {
    fn drop(&mut self) {
        let mut parts = self.late.parts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = parts.parts.get_mut(self.number) {
            *place = self.part.take();
        }
        if parts.open == 1 {
            let all = std::mem::take(&mut parts.parts);
            // Set once, by the thread that has the last part.
            let _ = self.late.answers.set(self.late.together(all));
        }
        parts.open -= 1;
        if parts.open == 0 {
            self.late.done.notify_all();
        }
    }
}

/// A source in which one column has no dictionary that is known: to make expressions ready for, not to be read.
pub(crate) struct Hidden<'a> {
    source: &'a dyn ColumnSource,
    column: usize,
}

impl ColumnSource for Hidden<'_> {
    fn schema(&self) -> &Schema {
        self.source.schema()
    }

    fn row_count(&self) -> u64 {
        self.source.row_count()
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.source.read(column, rows, scratch)
    }

    fn zone_summary(&self, column: usize, zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        self.source.zone_summary(column, zone)
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        if column == self.column { Ok(None) } else { self.source.dictionary(column) }
    }

    fn may_have_nulls(&self, column: usize) -> bool {
        self.source.may_have_nulls(column)
    }

    fn order(&self, column: usize) -> Result<Option<Order>, SourceError> {
        self.source.order(column)
    }
}
