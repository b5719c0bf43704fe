//! What the parser says when the text is no SQL, in words for people.

use crate::tokens::{Tokens, byte_offset};
use colq_plan::{PlanError, PlanErrorKind, Span, suggest};
use sqlparser::keywords::Keyword;
use sqlparser::parser::ParserError;
use sqlparser::tokenizer::{Location, Token, TokenizerError};

fn syntax(message: impl Into<String>, hint: Option<String>, span: Span) -> PlanError {
    PlanError::new(PlanErrorKind::Syntax { message: message.into(), hint }, Some(span))
}

/// Text that cannot even be split into words, such as a quote that is never closed.
pub(crate) fn of_tokenizer(error: TokenizerError, sql: &str) -> PlanError {
    let start = byte_offset(sql, error.location).min(sql.len());
    let (message, start) = if error.message.starts_with("Unterminated string") {
        ("a text in single quotes is not closed".to_string(), start)
    } else if error.message.starts_with("Expected close delimiter") {
        ("a name in double quotes is not closed".to_string(), start)
    } else if error.message.contains("comment") {
        ("a comment is not closed".to_string(), sql.rfind("/*").unwrap_or(start))
    } else {
        (lower_first(&error.message), start)
    };
    // What is never closed reaches to the end.
    let end = sql.trim_end().len().max(start);
    syntax(message, None, Span { start, end })
}

