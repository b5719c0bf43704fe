//! Rows of many numbers each on their way into a file. A zone of them may be larger than memory, so it is
//! hashed and counted as it comes, and only what waits for the file is held.

use super::folder::{Output, Until};
use super::plain::zero_nulls;
use crate::Result;
use crate::layer::FileLayer;
use colq_column::{Bitmap, Bounds, Sum, Values, View, ZoneSummary, summarise};
use colq_format::{BlockHasher, Hex64, Tail, VALUE_BLOCK_LEN};
use colq_types::DataType;

/// The hashes of blocks that a version file takes at most for a tail: of 4 GiB. Each takes 19 bytes in every version, so
/// wider tails are hashed again instead.
const MOST_BLOCKS: usize = 1_023;

/// The unfinished zone of a column of vectors.
#[derive(Debug)]
pub(crate) struct VectorRows {
    data_type: DataType,
    row_width: usize,
    /// Bytes that are not in the file yet.
    waiting: Vec<u8>,
    hasher: BlockHasher,
    row_count: u64,
    null_count: u64,
    nan_count: u64,
}

impl VectorRows {
    /// Begins a zone with this seed.
    pub(crate) fn new(data_type: DataType, row_width: usize, seed: u64) -> VectorRows {
        VectorRows {
            data_type,
            row_width,
            waiting: Vec::new(),
            hasher: BlockHasher::with_seed(seed),
            row_count: 0,
            null_count: 0,
            nan_count: 0,
        }
    }

    /// Goes on with the next zone; what waits for the file stays.
    pub(crate) fn start_zone(&mut self, seed: u64) {
        let waiting = std::mem::take(&mut self.waiting);
        *self = VectorRows { waiting, ..VectorRows::new(self.data_type, self.row_width, seed) };
    }

    /// Takes over a committed tail with this seed but for its bytes, which come by [`VectorRows::hash`] from the
    /// one on that is given: those before are in blocks whose hashes the version file has. They need not be read,
    /// because the hash of the tail is made of the same hashes, and whoever reads the bytes holds them against it.
    pub(crate) fn resume(&mut self, tail: &Tail, seed: u64) -> u64 {
        self.row_count = tail.row_count;
        self.null_count = tail.null_count;
        self.nan_count = tail.nan_count;
        let blocks: Vec<u64> = tail.blocks.iter().flatten().map(|hash| hash.0).collect();
        let byte_len = blocks.len() as u64 * VALUE_BLOCK_LEN as u64;
        self.hasher = BlockHasher::after_blocks(seed, blocks);
        byte_len
    }

    /// What the version file says of the tail's blocks.
    pub(crate) fn blocks(&self) -> Option<Vec<Hex64>> {
        let blocks = self.hasher.blocks();
        let is_some = (1..=MOST_BLOCKS).contains(&blocks.len());
        is_some.then(|| blocks.iter().copied().map(Hex64).collect())
    }

    /// Bytes of the tail as they lie in the file.
    pub(crate) fn hash(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// Adds rows of one zone. They go to the file whenever a piece is full.
    pub(crate) fn push(
        &mut self,
        layer: &dyn FileLayer,
        file: &mut Output,
        piece_len: usize,
        values: Values<'_>,
        validity: Option<&Bitmap>,
    ) -> Result<()> {
        let most = (VALUE_BLOCK_LEN / self.row_width).max(1);
        let mut start = 0;
        while start < values.len() {
            let len = most.min(values.len() - start);
            let part = values.slice(start, len);
            let bits = validity.map(|v| v.slice(start, len)).filter(|v| !v.all());
            let view =
                View { data_type: self.data_type, values: part, validity: bits.as_ref(), dictionary: None };
            let found = summarise(&view);
            self.row_count += found.row_count;
            self.null_count += found.null_count;
            self.nan_count += found.nan_count;
            let at = self.waiting.len();
            self.waiting.extend_from_slice(part.as_bytes());
            let new = self.waiting.get_mut(at..).unwrap_or(&mut []);
            if let Some(bits) = &bits {
                zero_nulls(new, self.row_width, bits);
            }
            self.hasher.update(new);
            if self.waiting.len() >= piece_len {
                self.write(layer, file, Until::page_of(piece_len))?;
            }
            start += len;
        }
        Ok(())
    }

    /// What is known of the zone so far, and its hash.
    pub(crate) fn describe(&self) -> (ZoneSummary, u64) {
        let has_bounds = self.row_count > self.null_count + self.nan_count;
        let summary = ZoneSummary {
            row_count: self.row_count,
            null_count: self.null_count,
            nan_count: self.nan_count,
            bounds: has_bounds.then_some(Bounds::Unknown),
            sum: Sum::Integer(0),
        };
        (summary, self.hasher.finish())
    }

    /// Bytes that wait for the file.
    pub(crate) fn waiting_len(&self) -> usize {
        self.waiting.len()
    }

    /// Writes what waits.
    pub(crate) fn write(&mut self, layer: &dyn FileLayer, file: &mut Output, until: Until) -> Result<()> {
        let len = file.amount(self.waiting.len(), until);
        file.append(layer, self.waiting.get(..len).unwrap_or(&[]))?;
        self.waiting.drain(..len);
        Ok(())
    }
}
