//! Old versions go, whole and only when nobody reads them; what stays is whole, wherever a vacuum dies.

use super::faults::{Fault, Faulty, copy_folder};
use super::no_child_begins;
use super::round_trip::map;
use super::sample::{Random, batch, digest, quick_folder, small};
use crate::vacuum::vacuum_on;
use crate::{Error, Table, TableEdit, TableWriter, VacuumReport, vacuum, verify, versions};
use colq_types::DataType;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn create(path: &Path) {
    let mut writer = TableWriter::create(path, &small()).unwrap();
    writer.write(&batch(&small(), 50, 0, 3)).unwrap();
    writer.commit().unwrap();
}

fn append(path: &Path, rows: usize, seed: u64) {
    let mut writer = TableWriter::append(path).unwrap();
    let rows = batch(&writer.schema().clone(), rows, seed, seed % 4);
    writer.write(&rows).unwrap();
    writer.commit().unwrap();
}

fn replace(path: &Path, seed: u64) {
    let mut writer = TableWriter::replace(path, &small()).unwrap();
    writer.write(&batch(&small(), 30, seed, 3)).unwrap();
    writer.commit().unwrap();
}

fn numbers(path: &Path) -> BTreeSet<u64> {
    versions(path).unwrap().iter().map(|v| v.number).collect()
}

fn column_files(path: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(path.join("columns")).unwrap();
    files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The files that the versions name which are there.
fn named_files(path: &Path) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for number in numbers(path) {
        let table = Table::open_version(path, number).unwrap();
        for column in 0..table.schema().len() {
            named.extend(table.column_files(column).unwrap().into_iter().map(|f| f.file));
        }
    }
    named
}

#[test]
fn versions_are_listed_and_opened() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    create(&path);
    append(&path, 70_000, 1);
    let reader = Table::open_version(&path, 1).unwrap();
    append(&path, 10, 2);
    let list = versions(&path).unwrap();
    let rows: Vec<_> = list.iter().map(|v| (v.number, v.row_count, v.column_count)).collect();
    assert_eq!(rows, [(1, 50, 5), (2, 70_050, 5), (3, 70_060, 5)]);
    assert_eq!(list.iter().map(|v| v.is_pinned).collect::<Vec<_>>(), [true, false, false]);
    assert!(list.iter().all(|v| !v.is_damaged && v.byte_len > 7 * 4096));
    // The files are shared, and their headers are ahead of the old versions.
    assert_eq!((reader.version(), reader.row_count()), (1, 50));
    let again = Table::open_version(&path, 1).unwrap();
    assert_eq!(digest(&again), digest(&reader));
    assert_eq!(again.refresh().unwrap().version(), 3);
    let error = Table::open_version(&path, 9).unwrap_err();
    assert!(error.to_string().contains("There is no version 9") && error.to_string().contains("1, 2, 3"));

    fs::write(path.join("versions/00000002.json"), "nonsense").unwrap();
    let damaged: Vec<_> = versions(&path).unwrap().iter().map(|v| v.is_damaged).collect();
    assert_eq!(damaged, [false, true, false]);
    assert!(Table::open_version(&path, 2).unwrap_err().is_corrupt());
    assert_eq!(Table::open(&path).unwrap().version(), 3);
}

#[test]
fn a_vacuum_keeps_what_it_is_told_and_what_is_open() {
    let _guard = no_child_begins();
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    create(&path);
    for seed in 1..6 {
        replace(&path, seed);
    }
    let reader = Table::open_version(&path, 2).unwrap();
    let expected = digest(&reader);
    let before = column_files(&path).len();
    let report = vacuum(&path, 2).unwrap();
    assert_eq!(numbers(&path), BTreeSet::from([2, 5, 6]));
    assert_eq!((report.versions_removed, report.versions_pinned), (3, 1));
    assert_eq!(report.files_removed, before - column_files(&path).len());
    assert!(report.bytes_freed > 3 * 5 * 4096);
    assert_eq!(column_files(&path), named_files(&path));
    assert_eq!(digest(&reader), expected);
    drop(reader);
    let report = vacuum(&path, 0).unwrap();
    assert_eq!((report.versions_removed, report.versions_pinned), (2, 0));
    assert_eq!(numbers(&path), BTreeSet::from([6]));
    assert_eq!(column_files(&path), named_files(&path));
    assert_eq!(vacuum(&path, 1).unwrap(), VacuumReport::default());
    assert!(verify(&path).unwrap().is_sound());
    append(&path, 10, 1);
}

