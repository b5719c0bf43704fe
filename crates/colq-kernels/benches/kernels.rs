//! How fast the kernels run over one zone that lies in the second-level cache, in bytes of values a second:
//! `cargo bench -p colq-kernels`, or with a part of a name after `--`.

use colq_column::{Bitmap, Buffer, View};
use colq_kernels::*;
use colq_types::{DataType, Physical, Scalar, ZONE_ROWS, bf16, f16};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;

const ROWS: usize = ZONE_ROWS as usize;

/// A fixed sequence without a pattern that a branch predictor could learn (SplitMix64).
fn random(row: usize) -> u64 {
    let mut z = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Values from 0 to 99.
fn buffer(physical: Physical) -> Buffer {
    let values = (0..ROWS).map(|row| random(row) % 100);
    match physical {
        Physical::Bool => Buffer::Bool(values.map(|v| u8::from(v < 50)).collect()),
        Physical::I8 => Buffer::I8(values.map(|v| v as i8).collect()),
        Physical::I16 => Buffer::I16(values.map(|v| v as i16).collect()),
        Physical::I32 => Buffer::I32(values.map(|v| v as i32).collect()),
        Physical::I64 => Buffer::I64(values.map(|v| v as i64).collect()),
        Physical::U8 => Buffer::U8(values.map(|v| v as u8).collect()),
        Physical::U16 => Buffer::U16(values.map(|v| v as u16).collect()),
        Physical::U32 => Buffer::U32(values.map(|v| v as u32).collect()),
        Physical::U64 => Buffer::U64(values.collect()),
        Physical::F32 => Buffer::F32(values.map(|v| v as f32).collect()),
        Physical::F64 => Buffer::F64(values.map(|v| v as f64).collect()),
        Physical::F16 => Buffer::F16(values.map(|v| f16::from_f32(v as f32)).collect()),
        Physical::Bf16 => Buffer::Bf16(values.map(|v| bf16::from_f32(v as f32)).collect()),
        Physical::I128 => Buffer::I128(values.map(i128::from).collect()),
    }
}

fn view(data_type: DataType, buffer: &Buffer) -> View<'_> {
    View { data_type, values: buffer.as_values(), validity: None, dictionary: None }
}

fn decimals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decimal");
    let (narrow, wide) = (buffer(Physical::I64), buffer(Physical::I128));
    let (Buffer::I64(narrow), Buffer::I128(wide)) = (&narrow, &wide) else { return };
    let (rows, mut out) = (Bitmap::ones(ROWS), Vec::new());
    let sides = [("narrow", DecimalOperand::Narrow(narrow, 2)), ("wide", DecimalOperand::Wide(wide, 2))];
    group.throughput(Throughput::Elements(ROWS as u64));
    for op in [Arithmetic::Add, Arithmetic::Multiply, Arithmetic::Divide] {
        for (name, left) in sides {
            // The divisor is not zero.
            let right = DecimalOperand::Scalar(107, 2);
            let scale = [2, 4, 6][usize::from(op != Arithmetic::Add) + usize::from(op == Arithmetic::Divide)];
            group.bench_function(BenchmarkId::new(op.sign(), name), |b| {
                b.iter(|| arithmetic_decimals(op, black_box(left), right, scale, ROWS, &rows, &mut out));
            });
        }
    }
    group.finish();
}

fn density(percent: u64) -> Bitmap {
    (0..ROWS).map(|row| random(row + 7) % 100 < percent).collect()
}

fn comparisons(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compare");
    let mut out = Bitmap::default();
    for data_type in [
        DataType::U8,
        DataType::U16,
        DataType::I32,
        DataType::I64,
        DataType::F32,
        DataType::F64,
        DataType::F16,
        DataType::Bf16,
    ] {
        let Some(physical) = data_type.physical() else { continue };
        let values = buffer(physical);
        let view = view(data_type, &values);
        group.throughput(Throughput::Bytes(values.byte_len() as u64));
        group.bench_function(BenchmarkId::new("literal", data_type), |b| {
            b.iter(|| compare_literal(Comparison::Greater, black_box(&view), &Scalar::I64(50), &mut out));
        });
        group.bench_function(BenchmarkId::new("between", data_type), |b| {
            b.iter(|| between_literals(black_box(&view), &Scalar::I64(20), &Scalar::I64(60), &mut out));
        });
        for count in [3, 30] {
            let literals: Vec<Scalar> = (0..count).map(|i| Scalar::I64(i * 3)).collect();
            group.bench_function(BenchmarkId::new(format!("in {count}"), data_type), |b| {
                b.iter(|| is_in_literals(black_box(&view), &literals, &mut out));
            });
        }
    }
    let (left, right): (Vec<f32>, Vec<f32>) = (0..ROWS).map(|r| (r as f32, random(r) as f32)).unzip();
    group.throughput(Throughput::Bytes(8 * ROWS as u64));
    group.bench_function("slices/f32", |b| {
        b.iter(|| compare_slices(Comparison::Less, black_box(&left), black_box(&right), &mut out));
    });
    let table: CodeTable = (0..100).map(|code| code % 3 == 0).collect();
    for physical in [Physical::U8, Physical::U16, Physical::U32] {
        let codes = buffer(physical);
        group.throughput(Throughput::Bytes(codes.byte_len() as u64));
        let one: CodeTable = (0..100).map(|code| code == 7).collect();
        group.bench_function(BenchmarkId::new("lookup one", physical.name()), |b| {
            b.iter(|| lookup_codes(black_box(codes.as_values()), &one, &mut out));
        });
        group.bench_function(BenchmarkId::new("lookup", physical.name()), |b| {
            b.iter(|| lookup_codes(black_box(codes.as_values()), &table, &mut out));
        });
    }
    group.finish();
}

