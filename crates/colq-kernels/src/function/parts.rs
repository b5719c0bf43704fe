//! Pieces of text that a text must hold, one behind the other: what most patterns are, and what the others can be told by
//! from afar.
//!
//! Law: a text matches where it begins with `start`, ends with `end`, and holds each of `middles` in between, in this order,
//! none over another.

use crate::text_edge::Edge;
use crate::text_find::{fill_holding, is_marked};
use crate::text_run::TextRun;
use memchr::memmem::Finder;

/// Pieces in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    pub(super) start: Vec<u8>,
    pub(super) middles: Vec<Finder<'static>>,
    pub(super) end: Vec<u8>,
}

impl Parts {
    /// Adds a piece behind the others; an empty one is everywhere.
    pub(super) fn push_middle(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        self.middles.push(Finder::new(text).into_owned());
    }

    /// True where every text matches.
    pub(super) fn is_empty(&self) -> bool {
        self.start.is_empty() && self.end.is_empty() && self.middles.is_empty()
    }

    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let middle =
            text.strip_prefix(self.start.as_slice()).and_then(|t| t.strip_suffix(self.end.as_slice()));
        middle.is_some_and(|text| self.are_within(text))
    }

    /// True where the middles stand in a text. The first place for each leaves the most room for the others.
    fn are_within(&self, mut text: &[u8]) -> bool {
        for middle in &self.middles {
            let Some(at) = middle.find(text) else { return false };
            text = text.get(at + middle.needle().len()..).unwrap_or(&[]);
        }
        true
    }

    /// Writes 1 for each row that matches, 0 for the others.
    pub(super) fn fill(&self, run: &TextRun<'_>, out: &mut [u8]) {
        match self.rarest() {
            // Nothing else is to be held.
            Some(middle) if self.middles.len() == 1 && self.start.is_empty() && self.end.is_empty() => {
                fill_holding(run, middle, out);
            }
            Some(middle) => self.fill_middles(middle, run, out, |text| self.matches(text)),
            None => {
                self.fill_ends(run, out);
                if !self.middles.is_empty() {
                    run.keep(out, |text| self.matches(text));
                }
            }
        }
    }

    /// Writes 1 for each row that matches and where `also` says so too, 0 for the others. `also` is asked only of texts that
    /// match.
    pub(super) fn fill_where(&self, run: &TextRun<'_>, out: &mut [u8], also: impl Fn(&[u8]) -> bool) {
        match self.rarest() {
            Some(middle) => self.fill_middles(middle, run, out, |text| self.matches(text) && also(text)),
            None => {
                self.fill_ends(run, out);
                run.keep(out, |text| (self.middles.is_empty() || self.matches(text)) && also(text));
            }
        }
    }

    /// The middle to look for, where that is better than to look at the ends. The longest piece is the rarest, as a rule.
    fn rarest(&self) -> Option<&Finder<'static>> {
        let edge = self.start.len().max(self.end.len()).min(8);
        let longest = self.middles.iter().max_by_key(|middle| middle.needle().len());
        longest.filter(|longest| longest.needle().len() >= edge)
    }

    fn fill_middles(
        &self,
        middle: &Finder<'static>,
        run: &TextRun<'_>,
        out: &mut [u8],
        test: impl Fn(&[u8]) -> bool,
    ) {
        if is_marked(run, middle) {
            fill_holding(run, middle, out);
            return run.keep(out, test);
        }
        out.fill(0);
        run.each_with(middle, |row, text| {
            if let Some(out) = out.get_mut(row) {
                *out = u8::from(test(text));
            }
        });
    }

    /// Both ends, which do not overlap.
    fn fill_ends(&self, run: &TextRun<'_>, out: &mut [u8]) {
        let least = self.start.len() + self.end.len();
        if self.start.is_empty() && !self.end.is_empty() {
            return Edge::of(&self.end).fill_endings(run, least, out);
        }
        Edge::of(&self.start).fill_beginnings(run, least, out);
        if !self.end.is_empty() {
            run.keep(out, |text| text.ends_with(&self.end));
        }
    }
}
