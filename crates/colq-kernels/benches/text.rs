//! How fast texts that lie one after the other are searched and changed over one zone, in bytes of text a second:
//! `cargo bench -p colq-kernels --bench text`.

use colq_column::{Bitmap, Column, Dictionary, SharedBytes};
use colq_kernels::{Input, call, cast};
use colq_types::{DataType, Function, Scalar, ZONE_ROWS};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;

const ROWS: usize = ZONE_ROWS as usize;

/// A fixed sequence without a pattern.
fn random(row: usize) -> u64 {
    let z = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ z >> 27
}

/// Addresses of pages, most of them unlike the others.
fn addresses() -> (Column, usize) {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for row in 0..ROWS {
        let kind = ["item", "user", "page", "cart"][random(row) as usize % 4];
        let text =
            format!("https://host-{}.example.org/{kind}/{}", random(row + 1) % 50, random(row + 2) % 100_000);
        bytes.extend_from_slice(text.as_bytes());
        offsets.push(bytes.len() as u64);
    }
    let byte_len = bytes.len();
    let dictionary = Dictionary::of_rows(offsets, SharedBytes::from(bytes));
    let dictionary = Arc::new(dictionary.unwrap_or_else(|_| Dictionary::of([])));
    (Column::text((0..ROWS as u32).collect::<Vec<_>>(), dictionary), byte_len)
}

fn texts(bench: &mut Criterion) {
    let (column, byte_len) = addresses();
    let active = Bitmap::ones(ROWS);
    let mut group = bench.benchmark_group("texts");
    group.throughput(Throughput::Bytes(byte_len as u64));
    let cases = [
        (Function::Like, "%/item/%"),
        (Function::Like, "%/nowhere/%"),
        (Function::Like, "https://host-1%"),
        (Function::Like, "%99"),
        (Function::Like, "%host-7%/cart/%"),
        (Function::Like, "%_9/user/%"),
        (Function::Ilike, "%/CART/%"),
        (Function::Matches, "/user/[0-9]{3}$"),
        (Function::Matches, "(page|cart)/9.*1"),
        (Function::Contains, "/item/"),
    ];
    for (function, pattern) in cases {
        let constant = Column::from_scalars(DataType::Text, [&Scalar::from(pattern)]);
        let inputs = [Input::rows(column.view()), Input::constant(constant.view())];
        group.bench_function(BenchmarkId::new(format!("{function:?}"), pattern), |b| {
            b.iter(|| {
                call(function, black_box(&inputs), DataType::Bool, ROWS, &active).map(|column| column.len())
            });
        });
    }
    for (function, to) in [(Function::Length, DataType::I64), (Function::Upper, DataType::Text)] {
        let inputs = [Input::rows(column.view())];
        group.bench_function(format!("{function:?}"), |b| {
            b.iter(|| call(function, black_box(&inputs), to, ROWS, &active).map(|column| column.len()));
        });
    }
    let numbers =
        Column::new(DataType::I64, (0..ROWS).map(|row| random(row) as i64 % 100_000_000).collect::<Vec<_>>());
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("i64 to text", |b| {
        b.iter(|| cast(black_box(&numbers.view()), DataType::Text, &active).map(|column| column.len()));
    });
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default(); targets = texts }
criterion_main!(benches);
