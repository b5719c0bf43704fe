//! The functions of single rows, by one entry: [`call`].
//!
//! A function looks only at rows that count: those that are active and where no argument is NULL. Its answer is NULL
//! where an argument is, and holds zero in every row that was not looked at. Texts are computed once for each distinct
//! value where only one argument varies and has a dictionary no longer than the rows are many.

mod angle;
mod bin;
mod choice;
mod civil;
mod cuts;
mod expression;
mod extreme;
mod hash;
mod like;
mod measure;
mod months;
mod number;
mod padding;
mod part;
mod parts;
mod pattern;
mod piece;
mod rewriting;
mod rounding;
mod rows;
mod share;
pub(crate) mod steps;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod trunc;
mod written;

#[cfg(test)]
use choice::{NONE, pick};
pub use rows::Input;
pub use share::pick_rows;

use crate::Error;
use colq_column::{Bitmap, Column};
use colq_types::{DataType, Function};
use rows::Rows;

/// Law: row `i` of the answer = the function of row `i` of each input, as [`Function`] says it; NULL where an input is
/// (but for concat, greatest and least, which leave NULLs out). A row whose bit in `active` is zero may hold anything.
/// There are `len` rows, and as many in each input that is no constant. The answer has the type `data_type`, which is
/// the one that planning gave the call.
///
/// Floats: functions that IEEE 754 does not define are those of the `libm` crate, so that they have the same bits on
/// every machine. NaN comes out as the one NaN.
///
/// # Errors
/// Of the first active row without a NULL that has no answer: [`Error::ResultOutOfRange`], [`Error::Refused`],
/// [`Error::Pattern`], [`Error::TextTooLong`]. [`Error::WrongLayout`] for inputs that planning would not have let by.
pub fn call(
    function: Function,
    inputs: &[Input<'_>],
    data_type: DataType,
    len: usize,
    active: &Bitmap,
) -> Result<Column, Error> {
    use Function as F;
    match function {
        F::Concat => return text::concat(inputs, len, active),
        F::Greatest | F::Least => return extreme::extreme(function, inputs, data_type, len, active),
        _ => {}
    }
    let rows = &Rows::new(inputs, len, active);
    let column = match function {
        F::Abs => number::abs(rows, data_type)?,
        F::Sign => number::sign(rows, data_type)?,
        F::Floor | F::Ceil => number::whole(function, rows, data_type)?,
        F::IsNan => number::is_nan(rows)?,
        F::Round | F::Trunc => rounding::to_digits(function, rows, data_type)?,
        F::Length | F::OctetLength | F::Strpos => measure::count(function, rows)?,
        F::StartsWith | F::EndsWith | F::Contains => measure::test(function, rows)?,
        F::Lower | F::Upper | F::Initcap | F::Reverse => text::by_letter(function, rows)?,
        F::Join => text::join(rows)?,
        F::Replace => text::replace(rows)?,
        F::Substr | F::Left | F::Right | F::SplitPart => piece::piece(function, rows)?,
        F::Trim | F::Ltrim | F::Rtrim => piece::trim(function, rows)?,
        F::Lpad | F::Rpad => padding::pad(function, rows)?,
        F::Repeat => padding::repeat(rows)?,
        F::Like | F::Ilike | F::Matches | F::MatchesIgnoringCase => pattern::test(function, rows)?,
        F::RegexpReplace => rewriting::replace(rows)?,
        F::DateTrunc => trunc::trunc(rows, data_type)?,
        F::DatePart => part::part(rows, data_type)?,
        F::DateBin => bin::bin(rows, data_type)?,
        F::DateBinMonths => bin::bin_months(rows, data_type)?,
        F::AddMonths => months::add_months(rows, data_type)?,
        F::AddDays => months::add_days(rows, data_type)?,
        F::MakeDate => months::make_date(rows)?,
        F::Hash => hash::hash(rows)?,
        _ => angle::float(function, rows)?,
    };
    Ok(rows.finish(column))
}
