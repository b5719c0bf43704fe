//! Rows of one number each, values or codes, on their way into a file. The unfinished zone stays in memory,
//! because its summary is made again at each commit.

use super::folder::{Output, Until};
use super::held::Held;
use crate::Result;
use crate::layer::FileLayer;
use colq_column::{Bitmap, Values, View, ZoneSummary, summarise};
use colq_format::hash_seeded;
use colq_types::{DataType, Physical, ZONE_ROWS};

/// Values from the first row of a zone on.
#[derive(Debug)]
pub(crate) struct PlainRows {
    pub(crate) data_type: DataType,
    pub(crate) physical: Physical,
    pub(crate) held: Held,
    /// The row with which `held` begins, the first of a zone.
    pub(crate) held_start: u64,
    /// Rows in the file; at least `held_start`.
    pub(crate) written_rows: u64,
}

impl PlainRows {
    pub(crate) fn new(data_type: DataType, physical: Physical) -> PlainRows {
        PlainRows { data_type, physical, held: Held::default(), held_start: 0, written_rows: 0 }
    }

    pub(crate) fn width(&self) -> usize {
        self.physical.byte_width()
    }

    /// Adds values of the column's layout.
    pub(crate) fn push(&mut self, values: Values<'_>, validity: Option<&Bitmap>) {
        self.held.push(values.as_bytes());
        self.clean(values.len(), validity);
    }

    /// Adds codes, which were made to fit before, so nothing is cut off here.
    pub(crate) fn push_codes(&mut self, codes: &[u32], validity: Option<&Bitmap>) {
        match self.physical {
            Physical::U8 => self.held.push(&codes.iter().map(|c| *c as u8).collect::<Vec<u8>>()),
            Physical::U16 => {
                let codes: Vec<u16> = codes.iter().map(|c| *c as u16).collect();
                self.held.push(bytemuck::cast_slice(&codes));
            }
            _ => self.held.push(bytemuck::cast_slice(codes)),
        }
        self.clean(codes.len(), validity);
    }

    /// Makes the last `len` values what the format asks for: a null slot is zero, a bool 0 or 1.
    fn clean(&mut self, len: usize, validity: Option<&Bitmap>) {
        let width = self.width();
        let at = self.held.len().saturating_sub(len * width);
        let Some(bytes) = self.held.bytes_mut().get_mut(at..) else { return };
        if self.physical == Physical::Bool {
            bytes.iter_mut().for_each(|b| *b = u8::from(*b != 0));
        }
        if let Some(validity) = validity {
            zero_nulls(bytes, width, validity);
        }
    }

    /// The last `row_count` rows, which begin with a zone.
    pub(crate) fn last(&self, row_count: u64) -> Values<'_> {
        let at = self.held.len().saturating_sub(row_count as usize * self.width());
        let bytes = self.held.bytes().get(at..).unwrap_or(&[]);
        // What is held begins with a zone, so its last zone is aligned for every layout.
        Values::from_bytes(self.physical, bytes).unwrap_or(Values::U8(&[]))
    }

    /// What is known of the last `row_count` rows, and the hash of their bytes.
    pub(crate) fn describe(
        &self,
        row_count: u64,
        validity: Option<&Bitmap>,
        seed: u64,
    ) -> (ZoneSummary, u64) {
        let values = self.last(row_count);
        let view = View { data_type: self.data_type, values, validity, dictionary: None };
        (summarise(&view), hash_seeded(values.as_bytes(), seed))
    }

    /// Bytes that wait for the file.
    pub(crate) fn waiting_len(&self) -> usize {
        self.held.len() - (self.written_rows - self.held_start) as usize * self.width()
    }

    /// Writes values that are not in the file yet, and lets go of those of full zones.
    pub(crate) fn write(&mut self, layer: &dyn FileLayer, values: &mut Output, until: Until) -> Result<()> {
        let written = (self.written_rows - self.held_start) as usize * self.width();
        let rows = values.amount(self.waiting_len(), until) / self.width();
        values.append(layer, self.held.bytes().get(written..written + rows * self.width()).unwrap_or(&[]))?;
        self.written_rows += rows as u64;
        let start = self.written_rows - self.written_rows % ZONE_ROWS;
        self.held.drop_front((start - self.held_start) as usize * self.width());
        self.held_start = start;
        Ok(())
    }
}

/// Makes the rows of `width` bytes that are null zero.
pub(crate) fn zero_nulls(bytes: &mut [u8], width: usize, validity: &Bitmap) {
    let mut nulls = validity.clone();
    nulls.not_assign();
    for row in nulls.ones_iter() {
        if let Some(slot) = bytes.get_mut(row * width..(row + 1) * width) {
            slot.fill(0);
        }
    }
}
