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
    pub(crate) fn key(&mut self) -> Value {
        match self.random.weighted(&[75, 8, 8, 9]) {
            1 => self.number(1),
            2 => self.cast(0),
            3 => Value { expr: self.condition(1), data_type: DataType::Bool },
            _ => self.comparable(),
        }
    }

    fn aggregate(&mut self) -> Expr {
        if self.random.chance(10) {
            let filter = self.filter();
            return aggregate_of(AggregateFunction::Count, Vec::new(), false, filter);
        }
        let (_, function) = *self.random.pick(&AggregateFunction::ALL);
        self.aggregate_by(function)
    }

    /// An aggregate that gives a number.
    fn aggregate_of_number(&mut self) -> Expr {
        use AggregateFunction as A;
        const GIVE_NUMBERS: [A; 15] = [
            A::Count,
            A::Sum,
            A::Avg,
            A::StddevSamp,
            A::StddevPop,
            A::VarSamp,
            A::VarPop,
            A::Median,
            A::QuantileCont,
            A::ApproxDistinct,
            A::Corr,
            A::CovarSamp,
            A::CovarPop,
            A::Min,
            A::Max,
        ];
        let function = *self.random.pick(&GIVE_NUMBERS);
        let argument = if self.random.chance(25) { self.number(1) } else { self.column(DataType::is_number) };
        self.call(function, argument.expr)
    }

    fn filter(&mut self) -> Option<Expr> {
        self.random.chance(18).then(|| self.condition(1))
    }

    /// The function of arguments that it takes.
    fn aggregate_by(&mut self, function: AggregateFunction) -> Expr {
        use AggregateFunction as A;
        let is_time = |t| matches!(t, DataType::Date | DataType::Timestamp(_) | DataType::Duration(_));
        let is_duration = |t| matches!(t, DataType::Duration(_));
        let argument = match function {
            A::BoolAnd | A::BoolOr => {
                let bools = self.column(|t| t == DataType::Bool);
                let is_bool = bools.data_type == DataType::Bool && self.random.chance(50);
                if is_bool { bools.expr } else { self.condition(1) }
            }
            A::Sum | A::Avg if self.random.chance(25) => {
                let time = if self.random.chance(30) { self.time() } else { self.column(is_duration) };
                if is_duration(time.data_type) { time.expr } else { self.number(1).expr }
            }
            A::Median | A::QuantileCont | A::ApproxQuantile if self.random.chance(40) => {
                let time = self.column(is_time);
                if is_time(time.data_type) { time.expr } else { self.number(1).expr }
            }
            A::Median | A::QuantileCont | A::ApproxQuantile => self.number(1).expr,
            _ if is_numeric(function) && self.random.chance(30) => self.number(1).expr,
            _ if is_numeric(function) => self.column(DataType::is_number).expr,
            _ if self.random.chance(30) => self.value(1).expr,
            _ => self.comparable().expr,
        };
        self.call(function, argument)
    }

    /// The function of this argument and what else it takes.
    fn call(&mut self, function: AggregateFunction, argument: Expr) -> Expr {
        use AggregateFunction as A;
        let mut args = vec![argument];
        match function {
            A::QuantileCont | A::QuantileDisc | A::ApproxQuantile => {
                args.push(lit(*self.random.pick(&[0.0, 0.1, 0.25, 0.5, 0.9, 0.99, 1.0])));
            }
            A::ArgMin | A::ArgMax => args.push(self.comparable().expr),
            A::Corr | A::CovarSamp | A::CovarPop => args.push(self.column(DataType::is_number).expr),
            _ => {}
        }
        let distinct = takes_distinct(function) && self.random.chance(18);
        let filter = self.filter();
        aggregate_of(function, args, distinct, filter)
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

fn aggregate_of(function: AggregateFunction, args: Vec<Expr>, distinct: bool, filter: Option<Expr>) -> Expr {
    ExprKind::Aggregate { function, args, distinct, filter: filter.map(Box::new) }.into()
}

/// Functions of numbers alone.
fn is_numeric(function: AggregateFunction) -> bool {
    use AggregateFunction as A;
    matches!(
        function,
        A::Sum
            | A::Avg
            | A::StddevSamp
            | A::StddevPop
            | A::VarSamp
            | A::VarPop
            | A::Corr
            | A::CovarSamp
            | A::CovarPop
            | A::Skewness
            | A::Kurtosis
    )
}

/// Functions that are refused with DISTINCT are those of which row comes first, of two arguments, and the mode.
pub(crate) fn takes_distinct(function: AggregateFunction) -> bool {
    use AggregateFunction as A;
    !matches!(
        function,
        A::First | A::Last | A::ArgMin | A::ArgMax | A::Corr | A::CovarSamp | A::CovarPop | A::Mode
    )
}
