//! LIKE as a table of what matches what, and regular expressions by the `regex` crate.

use super::word;
use crate::NaiveErrorKind;
use crate::naive::Cell;
use colq_types::{Function, Scalar};
use regex::{Captures, Regex};
use std::cell::RefCell;
use std::collections::HashMap;

const INVALID: NaiveErrorKind = NaiveErrorKind::InvalidArgument;

/// The value of a pattern over texts that are not NULL.
pub(super) fn call(function: Function, args: &[Scalar]) -> Cell {
    let (s, pattern) = (word(args, 0)?, word(args, 1)?);
    match function {
        Function::Like => Ok(Scalar::Bool(like(&s.chars().collect::<Vec<_>>(), &parts(pattern, args)?))),
        Function::Ilike => {
            let mut written = String::from(r"(?is)\A");
            for part in parts(pattern, args)? {
                match part {
                    Part::Any => written.push_str(".*"),
                    Part::One => written.push('.'),
                    Part::Letter(letter) => written.push_str(&regex::escape(&letter.to_string())),
                }
            }
            Ok(Scalar::Bool(compiled(&(written + r"\z"))?.is_match(s)))
        }
        Function::Matches => Ok(Scalar::Bool(compiled(pattern)?.is_match(s))),
        Function::MatchesIgnoringCase => {
            compiled(pattern)?;
            Ok(Scalar::Bool(compiled(&format!("(?i){pattern}"))?.is_match(s)))
        }
        Function::RegexpReplace => {
            let flags = word(args, 3).unwrap_or("");
            if flags.chars().any(|flag| flag != 'g' && flag != 'i') {
                return Err(INVALID);
            }
            compiled(pattern)?;
            let ignoring_case = if flags.contains('i') { "(?i)" } else { "" };
            let regex = compiled(&format!("{ignoring_case}{pattern}"))?;
            let limit = if flags.contains('g') { 0 } else { 1 };
            let to: Vec<char> = word(args, 2)?.chars().collect();
            let replaced = regex.replacen(s, limit, |found: &Captures| replacement(&to, found));
            Ok(Scalar::Text(replaced.into_owned()))
        }
        _ => Err(NaiveErrorKind::MalformedPlan),
    }
}

/// A piece of a LIKE pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `%`
    Any,
    /// `_`
    One,
    Letter(char),
}

fn parts(pattern: &str, args: &[Scalar]) -> Result<Vec<Part>, NaiveErrorKind> {
    let mut escape = Some('\\');
    if args.len() > 2 {
        let mut written = word(args, 2)?.chars();
        escape = written.next();
        if written.next().is_some() {
            return Err(INVALID);
        }
    }
    let mut parts = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        parts.push(match letter {
            letter if Some(letter) == escape => Part::Letter(letters.next().ok_or(INVALID)?),
            '%' => Part::Any,
            '_' => Part::One,
            letter => Part::Letter(letter),
        });
    }
    Ok(parts)
}

/// Whether all of the text matches all of the parts. `rest[i]` says whether the text from its letter `i` on matches the
/// parts from the one looked at on.
fn like(letters: &[char], parts: &[Part]) -> bool {
    let end = letters.len();
    let mut rest: Vec<bool> = (0..=end).map(|place| place == end).collect();
    for part in parts.iter().rev() {
        let mut here = vec![false; end + 1];
        for place in (0..=end).rev() {
            here[place] = match part {
                Part::Any => rest[place] || place < end && here[place + 1],
                Part::One => place < end && rest[place + 1],
                Part::Letter(letter) => place < end && letters[place] == *letter && rest[place + 1],
            };
        }
        rest = here;
    }
    rest[0]
}

/// `\1` or `$1` is a group, `\&` or `$0` the match; anything else stands for itself, and `\\` for one backslash.
fn replacement(to: &[char], found: &Captures) -> String {
    let group = |number: usize| found.get(number).map_or("", |group| group.as_str());
    let mut out = String::new();
    let mut place = 0;
    while place < to.len() {
        let next = to.get(place + 1).copied();
        let digit = next.and_then(|letter| letter.to_digit(10)).map(|digit| digit as usize);
        match (to[place], next, digit) {
            ('\\', Some('&'), _) => out.push_str(group(0)),
            ('\\', Some('\\'), _) => out.push('\\'),
            ('\\' | '$', _, Some(number)) => out.push_str(group(number)),
            (letter, ..) => {
                out.push(letter);
                place += 1;
                continue;
            }
        }
        place += 2;
    }
    out
}

/// The expression, compiled once: a pattern is that of many rows.
fn compiled(pattern: &str) -> Result<Regex, NaiveErrorKind> {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        // Patterns that are made from rows may be many.
        if known.len() > 1_000 {
            known.clear();
        }
        known.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).ok()).clone().ok_or(INVALID)
    })
}
