//! One table, many ways to come to an answer: threads, maps and reads, histories of appends, an in-memory batch.
//! All give the same bits.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use colq::{
    Batch, BatchColumn, DataType, Field, Frame, Scalar, Schema, Session, Table, TextLayout, TimeUnit,
    WriteOptions,
};
use colq_testkit::Random;
use colq_types::Physical;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// Float sums whose bits depend on the order, over nulls, NaN-free so that every bit counts.
const QUERIES: [&str; 15] = [
    "SELECT count(*), sum(x), avg(x), sum(y), avg(y), stddev(x), min(x), max(y), sum(n), avg(n) FROM t",
    "SELECT sum(x), avg(y), stddev(y), count(y) FROM t WHERE y > 0.25 AND n < 3",
    "SELECT k, count(*), sum(x), avg(y), stddev(x), min(y), max(x), sum(n) FROM t GROUP BY k",
    "SELECT k, n, sum(x), stddev(y) FROM t WHERE x < 900 GROUP BY k, n",
    "SELECT sum(DISTINCT n), count(DISTINCT k), sum(DISTINCT x) FROM t WHERE n > 1",
    "SELECT k, sum(x * y + n) AS s FROM t GROUP BY k HAVING count(*) > 2 ORDER BY s DESC LIMIT 7",
    "SELECT s, avg(x) FROM t WHERE s IN ('a', 'c') OR y IS NULL GROUP BY s ORDER BY s NULLS FIRST",
    "SELECT x, y, s FROM t WHERE k = 3 ORDER BY y DESC, x LIMIT 50 OFFSET 3",
    "SELECT n, sum(k::decimal(38,12) * n), avg(k::decimal(12,4) / 3), min(k::decimal(38,9)), \
     count(DISTINCT k::decimal(38,3)) FROM t GROUP BY n",
    "SELECT sum(x::f16), avg(y::bf16), stddev(x::f16), max(y::bf16), sum(n::duration(s)), avg(k::duration(ms)) FROM t",
    "SELECT sum(h), avg(h), stddev(h), max(h), sum(p), avg(p), min(p), sum(w), avg(w), min(u), max(u), \
     count(DISTINCT u) FROM t",
    "SELECT u, sum(h), sum(p * k), max(w) FROM t WHERE u < 'row 3' GROUP BY u ORDER BY u DESC LIMIT 30",
    "SELECT h, p, count(*), sum(x) FROM t WHERE u >= 'row 25' GROUP BY h, p ORDER BY p, h LIMIT 40",
    "SELECT u, v, w, p FROM t WHERE p > 0.5 AND w BETWEEN '-PT1S' AND 'PT2S' ORDER BY p DESC, u LIMIT 20",
    "SELECT k::decimal(38,2) AS d, y::bf16 AS half, count(*) FROM t WHERE n = 2 GROUP BY d, half ORDER BY d DESC, half LIMIT 40",
];

/// Whether the queries below can be asked.
const FUNCTIONS_ARE_BUILT: bool = true;

