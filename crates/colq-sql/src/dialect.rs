//! What the tokens and operators of colq's SQL are: PostgreSQL's, less its extensible operators.
//!
//! sqlparser's own PostgreSQL dialect reads `5*-1` as one unknown operator `*-`, so it cannot be used as it is.
//! Some syntax is let through here only so that it can be refused by name instead of as a syntax error.

use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};

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
        ch.is_alphabetic() || ch == '_' || !ch.is_ascii()
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.is_identifier_start(ch) || ch.is_ascii_digit() || ch == '$'
    }

    fn prec_value(&self, prec: Precedence) -> u8 {
        PostgreSqlDialect {}.prec_value(prec)
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
