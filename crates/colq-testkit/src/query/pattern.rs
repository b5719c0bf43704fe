//! Patterns: LIKE, ILIKE and regular expressions that are made of the words of the tables.

use super::Draft;
use crate::table::WORDS;
use colq_plan::{Expr, ExprKind, Function, lit};
use colq_types::DataType;

impl Draft<'_> {
    /// A condition by a pattern.
    pub(crate) fn pattern(&mut self, depth: usize) -> Expr {
        let function = *self.random.pick(&[
            Function::Like,
            Function::Like,
            Function::Ilike,
            Function::Matches,
            Function::MatchesIgnoringCase,
        ]);
        let expr = Box::new(self.text(depth));
        let is_like = matches!(function, Function::Like | Function::Ilike);
        let escape = if is_like && self.random.chance(20) {
            Some(self.random.pick(&["", "!", "\\", "é"]).to_string())
        } else {
            None
        };
        let pattern = if is_like { self.like(escape.as_deref()) } else { self.regular_expression() };
        let negated = self.random.chance(30);
        ExprKind::Pattern { function, expr, pattern: Box::new(pattern), escape, negated }.into()
    }

    /// A pattern of LIKE: a word with some letters open, or a column.
    fn like(&mut self, escape: Option<&str>) -> Expr {
        if self.random.chance(8) {
            let texts = self.column(|t| t == DataType::Text);
            if texts.data_type == DataType::Text {
                return texts.expr;
            }
        }
        let escape = escape.unwrap_or("\\");
        let mut written = String::new();
        for letter in self.random.pick(&WORDS).chars() {
            match self.random.below(12) {
                0 => written.push('_'),
                1 => written.push('%'),
                2 => {
                    written.push_str(escape);
                    written.push(letter);
                }
                3 => written.extend(letter.to_uppercase()),
                _ => written.push(letter),
            }
        }
        let written = match self.random.below(8) {
            0 => format!("%{written}"),
            1 => format!("{written}%"),
            2 => format!("%{written}%"),
            3 => format!("%{written}{escape}_%"),
            4 => format!("{written}_"),
            _ => written,
        };
        // Ends in its escape, which is an error where there is one.
        if self.random.chance(2) { lit(written + escape) } else { lit(written) }
    }

    /// A regular expression over words.
    pub(crate) fn regular_expression(&mut self) -> Expr {
        let word = regex::escape(self.random.pick::<&str>(&WORDS));
        let written = match self.random.below(12) {
            0 => format!("^{word}"),
            1 => format!("{word}$"),
            2 => format!("^({word}|b)+$"),
            3 => format!("(a)|({word})"),
            4 => "[a-c]".to_string(),
            5 => r"\d+".to_string(),
            6 => r"^.{2}$".to_string(),
            7 => r"(\w)(\w)".to_string(),
            8 => String::new(),
            9 if self.random.chance(15) => "(".to_string(),
            _ => word,
        };
        lit(written)
    }
}
