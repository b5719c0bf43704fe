//! DataFusion's own .slt files on colq: every statement that colq's parser accepts is run, and each difference is listed
//! in `tests/slt/datafusion/differences.txt` with its reason.
//!
//! The files are those of the crate `datafusion-sqllogictest`, which is fetched and never compiled. `COLQ_DATAFUSION_SLT`
//! names their folder (`tests/slt/datafusion/find.py` finds it); without it nothing is run, and that is said. With
//! `COLQ_REWRITE` the list is written anew: reasons are kept, and new differences have none until somebody gives one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use colq::{Scratchpad, Session};
use sqllogictest::{
    Condition, DefaultColumnType, QueryExpect, Record, SortMode, StatementExpect, parse_file,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What came of one statement.
enum Outcome {
    Passed,
    /// What differs.
    Failed(String),
    /// colq's language does not have it.
    NotAccepted,
    /// It asks for a table that an earlier statement, not accepted, should have made.
    NoTable,
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    not_accepted: usize,
    no_table: usize,
}

/// A difference: the file and line, the statement, and what differs.
struct Difference {
    place: String,
    statement: String,
    found: String,
}

fn slt_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            slt_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "slt") {
            files.push(path);
        }
    }
    files.sort();
}

/// Statements that colq understands, EXPLAIN aside: its plans are its own.
fn is_accepted(sql: &str) -> bool {
    match colq_sql::parse_definition(sql) {
        Ok(Some(_)) => true,
        Ok(None) => matches!(colq_sql::parse(sql), Ok(colq_sql::Statement::Select(_))),
        Err(_) => false,
    }
}

fn is_meant(conditions: &[Condition]) -> bool {
    conditions.iter().all(|condition| match condition {
        Condition::OnlyIf { label } => label.eq_ignore_ascii_case("datafusion"),
        Condition::SkipIf { label } => !label.eq_ignore_ascii_case("datafusion"),
    })
}

/// A word in a form in which equal values are equal texts: numbers with nine digits, instants without their zone.
fn word(text: &str) -> String {
    let is_instant = text.len() >= 19 && text.as_bytes()[10] == b'T' && text.as_bytes()[4] == b'-';
    if is_instant {
        let instant = text.trim_end_matches('Z').trim_end_matches("+00:00");
        return match instant.split_once('.') {
            Some((whole, fraction)) => {
                format!("{whole}.{}", fraction.trim_end_matches('0')).trim_end_matches('.').to_owned()
            }
            None => instant.to_owned(),
        };
    }
    match text.parse::<f64>() {
        Ok(value) if value.abs() < 1e-12 => "0".into(),
        Ok(value) if value.is_finite() => format!("{value:.9e}"),
        Ok(value) => value.to_string(),
        Err(_) => text.to_owned(),
    }
}

