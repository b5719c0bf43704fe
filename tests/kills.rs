//! Real kills: every operation runs in a process of its own, which is killed at random moments and at every system
//! call that changes the disk. Afterwards the table is exactly the old or the new one, and the next operation works.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use colq_column::{Batch, Bitmap, Column, ColumnSource, Dictionary, Scratch};
use colq_store::{Table, TableEdit, TableWriter, TextLayout, WriteOptions, vacuum, verify, versions};
use colq_types::{DataType, Field, Physical, Schema, zone_count, zone_range};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the child does, the seed of its rows, and where: in these variables of its environment.
const OPERATION: &str = "COLQ_KILLS_OPERATION";
const SEED: &str = "COLQ_KILLS_SEED";
const FOLDER: &str = "COLQ_KILLS_FOLDER";

/// Everything that changes a table. Those at the table's beginning, then one round of a table's life, which goes on
/// from the second of them.
const BEGINNINGS: [&str; 2] = ["import", "create"];
const ROUND: [&str; 6] = ["append", "add", "replace column", "drop", "vacuum", "replace"];

/// The calls that change the disk, each counted by itself.
const CALLS: [&str; 7] = ["mkdir", "fallocate", "pwrite64", "fsync", "renameat2", "unlink", "ftruncate"];

/// The tests take turns: a process that one starts has, until it begins its own program, the files that the other has
/// open, and its locks.
static TURN: Mutex<()> = Mutex::new(());

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// A folder in memory where there is one: a kill does not ask what was synced.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn schema() -> Schema {
    Schema::new(vec![
        Field::new("n", DataType::I64),
        Field::new("word", DataType::Text),
        Field::new("note", DataType::Text),
        Field::new("at", DataType::Vector { element: Physical::F32, len: 3 }),
    ])
}

fn options() -> WriteOptions {
    WriteOptions { columns: vec![("note".into(), TextLayout::Free)], ..WriteOptions::default() }
}

fn rows(len: usize, seed: u64) -> Batch {
    let texts = |different: u64| {
        let words: Vec<String> = (0..different).map(|i| format!("{seed} é {i}")).collect();
        let dictionary = Arc::new(Dictionary::of(words.iter().map(String::as_str)));
        Column::text((0..len as u64).map(|i| (i % different) as u32).collect::<Vec<_>>(), dictionary)
    };
    let validity: Bitmap = (0..len as u64).map(|row| !(row + seed).is_multiple_of(11)).collect();
    let numbers = (0..len as u64).map(|row| (row * seed) as i64).collect::<Vec<_>>();
    let vectors = (0..3 * len as u64).map(|i| (i % (seed + 2)) as f32).collect::<Vec<_>>();
    let columns = vec![
        Column::new(DataType::I64, numbers).with_validity(Some(validity)),
        texts(90),
        texts(500),
        Column::vectors(3, vectors).unwrap(),
    ];
    Batch::new(Arc::new(schema()), columns).unwrap()
}

/// Runs one operation. Each depends on the table and the seed alone.
fn run(operation: &str, seed: u64, path: &Path) {
    match operation {
        "create" | "replace" => {
            let mut writer = match operation {
                "create" => TableWriter::create_with(path, &schema(), &options()),
                _ => TableWriter::replace_with(path, &schema(), &options()),
            }
            .unwrap();
            writer.write(&rows(65_400, seed)).unwrap();
            writer.write(&rows(50, seed + 1)).unwrap();
            writer.commit().unwrap();
        }
        "import" => {
            let csv = path.with_extension("csv");
            colq::import(&csv, path).unwrap();
        }
        "append" => {
            // A zone fills up, and codes of one byte no longer do.
            let mut writer = TableWriter::append(path).unwrap();
            writer.write(&rows(100, seed)).unwrap();
            writer.write(&rows(250, seed + 1)).unwrap();
            writer.commit().unwrap();
        }
        "vacuum" => {
            vacuum(path, 1 + seed as usize % 2).unwrap();
        }
        _ => {
            let mut edit = TableEdit::open(path).unwrap();
            let column = rows(edit.row_count() as usize, seed).into_columns().swap_remove(1);
            match operation {
                "add" => edit.add_column("added", DataType::Text).unwrap(),
                "replace column" => edit.replace_column("added", DataType::Text).unwrap(),
                "drop" => edit.drop_column("added").unwrap(),
                other => panic!("no operation {other}"),
            }
            if operation != "drop" {
                edit.write_column("added", &column).unwrap();
            }
            edit.commit().unwrap();
        }
    }
}

