//! Power is lost at any moment: what was not synced may be there, or not, in any combination. What was
//! acknowledged must be there. A recording disk notes every change and every sync; then tables are put
//! together from what had to survive and random subsets of the rest.
//!
//! The model is the strict one of POSIX: a write survives for sure when its file was synced after it, a name
//! when its folder was synced after it.

use super::faults::{Story, Work, copy_folder};
use super::sample::{Random, batch, digest, digest_of_batches, quick_folder, small, try_digest};
use crate::layer::{Disk, FileLayer};
use crate::recover::recover_on;
use crate::vacuum::vacuum_on;
use crate::{Result, Table, TableWriter, TextLayout, WriteOptions, verify, versions};
use colq_context::Context;
use colq_types::{DataType, Field, Physical, Schema};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A change to the disk, in the order in which it was made.
#[derive(Debug, Clone)]
enum Event {
    CreateDir(PathBuf),
    CreateFile(PathBuf, u64),
    Write { file: u64, bytes: Vec<u8>, offset: u64 },
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    Sync(u64),
    SyncDir(PathBuf),
}

/// A disk that writes down what is done to it. `forget` drops the sync of this number, to show that the test
/// would notice.
#[derive(Debug)]
struct Recording {
    events: Mutex<Vec<Event>>,
    forget: Option<usize>,
}

impl Recording {
    fn note(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }

    fn note_sync(&self, event: Event) {
        let mut events = self.events.lock().unwrap();
        let number = events.iter().filter(|e| is_sync(e)).count();
        // A forgotten one leaves a mark that syncs nothing, so that the numbers stay.
        let forgotten = Event::Sync(u64::MAX);
        events.push(if self.forget == Some(number) { forgotten } else { event });
    }
}

fn is_sync(event: &Event) -> bool {
    matches!(event, Event::Sync(_) | Event::SyncDir(_))
}

fn inode(file: &File) -> u64 {
    file.metadata().unwrap().ino()
}

impl FileLayer for Recording {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        Disk.create_dir(path)?;
        self.note(Event::CreateDir(path.to_owned()));
        Ok(())
    }
    fn create_new(&self, path: &Path) -> io::Result<File> {
        let file = Disk.create_new(path)?;
        self.note(Event::CreateFile(path.to_owned(), inode(&file)));
        Ok(file)
    }
    fn open(&self, path: &Path) -> io::Result<File> {
        Disk.open(path)
    }
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let len = Disk.write_at(file, bytes, offset)?;
        self.note(Event::Write { file: inode(file), bytes: bytes[..len].to_vec(), offset });
        Ok(len)
    }
    fn allocate(&self, _file: &File, _offset: u64, _byte_len: u64) -> io::Result<()> {
        Ok(())
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        self.note_sync(Event::Sync(inode(file)));
        Ok(())
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.note_sync(Event::SyncDir(path.to_owned()));
        Ok(())
    }
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename_noreplace(from, to)?;
        self.note(Event::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        Disk.remove_file(path)?;
        self.note(Event::Remove(path.to_owned()));
        Ok(())
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        Disk.remove_dir(path)
    }
}

