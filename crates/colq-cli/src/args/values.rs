//! The values of options: names of a fixed few, and texts that mean something.

use clap::ValueEnum;
use colq::{DataType, Dictionaries, Format, OnError};
use std::path::PathBuf;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Table,
    Csv,
    Tsv,
    Json,
    Jsonl,
    Markdown,
    Parquet,
    Arrow,
    Npy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Io {
    /// Through memory maps, the fast way: nobody may rewrite or cut off the table's files meanwhile
    Map,
    /// By positioned reads
    Read,
    /// By positioned reads, every block held against its hash
    Checked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

pub(super) fn name_and_path(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.into(), path.into())),
        _ => Err("write NAME=PATH, as in trips=data/trips.colq".into()),
    }
}

/// What stands after one `--types`.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredTypes(pub(super) Vec<(String, DataType)>);

/// `fare=decimal(12,2),day=date`: a comma within the parentheses of a type belongs to the type.
pub(super) fn declared_types(text: &str) -> Result<DeclaredTypes, String> {
    let mut depth = 0_u32;
    let parts = text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    Ok(DeclaredTypes(parts.map(column_and_type).collect::<Result<_, _>>()?))
}

fn column_and_type(text: &str) -> Result<(String, DataType), String> {
    let (column, name) = text.rsplit_once('=').ok_or("write COLUMN=TYPE, as in fare=f32")?;
    let data_type = DataType::parse(name).ok_or_else(|| {
        let known: Vec<String> = DataType::ALL.iter().map(ToString::to_string).collect();
        format!("there is no type {name}; types are {}", known.join(", "))
    })?;
    Ok((column.to_owned(), data_type))
}

pub(super) fn format(text: &str) -> Result<Format, String> {
    let known: Vec<&str> = Format::ALL.iter().map(|f| f.name()).collect();
    Format::from_name(text).ok_or_else(|| format!("formats are {}", known.join(", ")))
}

pub(super) fn on_error(text: &str) -> Result<OnError, String> {
    OnError::from_name(text).ok_or_else(|| "ways are fail, null and skip".into())
}

pub(super) fn dictionaries(text: &str) -> Result<Dictionaries, String> {
    Dictionaries::from_name(text).ok_or_else(|| "ways are auto, always and never".into())
}

pub(super) fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        other => match other.as_bytes() {
            [byte] => Ok(*byte),
            _ => Err("write one ASCII character, or tab".into()),
        },
    }
}

/// `512MB`, `2GiB`, `1000`: powers of 1000 without the `i`, of 1024 with it.
pub(super) fn byte_len(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err("units are B, KB, MB, GB, TB and KiB, MiB, GiB, TiB".into()),
    };
    let number: f64 = digits.trim().parse().map_err(|_| "write a size such as 512MB")?;
    if number >= 0.0 && number.is_finite() {
        Ok((number * unit as f64) as u64)
    } else {
        Err("write a size such as 512MB".into())
    }
}
