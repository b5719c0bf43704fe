//! LIKE, ILIKE and regular expressions: a question to each text, and patterns that are compiled once.

use super::expression::Expression;
use super::like::Like;
use super::rows::{Input, Rows, bools};
use crate::Error;
use crate::text_run::TextRun;
use colq_column::Column;
use colq_types::Function;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A pattern ready for texts.
pub(super) enum Pattern {
    Like(Like),
    Expression(Expression),
}

impl Pattern {
    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Pattern::Like(like) => like.matches(text),
            Pattern::Expression(expression) => expression.is_match(text),
        }
    }

    /// Writes 1 for each row that matches, 0 for the others.
    fn fill(&self, run: &TextRun<'_>, out: &mut [u8]) {
        match self {
            Pattern::Like(like) => like.fill(run, out),
            Pattern::Expression(expression) => expression.fill(run, out),
        }
    }
}

/// What a pattern is known by: its kind, its text, and its escape character.
type Key = (Function, String, Option<char>);

/// Patterns that a thread keeps ready. A query has few, and one whose patterns come from a column has any number, of
/// which these are the latest.
const KEPT: usize = 64;

thread_local! {
    static READY: RefCell<HashMap<Key, Rc<Pattern>>> = RefCell::new(HashMap::new());
}

/// The pattern, compiled when this thread meets it first. The problem in words where it is none.
pub(super) fn ready(function: Function, text: &str, escape: Option<char>) -> Result<Rc<Pattern>, String> {
    let key = (function, text.to_owned(), escape);
    if let Some(pattern) = READY.with_borrow(|ready| ready.get(&key).cloned()) {
        return Ok(pattern);
    }
    let pattern = Rc::new(match function {
        Function::Like => Pattern::Like(Like::new(text, escape, false)?),
        Function::Ilike => Pattern::Like(Like::new(text, escape, true)?),
        other => {
            let expression = Expression::new(text, other == Function::MatchesIgnoringCase);
            Pattern::Expression(expression.map_err(|error| problem(&error))?)
        }
    });
    READY.with_borrow_mut(|ready| {
        if ready.len() >= KEPT {
            ready.clear();
        }
        ready.insert(key, pattern.clone());
    });
    Ok(pattern)
}

/// What is wrong with an expression, in words, with the place where the parser shows one.
pub(super) fn problem(error: &regex::Error) -> String {
    match error {
        regex::Error::Syntax(shown) => {
            let what = shown.lines().rev().find_map(|line| line.strip_prefix("error: "));
            let what = what.unwrap_or("it is no regular expression");
            // One line shows the expression, and the one below it marks the place.
            let is_marks = |line: &&str| line.contains('^') && line.trim().chars().all(|c| c == '^');
            let mark = shown.lines().nth(2).filter(is_marks).and_then(|line| line.find('^'));
            match mark.and_then(|at| at.checked_sub(INDENT)) {
                Some(at) => format!("{what}, at character {}", at + 1),
                None => what.to_owned(),
            }
        }
        regex::Error::CompiledTooBig(limit) => format!("it is larger than {limit} bytes when compiled"),
        other => other.to_string(),
    }
}

/// Spaces before the expression where the parser shows it.
const INDENT: usize = 4;

/// Law: true where the text matches the pattern of its row: all of it for LIKE and ILIKE, some part of it for regular
/// expressions.
pub(super) fn test(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    let (s, pattern) = (rows.input(0)?, rows.input(1)?);
    let escape = rows.inputs.get(2);
    if pattern.is_constant() && escape.is_none_or(Input::is_constant) {
        if let Some(run) = rows.run(s)
            && let Some(row) = rows.valid.ones_iter().next()
        {
            let pattern = pattern_of(function, rows, row)?;
            return Ok(bools(rows.filled(|out| pattern.fill(&run, out))));
        }
        let mut known: Option<Rc<Pattern>> = None;
        return Ok(bools(rows.by_text(|row| {
            let pattern = match &known {
                Some(pattern) => pattern,
                None => known.insert(pattern_of(function, rows, row)?),
            };
            Ok(u8::from(pattern.matches(s.bytes(row))))
        })?));
    }
    Ok(bools(rows.by_text(|row| Ok(u8::from(pattern_of(function, rows, row)?.matches(s.bytes(row)))))?))
}

fn pattern_of(function: Function, rows: &Rows<'_>, row: usize) -> Result<Rc<Pattern>, Error> {
    let is_like = matches!(function, Function::Like | Function::Ilike);
    let escape = match rows.inputs.get(2) {
        None => Some('\\'),
        Some(input) => {
            let text = input.text(row);
            let mut letters = text.chars();
            let escape = letters.next();
            if letters.next().is_some() {
                let takes = "one character after ESCAPE, or none";
                return Err(Error::Refused { row, function: "LIKE", takes, found: input.shown(row) });
            }
            escape
        }
    };
    let text = rows.input(1)?.text(row);
    ready(function, &text, escape.filter(|_| is_like)).map_err(|problem| {
        let kind = if is_like { "pattern" } else { "regular expression" };
        Error::Pattern { row, kind, pattern: text.into_owned(), problem }
    })
}
