//! `regexp_replace`: what a regular expression finds, replaced.
//!
//! Law: the first match is replaced, with the flag `g` every one; with `i` letters of either case are alike. In the
//! replacement `\1` to `\9`, `$1` and `${name}` are groups, `\&` and `$0` the match, `\\` a backslash and `$$` a dollar;
//! a group that is not there or took no part is empty.

use super::pattern::problem;
use super::rows::{Rows, check_length};
use crate::Error;
use colq_column::Column;
use regex::{Regex, RegexBuilder};

pub(super) fn replace(rows: &Rows<'_>) -> Result<Column, Error> {
    let (s, pattern, replacement) = (rows.input(0)?, rows.input(1)?, rows.input(2)?);
    let (letters, flags) = (rows.letters(s), rows.input(3)?);
    // The expression of the row before, which is that of most rows.
    let mut known: Option<(String, Flags, Regex)> = None;
    rows.write("regexp_replace", |row, out| {
        let text = pattern.text(row);
        let wanted = read_flags(&flags.text(row)).ok_or_else(|| {
            let (takes, found) = ("the flags 'g' and 'i'", flags.shown(row));
            Error::Refused { row, function: "regexp_replace", takes, found }
        })?;
        let regex = match &known {
            Some((old, flags, regex)) if *old == *text && *flags == wanted => regex,
            _ => {
                let built = RegexBuilder::new(&text).case_insensitive(wanted.ignore_case).build();
                let regex = built.map_err(|error| Error::Pattern {
                    row,
                    kind: "regular expression",
                    pattern: text.clone().into_owned(),
                    problem: problem(&error),
                })?;
                &known.insert((text.into_owned(), wanted, regex)).2
            }
        };
        let template = template(&replacement.text(row));
        let s = letters.get(row);
        let mut done = 0;
        for groups in regex.captures_iter(&s).take(if wanted.all { usize::MAX } else { 1 }) {
            let Some(all) = groups.get(0) else { continue };
            out.push_str(s.get(done..all.start()).unwrap_or(""));
            groups.expand(&template, out);
            done = all.end();
            check_length("regexp_replace", row, out.len() as u128)?;
        }
        out.push_str(s.get(done..).unwrap_or(""));
        Ok(())
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Flags {
    all: bool,
    ignore_case: bool,
}

/// `None` where there are others.
fn read_flags(text: &str) -> Option<Flags> {
    let mut flags = Flags::default();
    for letter in text.chars() {
        match letter {
            'g' => flags.all = true,
            'i' => flags.ignore_case = true,
            _ => return None,
        }
    }
    Some(flags)
}

/// PostgreSQL's backslashes in the words of the regex crate.
fn template(replacement: &str) -> String {
    let mut out = String::with_capacity(replacement.len());
    let mut letters = replacement.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(digit @ '0'..='9')) => out.push_str(&format!("${{{digit}}}")),
            ('\\', Some('&')) => out.push_str("${0}"),
            ('\\', Some('\\')) => out.push('\\'),
            _ => {
                out.push(letter);
                continue;
            }
        }
        letters.next();
    }
    out
}
