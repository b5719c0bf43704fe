//! What is asked of texts: how long they are, and what stands where in them.
//!
//! Laws: `length` counts code points, `octet_length` bytes; `strpos` is the code point, from 1, where the part first
//! stands, 0 where it does not; `starts_with`, `ends_with` and `contains` compare bytes. An empty part stands at 1.

use super::parts::Parts;
use super::rows::{Rows, bools};
use crate::Error;
use crate::text_run::TextRun;
use colq_column::Column;
use colq_types::{DataType, Function};
use memchr::memmem;

pub(super) fn count(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    let s = rows.input(0)?;
    let values = match (function, rows.run(s)) {
        (Function::OctetLength, Some(run)) => rows.filled(|out| byte_lens(&run, out)),
        (Function::Length, Some(run)) => rows.filled(|out| {
            for (part, out) in run.parts(PART).zip(out.chunks_mut(PART)) {
                match part.is_ascii() {
                    true => byte_lens(&part, out),
                    false => part.iter().zip(out).for_each(|(text, out)| *out = code_points(text) as i64),
                }
            }
        }),
        _ => values(function, rows)?,
    };
    Ok(Column::new(DataType::I64, values))
}

/// Rows that are seen to be ASCII together: their bytes are still near when they are counted.
const PART: usize = 512;

fn byte_lens(run: &TextRun<'_>, out: &mut [i64]) {
    let lens = run.ends().iter().zip(run.starts()).map(|(end, start)| (end - start) as i64);
    lens.zip(out).for_each(|(len, out)| *out = len);
}

fn values(function: Function, rows: &Rows<'_>) -> Result<Vec<i64>, Error> {
    let s = rows.input(0)?;
    Ok(match function {
        Function::OctetLength => rows.by_text(|row| Ok(s.bytes(row).len() as i64))?,
        Function::Length => rows.by_text(|row| Ok(code_points(s.bytes(row)) as i64))?,
        _ => {
            let part = rows.input(1)?;
            rows.by_text(|row| {
                let (s, part) = (s.bytes(row), part.bytes(row));
                let found = memmem::find(s, part);
                Ok(found.map_or(0, |at| code_points(s.get(..at).unwrap_or(&[])) as i64 + 1))
            })?
        }
    })
}

/// Every byte of UTF-8 but those that continue a code point.
fn code_points(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

pub(super) fn test(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    let (s, part) = (rows.input(0)?, rows.input(1)?);
    if part.is_constant()
        && let Some(run) = rows.run(s)
    {
        let mut parts = Parts::default();
        match function {
            Function::StartsWith => parts.start = part.bytes(0).to_vec(),
            Function::EndsWith => parts.end = part.bytes(0).to_vec(),
            _ => parts.push_middle(part.bytes(0)),
        }
        return Ok(bools(rows.filled(|out| parts.fill(&run, out))));
    }
    let one = |test: fn(&[u8], &[u8]) -> bool| {
        rows.by_text(|row| Ok(u8::from(test(s.bytes(row), part.bytes(row)))))
    };
    Ok(bools(match function {
        Function::StartsWith => one(|s, part| s.starts_with(part))?,
        Function::EndsWith => one(|s, part| s.ends_with(part))?,
        _ if part.is_constant() => {
            let finder = memmem::Finder::new(part.bytes(0));
            rows.by_text(|row| Ok(u8::from(finder.find(s.bytes(row)).is_some())))?
        }
        _ => one(|s, part| memmem::find(s, part).is_some())?,
    }))
}
