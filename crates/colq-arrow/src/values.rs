//! Values of one layout on their way between the two, whatever they mean.

use crate::bytes::{arrow_buffer, shared_bytes};
use arrow_buffer::{Buffer as ArrowBuffer, NullBuffer};
use colq_column::{Buffer, SharedValues, Values};
use colq_types::{DataType, Physical};

/// The bytes of values in Arrow's hands.
pub(crate) fn value_buffer(values: Buffer) -> ArrowBuffer {
    match values {
        Buffer::Shared(shared) => arrow_buffer(shared.bytes()),
        Buffer::Bool(v) | Buffer::U8(v) => ArrowBuffer::from_vec(v),
        Buffer::I8(v) => ArrowBuffer::from_vec(v),
        Buffer::I16(v) => ArrowBuffer::from_vec(v),
        Buffer::I32(v) => ArrowBuffer::from_vec(v),
        Buffer::I64(v) => ArrowBuffer::from_vec(v),
        Buffer::U16(v) => ArrowBuffer::from_vec(v),
        Buffer::U32(v) => ArrowBuffer::from_vec(v),
        Buffer::U64(v) => ArrowBuffer::from_vec(v),
        Buffer::F16(v) => ArrowBuffer::from_vec(v),
        Buffer::F32(v) => ArrowBuffer::from_vec(v),
        Buffer::F64(v) => ArrowBuffer::from_vec(v),
        Buffer::I128(v) => ArrowBuffer::from_vec(v),
        // Nobody asks for these, and their bytes are right all the same.
        Buffer::Bf16(_) | Buffer::Vector(_) => ArrowBuffer::from(values.as_values().as_bytes()),
    }
}

/// Values over an array's memory; copied where something other than zero stands under a null.
pub(crate) fn shared(
    data_type: DataType,
    buffer: &ArrowBuffer,
    nulls: Option<&NullBuffer>,
) -> Option<Buffer> {
    let bytes = shared_bytes(buffer);
    let values = match SharedValues::new(data_type, Physical::U32, bytes) {
        Some(values) => Buffer::Shared(values),
        // Only 128 bits can lie where this machine's alignment is not met.
        None => {
            let numbers = buffer.as_slice().chunks_exact(16).filter_map(|b| b.try_into().ok());
            let wide: Vec<i128> = numbers.map(i128::from_le_bytes).collect();
            (data_type.physical() == Some(Physical::I128)).then(|| Buffer::from(wide))?
        }
    };
    Some(zeroed(values, nulls))
}

/// The same values with zero under the nulls, where Arrow allows anything.
pub(crate) fn zeroed(mut values: Buffer, nulls: Option<&NullBuffer>) -> Buffer {
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return values };
    let width = values.as_values().row_width();
    let bytes: &[u8] = Values::as_bytes(values.as_values());
    let rows = bytes.chunks_exact(width.max(1));
    let is_clean = rows.zip(nulls.iter()).all(|(row, valid)| valid || row.iter().all(|byte| *byte == 0));
    if !is_clean {
        values.zero(&nulls.iter().map(|valid| !valid).collect());
    }
    values
}
