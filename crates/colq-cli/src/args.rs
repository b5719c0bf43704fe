//! What may be typed.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use colq::{DataType, Dictionaries, Format, ImportOptions, OnError};
use std::path::PathBuf;

/// Queries over memory-mapped columnar tables.
#[derive(Debug, Parser)]
#[command(name = "colq", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// What to do; without a command, SQL is read from standard input
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// How errors are written
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(crate) error_format: ErrorFormat,
    /// Colours: auto is on a terminal and without NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer a SELECT
    Query(QueryArgs),
    /// Show the steps that a SELECT would take
    Explain(ExplainArgs),
    /// Import files (CSV, TSV, Parquet, Arrow, NPY, JSON lines) into a table
    Import(ImportArgs),
    /// Write a table, or the answer to a SELECT over it, to a file
    Export(ExportArgs),
    /// Show the columns of a table: types, nulls, bytes
    Schema(TableArgs),
    /// Show the first rows of a table
    Head(HeadArgs),
    /// Count the rows of a table
    Count(CountArgs),
    /// Read every byte of a table and hold it against its checksums
    Verify(VerifyArgs),
    /// Add a column that is computed from others, or read from a file
    AddColumn(AddColumnArgs),
    /// Drop columns
    DropColumn(DropColumnArgs),
    /// Give a column another name
    RenameColumn(RenameColumnArgs),
    /// List the versions of a table
    Versions(VersionsArgs),
    /// Delete versions that are no longer needed, and the files that only they used
    Vacuum(VacuumArgs),
    /// Say what this machine offers: processor, pages, bandwidth, file system, limits
    Doctor(DoctorArgs),
    /// Answer statements that come as JSON lines, {"sql": ".."}, with {"result": [..]} or {"err": ".."}
    #[command(hide = true)]
    Slt,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct QueryArgs {
    /// The SELECT. FROM takes a table's name or path, or a quoted file: FROM 'flights.csv'
    pub(crate) sql: String,
    #[command(flatten)]
    pub(crate) tables: TablesArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(flatten)]
    pub(crate) import: ReadArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// The SELECT
    pub(crate) sql: String,
    #[command(flatten)]
    pub(crate) tables: TablesArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(flatten)]
    pub(crate) import: ReadArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TablesArgs {
    /// Name a table for the query
    #[arg(long = "table", value_name = "NAME=PATH", value_parser = name_and_path)]
    pub(crate) tables: Vec<(String, PathBuf)>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OutputArgs {
    /// How the answer is written; by default as a table on a terminal and as CSV otherwise
    #[arg(short = 'o', long = "output", value_name = "FORMAT")]
    pub(crate) output: Option<OutputFormat>,
    /// Write the answer to this file, or to a new table: by its extension, csv, tsv, jsonl, parquet, arrow, npy or
    /// colq
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// Threads to work with; 0 is one for each processor. The answer is the same
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
    /// How tables are read
    #[arg(long, value_name = "MODE", default_value = "map")]
    pub(crate) io: Io,
    /// Say on stderr where the time went
    #[arg(long)]
    pub(crate) timer: bool,
    /// Memory that may be owned, such as 512MB; mapped memory does not count
    #[arg(long, value_name = "SIZE", value_parser = byte_len)]
    pub(crate) memory_limit: Option<u64>,
    /// Show progress even when stderr is no terminal
    #[arg(long)]
    pub(crate) progress: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TableArgs {
    /// The table, by path or name, or a file that can be imported
    pub(crate) table: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CountArgs {
    /// The table, by path or name, or a file that can be imported
    pub(crate) table: String,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct HeadArgs {
    /// The table, by path or name, or a file that can be imported
    pub(crate) table: String,
    /// How many rows
    #[arg(short = 'n', long, value_name = "ROWS", default_value_t = 10)]
    pub(crate) rows: u64,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {
    /// The table, by path or name
    pub(crate) table: PathBuf,
    /// Where the newest version is damaged, commit the newest sound one again above it
    #[arg(long)]
    pub(crate) recover: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportArgs {
    /// The table, by path or name, or a file that can be imported
    pub(crate) table: String,
    /// The file to write; its extension tells the format
    pub(crate) destination: PathBuf,
    /// Write the answer to this SELECT, in which the table is called `this`
    #[arg(long, value_name = "SQL")]
    pub(crate) query: Option<String>,
    /// The format, where the extension does not say: csv, tsv, jsonl, parquet, arrow or npy
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AddColumnArgs {
    /// The column and what it holds, then the table: "tip_share = tip / fare" TABLE.colq
    #[arg(required = true, num_args = 2, value_names = ["NAME = EXPRESSION", "TABLE.colq"])]
    pub(crate) words: Vec<String>,
    /// Take the place of a column of the same name
    #[arg(long)]
    pub(crate) replace: bool,
    /// Take the values from the one column of this file; the first word is then only a name
    #[arg(long, value_name = "FILE")]
    pub(crate) values: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DropColumnArgs {
    /// The columns, then the table
    #[arg(required = true, num_args = 2.., value_name = "COLUMN... TABLE.colq")]
    pub(crate) words: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RenameColumnArgs {
    /// The column, its new name, then the table
    #[arg(required = true, num_args = 3, value_names = ["COLUMN", "NEW NAME", "TABLE.colq"])]
    pub(crate) words: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct VersionsArgs {
    /// The table, by path or name
    pub(crate) table: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct VacuumArgs {
    /// The table, by path or name
    pub(crate) table: PathBuf,
    /// Keep this many versions, the newest among them; those in use stay in any case
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) keep: u64,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DoctorArgs {
    /// The folder whose file system is looked at
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ImportArgs {
    /// The files to import, then the table: SRC... DEST.colq
    #[arg(required = true, num_args = 2.., value_name = "SRC... DEST.colq")]
    pub(crate) paths: Vec<PathBuf>,
    /// Add the rows to a table that is there already
    #[arg(long, conflicts_with = "replace")]
    pub(crate) append: bool,
    /// Take the place of a table that is there already
    #[arg(long)]
    pub(crate) replace: bool,
    /// Only show the schema that the table would have
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Threads to read with; 0 is one for each processor
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
    /// Memory that may be owned, such as 512MB
    #[arg(long, value_name = "SIZE", value_parser = byte_len)]
    pub(crate) memory_limit: Option<u64>,
    /// Show progress even when stderr is no terminal
    #[arg(long)]
    pub(crate) progress: bool,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Import options")]
pub(crate) struct ReadArgs {
    /// The kind of file, where its name does not say
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
    /// Declare types instead of inferring them: fare=f32,day=date
    #[arg(long, value_name = "COLUMN=TYPE,...", value_parser = declared_types)]
    pub(crate) types: Vec<DeclaredTypes>,
    /// Read these columns only, in this order
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,
    /// Texts that stand for NULL in every column
    #[arg(long, value_name = "TEXT,...", value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) nulls: Vec<String>,
    /// The character between cells
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// The first row holds values and not names
    #[arg(long)]
    pub(crate) no_header: bool,
    /// What becomes of cells that cannot be read
    #[arg(long, value_name = "WAY", default_value = "fail", value_parser = on_error)]
    pub(crate) on_error: OnError,
    /// When text is kept in a dictionary: where values repeat, always, or never
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = dictionaries)]
    pub(crate) dict: Dictionaries,
}

impl ReadArgs {
    pub(crate) fn options(&self, threads: usize) -> ImportOptions {
        ImportOptions {
            format: self.format,
            delimiter: self.delimiter,
            header: !self.no_header,
            nulls: self.nulls.clone(),
            types: self.types.iter().flat_map(|declared| declared.0.clone()).collect(),
            columns: self.columns.clone(),
            on_error: self.on_error,
            dictionaries: self.dict,
            threads,
        }
    }
}

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

fn name_and_path(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.into(), path.into())),
        _ => Err("write NAME=PATH, as in trips=data/trips.colq".into()),
    }
}

/// What stands after one `--types`.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredTypes(Vec<(String, DataType)>);

/// `fare=decimal(12,2),day=date`: a comma within the parentheses of a type belongs to the type.
fn declared_types(text: &str) -> Result<DeclaredTypes, String> {
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

fn format(text: &str) -> Result<Format, String> {
    let known: Vec<&str> = Format::ALL.iter().map(|f| f.name()).collect();
    Format::from_name(text).ok_or_else(|| format!("formats are {}", known.join(", ")))
}

fn on_error(text: &str) -> Result<OnError, String> {
    OnError::from_name(text).ok_or_else(|| "ways are fail, null and skip".into())
}

fn dictionaries(text: &str) -> Result<Dictionaries, String> {
    Dictionaries::from_name(text).ok_or_else(|| "ways are auto, always and never".into())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        other => match other.as_bytes() {
            [byte] => Ok(*byte),
            _ => Err("write one ASCII character, or tab".into()),
        },
    }
}

/// `512MB`, `2GiB`, `1000`: powers of 1000 without the `i`, of 1024 with it.
fn byte_len(text: &str) -> Result<u64, String> {
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
