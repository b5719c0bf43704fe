//! Functions of texts, and patterns.

use super::argument::words;
use super::{Call, FunctionEntry, FunctionGroup};
use crate::coerce::{cast, is_null_literal, vector_operation};
use crate::{PlanError, Span, Typed};
use colq_types::{DataType, Function};

const GROUP: FunctionGroup = FunctionGroup::Text;

/// The types of arguments: a text or a whole number.
#[derive(Clone, Copy)]
enum Takes {
    Text,
    Whole,
}
use Takes::{Text, Whole};

const TEXT: DataType = DataType::Text;
const COUNT: DataType = DataType::I64;
const BOOL: DataType = DataType::Bool;

pub(super) const ENTRIES: &[FunctionEntry] = &[
    GROUP.entry(
        "length",
        &["char_length", "character_length", "len"],
        "s",
        ["i64", "How many code points."],
        ("length('caf\u{e9}')", "4"),
        |c| fixed(c, Function::Length, &[Text], COUNT),
    ),
    GROUP.entry("octet_length", &[], "s", ["i64", "How many bytes."], ("octet_length('caf\u{e9}')", "5"), |c| {
        fixed(c, Function::OctetLength, &[Text], COUNT)
    }),
    GROUP.entry("lower", &["lcase"], "s", ["text", "In lower case, by Unicode."], ("lower('ABC')", "abc"), |c| {
        fixed(c, Function::Lower, &[Text], TEXT)
    }),
    GROUP.entry("upper", &["ucase"], "s", ["text", "In upper case, by Unicode."], ("upper('abc')", "ABC"), |c| {
        fixed(c, Function::Upper, &[Text], TEXT)
    }),
    GROUP.entry(
        "initcap",
        &[],
        "s",
        [
            "text",
            "The first letter of each word in upper case, the others in lower case; words are of letters and digits.",
        ],
        ("initcap('new york')", "New York"),
        |c| fixed(c, Function::Initcap, &[Text], TEXT),
    ),
    GROUP.entry(
        "reverse",
        &[],
        "s",
        ["text", "The code points from last to first."],
        ("reverse('abc')", "cba"),
        |c| fixed(c, Function::Reverse, &[Text], TEXT),
    ),
    GROUP.entry(
        "substr",
        &["substring"],
        "s, start [, count]",
        [
            "text",
            "The code points from `start`, counted from 1, to the end or `count` of them; places before the first count too. A `count` below zero is an error.",
        ],
        ("substr('colq', 2, 2)", "ol"),
        substr,
    ),
    GROUP.entry(
        "left",
        &[],
        "s, n",
        ["text", "The first n code points; below zero all but the last -n."],
        ("left('colq', 2)", "co"),
        |c| fixed(c, Function::Left, &[Text, Whole], TEXT),
    ),
    GROUP.entry(
        "right",
        &[],
        "s, n",
        ["text", "The last n code points; below zero all but the first -n."],
        ("right('colq', 2)", "lq"),
        |c| fixed(c, Function::Right, &[Text, Whole], TEXT),
    ),
    GROUP.entry(
        "trim",
        &["btrim"],
        "s [, characters]",
        ["text", "Without spaces, or these characters, at both ends."],
        ("trim('  a ')", "a"),
        |c| trim(c, Function::Trim),
    ),
    GROUP.entry("ltrim", &[], "s [, characters]", ["text", "At the start."], ("ltrim('xxa', 'x')", "a"), |c| {
        trim(c, Function::Ltrim)
    }),
    GROUP.entry("rtrim", &[], "s [, characters]", ["text", "At the end."], ("rtrim('axx', 'x')", "a"), |c| {
        trim(c, Function::Rtrim)
    }),
    GROUP.entry(
        "lpad",
        &[],
        "s, n [, fill]",
        [
            "text",
            "Filled with spaces, or a text, at the start to n code points; cut off at the end where it is longer.",
        ],
        ("lpad('7', 3, '0')", "007"),
        |c| pad(c, Function::Lpad),
    ),
    GROUP.entry("rpad", &[], "s, n [, fill]", ["text", "Filled at the end."], ("rpad('7', 3, '.')", "7.."), |c| {
        pad(c, Function::Rpad)
    }),
    GROUP.entry("repeat", &[], "s, n", ["text", "n times; empty below 1."], ("repeat('ab', 2)", "abab"), |c| {
        fixed(c, Function::Repeat, &[Text, Whole], TEXT)
    }),
    GROUP.entry(
        "concat",
        &[],
        "a, ..",
        ["text", "The arguments of any type as texts one after the other, NULLs left out."],
        ("concat('a', 1, NULL)", "a1"),
        concat,
    ),
    GROUP.entry(
        "starts_with",
        &["prefix"],
        "s, start",
        ["bool", "True where s begins so."],
        ("starts_with('colq', 'co')", "true"),
        |c| fixed(c, Function::StartsWith, &[Text, Text], BOOL),
    ),
    GROUP.entry(
        "ends_with",
        &["suffix"],
        "s, end",
        ["bool", "True where s ends so."],
        ("ends_with('colq', 'lq')", "true"),
        |c| fixed(c, Function::EndsWith, &[Text, Text], BOOL),
    ),
    GROUP.entry(
        "contains",
        &[],
        "s, part",
        ["bool", "True where the part stands somewhere in s."],
        ("contains('colq', 'ol')", "true"),
        |c| fixed(c, Function::Contains, &[Text, Text], BOOL),
    ),
    GROUP.entry(
        "strpos",
        &["instr", "position"],
        "s, part",
        [
            "i64",
            "The code point, from 1, where the part first stands; 0 where it does not. Also `position(part IN s)`.",
        ],
        ("strpos('colq', 'l')", "3"),
        |c| fixed(c, Function::Strpos, &[Text, Text], COUNT),
    ),
    GROUP.entry(
        "split_part",
        &[],
        "s, delimiter, n",
        [
            "text",
            "The n-th part, from 1, or from the end below zero; empty where there is none. n = 0 is an error.",
        ],
        ("split_part('a-b-c', '-', 2)", "b"),
        |c| fixed(c, Function::SplitPart, &[Text, Text, Whole], TEXT),
    ),
    GROUP.entry(
        "replace",
        &[],
        "s, from, to",
        ["text", "Every `from` becomes `to`; an empty `from` is nowhere."],
        ("replace('aXbX', 'X', '-')", "a-b-"),
        |c| fixed(c, Function::Replace, &[Text, Text, Text], TEXT),
    ),
    GROUP.entry(
        "regexp_like",
        &["regexp_matches"],
        "s, pattern [, flags]",
        [
            "bool",
            "True where the regular expression matches somewhere, as `s ~ pattern`. Flags are `i` (without regard to case), `m` (`^` and `$` at lines), `s` (`.` is a line's end too), `x` (spaces and comments mean nothing) and others of Rust's `regex` crate.",
        ],
        ("regexp_like('colq', '^C.*Q$', 'i')", "true"),
        regexp_like,
    ),
    GROUP.entry(
        "regexp_replace",
        &[],
        "s, pattern, replacement [, flags]",
        [
            "text",
            "The first match replaced; with the flag `g` all, with `i` without regard to case. In the replacement `\\1` is the first group and `\\&` the match.",
        ],
        ("regexp_replace('a1b2', '[0-9]', '-', 'g')", "a-b-"),
        regexp_replace,
    ),
];

