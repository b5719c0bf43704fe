//! The columns of one zone as bytes of a scratch file, and back: of each the values, the validity bits, and the texts
//! where they are the zone's own.

use super::file::{Extent, SpillFile};
use crate::Error;
use colq_column::{Bitmap, Column, Dictionary, Scratch, SharedBytes, Values, View};
use colq_types::{DataType, Physical};
use std::sync::Arc;

/// Where the columns of a zone lie.
#[derive(Debug)]
pub(crate) struct SpilledZone {
    columns: Vec<SpilledColumn>,
}

#[derive(Debug)]
struct SpilledColumn {
    data_type: DataType,
    /// The layout of the codes, of text.
    codes: Physical,
    values: Extent,
    validity: Option<Extent>,
    texts: Texts,
}

#[derive(Debug)]
enum Texts {
    None,
    /// The codes are those of a dictionary that is kept in memory.
    Shared(Arc<Dictionary>),
    /// Offsets of 64 bits, one more than rows, and the texts.
    Own {
        offsets: Extent,
        bytes: Extent,
    },
}

/// Every piece begins at a multiple of this, so that whole words are read.
const ALIGNMENT: usize = 8;

/// A piece of the bytes of a zone, before the zone is written.
struct Piece {
    start: usize,
    byte_len: usize,
}

fn add(buffer: &mut Vec<u8>, bytes: &[u8]) -> Piece {
    buffer.resize(buffer.len().next_multiple_of(ALIGNMENT), 0);
    let start = buffer.len();
    buffer.extend_from_slice(bytes);
    Piece { start, byte_len: bytes.len() }
}

impl SpilledZone {
    /// Writes columns of equal length to a file, by one call. `buffer` is memory to be used again.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(crate) fn write(
        columns: &[Column],
        file: &SpillFile,
        buffer: &mut Vec<u8>,
    ) -> Result<SpilledZone, Error> {
        buffer.clear();
        let mut pieces = Vec::new();
        for column in columns {
            let view = column.view();
            let own = column.dictionary.as_ref().filter(|d| !d.is_distinct() || d.len() > column.len());
            let texts = own.map(|_| {
                let (offsets, texts) = texts_of(&view);
                (add(buffer, bytemuck::cast_slice(&offsets)), add(buffer, &texts))
            });
            // The codes of a zone's own texts are the numbers of its rows.
            let values = match texts {
                Some(_) => add(buffer, &[]),
                None => add(buffer, view.values.as_bytes()),
            };
            let validity = view.validity.map(|bits| add(buffer, &bits.to_bytes()));
            pieces.push((values, validity, texts));
        }
        let whole = file.append(buffer)?;
        let extent = |piece: Piece| whole.part(piece.start, piece.byte_len);
        let columns = columns.iter().zip(pieces).map(|(column, (values, validity, texts))| SpilledColumn {
            data_type: column.data_type,
            codes: column.values.physical(),
            values: extent(values),
            validity: validity.map(extent),
            texts: match (texts, &column.dictionary) {
                (Some((offsets, bytes)), _) => Texts::Own { offsets: extent(offsets), bytes: extent(bytes) },
                (None, Some(dictionary)) => Texts::Shared(dictionary.clone()),
                (None, None) => Texts::None,
            },
        });
        Ok(SpilledZone { columns: columns.collect() })
    }

    /// The dictionary of a text column whose codes were written; `None` for texts of the zone's own.
    pub(crate) fn dictionary(&self, column: usize) -> Option<&Arc<Dictionary>> {
        match self.columns.get(column).map(|c| &c.texts) {
            Some(Texts::Shared(dictionary)) => Some(dictionary),
            _ => None,
        }
    }

    /// Columns written.
    pub(crate) fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// True when a row of the column is NULL.
    pub(crate) fn has_nulls(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|c| c.validity.is_some())
    }

    /// A column of the zone, which has `row_count` rows.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(crate) fn read<'a>(
        &'a self,
        column: usize,
        row_count: usize,
        file: &SpillFile,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, Error> {
        let found = self.columns.get(column);
        let spilled = found.ok_or_else(|| Error::Internal(format!("there is no column number {column}")))?;
        let own_texts = match &spilled.texts {
            Texts::Own { offsets, bytes } => Some(read_texts(*offsets, *bytes, file)?),
            _ => None,
        };
        let byte_len =
            if own_texts.is_some() { row_count * size_of::<u32>() } else { spilled.values.byte_len };
        let (bytes, validity, texts) = scratch.all_mut(byte_len);
        if own_texts.is_some() {
            let codes: &mut [u32] = bytemuck::cast_slice_mut(bytes);
            codes.iter_mut().zip(0..).for_each(|(code, row)| *code = row);
        } else {
            file.read_into(spilled.values, bytes)?;
        }
        if let Some(extent) = spilled.validity {
            let mut bits = Vec::new();
            file.read(extent, &mut bits)?;
            validity.assign_bytes(&bits, 0, row_count);
        }
        let codes = if own_texts.is_some() { Physical::U32 } else { spilled.codes };
        let values = Values::of_type(spilled.data_type, codes, bytes)
            .ok_or_else(|| Error::Internal("what was spilled has another layout".into()))?;
        let dictionary = match (own_texts, &spilled.texts) {
            (Some(own), _) => Some(&*texts.insert(own)),
            (None, Texts::Shared(dictionary)) => Some(dictionary),
            (None, _) => None,
        };
        let validity: &Bitmap = validity;
        Ok(View {
            data_type: spilled.data_type,
            values,
            validity: spilled.validity.map(|_| validity),
            dictionary,
        })
    }
}

/// The texts of a view's rows, empty ones for NULLs.
fn texts_of(view: &View<'_>) -> (Vec<u64>, Vec<u8>) {
    let mut offsets = Vec::with_capacity(view.len() + 1);
    let mut texts = Vec::new();
    offsets.push(0);
    for row in 0..view.len() {
        if view.is_valid(row) {
            texts.extend_from_slice(view.text(row));
        }
        offsets.push(texts.len() as u64);
    }
    (offsets, texts)
}

fn read_texts(offsets: Extent, bytes: Extent, file: &SpillFile) -> Result<Arc<Dictionary>, Error> {
    let mut ends = vec![0u64; offsets.byte_len / size_of::<u64>()];
    file.read_into(offsets, bytemuck::cast_slice_mut(&mut ends))?;
    let mut texts = Vec::new();
    file.read(bytes, &mut texts)?;
    let dictionary = Dictionary::of_rows(ends, SharedBytes::from(texts));
    dictionary.map(Arc::new).map_err(|e| Error::Internal(format!("a spilled text is not sound: {e}")))
}