/// Functions and aggregates whose answers depend on the order in which rows, zones and stripes are taken.
const QUERIES_WITH_FUNCTIONS: [&str; 12] = [
    "SELECT corr(x, y), covar_samp(y, x), covar_pop(x, h), skewness(x), kurtosis(y), median(y), mode(k) FROM t",
    "SELECT k, corr(x, y), covar_pop(x, y), skewness(y), kurtosis(x), median(x), mode(n) FROM t GROUP BY k",
    "SELECT quantile_cont(y, 0.3), quantile_disc(s, 0.7), quantile_cont(w, 0.1), approx_quantile(x, 0.9) FROM t",
    "SELECT u, quantile_cont(y, 0.3), approx_quantile(x, 0.9), approx_distinct(k) FROM t GROUP BY u LIMIT 50",
    "SELECT approx_distinct(u), approx_distinct(x), approx_distinct(p) FILTER (WHERE n > 1) FROM t",
    "SELECT first(y), last(y), first(s) FILTER (WHERE k = 3), arg_min(u, x), arg_max(y, p) FROM t",
    "SELECT n, first(y), last(s), arg_min(u, x), arg_max(p, y), bool_and(k > 0), bool_or(y > 0.9) FROM t GROUP BY n",
    "SELECT n, sum(x) FILTER (WHERE y > 0.5), avg(DISTINCT y), stddev(x) FILTER (WHERE s = 'a') FROM t GROUP BY n",
    "SELECT sum(exp(y)), avg(ln(x)), stddev(sin(x)), sum(power(y, 1.5)), sum(round(x, 1)), sum(sqrt(y)) FROM t",
    "SELECT upper(s || u), count(*), sum(CASE WHEN k > 3 THEN x ELSE y END) FROM t GROUP BY 1 ORDER BY 1 LIMIT 60",
    "SELECT sum(coalesce(y, x)), count(nullif(s, 'a')), sum(greatest(x, y)), min(hash(u, 7)) FROM t \
     WHERE u LIKE '%1_' OR s ~ '^[ab]$'",
    "SELECT k, sum(x) FROM (SELECT k, x FROM t WHERE n = 1 UNION ALL SELECT k, x FROM t WHERE n > 3) s GROUP BY k",
];

fn queries() -> impl Iterator<Item = &'static str> {
    let more = if FUNCTIONS_ARE_BUILT { &QUERIES_WITH_FUNCTIONS[..] } else { &[] };
    QUERIES.iter().chain(more).copied()
}

fn schema() -> Schema {
    let fields = [
        ("k", DataType::I64),
        ("n", DataType::U8),
        ("x", DataType::F32),
        ("y", DataType::F64),
        ("s", DataType::Text),
        ("h", DataType::F16),
        ("p", DataType::Decimal { precision: 12, scale: 3 }),
        ("w", DataType::Duration(TimeUnit::Millisecond)),
        ("u", DataType::Text),
        ("v", DataType::Vector { element: Physical::F32, len: 2 }),
    ];
    fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect()
}

fn batch(seed: u64, row_count: usize) -> Batch {
    let mut random = Random::new(seed);
    let mut columns: Vec<Vec<Scalar>> = vec![Vec::new(); 10];
    for _ in 0..row_count {
        columns[0].push(Scalar::I64(random.between(-5, 20)));
        columns[1].push(Scalar::U64(random.below(6) as u64));
        columns[2].push(Scalar::F32((random.fraction() * 1000.0) as f32));
        columns[3].push(if random.chance(10) { Scalar::Null } else { Scalar::F64(random.fraction()) });
        let text = *random.pick(&["a", "b", "", "c"]);
        columns[4].push(if random.chance(5) { Scalar::Null } else { text.into() });
        columns[5].push(if random.chance(9) {
            Scalar::Null
        } else {
            Scalar::F32(random.fraction() as f32 * 9.0)
        });
        columns[6].push(Scalar::Decimal(i128::from(random.between(-3_000, 3_000)), 3));
        columns[7].push(Scalar::Duration(random.between(-5_000, 5_000), TimeUnit::Millisecond));
        let row = Scalar::Text(format!("row {}", random.below(5_000)));
        columns[8].push(if random.chance(9) { Scalar::Null } else { row });
        let numbers = [random.fraction() as f32, 1.0].map(Scalar::F32).to_vec();
        columns[9].push(Scalar::Vector(numbers));
    }
    let schema = Arc::new(schema());
    let columns = schema
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, scalars)| BatchColumn::from_scalars(field.data_type, scalars));
    Batch::new(schema.clone(), columns.collect()).unwrap()
}

/// Every value with its bits.
fn bits(frame: &Frame) -> Vec<String> {
    let bits = |value: &Scalar| match value {
        Scalar::F64(v) => format!("f64 {:016x}", v.to_bits()),
        Scalar::F32(v) => format!("f32 {:08x}", v.to_bits()),
        other => format!("{other:?}"),
    };
    frame.scalar_rows().map(|row| row.iter().map(bits).collect::<Vec<_>>().join(", ")).collect()
}

