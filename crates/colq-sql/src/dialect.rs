//! What the tokens and operators of colq's SQL are: PostgreSQL's, less its extensible operators.
//!
//! sqlparser's own PostgreSQL dialect reads `5*-1` as one unknown operator `*-`, so it cannot be used as it is.
//! Some syntax is let through here only so that it can be refused by name instead of as a syntax error.

use sqlparser::ast::Expr;
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};

#[derive(Debug)]
pub(crate) struct ColqDialect;

impl Dialect for ColqDialect {
    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn identifier_quote_style(&self, _identifier: &str) -> Option<char> {
        Some('"')
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    /// Letters of all scripts with their marks, but no spaces, dashes and quotes that a word processor put
    /// there (U+2000 to U+206F and U+00A0): those are errors with a place.
    fn is_identifier_part(&self, ch: char) -> bool {
        let is_punctuation = ch.is_whitespace()
            || ('\u{80}'..='\u{bf}').contains(&ch) && !ch.is_alphabetic()
            || ('\u{2000}'..='\u{206f}').contains(&ch);
        ch.is_alphanumeric() || ch == '_' || ch == '$' || !ch.is_ascii() && !is_punctuation
    }

    fn prec_value(&self, prec: Precedence) -> u8 {
        PostgreSqlDialect {}.prec_value(prec)
    }

    /// sqlparser takes everything after `IS DISTINCT FROM` as its right side, `AND` and `OR` too.
    fn parse_infix(
        &self,
        parser: &mut Parser<'_>,
        expr: &Expr,
        _precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        use Keyword as K;
        let negated = parser.parse_keywords(&[K::IS, K::NOT, K::DISTINCT, K::FROM]);
        if !negated && !parser.parse_keywords(&[K::IS, K::DISTINCT, K::FROM]) {
            return None;
        }
        let right = match parser.parse_subexpr(self.prec_value(Precedence::Is)) {
            Ok(right) => Box::new(right),
            Err(error) => return Some(Err(error)),
        };
        let left = Box::new(expr.clone());
        Some(Ok(if negated {
            Expr::IsNotDistinctFrom(left, right)
        } else {
            Expr::IsDistinctFrom(left, right)
        }))
    }

    fn supports_nested_comments(&self) -> bool {
        true
    }

    // From here on: read in order to be refused.

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_limit_comma(&self) -> bool {
        true
    }

    fn supports_select_wildcard_exclude(&self) -> bool {
        true
    }

    fn supports_select_wildcard_except(&self) -> bool {
        true
    }

    fn supports_select_wildcard_replace(&self) -> bool {
        true
    }

    fn supports_select_wildcard_rename(&self) -> bool {
        true
    }

    fn supports_from_first_select(&self) -> bool {
        true
    }

    fn supports_order_by_all(&self) -> bool {
        false
    }
}
