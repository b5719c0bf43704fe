//! The commands that look at tables, at the machine and at the program itself, and the manners of the output.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod place;

use place::{Place, names};
use serde_json::Value;
use std::process::{Command, Stdio};

fn numbers(place: &Place, rows: u64) {
    let text: String = (0..rows).map(|n| format!("{n},{}\n", n % 7)).collect();
    place.write("numbers.csv", format!("n,seven\n{text}"));
    place.good(&["import", "numbers.csv", "numbers.colq"]);
}

#[test]
fn the_last_rows_and_drawn_ones_are_shown() {
    let place = Place::new();
    numbers(&place, 70_000);
    assert_eq!(place.good(&["tail", "numbers", "-n", "2"]), "n,seven\n69998,5\n69999,6\n");
    assert_eq!(place.good(&["tail", "trips", "-n", "100"]).lines().count(), 4);
    assert_eq!(place.good(&["tail", "trips", "-n", "0"]), "zone,fare,tip,city\n");
    let sample = place.good(&["sample", "numbers", "-n", "50", "--seed", "3"]);
    let drawn: Vec<u64> =
        sample.lines().skip(1).map(|l| l.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(drawn.len(), 50);
    assert!(drawn.is_sorted_by(|a, b| a < b), "{drawn:?}");
    assert_eq!(sample, place.good(&["sample", "numbers", "-n", "50", "--seed", "3", "--io", "read"]));
    assert_ne!(sample, place.good(&["sample", "numbers", "-n", "50", "--seed", "4"]));
    assert_eq!(place.good(&["sample", "trips", "-n", "9"]), place.good(&["head", "trips"]));
}

#[test]
fn columns_are_shown_in_figures() {
    let place = Place::new();
    let stats = place.good(&["stats", "trips"]);
    let lines = [
        "column,type,rows,nulls,min,max,mean,stddev,distinct",
        "zone,i64,3,0,1,7,3.0,3.4641016151377544,2",
        "tip,f64,3,1,1.5,2.0,1.75,0.3535533905932738,",
        "city,text,3,0,Berlin,Paris,,,2",
    ];
    for line in lines {
        assert!(stats.lines().any(|found| found == line), "{line} is not in {stats}");
    }
    let json: Value = serde_json::from_str(&place.good(&["stats", "trips", "-o", "json"])).unwrap();
    assert_eq!((json[3]["min"].as_str(), json[1]["distinct"].as_u64()), (Some("Berlin"), None));
}

#[test]
fn a_bench_gives_times_and_speeds() {
    let place = Place::new();
    let said = place.good(&["bench", "SELECT sum(fare) FROM trips WHERE zone > 0", "--runs", "3"]);
    for line in
        ["runs: 3", "rows: 1", "bytes touched: ", "open: ", "plan: ", "min: ", "median: ", "max: ", "speed: "]
    {
        assert!(said.lines().any(|l| l.starts_with(line)), "{line} is not in {said}");
    }
    let sql = "SELECT zone FROM trips";
    let json: Value = serde_json::from_str(&place.good(&["bench", sql, "-o", "json"])).unwrap();
    let figure = |name: &str| json[0][name].as_f64().unwrap();
    assert!(figure("min_ms") <= figure("median_ms") && figure("median_ms") <= figure("max_ms"), "{json}");
    assert_eq!((figure("rows"), figure("runs")), (3.0, 5.0));
    assert!(figure("read_bandwidth_gb_s") > 0.0 && figure("bytes_touched") == 24.0, "{json}");
}

#[test]
fn the_cache_is_listed_and_cleared() {
    let place = Place::new();
    let cache = place.path("cache");
    assert_eq!(place.good(&["cache", "path"]).trim_end(), cache.to_string_lossy());
    assert_eq!(place.good(&["cache", "list"]), "source,bytes,imported,used,table\n");
    place.good(&["query", "SELECT count(*) FROM 'trips.csv'"]);
    let list: Value = serde_json::from_str(&place.good(&["cache", "list", "-o", "json"])).unwrap();
    let source = place.path("trips.csv").canonicalize().unwrap();
    assert_eq!(list[0]["source"].as_str(), Some(&*source.to_string_lossy()));
    assert!(list[0]["bytes"].as_u64().unwrap() > 1_000, "{list}");
    place.good(&["verify", list[0]["table"].as_str().unwrap()]);
    // One import was killed, and one is under way.
    let _ = place.good(&["import", "trips.csv", "cache/building-1-0"]);
    let _ = place.good(&["import", "trips.csv", "cache/building-2-0"]);
    let writer = colq::Table::append(cache.join("building-2-0")).unwrap();
    place.good(&["cache", "clear"]);
    assert_eq!(names(&cache), ["building-2-0"]);
    drop(writer);
    place.good(&["cache", "clear"]);
    assert_eq!(names(&cache), Vec::<String>::new());
    assert_eq!(place.good(&["query", "SELECT count(*) FROM 'trips.csv'"]), "count(*)\n3\n");
}

#[test]
fn shells_complete_and_the_manual_names_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.good(&["completions", shell]);
        assert!(script.contains("add-column") && script.contains("memory-limit"), "{shell}");
    }
    let help = place.good(&["--help"]);
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let commands: Vec<&str> = listed
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 20, "{commands:?}");
    let manual = place.good(&["man"]);
    place.good(&["man", "--out", "pages"]);
    for command in commands {
        let heading = format!(".SH \"COLQ {}\"", command.to_uppercase().replace('-', "\\-"));
        assert!(manual.contains(&heading), "{heading}");
        assert!(place.path(&format!("pages/colq-{command}.1")).is_file(), "{command}");
        let own = place.good(&[command, "--help"]);
        assert!(own.contains(&format!("  colq {command}")), "{command} shows no example: {own}");
    }
}

