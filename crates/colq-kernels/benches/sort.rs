//! How fast keys become words and rows are sorted by them, in rows a second: `cargo bench -p colq-kernels --bench sort`.

use colq_column::Column;
use colq_kernels::{SortKey, SortLayout, positions_up_to, signed_word, sort_rows};
use colq_types::DataType;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;

/// The rows of a part of an order.
const ROWS: usize = 1 << 17;

/// A fixed sequence without a pattern that a branch predictor could learn (SplitMix64).
fn random(row: usize) -> u64 {
    let mut z = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

fn key(data_type: DataType, range: Option<(u64, u64)>) -> SortKey {
    SortKey { data_type, descending: false, nulls_first: false, may_be_null: false, range, ranks: None }
}

fn sort(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sort");
    group.throughput(Throughput::Elements(ROWS as u64));
    let floats: Vec<f64> = (0..ROWS).map(|row| random(row) as f64 / 1e9).collect();
    let small: Vec<i64> = (0..ROWS).map(|row| (random(row) % 1000) as i64).collect();
    let rising: Vec<i64> = (0..ROWS as i64).collect();
    let (floats, small) = (Column::new(DataType::F64, floats), Column::new(DataType::I64, small));
    let rising = Column::new(DataType::I64, rising);
    let known = Some((signed_word(0), signed_word(ROWS as i64)));
    let cases = [
        ("f64", vec![&floats], vec![key(DataType::F64, None)]),
        ("i64 of 1000 values", vec![&small], vec![key(DataType::I64, known)]),
        ("i64, f64", vec![&small, &floats], vec![key(DataType::I64, known), key(DataType::F64, None)]),
        ("sorted i64", vec![&rising], vec![key(DataType::I64, known)]),
    ];
    for (name, columns, keys) in cases {
        let Ok(layout) = SortLayout::new(keys) else { return };
        let views: Vec<_> = columns.iter().map(|column| column.view()).collect();
        let mut words = Vec::new();
        group.bench_function(BenchmarkId::new("words", name), |b| {
            b.iter(|| layout.encode(black_box(&views), &mut words));
        });
        let words: Vec<&[u64]> = words.iter().map(Vec::as_slice).collect();
        group.bench_function(BenchmarkId::new("rows", name), |b| {
            b.iter(|| sort_rows(&layout, black_box(&words), &[], ROWS));
        });
        let mut positions = Vec::new();
        group.bench_function(BenchmarkId::new("few below", name), |b| {
            b.iter(|| positions_up_to(black_box(words[0]), 1 << 40, &mut positions));
        });
    }
    group.finish();
}

criterion_group! {
    name = sorts;
    config = Criterion::default().measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(300));
    targets = sort
}
criterion_main!(sorts);