/// Puts a table together as a power loss after `events` may have left it, starting from what was there.
/// `choose` decides for each change that was not synced.
fn replay(
    before: Option<&Path>,
    recorded: &Path,
    to: &Path,
    events: &[Event],
    mut choose: impl FnMut() -> bool,
) {
    if let Some(before) = before {
        copy_folder(before, to);
    }
    let moved = |path: &Path| to.join(path.strip_prefix(recorded).unwrap());
    let survives = |at: usize, is_settled: &dyn Fn(&Event) -> bool| events[at + 1..].iter().any(is_settled);
    // The files that were open from before, by the inode of the recorded table.
    let mut paths: HashMap<u64, PathBuf> = HashMap::new();
    for entry in ["columns", "versions"]
        .iter()
        .flat_map(|f| fs::read_dir(recorded.join("t.colq").join(f)).into_iter().flatten())
    {
        let entry = entry.unwrap();
        paths.insert(entry.metadata().unwrap().ino(), moved(&entry.path()));
    }
    for (at, event) in events.iter().enumerate() {
        let name_survives = |path: &Path| {
            let folder = path.parent().unwrap().to_owned();
            survives(at, &|e: &Event| matches!(e, Event::SyncDir(p) if *p == folder))
        };
        match event {
            Event::CreateDir(path) => {
                if name_survives(path) || choose() {
                    let _ = fs::create_dir(moved(path));
                }
            }
            Event::CreateFile(path, file) => {
                let path_now = moved(path);
                if name_survives(path) || choose() {
                    let _ = File::create_new(&path_now);
                }
                paths.insert(*file, path_now);
            }
            Event::Write { file, bytes, offset } => {
                let settled = survives(at, &|e: &Event| matches!(e, Event::Sync(f) if f == file));
                // An unsynced write may be there in part, a page here and there.
                let (range, is_there) = match settled {
                    true => (0..bytes.len(), true),
                    false => (0..if choose() { bytes.len() } else { bytes.len() / 2 }, choose()),
                };
                let path = paths.get(file);
                let open = path.and_then(|p| fs::OpenOptions::new().write(true).open(p).ok());
                if let Some(open) = open.filter(|_| is_there) {
                    open.write_all_at(&bytes[range], *offset).unwrap();
                }
            }
            Event::Rename(from, target) => {
                if name_survives(target) || choose() {
                    let _ = fs::rename(moved(from), moved(target));
                    let new = moved(target);
                    paths.values_mut().filter(|p| **p == moved(from)).for_each(|p| *p = new.clone());
                }
            }
            Event::Remove(path) => {
                if name_survives(path) || choose() {
                    let _ = fs::remove_file(moved(path));
                }
            }
            Event::Sync(_) | Event::SyncDir(_) => {}
        }
    }
}

type Run<'a> = dyn Fn(Arc<dyn FileLayer>, &Path) -> Result<u64> + 'a;

/// A change to a table, and what it holds before (`None`: there is none) and after.
struct Change<'a> {
    write_before: &'a dyn Fn(&Path),
    run: &'a Run<'a>,
    old: Option<Vec<u64>>,
    new: Vec<u64>,
}

/// [`lost_in`] of the work of a story.
fn lost(work: Work, forget: Option<usize>, seed: u64, tries: usize) -> (usize, usize) {
    let story = Story::of(work);
    let (old, new) = story.states(work);
    let change = Change {
        write_before: &|path| story.write_before(path),
        run: &|layer, path| story.run(work, layer, path),
        old: old.as_deref().map(digest_of_batches),
        new: digest_of_batches(&new),
    };
    lost_in(&change, forget, seed, tries)
}

/// Runs a change on a recording disk and loses power at every event. Gives how often a table was neither the
/// old nor the new one, or not the new one though the commit was acknowledged.
fn lost_in(change: &Change<'_>, forget: Option<usize>, seed: u64, tries: usize) -> (usize, usize) {
    let (old, new) = (&change.old, &change.new);
    let folder = quick_folder();
    // The table lies in a folder of its own, because making it changes that folder.
    let world = folder.path().join("world");
    fs::create_dir(&world).unwrap();
    let path = world.join("t.colq");
    if old.is_some() {
        (change.write_before)(&path);
    }
    let before = folder.path().join("before");
    copy_folder(&world, &before);
    let recording = Arc::new(Recording { events: Mutex::new(Vec::new()), forget });
    (change.run)(recording.clone(), &path).unwrap();
    let events = recording.events.lock().unwrap().clone();
    let sync_count = events.iter().filter(|e| is_sync(e)).count();
    let acknowledged = events.iter().rposition(is_sync).unwrap() + 1;
    let mut random = Random(seed);
    let mut losses = 0;
    // From the end, where a forgotten sync is noticed soonest.
    for lost_at in (0..=events.len()).rev() {
        // Around the commit everything is tried often; before it, nothing can be seen yet.
        let near = lost_at + 6 >= acknowledged;
        if !near && lost_at % 7 != 0 {
            continue;
        }
        for _ in 0..if near { tries } else { 1 } {
            let to = folder.path().join("after");
            let one_in = 1 + random.below(4);
            let after = &events[..lost_at];
            replay(Some(&before), &world, &to, after, || random.below(one_in + 1) < one_in);
            let is_sound = match Table::open(to.join("t.colq")) {
                Ok(table) => {
                    let sound = verify(to.join("t.colq")).is_ok_and(|r| r.is_sound());
                    let is_legal = |rows: Vec<u64>| {
                        rows == *new || (lost_at < acknowledged && Some(&rows) == old.as_ref())
                    };
                    sound && try_digest(&table).is_ok_and(is_legal)
                }
                Err(error) => old.is_none() && lost_at < acknowledged && !error.is_corrupt(),
            };
            losses += usize::from(!is_sound);
            fs::remove_dir_all(&to).unwrap();
            if losses > 0 && forget.is_some() {
                return (losses, sync_count);
            }
        }
    }
    (losses, sync_count)
}