#[test]
fn errors_are_objects_where_programs_read_them() {
    let place = Place::new();
    let object = |arguments: &[&str]| -> Value {
        let (said, _) = place.bad(&[arguments, &["--error-format", "json"]].concat());
        assert_eq!(said.lines().count(), 1, "{said}");
        serde_json::from_str(&said).unwrap()
    };
    let error = object(&["query", "SELECT zone,\n  'é', fair FROM trips"]);
    assert_eq!(error["kind"], "query");
    assert_eq!(error["hint"], "did you mean `fare`?");
    assert_eq!((&error["start"], &error["end"]), (&Value::from(21), &Value::from(25)));
    assert_eq!((&error["line"], &error["column"], &error["exit_code"]), (&2.into(), &8.into(), &1.into()));
    let output = place.run(&["query", "SELECT zone FROM trips WHERE tip = NULL", "--error-format", "json"]);
    let hint: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((hint["kind"].as_str(), output.status.code()), (Some("hint"), Some(0)));
    let kinds = [
        (&["qurey"][..], "usage", 2),
        (&["cache"], "usage", 2),
        (&["query", "SELECT 1", "--threads", "x"], "usage", 2),
        (&["query", "SELECT * FROM nothing"], "not_found", 1),
        (&["count", "nothing.colq"], "not_found", 1),
        (&["import", "trips.csv", "trips.colq"], "already_exists", 1),
        (
            &["query", "SELECT zone, median(fare) FROM trips GROUP BY zone", "--memory-limit", "8"],
            "memory_limit",
            1,
        ),
        (&["query", "SELECT zone / 0 FROM trips"], "data", 1),
    ];
    for (arguments, kind, code) in kinds {
        let error = object(arguments);
        assert_eq!((&error["kind"], &error["exit_code"]), (&kind.into(), &code.into()), "{error}");
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
    }
}

#[test]
fn colours_are_written_where_they_are_wanted() {
    let place = Place::new();
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_colq"));
        command.args(arguments).current_dir(place.folder.path());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").envs(variables.iter().copied());
        let output = command.output().unwrap();
        output.stderr.contains(&0x1b) || output.stdout.contains(&0x1b)
    };
    let wrong = ["query", "SELECT fair FROM trips"];
    assert!(!colored(&wrong, &[]));
    assert!(colored(&wrong, &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&wrong, &[("CLICOLOR_FORCE", "0")]));
    assert!(!colored(&wrong, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(colored(&[&wrong[..], &["--color", "always"]].concat(), &[("NO_COLOR", "1")]));
    assert!(!colored(&[&wrong[..], &["--color=never"]].concat(), &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["head", "trips", "-o", "table"], &[]));
    assert!(!colored(&["head", "--help"], &[("NO_COLOR", "1")]));
}

/// Whoever reads has had enough: that is no error, and nothing is said.
#[test]
fn a_reader_that_leaves_is_no_error() {
    let place = Place::new();
    numbers(&place, 70_000);
    for format in ["csv", "jsonl", "json", "markdown", "table", "arrow", "parquet", "npy"] {
        let sql = "SELECT n FROM numbers";
        let mut child = Command::new(env!("CARGO_BIN_EXE_colq"))
            .args(["query", sql, "-o", format])
            .current_dir(place.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*said), (Some(0), ""), "{format}");
    }
    for arguments in [&["--help"][..], &["man"], &["completions", "bash"], &["doctor"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_colq"));
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0), "{arguments:?}");
    }
}
