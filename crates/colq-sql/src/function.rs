//! Calls of functions. Those there are, are aggregates.

use crate::query::{Lowering, Qualifier};
use crate::refusal::unsupported;
use colq_plan::{AggregateFunction, Expr, ExprKind, PlanError, PlanErrorKind, Span};
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
        if over.is_some() {
            return Err(unsupported("OVER (window functions)", clause(Keyword::OVER)));
        }
        let name_text = match name.0.as_slice() {
            [ast::ObjectNamePart::Identifier(ident)] => ident.value.clone(),
            _ => name.to_string(),
        };
        let function = AggregateFunction::parse(&name_text);
        if filter.is_some() {
            return Err(unsupported("FILTER", clause(Keyword::FILTER)));
        }
        if !within_group.is_empty() {
            return Err(unsupported("WITHIN GROUP", clause(Keyword::WITHIN)));
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
            ast::FunctionArguments::None => {
                return Err(wrong_arguments(&name_text, "has no list of arguments", span));
            }
            ast::FunctionArguments::Subquery(_) => {
                return Err(unsupported("A subquery as an argument", Some(span)));
            }
        };
        let ast::FunctionArgumentList { duplicate_treatment, args, clauses } = list;
        if !clauses.is_empty() {
            return Err(unsupported("A clause among the arguments of an aggregate", Some(span)));
        }
        let distinct = duplicate_treatment == Some(ast::DuplicateTreatment::Distinct);
        let Some(function) = function else {
            if distinct {
                return Err(unsupported("DISTINCT in a function that is no aggregate", Some(span)));
            }
            let args = args.into_iter().map(|arg| self.argument(arg, qualifier, depth, span));
            let args = args.map(|arg| arg?.ok_or_else(|| wrong_arguments(&name_text, "takes no *", span)));
            let args = args.collect::<Result<Vec<_>, _>>()?;
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
        if count == 0 {
            return Err(wrong_arguments(&name_text, "takes one argument, not 0", span));
        }
        let kind = ExprKind::Aggregate { function, args: given, distinct, filter: None };
        Ok(Expr::from(kind).at(Some(span)))
    }

    pub(crate) fn unknown_function(&self, name: String, span: Span) -> PlanError {
        let choices = colq_plan::function_names();
        PlanError::new(PlanErrorKind::UnknownFunction { name, choices }, Some(span))
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

fn wrong_arguments(name: &str, what: &str, span: Span) -> PlanError {
    let hint = (name.eq_ignore_ascii_case("count")).then(|| "to count rows write count(*)".to_string());
    let message = format!("{name} {what}");
    PlanError::new(PlanErrorKind::Syntax { message, hint }, Some(span))
}
