//! Conditions: every comparison in every arrangement, joined by AND, OR and NOT.

use super::value::Value;
use super::{Draft, literal};
use colq_plan::{Comparison, Expr, ExprKind, lit};
use colq_types::{DataType, Scalar};

impl Draft<'_> {
    /// A condition of at most this many levels of AND, OR and NOT.
    pub(crate) fn condition(&mut self, depth: usize) -> Expr {
        if depth > 0 && self.random.chance(45) {
            return match self.random.below(5) {
                0 => self.condition(depth - 1).and(self.condition(depth - 1)),
                1..4 => self.condition(depth - 1).or(self.condition(depth - 1)),
                _ => self.condition(depth - 1).not(),
            };
        }
        match self.random.weighted(&[30, 8, 12, 10, 10, 8, 8, 10, 5, 5, 4, 10, 8]) {
            11 => self.pattern(depth),
            12 => {
                let value = self.function(depth.min(1));
                if value.data_type == DataType::Bool { value.expr } else { self.against_literal(value) }
            }
            0 => {
                let column = self.comparable();
                self.against_literal(column)
            }
            1 => {
                let column = self.comparable();
                let left = literal::comparable_with(self.random, column.data_type);
                self.compare(left, column.expr)
            }
            2 => {
                let (left, right) = self.pair();
                self.compare(left, right)
            }
            3 => self.between(),
            4 => self.in_list(),
            5 => {
                let expr = Box::new(self.value(1).expr);
                ExprKind::IsNull { expr, negated: self.random.chance(50) }.into()
            }
            6 => self.distinct(),
            7 => {
                let number = self.number(1);
                self.against_literal(number)
            }
            8 => {
                let column = self.column(|t| t == DataType::Bool);
                if column.data_type == DataType::Bool { column.expr } else { self.against_literal(column) }
            }
            9 => self.guarded_division(),
            _ => {
                let value = self.cast(1);
                self.against_literal(value)
            }
        }
    }

    fn against_literal(&mut self, value: Value) -> Expr {
        let right = literal::comparable_with(self.random, value.data_type);
        self.compare(value.expr, right)
    }

    pub(crate) fn compare(&mut self, left: Expr, right: Expr) -> Expr {
        // Equality seldom holds, so most comparisons are others.
        let op = *self.random.pick(&[
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ]);
        ExprKind::Compare { op, left: Box::new(left), right: Box::new(right) }.into()
    }

    /// Two columns that can be compared.
    fn pair(&mut self) -> (Expr, Expr) {
        let left = self.comparable();
        let is_duration = |t: DataType| matches!(t, DataType::Duration(_));
        let is_time = |t: DataType| matches!(t, DataType::Date | DataType::Timestamp(_));
        let left_type = left.data_type;
        let right = self.column(|t| {
            t == left_type
                || t.is_number() && left_type.is_number()
                || is_time(t) && is_time(left_type)
                || is_duration(t) && is_duration(left_type)
        });
        (left.expr, right.expr)
    }

    fn between(&mut self) -> Expr {
        let value = if self.random.chance(20) { self.number(1) } else { self.comparable() };
        let low = literal::comparable_with(self.random, value.data_type);
        let high = literal::comparable_with(self.random, value.data_type);
        let negated = self.random.chance(25);
        let (low, high) = (Box::new(low), Box::new(high));
        ExprKind::Between { expr: Box::new(value.expr), low, high, negated }.into()
    }

    fn in_list(&mut self) -> Expr {
        let value = if self.random.chance(15) { self.number(1) } else { self.comparable() };
        let mut list = Vec::new();
        for _ in 0..1 + self.random.below(6) {
            list.push(literal::comparable_with(self.random, value.data_type));
        }
        if self.random.chance(25) {
            list.push(lit(Scalar::Null));
        }
        ExprKind::InList { expr: Box::new(value.expr), list, negated: self.random.chance(35) }.into()
    }

    fn distinct(&mut self) -> Expr {
        let (left, right) = if self.random.chance(50) {
            self.pair()
        } else {
            let column = self.comparable();
            (column.expr, literal::comparable_with(self.random, column.data_type))
        };
        let (left, right) = (Box::new(left), Box::new(right));
        ExprKind::Distinct { left, right, negated: self.random.chance(50) }.into()
    }

    /// A division that only the short circuit before it keeps from failing: `b <> 0 AND a / b > 1`, or the
    /// same with OR.
    fn guarded_division(&mut self) -> Expr {
        let narrow =
            |t: DataType| (t.is_integer() || t.is_decimal()) && t != DataType::U64 && t != DataType::I64;
        let (left, right) = (self.column(narrow).expr, self.column(narrow).expr);
        let quotient = if self.random.chance(50) { left / right.clone() } else { left % right.clone() };
        let test = self.compare(quotient, lit(1));
        if self.random.chance(50) { right.not_eq(lit(0)).and(test) } else { right.eq(lit(0)).or(test) }
    }
}