fn take(call: &Call, arg: Typed, takes: Takes) -> Result<Typed, PlanError> {
    match takes {
        Text => call.text(arg),
        Whole => call.integer(arg),
    }
}

fn fixed(mut call: Call, function: Function, takes: &[Takes], gives: DataType) -> Result<Typed, PlanError> {
    let args = call.between(takes.len(), takes.len())?.into_iter().zip(takes);
    let args = args.map(|(arg, takes)| take(&call, arg, *takes)).collect::<Result<_, _>>()?;
    call.give(function, args, gives)
}

/// As many arguments as there are, between `low` and all that `takes` lists, then those that `filled` supplies.
fn optional(
    mut call: Call,
    function: Function,
    takes: &[Takes],
    low: usize,
    filled: Option<&str>,
) -> Result<Typed, PlanError> {
    let mut args = Vec::new();
    for (arg, takes) in call.between(low, takes.len())?.into_iter().zip(takes) {
        args.push(take(&call, arg, *takes)?);
    }
    if args.len() < takes.len() {
        args.extend(filled.map(words));
    }
    call.give(function, args, DataType::Text)
}

fn substr(call: Call) -> Result<Typed, PlanError> {
    optional(call, Function::Substr, &[Text, Whole, Whole], 2, None)
}

fn trim(call: Call, function: Function) -> Result<Typed, PlanError> {
    optional(call, function, &[Text, Text], 1, Some(" "))
}