/// What sqlparser lets through without a word, or stumbles over without saying why.
pub(crate) fn check(tokens: &Tokens<'_>) -> Result<(), PlanError> {
    refuse_wrapped_queries(tokens)?;
    for (index, place) in tokens.places().iter().enumerate() {
        refuse_missing_table(tokens, index)?;
        refuse_prefixed_text(tokens, index)?;
        match &place.token {
            Token::Overlap => {
                return Err(syntax("there is no operator &&", Some("write AND".into()), place.span));
            }
            Token::Char(ch) => {
                let hint = match ch {
                    '`' => Some("a name stands alone or in double quotes: name or \"name\"".to_string()),
                    '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{b4}' => {
                        Some("texts stand in plain single quotes: 'text'".to_string())
                    }
                    '\u{2010}'..='\u{2015}' | '\u{2212}' => Some("the minus sign is -".to_string()),
                    _ => None,
                };
                return Err(syntax(format!("the character {ch} has no meaning here"), hint, place.span));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Parentheses around the parentheses of subqueries, in one text.
const WRAPPINGS: usize = 8;

/// Each pair of parentheses around `(SELECT` doubles the ways in which sqlparser reads what is inside.
fn refuse_wrapped_queries(tokens: &Tokens<'_>) -> Result<(), PlanError> {
    let (mut run, mut wrapping_count) = (0usize, 0usize);
    for (index, place) in tokens.places().iter().enumerate() {
        if place.token == Token::LParen {
            run += 1;
            continue;
        }
        let is_query = matches!(place.keyword(), Keyword::SELECT | Keyword::VALUES | Keyword::WITH);
        // Those around the whole statement are harmless.
        if is_query && index > run {
            wrapping_count += run.saturating_sub(1);
        }
        if wrapping_count > WRAPPINGS {
            let message = format!("more than {WRAPPINGS} subqueries stand in parentheses of their own");
            return Err(syntax(message, Some("one pair of parentheses is enough".into()), place.span));
        }
        run = 0;
    }
    Ok(())
}

/// `FROM WHERE ..` would read WHERE as the name of a table.
fn refuse_missing_table(tokens: &Tokens<'_>, index: usize) -> Result<(), PlanError> {
    use Keyword as K;
    let keyword = |index: usize| tokens.get(index).map_or(K::NoKeyword, |p| p.keyword());
    let clauses = [K::WHERE, K::GROUP, K::HAVING, K::ORDER, K::LIMIT, K::OFFSET];
    // After DISTINCT FROM stands an expression.
    let after_distinct = index.checked_sub(1).is_some_and(|before| keyword(before) == K::DISTINCT);
    if keyword(index) != K::FROM || after_distinct || !clauses.contains(&keyword(index + 1)) {
        return Ok(());
    }
    let Some(found) = tokens.get(index + 1) else { return Ok(()) };
    let message = format!("the name of a table is missing after FROM, found {}", tokens.text(found.span));
    Err(syntax(message, None, found.span))
}

/// `E'..'` would read as a column E with the name `..`.
fn refuse_prefixed_text(tokens: &Tokens<'_>, index: usize) -> Result<(), PlanError> {
    let (Some(word), Some(text)) = (tokens.get(index), tokens.get(index + 1)) else { return Ok(()) };
    let prefix = tokens.text(word.span);
    let is_prefix = matches!(prefix, "E" | "e" | "B" | "b" | "R" | "r" | "U" | "u");
    if is_prefix && word.span.end == text.span.start && matches!(text.token, Token::SingleQuotedString(_)) {
        let span = Span { start: word.span.start, end: text.span.end };
        let message = format!("a text with the prefix {prefix} has no meaning here");
        return Err(syntax(message, Some("texts stand in plain single quotes: 'text'".into()), span));
    }
    Ok(())
}

/// Words that are no statement.
pub(crate) fn of_parser(error: ParserError, tokens: &Tokens<'_>, nesting_limit: usize) -> PlanError {
    let text = match error {
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text,
        ParserError::RecursionLimitExceeded => {
            let message = format!("the statement is nested more than {nesting_limit} levels deep");
            return syntax(message, None, deepest(tokens));
        }
    };
    let (text, location) = split_location(&text);
    let index = location.and_then(|l| tokens.at_location(l)).unwrap_or(tokens.places().len());
    let index = found_at(tokens, text, index);
    let end = tokens.whole().end;
    let span = tokens.get(index).map_or(Span { start: end, end }, |p| p.span);
    let found = match tokens.get(index) {
        Some(_) => tokens.text(span),
        None => "the end",
    };
    let message = match text.strip_prefix("Expected").and_then(|t| t.split_once(", found: ")) {
        Some((expected, _)) => {
            let expected = expected.trim_matches([',', ' ', ':']);
            let expected =
                if matches!(expected, "identifier" | "an identifier") { "a name" } else { expected };
            format!("expected {expected}, found {found}")
        }
        None => lower_first(text),
    };
    let missing_table = index.checked_sub(1).and_then(|i| tokens.get(i)).map(|p| p.keyword())
        == Some(Keyword::FROM)
        && tokens.get(index).is_none_or(|p| p.keyword() != Keyword::NoKeyword);
    if missing_table {
        return syntax(format!("the name of a table is missing after FROM, found {found}"), None, span);
    }
    if is_comma_missing(tokens, index) {
        return syntax(message, Some("is there a comma missing before it?".into()), span);
    }
    let comma = index.checked_sub(1).and_then(|i| tokens.get(i)).filter(|p| p.token == Token::Comma);
    match (misspelt(tokens, index), comma) {
        (Some((place, hint)), _) => syntax(message, Some(hint), place),
        (None, Some(_)) => syntax(message, Some("is there a comma too many before it?".into()), span),
        (None, None) => syntax(message, path_hint(tokens, index).or_else(|| order_hint(tokens, index)), span),
    }
}

/// Where the token is that the message says was found: some messages give the place of the one after it.
fn found_at(tokens: &Tokens<'_>, message: &str, index: usize) -> usize {
    let Some((_, found)) = message.split_once("found: ") else { return index };
    let is_found = |index: usize| tokens.get(index).is_some_and(|p| tokens.text(p.span) == found);
    match index.checked_sub(1) {
        Some(before) if !is_found(index) && is_found(before) => before,
        _ => index,
    }
}

/// Words that are no statement, and nested so deeply that the place of the error was not found.
pub(crate) fn given_up(tokens: &Tokens<'_>) -> PlanError {
    let message = "there is an error in or after the innermost parentheses";
    syntax(message, None, deepest(tokens))
}

/// sqlparser ends its messages with ` at Line: 1, Column: 2`.
fn split_location(text: &str) -> (&str, Option<Location>) {
    let Some((message, place)) = text.rsplit_once(" at Line: ") else { return (text, None) };
    let numbers = place.split_once(", Column: ").and_then(|(line, column)| {
        Some(Location::new(line.trim().parse().ok()?, column.trim().parse().ok()?))
    });
    match numbers {
        Some(location) => (message, Some(location)),
        None => (text, None),
    }
}

fn lower_first(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The keywords that stand where the parser gets lost when they are misspelt.
const KEYWORDS: [&str; 13] = [
    "SELECT", "DISTINCT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "BETWEEN",
    "EXPLAIN", "NULLS", "CAST",
];

/// A misspelt keyword is read as a name, often as an alias, and the parser stumbles over what follows it.
fn misspelt(tokens: &Tokens<'_>, index: usize) -> Option<(Span, String)> {
    let keywords: Vec<String> = KEYWORDS.iter().map(|k| (*k).to_string()).collect();
    [index.checked_sub(1), Some(index)].into_iter().flatten().find_map(|index| {
        let place = tokens.get(index)?;
        let Token::Word(word) = &place.token else { return None };
        let is_name = word.quote_style.is_none() && word.keyword == Keyword::NoKeyword;
        // FORM is a word that sqlparser knows, and still a misspelt FROM.
        let is_word = is_name || word.value.eq_ignore_ascii_case("form");
        if !is_word || word.value.chars().count() < 4 {
            return None;
        }
        let keyword = suggest(&word.value, &keywords)?;
        Some((place.span, format!("did you mean {keyword}?")))
    })
}

/// `SELECT a b c FROM ..`: b is read as the name of a, and c has no meaning.
fn is_comma_missing(tokens: &Tokens<'_>, index: usize) -> bool {
    let keyword = |index: usize| tokens.get(index).map_or(Keyword::NoKeyword, |p| p.keyword());
    let in_list = keyword(0) == Keyword::SELECT
        && !(0..index).any(|i| keyword(i) == Keyword::FROM)
        && (index..tokens.places().len()).any(|i| keyword(i) == Keyword::FROM);
    let is_value = |index: usize| {
        tokens.get(index).is_some_and(|place| {
            matches!(
                place.token,
                Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_) | Token::RParen
            )
        })
    };
    let closes = tokens.get(index).is_some_and(|place| place.token == Token::RParen);
    in_list
        && index > 1
        && keyword(index) != Keyword::FROM
        && !closes
        && is_value(index)
        && is_value(index - 1)
}

/// A clause that stands behind one that it should stand before.
fn order_hint(tokens: &Tokens<'_>, index: usize) -> Option<String> {
    use Keyword as K;
    let order = [K::FROM, K::WHERE, K::GROUP, K::HAVING, K::ORDER, K::LIMIT];
    let rank = |keyword: Keyword| order.iter().position(|known| *known == keyword);
    let found = rank(tokens.get(index)?.keyword())?;
    let before = (0..index).filter_map(|i| rank(tokens.get(i)?.keyword())).max()?;
    (before > found)
        .then(|| "clauses stand in the order SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT".into())
}

/// `FROM data/trips.csv` without quotes.
fn path_hint(tokens: &Tokens<'_>, index: usize) -> Option<String> {
    let from = (0..index).rev().find(|i| tokens.get(*i).is_some_and(|p| p.keyword() == Keyword::FROM))?;
    let first = tokens.get(from + 1)?;
    let at = tokens.get(index)?;
    let path = tokens.sql().get(first.span.start..)?.split([' ', '\n', '\t', ';', ')']).next()?;
    let in_path = at.span.start < first.span.start + path.len();
    let quoted = path.starts_with(['\'', '"', '(']);
    (in_path && !quoted && path.contains('/')).then(|| format!("a path stands in quotes: '{path}'"))
}

/// The innermost of the parentheses, which is where the nesting is too deep.
fn deepest(tokens: &Tokens<'_>) -> Span {
    let (mut depth, mut most, mut place) = (0usize, 0usize, tokens.whole());
    for token in tokens.places() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth > most {
            (most, place) = (depth, token.span);
        }
    }
    place
}
