//! What may be typed to look at a table as a picture: profile, hist, plot.

use super::{OutputArgs, RunArgs};
use clap::Args as ClapArgs;
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct ProfileArgs {
    /// The table, by path or name, or a file that can be imported
    pub(crate) table: String,
    /// Only these columns, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Intervals of a histogram
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) bins: u16,
    /// Write a page for the browser to this file: one file that needs no network
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct HistArgs {
    /// The table, by path or name, or a file that can be imported
    pub(crate) table: String,
    /// The column
    pub(crate) column: String,
    /// Bars, about; by default 20. Their edges are round numbers
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) bins: u16,
    /// Only rows for which this is true
    #[arg(long = "where", value_name = "SQL")]
    pub(crate) condition: Option<String>,
    /// Bars as long as the logarithm of their counts
    #[arg(long)]
    pub(crate) log: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PlotArgs {
    /// The table, by path or name, or a file that can be imported
    pub(crate) table: String,
    /// The column from left to right
    pub(crate) x: String,
    /// The column from bottom to top
    pub(crate) y: String,
    /// Only rows for which this is true
    #[arg(long = "where", value_name = "SQL")]
    pub(crate) condition: Option<String>,
    /// A plot for each of the most frequent values of this column, six at most
    #[arg(long, value_name = "COLUMN")]
    pub(crate) by: Option<String>,
    /// A line of the means of Y instead of the rows
    #[arg(long)]
    pub(crate) line: bool,
    /// Characters from left to right; by default what the terminal has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..=1000))]
    pub(crate) width: Option<u16>,
    /// Characters from bottom to top
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(4..=1000))]
    pub(crate) height: Option<u16>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}
