//! The functions of single rows: their names, what they take and give, and what a call of one is bound to.
//!
//! [`FUNCTIONS`] is the one list. The SQL reference is written from it, completion reads it, and a call is bound by the
//! entry of its name.

mod argument;
mod choice;
mod number;
mod text;
mod time;

use crate::{AggregateFunction, PlanError, PlanErrorKind, Span, Typed};

pub(crate) use argument::Call;
pub(crate) use choice::{common_type, convert_all};
pub(crate) use text::{concatenation, pattern};
pub(crate) use time::add_calendar;

/// What is known of one function.
pub struct FunctionEntry {
    /// The first name.
    pub name: &'static str,
    /// Other names of the same.
    pub other_names: &'static [&'static str],
    /// What it is about.
    pub group: FunctionGroup,
    /// Its arguments, as in `x [, n]`.
    pub arguments: &'static str,
    /// What it gives, in a few words.
    pub gives: &'static str,
    /// What it does, in a sentence or two.
    pub does: &'static str,
    /// A call with literals, and its answer as text.
    pub example: (&'static str, &'static str),
    pub(crate) bind: fn(Call) -> Result<Typed, PlanError>,
}

/// What a function is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionGroup {
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// Dates, timestamps and durations.
    Time,
    /// Values of any type, one of which is chosen, and hashes.
    Choice,
}

impl FunctionGroup {
    /// An entry of the group: name, other names, arguments, what it gives and does, an example, and how it is bound.
    const fn entry(
        self,
        name: &'static str,
        other_names: &'static [&'static str],
        arguments: &'static str,
        [gives, does]: [&'static str; 2],
        example: (&'static str, &'static str),
        bind: fn(Call) -> Result<Typed, PlanError>,
    ) -> FunctionEntry {
        FunctionEntry { name, other_names, group: self, arguments, gives, does, example, bind }
    }
}

/// All functions of single rows, group by group.
pub const FUNCTIONS: &[&[FunctionEntry]] = &[number::ENTRIES, text::ENTRIES, time::ENTRIES, choice::ENTRIES];

/// The function of a name, in any case.
pub fn find_function(name: &str) -> Option<&'static FunctionEntry> {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    FUNCTIONS.iter().copied().flatten().find(|entry| is(&entry.name) || entry.other_names.iter().any(is))
}

/// All names of functions and aggregates, for suggestions.
pub fn function_names() -> Vec<String> {
    let rows = FUNCTIONS.iter().copied().flatten();
    let rows = rows.flat_map(|entry| std::iter::once(entry.name).chain(entry.other_names.iter().copied()));
    let aggregates = AggregateFunction::ALL.iter();
    let aggregates =
        aggregates.flat_map(|(name, f)| std::iter::once(*name).chain(f.other_names().iter().copied()));
    aggregates.chain(rows).map(str::to_owned).collect()
}

/// Binds a call by name.
pub(crate) fn bind_call(name: &str, args: Vec<Typed>, span: Option<Span>) -> Result<Typed, PlanError> {
    let Some(entry) = find_function(name) else {
        let kind = PlanErrorKind::UnknownFunction { name: name.to_owned(), choices: function_names() };
        return Err(PlanError::new(kind, span));
    };
    (entry.bind)(Call { name: entry.name, arguments: entry.arguments, args, span })
}