/// The process that is killed; in an ordinary run of the tests it has nothing to do.
#[test]
fn child() {
    let variable = |name| std::env::var(name).ok();
    let (Some(operation), Some(seed), Some(folder)) = (variable(OPERATION), variable(SEED), variable(FOLDER))
    else {
        return;
    };
    println!("\nbegins");
    run(&operation, seed.parse().unwrap(), Path::new(&folder));
}

/// Starts a child, with words before its own command line, and waits until it is about to begin.
fn start(before: &[&str], operation: &str, seed: u64, path: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    let words: Vec<&str> = before.iter().copied().chain([program.to_str().unwrap()]).collect();
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(OPERATION, operation)
        .env(SEED, seed.to_string())
        .env(FOLDER, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _ = lines.find(|line| line.as_ref().is_ok_and(|line| line == "begins"));
    // The pipe stays open until the child is gone.
    std::thread::spawn(move || lines.for_each(drop));
    child
}

/// A hash of each column with its name; `None` while there is no table.
fn contents(path: &Path) -> Option<Vec<(String, u64)>> {
    let table = match Table::open(path) {
        Ok(table) => table,
        Err(error) => {
            assert!(!error.is_corrupt(), "{error}");
            return None;
        }
    };
    let mut scratch = Scratch::default();
    let columns = table.schema().fields().iter().enumerate().map(|(column, field)| {
        let mut all = Vec::new();
        for zone in 0..zone_count(table.row_count()) {
            let view = table.read(column, zone_range(zone, table.row_count()), &mut scratch).unwrap();
            let width = view.values.row_width();
            let bytes = view.values.as_bytes();
            for row in 0..view.len() {
                all.push(u8::from(view.is_valid(row)));
                match (view.is_valid(row), view.dictionary.is_some()) {
                    (true, true) => all.extend_from_slice(view.text(row)),
                    (true, false) => all.extend_from_slice(&bytes[row * width..(row + 1) * width]),
                    (false, _) => {}
                }
            }
        }
        (field.name.clone(), colq_format::hash(&all))
    });
    Some(columns.collect())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// How the kills fell.
#[derive(Debug, Default)]
struct Kills {
    before: usize,
    after: usize,
    too_late: usize,
}

/// One operation on a table, killed by `kill`, which gives whether it was in time; and everything that must hold then.
/// The table holds the operation's result in the end.
fn killed(operation: &str, seed: u64, path: &Path, kills: &mut Kills, kill: impl FnOnce() -> bool) -> bool {
    let old = contents(path);
    let shadow = path.with_extension("shadow");
    if path.exists() {
        copy(path, &shadow);
    }
    let expected = if BEGINNINGS.contains(&operation) {
        let other = path.with_file_name("expected.colq");
        if operation == "import" {
            fs::copy(path.with_extension("csv"), other.with_extension("csv")).unwrap();
        }
        run(operation, seed, &other);
        let expected = contents(&other);
        fs::remove_dir_all(&other).unwrap();
        expected
    } else {
        run(operation, seed, &shadow);
        contents(&shadow)
    };
    let _ = fs::remove_dir_all(&shadow);
    let in_time = kill();
    let found = contents(path);
    let context = format!("{operation}, seed {seed}, {kills:?}");
    assert!(found == old || found == expected, "{context}: neither the old nor the new table");
    assert!(in_time || found == expected, "{context}: it ended and is not there");
    if found.is_some() {
        assert!(verify(path).unwrap().is_sound(), "{context}: {:?}", verify(path).unwrap().findings);
        assert!(versions(path).unwrap().iter().all(|v| !v.is_damaged), "{context}");
    }
    match (in_time, found == expected) {
        (false, _) => kills.too_late += 1,
        (true, true) if old != expected => kills.after += 1,
        (true, _) => kills.before += 1,
    }
    if found != expected || operation == "vacuum" {
        run(operation, seed, path);
        assert!(contents(path) == expected, "{context}: the same again does not work");
        assert!(verify(path).unwrap().is_sound(), "{context}");
    }
    if operation == "vacuum" {
        let files = fs::read_dir(path.join("columns")).unwrap();
        let there: BTreeSet<String> = files.map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        let mut named = BTreeSet::new();
        for version in versions(path).unwrap() {
            let table = Table::open_version(path, version.number).unwrap();
            let columns = 0..table.schema().len();
            named.extend(columns.flat_map(|c| table.column_files(c).unwrap()).map(|f| f.file));
        }
        assert_eq!(there, named, "{context}: missing files or orphans");
    }
    in_time
}

/// A folder with a file to import, and where the table will be.
fn world() -> (TempDir, PathBuf) {
    let folder = folder();
    let path = folder.path().join("t.colq");
    let lines: String = (0..40_000).map(|i| format!("{i},{}.5,word {}\n", i % 777, i % 400)).collect();
    fs::write(path.with_extension("csv"), format!("n,x,word\n{lines}")).unwrap();
    (folder, path)
}

#[test]
fn a_process_that_is_killed_at_any_moment_leaves_the_old_or_the_new_table() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    const KILLS: usize = 240;
    let (_folder, path) = world();
    let mut state = 42;
    let mut all = Kills::default();
    let begin = Instant::now();
    let mut seed = 0;
    // How long each operation takes when it is let alone.
    let mut durations = [Duration::ZERO; BEGINNINGS.len() + ROUND.len()];
    while all.before + all.after < KILLS && begin.elapsed() < Duration::from_secs(20) {
        for (operation, duration) in BEGINNINGS.iter().chain(&ROUND).zip(&mut durations) {
            if BEGINNINGS.contains(operation) && path.exists() {
                fs::remove_dir_all(&path).unwrap();
            }
            seed += 1;
            let moment = random(&mut state) as f64 / (1u64 << 31) as f64;
            killed(operation, seed, &path, &mut all, || {
                let mut child = start(&[], operation, seed, &path);
                let start = Instant::now();
                if duration.is_zero() {
                    assert!(child.wait().unwrap().success(), "{operation}");
                    *duration = start.elapsed();
                    return false;
                }
                std::thread::sleep(duration.mul_f64(moment));
                child.kill().unwrap();
                !child.wait().unwrap().success()
            });
        }
    }
    println!("{} kills before the commit, {} after it, {} too late", all.before, all.after, all.too_late);
    // How many fall behind the commit is for the machine to say; the other test kills at every call there.
    assert!(all.before > 20, "hardly a kill fell where it counts: {all:?}");
}

#[test]
fn a_process_that_is_killed_at_each_system_call_leaves_the_old_or_the_new_table() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let works =
        Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    match works {
        Ok(status) if status.success() => println!("strace: RAN"),
        Ok(status) => return println!("strace: SKIPPED, it is there and may not trace ({status})"),
        Err(error) => return println!("strace: SKIPPED, {error}"),
    }
    let (_folder, path) = world();
    let mut seed = 0;
    for operation in BEGINNINGS.iter().chain(&ROUND) {
        let mut kills = Kills::default();
        for call in CALLS {
            for number in 1.. {
                seed += 1;
                if BEGINNINGS.contains(operation) && path.exists() {
                    fs::remove_dir_all(&path).unwrap();
                }
                // What the operation changes must be there to be changed.
                prepare(operation, &path);
                let inject = format!("inject={call}:signal=SIGKILL:when={number}");
                let trace = format!("trace={call}");
                let words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
                let in_time = killed(operation, seed, &path, &mut kills, || {
                    !start(&words, operation, seed, &path).wait().unwrap().success()
                });
                if !in_time {
                    break;
                }
            }
        }
        println!("{operation}: {} kills before the commit, {} after it", kills.before, kills.after);
        assert!(kills.before > 3, "{operation}: hardly a call was met");
    }
}

/// Brings the table to where an operation has something to do.
fn prepare(operation: &str, path: &Path) {
    if BEGINNINGS.contains(&operation) {
        return;
    }
    let table = Table::open(path).unwrap();
    let has_added = table.schema().fields().iter().any(|f| f.name == "added");
    let is_ours = table.schema().len() >= schema().len();
    drop(table);
    match operation {
        // From a table whose tail is nearly a zone, in one version.
        _ if !is_ours => run("replace", 1, path),
        "append" => {
            run("replace", 1, path);
            run("vacuum", 0, path);
        }
        "add" if has_added => run("drop", 0, path),
        "replace column" | "drop" if !has_added => run("add", 1, path),
        "vacuum" => {
            run("replace", 1, path);
            run("replace", 2, path);
        }
        "replace" => run("vacuum", 0, path),
        _ => {}
    }
}
