//! Every call that writes fails once, in every way; and the process dies before every call. Afterwards the
//! table is exactly the old or the new one, no covered byte has changed, and the next append works.

use super::invariant::covered_bytes;
use super::round_trip::map;
use super::sample::{batch, digest, digest_of_batches, quick_folder, small};
use crate::layer::{Disk, FileLayer};
use crate::{Error, Result, Table, TableEdit, TableWriter, verify};
use colq_column::{Batch, Column, Dictionary};
use colq_types::DataType;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing; the calls are only counted.
    None,
    /// This one call fails with this error number.
    Error(i32),
    /// A write does half of its work and says so; other calls are not touched.
    ShortWrite,
    /// A write or a reservation is interrupted by a signal; other calls are not touched.
    Interrupted,
    /// The process is gone: this call and all after it do nothing.
    Dies,
    /// The same, and a write at that moment was half done.
    DiesMidway,
}

/// A disk that misbehaves at one call. It never really syncs: that is for the power-loss test.
#[derive(Debug)]
pub(crate) struct Faulty {
    at: usize,
    fault: Fault,
    calls: AtomicUsize,
}

const ENOSPC: i32 = 28;
const EIO: i32 = 5;

impl Faulty {
    pub(crate) fn new(at: usize, fault: Fault) -> Arc<Faulty> {
        Arc::new(Faulty { at, fault, calls: AtomicUsize::new(0) })
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call; the error it shall give, if any.
    fn call(&self, is_write: bool) -> io::Result<Option<Fault>> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        match self.fault {
            Fault::Error(code) if number == self.at => Err(io::Error::from_raw_os_error(code)),
            Fault::Interrupted if number == self.at && is_write => Err(io::ErrorKind::Interrupted.into()),
            Fault::ShortWrite if number == self.at => Ok(Some(Fault::ShortWrite)),
            Fault::DiesMidway if number == self.at && is_write => Ok(Some(Fault::DiesMidway)),
            Fault::Dies | Fault::DiesMidway if number >= self.at => Err(io::Error::from_raw_os_error(EIO)),
            _ => Ok(None),
        }
    }
}

impl FileLayer for Faulty {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.call(false)?;
        Disk.create_dir(path)
    }
    fn create_new(&self, path: &Path) -> io::Result<File> {
        self.call(false)?;
        Disk.create_new(path)
    }
    fn open(&self, path: &Path) -> io::Result<File> {
        self.call(false)?;
        Disk.open(path)
    }
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        match self.call(true)? {
            Some(Fault::ShortWrite) => Disk.write_at(file, &bytes[..bytes.len().div_ceil(2)], offset),
            Some(Fault::DiesMidway) => {
                Disk.write_at(file, &bytes[..bytes.len() / 2], offset)?;
                Err(io::Error::from_raw_os_error(EIO))
            }
            _ => Disk.write_at(file, bytes, offset),
        }
    }
    fn allocate(&self, file: &File, offset: u64, byte_len: u64) -> io::Result<()> {
        self.call(true)?;
        Disk.allocate(file, offset, byte_len)
    }
    fn sync(&self, _file: &File) -> io::Result<()> {
        self.call(false).map(|_| ())
    }
    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        self.call(false).map(|_| ())
    }
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(false)?;
        Disk.rename_noreplace(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.call(false)?;
        Disk.remove_file(path)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.call(false)?;
        Disk.remove_dir(path)
    }
}

/// Ways to begin from one template, and what each writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Create,
    Append,
    Replace,
    /// Two columns replaced, one renamed, and one that comes and goes again before the commit.
    Edit,
}

/// What a table holds before, and what the work adds: a zone fills up, its validity file is made, and the
/// dictionary outgrows codes of one byte.
pub(crate) struct Story {
    pub(crate) before: Batch,
    pub(crate) more: Batch,
    /// Other rows of the same number as before, with nulls.
    edited: Batch,
}

impl Story {
    pub(crate) fn of(work: Work) -> Story {
        // An edit writes what it replaces, so there are full zones in that.
        let rows = if work == Work::Edit { 66_000 } else { 65_500 };
        let before = batch(&small(), rows, 1, 0);
        let more = batch(&small(), 400, 2, 5);
        let words: Vec<String> = (0..400).map(|i| format!("carrier {i}")).collect();
        let dictionary = Arc::new(Dictionary::of(words.iter().map(String::as_str)));
        let mut columns = more.into_columns();
        let validity = columns[2].validity.clone();
        columns[2] = Column::text((0..400u32).collect::<Vec<_>>(), dictionary).with_validity(validity);
        let edited = batch(&small(), rows, 3, 7);
        Story { before, more: Batch::new(Arc::new(small()), columns).unwrap(), edited }
    }

