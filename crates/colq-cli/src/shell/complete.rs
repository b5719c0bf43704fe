//! What Tab offers: names that may stand where the cursor is.

use super::dot::{self, Argument};
use super::names::{self, Names};
use super::path;
use super::token::{Kind, Token, tokens};
use reedline::{Completer, CompletionResult, Span, Suggestion};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// The modes that `.mode` and `.last` know.
pub(super) const MODES: [&str; 7] = ["table", "vertical", "csv", "tsv", "json", "jsonl", "markdown"];

/// Completes SQL and the shell's own commands.
pub(super) struct Completion {
    names: Arc<Mutex<Names>>,
}

impl Completion {
    pub(super) fn new(names: Arc<Mutex<Names>>) -> Completion {
        Completion { names }
    }
}

impl Completer for Completion {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        CompletionResult::fresh(suggestions(&mut names, line, pos))
    }
}

/// What fits at a place of the line, best first.
pub(super) fn suggestions(names: &mut Names, line: &str, pos: usize) -> Vec<Suggestion> {
    let pos = line.floor_char_boundary(pos);
    let choices = if dot::is_command(line) { of_command(names, line, pos) } else { of_sql(names, line, pos) };
    choices.into_iter().map(Choice::suggestion).collect()
}

/// One thing that may be inserted in place of some text.
struct Choice {
    value: String,
    place: Range<usize>,
    /// True when nothing but a space can follow.
    space: bool,
}

impl Choice {
    fn suggestion(self) -> Suggestion {
        Suggestion {
            value: self.value,
            span: Span { start: self.place.start, end: self.place.end },
            append_whitespace: self.space,
            ..Suggestion::default()
        }
    }

    fn moved(mut self, by: usize) -> Choice {
        self.place = self.place.start + by..self.place.end + by;
        self
    }
}

fn of_command(names: &mut Names, line: &str, pos: usize) -> Vec<Choice> {
    let start = line.len() - line.trim_start().len();
    let end = line[start..].find(char::is_whitespace).map_or(line.len(), |len| start + len);
    if pos <= end {
        let place = start..pos.max(start);
        let typed = &line[place.clone()];
        let all = dot::ALL.iter().flat_map(|known| {
            let names = std::iter::once(&known.name).chain(known.alias);
            names.map(move |name| (*name, known.argument != Argument::Nothing))
        });
        let mut found: Vec<Choice> = all
            .filter(|(name, _)| name.starts_with(&typed.to_lowercase()))
            .map(|(name, space)| Choice { value: name.to_owned(), place: place.clone(), space })
            .collect();
        found.dedup_by(|a, b| a.value == b.value);
        return found;
    }
    let Some(known) = dot::find(&line[start..end]) else { return Vec::new() };
    let argument = end + (line[end..].len() - line[end..].trim_start().len());
    let place = argument.min(pos)..pos;
    let typed = line[place.clone()].to_owned();
    let one_of = |choices: &mut dyn Iterator<Item = &str>| -> Vec<Choice> {
        let fitting = choices.filter(|choice| choice.starts_with(&typed.to_lowercase()));
        fitting.map(|c| Choice { value: c.to_owned(), place: place.clone(), space: false }).collect()
    };
    match known.argument {
        Argument::Nothing if known.alias.contains(&"\\d") => of_tables(names, &typed, place, true),
        Argument::Nothing => Vec::new(),
        Argument::Table => of_tables(names, &typed, place, true),
        Argument::Mode => {
            let all = (known.verb == dot::Verb::Last).then_some("all");
            one_of(&mut MODES.into_iter().chain(all))
        }
        Argument::Switch => one_of(&mut ["on", "off"].into_iter()),
        Argument::RowCount => one_of(&mut ["all"].into_iter()),
        Argument::Command => one_of(&mut dot::ALL.iter().map(|known| known.name)),
        Argument::File => {
            let quote = typed.chars().next().filter(|c| matches!(c, '\'' | '"'));
            let from = place.start + quote.map_or(0, char::len_utf8);
            of_files(&line[from..pos], from..pos, quote, |_| true)
        }
        Argument::Sql => of_steps(names, &line[argument..], pos.saturating_sub(argument))
            .into_iter()
            .map(|c| c.moved(argument))
            .collect(),
    }
}

