//! Keys that are the start of the interval of time a value is in: `date_trunc` to units of one length. The interval's
//! number is found from the value itself, without computing the key of every row.

use crate::Error;
use crate::bounds::range;
use crate::predicate::Value;
use colq_column::ColumnSource;
use colq_kernels::KeySpace;
use colq_plan::Function;
use colq_types::{DataType, Scalar};

/// Seconds in a day; UTC has no other.
const DAY: i64 = 86_400;

/// What the interval is found from, and the keys there can be; `None` for keys of another kind, and where the ends of
/// the values are not known.
pub(super) fn interval(
    key: &Value,
    data_type: DataType,
    source: &dyn ColumnSource,
) -> Result<Option<(Value, KeySpace)>, Error> {
    let Value::Call { function: Function::DateTrunc, args, .. } = key else { return Ok(None) };
    let [Value::Literal(Scalar::Text(unit), _), operand] = args.as_slice() else { return Ok(None) };
    let (Some(step), Some(column)) = (step(unit, data_type), operand.as_column()) else { return Ok(None) };
    // The ends of the keys say that no row fails, and where the first interval begins.
    let (Some(values), Some(keys)) = (range(operand, source)?, range(key, source)?) else { return Ok(None) };
    if values.data_type != data_type || keys.data_type != data_type || keys.low > values.low {
        return Ok(None);
    }
    let range = Some((keys.low, values.high.max(keys.high)));
    let nullable = source.may_have_nulls(column);
    Ok(Some((operand.clone(), KeySpace { data_type, nullable, range, step })))
}

/// Units of the type in a unit of the calendar, where all of those are of one length.
fn step(unit: &str, data_type: DataType) -> Option<u64> {
    let per_second = match data_type {
        DataType::Timestamp(unit) => unit.per_second(),
        _ => return None,
    };
    let seconds = match unit.to_ascii_lowercase().as_str() {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => DAY,
        "week" => 7 * DAY,
        _ => return None,
    };
    u64::try_from(seconds * per_second).ok()
}
