//! Regular expressions, made ready: what every match must hold is looked for first, for that is many times faster than the
//! expression itself, and often it is all that there is to it.

use super::parts::Parts;
use super::template::Template;
use crate::text_run::TextRun;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Dot, Hir, HirKind, Look};

/// An expression ready for texts.
pub(super) struct Expression {
    regex: Regex,
    /// All of it, where it says byte by byte how a text begins or ends.
    template: Option<Template>,
    /// What every text with a match holds.
    parts: Parts,
    whole: Whole,
}

/// Where the parts are all of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whole {
    /// They are not.
    No,
    /// In texts without line feeds, which a dot does not match.
    InLines,
    Yes,
}

impl Expression {
    pub(super) fn new(expression: &str, ignore_case: bool) -> Result<Expression, regex::Error> {
        let regex = RegexBuilder::new(expression).case_insensitive(ignore_case).build()?;
        let parsed = ParserBuilder::new().case_insensitive(ignore_case).build().parse(expression).ok();
        let template = parsed.as_ref().and_then(Template::new);
        let (parts, whole) = parsed.map_or((Parts::default(), Whole::No), |hir| parts_of(&hir));
        Ok(Expression { regex, template, parts, whole })
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }

    /// Writes 1 for each row with a match, 0 for the others.
    pub(super) fn fill(&self, run: &TextRun<'_>, out: &mut [u8]) {
        if let Some(template) = &self.template {
            return template.fill(run, out);
        }
        if self.parts.is_empty() {
            for (text, out) in run.iter().zip(out) {
                *out = u8::from(self.regex.is_match(text));
            }
            return;
        }
        let whole = match self.whole {
            Whole::InLines => memchr::memchr(b'\n', run.bytes()).is_none(),
            whole => whole == Whole::Yes,
        };
        if whole {
            self.parts.fill(run, out);
        } else {
            self.parts.fill_where(run, out, |text| self.regex.is_match(text));
        }
    }
}

/// A step of an expression.
#[derive(Debug, PartialEq)]
enum Step {
    Start,
    End,
    Text(Vec<u8>),
    /// Anything else, and where the parts are still all of the expression with it.
    Gap(Whole),
}

fn parts_of(hir: &Hir) -> (Parts, Whole) {
    let mut steps = Vec::new();
    push_steps(hir, &mut steps);
    let mut parts = Parts::default();
    let mut whole = Whole::Yes;
    let last = steps.len().saturating_sub(1);
    for (number, step) in steps.iter().enumerate() {
        let before = number.checked_sub(1).and_then(|before| steps.get(before));
        match step {
            Step::Start if number == 0 => {}
            Step::End if number == last => {
                // A text between both ends is compared as a whole, which parts do not say.
                if before == Some(&Step::Start) {
                    whole = Whole::No;
                }
            }
            Step::Start | Step::End => whole = Whole::No,
            Step::Gap(gap) => whole = whole.min(*gap),
            Step::Text(text) => {
                let at_end = steps.get(number + 1) == Some(&Step::End) && number + 1 == last;
                match (number == 1 && before == Some(&Step::Start), at_end) {
                    (true, true) => {
                        parts.start.clone_from(text);
                        whole = Whole::No;
                    }
                    (true, false) => parts.start.clone_from(text),
                    (false, true) => parts.end.clone_from(text),
                    (false, false) => parts.push_middle(text),
                }
            }
        }
    }
    (parts, whole)
}

fn push_steps(hir: &Hir, steps: &mut Vec<Step>) {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => match steps.last_mut() {
            Some(Step::Text(text)) => text.extend_from_slice(&literal.0),
            _ => steps.push(Step::Text(literal.0.to_vec())),
        },
        HirKind::Look(Look::Start) => steps.push(Step::Start),
        HirKind::Look(Look::End) => steps.push(Step::End),
        HirKind::Capture(capture) => push_steps(&capture.sub, steps),
        HirKind::Concat(all) => all.iter().for_each(|one| push_steps(one, steps)),
        HirKind::Repetition(many) if many.min == 0 && many.max.is_none() => {
            let is = |dot: Dot| *many.sub == Hir::dot(dot);
            steps.push(Step::Gap(match () {
                () if is(Dot::AnyChar) => Whole::Yes,
                () if is(Dot::AnyCharExceptLF) => Whole::InLines,
                () => Whole::No,
            }));
        }
        _ => steps.push(Step::Gap(Whole::No)),
    }
}
