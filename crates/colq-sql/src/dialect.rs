//! What the tokens and operators of colq's SQL are: PostgreSQL's, less its extensible operators.
//!
//! sqlparser's own PostgreSQL dialect reads `5*-1` as one unknown operator `*-`, so it cannot be used as it is.
//! Some syntax is let through here only so that it can be refused by name instead of as a syntax error.

use sqlparser::ast::{Expr, TrimWhereField};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
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

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        self.tries.set(self.tries.get().saturating_sub(1));
        if self.gave_up() {
            // The one error after which sqlparser does not try another reading.
            return Some(Err(ParserError::RecursionLimitExceeded));
        }
        parse_trim_from(parser)
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

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    /// Units that sqlparser does not know, so that the binder can say which there are.
    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn allow_extract_single_quotes(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    // From here on: read in order to be refused.

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
        true
    }
}

/// `TRIM(LEADING FROM text)`, of which sqlparser wants to know what is to be trimmed.
fn parse_trim_from(parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
    use Keyword as K;
    let word = |token: &Token| match token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => K::NoKeyword,
    };
    let [name, open, side, from] = parser.peek_tokens_ref().map(|token| token.token.clone());
    let trim_where = match word(&side) {
        K::BOTH => TrimWhereField::Both,
        K::LEADING => TrimWhereField::Leading,
        K::TRAILING => TrimWhereField::Trailing,
        _ => return None,
    };
    if word(&name) != K::TRIM || open != Token::LParen || word(&from) != K::FROM {
        return None;
    }
    (0..4).for_each(|_| parser.advance_token());
    let text = parser.parse_expr().and_then(|expr| parser.expect_token(&Token::RParen).map(|_| expr));
    Some(text.map(|expr| Expr::Trim {
        expr: Box::new(expr),
        trim_where: Some(trim_where),
        trim_what: None,
        trim_characters: None,
    }))
}