#[test]
fn a_vacuum_waits_for_no_writer_and_touches_nothing_foreign() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    create(&path);
    let writer = TableWriter::append(&path).unwrap();
    assert!(vacuum(&path, 1).unwrap_err().is_locked());
    drop(writer);
    fs::write(path.join("columns/.hidden"), "").unwrap();
    fs::write(path.join("columns/not ours"), "").unwrap();
    fs::create_dir(path.join("columns/folder")).unwrap();
    fs::create_dir(path.join("state")).unwrap();
    fs::write(path.join("state/loss.npy"), "").unwrap();
    fs::write(path.join("columns/fare~9.npy"), "a leftover").unwrap();
    let report = vacuum(&path, 1).unwrap();
    assert_eq!((report.files_removed, report.bytes_freed), (1, 10));
    assert!(path.join("columns/folder").exists() && path.join("state/loss.npy").exists());
    assert!(path.join("columns/.hidden").exists() && path.join("columns/not ours").exists());
}

/// A reader whose version file is damaged after it was opened still reads files that nobody can name.
#[test]
fn a_damaged_version_goes_unless_somebody_reads_it() {
    let _guard = no_child_begins();
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    create(&path);
    replace(&path, 1);
    replace(&path, 2);
    let reader = Table::open_version(&path, 1).unwrap();
    let expected = digest(&reader);
    // In place, so that the reader's lock stays on it.
    fs::write(path.join("versions/00000001.json"), "nonsense").unwrap();
    let files = column_files(&path);
    let report = vacuum(&path, 10).unwrap();
    assert_eq!((report.versions_removed, report.versions_pinned, report.files_removed), (0, 1, 0));
    assert_eq!(column_files(&path), files);
    assert_eq!(digest(&reader), expected);
    drop(reader);
    let report = vacuum(&path, 10).unwrap();
    assert_eq!((report.versions_removed, report.versions_pinned), (1, 0));
    assert_eq!(numbers(&path), BTreeSet::from([2, 3]));
    assert_eq!(column_files(&path), named_files(&path));
    fs::write(path.join("versions/00000003.json"), "nonsense").unwrap();
    assert!(vacuum(&path, 1).unwrap_err().is_corrupt());
    assert_eq!(numbers(&path), BTreeSet::from([2, 3]));
}

/// What the table should hold after each step.
#[derive(Default)]
struct Model {
    /// The digest of each version that is there.
    versions: BTreeMap<u64, Vec<u64>>,
    readers: Vec<Table>,
}

impl Model {
    fn vacuum(&mut self, keep: usize) -> (usize, usize) {
        let newest = *self.versions.keys().next_back().unwrap();
        let kept: BTreeSet<u64> = self.versions.keys().rev().take(keep.max(1)).copied().collect();
        let pinned: BTreeSet<u64> = self.readers.iter().map(Table::version).collect();
        let before = self.versions.len();
        self.versions.retain(|n, _| *n == newest || kept.contains(n) || pinned.contains(n));
        (before - self.versions.len(), pinned.difference(&kept).count())
    }
}

