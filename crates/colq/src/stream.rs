//! Answers that need not fit in memory: as a stream of frames, and written to a new table.

use crate::error::Kind;
use crate::{Frame, Result, Table, TableWriter};
use colq_column::{Batch, Buffer, Column, Values};
use colq_exec::Batches;
use colq_types::{DataType, Field, Schema, decimal};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

/// Batches that may wait between the one who makes them and the writer: enough that neither waits for the other's
/// short pauses, few enough that they do not matter for memory.
const WAITING_BATCHES: usize = 4;

/// The rows of an answer, in order, as frames of up to 65,536 rows and never an empty one. After an error there is no
/// more.
///
/// What is in memory at any time is a few zones. Groups and orders are worked out when the stream is made, and
/// their answer is held.
pub struct Frames {
    /// Those that are there already and come first.
    first: VecDeque<Frame>,
    rows: Rows,
    sql: Option<String>,
}

/// Where the other rows come from.
enum Rows {
    Stream(Box<Batches>),
    /// There are none.
    None(Arc<Schema>),
    /// Batches that somebody else makes.
    Made(Arc<Schema>, Box<dyn Iterator<Item = Result<Batch>> + Send>),
}

impl From<Frame> for Frames {
    fn from(frame: Frame) -> Frames {
        let schema = frame.as_batch().schema().clone();
        Frames::of(schema, vec![frame])
    }
}

impl Frames {
    pub(crate) fn new(batches: Batches, sql: Option<String>) -> Frames {
        Frames { first: VecDeque::new(), rows: Rows::Stream(Box::new(batches)), sql }
    }

    /// Frames that are there already, all with this schema. Empty ones are left out.
    pub fn of(schema: Arc<Schema>, frames: Vec<Frame>) -> Frames {
        Frames { first: VecDeque::new(), rows: Rows::None(schema), sql: None }.after(frames)
    }

    /// The same rows after those of `frames`, such as the ones that were taken from it for a look.
    #[must_use]
    pub fn after(mut self, frames: Vec<Frame>) -> Frames {
        for frame in frames.into_iter().rev().filter(|frame| frame.row_count() > 0) {
            self.first.push_front(frame);
        }
        self
    }

    /// The frames of these batches, which all have the schema.
    pub(crate) fn of_batches(
        schema: Arc<Schema>,
        batches: impl Iterator<Item = Result<Batch>> + Send + 'static,
    ) -> Frames {
        Frames { first: VecDeque::new(), rows: Rows::Made(schema, Box::new(batches)), sql: None }
    }

    /// Names and types of every frame.
    pub fn schema(&self) -> &Arc<Schema> {
        match &self.rows {
            Rows::Stream(batches) => batches.schema(),
            Rows::None(schema) | Rows::Made(schema, _) => schema,
        }
    }

    /// Writes what is left of the rows to a new table and gives their number. It holds a few batches in memory.
    ///
    /// Decimals of more than 18 digits, which queries compute and tables do not hold, are stored with 18.
    ///
    /// # Errors
    /// There is something at the path; the answer has two columns of one name; a decimal that does not fit 18 digits, by
    /// its row; what computing or writing the rows can fail with. Nothing is left behind then.
    pub fn write(self, path: impl AsRef<Path>) -> Result<u64> {
        let schema: Schema = self.schema().fields().iter().map(stored_field).collect();
        let mut writer = Table::create(path, schema)?;
        self.write_to(&mut writer)?;
        writer.commit()?;
        Ok(writer.row_count())
    }

    pub(crate) fn write_to(self, writer: &mut TableWriter) -> Result<()> {
        let schema = writer.schema().clone();
        let mut row = writer.row_count();
        transfer(self, |frame: Frame| {
            let batch = stored_batch(frame.into_batch(), &schema, row)?;
            row += batch.row_count() as u64;
            writer.write(&batch)
        })
    }
}

impl Iterator for Frames {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Result<Frame>> {
        if let Some(frame) = self.first.pop_front() {
            return Some(Ok(frame));
        }
        let batch = match &mut self.rows {
            Rows::Stream(batches) => batches.next()?,
            Rows::Made(_, batches) => return batches.next().map(|batch| batch.map(Frame::new)),
            Rows::None(_) => return None,
        };
        Some(batch.map(Frame::new).map_err(|error| {
            let error = crate::Error::from(error);
            match &self.sql {
                Some(sql) => error.in_sql(sql),
                None => error,
            }
        }))
    }
}

