//! Random queries over a schema: every clause, operator and aggregate, mostly ones that make sense. What binds
//! may still fail at run time (a division by zero, an overflow), but seldom.

mod condition;
mod function;
pub(crate) mod grouped;
mod literal;
mod pattern;
mod value;
mod window;

use crate::{Random, TABLE_NAME};
use colq_plan::{Expr, Query, Relation, SelectItem, SortKey, bind, lit};
use colq_types::{Field, Schema};
use std::collections::HashMap;

/// Queries drawn before giving up on one that binds; nine of ten bind at once.
const ATTEMPTS: usize = 60;

/// A query over a table of this schema, called [`TABLE_NAME`]. It binds; a schema without columns gives
/// `SELECT *`, which does not.
pub fn random_query(seed: u64, schema: &Schema) -> Query {
    let mut random = Random::new(seed);
    let catalog = HashMap::from([(TABLE_NAME.to_string(), schema.clone())]);
    if !schema.is_empty() {
        for _ in 0..ATTEMPTS {
            let query = draw(&mut random, schema, &catalog);
            if bind(&query, &catalog).is_ok() {
                return query;
            }
        }
    }
    Query::from(Relation::table(TABLE_NAME))
}

fn draw(random: &mut Random, schema: &Schema, catalog: &HashMap<String, Schema>) -> Query {
    if random.chance(3) {
        let mut draft = Draft { random, fields: &[] };
        let select = (0..1 + draft.random.below(3)).map(|_| draft.value(2).expr.into()).collect();
        return Query { from: None, select, ..Query::from(Relation::table("")) };
    }
    let levels = random.weighted(&[80, 14, 4, 2]);
    let (from, fields) = relation(random, schema.fields(), catalog, levels);
    Draft { random, fields: &fields }.query(from)
}

/// What a query may stand on, and its columns: the table, or so many queries one in another, now and then several one
/// after the other.
fn relation(
    random: &mut Random,
    fields: &[Field],
    catalog: &HashMap<String, Schema>,
    levels: usize,
) -> (Relation, Vec<Field>) {
    let table = (Relation::table(TABLE_NAME), fields.to_vec());
    if levels == 0 && !random.chance(5) {
        return table;
    }
    let (from, below) = match levels {
        0 => table.clone(),
        levels => relation(random, fields, catalog, levels - 1),
    };
    let mut inner = Draft { random, fields: &below }.query(from);
    // Names that the outer query can say without doubt.
    for (number, item) in inner.select.iter_mut().enumerate() {
        if let SelectItem::Expr(expr) = item
            && !matches!(expr.kind, colq_plan::ExprKind::Alias { .. })
        {
            *expr = expr.clone().alias(format!("c{number}"));
        }
    }
    let Ok(plan) = bind(&inner, catalog) else { return table };
    let fields = plan.schema().fields().to_vec();
    if levels > 0 && !random.chance(25) {
        return (Relation::Query(Box::new(inner)), fields);
    }
    let mut others = vec![inner.clone()];
    for _ in 0..1 + random.below(2) {
        let mut other = inner.clone();
        other.filter = random.chance(60).then(|| Draft { random, fields: &below }.condition(1));
        other.limit = random.chance(30).then(|| random.below(70) as u64);
        other.offset = 0;
        others.push(other);
    }
    (Relation::UnionAll(others), fields)
}

/// A query in the making, over columns of these names and types.
pub(crate) struct Draft<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) fields: &'a [Field],
}

impl Draft<'_> {
    pub(crate) fn query(&mut self, from: Relation) -> Query {
        let mut query = Query::from(from);
        if self.random.chance(52) {
            query.filter = Some(self.condition(2));
        }
        match self.random.weighted(&[10, 35, 20, 28, 7]) {
            0 => {}
            1 => query.select = (0..1 + self.random.below(7)).map(|_| self.selected()).collect(),
            2 => self.aggregates_alone(&mut query),
            4 => self.numbered(&mut query),
            _ => self.groups(&mut query),
        }
        query.distinct = self.random.chance(10);
        if query.order_by.is_empty() && self.random.chance(40) {
            query.order_by = self.order_by(&query);
        }
        if self.random.chance(22) {
            query.limit = Some(*self.random.pick(&[0, 1, 2, 3, 10, 20, 50, 100, 1_000_000]));
        }
        if self.random.chance(12) {
            query.offset = *self.random.pick(&[1, 1, 2, 2, 7, 7, 60, 10_000]);
        }
        query
    }

    pub(crate) fn selected(&mut self) -> SelectItem {
        if self.random.chance(6) {
            return SelectItem::Wildcard;
        }
        let expr = self.value(2).expr;
        self.perhaps_named(expr).into()
    }

    /// The expression, sometimes under a name: a new one, or one that the table has already.
    pub(crate) fn perhaps_named(&mut self, expr: Expr) -> Expr {
        match self.random.below(20) {
            0..6 => {
                let name = format!("out{}", self.random.below(3));
                expr.alias(name)
            }
            6 => {
                let name = self.random.pick(self.fields).name.clone();
                expr.alias(name)
            }
            _ => expr,
        }
    }

    /// One to three keys: ordinals of the answer, or (where rows are single) any expression.
    fn order_by(&mut self, query: &Query) -> Vec<SortKey> {
        let is_plain = query.group_by.is_empty() && query.having.is_none() && !query.distinct;
        let columns = query.select.len() as i64;
        let keys = 1 + self.random.below(3);
        let mut order_by = Vec::new();
        for _ in 0..keys {
            let expr = if is_plain && self.random.chance(40) {
                self.value(1).expr
            } else {
                lit(self.random.between(1, columns))
            };
            order_by.push(self.sort_key(expr));
        }
        order_by
    }

    pub(crate) fn sort_key(&mut self, expr: Expr) -> SortKey {
        let nulls_first = *self.random.pick(&[None, None, Some(true), Some(false)]);
        SortKey { expr, descending: self.random.chance(45), nulls_first }
    }
}

#[cfg(test)]
mod tests;
