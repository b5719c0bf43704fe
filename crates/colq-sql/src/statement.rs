//! The whole text: one statement, of a kind that colq has, on a stack that is large enough for it.

use crate::dialect::ColqDialect;
use crate::query::Lowering;
use crate::refusal::unsupported;
use crate::syntax;
use crate::tokens::Tokens;
use colq_plan::{PlanError, PlanErrorKind, Query, Span};
use sqlparser::ast;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

/// One statement.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Statement {
    /// A query to run.
    Select(Box<Query>),
    /// A query whose plan is to be shown: `EXPLAIN SELECT ..`.
    Explain(Box<Query>),
    /// A query to run whose plan is to be shown with what was measured: `EXPLAIN ANALYZE SELECT ..`.
    ExplainAnalyze(Box<Query>),
}

/// Levels of parentheses, subqueries and signs that the parser follows.
const NESTING_LIMIT: usize = 100;

/// A syntax tree is at most as deep as the text has tokens other than commas and values. Below this many, any
/// tree fits the stack of any thread, at 25 KB a level in a build without optimisation.
const SHALLOW_TOKENS: usize = 40;

/// More tokens than this (commas and values not counted) are refused: nobody writes them, and the stack they
/// may need has an end.
const DEEP_TOKENS: usize = 100_000;

/// Stack for each level of a syntax tree. Finding its place and dropping it need between 2 and 4 KiB in a build
/// without optimisation, a few hundred bytes with it. Stack that is not touched costs nothing.
const STACK_BYTES_A_LEVEL: usize = 8192;

/// Stack for the levels that an expression may have, which are turned into a query by recursion.
const STACK_BYTES: usize = 8 << 20;

/// Reads the text of one statement. A semicolon may end it.
///
/// Places in errors are byte offsets into `sql`.
///
/// # Errors
/// The text does not parse, holds no statement or several, or uses what colq does not have.
pub fn parse(sql: &str) -> Result<Statement, PlanError> {
    let tokens = Tokens::read(sql)?;
    with_stack(&tokens, || parse_tokens(&tokens))
}

/// Does this on a stack that holds any syntax tree of these tokens.
pub(crate) fn with_stack<T: Send>(
    tokens: &Tokens<'_>,
    work: impl FnOnce() -> Result<T, PlanError> + Send,
) -> Result<T, PlanError> {
    let level_count = tokens.places().iter().filter(|p| may_deepen(&p.token)).count();
    if level_count <= SHALLOW_TOKENS {
        return work();
    }
    let too_long = || {
        let message = format!("the statement has more than {DEEP_TOKENS} words and operators");
        PlanError::new(PlanErrorKind::Syntax { message, hint: None }, Some(tokens.whole()))
    };
    if level_count > DEEP_TOKENS {
        return Err(too_long());
    }
    // Long chains such as 10,000 conditions joined by AND make trees whose very dropping needs a deep stack.
    let stack_bytes = STACK_BYTES + level_count * STACK_BYTES_A_LEVEL;
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("colq-sql".into()).stack_size(stack_bytes);
        match builder.spawn_scoped(scope, work).map(|thread| thread.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(too_long()),
        }
    })
}

fn may_deepen(token: &Token) -> bool {
    !matches!(token, Token::Comma | Token::Number(..) | Token::SingleQuotedString(_) | Token::SemiColon)
}

fn parse_tokens(tokens: &Tokens<'_>) -> Result<Statement, PlanError> {
    syntax::check(tokens)?;
    let statement_start =
        tokens.places().iter().position(|p| p.token != Token::SemiColon).unwrap_or(tokens.places().len());
    let Some(first) = tokens.get(statement_start) else {
        return Err(PlanError::new(
            PlanErrorKind::Syntax { message: "there is no statement".into(), hint: None },
            Some(tokens.whole()),
        ));
    };
    refuse_second(tokens, statement_start)?;
    let explain = first.keyword() == Keyword::EXPLAIN;
    if let (false, Some(name)) = (explain, refused_statement(first.keyword())) {
        return Err(unsupported(name, Some(first.span)));
    }
    let analyze = explain && tokens.get(statement_start + 1).is_some_and(|p| p.keyword() == Keyword::ANALYZE);
    let query_start = match (explain, analyze) {
        (false, _) => statement_start,
        (true, false) => after_explain(tokens, statement_start)?,
        (true, true) => after_explain(tokens, statement_start + 1)?,
    };
    let query = Box::new(parse_query(tokens, query_start)?);
    Ok(match (explain, analyze) {
        (false, _) => Statement::Select(query),
        (true, false) => Statement::Explain(query),
        (true, true) => Statement::ExplainAnalyze(query),
    })
}

