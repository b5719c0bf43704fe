//! What is wrong with a query, where, and what was probably meant.

use colq_types::DataType;
use std::fmt;

/// A place in the SQL text, in bytes. Queries from the builder have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A query that makes no sense, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanError {
    kind: Box<PlanErrorKind>,
    span: Option<Span>,
}

/// The root cause of a [`PlanError`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PlanErrorKind {
    /// The SQL text does not parse.
    Syntax {
        /// What the parser expected and found: a part of a sentence, without a full stop.
        message: String,
        /// What to write instead, if that is known.
        hint: Option<String>,
    },
    /// A number that fits no type.
    NumberTooLarge {
        /// The number as written.
        text: String,
    },
    /// An expression of too many levels.
    TooDeep {
        /// The levels that may be.
        limit: usize,
    },
    /// A clause, function or statement that colq does not have.
    Unsupported {
        /// Its name.
        clause: String,
    },
    /// A type that colq does not have.
    UnknownType {
        /// Its name as written.
        name: String,
    },
    /// No table has this name.
    UnknownTable {
        /// The name.
        name: String,
        /// Why it could not be found or opened.
        reason: String,
    },
    /// No column has this name.
    UnknownColumn {
        /// The name as written.
        name: String,
        /// The names there are.
        choices: Vec<String>,
    },
    /// Several columns have this name, or have it but for case.
    AmbiguousColumn {
        /// The name as written.
        name: String,
        /// The names of these columns.
        choices: Vec<String>,
    },
    /// No function has this name.
    UnknownFunction {
        /// The name as written.
        name: String,
        /// The names there are.
        choices: Vec<String>,
    },
    /// An operator or function cannot take these types.
    TypeMismatch {
        /// The operator, function or clause.
        operation: String,
        /// The types it was given.
        found: Vec<DataType>,
        /// What it takes.
        expected: String,
    },
    /// A function was given too few or too many arguments.
    WrongArguments {
        /// The function.
        function: String,
        /// Its arguments, as the reference writes them.
        takes: String,
        /// How many it was given.
        found: usize,
    },
    /// A function does not take this argument, whatever the rows hold.
    InvalidArgument {
        /// The function.
        function: String,
        /// What is wrong, as the rest of a sentence that begins with the function.
        problem: String,
        /// What could be written instead, where that is a list.
        choices: Vec<String>,
        /// What was written.
        name: String,
    },
    /// The parts of a UNION ALL do not fit together.
    UnionMismatch {
        /// Why, as a sentence without the full stop.
        reason: String,
    },
    /// A text literal that stands for a value of another type does not read as one.
    InvalidLiteral {
        /// The text.
        text: String,
        /// The type it should read as.
        data_type: DataType,
    },
    /// A column outside of an aggregate that is not grouped by.
    NotGrouped {
        /// The column.
        name: String,
    },
    /// An aggregate where rows are still single: in WHERE, GROUP BY or another aggregate.
    MisplacedAggregate {
        /// The function.
        function: String,
        /// Where it stands.
        clause: &'static str,
    },
    /// `GROUP BY 7` or `ORDER BY 7` where there are fewer columns.
    OrdinalOutOfRange {
        /// The number.
        ordinal: i64,
        /// Columns selected.
        columns: usize,
    },
    /// An operation that vectors do not have.
    VectorOperation {
        /// The operator, function or clause.
        operation: String,
    },
    /// A product whose digits after the point are more than a decimal has.
    ScaleTooLarge {
        /// Digits after the point that the exact product has.
        scale: u8,
    },
    /// A query that selects nothing.
    NothingSelected,
}

impl PlanError {
    /// An error at a place, if it is known.
    pub fn new(kind: PlanErrorKind, span: Option<Span>) -> PlanError {
        PlanError { kind: Box::new(kind), span }
    }

    /// The root cause.
    pub fn kind(&self) -> &PlanErrorKind {
        &self.kind
    }

