//! What functions and aggregates were called with, read from the plan, where types are known.

use super::{AGGREGATE, FUNCTION, Label};
use crate::query::grouped::takes_distinct;
use colq_plan::{
    AggregateCall, AggregateFunction, FUNCTIONS, Function as F, Plan, PlanNode, Typed, TypedKind,
};
use colq_types::{DataType, Scalar};

const COMPUTED: &[&str] = &["i64", "u64", "f32", "f64", "decimal"];
const MEASURED: &[&str] = &["i64", "u64", "f32", "f64", "decimal", "duration"];
const FLOATS: &[&str] = &["f32", "f64"];
const PARTED: &[&str] = &["f32", "f64", "decimal"];
/// Kinds of numbers that are made f64.
const MADE_FLOAT: &[&str] = &["integer", "float", "decimal"];
const TEXT: &[&str] = &["text"];
const INSTANTS: &[&str] = &["date", "timestamp"];
const KINDS: &[&str] = &["bool", "integer", "float", "decimal", "date", "timestamp", "duration", "text"];
const NUMBERS: &[&str] = &["integer", "float", "decimal"];
const ORDERED: &[&str] = &["integer", "float", "decimal", "date", "timestamp", "duration"];
const SUMMED: &[&str] = &["integer", "float", "decimal", "duration"];

/// Functions with the kinds of argument that they are to be tried with.
const CALLS: &[(&[F], &[&str])] = &[
    (&[F::Abs], MEASURED),
    (&[F::Sign, F::Round, F::Trunc], COMPUTED),
    (&[F::Floor, F::Ceil], PARTED),
    (&[F::IsNan], FLOATS),
    (
        &[
            F::Sqrt,
            F::Cbrt,
            F::Exp,
            F::Ln,
            F::Log2,
            F::Log10,
            F::Log,
            F::Power,
            F::Sin,
            F::Cos,
            F::Tan,
            F::Asin,
            F::Acos,
            F::Atan,
            F::Atan2,
            F::Sinh,
            F::Cosh,
            F::Tanh,
            F::Degrees,
            F::Radians,
        ],
        MADE_FLOAT,
    ),
    (
        &[
            F::Length,
            F::OctetLength,
            F::Lower,
            F::Upper,
            F::Initcap,
            F::Reverse,
            F::Substr,
            F::Left,
            F::Right,
            F::Trim,
            F::Ltrim,
            F::Rtrim,
            F::Lpad,
            F::Rpad,
            F::Repeat,
            F::Concat,
            F::Join,
            F::StartsWith,
            F::EndsWith,
            F::Contains,
            F::Strpos,
            F::SplitPart,
            F::Replace,
            F::Like,
            F::Ilike,
            F::Matches,
            F::MatchesIgnoringCase,
            F::RegexpReplace,
        ],
        TEXT,
    ),
    (&[F::DateTrunc, F::AddMonths, F::AddDays], INSTANTS),
    (&[F::DatePart], &["date", "timestamp", "duration"]),
    (&[F::DateBin, F::DateBinMonths], &["timestamp"]),
    (&[F::MakeDate], &["i64"]),
    (&[F::Greatest, F::Least, F::Hash], KINDS),
];

/// Every line that should not stay at zero.
pub(super) fn lines() -> Vec<Label> {
    let mut lines = Vec::new();
    for (functions, kinds) in CALLS {
        for (function, kind) in functions.iter().flat_map(|f| kinds.iter().map(move |kind| (f, kind))) {
            lines.push((FUNCTION, format!("{function:?} of {kind}")));
        }
    }
    for entry in FUNCTIONS.iter().copied().flatten() {
        lines.push((FUNCTION, format!("{}()", entry.name)));
    }
    for (name, function) in AggregateFunction::ALL {
        lines.push((AGGREGATE, name.into()));
        lines.push((AGGREGATE, format!("{name} FILTER")));
        if takes_distinct(function) {
            lines.push((AGGREGATE, format!("{name} DISTINCT")));
        }
        lines.extend(kinds_of(function).iter().map(|kind| (AGGREGATE, format!("{name} of {kind}"))));
    }
    lines
}

