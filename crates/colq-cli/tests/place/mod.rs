//! A folder of its own for each test of the program, with a small table and its source.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
}

/// What `trips.csv` and `trips.colq` hold.
pub(crate) const TRIPS: &str = "zone,fare,tip,city\n1,12.5,2,Paris\n7,30,,Berlin\n1,8,1.5,Paris\n";

impl Place {
    pub(crate) fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.write("trips.csv", TRIPS);
        place.good(&["import", "trips.csv", "trips.colq"]);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_colq"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("COLQ_CACHE", self.path("cache"))
            .env_remove("NO_COLOR")
            .output()
            .unwrap()
    }

    /// The same with a text on stdin.
    pub(crate) fn fed(&self, arguments: &[&str], text: &str) -> Output {
        self.write("stdin", text);
        Command::new(env!("CARGO_BIN_EXE_colq"))
            .args(arguments)
            .stdin(fs::File::open(self.path("stdin")).unwrap())
            .current_dir(self.folder.path())
            .env("COLQ_CACHE", self.path("cache"))
            .output()
            .unwrap()
    }

    /// What a command that succeeds prints.
    pub(crate) fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command that fails says, and its exit code.
    pub(crate) fn bad(&self, arguments: &[&str]) -> (String, i32) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeded");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!error.contains("panicked"), "{error}");
        (error, output.status.code().unwrap())
    }

    /// An import that fails leaves nothing behind, and says what is wrong.
    pub(crate) fn refuses(&self, text: impl AsRef<[u8]>, parts: &[&str]) {
        self.write("bad.csv", text);
        let before = names(self.folder.path());
        let (error, code) = self.bad(&["import", "bad.csv", "new.colq"]);
        assert_eq!(code, 1, "{error}");
        for part in parts {
            assert!(error.contains(part), "{part:?} is not in: {error}");
        }
        assert_eq!(names(self.folder.path()), before);
    }

    /// Makes a table look as if a later colq had written it.
    pub(crate) fn make_newer(&self, table: &str) {
        let version = self.path(table).join("versions/00000001.json");
        let text = fs::read_to_string(&version).unwrap().replacen("\"format\":1", "\"format\":2", 1);
        let start = text.find("\"body\":").unwrap() + "\"body\":".len();
        let body = text[start..].trim_end().strip_suffix('}').unwrap().to_owned();
        let checksum = xxhash_rust::xxh3::xxh3_64(body.as_bytes());
        fs::write(&version, format!("{{\"checksum\":\"{checksum:016x}\",\"body\":{body}}}\n")).unwrap();
    }

    /// The answer to a SELECT, as CSV.
    pub(crate) fn answer(&self, sql: &str) -> String {
        self.good(&["query", sql])
    }
}

/// What lies in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
