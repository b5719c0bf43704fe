//! The text of one zone of free text, as it comes in pieces: a zone of it may be larger than memory, and so may one row.
//! Knows no files.

use colq_column::{Bitmap, Bounds, Sum, ZoneSummary, text_prefix};
use colq_format::{Hasher, text_hash};
use std::ops::Range;

/// Bytes in a piece.
const PIECE_LEN: u64 = 1 << 20;

/// Bytes of a text that its prefix is made of.
const PREFIX_LEN: u64 = 8;

/// What was seen of a zone's text so far.
pub(super) struct TextCheck<'a> {
    /// Where the first row begins and each ends.
    ends: &'a [u64],
    validity: Option<&'a Bitmap>,
    seed: u64,
    text_hash: Hasher,
    /// The row whose start comes next, and where the next piece begins.
    row: usize,
    at: u64,
    prefixes: Option<(u64, u64)>,
    null_count: u64,
    /// The beginning of a character that the end of a piece cut.
    cut: Vec<u8>,
    damage: Option<String>,
}

impl<'a> TextCheck<'a> {
    /// Nothing read yet. `ends` has one more number than the zone has rows.
    ///
    /// # Errors
    /// What is wrong with the ends, where one is before the one before it.
    pub(super) fn new(
        ends: &'a [u64],
        validity: Option<&'a Bitmap>,
        seed: u64,
    ) -> Result<TextCheck<'a>, String> {
        if let Some(row) = ends.windows(2).position(|pair| pair.first() > pair.last()) {
            return Err(format!("not so: row {row} of the zone ends before it begins"));
        }
        let at = ends.first().copied().unwrap_or(0);
        Ok(TextCheck {
            ends,
            validity,
            seed,
            text_hash: Hasher::with_seed(seed),
            row: 0,
            at,
            prefixes: None,
            null_count: 0,
            cut: Vec::new(),
            damage: None,
        })
    }

    /// The bytes to come, and how many to read from their start on: a few more, for the prefix of a text that
    /// begins at their end.
    pub(super) fn next_piece(&self) -> Option<(Range<u64>, usize)> {
        let last = self.ends.last().copied().unwrap_or(0);
        let end = last.min(self.at + PIECE_LEN);
        let ahead = last.min(end + PREFIX_LEN) - self.at;
        (end > self.at).then_some((self.at..end, ahead as usize))
    }

    /// Goes on by a piece and the bytes that were asked for behind it.
    pub(super) fn take(&mut self, piece: Range<u64>, bytes: &[u8]) {
        let own = bytes.get(..(piece.end - piece.start) as usize).unwrap_or(bytes);
        self.text_hash.update(own);
        self.read_characters(own);
        self.rows_until(piece.end, |start, end| {
            let from = (start - piece.start) as usize;
            let to = (end.min(start + PREFIX_LEN) - piece.start) as usize;
            bytes.get(from..to).unwrap_or(&[])
        });
        self.at = piece.end;
    }

    /// Counts the rows that begin before `limit`; `text` gives the first bytes of one.
    fn rows_until<'b>(&mut self, limit: u64, text: impl Fn(u64, u64) -> &'b [u8]) {
        while let Some([start, end]) = self.ends.get(self.row..self.row + 2)
            && (*start < limit || *end == *start)
        {
            let first = if end == start { &[] } else { text(*start, *end) };
            // The bytes of a character but for its first one are 10xxxxxx.
            if first.first().is_some_and(|byte| byte & 0xc0 == 0x80) {
                let what = format!("not so: row {} of the zone begins within a character", self.row);
                self.damage.get_or_insert(what);
            }
            if self.validity.is_none_or(|bits| bits.get(self.row)) {
                let prefix = text_prefix(first);
                let (min, max) = self.prefixes.unwrap_or((prefix, prefix));
                self.prefixes = Some((min.min(prefix), max.max(prefix)));
            } else {
                self.null_count += 1;
            }
            self.row += 1;
        }
    }

    /// Sees that bytes go on as UTF-8.
    fn read_characters(&mut self, mut bytes: &[u8]) {
        while !self.cut.is_empty()
            && let Some((first, rest)) = bytes.split_first()
        {
            self.cut.push(*first);
            bytes = rest;
            match std::str::from_utf8(&self.cut) {
                Ok(_) => self.cut.clear(),
                Err(error) if error.error_len().is_some() => return self.not_utf8(),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => {}
            Err(error) if error.error_len().is_some() => self.not_utf8(),
            Err(error) => self.cut = bytes.get(error.valid_up_to()..).unwrap_or(&[]).to_vec(),
        }
    }

    fn not_utf8(&mut self) {
        self.cut.clear();
        self.damage.get_or_insert_with(|| "not so: it is not UTF-8".into());
    }

    /// The zone's hash, what is known of it, and what is wrong with its text.
    pub(super) fn finish(mut self) -> (u64, ZoneSummary, Option<String>) {
        // Empty rows at the end of the text.
        self.rows_until(u64::MAX, |_, _| &[]);
        if !self.cut.is_empty() {
            self.not_utf8();
        }
        let mut ends_hash = Hasher::with_seed(self.seed);
        ends_hash.update(bytemuck::cast_slice(self.ends.get(1..).unwrap_or(&[])));
        let span = self.ends.last().zip(self.ends.first()).map_or(0, |(last, first)| last - first);
        let summary = ZoneSummary {
            row_count: self.row as u64,
            null_count: self.null_count,
            nan_count: 0,
            bounds: self.prefixes.map(|(min, max)| Bounds::Prefix { min, max }),
            sum: Sum::Integer(i128::from(span)),
        };
        (text_hash(&ends_hash, &self.text_hash, self.seed), summary, self.damage)
    }
}

/// A null that has a text.
pub(super) fn wrong_null_text(ends: &[u64], validity: Option<&Bitmap>) -> Option<String> {
    let mut nulls = validity?.clone();
    nulls.not_assign();
    let has_text = |row: &usize| ends.get(*row) != ends.get(*row + 1);
    let row = nulls.ones_iter().find(has_text)?;
    Some(format!("the null in row {row} of the zone has a text"))
}