/// Writes the rows in pieces that end at `cuts`, each piece a commit of its own.
fn store(path: &Path, all: &Batch, cuts: &[usize]) {
    // One text column with a dictionary, and one without.
    let options = WriteOptions { columns: vec![("u".into(), TextLayout::Free)], ..WriteOptions::default() };
    let mut writer = Table::create_with(path, schema(), &options).unwrap();
    let mut start = 0;
    for end in cuts.iter().copied().chain([all.row_count()]) {
        let end = end.clamp(start, all.row_count());
        let piece: Vec<u32> = (start as u32..end as u32).collect();
        writer.write(&all.gather(&piece)).unwrap();
        writer.commit().unwrap();
        start = end;
    }
}

fn answers(path: &Path, mapped: bool, threads: usize) -> Vec<Vec<String>> {
    #[allow(unsafe_code, reason = "the mapped way is one of the ways under test")]
    // SAFETY: the table lies in a temporary folder of this test.
    let mut session = if mapped { unsafe { Session::mapped() } } else { Session::new() };
    session.set_threads(threads);
    let table = session.open(path).unwrap();
    assert_eq!(table.is_mapped(), mapped);
    session.register("t", table);
    queries().map(|sql| bits(&session.sql(sql).unwrap_or_else(|e| panic!("{sql}: {e}")))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    #[test]
    fn every_way_gives_the_same_bits(
        seed in any::<u64>(),
        row_count in prop_oneof![Just(1usize), 2usize..300, 65_530usize..65_545, 130_000usize..140_000],
        cuts in prop::collection::vec(0usize..140_000, 0..6),
    ) {
        let all = batch(seed, row_count);
        let folder = tempfile::tempdir().unwrap();
        let (one, many) = (folder.path().join("one.colq"), folder.path().join("many.colq"));
        let mut cuts = cuts;
        cuts.sort_unstable();
        store(&one, &all, &[]);
        store(&many, &all, &cuts);
        let expected = answers(&one, true, 1);
        for path in [&one, &many] {
            for mapped in [true, false] {
                for threads in [1, 2, 3, 8] {
                    prop_assert_eq!(&answers(path, mapped, threads), &expected, "{:?} {} {}", path, mapped, threads);
                }
            }
        }
    }
}

/// More than one stripe, so that the order in which stripes are merged is seen.
#[test]
fn several_stripes_give_the_same_bits_for_every_number_of_threads() {
    let all = batch(7, 100_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.colq");
    let mut writer = Table::create(&path, schema()).unwrap();
    for _ in 0..23 {
        writer.write(&all).unwrap();
    }
    writer.commit().unwrap();
    let expected = answers(&path, true, 1);
    for (mapped, threads) in [(true, 2), (true, 3), (false, 8)] {
        assert_eq!(answers(&path, mapped, threads), expected, "mapped {mapped}, {threads} threads");
    }
}

/// Where a run of this test for one width finds the table; it leaves its answers beside it.
const TABLE: &str = "SAME_BITS_TABLE";
const WIDTH: &str = "COLQ_KERNELS";

/// The width of the kernels is chosen once in a process, so each has a process of its own.
#[test]
fn every_width_of_the_kernels_gives_the_same_bits() {
    if let (Some(path), Ok(width)) = (std::env::var_os(TABLE), std::env::var(WIDTH)) {
        let path = Path::new(&path);
        let answers = answers(path, true, 1).concat().join("\n");
        return std::fs::write(path.with_extension(width), answers).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.colq");
    store(&path, &batch(11, 70_000), &[]);
    let expected = answers(&path, true, 1).concat().join("\n");
    for width in ["avx512", "avx2", "plain"] {
        let run = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "every_width_of_the_kernels_gives_the_same_bits"])
            .env(TABLE, &path)
            .env(WIDTH, width)
            .output()
            .unwrap();
        assert!(run.status.success(), "{width}: {}", String::from_utf8_lossy(&run.stdout));
        let answers = std::fs::read_to_string(path.with_extension(width)).unwrap();
        assert!(answers == expected, "{width} gives other bits");
    }
}
