//! What may be typed.

mod looking;
mod values;

pub(crate) use looking::{HistArgs, PlotArgs, ProfileArgs};
pub(crate) use values::{Color, ErrorFormat, Io, OutputFormat};

use clap::{Args as ClapArgs, Parser, Subcommand};
use colq::{Dictionaries, Format, ImportOptions, OnError};
use std::path::PathBuf;
use values::{
    DeclaredTypes, byte_len, declared_types, delimiter, dictionaries, format, name_and_path, on_error,
};

const AFTER_HELP: &str = "\
Exit codes:
  0 done, 1 the query or the data is wrong, 2 usage, 3 damage found, 4 another writer holds the table,
  130 interrupted. A reader that closes the pipe is no error.

Environment:
  COLQ_CACHE            the folder of imported files, else colq in XDG_CACHE_HOME or ~/.cache
  NO_COLOR              no colours, when it is not empty
  CLICOLOR_FORCE        colours also where there is no terminal, when it is neither empty nor 0";

/// Queries over memory-mapped columnar tables.
#[derive(Debug, Parser)]
#[command(name = "colq", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = AFTER_HELP)]
#[command(
    override_usage = "colq COMMAND [OPTIONS]\n       colq [TABLE]...\n       colq [TABLE]... < FILE.sql"
)]
pub(crate) struct Args {
    /// What to do; without a command, a shell over these tables, and in a pipe the statements that come in
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
    #[command(
        after_help = "Examples:\n  colq query \"SELECT city, avg(fare) FROM trips GROUP BY city\"\n  colq query \"SELECT * FROM 'trips.csv' WHERE fare > 10\" -o json\n  colq query \"SELECT * FROM t WHERE tip > 5\" --table t=data/trips.colq --out tips.parquet"
    )]
    Query(QueryArgs),
    /// Show the steps that a SELECT would take
    #[command(after_help = "Example:\n  colq explain \"SELECT max(fare) FROM trips WHERE zone = 7\"")]
    Explain(ExplainArgs),
    /// Import files (CSV, TSV, Parquet, Arrow, NPY, JSON lines) into a table
    #[command(
        after_help = "Examples:\n  colq import trips.csv trips.colq\n  colq import 2024-*.parquet trips.colq --append\n  colq import trips.csv trips.colq --types fare=f32,zone=u8 --nulls NA,- --on-error null"
    )]
    Import(ImportArgs),
    /// Write a table, or the answer to a SELECT over it, to a file
    #[command(
        after_help = "Examples:\n  colq export trips.colq trips.parquet\n  colq export trips.colq dear.csv --query \"SELECT * FROM this WHERE fare > 100\""
    )]
    Export(ExportArgs),
    /// Show the columns of a table: types, nulls, bytes
    #[command(after_help = "Examples:\n  colq schema trips.colq\n  colq schema trips.colq -o json")]
    Schema(TableArgs),
    /// Show the first rows of a table
    #[command(after_help = "Examples:\n  colq head trips.colq\n  colq head trips.csv -n 3 -o markdown")]
    Head(HeadArgs),
    /// Show the last rows of a table
    #[command(after_help = "Example:\n  colq tail trips.colq -n 20")]
    Tail(HeadArgs),
    /// Show rows of a table that are drawn at random
    ///
    /// Each row is as likely as any other, none comes twice, and they stand in the table's order. The seed, which is 0
    /// where none is given, and the number of rows in the table decide which rows they are. Only the drawn rows are read,
    /// and the few between two that lie close together.
    #[command(after_help = "Example:\n  colq sample trips.colq -n 1000 --seed 7 --out sample.csv")]
    Sample(SampleArgs),
    /// Count the rows of a table
    #[command(after_help = "Example:\n  colq count trips.colq")]
    Count(CountArgs),
    /// Show figures of each column: type, rows, nulls, min, max, mean, stddev, distinct values
    ///
    /// Distinct values are counted where they are few: of bools, of text with a dictionary, and of integers and dates that
    /// range over at most 65,536 values. Minima and maxima are shown as text, because columns have different types.
    #[command(after_help = "Examples:\n  colq stats trips.colq\n  colq stats trips.colq -o csv")]
    Stats(TableArgs),
    /// Show what each column holds: nulls, distinct and most frequent values, quantiles, a histogram
    ///
    /// Every row is looked at, once. NULL and NaN are counted apart and stand in no other figure. Distinct values are counted
    /// up to 65,536, and estimated beyond (`~`, with a standard error of 1.6 %); then the most frequent come from a fixed
    /// sample of 262,144 rows. Quantiles are values at the nearest rank, within 0.4 %.
    #[command(
        after_help = "Examples:\n  colq profile trips.colq\n  colq profile trips.colq --html trips.html\n  colq profile trips.colq --columns fare,tip -o json"
    )]
    Profile(ProfileArgs),
    /// Draw how the values of a column are spread, or its most frequent ones
    #[command(
        after_help = "Examples:\n  colq hist trips.colq fare\n  colq hist trips.colq fare --bins 40 --where \"fare < 100\"\n  colq hist trips.colq city -o csv"
    )]
    Hist(HistArgs),
    /// Draw two columns of a table against each other
    ///
    /// Every row is behind a dot; where there are many, shades tell how many. `--line` draws the mean of Y along X.
    #[command(
        after_help = "Examples:\n  colq plot trips.colq distance fare\n  colq plot trips.colq pickup fare --line --by city\n  colq plot trips.colq distance fare --where \"tip > 0\" -o csv"
    )]
    Plot(PlotArgs),
    /// Read every byte of a table and hold it against its checksums
    #[command(after_help = "Examples:\n  colq verify trips.colq\n  colq verify trips.colq --recover")]
    Verify(VerifyArgs),
    /// Add a column that is computed from others, or read from a file
    #[command(
        after_help = "Examples:\n  colq add-column \"tip_share = tip / fare\" trips.colq\n  colq add-column weight trips.colq --values weights.npy"
    )]
    AddColumn(AddColumnArgs),
    /// Drop columns
    #[command(after_help = "Example:\n  colq drop-column tip tip_share trips.colq")]
    DropColumn(DropColumnArgs),
    /// Give a column another name
    #[command(after_help = "Example:\n  colq rename-column fare price trips.colq")]
    RenameColumn(RenameColumnArgs),
    /// List the versions of a table
    #[command(after_help = "Example:\n  colq versions trips.colq")]
    Versions(VersionsArgs),
    /// Delete versions that are no longer needed, and the files that only they used
    #[command(after_help = "Examples:\n  colq vacuum trips.colq\n  colq vacuum trips.colq --keep 3")]
    Vacuum(VacuumArgs),
    /// Run a SELECT several times and say how fast it was, beside what the machine can do
    ///
    /// Opening and planning are timed apart from running; rows are computed and thrown away. The speed is the bytes that
    /// the query touches by the median time, the share is of the speed at which as many threads read plain memory, which
    /// is measured before and after. A share above 100 % means that the columns fit in the processor's cache.
    #[command(
        after_help = "Examples:\n  colq bench \"SELECT sum(fare) FROM trips WHERE tip > 5\" --runs 20\n  colq bench \"SELECT count(DISTINCT zone) FROM trips\" --threads 1 -o json"
    )]
    Bench(BenchArgs),
    /// Look at or clear the cache of imported files
    #[command(after_help = "Examples:\n  colq cache list\n  colq cache clear")]
    Cache(CacheArgs),
    /// Say what this machine offers: processor, pages, bandwidth, file system, limits
    #[command(after_help = "Examples:\n  colq doctor\n  colq doctor /mnt/data")]
    Doctor(DoctorArgs),
    /// Write a completion script for a shell
    #[command(
        after_help = "Examples:\n  colq completions bash > ~/.local/share/bash-completion/completions/colq\n  colq completions zsh > ~/.zfunc/_colq"
    )]
    Completions(CompletionsArgs),
    /// Write the manual
    #[command(after_help = "Examples:\n  colq man | man -l -\n  colq man --out ~/.local/share/man/man1")]
    Man(ManArgs),
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
    /// Run it, and show what each step took
    #[arg(long)]
    pub(crate) analyze: bool,
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
pub(crate) struct SampleArgs {
    /// The table, by path or name, or a file that can be imported
    pub(crate) table: String,
    /// How many rows; of a table with fewer rows, all of them
    #[arg(short = 'n', long, value_name = "ROWS", default_value_t = 10)]
    pub(crate) rows: u64,
    /// Which sample: the same seed draws the same rows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BenchArgs {
    /// The SELECT
    pub(crate) sql: String,
    /// How often it is run, after one run that does not count
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) runs: u64,
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
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    pub(crate) action: CacheAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheAction {
    /// Show the imported files: source, bytes, when imported and when last used
    List(CacheListArgs),
    /// Remove all imported files; the next query over a file imports it anew
    Clear,
    /// Show where the cache is
    Path,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CacheListArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ManArgs {
    /// Write a page for each command into this folder, instead of one with everything to stdout
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
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
    /// Import only the rows for which this condition is true: "fare > 10 AND zone IS NOT NULL"
    #[arg(long = "where", value_name = "SQL")]
    pub(crate) condition: Option<String>,
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