    pub(crate) fn write_before(&self, path: &Path) {
        let mut writer = TableWriter::create_on(Faulty::new(0, Fault::None), path, &small()).unwrap();
        writer.write(&self.before).unwrap();
        writer.commit().unwrap();
    }

    pub(crate) fn run(&self, work: Work, layer: Arc<dyn FileLayer>, path: &Path) -> Result<u64> {
        let mut writer = match work {
            Work::Create => TableWriter::create_on(layer, path, &small())?,
            Work::Append => TableWriter::append_on(layer, path)?,
            Work::Replace => TableWriter::replace_on(layer, path, &small())?,
            Work::Edit => return self.edit(layer, path),
        };
        writer.write(&self.more)?;
        writer.commit()
    }

    fn edit(&self, layer: Arc<dyn FileLayer>, path: &Path) -> Result<u64> {
        let columns = self.edited.columns();
        let mut edit = TableEdit::open_on(layer, path)?;
        edit.replace_column("fare", DataType::F32)?;
        edit.write_column("fare", &columns[0])?;
        edit.add_column("passing", DataType::I64)?;
        edit.write_column("passing", &columns[1])?;
        edit.replace_column("../carrier", DataType::Text)?;
        edit.write_column("../carrier", &columns[2])?;
        edit.drop_column("passing")?;
        edit.rename_column("tip", "gratuity")?;
        edit.commit()
    }

