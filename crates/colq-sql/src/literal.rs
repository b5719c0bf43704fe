//! Values written in the text.

use crate::query::Lowering;
use crate::refusal::unsupported;
use colq_plan::{Expr, ExprKind, PlanError, PlanErrorKind, Span};
use colq_types::{DataType, Scalar, TimeUnit, calendar};
use sqlparser::ast::{self, Value};

impl Lowering<'_> {
    /// A value by itself.
    pub(crate) fn value(&self, value: Value, span: Option<Span>) -> Result<Expr, PlanError> {
        let scalar = match value {
            Value::Number(text, false) => number(&text, span)?,
            Value::SingleQuotedString(text) => Scalar::Text(text),
            Value::Boolean(value) => Scalar::Bool(value),
            Value::Null => Scalar::Null,
            Value::Placeholder(_) => return Err(unsupported("A placeholder for a parameter", span)),
            Value::Number(..) => return Err(unsupported("A suffix of a number", span)),
            Value::HexStringLiteral(_) => return Err(unsupported("A hexadecimal text", span)),
            _ => return Err(unsupported("A text with a prefix or other quotes", span)),
        };
        Ok(Expr::from(ExprKind::Literal(scalar)).at(span))
    }

    /// `date '2013-01-31'` and its like.
    pub(crate) fn typed_text(&self, typed: ast::TypedString, span: Option<Span>) -> Result<Expr, PlanError> {
        let ast::TypedString { data_type, value, uses_odbc_syntax } = typed;
        if uses_odbc_syntax {
            return Err(unsupported("The syntax {d '..'}", span));
        }
        let data_type = self.data_type(&data_type, span)?;
        let Value::SingleQuotedString(text) = value.value else {
            return Err(unsupported("A text with a prefix or other quotes", span));
        };
        let scalar = match data_type {
            DataType::Date => calendar::parse_date(text.trim().as_bytes()).map(Scalar::Date),
            DataType::Timestamp(unit) => timestamp(text.trim(), unit),
            _ => {
                let literal = Expr::from(ExprKind::Literal(Scalar::Text(text))).at(span);
                return Ok(literal.cast(data_type).at(span));
            }
        };
        match scalar {
            Some(scalar) => Ok(Expr::from(ExprKind::Literal(scalar)).at(span)),
            None => Err(PlanError::new(PlanErrorKind::InvalidLiteral { text, data_type }, span)),
        }
    }
}

/// The instant in its unit, or in nanoseconds when it has more digits than the unit holds.
fn timestamp(text: &str, unit: TimeUnit) -> Option<Scalar> {
    [unit, TimeUnit::Nanosecond]
        .into_iter()
        .find_map(|unit| calendar::parse_timestamp(text.as_bytes(), unit).map(|v| Scalar::Timestamp(v, unit)))
}

/// A number as written, with its sign: an integer of 64 bits, or with a point or an exponent an `f64`.
pub(crate) fn number(text: &str, span: Option<Span>) -> Result<Scalar, PlanError> {
    let too_large = || PlanError::new(PlanErrorKind::NumberTooLarge { text: text.into() }, span);
    if text.contains(['.', 'e', 'E']) {
        let value = text.parse::<f64>().map_err(|_| {
            let message = format!("{text} is not a number");
            PlanError::new(PlanErrorKind::Syntax { message, hint: None }, span)
        })?;
        return if value.is_finite() { Ok(Scalar::F64(value)) } else { Err(too_large()) };
    }
    let signed = text.parse::<i64>().map(Scalar::I64);
    signed.or_else(|_| text.parse::<u64>().map(Scalar::U64)).map_err(|_| too_large())
}
