//! Window functions: what stands after OVER.

use crate::query::{Lowering, Qualifier};
use crate::refusal::unsupported;
use colq_plan::{Expr, ExprKind, PlanError, PlanErrorKind, Ranking, Span};
use sqlparser::ast;
use sqlparser::keywords::Keyword;

impl Lowering<'_> {
    /// A function that numbers rows; `span` is its place with the parentheses.
    pub(crate) fn ranked(
        &self,
        function: Ranking,
        over: Option<ast::WindowType>,
        qualifier: &Qualifier,
        depth: usize,
        span: Span,
    ) -> Result<Expr, PlanError> {
        let over_place = self.tokens.keyword_from(span.end, Keyword::OVER).unwrap_or(span);
        let spec = match over {
            Some(ast::WindowType::WindowSpec(spec)) => spec,
            Some(ast::WindowType::NamedWindow(_)) => {
                return Err(unsupported("OVER of a window by name", Some(over_place)));
            }
            None => {
                let message = format!("{} numbers the rows of a window", function.name());
                let hint = format!("write {}() OVER (PARTITION BY .. ORDER BY ..)", function.name());
                return Err(PlanError::new(PlanErrorKind::Syntax { message, hint: Some(hint) }, Some(span)));
            }
        };
        let ast::WindowSpec { window_name, partition_by, order_by, window_frame } = spec;
        if window_name.is_some() {
            return Err(unsupported("OVER of a window by name", Some(over_place)));
        }
        if let Some(frame) = window_frame {
            let (name, keyword) = match frame.units {
                ast::WindowFrameUnits::Rows => ("ROWS", Keyword::ROWS),
                ast::WindowFrameUnits::Range => ("RANGE", Keyword::RANGE),
                ast::WindowFrameUnits::Groups => ("GROUPS", Keyword::GROUPS),
            };
            let place = self.tokens.keyword_from(over_place.end, keyword);
            return Err(unsupported(format!("{name} of a window"), place.or(Some(over_place))));
        }
        let partition_by = partition_by
            .into_iter()
            .map(|key| self.nested_expression(key, qualifier, depth + 1))
            .collect::<Result<Vec<_>, _>>()?;
        let order_by = order_by
            .into_iter()
            .map(|key| self.sort_key(key, qualifier, depth + 1))
            .collect::<Result<Vec<_>, _>>()?;
        let place = Span { start: span.start, end: self.tokens.with_arguments(over_place).end };
        Ok(Expr::from(ExprKind::Window { function, partition_by, order_by }).at(Some(place)))
    }
}
