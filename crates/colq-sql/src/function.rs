//! Calls of functions by name, of aggregates with DISTINCT, FILTER and WITHIN GROUP, and of window functions.

use crate::query::{Lowering, Qualifier};
use crate::refusal::unsupported;
use colq_plan::{AggregateFunction, Expr, ExprKind, PlanError, PlanErrorKind, Span};
use colq_types::{Ranking, Scalar};
use sqlparser::ast;
use sqlparser::keywords::Keyword;

impl Lowering<'_> {
    /// A call; `span` is its place with the parentheses.
    pub(crate) fn function(
        &self,
        function: ast::Function,
        qualifier: &Qualifier,
        depth: usize,
        span: Span,
    ) -> Result<Expr, PlanError> {
        let ast::Function {
            name,
            uses_odbc_syntax,
            parameters,
            args,
            filter,
            null_treatment,
            over,
            within_group,
        } = function;
        let clause = |keyword: Keyword| self.tokens.keyword_from(span.end, keyword).or(Some(span));
        let name_text = match name.0.as_slice() {
            [ast::ObjectNamePart::Identifier(ident)] => ident.value.clone(),
            _ => name.to_string(),
        };
        let ranking = Ranking::parse(&name_text);
        if over.is_some() && ranking.is_none() {
            let name = format!("OVER of {}", name_text.to_lowercase());
            return Err(unsupported(name, clause(Keyword::OVER)));
        }
        let function = AggregateFunction::parse(&name_text);
        if filter.is_some() && function.is_none() {
            return Err(unsupported("FILTER of a function that is no aggregate", clause(Keyword::FILTER)));
        }
        if !within_group.is_empty() && !function.is_some_and(takes_order) {
            let name = format!("WITHIN GROUP of {}", name_text.to_lowercase());
            return Err(unsupported(name, clause(Keyword::WITHIN)));
        }
        if null_treatment.is_some() {
            return Err(unsupported("IGNORE NULLS or RESPECT NULLS", clause(Keyword::NULLS)));
        }
        if uses_odbc_syntax {
            return Err(unsupported("The syntax {fn ..}", Some(span)));
        }
        if parameters != ast::FunctionArguments::None {
            return Err(unsupported("A second list of arguments", Some(span)));
        }
        let list = match args {
            ast::FunctionArguments::List(list) => list,
            // CURRENT_DATE and its like.
            ast::FunctionArguments::None => return Err(unsupported(name_text.to_uppercase(), Some(span))),
            ast::FunctionArguments::Subquery(_) => {
                return Err(unsupported("A subquery as an argument", Some(span)));
            }
        };
        let ast::FunctionArgumentList { duplicate_treatment, args, clauses } = list;
        if !clauses.is_empty() {
            return Err(unsupported("A clause among the arguments of an aggregate", Some(span)));
        }
        let distinct = duplicate_treatment == Some(ast::DuplicateTreatment::Distinct);
        if let Some(ranking) = ranking {
            if distinct || !args.is_empty() {
                return Err(wrong_arguments(&name_text, "takes no arguments", span));
            }
            return self.ranked(ranking, over, qualifier, depth, span);
        }
        let Some(function) = function else {
            if distinct {
                return Err(unsupported("DISTINCT in a function that is no aggregate", Some(span)));
            }
            let args = args.into_iter().map(|arg| self.argument(arg, qualifier, depth, span));
            let args = args.map(|arg| arg?.ok_or_else(|| wrong_arguments(&name_text, "takes no *", span)));
            let mut args = args.collect::<Result<Vec<_>, _>>()?;
            // PostgreSQL reads the stride as an interval by its type; here it is known by its place.
            let is_bin = colq_plan::find_function(&name_text).is_some_and(|entry| entry.name == "date_bin");
            if let (true, Some(stride)) = (is_bin, args.first_mut())
                && let ExprKind::Literal(Scalar::Text(text)) = &stride.kind
            {
                *stride = self.interval_text(text, stride.span, stride.span.unwrap_or(span))?;
            }
            return Ok(Expr::from(ExprKind::Call { name: name_text, args }).at(Some(span)));
        };
        let mut given = Vec::new();
        let count = args.len();
        for arg in args {
            match self.argument(arg, qualifier, depth, span)? {
                Some(arg) => given.push(arg),
                None if function != AggregateFunction::Count => {
                    return Err(wrong_arguments(&name_text, "takes a column or an expression, not *", span));
                }
                None if distinct => return Err(unsupported("count(DISTINCT *)", Some(span))),
                None if count == 1 => {}
                None => return Err(wrong_arguments(&name_text, "takes * alone", span)),
            }
        }
        if let Some(order) = within_group.into_iter().next() {
            self.order_within(function, order, &mut given, qualifier, depth, span)?;
        } else if count == 0 && function == AggregateFunction::Count {
            let takes = function.arguments().into();
            let kind = PlanErrorKind::WrongArguments { function: "count".into(), takes, found: 0 };
            return Err(PlanError::new(kind, Some(span)));
        }
        let filter = match filter {
            None => None,
            Some(filter) => Some(Box::new(self.nested_expression(*filter, qualifier, depth + 1)?)),
        };
        let kind = ExprKind::Aggregate { function, args: given, distinct, filter };
        Ok(Expr::from(kind).at(Some(self.with_clauses(span))))
    }

    /// A call with the FILTER and WITHIN GROUP after it.
    fn with_clauses(&self, call: Span) -> Span {
        let mut span = call;
        while let Some(word) = self
            .tokens
            .after(span)
            .filter(|p| p.keyword() == Keyword::FILTER || p.keyword() == Keyword::WITHIN)
        {
            let words = self.tokens.with_words(word.span, &[Keyword::GROUP]);
            let end = self.tokens.with_arguments(words).end;
            if end == words.end {
                break;
            }
            span.end = end;
        }
        span
    }

    /// The values of `percentile_cont(0.9) WITHIN GROUP (ORDER BY x)` become the first argument.
    fn order_within(
        &self,
        function: AggregateFunction,
        order: ast::OrderByExpr,
        given: &mut Vec<Expr>,
        qualifier: &Qualifier,
        depth: usize,
        span: Span,
    ) -> Result<(), PlanError> {
        let ast::OrderByExpr { expr, options, with_fill } = order;
        let ast::OrderByOptions { asc, nulls_first } = options;
        let at = || self.tokens.keyword_from(span.end, Keyword::WITHIN).or(Some(span));
        if with_fill.is_some() || nulls_first.is_some() {
            return Err(unsupported("WITHIN GROUP with NULLS FIRST or NULLS LAST", at()));
        }
        let descending = asc == Some(false) && function != AggregateFunction::Mode;
        if descending && function == AggregateFunction::QuantileDisc {
            return Err(unsupported("percentile_disc with ORDER BY .. DESC", at()));
        }
        if let (true, Some(fraction)) = (descending, given.first_mut())
            && let ExprKind::Literal(scalar) = &fraction.kind
            && let Some(q) = scalar.as_f64()
        {
            fraction.kind = ExprKind::Literal(Scalar::F64(complement(q)));
        }
        given.insert(0, self.nested_expression(expr, qualifier, depth + 1)?);
        Ok(())
    }

    /// One argument; `None` for `*`.
    fn argument(
        &self,
        argument: ast::FunctionArg,
        qualifier: &Qualifier,
        depth: usize,
        span: Span,
    ) -> Result<Option<Expr>, PlanError> {
        match argument {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => {
                self.nested_expression(expr, qualifier, depth + 1).map(Some)
            }
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Wildcard) => Ok(None),
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::QualifiedWildcard(table)) => {
                self.check_qualifier(&table, qualifier)?;
                Err(unsupported("table.* as an argument", Some(span)))
            }
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::WildcardWithOptions(_)) => {
                Err(unsupported("* with options as an argument", Some(span)))
            }
            ast::FunctionArg::Named { .. } | ast::FunctionArg::ExprNamed { .. } => {
                Err(unsupported("An argument by name", Some(span)))
            }
        }
    }
}

/// The aggregates that PostgreSQL writes with WITHIN GROUP.
fn takes_order(function: AggregateFunction) -> bool {
    use AggregateFunction as A;
    matches!(function, A::QuantileCont | A::QuantileDisc | A::ApproxQuantile | A::Mode)
}

/// 1 - q, as it would be written: 0.1 of 0.9, not 0.09999999999999998.
fn complement(q: f64) -> f64 {
    /// All digits that an f64 keeps of any decimal.
    const DIGITS: f64 = 1e15;
    ((1.0 - q) * DIGITS).round() / DIGITS
}

fn wrong_arguments(name: &str, what: &str, span: Span) -> PlanError {
    let hint = (name.eq_ignore_ascii_case("count")).then(|| "to count rows write count(*)".to_string());
    let message = format!("{name} {what}");
    PlanError::new(PlanErrorKind::Syntax { message, hint }, Some(span))
}
