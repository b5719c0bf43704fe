//! What the shell's own commands do.

use super::answer::Answer;
use super::dot::{self, Verb};
use super::screen::Screen;
use super::{Open, Shell, names, path};
use crate::failure::Failure;
use crate::output::{Look, Mode, counted, printable};
use crate::{chart, progress};
use colq::{Batch, BatchColumn, DataType, Field, Format, Frame, ProfileOptions, Scalar, Schema, Table};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that read one another end here.
const DEEPEST_READ: usize = 16;

impl Shell {
    /// Does what a line says that is no SQL.
    pub(super) fn command(&mut self, line: &str) -> Result<ControlFlow<()>, Failure> {
        let (verb, rest) = dot::parse(line)?;
        let word = word(rest);
        match verb {
            Verb::Quit => return Ok(ControlFlow::Break(())),
            Verb::Tables => self.show_tables()?,
            Verb::Schema => self.show_schemas(&word)?,
            Verb::Mode if line.trim().starts_with("\\x") => self.expand(&word)?,
            Verb::Mode => self.set_mode(&word)?,
            Verb::Rows => self.set_rows(&word)?,
            Verb::Timer => self.set_timer(&word)?,
            Verb::Explain => self.explain(rest)?,
            Verb::Profile => self.profile(&word)?,
            Verb::Last => self.show_last(&word)?,
            Verb::Read => return self.read(&word),
            Verb::Output => self.set_output(&word),
            Verb::Help => self.help(&word)?,
        }
        Ok(ControlFlow::Continue(()))
    }

    fn say(&self, text: &str) -> Result<(), Failure> {
        let mut screen = Screen::new(self.is_interactive);
        screen.write_all(text.as_bytes())?;
        Ok(screen.end()?)
    }

    fn show_frame(&self, columns: &[(&str, DataType, Vec<Scalar>)], look: Look) -> Result<(), Failure> {
        let schema: Schema = columns.iter().map(|(name, t, _)| Field::new(*name, *t)).collect();
        let values = columns.iter().map(|(_, t, scalars)| BatchColumn::from_scalars(*t, scalars)).collect();
        let Some(batch) = Batch::new(Arc::new(schema), values) else { return Ok(()) };
        let screen = Screen::new(self.is_interactive);
        crate::output::write_mode(Frame::from(batch).into(), self.mode, look, screen.clone())?;
        Ok(screen.end()?)
    }

    fn show_tables(&self) -> Result<(), Failure> {
        let sizes = |table: &Table| [table.row_count(), table.schema().len() as u64].map(number);
        let mut rows: Vec<[Scalar; 4]> = Vec::new();
        for Open { name, source, table } in &self.tables {
            let [row_count, columns] = sizes(table);
            rows.push([name.as_str().into(), row_count, columns, source.as_str().into()]);
        }
        for entry in path::entries("", "", path::is_data).iter().filter(|entry| !entry.ends_with('/')) {
            let opened = self.tables.iter().any(|open| {
                let places = [open.table.path(), Path::new(&open.source)];
                places.iter().any(|place| same_place(place, Path::new(entry)))
            });
            match entry.strip_suffix(".colq") {
                _ if opened => {}
                Some(stem) => {
                    let [row_count, columns] =
                        Table::open(entry).map_or([Scalar::Null, Scalar::Null], |table| sizes(&table));
                    rows.push([
                        names::quoted(stem).as_str().into(),
                        row_count,
                        columns,
                        entry.as_str().into(),
                    ]);
                }
                None => {
                    let name = format!("'{}'", entry.replace('\'', "''"));
                    rows.push([name.as_str().into(), Scalar::Null, Scalar::Null, entry.as_str().into()]);
                }
            }
        }
        if rows.is_empty() {
            return self.say(
                "There are no tables in this folder. A query names one by its path: FROM 'data/trips.csv'.\n",
            );
        }
        let column = |index: usize| rows.iter().map(|row| row[index].clone()).collect();
        self.show_frame(
            &[
                ("table", DataType::Text, column(0)),
                ("rows", DataType::I64, column(1)),
                ("columns", DataType::I64, column(2)),
                ("file", DataType::Text, column(3)),
            ],
            self.look(),
        )
    }