    /// The place in the SQL text.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// What to do, as a sentence without the word hint.
    pub fn hint(&self) -> Option<String> {
        match &*self.kind {
            PlanErrorKind::Syntax { hint, .. } => hint.clone(),
            PlanErrorKind::NumberTooLarge { text } if !text.contains(['.', 'e', 'E']) => {
                Some(format!("write {text}.0 for a floating-point number"))
            }
            PlanErrorKind::Unsupported { clause } => crate::instead::of(clause).map(ToOwned::to_owned),
            PlanErrorKind::TooDeep { .. } => Some("compute a part of it in a subquery in FROM".into()),
            PlanErrorKind::UnknownColumn { choices, .. } if choices.is_empty() => {
                Some("name the table of the column after FROM".into())
            }
            // The name alone takes fewer bytes, so it stood in double quotes.
            PlanErrorKind::UnknownColumn { name, choices }
                if suggest(name, choices).is_none()
                    && self.span.is_some_and(|s| s.end - s.start >= name.len() + 2) =>
            {
                let quoted = name.replace('\'', "''");
                Some(format!("double quotes are for names; a text is written '{quoted}'"))
            }
            PlanErrorKind::InvalidArgument { choices, .. } if choices.is_empty() => None,
            PlanErrorKind::UnknownType { name } => Some(type_hint(name)),
            PlanErrorKind::WrongArguments { function, found: 0, .. } if function == "count" => {
                Some("to count rows write count(*)".into())
            }
            PlanErrorKind::UnknownFunction { name, choices } if suggest(name, choices).is_none() => {
                Some("docs/SQL.md lists the functions there are".into())
            }
            PlanErrorKind::TypeMismatch { found, expected, .. } => cast_hint(found, expected),
            PlanErrorKind::UnknownColumn { name, choices }
            | PlanErrorKind::UnknownFunction { name, choices }
            | PlanErrorKind::InvalidArgument { name, choices, .. } => {
                suggest(name, choices).map(|best| format!("did you mean `{best}`?"))
            }
            PlanErrorKind::AmbiguousColumn { choices, .. } => Some(match choices.as_slice() {
                [first, rest @ ..] if rest.iter().all(|other| other != first) => {
                    format!("write the name exactly as the column has it: {}", choices.join(" or "))
                }
                _ => "give the columns different names with AS".into(),
            }),
            PlanErrorKind::VectorOperation { .. } => Some(
                "a vector can be selected, counted, tested with IS NULL, and turned to text with CAST".into(),
            ),
            PlanErrorKind::ScaleTooLarge { .. } => {
                Some("give one side fewer digits first, as in CAST(x AS decimal(38, 6))".into())
            }
            PlanErrorKind::NothingSelected => Some("name a table after FROM".into()),
            PlanErrorKind::NotGrouped { name } => {
                Some(format!("add `{name}` to GROUP BY, or aggregate it, as in min({name})"))
            }
            PlanErrorKind::MisplacedAggregate { clause: "WHERE", .. } => {
                Some("conditions on aggregates go into HAVING".into())
            }
            _ => None,
        }
    }
}

/// The names of types, for suggestions.
const TYPE_NAMES: [&str; 34] = [
    "bool",
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "integer",
    "bigint",
    "real",
    "float",
    "double",
    "decimal",
    "numeric",
    "text",
    "varchar",
    "string",
    "date",
    "timestamp",
    "timestamptz",
    "duration",
    "interval",
    "vector",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "f16",
    "bf16",
    "f32",
    "f64",
    "float8",
];

fn type_hint(name: &str) -> String {
    let known = TYPE_NAMES.map(str::to_owned);
    match suggest(name, &known).filter(|best| !best.eq_ignore_ascii_case(name)) {
        Some(best) => format!("did you mean {best}?"),
        None => "types are bool, i8 to i64, u8 to u64, f16, bf16, f32, f64, decimal(p, s), text, date, \
                 timestamp(us) and duration(us)"
            .into(),
    }
}