fn row(text: &str) -> String {
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// What stands for any text in an expected answer.
const IGNORED: &str = "<slt:ignore>";

/// The same but for the last of ten digits.
fn near(a: &str, b: &str) -> bool {
    if b.contains(IGNORED) {
        // What the file leaves open stands between pieces that must be there, in their order.
        let mut rest = a;
        return b.split(IGNORED).all(|piece| match rest.split_once(piece) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        });
    }
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (words(a), words(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|(a, b)| {
            a == b
                || matches!((a.parse::<f64>(), b.parse::<f64>()),
                    (Ok(a), Ok(b)) if (a - b).abs() <= 1e-9 * a.abs().max(b.abs()))
        })
}

fn compare(found: Vec<String>, expected: &[String], sort: Option<SortMode>) -> Outcome {
    let mut found: Vec<String> = found.iter().map(|r| row(r)).collect();
    let mut expected: Vec<String> = expected.iter().map(|r| row(r)).collect();
    if sort == Some(SortMode::ValueSort) {
        found = found.iter().flat_map(|r| r.split(' ')).map(str::to_owned).collect();
        expected = expected.iter().flat_map(|r| r.split(' ')).map(str::to_owned).collect();
    }
    if sort.is_some_and(|mode| mode != SortMode::NoSort) {
        found.sort();
        expected.sort();
    }
    if found.len() == expected.len() && found.iter().zip(&expected).all(|(a, b)| near(a, b)) {
        return Outcome::Passed;
    }
    let differs = found.iter().zip(&expected).find(|(a, b)| !near(a, b));
    Outcome::Failed(match differs {
        Some((a, b)) => format!("gives {a:.60}, not {b:.60}"),
        None => format!("gives {} rows, not {}", found.len(), expected.len()),
    })
}

fn failed(error: &str) -> Outcome {
    if error.starts_with("No table named") || error.starts_with("There is no table") {
        Outcome::NoTable
    } else if error.starts_with("No function named") || error.contains("is not supported") {
        Outcome::NotAccepted
    } else {
        Outcome::Failed(format!("fails: {error:.100}"))
    }
}

fn run(pad: &mut Scratchpad, sql: &str) -> Result<Vec<String>, String> {
    let cell = |value: &colq::Scalar| match value {
        colq::Scalar::Text(text) if text.is_empty() => "(empty)".to_owned(),
        value => value.to_string(),
    };
    let work = std::panic::AssertUnwindSafe(|| pad.run(sql));
    let frame = std::panic::catch_unwind(work).map_err(|_| "a panic".to_owned())?;
    let frame = frame.map_err(|error| error.to_string())?;
    Ok(frame.scalar_rows().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" ")).collect())
}

fn outcome(pad: &mut Scratchpad, sql: &str, expected: &Expected<'_>) -> Outcome {
    if !is_accepted(sql) {
        return Outcome::NotAccepted;
    }
    let is_definition = matches!(colq_sql::parse_definition(sql), Ok(Some(_)));
    match (run(pad, sql), expected) {
        (Err(error), Expected::Error) => match failed(&error) {
            Outcome::Failed(_) => Outcome::Passed,
            other => other,
        },
        (Ok(_), Expected::Error) => Outcome::Failed("gives an answer, not an error".into()),
        (Err(error), _) => failed(&error),
        (Ok(_), Expected::Done) => Outcome::Passed,
        (Ok(_), Expected::Rows(..)) if is_definition => Outcome::Passed,
        (Ok(rows), Expected::Rows(expected, sort)) => compare(rows, expected, *sort),
    }
}

enum Expected<'a> {
    Done,
    Error,
    Rows(&'a [String], Option<SortMode>),
}

fn run_file(path: &Path, name: &str, differences: &mut Vec<Difference>) -> Option<Counts> {
    let records: Vec<Record<DefaultColumnType>> = parse_file(path).ok()?;
    let mut pad = Scratchpad::new(Session::new());
    let mut counts = Counts::default();
    for record in records {
        let (loc, sql, conditions, expected) = match &record {
            Record::Halt { .. } => break,
            Record::Statement { loc, sql, conditions, expected, .. } => match expected {
                StatementExpect::Error(_) => (loc, sql, conditions, Expected::Error),
                _ => (loc, sql, conditions, Expected::Done),
            },
            Record::Query { loc, sql, conditions, expected, .. } => match expected {
                QueryExpect::Error(_) => (loc, sql, conditions, Expected::Error),
                QueryExpect::Results { results, sort_mode, .. } => {
                    (loc, sql, conditions, Expected::Rows(results, *sort_mode))
                }
            },
            _ => continue,
        };
        if !is_meant(conditions) {
            continue;
        }
        match outcome(&mut pad, sql, &expected) {
            Outcome::Passed => counts.passed += 1,
            Outcome::NotAccepted => counts.not_accepted += 1,
            Outcome::NoTable => counts.no_table += 1,
            Outcome::Failed(found) => {
                counts.failed += 1;
                let start: String = sql.split_whitespace().collect::<Vec<_>>().join(" ");
                let statement = start.chars().take(90).collect::<String>().replace('|', "!");
                // An included file counts where it is included.
                let place = format!("{name}:{}", loc.line());
                differences.push(Difference { place, statement, found });
            }
        }
    }
    Some(counts)
}

