//! Arrow files of the library's own writers, compressed and damaged ones.

use super::open;
use crate::{Error, ImportOptions};
use arrow_array::types::*;
use arrow_array::*;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};
use colq_column::Batch;
use colq_context::Context;
use colq_types::{DataType, Scalar};
use proptest::prelude::*;
use std::sync::Arc;

fn read(bytes: &[u8], options: &ImportOptions) -> Result<Vec<Batch>, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.arrow");
    std::fs::write(&path, bytes).unwrap();
    let context = Context::new();
    let mut stream = open(&path, options, &context)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next_batch()? {
        assert!(batch.row_count() > 0 && batch.row_count() <= 65_536);
        batches.push(batch);
    }
    assert!(stream.next_batch()?.is_none());
    Ok(batches)
}

fn rows(batches: &[Batch]) -> Vec<Vec<Scalar>> {
    batches.iter().flat_map(|b| (0..b.row_count()).map(|row| b.row(row))).collect()
}

fn records() -> Vec<RecordBatch> {
    let record = |from: i32, texts: [&str; 3]| {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("n", Arc::new((from..from + 300).map(|i| (i % 5 != 0).then_some(i)).collect::<Int32Array>())),
            ("t", Arc::new((0..300).map(|i| Some(texts[i % 3])).collect::<DictionaryArray<Int32Type>>())),
            ("s", Arc::new((from..from + 300).map(|i| Some(format!("row {i}"))).collect::<StringArray>())),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap()
    };
    vec![record(0, ["a", "b", "c"]), record(300, ["a", "b", "c"])]
}

/// The same in both formats.
fn files(records: &[RecordBatch], compression: Option<CompressionType>) -> [Vec<u8>; 2] {
    let options = || {
        let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
        options.with_dictionary_handling(DictionaryHandling::Resend)
    };
    let schema = records[0].schema();
    let mut file = FileWriter::try_new_with_options(Vec::new(), &schema, options()).unwrap();
    let mut stream = StreamWriter::try_new_with_options(Vec::new(), &schema, options()).unwrap();
    for record in records {
        file.write(record).unwrap();
        stream.write(record).unwrap();
    }
    [file.into_inner().unwrap(), stream.into_inner().unwrap()]
}

#[test]
fn both_formats_are_read_whatever_the_compression() {
    let expected: Vec<Vec<Scalar>> = (0..600)
        .map(|i| {
            let n = if i % 5 == 0 { Scalar::Null } else { Scalar::I64(i) };
            vec![n, Scalar::from(["a", "b", "c"][i as usize % 300 % 3]), Scalar::from(format!("row {i}"))]
        })
        .collect();
    for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        for bytes in files(&records(), compression) {
            assert_eq!(rows(&read(&bytes, &ImportOptions::default()).unwrap()), expected);
        }
    }
}

#[test]
fn columns_are_chosen_and_large_batches_are_given_in_zones() {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..150_000));
    let record = RecordBatch::try_from_iter([("x", numbers.clone()), ("y", numbers)]).unwrap();
    let [bytes, _] = files(&[record], None);
    let types = vec![("y".to_owned(), DataType::F32)];
    let options = ImportOptions { columns: Some(vec!["y".to_owned()]), types, ..ImportOptions::default() };
    let batches = read(&bytes, &options).unwrap();
    assert_eq!(batches.iter().map(Batch::row_count).collect::<Vec<_>>(), [65_536, 65_536, 18_928]);
    assert_eq!(batches[2].row(18_927), [Scalar::F32(149_999.0)]);
    let batches =
        read(&bytes, &ImportOptions { columns: Some(vec!["x".to_owned()]), ..ImportOptions::default() })
            .unwrap();
    // The values are those of the file's own bytes.
    assert_eq!(batches[0].columns()[0].values.byte_len(), 0);
}

#[test]
fn decimals_are_read_as_far_as_a_table_can_hold_them() {
    let wide = Decimal128Array::from(vec![12_500, 1]).with_precision_and_scale(30, 3).unwrap();
    let record = RecordBatch::try_from_iter([("m", Arc::new(wide) as ArrayRef)]).unwrap();
    let [bytes, _] = files(&[record], None);
    let declared = |name: &str| {
        let types = vec![("m".to_owned(), DataType::parse(name).unwrap())];
        read(&bytes, &ImportOptions { types, ..ImportOptions::default() })
    };
    assert!(
        read(&bytes, &ImportOptions::default())
            .unwrap_err()
            .to_string()
            .contains("Declare it as decimal(18,s)")
    );
    assert_eq!(rows(&declared("decimal(9,3)").unwrap())[0], [Scalar::Decimal(12_500, 3)]);
    assert_eq!(rows(&declared("f64").unwrap())[1], [Scalar::F64(0.001)]);
    let error = declared("decimal(9,2)").unwrap_err().to_string();
    assert!(error.ends_with("column m: row 1 holds 0.001, which decimal(9,2) cannot hold."), "{error}");
    let error = declared("decimal(4,3)").unwrap_err().to_string();
    assert!(error.ends_with("column m: row 0 holds 12.500, which decimal(4,3) cannot hold."), "{error}");
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let zeros =
        RecordBatch::try_from_iter([("x", Arc::new(Int64Array::from(vec![0; 4000])) as ArrayRef)]).unwrap();
    for mut bytes in files(&[zeros], Some(CompressionType::ZSTD)) {
        let sound = 32_000u64.to_le_bytes();
        let at = bytes.windows(8).position(|w| w == sound).unwrap();
        for claim in [1u64 << 40, u64::MAX >> 1, 1 << 62] {
            bytes[at..at + 8].copy_from_slice(&claim.to_le_bytes());
            let error = read(&bytes, &ImportOptions::default()).unwrap_err().to_string();
            assert!(error.contains("unpack"), "{error}");
        }
    }
}

#[test]
fn files_cut_anywhere_are_errors_or_shorter() {
    for bytes in files(&records(), None) {
        let all = rows(&read(&bytes, &ImportOptions::default()).unwrap());
        for len in (0..bytes.len()).step_by(7) {
            if let Ok(found) = read(&bytes[..len], &ImportOptions::default()) {
                assert_eq!(rows(&found)[..], all[..rows(&found).len()]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn damaged_bytes_are_errors(at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), which in 0usize..6) {
        let compression = [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)][which / 2];
        let mut bytes = files(&records(), compression)[which % 2].clone();
        let len = bytes.len();
        for (index, byte) in at {
            bytes[index.index(len)] = byte;
        }
        let _ = read(&bytes, &ImportOptions::default());
    }
}
