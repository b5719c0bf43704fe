//! JSON: an array of objects. NULL is null, and so are NaN and infinities, which JSON numbers do not have, as in JSON
//! lines; decimals are numbers with all their digits; dates, timestamps and durations are ISO 8601 strings; vectors are
//! arrays.

use crate::failure::Failure;
use colq::{Frames, Scalar};
use std::io::Write;

pub(crate) fn write(frames: Frames, out: &mut dyn Write) -> Result<u64, Failure> {
    let names: Vec<String> = frames.schema().fields().iter().map(|f| quoted(&f.name)).collect();
    let mut row_count: u64 = 0;
    out.write_all(b"[")?;
    for frame in frames {
        for row in frame?.scalar_rows() {
            out.write_all(if row_count == 0 { b"\n{" } else { b",\n{" })?;
            for (index, (name, value)) in names.iter().zip(&row).enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(out, "{comma}{name}:{}", json_value(value))?;
            }
            out.write_all(b"}")?;
            row_count += 1;
        }
    }
    out.write_all(b"\n]\n")?;
    Ok(row_count)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn json_value(value: &Scalar) -> String {
    match value {
        Scalar::Null => "null".into(),
        Scalar::Bool(_) | Scalar::I64(_) | Scalar::U64(_) | Scalar::Decimal(..) => value.to_string(),
        Scalar::Vector(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(json_value).collect();
            format!("[{}]", numbers.join(","))
        }
        Scalar::F32(v) if v.is_finite() => value.to_string(),
        Scalar::F64(v) if v.is_finite() => value.to_string(),
        Scalar::F32(_) | Scalar::F64(_) => "null".into(),
        other => quoted(&other.to_string()),
    }
}
