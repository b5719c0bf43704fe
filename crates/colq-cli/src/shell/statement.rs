//! One statement: run, shown, and remembered for `.last`.

use super::answer::{Answer, Begun, Others, Steps};
use super::screen::Screen;
use super::{Open, Shell, names, token};
use crate::failure::Failure;
use crate::output::{self, Look, Mode, counted, grouped};
use crate::progress;
use colq::{Context, Frames};
use std::io::Write;
use std::time::{Duration, Instant};

impl Shell {
    /// Runs a statement and shows its answer.
    pub(super) fn statement(&mut self, sql: &str) -> Result<(), Failure> {
        self.refresh();
        let context = self.context();
        self.session.set_context(context.clone());
        let interrupt = self.interrupt.clone();
        interrupt.during(&context, || self.answer(sql, &context))?;
        self.learn(sql);
        Ok(())
    }

    fn answer(&mut self, sql: &str, context: &Context) -> Result<(), Failure> {
        let start = Instant::now();
        let statement = progress::during(context, self.args.run.progress, || self.session.prepare(sql))?;
        let open = statement.open_time();
        let plan = start.elapsed().saturating_sub(open);
        for doubt in statement.doubts() {
            self.report.advise(doubt);
        }
        let running = Instant::now();
        let (forced, zone_count) = (self.args.run.progress, statement.zone_count());
        if statement.is_explain() {
            let frame = progress::of_query(context, forced, zone_count, || statement.run())?;
            let answer = Answer::of(frame, start.elapsed(), true);
            self.show(&answer, self.mode, self.look())?;
            self.last = Some(answer);
            return Ok(());
        }
        let frames = progress::until_first(context, forced, zone_count, || statement.batches())?;
        if let Some(path) = self.output.take() {
            let row_count = output::to_file(frames, &path, None)?;
            eprintln!("{} written to {}", counted(row_count, "row"), path.display());
        } else {
            let mut begun = Answer::begin(frames, self.rows.unwrap_or(0), start)?;
            if self.rows.is_some() || begun.rest.is_none() {
                let answer = begun.count(start)?;
                self.show(&answer, self.mode, self.look())?;
                self.last = Some(answer);
            } else {
                self.show_all(&mut begun, start)?;
                self.last = Some(begun.answer);
            }
        }
        if self.timer {
            eprint!("{}", Steps { open, plan, run: running.elapsed() }.text(context));
        }
        Ok(())
    }

    /// Shows the first rows of an answer, and how many there are.
    pub(super) fn show(&self, answer: &Answer, mode: Mode, look: Look) -> Result<(), Failure> {
        let mut screen = Screen::new(self.is_interactive);
        if answer.is_text && matches!(mode, Mode::Table | Mode::Vertical) {
            screen.write_all(answer.text().as_bytes())?;
            return Ok(screen.end()?);
        }
        let shown = self.rows.unwrap_or(u64::MAX).min(answer.kept);
        let written = output::write_mode(answer.head(shown), mode, look, screen.clone());
        let for_people = matches!(mode, Mode::Table | Mode::Vertical);
        let foot = foot(answer, shown);
        let written = written.and_then(|row_count| {
            if for_people {
                writeln!(screen, "{}", look.dim(&foot))?;
            }
            Ok(row_count)
        });
        ended(screen, written)?;
        let cut = shown < answer.kept || answer.others != Others::Counted(0);
        if cut && !for_people {
            eprintln!("{foot}");
        }
        Ok(())
    }

    /// Shows all rows as they come.
    fn show_all(&self, begun: &mut Begun, start: Instant) -> Result<(), Failure> {
        let mut screen = Screen::new(self.is_interactive);
        let frames: Frames = begun.all();
        let written = output::write_mode(frames, self.mode, self.look(), screen.clone());
        let written = written.and_then(|row_count| {
            if matches!(self.mode, Mode::Table | Mode::Vertical) {
                let foot = format!("{} in {}", counted(row_count, "row"), duration(start.elapsed()));
                writeln!(screen, "{}", self.look().dim(&foot))?;
            }
            Ok(row_count)
        });
        begun.answer.others = match ended(screen, written)? {
            Some(row_count) => Others::Counted(row_count - begun.answer.kept),
            None => Others::More(0),
        };
        Ok(())
    }

    /// Looks for newer versions of the open tables. One that has gone stays as it was opened.
    fn refresh(&mut self) {
        let mut newer = Vec::new();
        for Open { name, table, .. } in &mut self.tables {
            if let Ok(found) = table.refresh()
                && found.version() != table.version()
            {
                *table = found;
                newer.push((name.clone(), table.clone()));
            }
        }
        for (name, table) in newer {
            self.names().add_open(&name, table.schema());
            self.session.register(name, table);
        }
    }

    /// Remembers the columns of the files that a statement read, for completing the next one.
    fn learn(&self, sql: &str) {
        for name in names::tables(sql, &token::tokens(sql)) {
            let known = self.names().table(&name).is_some();
            if let (false, Ok(table)) = (known, self.session.table(&name)) {
                self.names().add_seen(&name, table.schema());
            }
        }
    }
}

/// Waits until the pager is left, and gives the number of rows; `None` where it was left before the end, because
/// enough was seen.
fn ended(screen: Screen, written: Result<u64, Failure>) -> Result<Option<u64>, Failure> {
    screen.end()?;
    match written {
        Ok(row_count) => Ok(Some(row_count)),
        Err(failure) if failure.is_broken_pipe() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// `3 rows in 1.2 ms`; of longer answers how many are shown, and how to see more.
fn foot(answer: &Answer, shown: u64) -> String {
    let took = duration(answer.took);
    let (count, more) = match answer.others {
        Others::Counted(others) => (answer.kept + others, false),
        Others::More(others) => (answer.kept + others, true),
    };
    if !more && shown == count {
        return format!("{} in {took}", counted(count, "row"));
    }
    let over = if more { "more than " } else { "" };
    let all = counted(count, "row");
    format!("the first {} of {over}{all} in {took} (`.rows all` shows all)", grouped(shown))
}

fn duration(took: Duration) -> String {
    match took.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}