/// How to bring a value to the type that is asked for, where CAST can.
fn cast_hint(found: &[DataType], expected: &str) -> Option<String> {
    let is_text = found.contains(&DataType::Text);
    let is_number = found.iter().any(|t| t.is_number());
    if expected.contains("compared") || expected.contains("one type") {
        let hint = "bring one of them to the type of the other, as in CAST(x AS text)";
        return (found.len() > 1).then(|| hint.into());
    }
    if is_text && expected.contains("whole number") {
        return Some("to read a text as a whole number write CAST(x AS bigint)".into());
    }
    if is_text && expected.contains("number") {
        return Some("to read a text as a number write CAST(x AS double)".into());
    }
    if is_text && (expected.contains("a date") || expected.contains("a timestamp")) {
        return Some("to read a text as a time write CAST(x AS timestamp)".into());
    }
    if is_number && expected == "a condition" {
        return Some("compare it, as in x <> 0".into());
    }
    (expected == "a text").then(|| "to turn it into text write CAST(x AS text)".into())
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            PlanErrorKind::Syntax { message, .. } => write!(f, "The SQL does not parse: {message}."),
            PlanErrorKind::NumberTooLarge { text } => write!(f, "The number {text} does not fit in 64 bits."),
            PlanErrorKind::TooDeep { limit } => {
                write!(f, "The expression is more than {limit} levels deep.")
            }
            PlanErrorKind::Unsupported { clause } => write!(f, "{clause} is not supported."),
            PlanErrorKind::UnknownType { name } => write!(f, "The type {name} is not supported."),
            PlanErrorKind::UnknownTable { name, reason } => write!(f, "No table named {name}: {reason}"),
            PlanErrorKind::UnknownColumn { name, choices } => {
                write!(f, "No column named {name}. {}", listing("Columns are", choices))
            }
            PlanErrorKind::AmbiguousColumn { name, choices } => {
                write!(f, "Several columns are named {name}")?;
                let exact = choices.iter().all(|choice| choice == name);
                f.write_str(if exact { "." } else { " but for upper and lower case." })
            }
            PlanErrorKind::UnknownFunction { name, choices } => {
                let few = choices.len() <= LISTED;
                write!(f, "No function named {name}.")?;
                if few { write!(f, " {}", listing("Functions are", choices)) } else { Ok(()) }
            }
            PlanErrorKind::WrongArguments { function, takes, found } => {
                let noun = if *found == 1 { "argument" } else { "arguments" };
                write!(f, "{function} is called {function}({takes}), not with {found} {noun}.")
            }
            PlanErrorKind::InvalidArgument { function, problem, choices, .. } => {
                write!(f, "{function} {problem}.")?;
                if choices.is_empty() { Ok(()) } else { write!(f, " {}", listing("Choices are", choices)) }
            }
            PlanErrorKind::UnionMismatch { reason } => write!(f, "{reason}."),
            PlanErrorKind::TypeMismatch { operation, found, expected } => {
                write!(f, "{operation} takes {expected}")?;
                if found.is_empty() {
                    return f.write_str(".");
                }
                let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                write!(f, ", not {}.", found.join(" and "))
            }
            PlanErrorKind::InvalidLiteral { text, data_type } => {
                write!(f, "'{text}' does not read as {data_type}.")
            }
            PlanErrorKind::NotGrouped { name } => {
                write!(f, "Column {name} is neither grouped by nor aggregated.")
            }
            PlanErrorKind::MisplacedAggregate { function, clause } => {
                write!(f, "The aggregate {function} cannot stand in {clause}.")
            }
            PlanErrorKind::OrdinalOutOfRange { ordinal, columns } => {
                let noun = if *columns == 1 { "column" } else { "columns" };
                write!(f, "Position {ordinal} is not in the select list, which has {columns} {noun}.")
            }
            PlanErrorKind::VectorOperation { operation } => {
                write!(f, "{operation} does not work on vectors.")
            }
            PlanErrorKind::ScaleTooLarge { scale } => {
                write!(f, "The product has {scale} digits after the point, and a decimal has at most 38.")
            }
            PlanErrorKind::NothingSelected => f.write_str("The query selects no column."),
        }
    }
}

impl std::error::Error for PlanError {}

/// At most this many names are listed in a message; more would push the message itself off the screen.
const LISTED: usize = 20;

fn listing(intro: &str, names: &[String]) -> String {
    match names.len() {
        0 => "There are none.".into(),
        n if n > LISTED => format!("{intro} {} and {} more.", names[..LISTED].join(", "), n - LISTED),
        _ => format!("{intro} {}.", names.join(", ")),
    }
}

/// The choice that was probably meant: the nearest by Damerau-Levenshtein distance, if it is near enough.
pub fn suggest<'a>(name: &str, choices: &'a [String]) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    // Of a word of one or two letters hardly anything is left when more than one is wrong.
    let limit = if length < 3 { length.saturating_sub(1) } else { (length / 3).max(1) + 1 };
    choices
        .iter()
        .map(|choice| (strsim::damerau_levenshtein(&wanted, &choice.to_lowercase()), choice))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, choice)| choice.as_str())
}
