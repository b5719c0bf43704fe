//! Ctrl-C at many moments: the program ends, says so, and leaves the folder as it was.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod place;

use place::Place;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Moments at which each command is interrupted.
const MOMENTS: u64 = 8;

/// Stopping takes a few milliseconds; a machine with much else to do may take longer, and not this long.
const TOO_LONG: Duration = Duration::from_secs(3);

/// All files under a folder with their bytes.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            found.extend(content(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn large() -> Place {
    let place = Place::new();
    let rows = 400_000_u64;
    let text: String =
        (0..rows).map(|n| format!("{n},{}.5,t{},{}\n", n * 7 % 1000, n * 31 % 5000, n % 3)).collect();
    place.write("large.csv", format!("n,x,text,k\n{text}"));
    place.good(&["import", "large.csv", "large.colq"]);
    fs::create_dir_all(place.path("cache")).unwrap();
    fs::create_dir_all(place.path("tmp")).unwrap();
    place
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_colq"))
        .args(arguments)
        .current_dir(place.folder.path())
        .env("COLQ_CACHE", place.path("cache"))
        .env("TMPDIR", place.path("tmp"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A file whose import was whole before the query over it was interrupted stays in the cache, as it should: nothing of it
/// may be missing.
fn take_whole_imports(place: &Place) {
    for entry in fs::read_dir(place.path("cache")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "colq") {
            assert!(place.good(&["verify", path.to_str().unwrap()]).contains("no damage"));
            fs::remove_dir_all(&path).unwrap();
        }
    }
}

/// Interrupts a command at moments spread over its whole run, and gives how often it was still under way.
fn interrupt(place: &Place, arguments: &[&str], made: &[&str]) -> u64 {
    let clear = || {
        for name in made {
            let path = place.path(name);
            let _ = fs::remove_dir_all(&path);
            let _ = fs::remove_file(&path);
        }
        fs::create_dir_all(place.path("cache")).unwrap();
    };
    let whole = Instant::now();
    assert!(start(place, arguments).wait().unwrap().success(), "{arguments:?}");
    let whole = whole.elapsed();
    clear();
    let before = content(place.folder.path());
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut interrupted = 0;
    for moment in 0..MOMENTS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (moment as f64 + (random >> 40) as f64 / (1u64 << 24) as f64) / MOMENTS as f64;
        let child = start(place, arguments);
        std::thread::sleep(whole.mul_f64(share * 0.9));
        let asked = Instant::now();
        // A program that has ended already cannot be told.
        let _ = kill_process(Pid::from_child(&child), Signal::INT);
        let output = child.wait_with_output().unwrap();
        assert!(asked.elapsed() < TOO_LONG, "{arguments:?}: it took {:?} to stop", asked.elapsed());
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => clear(),
            Some(130) => {
                interrupted += 1;
                assert_eq!(said, "error: Interrupted.\n", "{arguments:?}");
                take_whole_imports(place);
            }
            // So early that Ctrl-C was not heard yet, and the system ended it.
            None => {}
            other => panic!("{arguments:?}: {other:?}: {said}"),
        }
        let after = content(place.folder.path());
        let names = |all: &BTreeMap<PathBuf, Vec<u8>>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after), "{arguments:?}, {share:.3} of the run");
        assert!(before == after, "{arguments:?}, {share:.3} of the run: a file was changed");
    }
    interrupted
}

#[test]
fn nothing_is_left_behind_whenever_it_is_interrupted() {
    let place = large();
    let cases: [(&[&str], &[&str]); 7] = [
        (&["import", "large.csv", "new.colq"], &["new.colq"]),
        (&["query", "SELECT sum(x) FROM 'large.csv'"], &["cache"]),
        (&["query", "SELECT * FROM large", "--out", "out.parquet"], &["out.parquet"]),
        (&["query", "SELECT *, n + 1 AS m FROM large WHERE k < 2", "--out", "out.colq"], &["out.colq"]),
        (&["export", "large", "out.csv"], &["out.csv"]),
        (&["query", "SELECT n, x FROM large ORDER BY x, text LIMIT 300000"], &[]),
        (&["query", "SELECT n FROM large", "-o", "npy"], &[]),
    ];
    let mut interrupted = 0;
    for (arguments, made) in cases {
        interrupted += interrupt(&place, arguments, made);
    }
    assert!(interrupted > cases.len() as u64, "hardly a command was interrupted: {interrupted}");
    assert!(place.good(&["verify", "large"]).contains("no damage"));
}
