//! The guide says what the program does: every command of docs/guide is run, page by page from top to bottom in a folder
//! of the page's own, and must print what stands below it.
//!
//! A line `...` stands for any lines, and `[..]` for anything within a line. With COLQ_REWRITE=1 the pages are written
//! anew with what the program prints, except where a block holds one of these signs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The line that opens a block of commands.
const OPEN: &str = "```console";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What a command prints: stdout, then stderr. The commands are those of a shell, and know `colq` by name.
fn printed(folder: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_colq")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path)
        .env("COLQ_CACHE", folder.join(".cache"))
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env_remove("COLQ_HISTORY")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text)
        .unwrap()
        .trim_end()
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

fn line_fits(pattern: &str, line: &str) -> bool {
    let Some((before, after)) = pattern.split_once("[..]") else { return pattern == line };
    line.strip_prefix(before).is_some_and(|rest| {
        (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| line_fits(after, &rest[at..]))
    })
}

/// True when the lines are those of the pattern.
fn fits(pattern: &[&str], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skipped| fits(rest, &lines[skipped..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, others)| line_fits(first, line) && fits(rest, others))
        }
    }
}

/// Runs the commands of a page; gives the page as the program would have it, and what did not fit.
fn run_page(page: &Path) -> (String, Vec<String>, usize) {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("data"), folder.path().join("data")).unwrap();
    let text = std::fs::read_to_string(page).unwrap();
    let mut lines = text.lines().peekable();
    let (mut written, mut wrong, mut count) = (String::new(), Vec::new(), 0);
    while let Some(line) = lines.next() {
        written += &format!("{line}\n");
        if line != OPEN {
            continue;
        }
        while let Some(line) = lines.next_if(|line| *line != "```") {
            let Some(command) = line.strip_prefix("$ ") else {
                panic!("{}: a block begins with `{line}` and not with a command", page.display());
            };
            written += &format!("{line}\n");
            let mut command = command.to_owned();
            while command.ends_with('\\') {
                let more = lines.next().unwrap();
                written += &format!("{more}\n");
                command = format!("{}{more}", command.trim_end_matches('\\'));
            }
            let mut expected = Vec::new();
            while let Some(line) = lines.next_if(|line| *line != "```" && !line.starts_with("$ ")) {
                expected.push(line);
            }
            count += 1;
            let found = printed(folder.path(), &command);
            let found_lines: Vec<&str> = found.lines().collect();
            let fit = fits(&expected, &found_lines);
            let open = expected.iter().any(|line| *line == "..." || line.contains("[..]"));
            if !fit {
                wrong.push(format!("$ {command}\nexpected:\n{}\nfound:\n{found}", expected.join("\n")));
            }
            if fit || open {
                written += &expected.iter().map(|line| format!("{line}\n")).collect::<String>();
            } else {
                written += &found;
            }
        }
    }
    (written, wrong, count)
}

#[test]
fn every_command_of_the_guide_prints_what_the_guide_shows() {
    let mut pages: Vec<PathBuf> =
        std::fs::read_dir(root().join("docs/guide")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for page in pages.iter().filter(|path| path.extension().is_some_and(|e| e == "md")) {
        let (written, failures, commands) = run_page(page);
        count += commands;
        if std::env::var_os("COLQ_REWRITE").is_some() {
            std::fs::write(page, written).unwrap();
        } else {
            wrong.extend(failures.into_iter().map(|failure| format!("{}: {failure}", page.display())));
        }
    }
    assert!(count >= 40, "the guide has only {count} commands");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn patterns_fit_what_they_should() {
    assert!(fits(&["a", "...", "z"], &["a", "b", "c", "z"]));
    assert!(fits(&["took [..] ms"], &["took 12.5 ms"]));
    assert!(!fits(&["a"], &["a", "b"]));
    assert!(!fits(&["took [..] ms"], &["took 12.5 s"]));
}