#[test]
fn an_acknowledged_commit_survives_a_power_loss() {
    for (work, seed) in [(Work::Create, 1), (Work::Append, 2), (Work::Replace, 3), (Work::Edit, 4)] {
        let (losses, syncs) = lost(work, None, seed, 6);
        println!("{work:?}: {syncs} syncs, {losses} losses");
        assert_eq!(losses, 0, "{work:?}");
    }
}

/// Without any one of the syncs the test above must notice, or it shows nothing.
#[test]
fn a_forgotten_sync_is_noticed() {
    for work in [Work::Append, Work::Edit] {
        let (_, syncs) = lost(work, None, 1, 0);
        for forget in 0..syncs {
            let noticed = (0..4).any(|seed| lost(work, Some(forget), seed, 10).0 > 0);
            assert!(noticed, "{work:?}: sync number {forget} of {syncs} was forgotten and nobody noticed");
        }
    }
}

/// Free text lies in two files, and vectors wait in memory of their own: each of their syncs counts.
#[test]
fn a_forgotten_sync_of_free_text_or_vectors_is_noticed() {
    let schema = Schema::new(vec![
        Field::new("note", DataType::Text),
        Field::new("at", DataType::Vector { element: Physical::F32, len: 3 }),
    ]);
    let options = WriteOptions { text: TextLayout::Free, ..WriteOptions::default() };
    let (before, more) = (batch(&schema, 65_500, 1, 0), batch(&schema, 100, 2, 5));
    let change = Change {
        write_before: &|path| {
            let mut writer = TableWriter::create_with(path, &schema, &options).unwrap();
            writer.write(&before).unwrap();
            writer.commit().unwrap();
        },
        run: &|layer, path| {
            let mut writer = TableWriter::append_on(layer, path)?;
            writer.write(&more)?;
            writer.commit()
        },
        old: Some(digest_of_batches(std::slice::from_ref(&before))),
        new: digest_of_batches(&[before.clone(), more.clone()]),
    };
    let (losses, syncs) = lost_in(&change, None, 1, 6);
    // Offsets, texts, vectors, records and validity of both, the folder of columns, the version and its folder.
    assert_eq!((losses, syncs), (0, 10));
    for forget in 0..syncs {
        let noticed = (0..4).any(|seed| lost_in(&change, Some(forget), seed, 10).0 > 0);
        assert!(noticed, "sync number {forget} of {syncs} was forgotten and nobody noticed");
    }
}

