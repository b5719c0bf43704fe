//! The messages of an Arrow file: where they stand, and whether their lengths can be true.
//!
//! A damaged file may claim any length, and the library takes memory for a length before it looks at the bytes. So every
//! length is checked here against the file, and that of compressed bytes against what they could be.

use crate::Error;
use crate::csv::read_exact_at;
use arrow_buffer::Buffer;
use arrow_ipc::{Block, CompressionType, Message, MessageHeader, RecordBatch};
use arrow_schema::Schema as ArrowSchema;
use std::fs::File;
use std::path::{Path, PathBuf};

/// How a file of the file format begins and ends.
const MAGIC: &[u8; 6] = b"ARROW1";

/// Bytes that compressed bytes may become, whatever their own length: real files have long runs of one value.
const UNPACKED_BYTES: u64 = 64 << 20;

/// How many times its length a message may become beyond that.
const UNPACKED_TIMES: u64 = 64;

/// Rows of a batch without bytes at most: columns of nulls alone take none.
const EMPTY_ROWS: i64 = 1 << 24;

/// The messages of a file one after the other.
pub(super) struct Messages {
    path: PathBuf,
    file: File,
    file_len: u64,
    place: Place,
}

enum Place {
    /// Where the footer says they are; dictionaries first.
    Blocks(std::vec::IntoIter<Block>),
    /// One after the other from here.
    Next(u64),
}

/// One message.
pub(super) struct Read {
    pub(super) block: Block,
    /// Its description and its body.
    pub(super) bytes: Buffer,
    pub(super) is_dictionary: bool,
    /// Where the file was read to, for the progress.
    pub(super) byte_len: u64,
}

/// What the messages begin with.
pub(super) struct Beginning {
    pub(super) schema: ArrowSchema,
    pub(super) version: arrow_ipc::MetadataVersion,
}

impl Messages {
    /// Opens a file and reads its schema.
    pub(super) fn open(path: &Path, file: File, file_len: u64) -> Result<(Messages, Beginning), Error> {
        let mut messages = Messages { path: path.to_owned(), file, file_len, place: Place::Next(0) };
        let mut magic = [0; 6];
        let is_file = file_len >= 12 && {
            messages.fill(&mut magic, 0)?;
            magic == *MAGIC
        };
        let beginning = if is_file { messages.footer()? } else { messages.first()? };
        Ok((messages, beginning))
    }

    fn damaged(&self, message: impl ToString) -> Error {
        let message = message.to_string().trim_end_matches('.').to_owned();
        Error::Arrow { path: self.path.clone(), message }
    }

    fn fill(&self, bytes: &mut [u8], at: u64) -> Result<(), Error> {
        read_exact_at(&self.file, &self.path, bytes, at)
    }

    /// Bytes that lie within the file.
    fn bytes(&self, at: u64, len: u64) -> Result<Vec<u8>, Error> {
        let fits = at.checked_add(len).is_some_and(|end| end <= self.file_len);
        let len = usize::try_from(len).ok().filter(|_| fits);
        let len = len.ok_or_else(|| self.damaged("it ends before its last message"))?;
        let mut bytes = vec![0; len];
        self.fill(&mut bytes, at)?;
        Ok(bytes)
    }

    /// The schema and the places of the file format.
    fn footer(&mut self) -> Result<Beginning, Error> {
        let tail = self.bytes(self.file_len - 10, 10)?;
        let (len, magic) = tail.split_at(4);
        if magic != MAGIC {
            return Err(self.damaged("its end is missing"));
        }
        let len = u64::from(u32::from_le_bytes(len.try_into().unwrap_or_default()));
        let start = (self.file_len - 10).checked_sub(len);
        let start = start.ok_or_else(|| self.damaged("its footer is longer than the file"))?;
        let bytes = self.bytes(start, len)?;
        let footer = arrow_ipc::root_as_footer(&bytes).map_err(|error| self.damaged(error))?;
        let schema = footer.schema().ok_or_else(|| self.damaged("it has no schema"))?;
        let beginning = Beginning { schema: self.schema(schema)?, version: footer.version() };
        let blocks = [footer.dictionaries(), footer.recordBatches()];
        let blocks: Vec<Block> = blocks.into_iter().flatten().flatten().copied().collect();
        self.place = Place::Blocks(blocks.into_iter());
        Ok(beginning)
    }

    /// The schema of the stream format, which is its first message.
    fn first(&mut self) -> Result<Beginning, Error> {
        let Some((bytes, block)) = self.message_at(0)? else {
            return Err(self.damaged("it begins with no schema"));
        };
        let message = self.parse(&bytes)?;
        let schema = message.header_as_schema().ok_or_else(|| self.damaged("it begins with no schema"))?;
        let beginning = Beginning { schema: self.schema(schema)?, version: message.version() };
        let end = i64::from(block.metaDataLength()).saturating_add(block.bodyLength());
        self.place = Place::Next(u64::try_from(end).unwrap_or(self.file_len));
        Ok(beginning)
    }

    fn schema(&self, schema: arrow_ipc::Schema<'_>) -> Result<ArrowSchema, Error> {
        if schema.endianness() != arrow_ipc::Endianness::Little {
            return Err(
                self.damaged("it was written on a big-endian machine, whose bytes are not turned around")
            );
        }
        Ok(arrow_ipc::convert::fb_to_schema(schema))
    }