    /// The batches of the table before and after.
    pub(crate) fn states(&self, work: Work) -> (Option<Vec<Batch>>, Vec<Batch>) {
        match work {
            Work::Create => (None, vec![self.more.clone()]),
            Work::Append => (Some(vec![self.before.clone()]), vec![self.before.clone(), self.more.clone()]),
            Work::Replace => (Some(vec![self.before.clone()]), vec![self.more.clone()]),
            Work::Edit => {
                let mut columns = self.before.columns().to_vec();
                columns[0] = self.edited.columns()[0].clone();
                columns[2] = self.edited.columns()[2].clone();
                let after = Batch::new(Arc::new(small()), columns).unwrap();
                (Some(vec![self.before.clone()]), vec![after])
            }
        }
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Runs the work with the fault at every call, and looks at the table each time.
fn at_every_call(work: Work, fault: Fault, must_succeed: bool) {
    let story = Story::of(work);
    let (old, new) = story.states(work);
    let folder = quick_folder();
    let template = folder.path().join("template.colq");
    story.write_before(&template);
    let expected = (old.as_deref().map(digest_of_batches), digest_of_batches(&new));
    // What the next append makes of the one and of the other.
    let followed = |rows: &[Batch]| digest_of_batches(&[rows, std::slice::from_ref(&story.more)].concat());
    let after = (followed(old.as_deref().unwrap_or(&[])), followed(&new));
    let (mut olds, mut news) = (0, 0);
    for at in 0.. {
        let path = folder.path().join(format!("{at}.colq"));
        if work != Work::Create {
            copy_folder(&template, &path);
        }
        let covered = old.is_some().then(|| covered_bytes(&path));
        let layer = Faulty::new(at, fault);
        let result = story.run(work, layer.clone(), &path);
        if at >= layer.calls() {
            assert_eq!(result.unwrap(), if work == Work::Create { 1 } else { 2 });
            break;
        }
        let context = format!("{work:?}, {fault:?} at call {at}: {result:?}");
        assert!(result.is_ok() || !must_succeed, "{context}");
        let is_new = match Table::open(&path) {
            Ok(table) => {
                let rows = digest(&table);
                assert!(rows == expected.1 || Some(&rows) == expected.0.as_ref(), "{context}");
                rows == expected.1
            }
            Err(error) => {
                assert!(work == Work::Create, "{context}: {error}");
                assert!(
                    error.is_not_found() || matches!(error, Error::NotATable { .. }),
                    "{context}: {error}"
                );
                false
            }
        };
        match &result {
            Ok(_) => assert!(is_new, "{context}"),
            Err(error) if error.is_commit_unknown() => {}
            Err(_) => assert!(!is_new || fault == Fault::Dies || fault == Fault::DiesMidway, "{context}"),
        }
        if is_new {
            news += 1
        } else {
            olds += 1
        }
        // Whatever happened, the next writer goes on, and no covered byte changes.
        let reader = Table::open(&path).ok();
        let next = Faulty::new(0, Fault::None);
        let mut writer = match (work, is_new) {
            (Work::Create, false) => TableWriter::create_on(next, &path, &small()),
            _ => TableWriter::append_on(next, &path),
        }
        .unwrap_or_else(|e| panic!("{context}: {e}"));
        writer.write(&story.more).unwrap();
        writer.commit().unwrap();
        drop(writer);
        assert_eq!(&digest(&map(&path)), if is_new { &after.1 } else { &after.0 }, "{context}");
        let report = verify(&path).unwrap();
        assert!(report.is_sound(), "{context}: {:#?}", report.findings);
        if let Some(covered) = &covered {
            assert!(covered.iter().all(|c| c.is_unchanged(&path)), "{context}");
        }
        if let Some(reader) = reader {
            assert_eq!(
                digest(&reader),
                if is_new { expected.1.clone() } else { expected.0.clone().unwrap() }
            );
        }
        fs::remove_dir_all(&path).unwrap();
    }
    println!("{work:?}, {fault:?}: {olds} times the old table, {news} times the new one");
    assert!(must_succeed || olds > 10, "the fault was hardly felt");
}

#[test]
fn a_full_disk_leaves_the_old_version() {
    at_every_call(Work::Append, Fault::Error(ENOSPC), false);
    at_every_call(Work::Create, Fault::Error(ENOSPC), false);
    at_every_call(Work::Edit, Fault::Error(ENOSPC), false);
}

#[test]
fn a_failing_disk_leaves_the_old_version() {
    at_every_call(Work::Replace, Fault::Error(EIO), false);
    at_every_call(Work::Append, Fault::Error(EIO), false);
    at_every_call(Work::Edit, Fault::Error(EIO), false);
}

#[test]
fn short_writes_and_signals_change_nothing() {
    at_every_call(Work::Append, Fault::ShortWrite, true);
    at_every_call(Work::Edit, Fault::ShortWrite, true);
    at_every_call(Work::Create, Fault::Interrupted, true);
}

#[test]
fn a_process_that_dies_leaves_the_old_or_the_new_version() {
    at_every_call(Work::Create, Fault::Dies, false);
    at_every_call(Work::Append, Fault::Dies, false);
    at_every_call(Work::Replace, Fault::DiesMidway, false);
    at_every_call(Work::Edit, Fault::Dies, false);
    at_every_call(Work::Edit, Fault::DiesMidway, false);
}

#[test]
fn a_commit_that_may_have_happened_is_said_to_be_unknown() {
    let story = Story::of(Work::Append);
    let folder = quick_folder();
    let template = folder.path().join("template.colq");
    story.write_before(&template);
    let mut unknown = 0;
    for at in 0.. {
        let path = folder.path().join(format!("{at}.colq"));
        copy_folder(&template, &path);
        let layer = Faulty::new(at, Fault::Error(EIO));
        let mut writer = match TableWriter::append_on(layer.clone(), &path) {
            Ok(writer) => writer,
            Err(_) => continue,
        };
        let files_before = fs::read_dir(path.join("columns")).unwrap().count();
        match writer.write(&story.more).and_then(|()| writer.commit()) {
            Err(error) if error.is_commit_unknown() => {
                unknown += 1;
                assert!(matches!(writer.commit(), Err(Error::WriterClosed { .. })));
                drop(writer);
                assert!(fs::read_dir(path.join("columns")).unwrap().count() >= files_before);
                let old_files: Vec<String> =
                    covered_bytes(&path).into_iter().map(|covered| covered.file).collect();
                let mut next = TableWriter::append(&path).unwrap();
                next.write(&story.more).unwrap();
                next.commit().unwrap();
                let copied = covered_bytes(&path).into_iter().all(|new| !old_files.contains(&new.file));
                assert!(copied, "an append after an unknown commit writes into new files only");
            }
            _ if at >= layer.calls() => break,
            _ => {}
        }
    }
    assert_eq!(unknown, 2, "the rename, and the sync after it");
}
