//! Functions and operators with words between their arguments: CEIL, EXTRACT, SUBSTRING, TRIM, LIKE and CASE.

use crate::query::Lowering;
use crate::refusal::unsupported;
use colq_plan::{Expr, ExprKind, Function, PlanError, PlanErrorKind, Span};
use colq_types::Scalar;
use sqlparser::ast::{self, CeilFloorKind, DateTimeField, TrimWhereField, Value};
use sqlparser::keywords::Keyword;

/// A call by name.
pub(crate) fn call(name: &str, args: Vec<Expr>) -> Expr {
    ExprKind::Call { name: name.to_owned(), args }.into()
}

/// `expr LIKE pattern` and its like.
pub(crate) fn pattern(
    function: Function,
    [expr, pattern]: [Expr; 2],
    escape: Option<String>,
    negated: bool,
    place: Span,
) -> Expr {
    let (expr, pattern) = (Box::new(expr), Box::new(pattern));
    Expr::from(ExprKind::Pattern { function, expr, pattern, escape, negated }).at(Some(place))
}

/// `CASE .. END`, from the one word to the other.
pub(crate) fn case(
    operand: Option<Expr>,
    branches: Vec<(Expr, Expr)>,
    otherwise: Option<Expr>,
    place: Option<(Span, Span)>,
) -> Expr {
    let span = place.map(|(case, end)| Span { start: case.start, end: end.end });
    let (operand, otherwise) = (operand.map(Box::new), otherwise.map(Box::new));
    Expr::from(ExprKind::Case { operand, branches, otherwise }).at(span)
}

impl Lowering<'_> {
    /// The place of a call whose first argument, in the order of the text, is this: from its word to its parenthesis.
    pub(crate) fn word_place(&self, first: &Expr, word: Keyword) -> Span {
        let argument = self.reach(first);
        let word = self.tokens.keyword_before(argument.start, word);
        word.map_or(argument, |word| self.tokens.with_arguments(word))
    }

    /// A call of arguments that stand in the order of the text.
    pub(crate) fn word_call(&self, name: &str, word: Keyword, args: Vec<Expr>) -> Result<Expr, PlanError> {
        let place = args.first().map(|first| self.word_place(first, word));
        Ok(call(name, args).at(place))
    }

    /// CEIL and FLOOR, which the parser reads with things that colq does not have.
    pub(crate) fn rounded(
        &self,
        x: Expr,
        name: &str,
        word: Keyword,
        field: &CeilFloorKind,
    ) -> Result<Expr, PlanError> {
        let place = self.word_place(&x, word);
        match field {
            CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => {
                Ok(call(name, vec![x]).at(Some(place)))
            }
            CeilFloorKind::DateTimeField(_) => {
                Err(unsupported(format!("{} .. TO", name.to_uppercase()), Some(place)))
            }
            CeilFloorKind::Scale(_) => {
                let kind =
                    PlanErrorKind::WrongArguments { function: name.into(), takes: "x".into(), found: 2 };
                Err(PlanError::new(kind, Some(place)))
            }
        }
    }

    /// `TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)` and `TRIM(text, characters)`.
    pub(crate) fn trim(
        &self,
        text: Expr,
        side: Option<TrimWhereField>,
        what: Option<Expr>,
        listed: Vec<Expr>,
    ) -> Result<Expr, PlanError> {
        let place = self.word_place(what.as_ref().unwrap_or(&text), Keyword::TRIM);
        let name = match side {
            None | Some(TrimWhereField::Both) => "trim",
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
        };
        let args = std::iter::once(text).chain(what).chain(listed).collect();
        Ok(call(name, args).at(Some(place)))
    }

    /// `EXTRACT(unit FROM x)`. Which units there are, the binder says.
    pub(crate) fn extract(&self, x: Expr, field: &DateTimeField) -> Result<Expr, PlanError> {
        let place = self.word_place(&x, Keyword::EXTRACT);
        let unit_place = self.tokens.get(self.tokens.index_from(place.start) + 2).map(|p| p.span);
        let unit = match field {
            DateTimeField::Custom(ident) => ident.value.clone(),
            DateTimeField::Week(Some(_)) => return Err(unsupported("WEEK of a weekday", unit_place)),
            known => known.to_string().to_lowercase(),
        };
        let unit = Expr::from(ExprKind::Literal(Scalar::Text(unit))).at(unit_place);
        Ok(call("date_part", vec![unit, x]).at(Some(place)))
    }

    /// LIKE and ILIKE.
    pub(crate) fn like(
        &self,
        function: Function,
        [expr, written]: [Expr; 2],
        escape: Option<ast::ValueWithSpan>,
        any: bool,
        negated: bool,
    ) -> Result<Expr, PlanError> {
        let mut place = self.between(&expr, &written);
        if any {
            return Err(unsupported("LIKE ANY", Some(place)));
        }
        let escape = match escape {
            None => None,
            Some(ast::ValueWithSpan { value, span }) => {
                let span = self.tokens.locate(span);
                place.end = span.map_or(place.end, |s| s.end);
                match value {
                    Value::SingleQuotedString(text) if text.chars().count() <= 1 => Some(text),
                    _ => {
                        let message = "ESCAPE takes one character in quotes, or '' for none".into();
                        return Err(PlanError::new(PlanErrorKind::Syntax { message, hint: None }, span));
                    }
                }
            }
        };
        Ok(pattern(function, [expr, written], escape, negated, place))
    }
}
