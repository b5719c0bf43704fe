//! The commands of the README, run one after the other as they stand there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod place;

use place::Place;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../../README.md");

/// The lines of the part about the program that are commands.
fn commands() -> Vec<&'static str> {
    let (_, part) = README.split_once("## The program").unwrap();
    let (part, _) = part.split_once("## The crate").unwrap();
    part.lines().filter_map(|line| line.strip_prefix("$ ")).collect()
}

#[test]
fn the_commands_of_the_readme_work_as_they_stand_there() {
    let place = Place::new();
    let program = Path::new(env!("CARGO_BIN_EXE_colq"));
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").canonicalize().unwrap();
    std::os::unix::fs::symlink(data, place.path("data")).unwrap();
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    for command in commands() {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(place.folder.path())
            .env("PATH", &path)
            .env("COLQ_CACHE", place.path("cache"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
        assert!(!said.contains("hint:"), "{command}: {said}");
    }
}

#[test]
fn the_readme_shows_every_command() {
    let help = Place::new().good(&["--help"]);
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let names = listed.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let names: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let shown = format!("colq {name}");
        assert!(
            commands().iter().any(|command| command.starts_with(&shown)),
            "the README does not show {shown}"
        );
    }
}