    fn show_schemas(&self, name: &str) -> Result<(), Failure> {
        if !name.is_empty() {
            return self.show_schema(&self.session.table(name)?);
        }
        if self.tables.is_empty() {
            return Err(usage(
                "Name the table whose columns are to be shown.",
                "as in `.schema trips`; `.tables` lists them",
            ));
        }
        for Open { name, table, .. } in &self.tables {
            self.say(&format!("{}: {}\n", printable(name), counted(table.row_count(), "row")))?;
            self.show_schema(table)?;
        }
        Ok(())
    }

    fn show_schema(&self, table: &Table) -> Result<(), Failure> {
        let fields = table.schema().fields();
        // Here names are shown whole, however narrow the terminal is.
        let look = Look { columns: None, ..self.look() };
        self.show_frame(
            &[
                ("column", DataType::Text, fields.iter().map(|f| f.name.as_str().into()).collect()),
                ("type", DataType::Text, fields.iter().map(|f| f.data_type.to_string().into()).collect()),
                ("nulls", DataType::I64, table.null_counts()?.into_iter().map(number).collect()),
                ("bytes", DataType::I64, table.column_byte_lens()?.into_iter().map(number).collect()),
            ],
            look,
        )
    }

    fn set_mode(&mut self, word: &str) -> Result<(), Failure> {
        if !word.is_empty() {
            self.mode = mode(word)?;
        }
        eprintln!("mode: {}", name_of(self.mode));
        Ok(())
    }

    /// psql's `\x`: vertical, and back.
    fn expand(&mut self, word: &str) -> Result<(), Failure> {
        let wanted = match word {
            "" => self.mode != Mode::Vertical,
            other => switch(other)?,
        };
        self.set_mode(if wanted { "vertical" } else { "table" })
    }

    fn set_rows(&mut self, word: &str) -> Result<(), Failure> {
        match word {
            "" => {}
            "all" => self.rows = None,
            other => {
                let count: u64 =
                    other.replace([',', '_'], "").parse().ok().filter(|count| *count > 0).ok_or_else(
                        || {
                            usage(
                                &format!("{} is no number of rows.", printable(other)),
                                "as in `.rows 100`, or `.rows all`",
                            )
                        },
                    )?;
                self.rows = Some(count);
            }
        }
        eprintln!("rows: {}", self.rows.map_or_else(|| "all".to_owned(), |rows| rows.to_string()));
        Ok(())
    }

    fn set_timer(&mut self, word: &str) -> Result<(), Failure> {
        self.timer = if word.is_empty() { !self.timer } else { switch(word)? };
        eprintln!("timer: {}", if self.timer { "on" } else { "off" });
        Ok(())
    }

    fn explain(&mut self, rest: &str) -> Result<(), Failure> {
        match super::token::statements(rest).as_slice() {
            [] => Err(usage("Write the SELECT to explain.", "as in `.explain SELECT count(*) FROM trips`")),
            all => all.iter().try_for_each(|sql| self.statement(&format!("EXPLAIN {sql}"))),
        }
    }

    /// The one place that shows what is in the columns of a table.
    fn profile(&mut self, name: &str) -> Result<(), Failure> {
        if name.is_empty() {
            return Err(usage("Name the table to profile.", "as in `.profile trips`"));
        }
        let context = self.context();
        self.session.set_context(context.clone());
        let table = self.session.table(name)?;
        let mut options = ProfileOptions::default();
        options.threads = self.args.run.threads;
        let work =
            || progress::during(&context, self.args.run.progress, || table.profile_with(&options, &context));
        let profile = self.interrupt.during(&context, work)?;
        let look = self.look();
        self.say(&chart::profile(&profile, look, chart::room(look)))
    }

    fn show_last(&self, word: &str) -> Result<(), Failure> {
        let Some(answer) = &self.last else {
            return Err(usage("There is no answer yet.", "run a SELECT first"));
        };
        match word {
            "" => self.show(answer, self.mode, self.look()),
            "all" => self.show_whole(answer),
            other => self.show(answer, mode(other)?, self.look()),
        }
    }

