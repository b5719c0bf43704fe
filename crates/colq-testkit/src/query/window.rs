//! Window functions, alone and in conditions on their numbers.

use super::Draft;
use colq_plan::{Expr, ExprKind, Query, Ranking, SortKey, lit};

impl Draft<'_> {
    /// A query of rows that are numbered, often of those with small numbers alone.
    pub(crate) fn numbered(&mut self, query: &mut Query) {
        query.select = (0..self.random.below(4)).map(|_| self.selected()).collect();
        for _ in 0..1 + self.random.weighted(&[75, 20, 5]) {
            let window = self.window();
            let window = if self.random.chance(10) { window * lit(2) } else { window };
            let named = self.perhaps_named(window).into();
            query.select.push(named);
        }
        if self.random.chance(55) {
            let window = self.window_of(query);
            let most = lit(*self.random.pick(&[0, 1, 1, 2, 2, 3, 5, 20]));
            let small = match self.random.below(5) {
                0 => window.lt(most),
                1 => window.eq(most),
                2 => window.gt(most),
                _ => window.lt_eq(most),
            };
            query.qualify = Some(match self.random.below(6) {
                0 => small.and(self.condition(1)),
                1 => self.condition(1).and(small),
                2 => small.or(self.condition(1)),
                _ => small,
            });
        }
    }

    /// Mostly a window that the select list has.
    fn window_of(&mut self, query: &Query) -> Expr {
        let selected = query.select.iter().find_map(|item| match item {
            colq_plan::SelectItem::Expr(Expr { kind: ExprKind::Alias { expr, .. }, .. }) => {
                Some((**expr).clone())
            }
            colq_plan::SelectItem::Expr(expr) => Some(expr.clone()),
            colq_plan::SelectItem::Wildcard => None,
        });
        match selected {
            Some(expr) if matches!(expr.kind, ExprKind::Window { .. }) && self.random.chance(80) => expr,
            _ => self.window(),
        }
    }

    fn window(&mut self) -> Expr {
        let function = *self.random.pick(&Ranking::ALL);
        let partition_by = (0..self.random.weighted(&[20, 55, 20, 5])).map(|_| self.key().expr).collect();
        let order_by: Vec<SortKey> = (0..self.random.weighted(&[15, 60, 25]))
            .map(|_| {
                let expr = self.comparable().expr;
                self.sort_key(expr)
            })
            .collect();
        ExprKind::Window { function, partition_by, order_by }.into()
    }
}