/// Takes items from a stream and puts them away, side by side on two threads.
pub(crate) fn transfer<T: Send>(
    stream: impl Iterator<Item = Result<T>> + Send,
    mut put: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let has_failed = AtomicBool::new(false);
    let has_failed = &has_failed;
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel::<T>(WAITING_BATCHES);
        let taker = scope.spawn(move || -> Result<()> {
            for item in stream {
                let item = item.inspect_err(|_| has_failed.store(true, Ordering::Relaxed))?;
                // The other side stops listening when it has failed, and its error is the one that counts.
                if sender.send(item).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let mut put_away = Ok(());
        for item in receiver {
            // What waits is worth nothing once the rest does not come, and putting it away would take its time.
            if has_failed.load(Ordering::Relaxed) {
                break;
            }
            put_away = put(item);
            if put_away.is_err() {
                break;
            }
        }
        let taken = taker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        put_away.and(taken)
    })
}

/// The field as a table can hold it.
pub(crate) fn stored_field(field: &Field) -> Field {
    Field::new(&field.name, stored_type(field.data_type))
}

fn stored_type(data_type: DataType) -> DataType {
    match data_type {
        DataType::Decimal { precision, scale } if precision > DataType::MAX_STORED_PRECISION => {
            let scale = scale.min(DataType::MAX_STORED_PRECISION);
            DataType::Decimal { precision: DataType::MAX_STORED_PRECISION, scale }
        }
        other => other,
    }
}

fn stored_batch(batch: Batch, schema: &Arc<Schema>, first_row: u64) -> Result<Batch> {
    let fits = |(column, field): (&Column, &Field)| column.data_type == field.data_type;
    if batch.columns().iter().zip(schema.fields()).all(fits) {
        return Ok(batch);
    }
    let columns = batch.into_columns().into_iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| stored_column(column, field, first_row));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    Batch::new(schema.clone(), columns).ok_or_else(|| {
        let what = "the columns of an answer do not fit the table that they are written to".to_owned();
        Kind::Run(colq_exec::Error::Internal(what)).into()
    })
}

/// The column with as many digits as a table holds.
pub(crate) fn stored_column(column: Column, field: &Field, first_row: u64) -> Result<Column> {
    let (DataType::Decimal { scale: from, .. }, DataType::Decimal { precision, scale }) =
        (column.data_type, field.data_type)
    else {
        return Ok(column);
    };
    let Values::I128(values) = column.values.as_values() else { return Ok(column) };
    let narrow = |(row, value): (usize, &i128)| {
        let fitting = decimal::rescale(*value, from, scale).filter(|v| decimal::fits(*v, precision));
        fitting.and_then(|v| i64::try_from(v).ok()).ok_or_else(|| {
            let value = decimal::format(*value, from);
            crate::Error::from(Kind::TooManyDigits {
                column: field.name.clone(),
                row: first_row + row as u64,
                value,
            })
        })
    };
    let narrowed = values.iter().enumerate().map(narrow).collect::<Result<Vec<i64>>>()?;
    Ok(Column { data_type: field.data_type, values: Buffer::from(narrowed), ..column })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Result<usize> {
        Err(crate::Error::from(Kind::Run(colq_exec::Error::Internal("the end".to_owned()))))
    }

    /// After Ctrl-C an export first wrote all that waited, which took half a second.
    #[test]
    fn what_waits_is_not_put_away_when_the_stream_has_failed() {
        let (ending, ended) = std::sync::mpsc::channel::<()>();
        let items = (0..=WAITING_BATCHES).map(Ok).chain(std::iter::once_with(failure));
        // The stream holds `ending` until it is dropped, which is after it has failed. It may end before the first item is
        // taken.
        let items = items.inspect(move |_| _ = &ending);
        let mut count = 0;
        let done = transfer(items, |_: usize| {
            count += 1;
            // The first one is under way until all others wait and the stream has ended.
            let _ = ended.recv();
            Ok(())
        });
        assert!(done.is_err());
        assert!(count <= 1, "{count} were put away");
    }
}
