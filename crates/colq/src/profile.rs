//! What a table holds, looked at instead of read: figures and a histogram of each column, where the NULLs are, and which
//! columns go together.

use crate::table::find;
use crate::{Context, Result, Table};
use colq_column::ColumnSource;
use colq_exec::{ColumnProfile, Correlations, Pool};

/// What is to be profiled, and how finely.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileOptions {
    /// The columns by name, in this order; empty for all.
    pub columns: Vec<String>,
    /// Intervals of a histogram, from 1 to 65,536.
    pub bins: usize,
    /// Threads to work with; 0 is one for each processor. The figures are the same.
    pub threads: usize,
}

impl Default for ProfileOptions {
    fn default() -> ProfileOptions {
        ProfileOptions { columns: Vec::new(), bins: 32, threads: 0 }
    }
}

/// Figures of a table and its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Rows of the table.
    pub row_count: u64,
    /// Columns of the table, those that were not asked for too.
    pub column_count: usize,
    /// Bytes of the files of the profiled columns.
    pub byte_len: u64,
    /// The version of the table.
    pub version: u64,
    /// The figures of each column.
    pub columns: Vec<ColumnProfile>,
    indexes: Vec<usize>,
    threads: usize,
}

impl Table {
    /// Figures of every column: see [`Table::profile_with`].
    ///
    /// # Errors
    /// A column cannot be read, the context was cancelled, or its memory limit is too small.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let (csv, path) = (folder.path().join("trips.csv"), folder.path().join("trips.colq"));
    /// # std::fs::write(&csv, "zone,fare\n1,12.5\n7,30\n1,\n")?;
    /// # colq::import(&csv, &path)?;
    /// let profile = colq::Table::open(&path)?.profile(&colq::Context::new())?;
    /// let [zone, fare] = profile.columns.as_slice() else { unreachable!("there are two columns") };
    /// assert_eq!((zone.frequent[0].value.clone(), zone.frequent[0].count), (1.into(), 2));
    /// assert_eq!((fare.null_count, fare.max.clone(), fare.mean), (1, 30.0.into(), Some(21.25)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn profile(&self, context: &Context) -> Result<Profile> {
        self.profile_with(&ProfileOptions::default(), context)
    }

    /// Figures of some columns, with histograms as fine as the options say. Each column is read once, by all threads and
    /// in bounded memory; NULL and NaN are counted apart and stand in no other figure.
    ///
    /// # Errors
    /// There is no such column, it cannot be read, the context was cancelled, or its memory limit is too small.
    pub fn profile_with(&self, options: &ProfileOptions, context: &Context) -> Result<Profile> {
        let indexes: Vec<usize> = match options.columns.as_slice() {
            [] => (0..self.schema().len()).collect(),
            names => names.iter().map(|name| find(self.schema(), name)).collect::<Result<_>>()?,
        };
        let bins = options.bins.max(1);
        let columns =
            colq_exec::profile(self.stored(), &indexes, bins, &Pool::new(options.threads), context)?;
        let byte_lens = self.column_byte_lens()?;
        Ok(Profile {
            row_count: self.row_count(),
            column_count: self.schema().len(),
            byte_len: indexes.iter().map(|index| byte_lens[*index]).sum(),
            version: self.version(),
            columns,
            indexes,
            threads: options.threads,
        })
    }

    /// How the number columns of a profile of this table go with each other: Pearson's correlation of each pair, over the
    /// rows in which both have a finite value. Of many rows a fixed sample of about a million is looked at, and of many
    /// columns the first 60.
    ///
    /// # Errors
    /// A column cannot be read, or the context was cancelled.
    pub fn correlations(&self, profile: &Profile, context: &Context) -> Result<Correlations> {
        let pool = Pool::new(profile.threads);
        Ok(colq_exec::correlations(self.stored(), &profile.indexes, &profile.columns, &pool, context)?)
    }

    /// Where the NULLs of the columns of a profile of this table are: for each column the share of NULL in at most `ranges`
    /// ranges of rows of about one length. It comes from zone summaries, so a range is at least 65,536 rows long.
    ///
    /// # Errors
    /// The summaries cannot be read.
    pub fn null_shares(&self, profile: &Profile, ranges: usize) -> Result<Vec<Vec<f64>>> {
        let zones = ColumnSource::zone_count(self.stored());
        let ranges = (ranges as u64).clamp(1, zones.max(1));
        let cut = |range: u64| u128::from(zones) * u128::from(range) / u128::from(ranges);
        let share = |column: usize, range: u64| -> Result<f64> {
            let (mut rows, mut nulls) = (0, 0);
            for zone in cut(range) as u64..cut(range + 1) as u64 {
                rows += self.stored().zone_rows(zone).row_count();
                let summary = self.stored().zone_summary(column, zone).map_err(colq_exec::Error::from)?;
                nulls += summary.map_or(0, |summary| summary.null_count);
            }
            Ok(if rows == 0 { 0.0 } else { nulls as f64 / rows as f64 })
        };
        let of_column = |column: &usize| (0..ranges).map(|range| share(*column, range)).collect();
        profile.indexes.iter().map(of_column).collect()
    }
}
