//! The patterns of LIKE, made ready: the plain shapes by comparing bytes, the rest as a regular expression.
//!
//! Law: `%` stands for any code points, `_` for one, the escape character for the one after it, and all others for
//! themselves; the pattern must match all of the text. ILIKE compares letters by Unicode's simple case folding.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

/// A pattern ready for texts.
pub(super) enum Like {
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    Contains(Box<Finder<'static>>),
    Regex(Regex),
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    One,
    Many,
}

impl Like {
    /// Reads a pattern; the problem in words where it is none.
    pub(super) fn new(pattern: &str, escape: Option<char>, ignore_case: bool) -> Result<Like, String> {
        let pieces = pieces(pattern, escape)?;
        if ignore_case {
            return regular(&pieces, true);
        }
        let owned = |text: &String| text.clone().into_bytes();
        Ok(match pieces.as_slice() {
            [] => Like::Exact(Vec::new()),
            [Piece::Text(text)] => Like::Exact(owned(text)),
            [Piece::Many] => Like::Prefix(Vec::new()),
            [Piece::Text(text), Piece::Many] => Like::Prefix(owned(text)),
            [Piece::Many, Piece::Text(text)] => Like::Suffix(owned(text)),
            [Piece::Many, Piece::Text(text), Piece::Many] => {
                Like::Contains(Box::new(Finder::new(text.as_bytes()).into_owned()))
            }
            pieces => return regular(pieces, false),
        })
    }

    pub(super) fn matches(&self, text: &[u8]) -> bool {
        match self {
            Like::Exact(all) => text == all,
            Like::Prefix(start) => text.starts_with(start),
            Like::Suffix(end) => text.ends_with(end),
            Like::Contains(finder) => finder.find(text).is_some(),
            Like::Regex(regex) => regex.is_match(text),
        }
    }
}

fn pieces(pattern: &str, escape: Option<char>) -> Result<Vec<Piece>, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let plain = match letter {
            letter if Some(letter) == escape => letters
                .next()
                .ok_or("it ends with the escape character, which stands for the one after it")?,
            '%' => {
                // One is as good as several.
                if pieces.last() != Some(&Piece::Many) {
                    pieces.push(Piece::Many);
                }
                continue;
            }
            '_' => {
                pieces.push(Piece::One);
                continue;
            }
            letter => letter,
        };
        match pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(plain),
            _ => pieces.push(Piece::Text(plain.into())),
        }
    }
    Ok(pieces)
}

fn regular(pieces: &[Piece], ignore_case: bool) -> Result<Like, String> {
    let mut expression = String::from(r"\A");
    for piece in pieces {
        match piece {
            Piece::Text(text) => expression.push_str(&regex::escape(text)),
            Piece::One => expression.push('.'),
            Piece::Many => expression.push_str(".*"),
        }
    }
    // Anything may stand at the end, and need not be looked at.
    if expression.ends_with(".*") && pieces.last() == Some(&Piece::Many) {
        expression.truncate(expression.len() - 2);
    } else {
        expression.push_str(r"\z");
    }
    let regex = RegexBuilder::new(&expression)
        .case_insensitive(ignore_case)
        .dot_matches_new_line(true)
        .build()
        .map_err(|error| super::pattern::problem(&error))?;
    Ok(Like::Regex(regex))
}
