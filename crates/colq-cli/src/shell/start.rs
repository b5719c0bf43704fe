//! `colq trips.colq other.csv`: when what was typed means the shell, and with which tables.

use crate::args::{Args, Color, ErrorFormat, Io, RunArgs};
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::path::Path;

/// What may be typed instead of a command.
#[derive(Debug, Parser)]
#[command(name = "colq", about = "A shell over tables", max_term_width = 100)]
pub(crate) struct ShellArgs {
    /// Tables by path or name, or files that can be imported. Each is open by its name without the extension
    #[arg(value_name = "TABLE")]
    pub(crate) tables: Vec<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// How errors are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) error_format: ErrorFormat,
    /// Colours: auto is on a terminal and without NO_COLOR
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

impl ShellArgs {
    /// The shell without tables.
    pub(crate) fn alone(error_format: ErrorFormat, color: Color) -> ShellArgs {
        let run = RunArgs { threads: 0, io: Io::Map, timer: false, memory_limit: None, progress: false };
        ShellArgs { tables: Vec::new(), run, error_format, color }
    }
}

/// What was typed, if its first word is a table or a file, or looks like one, and is no command.
pub(crate) fn typed(words: impl Iterator<Item = OsString>) -> Option<ShellArgs> {
    let words: Vec<OsString> = words.collect();
    let first = first_word(&words)?;
    // The commands are asked for last: putting them together takes longer than looking for a file.
    let is_command = || {
        let command = Args::command();
        command.get_subcommands().any(|c| c.get_name() == first || c.get_all_aliases().any(|a| a == first))
    };
    (is_table(first) && !is_command()).then(|| ShellArgs::parse_from(&words))
}

/// The first word that is no option, nor the value of one.
fn first_word(words: &[OsString]) -> Option<&str> {
    let mut words = words.iter().skip(1).map(|word| word.to_str().unwrap_or_default());
    loop {
        match words.next()? {
            "--color" | "--error-format" => _ = words.next(),
            option if option.starts_with('-') => {}
            word => return Some(word),
        }
    }
}

/// True for a table by path or name and for a file; and for a word with an extension or a folder, which is a misspelled
/// table and no misspelled command.
fn is_table(word: &str) -> bool {
    let path = Path::new(word);
    let looks_like_one = path.extension().is_some() || word.contains('/');
    looks_like_one || colq::is_table(word) || colq::is_table(format!("{word}.colq")) || path.is_file()
}

/// What a table is called in the shell: its file's name up to the extension.
pub(super) fn name_of(word: &str) -> String {
    let stem = Path::new(word).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| word.to_owned())
}
