//! The patterns of LIKE, made ready: the plain shapes by comparing bytes, the rest as a regular expression.
//!
//! Law: `%` stands for any code points, `_` for one, the escape character for the one after it, and all others for
//! themselves; the pattern must match all of the text. ILIKE compares letters by Unicode's simple case folding.

use super::parts::Parts;
use crate::text_edge::Edge;
use crate::text_run::TextRun;
use regex::bytes::{Regex, RegexBuilder};

/// A pattern ready for texts.
pub(super) enum Like {
    Exact(Vec<u8>),
    /// Texts with anything between them.
    Parts(Parts),
    /// And what every text that matches holds.
    Regex(Regex, Parts),
    /// Letters of either case are alike. In ASCII that is the pattern of small letters over small letters.
    EitherCase(Regex, Option<Box<Like>>),
}

/// Rows that are turned into small letters at once: few enough to stay near.
const PART: usize = 512;

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
            let is_ascii = |piece: &Piece| !matches!(piece, Piece::Text(text) if !text.is_ascii());
            let small = |piece: Piece| match piece {
                Piece::Text(text) => Piece::Text(text.to_ascii_lowercase()),
                other => other,
            };
            let regex = regular(&pieces, true)?;
            let plain = match pieces.iter().all(is_ascii) {
                true => {
                    let pieces: Vec<Piece> = pieces.into_iter().map(small).collect();
                    Some(Box::new(Like::of_pieces(&pieces)?))
                }
                false => None,
            };
            return Ok(Like::EitherCase(regex, plain));
        }
        Like::of_pieces(&pieces)
    }

    fn of_pieces(pieces: &[Piece]) -> Result<Like, String> {
        if pieces.contains(&Piece::One) {
            return Ok(Like::Regex(regular(pieces, false)?, parts_of(pieces)));
        }
        Ok(match pieces {
            [] => Like::Exact(Vec::new()),
            [Piece::Text(text)] => Like::Exact(text.clone().into_bytes()),
            pieces => Like::Parts(parts_of(pieces)),
        })
    }

    pub(super) fn matches(&self, text: &[u8]) -> bool {
        match self {
            Like::Exact(all) => text == all,
            Like::Parts(parts) => parts.matches(text),
            Like::Regex(regex, _) | Like::EitherCase(regex, _) => regex.is_match(text),
        }
    }

    /// Writes 1 for each row that matches, 0 for the others.
    pub(super) fn fill(&self, run: &TextRun<'_>, out: &mut [u8]) {
        match self {
            Like::Exact(all) => Edge::of(all).fill_wholes(run, out),
            Like::Parts(parts) => parts.fill(run, out),
            Like::Regex(regex, parts) => parts.fill_where(run, out, |text| regex.is_match(text)),
            Like::EitherCase(regex, plain) => {
                let mut small = Vec::new();
                for (part, out) in run.parts(PART).zip(out.chunks_mut(PART)) {
                    match plain {
                        Some(plain) if part.is_ascii() => {
                            small.clear();
                            small.extend_from_slice(part.bytes());
                            small.make_ascii_lowercase();
                            plain.fill(&part.over(&small), out);
                        }
                        _ => {
                            part.iter().zip(out).for_each(|(text, out)| *out = u8::from(regex.is_match(text)))
                        }
                    }
                }
            }
        }
    }
}

/// The texts of a pattern, whatever stands between them.
fn parts_of(pieces: &[Piece]) -> Parts {
    let mut parts = Parts::default();
    let last = pieces.len().saturating_sub(1);
    for (number, piece) in pieces.iter().enumerate() {
        let Piece::Text(text) = piece else { continue };
        match number {
            0 => parts.start = text.clone().into_bytes(),
            number if number == last => parts.end = text.clone().into_bytes(),
            _ => parts.push_middle(text.as_bytes()),
        }
    }
    parts
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

fn regular(pieces: &[Piece], ignore_case: bool) -> Result<Regex, String> {
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
    RegexBuilder::new(&expression)
        .case_insensitive(ignore_case)
        .dot_matches_new_line(true)
        .build()
        .map_err(|error| super::pattern::problem(&error))
}
