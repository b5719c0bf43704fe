//! Rows of a table by their numbers: a range of them, or a random sample. No plan and no threads; what is read is what
//! is given.

use crate::error::Kind;
use crate::{Context, Frames, Result, Table};
use colq_column::{Batch, Column};
use colq_types::{RowRange, Scalar, Schema, ZONE_ROWS};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// Sampled rows that are put into one frame.
const SAMPLED_FRAME_ROWS: usize = 8_192;

/// Sampled rows that lie at most this far apart are read at once: a few unwanted values cost less than a call.
const READ_TOGETHER: u64 = 64;

impl Table {
    /// The rows with these numbers, from 0, as a stream with a frame for each zone. Rows past the end are left out.
    ///
    /// # Errors
    /// Of the stream: a column cannot be read, or the context was cancelled.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let (csv, path) = (folder.path().join("trips.csv"), folder.path().join("trips.colq"));
    /// # std::fs::write(&csv, "zone,fare\n1,12.5\n7,30\n1,8\n")?;
    /// # colq::import(&csv, &path)?;
    /// let trips = colq::Table::open(&path)?;
    /// let last = trips.row_count() - 1;
    /// for frame in trips.rows(last..u64::MAX, &colq::Context::new()) {
    ///     assert_eq!(frame?.scalar(0, 1), 8.0.into());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rows(&self, rows: Range<u64>, context: &Context) -> Frames {
        let (table, context) = (self.clone(), context.clone());
        let schema = Arc::new(self.schema().clone());
        let end = rows.end.min(self.row_count());
        let mut next = rows.start;
        let of_frames = schema.clone();
        let frames = std::iter::from_fn(move || {
            if next >= end {
                return None;
            }
            let piece = next..end.min((next / ZONE_ROWS + 1) * ZONE_ROWS);
            next = piece.end;
            Some(check(&context).and_then(|()| table.batch(&of_frames, &piece)))
        });
        Frames::of_batches(schema, frames)
    }

    /// `row_count` rows drawn at random, each row as likely as any other and none twice, in the table's order. The same
    /// seed draws the same rows of a table with as many rows. Only the drawn rows are read, and the few between two that
    /// lie close to each other. Of a table with fewer rows it is all of them.
    ///
    /// The numbers of the drawn rows are held in memory: about 20 bytes each.
    ///
    /// # Errors
    /// Of the stream, as [`Table::rows`].
    pub fn sample(&self, row_count: u64, seed: u64, context: &Context) -> Frames {
        if row_count >= self.row_count() {
            return self.rows(0..self.row_count(), context);
        }
        let (table, context) = (self.clone(), context.clone());
        let schema = Arc::new(self.schema().clone());
        let mut drawn = draw(self.row_count(), row_count, seed).into_iter();
        let of_frames = schema.clone();
        let frames = std::iter::from_fn(move || {
            let rows: Vec<u64> = drawn.by_ref().take(SAMPLED_FRAME_ROWS).collect();
            (!rows.is_empty()).then(|| table.gather(&of_frames, &rows, &context))
        });
        Frames::of_batches(schema, frames)
    }

    /// Rows that lie in one zone.
    fn batch(&self, schema: &Arc<Schema>, rows: &Range<u64>) -> Result<Batch> {
        let columns = (0..schema.len()).map(|index| self.piece(index, rows));
        whole(schema, columns.collect::<Result<_>>()?)
    }

    /// Rows that lie anywhere, in ascending order.
    fn gather(&self, schema: &Arc<Schema>, rows: &[u64], context: &Context) -> Result<Batch> {
        let together = |a: &u64, b: &u64| b - a <= READ_TOGETHER && a / ZONE_ROWS == b / ZONE_ROWS;
        let mut columns = Vec::with_capacity(schema.len());
        for (index, field) in schema.fields().iter().enumerate() {
            let mut scalars: Vec<Scalar> = Vec::with_capacity(rows.len());
            for near in rows.chunk_by(together) {
                check(context)?;
                let (first, last) = (near[0], near[near.len() - 1]);
                let piece = self.piece(index, &(first..last + 1))?;
                scalars.extend(near.iter().map(|row| piece.scalar((row - first) as usize)));
            }
            columns.push(Column::from_scalars(field.data_type, &scalars));
        }
        whole(schema, columns)
    }

    fn piece(&self, index: usize, rows: &Range<u64>) -> Result<Column> {
        Ok(self.stored().to_column(index, RowRange::new(rows.start, rows.end))?)
    }
}