/// The reasons by place and statement.
fn listed(text: &str) -> BTreeMap<(String, String), String> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut parts = line.splitn(3, " | ").map(str::to_owned);
            let mut next = || parts.next().unwrap_or_else(|| panic!("no difference: {line}"));
            ((next(), next()), next())
        })
        .collect()
}

const UNEXPLAINED: &str = "unexplained: ";

#[test]
fn every_difference_from_datafusion_is_listed() {
    let Some(folder) = std::env::var_os("COLQ_DATAFUSION_SLT").map(PathBuf::from) else {
        println!("SKIPPED: COLQ_DATAFUSION_SLT does not name the folder of DataFusion's .slt files");
        return;
    };
    let mut files = Vec::new();
    slt_files(&folder, &mut files);
    // A name in a query may be a folder here; there is none where nothing is.
    let nowhere = tempfile::tempdir().unwrap();
    std::env::set_current_dir(nowhere.path()).unwrap();
    assert!(files.len() > 100, "{} holds few .slt files", folder.display());
    let (mut total, mut unread, mut differences) = (Counts::default(), Vec::new(), Vec::new());
    for file in &files {
        let name = file.strip_prefix(&folder).unwrap().display().to_string();
        let Some(counts) = run_file(file, &name, &mut differences) else {
            unread.push(name);
            continue;
        };
        let Counts { passed, failed, not_accepted, no_table } = counts;
        let run = passed + failed;
        println!(
            "{name}: {run} run, {passed} passed, {failed} failed, {not_accepted} not accepted, {no_table} without their table"
        );
        total.passed += passed;
        total.failed += failed;
        total.not_accepted += not_accepted;
        total.no_table += no_table;
    }
    let Counts { passed, failed, not_accepted, no_table } = total;
    println!(
        "in total, of {} files: {} run, {passed} passed, {failed} failed, {not_accepted} not accepted, {no_table} without their table; {} files could not be read: {}",
        files.len(),
        passed + failed,
        unread.len(),
        unread.join(", ")
    );
    assert!(passed > 500, "hardly anything was run");

    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt/datafusion/differences.txt");
    let text = std::fs::read_to_string(&list).unwrap_or_default();
    let mut known = listed(&text);
    if std::env::var_os("COLQ_REWRITE").is_some() {
        let head: String =
            text.lines().take_while(|line| line.starts_with('#')).map(|l| format!("{l}\n")).collect();
        let lines = differences.iter().map(|d| {
            let reason =
                known.get(&(d.place.clone(), d.statement.clone())).filter(|r| !r.starts_with(UNEXPLAINED));
            let reason =
                reason.cloned().unwrap_or_else(|| format!("{UNEXPLAINED}{}", d.found.replace('\n', " ")));
            format!("{} | {} | {reason}\n", d.place, d.statement)
        });
        std::fs::write(&list, head + &lines.collect::<String>()).unwrap();
        known = listed(&std::fs::read_to_string(&list).unwrap());
    }
    let mut wrong = Vec::new();
    for d in &differences {
        match known.remove(&(d.place.clone(), d.statement.clone())) {
            None => wrong.push(format!("not listed: {} | {} | {}", d.place, d.statement, d.found)),
            Some(reason) if reason.starts_with(UNEXPLAINED) => {
                wrong.push(format!("without a reason: {} | {} | {reason}", d.place, d.statement));
            }
            Some(_) => {}
        }
    }
    wrong.extend(known.keys().map(|(place, sql)| format!("listed, and passes now: {place} | {sql}")));
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
