//! Aggregates, with and without groups, and the clauses that only they have.

use super::Draft;
use super::value::Value;
use colq_plan::{AggregateFunction, Expr, ExprKind, Query, count, lit};
use colq_types::DataType;

impl Draft<'_> {
    /// A query of one row: aggregates over all rows.
    pub(crate) fn aggregates_alone(&mut self, query: &mut Query) {
        let aggregates: Vec<Expr> = (0..1 + self.random.below(5)).map(|_| self.aggregate()).collect();
        query.select = aggregates.into_iter().map(|expr| self.perhaps_named(expr).into()).collect();
        if self.random.chance(8) {
            query.having = Some(self.group_condition(&[]));
        }
    }

    /// A query of a row for each group.
    pub(crate) fn groups(&mut self, query: &mut Query) {
        let key_count = 1 + self.random.weighted(&[50, 30, 12, 8]);
        let keys: Vec<Expr> = (0..key_count).map(|_| self.key().expr).collect();
        let mut select: Vec<Expr> = keys.iter().filter(|_| self.random.chance(85)).cloned().collect();
        for _ in 0..self.random.below(5) {
            select.push(self.aggregate());
        }
        if select.is_empty() {
            select.push(count());
        }
        if self.random.chance(15) {
            let place = self.random.below(select.len() + 1);
            let aggregate = self.aggregate_of_number();
            select.insert(place, aggregate + lit(1.5));
        }
        query.group_by = keys.clone();
        // The same key by its place in the select list.
        if self.random.chance(15)
            && let Some((place, key)) =
                select.iter().enumerate().find_map(|(p, e)| Some((p, keys.iter().position(|k| k == e)?)))
        {
            query.group_by[key] = lit(place as i64 + 1);
        }
        query.select = select.into_iter().map(|expr| self.perhaps_named(expr).into()).collect();
        if self.random.chance(20) {
            query.having = Some(self.group_condition(&keys));
        }
        if self.random.chance(25) {
            let expr =
                if self.random.chance(50) { self.random.pick(&keys).clone() } else { self.aggregate() };
            query.order_by.push(self.sort_key(expr));
            let first = self.sort_key(lit(1));
            query.order_by.push(first);
        }
    }

    /// Most often a column, as people group; else something computed.
    fn key(&mut self) -> Value {
        match self.random.weighted(&[75, 8, 8, 9]) {
            1 => self.number(1),
            2 => self.cast(0),
            3 => Value { expr: self.condition(1), data_type: DataType::Bool },
            _ => self.comparable(),
        }
    }

    fn aggregate(&mut self) -> Expr {
        if self.random.chance(12) {
            return count();
        }
        if self.random.chance(60) {
            return self.aggregate_of_number();
        }
        if self.random.chance(20) {
            let function = *self.random.pick(&[AggregateFunction::Sum, AggregateFunction::Avg]);
            let is_duration = |t: DataType| matches!(t, DataType::Duration(_));
            let time = if self.random.chance(30) { self.time() } else { self.column(is_duration) };
            if is_duration(time.data_type) {
                return self.call(function, time.expr);
            }
        }
        let function =
            *self.random.pick(&[AggregateFunction::Count, AggregateFunction::Min, AggregateFunction::Max]);
        let argument = self.value(1).expr;
        self.call(function, argument)
    }

    fn aggregate_of_number(&mut self) -> Expr {
        let (_, function) = *self.random.pick(&AggregateFunction::ALL[..9]);
        let argument = if self.random.chance(25) { self.number(1) } else { self.column(DataType::is_number) };
        self.call(function, argument.expr)
    }

    fn call(&mut self, function: AggregateFunction, argument: Expr) -> Expr {
        let distinct = self.random.chance(18);
        ExprKind::Aggregate { function, args: vec![argument], distinct, filter: None }.into()
    }

    fn group_condition(&mut self, keys: &[Expr]) -> Expr {
        let left = match self.random.below(4) {
            0 if !keys.is_empty() => self.random.pick(keys).clone().is_not_null(),
            1 => {
                let aggregate = self.aggregate_of_number();
                let limit = self.random.between(-5, 30);
                self.compare(aggregate, lit(limit))
            }
            _ => {
                let limit = self.random.between(0, 6);
                self.compare(count(), lit(limit))
            }
        };
        if self.random.chance(75) {
            return left;
        }
        let aggregate = self.aggregate();
        if self.random.chance(50) { left.and(aggregate.is_not_null()) } else { left.or(aggregate.is_null()) }
    }
}
