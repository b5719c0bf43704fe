//! Calls of every function that the list of functions has, with arguments that mostly make sense.

use super::value::Value;
use super::{Draft, literal};
use crate::table::WORDS;
use colq_plan::{Expr, ExprKind, FUNCTIONS, FunctionEntry, FunctionGroup, lit};
use colq_types::{DataType, Scalar, TimeUnit};

/// What dates and timestamps are cut to and taken apart into. The first five cut timestamps alone.
const TRUNCATED: [&str; 14] = [
    "microsecond",
    "ms",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "decade",
    "century",
    "millennium",
    "millisecond",
];
const PARTS: [&str; 19] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
    "dow",
    "isodow",
    "doy",
    "epoch",
    "isoyear",
    "decade",
    "century",
    "millennium",
];

/// What a letter of a text may be to trim, pad and split.
const PIECES: [&str; 9] = ["", " ", "a", "b", "aa", "é", "名", "'", "ab"];

impl Draft<'_> {
    /// A call of any function, by any of its names.
    pub(crate) fn function(&mut self, depth: usize) -> Value {
        // Roughly as many functions as each group has; most of those of times are two that take many units.
        let group = FUNCTIONS[self.random.weighted(&[40, 26, 24, 10])];
        let is_time = group.first().is_some_and(|entry| entry.group == FunctionGroup::Time);
        let entry = if is_time && self.random.chance(55) {
            *self.random.pick(&[&group[0], &group[1]])
        } else {
            self.random.pick(group)
        };
        let (mut args, data_type) = match entry.group {
            FunctionGroup::Number => self.number_arguments(entry, depth),
            FunctionGroup::Text => self.text_arguments(entry, depth),
            FunctionGroup::Time => self.time_arguments(entry),
            FunctionGroup::Choice => self.choice_arguments(entry, depth),
        };
        if self.random.chance(1) && !args.is_empty() {
            let place = self.random.below(args.len());
            args[place] = lit(Scalar::Null);
        }
        let name = if entry.other_names.is_empty() || self.random.chance(80) {
            entry.name
        } else {
            *self.random.pick(entry.other_names)
        };
        Value { expr: ExprKind::Call { name: name.to_owned(), args }.into(), data_type }
    }

    /// A call of a function of numbers.
    pub(crate) fn numeric_function(&mut self, depth: usize) -> Value {
        let entry = self.random.pick(FUNCTIONS[0]);
        let (args, data_type) = self.number_arguments(entry, depth);
        if !data_type.is_number() {
            return self.column(DataType::is_number);
        }
        Value { expr: ExprKind::Call { name: entry.name.to_owned(), args }.into(), data_type }
    }

    /// A number of a kind that is drawn first, so that none is rare.
    fn number_of_any_kind(&mut self, depth: usize) -> Value {
        const WIDE: DataType = DataType::Decimal { precision: 38, scale: 6 };
        let (value, data_type) = match self.random.below(11) {
            0 | 10 => (self.column(DataType::is_decimal), WIDE),
            1 => (self.column(|t| t == DataType::U64), DataType::U64),
            2 => (self.column(|t| t.is_float() && t != DataType::F64), DataType::F32),
            3 => (self.column(DataType::is_integer), DataType::I64),
            _ => return self.number(depth),
        };
        match (value.data_type, data_type) {
            (found, wanted) if found == wanted || found.is_decimal() && wanted.is_decimal() => value,
            (found, DataType::I64) if found.is_integer() && found != DataType::U64 => value,
            (found, DataType::U64) if !found.is_unsigned() => {
                Value { expr: lit(self.random.between(0, 5_000) as u64), data_type }
            }
            (found, WIDE) if found.is_float() => value,
            (found, _) if found.is_number() && !found.is_float() || data_type == DataType::F32 => {
                Value { expr: value.expr.cast(data_type), data_type }
            }
            _ => self.number(depth),
        }
    }

    fn number_arguments(&mut self, entry: &FunctionEntry, depth: usize) -> (Vec<Expr>, DataType) {
        let x = match entry.name {
            "pi" => return (Vec::new(), DataType::F64),
            "abs" if self.random.chance(20) => {
                let length = self.column(|t| matches!(t, DataType::Duration(_)));
                return (vec![length.expr], length.data_type);
            }
            _ => self.number_of_any_kind(depth),
        };
        let computed = computed_type(x.data_type);
        match entry.name {
            "mod" => (vec![x.expr, literal::operand(self.random, x.data_type)], computed),
            "atan2" | "power" => {
                let y = if self.random.chance(50) { self.number(0).expr } else { self.few().expr };
                (vec![x.expr, y], DataType::F64)
            }
            "log" if self.random.chance(75) => (vec![self.few().expr, x.expr], DataType::F64),
            "round" | "trunc" if self.random.chance(70) => {
                let digits = match self.random.below(12) {
                    0 => {
                        lit(*self.random.pick(&[i64::MIN, i64::MAX, -400, 400, -39, -38, -20, -19, -18, 39]))
                    }
                    1..3 => self.small_column(),
                    _ => lit(self.random.between(-3, 5)),
                };
                (vec![x.expr, digits], computed)
            }
            "isnan" => (vec![x.expr], DataType::Bool),
            "abs" | "sign" | "floor" | "ceil" | "round" | "trunc" => (vec![x.expr], computed),
            _ => (vec![x.expr], DataType::F64),
        }
    }

    /// A small number, most often a literal.
    fn few(&mut self) -> Value {
        let expr = match self.random.below(6) {
            0 => self.small_column(),
            1 => lit(*self.random.pick(&[0.5, -1.5, 2.0, 0.0, 10.0])),
            _ => lit(self.random.between(-3, 8)),
        };
        Value { expr, data_type: DataType::I64 }
    }

    /// A column of small whole numbers, or a literal where the table has none.
    pub(crate) fn small_column(&mut self) -> Expr {
        let value = self.column(|t| matches!(t, DataType::I8 | DataType::U8));
        match value.data_type {
            DataType::I8 | DataType::U8 => value.expr % lit(20),
            _ => lit(self.random.between(-3, 12)),
        }
    }

    /// How many letters, places or parts.
    fn count(&mut self) -> Expr {
        match self.random.below(20) {
            0 => lit(self.random.between(-30, 60)),
            1..5 => self.small_column(),
            _ => lit(self.random.between(-2, 5)),
        }
    }

    /// A text: a column, anything else as text, a function of texts, or a literal.
    pub(crate) fn text(&mut self, depth: usize) -> Expr {
        if depth > 0 && self.random.chance(30) {
            // One that gives a text.
            for _ in 0..4 {
                let entry = self.random.pick(FUNCTIONS[1]);
                let (args, data_type) = self.text_arguments(entry, depth - 1);
                if data_type == DataType::Text {
                    return ExprKind::Call { name: entry.name.to_owned(), args }.into();
                }
            }
        }
        let column = self.column(|t| t == DataType::Text);
        match column.data_type {
            DataType::Text => column.expr,
            _ if self.random.chance(25) => lit(*self.random.pick(&WORDS)),
            _ => column.expr.cast(DataType::Text),
        }
    }

    /// A part of a text, short.
    fn piece(&mut self) -> Expr {
        match self.random.below(10) {
            0 => self.column(|t| t == DataType::Text).expr.cast(DataType::Text),
            1..4 => lit(*self.random.pick(&WORDS)),
            _ => lit(*self.random.pick(&PIECES)),
        }
    }

    fn text_arguments(&mut self, entry: &FunctionEntry, depth: usize) -> (Vec<Expr>, DataType) {
        let s = self.text(depth);
        match entry.name {
            "length" | "octet_length" => (vec![s], DataType::I64),
            "substr" => {
                let mut args = vec![s, self.count()];
                if self.random.chance(60) {
                    let count = if self.random.chance(3) { -1 } else { self.random.between(0, 6) };
                    args.push(lit(count));
                }
                (args, DataType::Text)
            }
            "left" | "right" | "repeat" => (vec![s, self.count()], DataType::Text),
            "trim" | "ltrim" | "rtrim" => {
                let mut args = vec![s];
                if self.random.chance(60) {
                    args.push(self.piece());
                }
                (args, DataType::Text)
            }
            "lpad" | "rpad" => {
                let mut args = vec![s, self.count()];
                if self.random.chance(60) {
                    args.push(self.piece());
                }
                (args, DataType::Text)
            }
            "concat" => {
                let mut args = vec![s];
                for _ in 0..self.random.below(3) {
                    args.push(self.comparable().expr);
                }
                (args, DataType::Text)
            }
            "starts_with" | "ends_with" | "contains" => (vec![s, self.piece()], DataType::Bool),
            "strpos" => (vec![s, self.piece()], DataType::I64),
            "split_part" => {
                let n = if self.random.chance(3) { 0 } else { *self.random.pick(&[1, 2, 3, -1, -2]) };
                (vec![s, self.piece(), lit(n)], DataType::Text)
            }
            "replace" => (vec![s, self.piece(), self.piece()], DataType::Text),
            "regexp_like" => (vec![s, self.regular_expression()], DataType::Bool),
            "regexp_replace" => {
                let pattern = self.regular_expression();
                let to = lit(*self.random.pick(&["", "-", "<\\1>", "[\\&]", "é", "a\\\\b"]));
                let mut args = vec![s, pattern, to];
                if self.random.chance(60) {
                    args.push(lit(*self.random.pick(&["", "g", "i", "gi"])));
                }
                (args, DataType::Text)
            }
            _ => (vec![s], DataType::Text),
        }
    }

    /// A date or a timestamp: a column, or a literal where the table has none.
    fn instant(&mut self) -> Value {
        let is_instant = |t: DataType| matches!(t, DataType::Date | DataType::Timestamp(_));
        let column = self.column(is_instant);
        if is_instant(column.data_type) {
            return column;
        }
        let unit = *self.random.pick(&TimeUnit::ALL);
        let (expr, data_type) = if self.random.chance(50) {
            let days = self.random.between(-800_000, 3_000_000) as i32;
            (lit(Scalar::Date(days)), DataType::Date)
        } else {
            let value = self.random.between(-2_000_000_000, 4_000_000_000) * unit.per_second() + 7;
            (lit(Scalar::Timestamp(value, unit)), DataType::Timestamp(unit))
        };
        Value { expr, data_type }
    }

    /// A length of time as it is written: months, or days and less.
    pub(crate) fn interval(&mut self) -> Expr {
        let few = |random: &mut crate::Random| random.between(-3, 14);
        let kind = match self.random.below(5) {
            0..2 => {
                ExprKind::Interval { months: few(self.random) as i32, days: 0, rest: (0, TimeUnit::Second) }
            }
            2 => ExprKind::Interval { months: 0, days: few(self.random), rest: (0, TimeUnit::Second) },
            3 => {
                let rest = (self.random.between(-100, 5_000), *self.random.pick(&TimeUnit::ALL));
                ExprKind::Interval { months: 0, days: 0, rest }
            }
            _ => {
                let months = few(self.random) as i32;
                let rest = (few(self.random), *self.random.pick(&TimeUnit::ALL));
                ExprKind::Interval { months, days: few(self.random), rest }
            }
        };
        kind.into()
    }

    /// A date or a timestamp moved by an interval.
    pub(crate) fn moved(&mut self) -> Value {
        let x = self.instant();
        let interval = self.interval();
        let expr = match self.random.below(3) {
            0 => x.expr - interval,
            1 => x.expr + interval,
            _ => interval + x.expr,
        };
        let data_type = match x.data_type {
            DataType::Date => DataType::Timestamp(TimeUnit::Second),
            other => other,
        };
        Value { expr, data_type }
    }

    /// The length of bins: seldom not above zero.
    fn stride(&mut self) -> Expr {
        match self.random.below(40) {
            0 => self.interval(),
            1 => self.column(|t| matches!(t, DataType::Duration(_))).expr,
            2..6 => lit(*self.random.pick(&["00:15:00", "PT1H", "12:00"])),
            6..22 => {
                let months = self.random.between(1, 30) as i32;
                ExprKind::Interval { months, days: 0, rest: (0, TimeUnit::Second) }.into()
            }
            _ => {
                let rest = (self.random.between(1, 5_000), *self.random.pick(&TimeUnit::ALL));
                let days = if self.random.chance(30) { self.random.between(1, 10) } else { 0 };
                ExprKind::Interval { months: 0, days, rest }.into()
            }
        }
    }

    fn time_arguments(&mut self, entry: &FunctionEntry) -> (Vec<Expr>, DataType) {
        let x = self.instant();
        match entry.name {
            "date_trunc" => {
                let units = if x.data_type == DataType::Date { &TRUNCATED[5..13] } else { &TRUNCATED[..] };
                (vec![lit(*self.random.pick(units)), x.expr], x.data_type)
            }
            "date_part" => {
                let length = self.column(|t| matches!(t, DataType::Duration(_)));
                if matches!(length.data_type, DataType::Duration(_)) && self.random.chance(30) {
                    return (vec![lit("epoch"), length.expr], DataType::F64);
                }
                let part = *self.random.pick(&PARTS);
                let data_type = if part == "epoch" { DataType::F64 } else { DataType::I64 };
                (vec![lit(part), x.expr], data_type)
            }
            "date_bin" => {
                let mut args = vec![self.stride(), x.expr];
                if self.random.chance(40) {
                    args.push(self.instant().expr);
                }
                (args, DataType::Timestamp(TimeUnit::Nanosecond))
            }
            "add_months" | "add_days" => {
                let n = if self.random.chance(70) {
                    lit(self.random.between(-40, 40))
                } else {
                    self.small_column()
                };
                (vec![x.expr, n], x.data_type)
            }
            "make_date" => {
                let year = match self.random.below(6) {
                    0 => lit(*self.random.pick(&[0, 1, 4, 1900, 2000, 9999, -1])),
                    _ => lit(self.random.between(1_900, 2_100)),
                };
                let last = if self.random.chance(5) { 31 } else { 28 };
                let day = if self.random.chance(40) {
                    let counts = self.column(|t| matches!(t, DataType::U8 | DataType::U16 | DataType::U32));
                    if counts.data_type.is_unsigned() { counts.expr % lit(28) + lit(1) } else { lit(29) }
                } else {
                    lit(self.random.between(1, last))
                };
                (vec![year, lit(self.random.between(1, 12)), day], DataType::Date)
            }
            name => {
                let number = self.column(|t| t.is_number() && t != DataType::U64 && !t.is_float());
                let (whole, any) = (number.data_type.is_integer(), number.data_type.is_number());
                let arg = match self.random.below(6) {
                    0 => x.expr,
                    1 if name == "to_timestamp" => lit(1.5),
                    _ if whole || any && name == "to_timestamp" => number.expr,
                    _ => lit(self.random.between(-10_000, 2_000_000_000)),
                };
                let unit = match name {
                    "to_timestamp_seconds" => TimeUnit::Second,
                    "to_timestamp_millis" => TimeUnit::Millisecond,
                    "to_timestamp_nanos" => TimeUnit::Nanosecond,
                    _ => TimeUnit::Microsecond,
                };
                (vec![arg], DataType::Timestamp(unit))
            }
        }
    }

    fn choice_arguments(&mut self, entry: &FunctionEntry, depth: usize) -> (Vec<Expr>, DataType) {
        let first = self.operand(depth);
        let data_type = first.data_type;
        let mut args = vec![first.expr];
        match entry.name {
            "hash" => {
                if self.random.chance(50) {
                    let seed = *self.random.pick(&[0, 1, 42, -1, i64::MAX]);
                    args.push(if self.random.chance(80) { lit(seed) } else { self.small_column() });
                }
                (args, DataType::U64)
            }
            "nullif" => {
                args.push(self.fellow(data_type));
                (args, data_type)
            }
            _ => {
                for _ in 0..self.random.below(4) {
                    args.push(self.fellow(data_type));
                }
                (args, computed_if_number(data_type))
            }
        }
    }

    /// A value of any type but a vector: most often a column.
    fn operand(&mut self, depth: usize) -> Value {
        match self.random.below(10) {
            0 if depth > 0 => self.number(depth - 1),
            1 if depth > 0 => self.function(depth - 1),
            _ => self.comparable(),
        }
    }

    /// Another value of about the same type.
    pub(crate) fn fellow(&mut self, data_type: DataType) -> Expr {
        let value = self.column(|t| t == data_type || t.is_number() && data_type.is_number());
        let fits = value.data_type == data_type || value.data_type.is_number() && data_type.is_number();
        if fits && self.random.chance(55) {
            return value.expr;
        }
        if self.random.chance(8) {
            return lit(Scalar::Null);
        }
        literal::comparable_with(self.random, data_type)
    }

    /// CASE in both ways.
    pub(crate) fn case(&mut self, depth: usize) -> Value {
        let first = self.operand(depth);
        let data_type = first.data_type;
        let operand = self.random.chance(45).then(|| self.comparable());
        let mut branches = Vec::new();
        let mut value = Some(first.expr);
        for _ in 0..1 + self.random.below(3) {
            let when = match &operand {
                Some(operand) => self.fellow(operand.data_type),
                None => self.condition(depth.saturating_sub(1)),
            };
            let then = value.take().unwrap_or_else(|| self.fellow(data_type));
            branches.push((when, then));
        }
        let otherwise = self.random.chance(70).then(|| Box::new(self.fellow(data_type)));
        let operand = operand.map(|operand| Box::new(operand.expr));
        let expr = ExprKind::Case { operand, branches, otherwise }.into();
        Value { expr, data_type: computed_if_number(data_type) }
    }

    /// `a || b`.
    pub(crate) fn join(&mut self, depth: usize) -> Value {
        let (left, right) = (self.text(depth), self.comparable().expr);
        let (left, right) = if self.random.chance(50) { (left, right) } else { (right, left) };
        Value { expr: ExprKind::Join(Box::new(left), Box::new(right)).into(), data_type: DataType::Text }
    }
}

/// The type in which functions compute numbers of this one.
fn computed_type(data_type: DataType) -> DataType {
    match data_type {
        DataType::U64 | DataType::F64 => data_type,
        DataType::Decimal { scale, .. } => DataType::Decimal { precision: 38, scale },
        t if t.is_float() => DataType::F32,
        _ => DataType::I64,
    }
}

fn computed_if_number(data_type: DataType) -> DataType {
    if data_type.is_number() { computed_type(data_type) } else { data_type }
}