/// A recovery is a commit like any other: a power loss leaves the damaged table, or the recovered one.
#[test]
fn a_recovery_survives_a_power_loss() {
    // Headers that say too many rows, the version and its folder.
    const SYNCS: usize = 9;
    let rows = [batch(&small(), 65_500, 1, 0), batch(&small(), 400, 2, 5)];
    let world = |path: &Path| {
        for (number, rows) in rows.iter().enumerate() {
            let mut writer = match number {
                0 => TableWriter::create(path, &small()).unwrap(),
                _ => TableWriter::append(path).unwrap(),
            };
            writer.write(rows).unwrap();
            writer.commit().unwrap();
        }
        fs::write(path.join("versions/00000002.json"), "nonsense").unwrap();
    };
    let run = |layer, path: &Path| recover_on(layer, path, &Context::new()).map(|report| report.version);
    let folder = quick_folder();
    let (recorded, before) = (folder.path().join("world"), folder.path().join("before"));
    fs::create_dir(&recorded).unwrap();
    world(&recorded.join("t.colq"));
    copy_folder(&recorded, &before);
    let expected = digest_of_batches(&rows[..1]);
    for forget in std::iter::once(None).chain((0..SYNCS).map(Some)) {
        let again = folder.path().join("again");
        copy_folder(&before, &again);
        let recording = Arc::new(Recording { events: Mutex::new(Vec::new()), forget });
        assert_eq!(run(recording.clone(), &again.join("t.colq")).unwrap(), 3);
        let events = recording.events.lock().unwrap().clone();
        let acknowledged = events.iter().rposition(is_sync).unwrap() + 1;
        let mut random = Random(5);
        let mut losses = 0;
        assert_eq!(events.iter().filter(|e| is_sync(e)).count(), SYNCS);
        // As above, from the end; one loss is enough where a sync was forgotten.
        for lost_at in (0..=events.len()).rev() {
            for _ in 0..if forget.is_some() && losses > 0 { 0 } else { 6 } {
                let to = folder.path().join("after");
                replay(Some(&before), &again, &to, &events[..lost_at], || random.below(2) == 0);
                let path = to.join("t.colq");
                let is_sound = match Table::open(&path) {
                    Ok(table) => try_digest(&table).is_ok_and(|found| found == expected),
                    // Damaged as before: the recovery is asked for again, and works.
                    Err(_) if lost_at < acknowledged => {
                        run(Arc::new(Disk), &path).is_ok() && digest(&Table::open(&path).unwrap()) == expected
                    }
                    Err(_) => false,
                };
                let is_sound = is_sound && verify(&path).is_ok_and(|report| report.is_sound());
                losses += usize::from(!is_sound);
                fs::remove_dir_all(&to).unwrap();
            }
        }
        assert_eq!(losses > 0, forget.is_some(), "forgotten {forget:?}: {losses} losses");
        fs::remove_dir_all(&again).unwrap();
    }
}

/// Power is lost at any moment of a vacuum: whichever versions come back have all their files.
fn half_versions_after_a_vacuum(forget: Option<usize>, seed: u64, tries: usize) -> (usize, usize) {
    let folder = quick_folder();
    let world = folder.path().join("world");
    fs::create_dir(&world).unwrap();
    let path = world.join("t.colq");
    for seed in 0..4 {
        let mut writer = match seed {
            0 => TableWriter::create_on(Arc::new(Disk), &path, &small()).unwrap(),
            _ => TableWriter::replace_on(Arc::new(Disk), &path, &small()).unwrap(),
        };
        writer.write(&batch(&small(), 40, seed, 3)).unwrap();
        writer.commit().unwrap();
    }
    let before = folder.path().join("before");
    copy_folder(&world, &before);
    let recording = Arc::new(Recording { events: Mutex::new(Vec::new()), forget });
    assert_eq!(vacuum_on(recording.clone(), &path, 2).unwrap().versions_removed, 2);
    let events = recording.events.lock().unwrap().clone();
    let sync_count = events.iter().filter(|e| is_sync(e)).count();
    let mut random = Random(seed);
    let mut losses = 0;
    for lost_at in 0..=events.len() {
        for _ in 0..tries {
            let to = folder.path().join("after");
            replay(Some(&before), &world, &to, &events[..lost_at], || random.below(2) == 0);
            let list = versions(to.join("t.colq")).unwrap();
            let has_kept = list.iter().rev().map(|v| v.number).take(2).eq([4, 3]);
            losses += usize::from(!has_kept || list.iter().any(|v| v.is_damaged));
            fs::remove_dir_all(&to).unwrap();
        }
    }
    (losses, sync_count)
}

#[test]
fn a_version_that_comes_back_after_a_power_loss_has_its_files() {
    let (losses, syncs) = half_versions_after_a_vacuum(None, 1, 10);
    assert_eq!((losses, syncs), (0, 1));
    let (losses, _) = half_versions_after_a_vacuum(Some(0), 1, 10);
    assert!(losses > 0, "the sync between the versions and their files was forgotten and nobody noticed");
}