    /// The description of the message at a place of the stream format, and how long it and its body are; `None` at the
    /// end.
    fn message_at(&self, at: u64) -> Result<Option<(Vec<u8>, Block)>, Error> {
        if at >= self.file_len {
            return Ok(None);
        }
        let word = |at: u64| -> Result<u32, Error> {
            let bytes = self.bytes(at, 4)?;
            Ok(u32::from_le_bytes(bytes.try_into().unwrap_or_default()))
        };
        // Since version 0.15 a mark stands before the length.
        let (prefix, len) = match word(at)? {
            u32::MAX => (8, word(at + 4)?),
            len => (4, len),
        };
        if len == 0 {
            return Ok(None);
        }
        let whole = prefix + u64::from(len);
        let bytes = self.bytes(at, whole)?;
        let body = self.parse(&bytes)?.bodyLength();
        let whole = i32::try_from(whole).map_err(|_| self.damaged("a message is too long"))?;
        Ok(Some((bytes, Block::new(i64::try_from(at).unwrap_or(i64::MAX), whole, body))))
    }

    fn parse<'b>(&self, bytes: &'b [u8]) -> Result<Message<'b>, Error> {
        let bytes = match bytes.strip_prefix(&[0xff; 4]) {
            Some(rest) => rest.get(4..),
            None => bytes.get(4..),
        };
        arrow_ipc::root_as_message(bytes.unwrap_or_default()).map_err(|error| self.damaged(error))
    }

    /// The next message that holds rows or a dictionary; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Read>, Error> {
        loop {
            let block = match &mut self.place {
                Place::Blocks(blocks) => match blocks.next() {
                    Some(block) => block,
                    None => return Ok(None),
                },
                Place::Next(at) => {
                    let at = *at;
                    let Some((_, block)) = self.message_at(at)? else { return Ok(None) };
                    let (head, body) =
                        (u64::try_from(block.metaDataLength()), u64::try_from(block.bodyLength()));
                    let len = head.ok().zip(body.ok()).and_then(|(head, body)| head.checked_add(body));
                    let end = len.and_then(|len| at.checked_add(len));
                    let end = end.ok_or_else(|| self.damaged("a message has a length that cannot be"))?;
                    self.place = Place::Next(end);
                    block
                }
            };
            let (at, head, body) = (
                u64::try_from(block.offset()),
                u64::try_from(block.metaDataLength()),
                u64::try_from(block.bodyLength()),
            );
            let (Ok(at), Ok(head), Ok(body)) = (at, head, body) else {
                return Err(self.damaged("a message has a length that cannot be"));
            };
            let byte_len = head
                .checked_add(body)
                .ok_or_else(|| self.damaged("a message has a length that cannot be"))?;
            let bytes = self.bytes(at, byte_len)?;
            let (description, contents) = bytes.split_at(head as usize);
            let message = self.parse(description)?;
            let batch = match message.header_type() {
                MessageHeader::RecordBatch => message.header_as_record_batch(),
                MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|d| d.data()),
                // Other messages say nothing that is needed.
                _ => continue,
            };
            let batch = batch.ok_or_else(|| self.damaged("a message has no rows"))?;
            self.check(&batch, contents)?;
            let is_dictionary = message.header_type() == MessageHeader::DictionaryBatch;
            return Ok(Some(Read { block, bytes: Buffer::from_vec(bytes), is_dictionary, byte_len }));
        }
    }

    /// Looks at what a message says of its rows and bytes.
    fn check(&self, batch: &RecordBatch<'_>, body: &[u8]) -> Result<(), Error> {
        let rows_limit = i64::try_from(body.len()).unwrap_or(i64::MAX).saturating_mul(8).max(EMPTY_ROWS);
        let mut unpacked = 0u64;
        if !(0..=rows_limit.max(UNPACKED_BYTES as i64)).contains(&batch.length()) {
            return Err(self.damaged("a message claims more rows than it can hold"));
        }
        for node in batch.nodes().iter().flatten() {
            if !(0..=rows_limit.max(UNPACKED_BYTES as i64)).contains(&node.length()) {
                return Err(self.damaged("a message claims more values than it can hold"));
            }
        }
        for buffer in batch.buffers().iter().flatten() {
            let range = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
            let part = range.and_then(|(start, len)| body.get(start..start.checked_add(len)?));
            let part = part.ok_or_else(|| self.damaged("a message claims bytes that it does not have"))?;
            if batch.compression().is_some()
                && let Some((len, _)) = part.split_first_chunk::<8>()
            {
                // A length of -1 is one of bytes that are not compressed.
                unpacked = unpacked.saturating_add(u64::try_from(i64::from_le_bytes(*len)).unwrap_or(0));
            }
        }
        let limit = (body.len() as u64).saturating_mul(UNPACKED_TIMES).max(UNPACKED_BYTES);
        let codec = batch.compression().map(|compression| compression.codec());
        let known = codec.is_none_or(|c| c == CompressionType::ZSTD || c == CompressionType::LZ4_FRAME);
        if unpacked > limit || !known {
            return Err(self.damaged("a message claims to unpack to more bytes than it can"));
        }
        Ok(())
    }
}
