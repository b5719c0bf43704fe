//! Headers as NumPy writes them, and damaged ones.

use super::header::Header;
use super::open;
use crate::{BatchStream, Error, ImportOptions};
use colq_column::Batch;
use colq_context::Context;
use colq_types::Scalar;
use proptest::prelude::*;
use std::path::PathBuf;

fn npy(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend_from_slice(&[version, 0]);
    match version {
        1 => bytes.extend_from_slice(&(header.len() as u16).to_le_bytes()),
        _ => bytes.extend_from_slice(&(header.len() as u32).to_le_bytes()),
    }
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn read(bytes: &[u8], options: &ImportOptions) -> Result<(String, Vec<Batch>), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("t.npy");
    std::fs::write(&path, bytes).unwrap();
    let mut stream: Box<dyn BatchStream> = open(&path, options, &Context::new())?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next_batch()? {
        batches.push(batch);
    }
    let fields = stream.schema().fields().iter().map(|f| format!("{} {}", f.name, f.data_type));
    Ok((fields.collect::<Vec<_>>().join(", "), batches))
}

fn shown(bytes: &[u8]) -> (String, Vec<String>) {
    let (schema, batches) = read(bytes, &ImportOptions::default()).unwrap();
    let row = |row: Vec<Scalar>| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let rows = batches.iter().flat_map(|b| (0..b.row_count()).map(|r| row(b.row(r))).collect::<Vec<_>>());
    (schema, rows.collect())
}

fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}   \n")
}

#[test]
fn arrays_of_every_kind_are_columns() {
    let big: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|v| v.to_be_bytes()).collect();
    /// Type, shape, bytes, the schema and the rows.
    type Case = (&'static str, &'static str, Vec<u8>, &'static str, &'static [&'static str]);
    let cases: Vec<Case> = vec![
        ("'<i2'", "(2,)", vec![1, 0, 255, 255], "t i16", &["1", "-1"]),
        ("'>f4'", "(2,)", big.clone(), "t f32", &["1.5", "-2.0"]),
        ("'>f4'", "(1, 2)", big, "t vector(f32,2)", &["[1.5, -2.0]"]),
        ("'|b1'", "(3,)", vec![0, 1, 7], "t bool", &["false", "true", "true"]),
        (
            "'<U2'",
            "(2,)",
            [97u32, 0, 233, 120].iter().flat_map(|c| c.to_le_bytes()).collect(),
            "t text",
            &["a", "éx"],
        ),
        ("'|S3'", "(2,)", b"ab\0xyz".to_vec(), "t text", &["ab", "xyz"]),
        (
            "'<M8[D]'",
            "(2,)",
            [1i64, i64::MIN].iter().flat_map(|d| d.to_le_bytes()).collect(),
            "t date",
            &["1970-01-02", "NULL"],
        ),
        ("'>m8[s]'", "(1,)", 90i64.to_be_bytes().to_vec(), "t duration(s)", &["PT1M30S"]),
        (
            "[('a', '|u1'), ('', '|V1'), ('b', '<i2', (2,))]",
            "(2,)",
            vec![1, 9, 2, 0, 3, 0, 4, 9, 5, 0, 6, 0],
            "a u8, b vector(i16,2)",
            &["1 [2, 3]", "4 [5, 6]"],
        ),
        ("'<f8'", "(0,)", vec![], "t f64", &[]),
    ];
    for (descr, shape, data, schema, rows) in cases {
        for version in [1, 2, 3] {
            let (found, values) = shown(&npy(version, &header(descr, shape), &data));
            assert_eq!((found.as_str(), values), (schema, rows.iter().map(|r| (*r).to_owned()).collect()));
        }
    }
}

#[test]
fn what_cannot_be_read_says_why_and_what_to_do() {
    for (bytes, part) in [
        (npy(1, &header("'|O'", "(1,)"), &[0; 8]), "Python objects"),
        (npy(1, &header("'<c16'", "(1,)"), &[0; 16]), "complex"),
        (npy(1, &header("'<f4'", "(3,)"), &[0; 8]), "it should hold 3 rows of 4 bytes, and only 8 bytes"),
        (npy(1, &header("'<f4'", "(18446744073709551615,)"), &[0; 8]), "it should hold"),
        (npy(1, &header("'<f4'", "(9, 4294967295)"), &[0; 8]), "cannot be vectors"),
        (npy(1, &header("'<f4'", "()"), &[0; 4]), "atleast_1d"),
        (npy(1, &header("'<f4'", "(1, 1, 1)"), &[0; 4]), "3 dimensions"),
        (npy(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}", &[0; 8]), "ascontiguousarray"),
        (npy(1, "{'descr': '<f4', 'shape': (1,)}", &[0; 8]), "no fortran_order"),
        (npy(1, "nonsense", &[]), "no Python dictionary"),
        (npy(9, "", &[]), "version 9.0"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "longer than any"),
        (b"\x93NUMPY\x01\x00\xff\xff".to_vec(), "ends in its header"),
        (b"\x93NUM".to_vec(), "does not begin as one"),
        (npy(1, &header("'<U1'", "(1,)"), &[0, 0xd8, 0, 0]), "no character"),
        (npy(1, &header("'<M8[D]'", "(1,)"), &[9; 8]), "beyond what a date can hold"),
        (npy(1, &header("[('a', '<f4'), ('a', '<f4')]", "(1,)"), &[0; 8]), "named a"),
    ] {
        let error = read(&bytes, &ImportOptions::default()).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn fortran_order_of_one_dimension_is_the_same() {
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2,)}";
    assert_eq!(shown(&npy(1, header, &[3, 4])).1, ["3", "4"]);
}

proptest! {
    #[test]
    fn hostile_headers_are_errors(text in "[{}()\\[\\]',: a-zA-Z0-9<>|]{0,60}", cut in 0usize..60) {
        let _ = Header::parse(&text);
        let sound = header("[('a', '<f4', (2,)), ('b', '|S3')]", "(5,)");
        let mut broken = sound.clone();
        broken.replace_range(cut..cut + 1, &text);
        let _ = Header::parse(&broken);
        let _ = read(&npy(1, &broken, &[1; 64]), &ImportOptions::default());
    }
}