fn of_sql(names: &mut Names, sql: &str, pos: usize) -> Vec<Choice> {
    let statement = statement_at(sql, pos);
    let start = statement.start;
    let (sql, pos) = (&sql[statement], pos - start);
    in_statement(names, sql, pos).into_iter().map(|choice| choice.moved(start)).collect()
}

/// SQL behind a word that stands for EXPLAIN, and is typed in the case of what follows.
fn of_steps(names: &mut Names, sql: &str, pos: usize) -> Vec<Choice> {
    let word = if sql.starts_with(char::is_uppercase) { "EXPLAIN " } else { "explain " };
    let choices = of_sql(names, &format!("{word}{sql}"), word.len() + pos);
    let back = |choice: Choice| {
        let place = choice.place.start.checked_sub(word.len())?..choice.place.end.checked_sub(word.len())?;
        Some(Choice { place, ..choice })
    };
    choices.into_iter().filter_map(back).collect()
}

/// The words that a statement may begin with, behind those that are there.
fn beginnings(sql: &str, before: &[&Token]) -> Option<&'static [&'static str]> {
    let is = |token: &&Token, word: &str| token.text(sql).eq_ignore_ascii_case(word);
    match before {
        [] => Some(&["SELECT", "EXPLAIN"]),
        [explain] if is(explain, "EXPLAIN") => Some(&["SELECT", "ANALYZE"]),
        [explain, analyze] if is(explain, "EXPLAIN") && is(analyze, "ANALYZE") => Some(&["SELECT"]),
        _ => None,
    }
}

/// The statement in which the cursor stands.
fn statement_at(sql: &str, pos: usize) -> Range<usize> {
    let tokens = tokens(sql);
    let ends = tokens.iter().filter(|t| t.kind == Kind::Sign && t.text(sql) == ";");
    let start = ends.clone().map(|t| t.place.end).filter(|end| *end <= pos).max().unwrap_or(0);
    let end = ends.map(|t| t.place.start).find(|at| *at >= pos).unwrap_or(sql.len());
    start..end
}

fn in_statement(names: &mut Names, sql: &str, pos: usize) -> Vec<Choice> {
    let tokens = tokens(sql);
    let at = tokens.iter().position(|t| t.place.start < pos && pos <= t.place.end);
    // The end of a closed quote is behind it and not in it.
    let is_inside = |token: &&Token| match token.kind {
        Kind::Space => false,
        Kind::Name | Kind::Text => pos < token.place.end || !token.closed,
        Kind::Word | Kind::Number | Kind::Comment | Kind::Sign => true,
    };
    let inside = at.map(|at| &tokens[at]).filter(is_inside);
    let (place, typed) = match inside {
        None => (pos..pos, ""),
        Some(token) if matches!(token.kind, Kind::Word | Kind::Name) => {
            let end = if token.kind == Kind::Name && token.closed { token.place.end } else { pos };
            (token.place.start..end, &sql[token.place.start..pos])
        }
        Some(token) if token.kind == Kind::Text => {
            let from = token.place.start + 1;
            return of_files(&sql[from..pos], from..pos, (!token.closed).then_some('\''), path::is_data);
        }
        Some(token) if token.kind == Kind::Sign => (pos..pos, ""),
        Some(_) => return Vec::new(),
    };
    let before: Vec<&Token> = tokens.iter().filter(|t| t.place.end <= place.start && !t.is_blank()).collect();
    if wants_table(sql, &before) {
        return of_tables(names, typed, place, false);
    }
    if let [.., table, point] = before.as_slice()
        && point.text(sql) == "."
        && let Some(columns) = names.table(&names::unquoted(table.text(sql)))
    {
        return of_columns(&[columns], typed, &place);
    }
    let lower = is_lower(sql, &tokens, typed);
    let prefix = typed.to_uppercase();
    let keyword = |word: &&str| Choice {
        value: if lower { word.to_lowercase() } else { (*word).to_owned() },
        place: place.clone(),
        space: true,
    };
    if let Some(words) = beginnings(sql, &before) {
        return words.iter().filter(|word| word.starts_with(&prefix)).map(keyword).collect();
    }
    let mut found = of_columns(&names.columns_of(sql, &tokens), typed, &place);
    if typed.starts_with('"') {
        return found;
    }
    let functions = names.functions().iter().filter(|name| name.starts_with(&typed.to_lowercase()));
    found.extend(functions.map(|name| Choice {
        value: format!("{name}("),
        place: place.clone(),
        space: false,
    }));
    found.extend(colq::keywords().iter().filter(|word| word.starts_with(&prefix)).map(keyword));
    found
}

