//! Expressions: operators and names become those of the plan, anything else is refused.

use crate::interval::{negated_interval, stretched_interval};
use crate::literal::number;
use crate::query::{Lowering, Qualifier};
use crate::refusal::{expression_name, unsupported};
use crate::word_call::{call, case, pattern};
use colq_plan::{
    Arithmetic, Comparison, Expr, ExprKind, Function, PlanError, PlanErrorKind, Span, all_of, any_of,
};
use colq_types::{DataType, Scalar};
use sqlparser::ast::{self, BinaryOperator, Spanned, UnaryOperator, Value};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// An operator between two operands.
enum Infix {
    Compare(Comparison),
    Arithmetic(Arithmetic),
    And,
    Or,
    Join,
    Match { function: Function, negated: bool },
}

impl Lowering<'_> {
    /// An expression of its own.
    pub(crate) fn expression(&self, expr: ast::Expr, qualifier: &Qualifier) -> Result<Expr, PlanError> {
        self.nested_expression(expr, qualifier, 0)
    }

    /// An expression `depth` levels inside another.
    pub(crate) fn nested_expression(
        &self,
        expr: ast::Expr,
        qualifier: &Qualifier,
        depth: usize,
    ) -> Result<Expr, PlanError> {
        if depth > Expr::DEPTH_LIMIT {
            let span = self.tokens.locate(expr.span());
            return Err(PlanError::new(PlanErrorKind::TooDeep { limit: Expr::DEPTH_LIMIT }, span));
        }
        let inner = |e: ast::Expr| self.nested_expression(e, qualifier, depth + 1);
        match expr {
            ast::Expr::Identifier(ident) => {
                let span = self.tokens.locate(ident.span);
                Ok(Expr::from(ExprKind::Column(ident.value)).at(span))
            }
            ast::Expr::CompoundIdentifier(parts) => self.qualified(parts, qualifier),
            ast::Expr::Value(ast::ValueWithSpan { value, span }) => {
                self.value(value, self.tokens.locate(span))
            }
            ast::Expr::TypedString(typed) => {
                let value = self.tokens.locate(typed.value.span);
                let span = value.map(|v| Span { start: self.type_start(v), end: v.end });
                self.typed_text(typed, span)
            }
            ast::Expr::Nested(expr) => {
                let expr = inner(*expr)?;
                let span = self.tokens.with_parentheses(self.reach(&expr));
                Ok(expr.at(Some(span)))
            }
            ast::Expr::BinaryOp { left, op, right } => self.chain(*left, op, *right, qualifier, depth),
            ast::Expr::UnaryOp { op, expr } => self.unary(op, *expr, qualifier, depth),
            ast::Expr::IsNull(expr) => self.is_null(inner(*expr)?, false),
            ast::Expr::IsNotNull(expr) => self.is_null(inner(*expr)?, true),
            ast::Expr::IsTrue(expr) => self.is_value(inner(*expr)?, Scalar::Bool(true), false),
            ast::Expr::IsNotTrue(expr) => self.is_value(inner(*expr)?, Scalar::Bool(true), true),
            ast::Expr::IsFalse(expr) => self.is_value(inner(*expr)?, Scalar::Bool(false), false),
            ast::Expr::IsNotFalse(expr) => self.is_value(inner(*expr)?, Scalar::Bool(false), true),
            ast::Expr::IsUnknown(expr) => self.is_value(inner(*expr)?, Scalar::Null, false),
            ast::Expr::IsNotUnknown(expr) => self.is_value(inner(*expr)?, Scalar::Null, true),
            ast::Expr::IsDistinctFrom(left, right) => Ok(self.distinct(inner(*left)?, inner(*right)?, false)),
            ast::Expr::IsNotDistinctFrom(left, right) => {
                Ok(self.distinct(inner(*left)?, inner(*right)?, true))
            }
            ast::Expr::Between { expr, negated, low, high } => {
                let (expr, low, high) = (inner(*expr)?, inner(*low)?, inner(*high)?);
                let span = Span { start: self.reach(&expr).start, end: self.reach(&high).end };
                let (expr, low, high) = (Box::new(expr), Box::new(low), Box::new(high));
                Ok(Expr::from(ExprKind::Between { expr, low, high, negated }).at(Some(span)))
            }
            ast::Expr::InList { expr, list, negated } => {
                let expr = inner(*expr)?;
                let list = list.into_iter().map(inner).collect::<Result<Vec<_>, _>>()?;
                let last = self.reach(list.last().unwrap_or(&expr));
                let end = self.tokens.after(last).filter(|p| p.token == Token::RParen);
                let span = Span { start: self.reach(&expr).start, end: end.map_or(last.end, |p| p.span.end) };
                Ok(Expr::from(ExprKind::InList { expr: Box::new(expr), list, negated }).at(Some(span)))
            }
            ast::Expr::Cast { kind, expr, data_type, array, format } => {
                let refused = match kind {
                    ast::CastKind::TryCast => Some("TRY_CAST"),
                    ast::CastKind::SafeCast => Some("SAFE_CAST"),
                    ast::CastKind::Cast | ast::CastKind::DoubleColon if array => Some("CAST to an array"),
                    ast::CastKind::Cast | ast::CastKind::DoubleColon if format.is_some() => {
                        Some("CAST with FORMAT")
                    }
                    ast::CastKind::Cast | ast::CastKind::DoubleColon => None,
                };
                let operand = inner(*expr)?;
                let (span, type_span) = self.cast_places(&operand, kind == ast::CastKind::DoubleColon);
                if let Some(refused) = refused {
                    return Err(unsupported(refused, Some(span)));
                }
                if let (ast::DataType::Interval { .. }, ExprKind::Literal(Scalar::Text(text))) =
                    (&data_type, &operand.kind)
                {
                    return self.interval_text(text, operand.span, span);
                }
                let to = self.data_type(&data_type, Some(type_span))?;
                Ok(operand.cast(to).at(Some(span)))
            }
            ast::Expr::Function(function) => {
                let name = self.tokens.locate(function.name.span()).unwrap_or_else(|| self.tokens.whole());
                self.function(function, qualifier, depth, self.tokens.with_arguments(name))
            }
            ast::Expr::Ceil { expr, field } => self.rounded(inner(*expr)?, "ceil", Keyword::CEIL, &field),
            ast::Expr::Floor { expr, field } => self.rounded(inner(*expr)?, "floor", Keyword::FLOOR, &field),
            ast::Expr::Substring { expr, substring_from, substring_for, special: _, shorthand } => {
                let from_first = substring_from.is_none() && substring_for.is_some();
                let parts = [Some(expr), substring_from, substring_for].into_iter().flatten();
                let mut args = parts.map(|part| inner(*part)).collect::<Result<Vec<_>, _>>()?;
                if from_first {
                    args.insert(1, colq_plan::lit(1));
                }
                let word = if shorthand { Keyword::SUBSTR } else { Keyword::SUBSTRING };
                self.word_call("substr", word, args)
            }
            ast::Expr::Position { expr, r#in } => {
                let (part, text) = (inner(*expr)?, inner(*r#in)?);
                let place = self.word_place(&part, Keyword::POSITION);
                Ok(call("strpos", vec![text, part]).at(Some(place)))
            }
            ast::Expr::Trim { expr, trim_where, trim_what, trim_characters } => {
                let text = inner(*expr)?;
                let what = trim_what.map(|what| inner(*what)).transpose()?;
                let listed = trim_characters.unwrap_or_default().into_iter().map(inner);
                self.trim(text, trim_where, what, listed.collect::<Result<Vec<_>, _>>()?)
            }
            ast::Expr::Extract { expr, field, syntax: _ } => self.extract(inner(*expr)?, &field),
            ast::Expr::Overlay { expr, .. } => {
                let place = self.word_place(&inner(*expr)?, Keyword::OVERLAY);
                Err(unsupported("OVERLAY", Some(place)))
            }
            ast::Expr::Like { negated, any, expr, pattern, escape_char } => {
                let sides = [inner(*expr)?, inner(*pattern)?];
                self.like(Function::Like, sides, escape_char, any, negated)
            }
            ast::Expr::ILike { negated, any, expr, pattern, escape_char } => {
                let sides = [inner(*expr)?, inner(*pattern)?];
                self.like(Function::Ilike, sides, escape_char, any, negated)
            }
            ast::Expr::Case { case_token, end_token, operand, conditions, else_result } => {
                let place = self.tokens.locate(case_token.0.span).zip(self.tokens.locate(end_token.0.span));
                let operand = operand.map(|e| inner(*e)).transpose()?;
                let branches = conditions
                    .into_iter()
                    .map(|ast::CaseWhen { condition, result }| Ok((inner(condition)?, inner(result)?)))
                    .collect::<Result<Vec<_>, _>>()?;
                let otherwise = else_result.map(|e| inner(*e)).transpose()?;
                Ok(case(operand, branches, otherwise, place))
            }
            ast::Expr::Interval(interval) => self.interval(interval),
            other => Err(unsupported(expression_name(&other), Some(self.refused_place(&other)))),
        }
    }

    /// The place of an expression that is refused, with its first word and its last parenthesis.
    fn refused_place(&self, expr: &ast::Expr) -> Span {
        use Keyword as K;
        let Some(place) = self.tokens.locate(expr.span()) else { return self.tokens.whole() };
        let word = match expr {
            ast::Expr::Array(_) => K::ARRAY,
            ast::Expr::Exists { .. } => K::EXISTS,
            ast::Expr::Rollup(_) => K::ROLLUP,
            ast::Expr::Cube(_) => K::CUBE,
            ast::Expr::GroupingSets(_) => K::GROUPING,
            ast::Expr::Subquery(_) | ast::Expr::Tuple(_) => {
                return self.tokens.with_parentheses(self.tokens.closed(place));
            }
            _ => return self.tokens.closed(place),
        };
        let start = self.tokens.keyword_before(place.start, word).map_or(place.start, |w| w.start);
        self.tokens.closed(Span { start, end: place.end })
    }

    /// The place of an expression with the qualifier of its first name.
    pub(crate) fn reach(&self, expr: &Expr) -> Span {
        expr.span.map_or_else(|| self.tokens.whole(), |span| self.tokens.with_qualifier(span))
    }

    /// `table.column`. The place is that of the column alone.
    fn qualified(&self, parts: Vec<ast::Ident>, qualifier: &Qualifier) -> Result<Expr, PlanError> {
        match parts.as_slice() {
            [table, column] => {
                self.check_qualifier_word(table, qualifier)?;
                let span = self.tokens.locate(column.span);
                Ok(Expr::from(ExprKind::Column(column.value.clone())).at(span))
            }
            _ => {
                let first = parts.first().and_then(|p| self.tokens.locate(p.span));
                let last = parts.last().and_then(|p| self.tokens.locate(p.span));
                let span = first.zip(last).map(|(a, b)| Span { start: a.start, end: b.end });
                Err(unsupported("A column name of more than two parts", span))
            }
        }
    }

    /// A chain of operators, which the parser leans to the left: `a AND b AND c` is `(a AND b) AND c`. Taken
    /// apart in a loop, and conditions are joined as a balanced tree, so that long chains stay shallow.
    fn chain(
        &self,
        left: ast::Expr,
        op: BinaryOperator,
        right: ast::Expr,
        qualifier: &Qualifier,
        depth: usize,
    ) -> Result<Expr, PlanError> {
        let mut links = vec![(op, right)];
        let mut first = left;
        while let ast::Expr::BinaryOp { left, op, right } = first {
            links.push((op, *right));
            first = *left;
        }
        let level_count = level_count(links.iter().map(|(op, _)| op));
        let mut chain = self.nested_expression(first, qualifier, depth + level_count)?;
        let mut links = links.into_iter().rev().peekable();
        while let Some((op, right)) = links.next() {
            let infix = self.infix(&op, &chain)?;
            let operand = |e: ast::Expr| self.nested_expression(e, qualifier, depth + level_count);
            let right = operand(right)?;
            chain = match infix {
                Infix::And | Infix::Or => {
                    let mut terms = vec![chain, right];
                    while let Some((_, term)) = links.next_if(|(next, _)| *next == op) {
                        terms.push(operand(term)?);
                    }
                    let place = terms.first().zip(terms.last()).map(|(a, b)| self.between(a, b));
                    if matches!(infix, Infix::And) { all_of(terms) } else { any_of(terms) }.at(place)
                }
                Infix::Compare(op) => {
                    let place = self.between(&chain, &right);
                    let (left, right) = (Box::new(chain), Box::new(right));
                    Expr::from(ExprKind::Compare { op, left, right }).at(Some(place))
                }
                Infix::Arithmetic(op) => {
                    let place = self.between(&chain, &right);
                    let stretched = match op {
                        Arithmetic::Multiply => stretched_interval(&chain, &right),
                        _ => None,
                    };
                    let (left, right) = (Box::new(chain), Box::new(right));
                    let kind = stretched.unwrap_or(ExprKind::Arithmetic { op, left, right });
                    Expr::from(kind).at(Some(place))
                }
                Infix::Join => {
                    let place = self.between(&chain, &right);
                    Expr::from(ExprKind::Join(Box::new(chain), Box::new(right))).at(Some(place))
                }
                Infix::Match { function, negated } => {
                    let place = self.between(&chain, &right);
                    pattern(function, [chain, right], None, negated, place)
                }
            };
        }
        Ok(chain)
    }

    /// The operator, whose left operand is known.
    fn infix(&self, op: &BinaryOperator, left: &Expr) -> Result<Infix, PlanError> {
        Ok(match op {
            BinaryOperator::Plus => Infix::Arithmetic(Arithmetic::Add),
            BinaryOperator::Minus => Infix::Arithmetic(Arithmetic::Subtract),
            BinaryOperator::Multiply => Infix::Arithmetic(Arithmetic::Multiply),
            BinaryOperator::Divide => Infix::Arithmetic(Arithmetic::Divide),
            BinaryOperator::Modulo => Infix::Arithmetic(Arithmetic::Remainder),
            BinaryOperator::Eq => Infix::Compare(Comparison::Equal),
            BinaryOperator::NotEq => Infix::Compare(Comparison::NotEqual),
            BinaryOperator::Lt => Infix::Compare(Comparison::Less),
            BinaryOperator::LtEq => Infix::Compare(Comparison::LessOrEqual),
            BinaryOperator::Gt => Infix::Compare(Comparison::Greater),
            BinaryOperator::GtEq => Infix::Compare(Comparison::GreaterOrEqual),
            BinaryOperator::And => Infix::And,
            BinaryOperator::Or => Infix::Or,
            BinaryOperator::StringConcat => Infix::Join,
            BinaryOperator::PGRegexMatch => Infix::Match { function: Function::Matches, negated: false },
            BinaryOperator::PGRegexNotMatch => Infix::Match { function: Function::Matches, negated: true },
            BinaryOperator::PGRegexIMatch => {
                Infix::Match { function: Function::MatchesIgnoringCase, negated: false }
            }
            BinaryOperator::PGRegexNotIMatch => {
                Infix::Match { function: Function::MatchesIgnoringCase, negated: true }
            }
            BinaryOperator::PGLikeMatch => Infix::Match { function: Function::Like, negated: false },
            BinaryOperator::PGNotLikeMatch => Infix::Match { function: Function::Like, negated: true },
            BinaryOperator::PGILikeMatch => Infix::Match { function: Function::Ilike, negated: false },
            BinaryOperator::PGNotILikeMatch => Infix::Match { function: Function::Ilike, negated: true },
            other => {
                let span = self.tokens.after(self.reach(left)).map(|p| p.span);
                return Err(unsupported(format!("The operator {other}"), span));
            }
        })
    }

    fn unary(
        &self,
        op: UnaryOperator,
        expr: ast::Expr,
        qualifier: &Qualifier,
        depth: usize,
    ) -> Result<Expr, PlanError> {
        // The smallest i64 has no positive twin, so a sign and a number are read as one.
        if let (UnaryOperator::Minus, ast::Expr::Value(value)) = (op, &expr)
            && let (Value::Number(text, false), Some(place)) = (&value.value, self.tokens.locate(value.span))
        {
            let span = self.with_prefix(place);
            let scalar = number(&format!("-{text}"), Some(span))?;
            return Ok(Expr::from(ExprKind::Literal(scalar)).at(Some(span)));
        }
        let is_number = matches!(&expr, ast::Expr::Value(value) if matches!(value.value, Value::Number(..)));
        let operand = self.nested_expression(expr, qualifier, depth + 1)?;
        let span = self.with_prefix(self.reach(&operand));
        let kind = match op {
            UnaryOperator::Minus => match negated_interval(&operand) {
                Some(interval) => interval,
                None => ExprKind::Negate(Box::new(operand)),
            },
            UnaryOperator::Not => ExprKind::Not(Box::new(operand)),
            UnaryOperator::Plus if is_number => return Ok(operand.at(Some(span))),
            UnaryOperator::Plus => ExprKind::Call { name: "+".into(), args: vec![operand] },
            other => return Err(unsupported(format!("The operator {other}"), Some(span))),
        };
        Ok(Expr::from(kind).at(Some(span)))
    }

    /// The place and the token before it.
    fn with_prefix(&self, place: Span) -> Span {
        Span { start: self.tokens.before(place).map_or(place.start, |p| p.span.start), end: place.end }
    }

    /// From the start of one expression to the end of another.
    pub(crate) fn between(&self, first: &Expr, last: &Expr) -> Span {
        Span { start: self.reach(first).start, end: self.reach(last).end }
    }

    /// The place of an expression with the words that follow it in `x IS NOT NULL`.
    pub(crate) fn with_is(&self, expr: &Expr) -> Span {
        use Keyword as K;
        self.tokens.with_words(self.reach(expr), &[K::IS, K::NOT, K::NULL, K::TRUE, K::FALSE, K::UNKNOWN])
    }

    fn is_null(&self, expr: Expr, negated: bool) -> Result<Expr, PlanError> {
        let span = self.with_is(&expr);
        Ok(Expr::from(ExprKind::IsNull { expr: Box::new(expr), negated }).at(Some(span)))
    }

    /// `x IS TRUE`: the same as `x IS NOT DISTINCT FROM TRUE`. The type of the value asks for a condition.
    fn is_value(&self, expr: Expr, value: Scalar, negated: bool) -> Result<Expr, PlanError> {
        let span = self.with_is(&expr);
        let value = Expr::from(ExprKind::Literal(value)).at(expr.span).cast(DataType::Bool).at(expr.span);
        let (left, right) = (Box::new(expr), Box::new(value));
        Ok(Expr::from(ExprKind::Distinct { left, right, negated: !negated }).at(Some(span)))
    }

    fn distinct(&self, left: Expr, right: Expr, negated: bool) -> Expr {
        let span = self.between(&left, &right);
        let (left, right) = (Box::new(left), Box::new(right));
        Expr::from(ExprKind::Distinct { left, right, negated }).at(Some(span))
    }

    /// The places of a cast and of the type in it.
    fn cast_places(&self, operand: &Expr, double_colon: bool) -> (Span, Span) {
        use Keyword as K;
        let reach = self.reach(operand);
        let Some(colons_or_as) = self.tokens.after(reach) else { return (reach, reach) };
        let Some(word) = self.tokens.after(colons_or_as.span) else { return (reach, reach) };
        let name = self.tokens.with_words(word.span, &[K::PRECISION, K::VARYING]);
        let name = self.tokens.with_arguments(name);
        let name = self.tokens.with_words(name, &[K::WITH, K::WITHOUT, K::TIME, K::ZONE, K::UNSIGNED]);
        if double_colon {
            return (Span { start: reach.start, end: name.end }, name);
        }
        let open = self.tokens.before(reach).map_or(reach, |p| p.span);
        let cast = self.tokens.before(open).map_or(open, |p| p.span);
        (self.tokens.with_arguments(cast), name)
    }

    /// Where the name of the type starts that stands before a text, as in `date '2013-01-31'`.
    fn type_start(&self, text: Span) -> usize {
        use Keyword as K;
        let mut place = text;
        while let Some(before) = self.tokens.before(place) {
            place = before.span;
            let inner = [K::ZONE, K::TIME, K::WITH, K::WITHOUT, K::PRECISION];
            let in_parentheses = matches!(before.token, Token::RParen | Token::Number(..) | Token::LParen);
            if !inner.contains(&before.keyword()) && !in_parentheses {
                break;
            }
        }
        place.start
    }
}

/// How many levels a chain of these operators, from the last to the first, adds: one each, but a run of the
/// same AND or OR is balanced.
fn level_count<'a>(ops: impl Iterator<Item = &'a BinaryOperator>) -> usize {
    let mut level_count = 0;
    let mut run = 0usize;
    let mut before = None;
    for op in ops {
        let joins = matches!(op, BinaryOperator::And | BinaryOperator::Or);
        if joins && before == Some(op) {
            run += 1;
            // A run of n operators has n + 1 terms, and grows a level each time that n + 1 passes a power of 2.
            level_count += usize::from(run.is_power_of_two());
        } else {
            run = 1;
            level_count += 1;
        }
        before = Some(op);
    }
    level_count
}
