//! How fast functions of f64, radix selection and choices run over one block of rows that lies in the second-level cache,
//! in rows and bytes a second: `cargo bench -p colq-kernels --bench lanes`, with `COLQ_KERNELS=avx2` or `plain` for a
//! narrower width.

use colq_column::{Bitmap, Column, View};
use colq_kernels::*;
use colq_types::{DataType, Function, Scalar};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;

const ROWS: usize = 8_192;

/// Values from 0.01 to 100, without a pattern.
fn values() -> Vec<f64> {
    (1..=ROWS as u64).map(|row| (row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / 167_772.0).collect()
}

fn functions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("function");
    let column = Column::new(DataType::F64, values());
    let exponent = Column::from_scalars(DataType::F64, [&Scalar::F64(1.5)]);
    let active = Bitmap::ones(ROWS);
    group.throughput(Throughput::Elements(ROWS as u64));
    for function in [
        Function::Ln,
        Function::Log2,
        Function::Log10,
        Function::Exp,
        Function::Sin,
        Function::Cos,
        Function::Cbrt,
        Function::Sqrt,
    ] {
        let inputs = [Input::rows(column.view())];
        group.bench_function(format!("{function:?}"), |b| {
            b.iter(|| call(function, black_box(&inputs), DataType::F64, ROWS, &active));
        });
    }
    let inputs = [Input::rows(column.view()), Input::constant(exponent.view())];
    group.bench_function("Power", |b| {
        b.iter(|| call(Function::Power, black_box(&inputs), DataType::F64, ROWS, &active));
    });
    group.finish();
}

fn selection(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("radix");
    let doubles = Column::new(DataType::F64, values());
    let singles = Column::new(DataType::F32, values().into_iter().map(|v| v as f32).collect::<Vec<_>>());
    let half: Bitmap = (0..ROWS).map(|row| row.wrapping_mul(0x9e37_79b9) >> 16 & 1 == 1).collect();
    let everything = WordPrefix::of(0, u64::MAX);
    let mut counts = vec![0; everything.digit_count()];
    for (name, column) in [("f32", &singles), ("f64", &doubles)] {
        let view: View<'_> = column.view();
        group.throughput(Throughput::Bytes(view.values.as_bytes().len() as u64));
        for (rows, selected) in [("all", None), ("half", Some(&half))] {
            group.bench_function(BenchmarkId::new(format!("count {rows}"), name), |b| {
                b.iter(|| count_digits(black_box(&view), selected, everything, &mut counts));
            });
        }
    }
    group.finish();
}

fn choices(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("choice");
    let column = Column::new(DataType::F64, values());
    let zero = Column::from_scalars(DataType::F64, [&Scalar::F64(0.0)]);
    let half: Bitmap = (0..ROWS).map(|row| row.wrapping_mul(0x9e37_79b9) >> 16 & 1 == 1).collect();
    group.throughput(Throughput::Elements(ROWS as u64));
    let mut others = half.clone();
    others.not_assign();
    let inputs = [(Input::rows(column.view()), &half), (Input::constant(zero.view()), &others)];
    group.bench_function("pick_rows", |b| {
        b.iter(|| pick_rows(black_box(&inputs), ROWS, DataType::F64));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(1)).warm_up_time(Duration::from_millis(200));
    targets = functions, selection, choices
}
criterion_main!(benches);
