//! How fast parts and bins of times are found over one zone, in bytes of values a second:
//! `cargo bench -p colq-kernels --bench time`.

use colq_column::{Bitmap, Column};
use colq_kernels::{Input, call};
use colq_types::{DataType, Function, Scalar, TimeUnit, ZONE_ROWS};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const ROWS: usize = ZONE_ROWS as usize;

/// A fixed sequence without a pattern.
fn random(row: usize) -> u64 {
    let z = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ z >> 27
}

fn times(bench: &mut Criterion) {
    // Ten years from 2015, in no order.
    let start = 1_420_070_400_000_000i64;
    let micros: Vec<i64> = (0..ROWS).map(|row| start + (random(row) % 315_360_000_000_000) as i64).collect();
    let stamp = DataType::Timestamp(TimeUnit::Microsecond);
    let days: Vec<i32> = micros.iter().map(|value| (value / 86_400_000_000) as i32).collect();
    let columns = [
        ("timestamp", stamp, Column::new(stamp, micros)),
        ("date", DataType::Date, Column::new(DataType::Date, days)),
    ];
    let active = Bitmap::ones(ROWS);
    let mut group = bench.benchmark_group("times");
    for (name, data_type, column) in &columns {
        group
            .throughput(Throughput::Bytes((ROWS * column.values.as_values().physical().byte_width()) as u64));
        let units =
            [(Function::DateTrunc, "month"), (Function::DateTrunc, "year"), (Function::DateTrunc, "week")];
        let parts = ["year", "month", "dow", "week"].map(|part| (Function::DatePart, part));
        let finer =
            [(Function::DateTrunc, "minute"), (Function::DateTrunc, "day"), (Function::DatePart, "hour")];
        let finer = finer.into_iter().filter(|_| *name == "timestamp");
        for (function, unit) in units.into_iter().chain(parts).chain(finer) {
            let to = if function == Function::DatePart { DataType::I64 } else { *data_type };
            let unit_column = Column::from_scalars(DataType::Text, [&Scalar::from(unit)]);
            let inputs = [Input::constant(unit_column.view()), Input::rows(column.view())];
            let id = BenchmarkId::new(format!("{function:?} {unit}"), name);
            group.bench_function(id, |b| {
                b.iter(|| call(function, black_box(&inputs), to, ROWS, &active).map(|column| column.len()));
            });
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default(); targets = times }
criterion_main!(benches);
