//! JSON: an array of objects, or an object a line. NULL is null; NaN and infinities, which JSON numbers do not
//! have, are the strings "NaN", "Infinity" and "-Infinity"; dates and timestamps are ISO 8601 strings.

use colq::{Frame, Scalar};
use std::io::{Result, Write};

pub(crate) enum Layout {
    Array,
    Lines,
}

pub(crate) fn write(frame: &Frame, layout: Layout, out: &mut dyn Write) -> Result<()> {
    let names: Vec<String> = frame.schema().fields().iter().map(|f| quoted(&f.name)).collect();
    let array = matches!(layout, Layout::Array);
    if array {
        out.write_all(b"[")?;
    }
    for (number, row) in frame.scalar_rows().enumerate() {
        if array {
            out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        }
        out.write_all(b"{")?;
        for (index, (name, value)) in names.iter().zip(&row).enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma}{name}:{}", json_value(value))?;
        }
        out.write_all(b"}")?;
        if !array {
            out.write_all(b"\n")?;
        }
    }
    if array { out.write_all(b"\n]\n") } else { Ok(()) }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn json_value(value: &Scalar) -> String {
    match value {
        Scalar::Null => "null".into(),
        Scalar::Bool(_) | Scalar::I64(_) | Scalar::U64(_) => value.to_string(),
        Scalar::F32(v) if v.is_finite() => value.to_string(),
        Scalar::F64(v) if v.is_finite() => value.to_string(),
        other => quoted(&other.to_string()),
    }
}