/// True after FROM, and after a comma among its tables.
fn wants_table(sql: &str, before: &[&Token]) -> bool {
    match before {
        [.., last] if last.kind == Kind::Word && last.text(sql).eq_ignore_ascii_case("from") => true,
        [rest @ .., name, comma] if comma.text(sql) == "," && name.kind != Kind::Sign => {
            wants_table(sql, rest)
        }
        _ => false,
    }
}

/// True where keywords are typed in lower case: in this word, else in the first of the statement.
fn is_lower(sql: &str, tokens: &[Token], typed: &str) -> bool {
    let first = tokens.iter().find(|t| t.kind == Kind::Word).map_or("", |t| t.text(sql));
    let example = if typed.is_empty() { first } else { typed };
    example.starts_with(|c: char| c.is_lowercase())
}

fn of_columns(tables: &[Arc<names::Columns>], typed: &str, place: &Range<usize>) -> Vec<Choice> {
    let prefix = names::unquoted(typed);
    let quotes = typed.starts_with('"');
    let columns = tables.iter().flat_map(|table| table.starting_with(&prefix));
    let mut values: Vec<String> = columns
        .map(
            |(name, _)| {
                if quotes { format!("\"{}\"", name.replace('"', "\"\"")) } else { names::quoted(name) }
            },
        )
        .collect();
    if tables.len() > 1 {
        values.sort();
        values.dedup();
    }
    values.into_iter().map(|value| Choice { value, place: place.clone(), space: false }).collect()
}

/// Tables by name, and where a statement is typed, files in quotes.
fn of_tables(names: &Names, typed: &str, place: Range<usize>, bare: bool) -> Vec<Choice> {
    let prefix = names::unquoted(typed).to_lowercase();
    let quotes = typed.starts_with('"');
    let here = path::entries("", "", path::is_data);
    let folders = here.iter().filter_map(|entry| entry.strip_suffix(".colq"));
    let mut tables: Vec<String> = names.open_names().chain(folders).map(ToOwned::to_owned).collect();
    tables.sort();
    tables.dedup();
    let written = |name: &String| match (bare, quotes) {
        (true, _) => name.clone(),
        (false, true) => format!("\"{}\"", name.replace('"', "\"\"")),
        (false, false) => names::quoted(name),
    };
    let fits = |name: &&String| name.to_lowercase().starts_with(&prefix);
    let mut values: Vec<String> = tables.iter().filter(fits).map(written).collect();
    if !quotes {
        let files =
            here.iter().filter(|entry| !entry.ends_with(".colq") && !entry.ends_with('/')).filter(fits);
        values.extend(
            files.map(|name| if bare { name.clone() } else { format!("'{}'", name.replace('\'', "''")) }),
        );
    }
    values.into_iter().map(|value| Choice { value, place: place.clone(), space: !bare }).collect()
}

/// Files and folders; `quote` is put behind a file.
fn of_files(
    typed: &str,
    place: Range<usize>,
    quote: Option<char>,
    wanted: fn(&std::path::Path) -> bool,
) -> Vec<Choice> {
    let (folder, prefix) =
        typed.rsplit_once('/').map_or(("", typed), |(folder, _)| typed.split_at(folder.len() + 1));
    let entries = path::entries(folder, prefix, wanted).into_iter();
    let values = entries.map(|name| {
        let end = quote.filter(|_| !name.ends_with('/')).map(String::from).unwrap_or_default();
        format!("{folder}{name}{end}")
    });
    values.map(|value| Choice { value, place: place.clone(), space: false }).collect()
}
