//! The naive twin of every function of single rows. Each is written from its meaning in docs/SQL.md, as plainly as can
//! be; none knows how an engine computes it.

pub(super) mod calendar;
mod choice;
mod number;
mod pattern;
mod text;
mod time;

use super::Cell;
use crate::NaiveErrorKind;
use colq_types::{DataType, Function, Scalar};

/// The value of a call: NULL where an argument is, but for the functions that leave NULLs out.
pub(super) fn call(function: Function, args: &[Scalar], data_type: DataType) -> Cell {
    use Function as F;
    match function {
        F::Concat => return text::concat(args),
        F::Greatest => return choice::extreme(args, std::cmp::Ordering::is_gt),
        F::Least => return choice::extreme(args, std::cmp::Ordering::is_lt),
        _ => {}
    }
    if args.iter().any(Scalar::is_null) {
        return Ok(Scalar::Null);
    }
    match function {
        F::Hash => choice::hash(args),
        F::Like | F::Ilike | F::Matches | F::MatchesIgnoringCase | F::RegexpReplace => {
            pattern::call(function, args)
        }
        F::DateTrunc
        | F::DatePart
        | F::DateBin
        | F::DateBinMonths
        | F::AddMonths
        | F::AddDays
        | F::MakeDate => time::call(function, args),
        F::Length
        | F::OctetLength
        | F::Lower
        | F::Upper
        | F::Initcap
        | F::Reverse
        | F::Substr
        | F::Left
        | F::Right
        | F::Trim
        | F::Ltrim
        | F::Rtrim
        | F::Lpad
        | F::Rpad
        | F::Repeat
        | F::Join
        | F::StartsWith
        | F::EndsWith
        | F::Contains
        | F::Strpos
        | F::SplitPart
        | F::Replace => text::call(function, args),
        _ => number::call(function, args, data_type),
    }
}

/// The text of an argument.
fn word(args: &[Scalar], place: usize) -> Result<&str, NaiveErrorKind> {
    match args.get(place) {
        Some(Scalar::Text(text)) => Ok(text),
        _ => Err(NaiveErrorKind::MalformedPlan),
    }
}

/// The i64 of an argument.
fn whole(args: &[Scalar], place: usize) -> Result<i64, NaiveErrorKind> {
    match args.get(place) {
        Some(Scalar::I64(value)) => Ok(*value),
        _ => Err(NaiveErrorKind::MalformedPlan),
    }
}
