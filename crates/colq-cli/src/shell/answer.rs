//! The answer of a statement: its first rows, which are kept, and what is known of the others.
//!
//! `.last` shows the kept rows again. What is kept is bounded, so that a SELECT of everything is harmless.

use crate::failure::Failure;
use colq::{Context, Counter, Frame, Frames, Schema};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes and rows of an answer that are kept at least, if there are so many, for `.last all`.
const KEPT_BYTES: usize = 16 << 20;
const KEPT_ROWS: u64 = 100_000;

/// Longer than this nobody waits to learn how many more rows there are.
const COUNTED_FOR: Duration = Duration::from_secs(1);

/// What is known of the rows that were not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// So many.
    Counted(u64),
    /// So many and more: counting them was given up.
    More(u64),
}

/// Rows that are kept, and those behind them.
pub(super) struct Answer {
    pub(super) schema: Arc<Schema>,
    frames: Vec<Frame>,
    pub(super) kept: u64,
    pub(super) others: Others,
    pub(super) took: Duration,
    /// True for the steps of EXPLAIN, which are lines and no table.
    pub(super) is_text: bool,
}

/// An answer of which the first rows were taken, and the rest of its stream where there is one.
pub(super) struct Begun {
    pub(super) answer: Answer,
    pub(super) rest: Option<Frames>,
}

impl Answer {
    /// An answer that is there already.
    pub(super) fn of(frame: Frame, took: Duration, is_text: bool) -> Answer {
        let kept = frame.row_count() as u64;
        let schema = frame.as_batch().schema().clone();
        Answer { schema, frames: vec![frame], kept, others: Others::Counted(0), took, is_text }
    }

    /// Takes at least the first `shown` rows of a stream.
    pub(super) fn begin(mut frames: Frames, shown: u64, start: Instant) -> Result<Begun, Failure> {
        let mut answer = Answer {
            schema: frames.schema().clone(),
            frames: Vec::new(),
            kept: 0,
            others: Others::Counted(0),
            took: Duration::ZERO,
            is_text: false,
        };
        let mut byte_len = 0;
        while answer.kept < shown || answer.kept < KEPT_ROWS && byte_len < KEPT_BYTES {
            let Some(frame) = frames.next() else {
                answer.took = start.elapsed();
                return Ok(Begun { answer, rest: None });
            };
            let frame = frame?;
            answer.kept += frame.row_count() as u64;
            byte_len += frame.as_batch().byte_len();
            answer.frames.push(frame);
        }
        answer.took = start.elapsed();
        Ok(Begun { answer, rest: Some(frames) })
    }

    /// The first kept rows as a stream.
    pub(super) fn head(&self, row_count: u64) -> Frames {
        let mut left = usize::try_from(row_count).unwrap_or(usize::MAX);
        let mut frames = Vec::new();
        for frame in &self.frames {
            let head = frame.head(left);
            left -= head.row_count();
            frames.push(head);
        }
        Frames::of(self.schema.clone(), frames)
    }

    /// The lines of an answer that is text.
    pub(super) fn text(&self) -> String {
        let rows = self.frames.iter().flat_map(Frame::scalar_rows);
        rows.flat_map(|row| row.into_iter().map(|value| value.to_string() + "\n")).collect()
    }
}

impl Begun {
    /// Counts the rows that were not kept, for a while or until Ctrl-C.
    pub(super) fn count(mut self, start: Instant) -> Result<Answer, Failure> {
        let mut count = 0;
        for frame in self.rest.take().into_iter().flatten() {
            match frame {
                Ok(frame) => count += frame.row_count() as u64,
                Err(error) if error.is_cancelled() => {
                    self.answer.others = Others::More(count);
                    self.answer.took = start.elapsed();
                    return Ok(self.answer);
                }
                Err(error) => return Err(error.into()),
            }
            if start.elapsed() > COUNTED_FOR {
                self.answer.others = Others::More(count);
                self.answer.took = start.elapsed();
                return Ok(self.answer);
            }
        }
        self.answer.others = Others::Counted(count);
        self.answer.took = start.elapsed();
        Ok(self.answer)
    }

    /// All rows, kept ones and the rest.
    pub(super) fn all(&mut self) -> Frames {
        match self.rest.take() {
            Some(rest) => rest.after(self.answer.frames.clone()),
            None => self.answer.head(u64::MAX),
        }
    }
}

/// The steps of one statement for `.timer`, and what it touched.
pub(super) struct Steps {
    pub(super) open: Duration,
    pub(super) plan: Duration,
    pub(super) run: Duration,
}

impl Steps {
    /// The lines of `--timer` as far as they speak of one statement.
    pub(super) fn text(&self, context: &Context) -> String {
        let mut text = String::new();
        for (name, took) in [("open", self.open), ("plan", self.plan), ("run", self.run)] {
            text.push_str(&format!("{name}: {:.1} ms\n", took.as_secs_f64() * 1e3));
        }
        for (name, counter) in [
            ("rows selected", Counter::RowsSelected),
            ("bytes touched", Counter::BytesTouched),
            ("zones answered", Counter::ZonesAnswered),
            ("zones pruned", Counter::ZonesPruned),
            ("zones read", Counter::ZonesRead),
        ] {
            text.push_str(&format!("{name}: {}\n", context.counted(counter)));
        }
        text
    }
}
