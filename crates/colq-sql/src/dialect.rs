//! What the tokens and operators of colq's SQL are: PostgreSQL's, less its extensible operators.
//!
//! sqlparser's own PostgreSQL dialect reads `5*-1` as one unknown operator `*-`, so it cannot be used as it is.
//! Some syntax is let through here only so that it can be refused by name instead of as a syntax error.

use sqlparser::ast::Expr;
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use std::cell::Cell;

#[derive(Debug)]
pub(crate) struct ColqDialect {
    /// Beginnings of expressions that may still be tried.
    tries: Cell<u64>,
}

/// Tries for each token. A valid text needs two or three.
const TRIES_A_TOKEN: u64 = 20;

/// Tries for any text.
const TRIES: u64 = 10_000;

impl ColqDialect {
    /// For a text of so many tokens. On a text that does not parse sqlparser tries several readings of words such
    /// as NOT and CAST, twice as many with every level of nesting, so the tries are counted.
    pub(crate) fn new(token_count: usize) -> ColqDialect {
        ColqDialect { tries: Cell::new(TRIES + TRIES_A_TOKEN.saturating_mul(token_count as u64)) }
    }

    /// True when parsing was given up.
    pub(crate) fn gave_up(&self) -> bool {
        self.tries.get() == 0
    }
}

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

    fn parse_prefix(&self, _parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        self.tries.set(self.tries.get().saturating_sub(1));
        // The one error after which sqlparser does not try another reading.
        self.gave_up().then_some(Err(ParserError::RecursionLimitExceeded))
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