fn pad(call: Call, function: Function) -> Result<Typed, PlanError> {
    optional(call, function, &[Text, Whole, Text], 2, Some(" "))
}

fn regexp_like(mut call: Call) -> Result<Typed, PlanError> {
    let args = call.between(2, 3)?.into_iter().map(|arg| call.text(arg));
    let mut args = args.collect::<Result<Vec<Typed>, _>>()?;
    if args.len() == 3
        && let (Some(flags), Some(pattern)) = (args.pop(), args.pop())
    {
        // Flags stand before the pattern: `(?ui)`. `u` is there anyway; without any there would be an error.
        let span = flags.span;
        let start = concatenation(words("(?u"), flags, span)?;
        let start = concatenation(start, words(")"), span)?;
        args.push(concatenation(start, pattern, span)?);
    }
    call.give(Function::Matches, args, BOOL)
}

fn regexp_replace(call: Call) -> Result<Typed, PlanError> {
    optional(call, Function::RegexpReplace, &[Text, Text, Text, Text], 3, Some(""))
}

/// Anything but a vector as text.
fn as_text(arg: Typed, operation: &str) -> Result<Typed, PlanError> {
    if arg.data_type.is_vector() {
        return Err(vector_operation(operation, arg.span));
    }
    Ok(if is_null_literal(&arg) {
        Typed { data_type: DataType::Text, ..arg }
    } else {
        cast(arg, DataType::Text)
    })
}

fn concat(mut call: Call) -> Result<Typed, PlanError> {
    let args = call.between(1, usize::MAX)?;
    let args = args.into_iter().map(|arg| as_text(arg, "concat")).collect::<Result<_, _>>()?;
    call.give(Function::Concat, args, DataType::Text)
}

/// `left || right`, one of which is a text.
pub(crate) fn concatenation(left: Typed, right: Typed, span: Option<Span>) -> Result<Typed, PlanError> {
    let call = Call { name: "||", arguments: "a, b", args: Vec::new(), span };
    let is_text = |t: &Typed| t.data_type == DataType::Text || is_null_literal(t);
    if !is_text(&left) && !is_text(&right) {
        return Err(call.mismatch(&left, "two texts, or a text and something else"));
    }
    let args = vec![as_text(left, "||")?, as_text(right, "||")?];
    call.give(Function::Join, args, DataType::Text)
}

/// LIKE, ILIKE or a regular expression.
pub(crate) fn pattern(
    function: Function,
    sign: &'static str,
    args: Vec<Typed>,
    span: Option<Span>,
) -> Result<Typed, PlanError> {
    let call = Call { name: sign, arguments: "s, pattern", args: Vec::new(), span };
    let args = args.into_iter().map(|arg| call.text(arg)).collect::<Result<_, _>>()?;
    call.give(function, args, DataType::Bool)
}
