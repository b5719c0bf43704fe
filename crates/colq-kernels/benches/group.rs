//! What it costs to find the groups of rows and to add rows to them: few groups and many, in runs and mixed.
//!
//! Run it with `cargo bench -p colq-kernels --bench group`.

use colq_column::Column;
use colq_kernels::{
    BLOCK_ROWS, Block, KeyLayout, KeySpace, Ledger, Part, first_rows, load_floats, load_integers,
};
use colq_types::DataType;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// Rows of a zone.
const ROWS: usize = 65_536;

/// A fixed sequence without a pattern.
fn spread(row: usize) -> u64 {
    let z = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ z >> 27
}

fn space(data_type: DataType, low: i128, high: i128, step: u64) -> KeySpace {
    KeySpace { data_type, nullable: false, range: Some((low, high)), step, parts: 1, intervals: None }
}

fn codes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codes");
    group.throughput(Throughput::Elements(ROWS as u64));
    let hour = 3_600_000_000_i64;
    let cases = [
        (
            "u8",
            Column::new(DataType::U8, (0..ROWS).map(|r| spread(r) as u8).collect::<Vec<_>>()),
            space(DataType::U8, 0, 255, 1),
        ),
        (
            "u16",
            Column::new(DataType::U16, (0..ROWS).map(|r| (spread(r) % 265) as u16).collect::<Vec<_>>()),
            space(DataType::U16, 0, 264, 1),
        ),
        (
            "i64",
            Column::new(DataType::I64, (0..ROWS).map(|r| (spread(r) % 1000) as i64).collect::<Vec<_>>()),
            space(DataType::I64, 0, 999, 1),
        ),
        (
            "hours of microseconds",
            Column::new(
                DataType::I64,
                (0..ROWS).map(|r| (spread(r) % 744) as i64 * hour + 17).collect::<Vec<_>>(),
            ),
            space(DataType::I64, 0, i128::from(744 * hour - 1), hour as u64),
        ),
    ];
    for (name, column, space) in cases {
        let layout = KeyLayout::new(&[space]);
        let mut out = vec![0_u32; BLOCK_ROWS];
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for start in (0..ROWS).step_by(BLOCK_ROWS) {
                    out.fill(0);
                    let added = layout.add_codes(0, &column.view(), Part::From(start), &mut out);
                    black_box((&out, added.is_ok()));
                }
            });
        });
    }
    group.finish();
}

fn ledgers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger of a count, an integer and a float sum");
    group.throughput(Throughput::Elements(ROWS as u64));
    let integers = Column::new(DataType::I32, (0..ROWS).map(|r| spread(r) as i32).collect::<Vec<_>>());
    let floats = Column::new(DataType::F32, (0..ROWS).map(|r| spread(r) as f32).collect::<Vec<_>>());
    for (name, keys, run) in [
        ("2 groups", 2, 1),
        ("265 groups", 265, 1),
        ("70,000 groups", 70_000, 1),
        ("runs of 1,000 rows", 265, 1000),
    ] {
        let groups: Vec<u32> = (0..ROWS).map(|row| (spread(row / run) % keys) as u32).collect();
        let Some(mut ledger) = Ledger::new(keys as usize, 1, 1, 0) else { continue };
        let mut seen = vec![false; keys as usize];
        let mut rooms: [Box<Block>; 2] = [Box::new([0; BLOCK_ROWS]), Box::new([0; BLOCK_ROWS])];
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let [first, second] = &mut rooms;
                for start in (0..ROWS).step_by(BLOCK_ROWS) {
                    let (integer, float) = (integers.view(), floats.view());
                    let part = Part::From(start);
                    let inputs = [
                        load_integers(&integer, part, BLOCK_ROWS, first),
                        load_floats(&float, part, BLOCK_ROWS, second),
                    ];
                    let block = &groups[start..start + BLOCK_ROWS];
                    if ledger.add(block, &inputs) {
                        first_rows(block, &mut seen, |group, row| {
                            black_box((group, row));
                        });
                    }
                }
                black_box(ledger.group(0)[0])
            });
        });
    }
    group.finish();
}

criterion_group!(benches, codes, ledgers);
criterion_main!(benches);