    /// All rows that were kept, and all columns, however wide.
    fn show_whole(&self, answer: &Answer) -> Result<(), Failure> {
        let mut screen = Screen::new(self.is_interactive);
        let look = Look { columns: None, ..self.look() };
        let row_count = crate::output::write_mode(answer.head(u64::MAX), self.mode, look, screen.clone())?;
        if matches!(self.mode, Mode::Table | Mode::Vertical) {
            writeln!(screen, "{}", look.dim(&counted(row_count, "row")))?;
        }
        screen.end()?;
        if answer.others != super::answer::Others::Counted(0) {
            eprintln!("The answer has more rows, which were not kept: run it again after `.rows all`.");
        }
        Ok(())
    }

    fn read(&mut self, word: &str) -> Result<ControlFlow<()>, Failure> {
        if word.is_empty() {
            return Err(usage("Name the file to read.", "as in `.read report.sql`"));
        }
        if self.read_depth >= DEEPEST_READ {
            return Err(usage(
                &format!("{} is read by itself.", printable(word)),
                "a file may not `.read` itself",
            ));
        }
        let text = std::fs::read_to_string(from_home(word)).map_err(|error| {
            usage(
                &format!("{} could not be read: {error}.", printable(word)),
                "the path is taken from the folder in which colq was started",
            )
        })?;
        self.read_depth += 1;
        let done = self.script(&text);
        self.read_depth -= 1;
        done
    }

    fn set_output(&mut self, word: &str) {
        self.output = (!word.is_empty()).then(|| from_home(word));
        match &self.output {
            Some(path) => eprintln!("The next answer goes to {}.", printable(&path.to_string_lossy())),
            None => eprintln!("Answers go to the screen."),
        }
    }

    fn help(&self, word: &str) -> Result<(), Failure> {
        if word.is_empty() {
            return self.say(&dot::help());
        }
        let dotted = format!(".{word}");
        let known = dot::find(word).or_else(|| dot::find(&dotted)).ok_or_else(|| dot::unknown(word))?;
        self.say(&dot::help_of(known))
    }
}

/// The argument without its quotes and the semicolon that habit puts behind it.
fn word(rest: &str) -> String {
    let rest = rest.trim_end_matches(';').trim_end();
    names::unquoted(rest)
}

/// The path that is typed, where `~/` stands for the home folder.
fn from_home(word: &str) -> PathBuf {
    match (word.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(word),
    }
}

fn number(count: u64) -> Scalar {
    Scalar::I64(i64::try_from(count).unwrap_or(i64::MAX))
}

fn same_place(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().is_some_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

fn usage(message: &str, hint: &str) -> Failure {
    Failure::Usage { message: message.to_owned(), hint: hint.to_owned() }
}

fn switch(word: &str) -> Result<bool, Failure> {
    match word.to_ascii_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(usage(&format!("{} is neither on nor off.", printable(other)), "as in `.timer on`")),
    }
}

fn mode(word: &str) -> Result<Mode, Failure> {
    Ok(match word.to_ascii_lowercase().as_str() {
        "table" => Mode::Table,
        "vertical" | "expanded" | "line" => Mode::Vertical,
        "csv" => Mode::File(Format::Csv),
        "tsv" | "tabs" => Mode::File(Format::Tsv),
        "json" => Mode::Json,
        "jsonl" | "ndjson" => Mode::File(Format::JsonLines),
        "markdown" | "md" => Mode::Markdown,
        other => {
            let known = super::complete::MODES.map(ToOwned::to_owned);
            let hint = colq::suggest(other, &known).map_or_else(
                || format!("modes are {}", known.join(", ")),
                |best| format!("did you mean `{best}`?"),
            );
            return Err(usage(&format!("There is no mode {}.", printable(other)), &hint));
        }
    })
}

fn name_of(mode: Mode) -> &'static str {
    match mode {
        Mode::Table => "table",
        Mode::Vertical => "vertical",
        Mode::Json => "json",
        Mode::Markdown => "markdown",
        Mode::File(format) => format.name(),
    }
}
