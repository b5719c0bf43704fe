//! Regular expressions that say byte by byte what a text begins with, ends with, or is: `/user/[0-9]{3}$`, `^(GET|PUT) `. The
//! place where they can match is known, so that nothing is searched.
//!
//! Law: a template is made only of what matches texts of fixed lengths, byte by byte, at an end; it then matches the texts that the
//! expression does.

use crate::text_edge::Edge;
use crate::text_run::TextRun;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Ways of one template at most: each is a pass over the rows.
const MOST_WAYS: usize = 8;

/// Bytes of a way at most.
const MOST_BYTES: usize = 256;

/// An expression that is held by an end of the text.
#[derive(Debug)]
pub(super) struct Template {
    held: Held,
    ways: Vec<Way>,
}

/// By which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Start,
    End,
    Both,
}

/// The bytes of one alternative.
#[derive(Debug)]
struct Way {
    edge: Edge,
    /// The places that several bytes may take, and which.
    sets: Vec<(usize, ByteSet)>,
}

/// Some of the 256 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct ByteSet([u64; 4]);

impl ByteSet {
    fn of(byte: u8) -> ByteSet {
        let mut set = ByteSet::default();
        set.add(byte);
        set
    }

    fn add(&mut self, byte: u8) {
        if let Some(word) = self.0.get_mut(usize::from(byte / 64)) {
            *word |= 1 << (byte % 64);
        }
    }

    #[inline(always)]
    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte / 64)).is_some_and(|word| word >> (byte % 64) & 1 != 0)
    }

    /// The byte, where it is only one.
    fn only(&self) -> Option<u8> {
        let mut all = (0..=u8::MAX).filter(|byte| self.has(*byte));
        all.next().filter(|_| all.next().is_none())
    }
}

impl Template {
    /// The template of an expression, where it has one.
    pub(super) fn new(hir: &Hir) -> Option<Template> {
        let HirKind::Concat(all) = hir.kind() else { return None };
        let is = |hir: Option<&Hir>, look| hir.is_some_and(|hir| *hir.kind() == HirKind::Look(look));
        let (at_start, at_end) = (is(all.first(), Look::Start), is(all.last(), Look::End));
        let held = match (at_start, at_end) {
            (true, true) => Held::Both,
            (true, false) => Held::Start,
            (false, true) => Held::End,
            (false, false) => return None,
        };
        let middle = all.get(usize::from(at_start)..all.len().checked_sub(usize::from(at_end))?)?;
        let ways = joined(middle)?.into_iter().map(Way::new).collect();
        Some(Template { held, ways })
    }

    /// Writes 1 for each row that matches, 0 for the others.
    pub(super) fn fill(&self, run: &TextRun<'_>, out: &mut [u8]) {
        let mut ways = self.ways.iter();
        match ways.next() {
            Some(way) => way.fill(self.held, run, out),
            None => out.fill(0),
        }
        let mut more = Vec::new();
        for way in ways {
            more.resize(out.len(), 0);
            way.fill(self.held, run, &mut more);
            out.iter_mut().zip(&more).for_each(|(out, more)| *out |= more);
        }
    }
}

impl Way {
    fn new(bytes: Vec<ByteSet>) -> Way {
        let sets = bytes.iter().copied().enumerate().filter(|(_, set)| set.only().is_none()).collect();
        Way { edge: Edge::new(bytes.iter().map(ByteSet::only).collect()), sets }
    }

    fn fill(&self, held: Held, run: &TextRun<'_>, out: &mut [u8]) {
        match held {
            Held::Start => self.edge.fill_beginnings(run, 0, out),
            Held::End => self.edge.fill_endings(run, 0, out),
            Held::Both => self.edge.fill_wholes(run, out),
        }
        if self.sets.is_empty() {
            return;
        }
        let len = self.edge.len();
        run.keep(out, |text| {
            let before = if held == Held::End { text.len().saturating_sub(len) } else { 0 };
            self.sets.iter().all(|(at, set)| text.get(before + at).is_some_and(|byte| set.has(*byte)))
        });
    }
}

/// What each of some expressions one behind the other may be, byte by byte; `None` where that is no fixed bytes, or too many.
fn joined(all: &[Hir]) -> Option<Vec<Vec<ByteSet>>> {
    let mut ways = vec![Vec::new()];
    for hir in all {
        let next = ways_of(hir)?;
        let both = |way: &Vec<ByteSet>| {
            let way = way.clone();
            next.iter().map(move |next| way.iter().chain(next).copied().collect::<Vec<_>>())
        };
        let longer: Vec<Vec<ByteSet>> = ways.iter().flat_map(both).collect();
        ways = longer;
        if ways.len() > MOST_WAYS || ways.iter().any(|way| way.len() > MOST_BYTES) {
            return None;
        }
    }
    Some(ways)
}

