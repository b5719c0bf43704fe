//! What evaluating an expression over a zone gives: a borrowed view, a column of its own, or one value for all rows. It
//! does not know how the values came about.

use crate::Error;
use crate::zone::Zone;
use colq_column::{Bitmap, Buffer, Column, Values, View};
use colq_plan::Span;
use colq_types::{DataType, Scalar};
use std::sync::Arc;

/// Texts that are put near each other have no more bytes than these together: they are a copy that nobody claims.
const NEAR_BYTES: usize = 1 << 25;

/// The values of an expression for the rows of a zone.
#[derive(Debug)]
pub(crate) enum Evaluated<'a> {
    View(View<'a>),
    Column(Column),
    /// The same for every row.
    Literal(Scalar, DataType),
    /// Values of which fewer rows count: the others are NULL, whatever stands in their slots.
    Narrowed(Box<Evaluated<'a>>, Bitmap),
}

impl<'a> Evaluated<'a> {
    /// The values as a view; a literal has none.
    pub(crate) fn view(&self) -> Option<View<'_>> {
        match self {
            Evaluated::View(view) => Some(*view),
            Evaluated::Column(column) => Some(column.view()),
            Evaluated::Literal(..) => None,
            Evaluated::Narrowed(values, rows) => {
                values.view().map(|view| View { validity: Some(rows), ..view })
            }
        }
    }

    /// The same values in these rows, NULL in all others.
    pub(crate) fn narrowed(self, mut rows: Bitmap) -> Evaluated<'a> {
        if let Some(validity) = self.view().and_then(|view| view.validity) {
            rows.and_assign(validity);
        }
        match self {
            Evaluated::Narrowed(values, _) => Evaluated::Narrowed(values, rows),
            other => Evaluated::Narrowed(Box::new(other), rows),
        }
    }

    /// The values as a column of this many rows.
    pub(crate) fn into_column(self, row_count: usize) -> Column {
        match self {
            Evaluated::View(view) => Column {
                data_type: view.data_type,
                values: Buffer::from_values(view.values),
                validity: view.validity.cloned(),
                dictionary: view.dictionary.cloned(),
            },
            Evaluated::Column(column) => column,
            Evaluated::Literal(value, data_type) => {
                Column::from_scalars(data_type, std::iter::repeat_n(&value, row_count))
            }
            Evaluated::Narrowed(values, rows) => {
                zero_nulls(values.into_column(row_count).with_validity(Some(rows)))
            }
        }
    }

    /// The values as views see them, null slots zero; literals are written out.
    pub(crate) fn materialised(self, row_count: usize) -> Self {
        match self {
            Evaluated::Literal(..) | Evaluated::Narrowed(..) => {
                Evaluated::Column(self.into_column(row_count))
            }
            other => other,
        }
    }

    /// As [`Evaluated::materialised`], but that null slots may hold anything: for those that go by the validity.
    pub(crate) fn written(self, row_count: usize) -> Self {
        match self {
            narrowed @ Evaluated::Narrowed(..) => narrowed,
            other => other.materialised(row_count),
        }
    }

    /// Texts of a dictionary that has more of them than there are rows, one after the other as the active rows have them: from
    /// anywhere in its memory they are fetched all at once. Everything else as it is.
    pub(crate) fn near(self, active: &Bitmap) -> Self {
        let is_far = |view: &View<'_>| {
            let texts =
                view.dictionary.filter(|texts| texts.is_distinct() && view.data_type == DataType::Text);
            texts.is_some_and(|texts| texts.len() > view.len())
        };
        let Some(view) = self.view().filter(is_far) else { return self };
        if active.count_ones() == view.len() && lie_together(&view) {
            return self;
        }
        let Some(dictionary) = view.dictionary else { return self };
        let code = |row| view.values.code(row).filter(|_| active.get(row) && view.is_valid(row));
        let Some(rows) = dictionary.rows_of(view.len(), NEAR_BYTES, code) else { return self };
        let column = Column::text(Buffer::row_codes(view.len()), Arc::new(rows));
        Evaluated::Column(column.with_validity(view.validity.cloned()))
    }

    /// The view of [`Evaluated::materialised`].
    pub(crate) fn as_view(&self) -> Result<View<'_>, Error> {
        self.view().ok_or_else(|| Error::Internal("a literal has no view".into()))
    }
}

/// True where texts lie one after the other as the rows come, so that there is nothing to fetch.
fn lie_together(view: &View<'_>) -> bool {
    let Values::U32(codes) = view.values else { return false };
    let first = codes.first().copied().unwrap_or(0);
    codes.iter().zip(first..).fold(true, |all, (code, wanted)| all & (*code == wanted))
}

/// An error of a kernel with its row and place.
pub(crate) fn at(zone: &Zone<'_>, span: Option<Span>) -> impl Fn(colq_kernels::Error) -> Error {
    let first_row = zone.rows_before();
    move |source| {
        let position = source.row().unwrap_or(0);
        Error::Row { row: first_row + position as u64, span, source }
    }
}

/// Null slots hold zero: sums and summaries rely on it.
pub(crate) fn zero_nulls(mut column: Column) -> Column {
    let Some(validity) = &column.validity else { return column };
    let mut nulls = validity.clone();
    nulls.not_assign();
    column.values.zero(&nulls);
    column
}