fn aggregates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("aggregate");
    let singles: Vec<f32> = (0..ROWS).map(|row| (random(row) % 10_000) as f32 / 100.0).collect();
    let doubles: Vec<f64> = singles.iter().map(|v| f64::from(*v)).collect();
    let integers: Vec<i64> = (0..ROWS).map(|row| random(row) as i64).collect();
    let bytes: Vec<u8> = (0..ROWS).map(|row| random(row) as u8).collect();
    for (name, selected) in [("all", None), ("50%", Some(density(50))), ("1%", Some(density(1)))] {
        let selected = selected.as_ref();
        group.throughput(Throughput::Bytes(4 * ROWS as u64));
        group.bench_function(BenchmarkId::new("sum f32", name), |b| {
            b.iter(|| sum_floats(black_box(&singles), selected));
        });
        group.bench_function(BenchmarkId::new("min_max f32", name), |b| {
            b.iter(|| min_max_floats(black_box(&singles), selected));
        });
        group.bench_function(BenchmarkId::new("moments f32", name), |b| {
            b.iter(|| moments(black_box(&singles), selected));
        });
        group.throughput(Throughput::Bytes(8 * ROWS as u64));
        group.bench_function(BenchmarkId::new("sum f64", name), |b| {
            b.iter(|| sum_floats(black_box(&doubles), selected));
        });
        group.bench_function(BenchmarkId::new("sum i64", name), |b| {
            b.iter(|| sum_integers(black_box(&integers), selected));
        });
        group.bench_function(BenchmarkId::new("min_max i64", name), |b| {
            b.iter(|| min_max_integers(black_box(&integers), selected));
        });
        group.throughput(Throughput::Bytes(ROWS as u64));
        group.bench_function(BenchmarkId::new("sum u8", name), |b| {
            b.iter(|| sum_integers(black_box(&bytes), selected));
        });
        group.bench_function(BenchmarkId::new("min_max u8", name), |b| {
            b.iter(|| min_max_integers(black_box(&bytes), selected));
        });
    }
    group.finish();
}

fn arithmetic(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("arithmetic");
    let singles: Vec<f32> = (0..ROWS).map(|row| (random(row) % 10_000 + 1) as f32).collect();
    let integers: Vec<i64> = (0..ROWS).map(|row| (random(row) % 10_000 + 1) as i64).collect();
    let active = Bitmap::ones(ROWS);
    for op in Arithmetic::ALL {
        let mut out = Vec::new();
        group.throughput(Throughput::Bytes(8 * ROWS as u64));
        group.bench_function(BenchmarkId::new("i64 by scalar", op.sign()), |b| {
            let left = Operand::Slice(&integers[..]);
            b.iter(|| arithmetic_integers(op, black_box(left), Operand::Scalar(7), ROWS, &active, &mut out));
        });
        let mut out = Vec::new();
        group.throughput(Throughput::Bytes(4 * ROWS as u64));
        group.bench_function(BenchmarkId::new("f32 by scalar", op.sign()), |b| {
            let left = Operand::Slice(&singles[..]);
            b.iter(|| arithmetic_floats(op, black_box(left), Operand::Scalar(7.5), ROWS, &mut out));
        });
    }
    group.finish();
}

fn selection(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("select");
    group.throughput(Throughput::Elements(ROWS as u64));
    for percent in [1, 10, 50, 100] {
        let bits = density(percent);
        let mut out = Vec::new();
        group.bench_function(BenchmarkId::new("positions", format!("{percent}%")), |b| {
            b.iter(|| positions(black_box(&bits), &mut out));
        });
    }
    group.finish();
}

criterion_group! {
    name = kernels;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .sample_size(10);
    targets = comparisons, aggregates, arithmetic, decimals, selection
}
criterion_main!(kernels);