fn ways_of(hir: &Hir) -> Option<Vec<Vec<ByteSet>>> {
    match hir.kind() {
        HirKind::Empty => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.iter().copied().map(ByteSet::of).collect()]),
        HirKind::Class(class) => Some(vec![vec![set_of(class)?]]),
        HirKind::Capture(capture) => ways_of(&capture.sub),
        HirKind::Concat(all) => joined(all),
        HirKind::Repetition(many) if many.max == Some(many.min) && many.min as usize <= MOST_BYTES => {
            joined(&vec![(*many.sub).clone(); many.min as usize])
        }
        HirKind::Alternation(all) => {
            let mut ways = Vec::new();
            for hir in all {
                ways.extend(ways_of(hir)?);
                if ways.len() > MOST_WAYS {
                    return None;
                }
            }
            Some(ways)
        }
        _ => None,
    }
}

/// The bytes of a class; `None` where it has more than ASCII, which takes several bytes.
fn set_of(class: &Class) -> Option<ByteSet> {
    let mut set = ByteSet::default();
    let mut add = |start: u32, end: u32| {
        let is_ascii = end < 128;
        (start..=end.min(127)).for_each(|byte| set.add(byte as u8));
        is_ascii
    };
    let is_ascii = match class {
        Class::Unicode(class) => class.ranges().iter().all(|r| add(r.start().into(), r.end().into())),
        Class::Bytes(class) => class.ranges().iter().all(|r| add(r.start().into(), r.end().into())),
    };
    is_ascii.then_some(set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::texts_of_rows;
    use colq_column::{Values, View};
    use colq_types::DataType;
    use proptest::prelude::*;

    fn template(expression: &str) -> Option<Template> {
        Template::new(&regex_syntax::Parser::new().parse(expression).unwrap())
    }

    #[test]
    fn only_fixed_bytes_at_an_end_have_a_template() {
        for expression in
            ["a", "^a|b$", "^a+$", "a?$", "\\d$", "(?m)a$", "^.*a$", "é[aé]$", "\\ba$", "(a|bc)"]
        {
            assert!(template(expression).is_none(), "{expression}");
        }
        assert!(template("^[ab][ab]*").is_none());
        let most = "(a|b)(a|b)(a|b)(ab|c)$";
        // Alternatives of one byte are a class.
        assert_eq!(template(most).unwrap().ways.len(), 2);
        assert!(template("(ab|c){4}$").is_none());
        assert!(template("^[^a]").is_none() && template("^(?-u:[a-c])").is_some());
    }

    const EXPRESSIONS: [&str; 12] = [
        "^ab",
        "ab$",
        "^[ab]{3}$",
        "/[0-9]{3}$",
        "^(ab|a|ba)",
        "(ab|b0|/)$",
        "^(a|bb){2}$",
        "[^\\x00-/:-\\x7fé]$|x",
        "(?i)ab[0-9]$",
        "é[ab]$",
        "abababab[ab]{3}ababab$",
        "^ab[ab]babababab[0-9]a",
    ];

    proptest! {
        #[test]
        fn a_template_matches_what_the_expression_does(
            texts in prop::collection::vec("[abAB01/é]{0,7}|(ab){0,9}[ab0]{0,2}|/[0-9]{2,4}", 1..90),
        ) {
            let dictionary = texts_of_rows(&texts);
            let codes: Vec<u32> = (0..texts.len() as u32).collect();
            let values = Values::U32(&codes);
            let view = View { data_type: DataType::Text, values, validity: None, dictionary: Some(&dictionary) };
            let run = TextRun::new(&view).unwrap();
            for expression in EXPRESSIONS {
                let Some(template) = template(expression) else {
                    prop_assert!(expression.contains('|') && expression.ends_with('x'), "{}", expression);
                    continue;
                };
                let regex = regex::Regex::new(expression).unwrap();
                let mut out = vec![9; texts.len()];
                template.fill(&run, &mut out);
                for (text, out) in texts.iter().zip(out) {
                    prop_assert_eq!(out != 0, regex.is_match(text), "{} {}", expression, text);
                }
            }
        }
    }
}
