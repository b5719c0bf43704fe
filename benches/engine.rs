//! The engine over a large table in this process: hot, best of several, with the bytes touched a second and the share
//! of the machine's read bandwidth measured in the same run.
//!
//! `cargo bench --bench engine`; `COLQ_BENCH_ROWS` (100,000,000) and `COLQ_BENCH_RUNS` (5) change its size. The table
//! is made once under `target/bench`, from fixed seeds.

use colq::{Batch, BatchColumn, Context, Counter, DataType, Field, Schema, Session, Table};
use colq_testkit::Random;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const QUERIES: [(&str, &str); 13] = [
    ("sum of f32, compare f32", "SELECT sum(fare) FROM t WHERE tip > 5"),
    ("sum of f32, 1% by range", "SELECT sum(fare) FROM t WHERE tip BETWEEN 5 AND 5.1"),
    ("count, half pass", "SELECT count(*) FROM t WHERE fare < 50"),
    ("three predicates", "SELECT sum(fare), count(*) FROM t WHERE zone < 100 AND tip > 2 AND fare < 80"),
    (
        "seven aggregates",
        "SELECT sum(fare), avg(tip), min(fare), max(tip), count(*), sum(zone), stddev(fare) FROM t WHERE id >= 0 AND tip >= 0",
    ),
    ("group by u16, 265 keys", "SELECT zone, count(*), sum(fare), avg(tip) FROM t GROUP BY zone"),
    ("group by two u8 keys", "SELECT a, b, count(*), sum(fare), avg(tip) FROM t GROUP BY a, b"),
    (
        "group by 70,000 pairs",
        "SELECT count(*) FROM (SELECT zone, other, sum(fare) AS s FROM t WHERE tip > 1 GROUP BY zone, other)",
    ),
    ("group by 10M keys", "SELECT count(*), max(s) FROM (SELECT user, sum(fare) AS s FROM t GROUP BY user)"),
    ("count distinct 10M", "SELECT count(DISTINCT user) FROM t"),
    ("arithmetic", "SELECT sum(fare * 1.1 + tip) FROM t WHERE zone <> 7"),
    ("top 10", "SELECT id, fare FROM t ORDER BY fare DESC LIMIT 10"),
    ("nulls: sum, avg", "SELECT sum(nullable), avg(nullable) FROM t WHERE tip > 5"),
];

fn main() -> Result<()> {
    let number =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default);
    let rows = number("COLQ_BENCH_ROWS", 100_000_000);
    let runs = number("COLQ_BENCH_RUNS", 5);
    let path = table(rows)?;
    #[allow(unsafe_code, reason = "the mapped way is what is measured")]
    // SAFETY: the table lies in this build's own folder.
    let mut session = unsafe { Session::mapped() };
    session.register("t", session.open(&path)?);
    let bandwidth = bandwidth(&path)?;
    println!("{rows} rows; read bandwidth of a mapped file on all threads: {bandwidth:.1} GB/s");
    println!("{:28} {:>10} {:>8} {:>7} {:>12}", "query", "ms", "GB/s", "share", "owned MiB");
    for (name, sql) in QUERIES {
        let mut best = Duration::MAX;
        let (mut touched, mut owned) = (0, 0);
        for _ in 0..runs {
            let context = Context::new();
            session.set_context(context.clone());
            let start = Instant::now();
            session.sql(sql)?;
            best = best.min(start.elapsed());
            touched = context.counted(Counter::BytesTouched);
            owned = context.owned_peak();
        }
        let rate = touched as f64 / best.as_secs_f64() / 1e9;
        let share = 100.0 * rate / bandwidth;
        let ms = best.as_secs_f64() * 1e3;
        println!("{name:28} {ms:10.1} {rate:8.1} {share:6.0}% {:12.1}", owned as f64 / (1 << 20) as f64);
    }
    Ok(())
}

/// GB/s at which all threads together add up a mapped column.
fn bandwidth(path: &Path) -> Result<f64> {
    #[allow(unsafe_code, reason = "the mapped way is what is measured")]
    // SAFETY: the table lies in this build's own folder.
    let table = unsafe { Table::map(path)? };
    let values: &[i64] = table.column("id")?.values()?;
    let threads = std::thread::available_parallelism()?.get();
    let mut best = 0.0f64;
    for _ in 0..5 {
        let start = Instant::now();
        let total: i64 = std::thread::scope(|scope| {
            let parts = values.chunks(values.len().div_ceil(threads).max(1));
            let sums: Vec<_> = parts
                .map(|part| scope.spawn(move || part.iter().fold(0i64, |sum, v| sum.wrapping_add(*v))))
                .collect();
            sums.into_iter().map(|sum| sum.join().unwrap_or(0)).fold(0, i64::wrapping_add)
        });
        std::hint::black_box(total);
        best = best.max(size_of_val(values) as f64 / start.elapsed().as_secs_f64() / 1e9);
    }
    Ok(best)
}

/// The table of this many rows, made if it is not there.
fn table(rows: u64) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    let path = folder.join(format!("numbers-{rows}.colq"));
    if colq::is_table(&path) {
        return Ok(path);
    }
    std::fs::create_dir_all(&folder)?;
    let fields = [
        ("id", DataType::I64),
        ("fare", DataType::F32),
        ("tip", DataType::F32),
        ("zone", DataType::U16),
        ("other", DataType::U16),
        ("a", DataType::U8),
        ("b", DataType::U8),
        ("user", DataType::U32),
        ("nullable", DataType::F64),
    ];
    let schema: Schema = fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect();
    let mut writer = Table::create(&path, schema.clone())?;
    let schema = Arc::new(schema);
    let mut random = Random::new(1);
    let mut start = 0;
    while start < rows {
        let end = (start + 1_000_000).min(rows);
        let words: Vec<u64> = (start..end).map(|_| random.bits()).collect();
        let part = |shift: u32, below: u64| words.iter().map(move |w| (w >> shift) % below);
        let column = |data_type, values: colq_column::Buffer| BatchColumn {
            data_type,
            values,
            validity: None,
            dictionary: None,
        };
        let nulls = words.iter().map(|w| w % 10 != 0).collect();
        let nullable: Vec<f64> =
            words.iter().map(|w| if w % 10 == 0 { 0.0 } else { (w >> 12) as f64 / 1e6 }).collect();
        let columns = vec![
            column(DataType::I64, (start as i64..end as i64).collect::<Vec<_>>().into()),
            column(DataType::F32, part(0, 100_000).map(|v| v as f32 / 1000.0).collect::<Vec<_>>().into()),
            column(DataType::F32, part(7, 10_000).map(|v| v as f32 / 1000.0).collect::<Vec<_>>().into()),
            column(DataType::U16, part(13, 265).map(|v| v as u16).collect::<Vec<_>>().into()),
            column(DataType::U16, part(21, 265).map(|v| v as u16).collect::<Vec<_>>().into()),
            column(DataType::U8, part(31, 6).map(|v| v as u8).collect::<Vec<_>>().into()),
            column(DataType::U8, part(35, 5).map(|v| v as u8).collect::<Vec<_>>().into()),
            column(DataType::U32, part(17, 10_000_000).map(|v| v as u32).collect::<Vec<_>>().into()),
            column(DataType::F64, nullable.into()).with_validity(Some(nulls)),
        ];
        writer.write(&Batch::new(schema.clone(), columns).ok_or("the columns do not fit")?)?;
        start = end;
    }
    writer.commit()?;
    Ok(path)
}
