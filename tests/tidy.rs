//! The house rules that a machine can check: which crate may import which, where unsafe code may stand, and that
//! every file says why it exists.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each crate may import of colq, from ARCHITECTURE.md. Development dependencies are free.
const MAY_IMPORT: [(&str, &[&str]); 15] = [
    ("colq-types", &[]),
    ("colq-context", &[]),
    ("colq-derive", &[]),
    ("colq-format", &["colq-types"]),
    ("colq-column", &["colq-types", "colq-context"]),
    ("colq-store", &["colq-types", "colq-context", "colq-format", "colq-column"]),
    ("colq-kernels", &["colq-types", "colq-column"]),
    ("colq-plan", &["colq-types"]),
    ("colq-exec", &["colq-types", "colq-context", "colq-column", "colq-kernels", "colq-plan"]),
    ("colq-sql", &["colq-types", "colq-plan"]),
    ("colq-arrow", &["colq-types", "colq-column"]),
    ("colq-io", &["colq-types", "colq-context", "colq-column", "colq-arrow"]),
    ("colq-testkit", &["colq-types", "colq-column", "colq-plan"]),
    (
        "colq",
        &[
            "colq-types",
            "colq-context",
            "colq-column",
            "colq-derive",
            "colq-store",
            "colq-plan",
            "colq-exec",
            "colq-sql",
            "colq-arrow",
            "colq-io",
        ],
    ),
    ("colq-cli", &["colq"]),
];

/// Other packages that a crate must not import, because they bring in what it must not know.
const MUST_NOT_IMPORT: [(&str, &[&str]); 9] = [
    ("colq-types", &["rayon", "memmap2"]),
    ("colq-format", &["rayon", "memmap2", "rustix"]),
    ("colq-column", &["rayon", "memmap2", "rustix"]),
    ("colq-store", &["rayon"]),
    ("colq-kernels", &["rayon", "memmap2", "rustix"]),
    ("colq-plan", &["rayon", "memmap2", "rustix", "sqlparser"]),
    ("colq-exec", &["memmap2", "rustix", "sqlparser"]),
    ("colq-io", &["memmap2", "sqlparser"]),
    ("colq", &["clap", "pyo3", "memmap2"]),
];

/// Where `unsafe` may stand.
const MAY_BE_UNSAFE: [&str; 6] = [
    "crates/colq-store/src/mapping",
    "crates/colq-kernels/src/arch",
    "crates/colq/src/mutable.rs",
    "crates/colq/src/table.rs",
    "crates/colq/src/session.rs",
    "crates/colq-cli/src/session.rs",
];

/// Folder names that say nothing.
const EMPTY_NAMES: [&str; 5] = ["utils", "util", "common", "helpers", "misc"];

/// Lines of a file above which a second idea is looked for.
const LONG_FILE: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files under a folder, paths from the root.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

/// The names under `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside =
                line == "[dependencies]" || line.starts_with("[target.") && line.ends_with(".dependencies]");
        } else if inside && let Some(end) = line.find(['.', ' ', '=']) {
            names.push(line[..end].to_owned());
        }
    }
    names
}

fn manifests() -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    let read = |path: PathBuf| dependencies(&fs::read_to_string(path).unwrap());
    all.insert("colq".to_owned(), read(root().join("Cargo.toml")));
    for entry in fs::read_dir(root().join("crates")).unwrap().flatten() {
        let manifest = entry.path().join("Cargo.toml");
        if manifest.is_file() {
            all.insert(entry.file_name().to_string_lossy().into_owned(), read(manifest));
        }
    }
    all
}

/// The arrows that the table does not allow.
fn forbidden(manifests: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, dependencies) in manifests {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(known, _)| known == name) else {
            wrong.push(format!("{name} is not in the table of imports"));
            continue;
        };
        let never = MUST_NOT_IMPORT.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, n)| n);
        for dependency in dependencies {
            let own = dependency.starts_with("colq");
            if own && !allowed.contains(&dependency.as_str()) || never.contains(&dependency.as_str()) {
                wrong.push(format!("{name} must not import {dependency}"));
            }
        }
    }
    wrong
}

#[test]
fn no_crate_imports_what_stands_above_it() {
    let manifests = manifests();
    assert!(manifests.len() > 10, "the manifests were not found");
    assert_eq!(forbidden(&manifests), Vec::<String>::new());
}

#[test]
fn an_arrow_that_runs_up_is_found() {
    let manifest = "[dependencies]\ncolq-exec.workspace = true\nrayon = \"1\"\n[dev-dependencies]\ncolq.workspace = true\n";
    let manifests = BTreeMap::from([("colq-store".to_owned(), dependencies(manifest))]);
    let wrong = ["colq-store must not import colq-exec", "colq-store must not import rayon"];
    assert_eq!(forbidden(&manifests), wrong);
}

/// Lines of code: comments and text in quotes left out, roughly.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).filter(|line| !line.trim().is_empty())
}

#[test]
fn unsafe_stands_only_in_its_rooms() {
    let mut rooms = 0;
    for file in rust_files("crates").into_iter().chain(rust_files("examples")).chain(rust_files("benches")) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let is_unsafe = code_lines(&text).any(|line| {
            line.contains("unsafe {") || line.contains("unsafe fn") || line.contains("unsafe impl")
        });
        let path = file.to_string_lossy().into_owned();
        if path.starts_with("examples") || path.starts_with("benches") || path.contains("/tests") {
            continue;
        }
        if is_unsafe {
            let allowed = MAY_BE_UNSAFE.iter().any(|room| path.starts_with(room));
            assert!(allowed, "{path} has unsafe code and is not one of its rooms");
            assert!(text.contains("SAFETY:"), "{path} has unsafe code without a SAFETY proof");
            assert!(text.contains("expect(unsafe_code"), "{path} does not say why it needs unsafe code");
            rooms += 1;
        }
    }
    assert!(rooms > 0, "no unsafe code was found at all: is the search broken?");
}

#[test]
fn every_file_says_why_it_exists() {
    let mut count = 0;
    for folder in ["crates", "tests", "examples", "benches"] {
        for file in rust_files(folder) {
            let text = fs::read_to_string(root().join(&file)).unwrap();
            assert!(text.starts_with("//!"), "{} does not open with //!", file.display());
            count += 1;
        }
    }
    assert!(count > 50, "the files were not found");
}

#[test]
fn no_file_is_long_and_no_folder_is_named_for_nothing() {
    for file in rust_files("crates") {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let path = file.to_string_lossy().into_owned();
        let is_test = path.contains("/tests") || path.ends_with("tests.rs");
        let lines = text.lines().count();
        assert!(is_test || lines <= LONG_FILE, "{path} has {lines} lines: is there a second idea in it?");
        for part in file.components() {
            let name = part.as_os_str().to_string_lossy();
            let name = name.trim_end_matches(".rs");
            assert!(!EMPTY_NAMES.contains(&name), "{path}: {name} says nothing");
        }
    }
}