#[test]
fn random_steps_leave_nothing_missing_and_no_orphan() {
    let _guard = no_child_begins();
    let mut vacuums = 0;
    for seed in 0..12 {
        let folder = quick_folder();
        let path = folder.path().join("t.colq");
        create(&path);
        let mut random = Random(seed);
        let mut model = Model::default();
        model.versions.insert(1, digest(&Table::open(&path).unwrap()));
        for step in 0..60 {
            let mut committed = true;
            match random.below(8) {
                0 | 1 => append(&path, random.below(400) as usize, random.next()),
                2 => replace(&path, random.next()),
                3 => {
                    let mut edit = TableEdit::open(&path).unwrap();
                    let names: Vec<String> = edit.column_names().map(str::to_owned).collect();
                    let name = &names[random.below(names.len() as u64) as usize];
                    if names.len() > 1 && random.below(2) == 0 {
                        edit.drop_column(name).unwrap();
                    }
                    let rows = edit.row_count() as usize;
                    let column = batch(&small(), rows, random.next(), 3).columns()[2].clone();
                    edit.add_column(&format!("text {step}"), DataType::Text).unwrap();
                    edit.write_column(&format!("text {step}"), &column).unwrap();
                    edit.commit().unwrap();
                }
                4 => {
                    // A writer that dies and leaves what it wrote.
                    let at = 4 + random.below(40) as usize;
                    let dying = TableWriter::replace_on(Faulty::new(at, Fault::Dies), &path, &small());
                    if let Ok(mut dying) = dying {
                        let _ = dying.write(&batch(&small(), 70_000, 1, 2)).and_then(|()| dying.commit());
                    }
                    committed =
                        Table::open(&path).unwrap().version() > *model.versions.keys().last().unwrap();
                }
                5 => {
                    committed = false;
                    let all: Vec<u64> = model.versions.keys().copied().collect();
                    let number = all[random.below(all.len() as u64) as usize];
                    model.readers.push(Table::open_version(&path, number).unwrap());
                }
                6 if !model.readers.is_empty() => {
                    committed = false;
                    model.readers.swap_remove(random.below(model.readers.len() as u64) as usize);
                }
                _ => {
                    committed = false;
                    vacuums += 1;
                    let keep = random.below(4) as usize;
                    let report = vacuum(&path, keep).unwrap();
                    let expected = model.vacuum(keep);
                    assert_eq!((report.versions_removed, report.versions_pinned), expected);
                    assert_eq!(column_files(&path), named_files(&path), "orphans");
                }
            }
            if committed {
                let table = Table::open(&path).unwrap();
                model.versions.insert(table.version(), digest(&table));
            }
            assert_eq!(numbers(&path), model.versions.keys().copied().collect());
            assert!(versions(&path).unwrap().iter().all(|v| !v.is_damaged));
        }
        for (number, expected) in &model.versions {
            assert_eq!(&digest(&Table::open_version(&path, *number).unwrap()), expected);
        }
        for reader in &model.readers {
            assert_eq!(digest(reader), model.versions[&reader.version()]);
        }
    }
    assert!(vacuums > 100, "{vacuums}");
}

#[test]
fn a_vacuum_that_dies_or_fails_anywhere_leaves_whole_versions() {
    let folder = quick_folder();
    let template = folder.path().join("template.colq");
    create(&template);
    append(&template, 66_000, 1);
    for seed in 2..5 {
        replace(&template, seed);
    }
    let expected: BTreeMap<u64, Vec<u64>> = numbers(&template)
        .into_iter()
        .map(|n| (n, digest(&Table::open_version(&template, n).unwrap())))
        .collect();
    for fault in [Fault::Dies, Fault::Error(5)] {
        let mut partial = 0;
        for at in 0.. {
            let path = folder.path().join(format!("{at}.colq"));
            copy_folder(&template, &path);
            let reader = Table::open(&path).unwrap();
            let layer = Faulty::new(at, fault);
            let result = vacuum_on(layer.clone(), &path, 2);
            for number in numbers(&path) {
                let table = Table::open_version(&path, number).unwrap();
                assert_eq!(digest(&table), expected[&number], "{fault:?} at call {at}");
            }
            assert_eq!(digest(&reader), expected[&5]);
            partial += usize::from(numbers(&path).len() < 5 && numbers(&path).len() > 2);
            if at >= layer.calls() {
                assert_eq!(result.unwrap().versions_removed, 3);
                break;
            }
            assert!(result.is_err());
            vacuum(&path, 2).unwrap();
            assert_eq!(numbers(&path), BTreeSet::from([4, 5]));
            assert_eq!(column_files(&path), named_files(&path));
            assert_eq!(digest(&map(&path)), expected[&5]);
            fs::remove_dir_all(&path).unwrap();
        }
        fs::remove_dir_all(folder.path().join(format!("{}.colq", last(folder.path())))).unwrap();
        assert!(partial > 1, "the fault was hardly felt");
    }
}

fn last(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names.filter_map(|n| n.strip_suffix(".colq")?.parse().ok()).max().unwrap()
}

/// Readers that open and refresh while versions are replaced and vacuumed away see whole versions only.
#[test]
fn readers_see_whole_versions_while_old_ones_go() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    create(&path);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for seed in 0..100 {
                let mut writer = TableWriter::replace(&path, &small()).unwrap();
                let rows = batch(&small(), 40, seed, 0);
                writer.write(&rows).unwrap();
                writer.commit().unwrap();
                drop(writer);
                vacuum(&path, 1).unwrap();
            }
        });
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..300 {
                    let table = Table::open(&path).unwrap();
                    let again = Table::open_version(&path, table.version()).unwrap();
                    assert_eq!(digest(&again), digest(&table));
                    assert!(!versions(&path).unwrap().is_empty());
                }
            });
        }
    });
    vacuum(&path, 1).unwrap();
    assert_eq!(numbers(&path).len(), 1);
    assert!(matches!(Table::open_version(&path, 1), Err(Error::NoSuchVersion { .. })));
}
