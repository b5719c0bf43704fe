//! What a table's columns hold, in one figure each: the first look at data that one does not know.

use crate::{Context, Expr, Result, Table, col, count_distinct, count_of, max, mean, min, stddev};
use colq_types::{DataType, Field, Scalar};

/// Distinct values are counted where there can be at most so many: an array or a small hash table holds them.
const FEW_VALUES: i128 = 65_536;

/// Figures of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnStats {
    /// The column's name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Rows of the table.
    pub row_count: u64,
    /// Of those, NULL.
    pub null_count: u64,
    /// The smallest value, in the column's type; NULL where there is none, and of vectors.
    pub min: Scalar,
    /// The largest value; NaN where there is one.
    pub max: Scalar,
    /// The mean of a number column, NULLs left out; of a bool the share of true.
    pub mean: Option<f64>,
    /// The standard deviation of a number column, as of a sample; `None` for fewer than two values.
    pub stddev: Option<f64>,
    /// Distinct values, NULL not counted. `None` where counting them would take more than a small table of them: floats,
    /// decimals, long texts, and integers, dates and times that range over more than 65,536 values.
    pub distinct_count: Option<u64>,
}

impl Table {
    /// Figures of every column. Minima and maxima come from the zone summaries where those are exact; the rest takes one
    /// pass over the columns. `threads` is 0 for one a processor.
    ///
    /// # Errors
    /// A column cannot be read, or the context was cancelled.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let (csv, path) = (folder.path().join("trips.csv"), folder.path().join("trips.colq"));
    /// # std::fs::write(&csv, "zone,fare\n1,12.5\n7,30\n1,\n")?;
    /// # colq::import(&csv, &path)?;
    /// let stats = colq::Table::open(&path)?.stats(0, &colq::Context::new())?;
    /// assert_eq!((stats[0].min.clone(), stats[0].distinct_count), (1.into(), Some(2)));
    /// assert_eq!((stats[1].null_count, stats[1].mean), (1, Some(21.25)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stats(&self, threads: usize, context: &Context) -> Result<Vec<ColumnStats>> {
        let fields = self.schema().fields();
        let answer = |exprs: Vec<Expr>| -> Result<Vec<Scalar>> {
            if exprs.is_empty() {
                return Ok(Vec::new());
            }
            let named = exprs.into_iter().enumerate().map(|(i, expr)| expr.alias(format!("x{i}")));
            let frame = self.query().agg(named).threads(threads).context(context.clone()).collect()?;
            Ok((0..frame.schema().len()).map(|column| frame.scalar(0, column)).collect())
        };
        let figures = answer(fields.iter().flat_map(figures_of).collect())?;
        let mut figures = figures.into_iter();
        let mut next = || figures.next().unwrap_or(Scalar::Null);
        let mut stats = Vec::with_capacity(fields.len());
        for field in fields {
            let valid = next().as_i128().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
            let bounds =
                if field.data_type.is_vector() { (Scalar::Null, Scalar::Null) } else { (next(), next()) };
            let spread = averaged(field).map(|_| (next().as_f64(), next().as_f64()));
            let (mean, stddev) = spread.unwrap_or((None, None));
            stats.push(ColumnStats {
                name: field.name.clone(),
                data_type: field.data_type,
                row_count: self.row_count(),
                null_count: self.row_count() - valid,
                min: bounds.0,
                max: bounds.1,
                mean,
                stddev: stddev.filter(|_| field.data_type != DataType::Bool),
                distinct_count: None,
            });
        }
        let mut countable = Vec::new();
        for (index, stats) in stats.iter().enumerate() {
            if self.has_few_values(index, stats)? {
                countable.push(index);
            }
        }
        let counted = answer(countable.iter().map(|i| count_distinct(col(&fields[*i].name))).collect())?;
        for (index, count) in countable.into_iter().zip(counted) {
            stats[index].distinct_count = count.as_i128().and_then(|n| u64::try_from(n).ok());
        }
        Ok(stats)
    }

    fn has_few_values(&self, index: usize, stats: &ColumnStats) -> Result<bool> {
        let range = |low: i128, high: i128| high - low < FEW_VALUES;
        Ok(match (&stats.min, &stats.max) {
            (Scalar::Null, _) => !stats.data_type.is_vector(),
            (Scalar::Bool(_), _) => true,
            (Scalar::I64(low), Scalar::I64(high)) => range((*low).into(), (*high).into()),
            (Scalar::U64(low), Scalar::U64(high)) => range((*low).into(), (*high).into()),
            (Scalar::Date(low), Scalar::Date(high)) => range((*low).into(), (*high).into()),
            (Scalar::Text(_), _) => {
                let dictionary = self.stored().dictionary(index)?;
                dictionary.is_some_and(|values| values.len() as i128 <= FEW_VALUES)
            }
            _ => false,
        })
    }
}

/// What is asked about a column, in the order in which it is taken from the answer.
fn figures_of(field: &Field) -> Vec<Expr> {
    let column = || col(&field.name);
    let mut exprs = vec![count_of(column())];
    if !field.data_type.is_vector() {
        exprs.extend([min(column()), max(column())]);
    }
    if let Some(number) = averaged(field) {
        exprs.extend([mean(number.clone()), stddev(number)]);
    }
    exprs
}

/// The column as numbers that have a mean. Decimals count as floats: their own mean might not fit its digits.
fn averaged(field: &Field) -> Option<Expr> {
    let column = col(&field.name);
    match field.data_type {
        DataType::Bool => Some(column.cast(DataType::I64)),
        t if t.is_decimal() => Some(column.cast(DataType::F64)),
        t if t.is_number() => Some(column),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_nans_and_bools_have_figures_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let (csv, path) = (folder.path().join("a.csv"), folder.path().join("a.colq"));
        std::fs::write(
            &csv,
            "flag,x,none,day,id\ntrue,1.5,,2024-01-01,1\nfalse,NaN,,2024-01-31,9000000\ntrue,,,,2\n",
        )
        .unwrap();
        let types = vec![("x".to_owned(), DataType::F64), ("none".to_owned(), DataType::I32)];
        let options = crate::ImportOptions { types, ..crate::ImportOptions::default() };
        crate::Import::new(&path).options(options).run([&csv], &Context::new()).unwrap();
        let stats = Table::open(&path).unwrap().stats(1, &Context::new()).unwrap();
        let [flag, x, none, day, id] = stats.as_slice() else { unreachable!("there are five columns") };
        assert_eq!((flag.min.clone(), flag.max.clone()), (false.into(), true.into()));
        assert_eq!((flag.mean, flag.stddev, flag.distinct_count), (Some(2.0 / 3.0), None, Some(2)));
        assert_eq!((x.null_count, x.min.clone(), x.distinct_count), (1, 1.5.into(), None));
        assert!(x.max.as_f64().unwrap().is_nan() && x.mean.unwrap().is_nan());
        assert_eq!((none.null_count, none.min.clone(), none.mean), (3, Scalar::Null, None));
        assert_eq!(none.distinct_count, Some(0));
        assert_eq!(
            (day.max.to_string().as_str(), day.mean, day.distinct_count),
            ("2024-01-31", None, Some(2))
        );
        assert_eq!((id.mean, id.distinct_count), (Some(3_000_001.0), None));
    }
}
