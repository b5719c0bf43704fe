//! What stands after FROM: one table by name or path, or one query in parentheses.

use crate::query::{Lowering, Qualifier};
use crate::refusal::{relation_name, unsupported};
use colq_plan::{PlanError, PlanErrorKind, Relation, Span};
use sqlparser::ast::{self, Spanned, TableFactor};
use sqlparser::keywords::Keyword;

/// The relation, and the name by which its columns may be qualified.
pub(crate) struct From {
    pub(crate) relation: Option<Relation>,
    pub(crate) qualifier: Qualifier,
}

impl Lowering<'_> {
    pub(crate) fn from(&self, from: Vec<ast::TableWithJoins>) -> Result<From, PlanError> {
        let mut tables = from.into_iter();
        let Some(first) = tables.next() else {
            return Ok(From { relation: None, qualifier: Qualifier::default() });
        };
        let ast::TableWithJoins { relation, joins } = first;
        if let Some(join) = joins.first() {
            let place = self.relation_start(&relation);
            let span = self.tokens.keyword_from(place.end, Keyword::JOIN);
            return Err(unsupported(
                "JOIN",
                span.or_else(|| self.tokens.locate(join.relation.span())).or(Some(place)),
            ));
        }
        if let Some(second) = tables.next() {
            let span = self.relation_start(&second.relation);
            return Err(unsupported("JOIN (a second table in FROM)", Some(span)));
        }
        self.relation(relation)
    }

    /// The place of an entry of FROM; of a query its SELECT.
    fn relation_start(&self, factor: &TableFactor) -> Span {
        match factor {
            TableFactor::Derived { subquery, .. } => self.query_start(&subquery.body),
            other => self.tokens.locate(other.span()).unwrap_or_else(|| self.tokens.whole()),
        }
    }

    fn relation(&self, factor: TableFactor) -> Result<From, PlanError> {
        let place = self.relation_start(&factor);
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                let refused = if args.is_some() {
                    Some("A table function")
                } else if !with_hints.is_empty() || !index_hints.is_empty() {
                    Some("A hint for a table")
                } else if version.is_some() {
                    Some("The version of a table in FROM")
                } else if with_ordinality {
                    Some("WITH ORDINALITY")
                } else if !partitions.is_empty() {
                    Some("PARTITION")
                } else if json_path.is_some() {
                    Some("A JSON path")
                } else if sample.is_some() {
                    Some("TABLESAMPLE")
                } else {
                    None
                };
                if let Some(refused) = refused {
                    return Err(unsupported(refused, Some(self.tokens.with_arguments(place))));
                }
                self.table(name, alias, place)
            }
            TableFactor::Derived { lateral, subquery, alias, sample } => {
                if lateral {
                    let span = self.tokens.keyword_before(place.start, Keyword::LATERAL);
                    return Err(unsupported("LATERAL", span.or(Some(place))));
                }
                if sample.is_some() {
                    return Err(unsupported("TABLESAMPLE", Some(place)));
                }
                let query = self.query(*subquery)?;
                let qualifier = Qualifier(self.alias(alias)?);
                Ok(From { relation: Some(Relation::Query(Box::new(query))), qualifier })
            }
            other => Err(unsupported(relation_name(&other), Some(self.tokens.closed(place)))),
        }
    }

    fn table(
        &self,
        name: ast::ObjectName,
        alias: Option<ast::TableAlias>,
        place: Span,
    ) -> Result<From, PlanError> {
        let quoted = match name.0.as_slice() {
            [ast::ObjectNamePart::Identifier(ident)] if ident.quote_style == Some('\'') => {
                self.tokens.quoted_text(&ident.value)
            }
            _ => None,
        };
        let span = quoted.or_else(|| self.tokens.locate(name.span())).unwrap_or(place);
        let [ast::ObjectNamePart::Identifier(ident)] = name.0.as_slice() else {
            let text = self.tokens.text(span);
            let message = format!("the name of a table is one word or a path in quotes, not {text}");
            let hint = Some(format!("for a path write '{text}'"));
            return Err(PlanError::new(PlanErrorKind::Syntax { message, hint }, Some(span)));
        };
        let name = ident.value.clone();
        let qualifier = match self.alias(alias)? {
            Some(alias) => alias,
            None => stem(&name).to_string(),
        };
        let relation = Relation::Table { name, span: Some(span) };
        Ok(From { relation: Some(relation), qualifier: Qualifier(Some(qualifier)) })
    }

    fn alias(&self, alias: Option<ast::TableAlias>) -> Result<Option<String>, PlanError> {
        let Some(ast::TableAlias { explicit: _, name, columns, at }) = alias else { return Ok(None) };
        if !columns.is_empty() || at.is_some() {
            let span = self.tokens.locate(name.span).map(|s| self.tokens.with_arguments(s));
            return Err(unsupported("A list of column names after the name of a table", span));
        }
        Ok(Some(name.value))
    }

    /// Fails unless the name is that of the table in FROM.
    pub(crate) fn check_qualifier(
        &self,
        name: &ast::ObjectName,
        qualifier: &Qualifier,
    ) -> Result<(), PlanError> {
        let span = self.tokens.locate(name.span());
        match name.0.as_slice() {
            [ast::ObjectNamePart::Identifier(ident)] => self.check_qualifier_word(ident, qualifier),
            _ => Err(unsupported("A qualifier of several parts", span)),
        }
    }

    /// The same for a single word.
    pub(crate) fn check_qualifier_word(
        &self,
        ident: &ast::Ident,
        qualifier: &Qualifier,
    ) -> Result<(), PlanError> {
        let known = qualifier.0.as_deref();
        if known.is_some_and(|known| known.eq_ignore_ascii_case(&ident.value)) {
            return Ok(());
        }
        let reason = match known {
            Some(known) => format!("the columns of this query belong to {known}."),
            None => "what stands in FROM has no name.".into(),
        };
        let kind = PlanErrorKind::UnknownTable { name: ident.value.clone(), reason };
        Err(PlanError::new(kind, self.tokens.locate(ident.span)))
    }
}

/// The name by which a table of a path is known: `trips` for `data/trips.csv`.
fn stem(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(path);
    match file.split_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}