/// Only semicolons may stand after a semicolon.
fn refuse_second(tokens: &Tokens<'_>, start: usize) -> Result<(), PlanError> {
    let places = tokens.places().get(start..).unwrap_or(&[]);
    let rest = places.iter().skip_while(|p| p.token != Token::SemiColon);
    match rest.into_iter().find(|p| p.token != Token::SemiColon) {
        None => Ok(()),
        Some(second) => {
            let span = Span { start: second.span.start, end: tokens.whole().end };
            Err(unsupported("More than one statement in one text", Some(span)))
        }
    }
}

/// The number of the token at which the query starts that is to be explained.
fn after_explain(tokens: &Tokens<'_>, explain: usize) -> Result<usize, PlanError> {
    let next = explain + 1;
    match tokens.get(next) {
        Some(place) => {
            let option = match place.keyword() {
                Keyword::VERBOSE => Some("EXPLAIN VERBOSE"),
                Keyword::FORMAT => Some("EXPLAIN FORMAT"),
                Keyword::SELECT | Keyword::FROM => None,
                keyword => refused_statement(keyword),
            };
            option.map_or(Ok(next), |name| Err(unsupported(name, Some(place.span))))
        }
        None => Ok(next),
    }
}

/// The name of a statement that colq knows and does not have.
fn refused_statement(keyword: Keyword) -> Option<&'static str> {
    Some(match keyword {
        Keyword::WITH => "WITH",
        Keyword::VALUES => "VALUES",
        Keyword::TABLE => "TABLE",
        Keyword::FROM => "FROM without SELECT",
        Keyword::INSERT => "INSERT",
        Keyword::UPDATE => "UPDATE",
        Keyword::DELETE => "DELETE",
        Keyword::MERGE => "MERGE",
        Keyword::CREATE => "CREATE",
        Keyword::DROP => "DROP",
        Keyword::ALTER => "ALTER",
        Keyword::TRUNCATE => "TRUNCATE",
        Keyword::COPY => "COPY",
        Keyword::DESCRIBE => "DESCRIBE",
        Keyword::DESC => "DESC",
        Keyword::SHOW => "SHOW",
        Keyword::SET => "SET",
        Keyword::BEGIN => "BEGIN",
        Keyword::START => "START",
        Keyword::COMMIT => "COMMIT",
        Keyword::ROLLBACK => "ROLLBACK",
        Keyword::ANALYZE => "ANALYZE",
        Keyword::VACUUM => "VACUUM",
        Keyword::PRAGMA => "PRAGMA",
        Keyword::ATTACH => "ATTACH",
        Keyword::USE => "USE",
        Keyword::GRANT => "GRANT",
        Keyword::REVOKE => "REVOKE",
        Keyword::CALL => "CALL",
        Keyword::EXECUTE => "EXECUTE",
        Keyword::PREPARE => "PREPARE",
        Keyword::DECLARE => "DECLARE",
        Keyword::EXPLAIN => "EXPLAIN of EXPLAIN",
        _ => return None,
    })
}

/// The syntax tree of the statement that starts at token number `start`.
pub(crate) fn parse_syntax(tokens: &Tokens<'_>, start: usize) -> Result<Option<ast::Statement>, PlanError> {
    let dialect = ColqDialect::new(tokens.places().len());
    let statements = Parser::new(&dialect)
        .with_recursion_limit(NESTING_LIMIT)
        .with_tokens_with_locations(tokens.for_parser(start))
        .parse_statements()
        .map_err(|error| match dialect.gave_up() {
            true => syntax::given_up(tokens),
            false => syntax::of_parser(error, tokens, NESTING_LIMIT),
        })?;
    Ok(statements.into_iter().next())
}

fn parse_query(tokens: &Tokens<'_>, start: usize) -> Result<Query, PlanError> {
    let place = tokens.get(start).map_or(tokens.whole(), |p| p.span);
    match parse_syntax(tokens, start)? {
        Some(ast::Statement::Query(query)) => Lowering::new(tokens).query(*query),
        Some(_) => Err(unsupported(tokens.text(place).to_uppercase(), Some(place))),
        None => Err(PlanError::new(
            PlanErrorKind::Syntax { message: "there is no query to explain".into(), hint: None },
            Some(tokens.whole()),
        )),
    }
}