fn check(context: &Context) -> Result<()> {
    Ok(context.check().map_err(colq_exec::Error::from)?)
}

fn whole(schema: &Arc<Schema>, columns: Vec<Column>) -> Result<Batch> {
    Batch::new(schema.clone(), columns).ok_or_else(|| {
        Kind::Run(colq_exec::Error::Internal("the columns of a table do not fit its schema".into())).into()
    })
}

/// `count` of the numbers below `all`, by Floyd's algorithm (Bentley and Floyd 1987, "A sample of brilliance").
fn draw(all: u64, count: u64, seed: u64) -> BTreeSet<u64> {
    let mut random = SplitMix { state: seed };
    let mut drawn = BTreeSet::new();
    for last in all - count..all {
        let number = random.up_to(last);
        if !drawn.insert(number) {
            drawn.insert(last);
        }
    }
    drawn
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine.
struct SplitMix {
    state: u64,
}

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `last`, all as likely (Lemire 2019: the high half of a product, the uneven rest drawn again).
    fn up_to(&mut self, last: u64) -> u64 {
        let Some(count) = last.checked_add(1) else { return self.next() };
        let uneven = count.wrapping_neg() % count;
        loop {
            let product = u128::from(self.next()) * u128::from(count);
            if product as u64 >= uneven {
                return (product >> 64) as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_drawn_as_often_as_any_other() {
        let mut times = [0_u32; 20];
        for seed in 0..20_000 {
            let drawn = draw(20, 5, seed);
            assert_eq!(drawn.len(), 5);
            drawn.iter().for_each(|row| times[*row as usize] += 1);
        }
        // 5,000 expected, with a deviation of 61: five of them on either side.
        assert!(times.iter().all(|n| (4_690..=5_310).contains(n)), "{times:?}");
        assert_eq!(draw(1_000, 3, 7), draw(1_000, 3, 7));
        assert_ne!(draw(1_000, 3, 7), draw(1_000, 3, 8));
        assert_eq!(draw(4, 4, 1).into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn a_sample_is_the_rows_of_the_table_in_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let (csv, path) = (folder.path().join("a.csv"), folder.path().join("a.colq"));
        let text: String = (0..70_000).map(|n| format!("{n},{},t{}\n", n * 2, n % 7)).collect();
        std::fs::write(&csv, format!("n,double,text\n{text}")).unwrap();
        crate::import(&csv, &path).unwrap();
        let table = Table::open(&path).unwrap();
        let context = Context::new();
        let numbers = |frames: Frames| -> Vec<i64> {
            let rows = frames.flat_map(|f| f.unwrap().scalar_rows().collect::<Vec<_>>());
            rows.map(|row| {
                let Scalar::I64(n) = row[0] else { unreachable!("n is i64") };
                assert_eq!(row[1], Scalar::I64(n * 2));
                assert_eq!(row[2], Scalar::from(format!("t{}", n % 7).as_str()));
                n
            })
            .collect()
        };
        for (count, seed) in [(1, 1), (1_000, 2), (20_000, 3), (69_999, 4), (70_001, 5)] {
            let drawn = numbers(table.sample(count, seed, &context));
            assert_eq!(drawn.len() as u64, count.min(70_000));
            assert!(drawn.is_sorted_by(|a, b| a < b));
        }
        assert_eq!(numbers(table.rows(65_534..65_538, &context)), [65_534, 65_535, 65_536, 65_537]);
        assert_eq!(numbers(table.rows(69_999..u64::MAX, &context)), [69_999]);
        assert!(numbers(table.rows(80_000..90_000, &context)).is_empty());
        context.cancel();
        assert!(table.rows(0..1, &context).next().unwrap().unwrap_err().is_cancelled());
    }
}
