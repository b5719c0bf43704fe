//! Calls of functions, CASE and COALESCE for the rows of a zone.
//!
//! A branch is looked at only for the rows that take it: an error elsewhere does not count, and a branch that no row
//! takes is not computed at all.

use crate::Error;
use crate::evaluate::{bytes_of, truth, value};
use crate::evaluated::{Evaluated, at};
use crate::predicate::{Predicate, Value};
use crate::zone::Zone;
use colq_column::{Bitmap, Column, View};
use colq_kernels::{Input, call, pick_rows};
use colq_plan::{Function, Span};
use colq_types::{DataType, Scalar};

/// The values of a call.
pub(crate) fn call_function<'a>(
    zone: &mut Zone<'a>,
    function: Function,
    args: &[Value],
    data_type: DataType,
    span: Option<Span>,
    active: &Bitmap,
) -> Result<Evaluated<'a>, Error> {
    let mut argument = |arg| match gives_no_text(function) {
        true => bytes_of(zone, arg, active),
        false => value(zone, arg, active),
    };
    let args = args.iter().map(|arg| Ok(argument(arg)?.near(active))).collect::<Result<Vec<_>, Error>>()?;
    let parts: Vec<Part<'_>> = args.iter().map(Part::new).collect();
    let inputs: Vec<Input<'_>> = parts.iter().map(Part::input).collect();
    let column = call(function, &inputs, data_type, zone.row_count(), active).map_err(at(zone, span))?;
    Ok(Evaluated::Column(column))
}

/// Functions that look at the bytes of texts and give something else, so that nothing that is no UTF-8 comes out of them.
fn gives_no_text(function: Function) -> bool {
    use Function as F;
    matches!(
        function,
        F::Length
            | F::OctetLength
            | F::Strpos
            | F::StartsWith
            | F::EndsWith
            | F::Contains
            | F::Like
            | F::Ilike
            | F::Matches
            | F::MatchesIgnoringCase
            | F::Hash
    )
}

/// A value as a kernel takes it: a literal is a column of one row.
enum Part<'a> {
    Rows(View<'a>),
    Constant(Column),
}

impl<'a> Part<'a> {
    fn new(evaluated: &'a Evaluated<'_>) -> Part<'a> {
        match (evaluated.view(), evaluated) {
            (Some(view), _) => Part::Rows(view),
            (None, Evaluated::Literal(value, data_type)) => {
                Part::Constant(Column::from_scalars(*data_type, [value]))
            }
            // Everything but a literal has a view.
            (None, _) => Part::Constant(Column::from_scalars(DataType::Bool, [&Scalar::Null])),
        }
    }

    fn input(&self) -> Input<'_> {
        match self {
            Part::Rows(view) => Input::rows(*view),
            Part::Constant(column) => Input::constant(column.view()),
        }
    }
}

/// The branches that rows took, and which rows took which.
pub(crate) struct Chosen<'a> {
    pub(crate) taken: Vec<(Evaluated<'a>, Bitmap)>,
}

impl<'a> Chosen<'a> {
    /// The values in one column.
    pub(crate) fn finish(mut self, row_count: usize, data_type: DataType) -> Result<Evaluated<'a>, Error> {
        self.taken.retain(|(value, _)| !matches!(value, Evaluated::Literal(Scalar::Null, _)));
        if self.taken.is_empty() {
            return Ok(Evaluated::Literal(Scalar::Null, data_type));
        }
        // One branch and NULL in all other rows: its values stay where they are.
        if self.taken.len() == 1
            && let Some((only, rows)) = self.taken.pop()
        {
            if rows.all() {
                return Ok(only);
            }
            if !matches!(only, Evaluated::Literal(..)) {
                return Ok(only.narrowed(rows));
            }
            self.taken.push((only, rows));
        }
        let parts: Vec<Part<'_>> = self.taken.iter().map(|(value, _)| Part::new(value)).collect();
        let inputs: Vec<(Input<'_>, &Bitmap)> =
            parts.iter().zip(&self.taken).map(|(part, (_, rows))| (part.input(), rows)).collect();
        let column = pick_rows(&inputs, row_count, data_type).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(Evaluated::Column(column))
    }
}

/// The value of the first condition that is true, else the last.
pub(crate) fn case<'a>(
    zone: &mut Zone<'a>,
    branches: &[(Predicate, Value)],
    otherwise: &Value,
    data_type: DataType,
    active: &Bitmap,
) -> Result<Evaluated<'a>, Error> {
    let mut open = active.clone();
    let mut chosen = Chosen { taken: Vec::new() };
    for (when, then) in branches {
        if open.count_ones() == 0 {
            break;
        }
        let mut rows = truth(zone, when, &open)?.trues;
        rows.and_assign(&open);
        if rows.count_ones() == 0 {
            continue;
        }
        let evaluated = value(zone, then, &rows)?;
        open.and_not_assign(&rows);
        chosen.taken.push((evaluated, rows));
    }
    if open.count_ones() > 0 {
        let evaluated = value(zone, otherwise, &open)?;
        chosen.taken.push((evaluated, open));
    }
    chosen.finish(zone.row_count(), data_type)
}

/// The first value that is not NULL.
pub(crate) fn coalesce<'a>(
    zone: &mut Zone<'a>,
    args: &[Value],
    data_type: DataType,
    active: &Bitmap,
) -> Result<Evaluated<'a>, Error> {
    let mut open = active.clone();
    let mut chosen = Chosen { taken: Vec::new() };
    for arg in args {
        if open.count_ones() == 0 {
            break;
        }
        let evaluated = value(zone, arg, &open)?;
        let mut rows = open.clone();
        match &evaluated {
            Evaluated::Literal(Scalar::Null, _) => continue,
            other => {
                if let Some(validity) = other.view().and_then(|view| view.validity) {
                    rows.and_assign(validity);
                }
            }
        }
        open.and_not_assign(&rows);
        chosen.taken.push((evaluated, rows));
    }
    // A value that leaves no row open is the answer as it is, also where rows are not active.
    if let [(only, rows)] = chosen.taken.as_mut_slice()
        && !matches!(only, Evaluated::Literal(..))
    {
        *rows = Bitmap::ones(zone.row_count());
    }
    chosen.finish(zone.row_count(), data_type)
}
