//! The clauses of a query, each taken or refused by its name.

use crate::refusal::unsupported;
use crate::relation::From;
use crate::tokens::Tokens;
use colq_plan::{Expr, PlanError, PlanErrorKind, Query, Relation, SelectItem, SortKey, Span};
use sqlparser::ast::{self, Spanned};
use sqlparser::keywords::Keyword;

/// Turns the syntax tree of one text into a query.
pub(crate) struct Lowering<'a> {
    pub(crate) tokens: &'a Tokens<'a>,
}

/// The name by which columns may be qualified: that of the one table in FROM.
#[derive(Debug, Clone, Default)]
pub(crate) struct Qualifier(pub(crate) Option<String>);

impl<'a> Lowering<'a> {
    pub(crate) fn new(tokens: &'a Tokens<'a>) -> Lowering<'a> {
        Lowering { tokens }
    }

    /// A query with its ORDER BY and LIMIT.
    pub(crate) fn query(&self, query: ast::Query) -> Result<Query, PlanError> {
        let place = self.query_start(&query.body);
        let ast::Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        let refusals = [
            (with.is_some(), "WITH", Keyword::WITH),
            (fetch.is_some(), "FETCH", Keyword::FETCH),
            (!locks.is_empty(), "FOR UPDATE or FOR SHARE", Keyword::FOR),
            (for_clause.is_some(), "FOR XML or FOR JSON", Keyword::FOR),
            (settings.is_some(), "SETTINGS", Keyword::SETTINGS),
            (format_clause.is_some(), "FORMAT", Keyword::FORMAT),
            (!pipe_operators.is_empty(), "The pipe operator |>", Keyword::NoKeyword),
        ];
        self.refuse_first(&refusals, place)?;
        let (mut lowered, qualifier) = match *body {
            ast::SetExpr::Select(select) => self.select(*select)?,
            ast::SetExpr::Query(inner) => {
                let inner = self.query(*inner)?;
                if order_by.is_none() && limit_clause.is_none() {
                    return Ok(inner);
                }
                (Query::from(Relation::Query(Box::new(inner))), Qualifier::default())
            }
            ast::SetExpr::SetOperation { op, set_quantifier, left, right } => {
                (self.union_all(op, set_quantifier, *left, *right)?, Qualifier::default())
            }
            other => return Err(self.refused_body(&other, place)),
        };
        if let Some(order_by) = order_by {
            lowered.order_by = self.order_by(order_by, &qualifier, place)?;
        }
        if let Some(limit) = limit_clause {
            (lowered.limit, lowered.offset) = self.limit(limit, place)?;
        }
        Ok(lowered)
    }

    /// The SELECT that opens a query, and with it what is refused for want of a better place. sqlparser's own
    /// places of queries walk all that is in them, by recursion.
    pub(crate) fn query_start(&self, body: &ast::SetExpr) -> Span {
        let mut body = body;
        loop {
            body = match body {
                ast::SetExpr::Select(select) => return self.start_of(&select.select_token),
                ast::SetExpr::Query(query) => &query.body,
                ast::SetExpr::SetOperation { left, .. } => left,
                other => return self.tokens.locate(other.span()).unwrap_or_else(|| self.tokens.whole()),
            };
        }
    }

    fn start_of(&self, token: &ast::helpers::attached_token::AttachedToken) -> Span {
        self.tokens.locate(token.0.span).unwrap_or_else(|| self.tokens.whole())
    }

    /// Refuses the first clause that is there, at its keyword.
    fn refuse_first(&self, refusals: &[(bool, &str, Keyword)], place: Span) -> Result<(), PlanError> {
        match refusals.iter().find(|(there, ..)| *there) {
            None => Ok(()),
            Some((_, name, keyword)) => {
                let span = self.tokens.keyword_from(place.start, *keyword);
                Err(unsupported(*name, Some(span.unwrap_or(place))))
            }
        }
    }

    pub(crate) fn refused_body(&self, body: &ast::SetExpr, place: Span) -> PlanError {
        let (name, keyword) = match body {
            ast::SetExpr::Values(_) => ("VALUES", Keyword::VALUES),
            ast::SetExpr::Insert(_) => ("INSERT", Keyword::INSERT),
            ast::SetExpr::Update(_) => ("UPDATE", Keyword::UPDATE),
            ast::SetExpr::Delete(_) => ("DELETE", Keyword::DELETE),
            ast::SetExpr::Merge(_) => ("MERGE", Keyword::MERGE),
            ast::SetExpr::Table(_) => ("TABLE", Keyword::TABLE),
            // The caller takes these.
            ast::SetExpr::Select(_) | ast::SetExpr::Query(_) | ast::SetExpr::SetOperation { .. } => {
                ("This query", Keyword::SELECT)
            }
        };
        let after = self.tokens.keyword_from(place.start, keyword);
        let span = after.or_else(|| self.tokens.keyword_before(place.start, keyword));
        unsupported(name, span.or(Some(place)))
    }

    pub(crate) fn select(&self, select: ast::Select) -> Result<(Query, Qualifier), PlanError> {
        let place = self.start_of(&select.select_token);
        let ast::Select {
            select_token: _,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        let refusals = [
            (!optimizer_hints.is_empty(), "An optimizer hint", Keyword::NoKeyword),
            (select_modifiers.is_some(), "A modifier of SELECT", Keyword::NoKeyword),
            (top.is_some(), "TOP", Keyword::TOP),
            (exclude.is_some(), "EXCLUDE", Keyword::EXCLUDE),
            (into.is_some(), "SELECT INTO", Keyword::INTO),
            (!lateral_views.is_empty(), "LATERAL VIEW", Keyword::LATERAL),
            (prewhere.is_some(), "PREWHERE", Keyword::PREWHERE),
            (!connect_by.is_empty(), "CONNECT BY", Keyword::CONNECT),
            (!cluster_by.is_empty(), "CLUSTER BY", Keyword::CLUSTER),
            (!distribute_by.is_empty(), "DISTRIBUTE BY", Keyword::DISTRIBUTE),
            (!sort_by.is_empty(), "SORT BY", Keyword::SORT),
            (!named_window.is_empty(), "WINDOW", Keyword::WINDOW),
            (value_table_mode.is_some(), "SELECT AS VALUE or SELECT AS STRUCT", Keyword::AS),
            (flavor != ast::SelectFlavor::Standard, "FROM before SELECT", Keyword::FROM),
        ];
        self.refuse_first(&refusals, place)?;
        let distinct = match distinct {
            None | Some(ast::Distinct::All) => false,
            Some(ast::Distinct::Distinct) => true,
            Some(ast::Distinct::On(_)) => {
                let span = self.tokens.keyword_from(place.start, Keyword::DISTINCT);
                let span = span.map(|s| self.tokens.with_words(s, &[Keyword::ON]));
                return Err(unsupported("DISTINCT ON", span.or(Some(place))));
            }
        };
        let From { relation, qualifier } = self.from(from)?;
        let condition = |expr: Option<ast::Expr>| expr.map(|e| self.expression(e, &qualifier)).transpose();
        let filter = condition(selection)?;
        let group_by = self.group_by(group_by, &qualifier, place)?;
        let having = condition(having)?;
        let qualify = condition(qualify)?;
        let select = projection
            .into_iter()
            .map(|item| self.select_item(item, &qualifier, relation.is_some(), place))
            .collect::<Result<Vec<_>, _>>()?;
        let query = Query {
            from: relation,
            filter,
            select,
            distinct,
            group_by,
            having,
            qualify,
            order_by: Vec::new(),
            limit: None,
            offset: 0,
        };
        Ok((query, qualifier))
    }

    fn select_item(
        &self,
        item: ast::SelectItem,
        qualifier: &Qualifier,
        has_from: bool,
        place: Span,
    ) -> Result<SelectItem, PlanError> {
        match item {
            ast::SelectItem::UnnamedExpr(expr) => self.expression(expr, qualifier).map(SelectItem::Expr),
            ast::SelectItem::ExprWithAlias { expr, alias } => {
                let expr = self.expression(expr, qualifier)?;
                let span = expr.span;
                Ok(SelectItem::Expr(expr.alias(alias.value).at(span)))
            }
            ast::SelectItem::ExprWithAliases { expr: _, aliases } => {
                let span = aliases.first().and_then(|a| self.tokens.locate(a.span));
                Err(unsupported("Several names for one column", span.or(Some(place))))
            }
            ast::SelectItem::Wildcard(options) => {
                self.wildcard_options(&options, place)?;
                if !has_from {
                    let span = self.tokens.locate(options.wildcard_token.0.span);
                    return Err(PlanError::new(PlanErrorKind::NothingSelected, span));
                }
                Ok(SelectItem::Wildcard)
            }
            ast::SelectItem::QualifiedWildcard(kind, options) => {
                self.wildcard_options(&options, place)?;
                match kind {
                    ast::SelectItemQualifiedWildcardKind::ObjectName(name) => {
                        self.check_qualifier(&name, qualifier)?;
                        Ok(SelectItem::Wildcard)
                    }
                    ast::SelectItemQualifiedWildcardKind::Expr(expr) => {
                        let span = self.tokens.locate(expr.span());
                        Err(unsupported("* of an expression", span.or(Some(place))))
                    }
                }
            }
        }
    }

    fn wildcard_options(
        &self,
        options: &ast::WildcardAdditionalOptions,
        place: Span,
    ) -> Result<(), PlanError> {
        let ast::WildcardAdditionalOptions {
            wildcard_token,
            opt_ilike,
            opt_exclude,
            opt_except,
            opt_replace,
            opt_rename,
            opt_alias,
        } = options;
        let from = self.tokens.locate(wildcard_token.0.span).unwrap_or(place);
        let refusals = [
            (opt_ilike.is_some(), "* ILIKE", Keyword::ILIKE),
            (opt_exclude.is_some(), "* EXCLUDE", Keyword::EXCLUDE),
            (opt_except.is_some(), "* EXCEPT", Keyword::EXCEPT),
            (opt_replace.is_some(), "* REPLACE", Keyword::REPLACE),
            (opt_rename.is_some(), "* RENAME", Keyword::RENAME),
            (opt_alias.is_some(), "A name for *", Keyword::NoKeyword),
        ];
        self.refuse_first(&refusals, from)
    }

    fn group_by(
        &self,
        group_by: ast::GroupByExpr,
        qualifier: &Qualifier,
        place: Span,
    ) -> Result<Vec<Expr>, PlanError> {
        let at = || self.tokens.keyword_from(place.start, Keyword::GROUP).or(Some(place));
        match group_by {
            ast::GroupByExpr::All(_) => Err(unsupported("GROUP BY ALL", at())),
            ast::GroupByExpr::Expressions(_, modifiers) if !modifiers.is_empty() => {
                Err(unsupported("GROUP BY WITH ROLLUP, CUBE or TOTALS", at()))
            }
            ast::GroupByExpr::Expressions(exprs, _) => {
                exprs.into_iter().map(|e| self.expression(e, qualifier)).collect()
            }
        }
    }

    fn order_by(
        &self,
        order_by: ast::OrderBy,
        qualifier: &Qualifier,
        place: Span,
    ) -> Result<Vec<SortKey>, PlanError> {
        let ast::OrderBy { kind, interpolate } = order_by;
        self.refuse_first(&[(interpolate.is_some(), "INTERPOLATE", Keyword::INTERPOLATE)], place)?;
        let exprs = match kind {
            ast::OrderByKind::Expressions(exprs) => exprs,
            ast::OrderByKind::All(_) => {
                let span = self.tokens.keyword_from(place.start, Keyword::ORDER);
                return Err(unsupported("ORDER BY ALL", span.or(Some(place))));
            }
        };
        exprs.into_iter().map(|key| self.sort_key(key, qualifier, 0)).collect()
    }

    /// An entry of ORDER BY, `depth` levels inside an expression.
    pub(crate) fn sort_key(
        &self,
        key: ast::OrderByExpr,
        qualifier: &Qualifier,
        depth: usize,
    ) -> Result<SortKey, PlanError> {
        let ast::OrderByExpr { expr, options, with_fill } = key;
        let ast::OrderByOptions { asc, nulls_first } = options;
        let expr = self.nested_expression(expr, qualifier, depth)?;
        if with_fill.is_some() {
            return Err(unsupported("WITH FILL", expr.span));
        }
        Ok(SortKey { expr, descending: asc == Some(false), nulls_first })
    }

    fn limit(&self, clause: ast::LimitClause, place: Span) -> Result<(Option<u64>, u64), PlanError> {
        match clause {
            ast::LimitClause::LimitOffset { limit, offset, limit_by } => {
                let by = [(!limit_by.is_empty(), "LIMIT BY", Keyword::LIMIT)];
                self.refuse_first(&by, place)?;
                let limit = limit.map(|e| self.row_count(&e, "LIMIT", place)).transpose()?.flatten();
                let offset = offset
                    .map(|ast::Offset { value, rows: _ }| self.row_count(&value, "OFFSET", place))
                    .transpose()?
                    .flatten();
                Ok((limit, offset.unwrap_or(0)))
            }
            ast::LimitClause::OffsetCommaLimit { offset, limit: _ } => {
                let span = self.tokens.locate(offset.span());
                Err(unsupported("LIMIT with a comma (write LIMIT .. OFFSET ..)", span.or(Some(place))))
            }
        }
    }

    /// A number of rows; `None` for NULL, which is no limit.
    fn row_count(&self, expr: &ast::Expr, clause: &str, place: Span) -> Result<Option<u64>, PlanError> {
        let mut inner = expr;
        while let ast::Expr::Nested(nested) = inner {
            inner = nested;
        }
        let parsed = match inner {
            ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Null, .. }) => return Ok(None),
            ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Number(text, false), .. }) => {
                text.parse::<u64>().ok()
            }
            _ => None,
        };
        parsed.map(Some).ok_or_else(|| {
            let mut span = self.tokens.locate(expr.span()).unwrap_or(place);
            if let (ast::Expr::UnaryOp { .. }, Some(sign)) = (expr, self.tokens.before(span)) {
                span.start = sign.span.start;
            }
            let message = format!("{clause} takes a whole number of rows, not {}", self.tokens.text(span));
            PlanError::new(PlanErrorKind::Syntax { message, hint: None }, Some(span))
        })
    }
}
