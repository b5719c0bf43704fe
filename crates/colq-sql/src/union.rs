//! UNION ALL: several queries, one after the other. The other ways to put queries together are refused by name.

use crate::query::Lowering;
use crate::refusal::unsupported;
use colq_plan::{PlanError, PlanErrorKind, Query, Relation, Span};
use sqlparser::ast::{SetExpr, SetOperator, SetQuantifier};
use sqlparser::keywords::Keyword;

/// The queries that one UNION ALL may have.
const QUERY_LIMIT: usize = 10_000;

impl Lowering<'_> {
    /// The rows of all queries. The parser leans them to the left: `a UNION ALL b UNION ALL c` is
    /// `(a UNION ALL b) UNION ALL c`, which is taken apart in a loop.
    pub(crate) fn union_all(
        &self,
        op: SetOperator,
        quantifier: SetQuantifier,
        left: SetExpr,
        right: SetExpr,
    ) -> Result<Query, PlanError> {
        self.refuse_operation(op, quantifier, &right)?;
        let mut parts = vec![right];
        let mut first = left;
        while let SetExpr::SetOperation { op, set_quantifier, left, right } = first {
            self.refuse_operation(op, set_quantifier, &right)?;
            parts.push(*right);
            first = *left;
        }
        parts.push(first);
        if parts.len() > QUERY_LIMIT {
            let message = format!("UNION ALL has more than {QUERY_LIMIT} queries");
            let kind = PlanErrorKind::Syntax { message, hint: None };
            return Err(PlanError::new(kind, Some(self.tokens.whole())));
        }
        let queries = parts.into_iter().rev().map(|part| self.union_part(part)).collect::<Result<_, _>>()?;
        Ok(Query::from(Relation::UnionAll(queries)))
    }

    fn union_part(&self, part: SetExpr) -> Result<Query, PlanError> {
        let place = self.query_start(&part);
        match part {
            SetExpr::Select(select) => self.select(*select).map(|(query, _)| query),
            SetExpr::Query(query) => self.query(*query),
            SetExpr::SetOperation { op, set_quantifier, left, right } => {
                self.union_all(op, set_quantifier, *left, *right)
            }
            other => Err(self.refused_body(&other, place)),
        }
    }

    /// Refuses what is not UNION ALL, at its word before the right side.
    fn refuse_operation(
        &self,
        op: SetOperator,
        quantifier: SetQuantifier,
        right: &SetExpr,
    ) -> Result<(), PlanError> {
        let (name, word) = match (op, quantifier) {
            (SetOperator::Union, SetQuantifier::All) => return Ok(()),
            (SetOperator::Union, SetQuantifier::None | SetQuantifier::Distinct) => {
                ("UNION without ALL", Keyword::UNION)
            }
            (SetOperator::Union, _) => ("UNION BY NAME", Keyword::UNION),
            (SetOperator::Except, _) => ("EXCEPT", Keyword::EXCEPT),
            (SetOperator::Intersect, _) => ("INTERSECT", Keyword::INTERSECT),
            (SetOperator::Minus, _) => ("MINUS", Keyword::MINUS),
        };
        let right: Span = self.query_start(right);
        let place = self.tokens.keyword_before(right.start, word);
        Err(unsupported(name, place.or(Some(right))))
    }
}