fn kinds_of(function: AggregateFunction) -> &'static [&'static str] {
    use AggregateFunction as A;
    match function {
        A::BoolAnd | A::BoolOr => &["bool"],
        A::Sum | A::Avg => SUMMED,
        A::Median | A::QuantileCont | A::ApproxQuantile => ORDERED,
        A::StddevSamp
        | A::StddevPop
        | A::VarSamp
        | A::VarPop
        | A::Corr
        | A::CovarSamp
        | A::CovarPop
        | A::Skewness
        | A::Kurtosis => NUMBERS,
        _ => KINDS,
    }
}

/// The lines that a plan uses.
pub(super) fn used(plan: &Plan, lines: &mut Vec<Label>) {
    plan.inputs().into_iter().for_each(|input| used(input, lines));
    match &plan.node {
        PlanNode::Filter { predicate, .. } => calls(predicate, lines),
        PlanNode::Project { exprs, .. } => exprs.iter().for_each(|expr| calls(expr, lines)),
        PlanNode::Aggregate { keys, aggregates, .. } => {
            keys.iter().for_each(|key| calls(key, lines));
            for call in aggregates {
                aggregate(call, lines);
                call.argument.iter().chain(&call.second).for_each(|expr| calls(expr, lines));
            }
        }
        PlanNode::Scan { .. }
        | PlanNode::Row
        | PlanNode::Union { .. }
        | PlanNode::Sort { .. }
        | PlanNode::Window { .. }
        | PlanNode::Limit { .. } => {}
    }
}

fn calls(expr: &Typed, lines: &mut Vec<Label>) {
    if let TypedKind::Call { function, args } = &expr.kind {
        let place = usize::from(matches!(
            function,
            F::DateTrunc | F::DatePart | F::DateBin | F::DateBinMonths | F::Log
        ));
        let entry = CALLS.iter().find(|(functions, _)| functions.contains(function));
        let by_kind = entry.is_some_and(|(_, kinds)| *kinds == MADE_FLOAT || *kinds == KINDS);
        if let Some(arg) = args.get(place) {
            let name = if by_kind { kind(source_type(arg)) } else { family(arg.data_type) };
            lines.push((FUNCTION, format!("{function:?} of {name}")));
        }
        if let (F::DateTrunc | F::DatePart, Some(TypedKind::Literal(Scalar::Text(unit)))) =
            (function, args.first().map(|arg| &arg.kind))
        {
            lines.push((FUNCTION, format!("{function:?} {unit}")));
        }
    }
    expr.children().into_iter().for_each(|child| calls(child, lines));
}

fn aggregate(call: &AggregateCall, lines: &mut Vec<Label>) {
    let Some(argument) = &call.argument else { return };
    // A filter stands in the argument, with the type of what it filters.
    let argument = match &argument.kind {
        TypedKind::Case { branches, otherwise } if otherwise.kind == TypedKind::Literal(Scalar::Null) => {
            branches.first().map_or(argument, |(_, value)| value)
        }
        _ => argument,
    };
    let (name, kind) = (call.function.name(), kind(source_type(argument)));
    lines.push((AGGREGATE, format!("{name} of {kind}")));
}

/// The type before a conversion.
fn source_type(expr: &Typed) -> DataType {
    match &expr.kind {
        TypedKind::Cast(operand) => operand.data_type,
        _ => expr.data_type,
    }
}

fn kind(data_type: DataType) -> &'static str {
    match data_type {
        t if t.is_integer() => "integer",
        t if t.is_float() => "float",
        other => family(other),
    }
}

fn family(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Bool => "bool",
        DataType::U64 => "u64",
        DataType::F64 => "f64",
        DataType::F32 => "f32",
        DataType::Decimal { .. } => "decimal",
        DataType::Date => "date",
        DataType::Timestamp(_) => "timestamp",
        DataType::Duration(_) => "duration",
        DataType::Text => "text",
        DataType::I64 => "i64",
        t if t.is_integer() => "integer",
        _ => "other",
    }
}
