//! SQL text as words for colouring, completing and cutting into statements.
//!
//! It never refuses anything: what is half typed is what it is for. What a statement means only the engine knows.

use std::ops::Range;

/// What a piece of text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    /// A bare word: a keyword or a name.
    Word,
    /// A name in double quotes.
    Name,
    /// A text in single quotes.
    Text,
    Number,
    Comment,
    Sign,
}

/// A piece of text and its place in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: Range<usize>,
    /// False for quotes and comments that nothing ends.
    pub(super) closed: bool,
}

impl Token {
    pub(super) fn text<'a>(&self, sql: &'a str) -> &'a str {
        &sql[self.place.clone()]
    }

    /// True for what the language does not see.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::Space | Kind::Comment)
    }
}

/// All of the text, piece by piece.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(token) = next(sql, at) {
        at = token.place.end;
        tokens.push(token);
    }
    tokens
}

fn next(sql: &str, start: usize) -> Option<Token> {
    let rest = &sql[start..];
    let first = rest.chars().next()?;
    let while_is = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
    let (kind, len, closed) = match first {
        c if c.is_whitespace() => (Kind::Space, while_is(char::is_whitespace), true),
        '\'' | '"' => {
            let (len, closed) = quoted(rest, first);
            (if first == '"' { Kind::Name } else { Kind::Text }, len, closed)
        }
        '-' if rest.starts_with("--") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len()), true),
        '/' if rest.starts_with("/*") => {
            let (len, closed) = block_comment(rest);
            (Kind::Comment, len, closed)
        }
        c if c.is_ascii_digit() => (Kind::Number, number(rest), true),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => (Kind::Number, number(rest), true),
        c if is_word(c) => (Kind::Word, while_is(is_word), true),
        c => (Kind::Sign, c.len_utf8(), true),
    };
    Some(Token { kind, place: start..start + len, closed })
}

/// True for what a bare word is made of.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length up to the quote that ends it; a doubled quote stands for itself.
fn quoted(text: &str, quote: char) -> (usize, bool) {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return (at + 1, true);
        }
    }
    (text.len(), false)
}

/// The length up to the end of the comment; comments stand within comments.
fn block_comment(text: &str) -> (usize, bool) {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(found) = text[at..].find(['/', '*']) {
        at += found;
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth.saturating_sub(1), at + 2);
            if depth == 0 {
                return (at, true);
            }
        } else {
            at += 1;
        }
    }
    (text.len(), false)
}

fn number(text: &str) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let sign = matches!(c, '+' | '-') && text[..at].ends_with(['e', 'E']);
        if !(c.is_ascii_alphanumeric() || c == '.' || c == '_' || sign) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// The statements of a text, each from its first word to before its semicolon. Blank ones are left out.
pub(super) fn statements(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    // The first and last word of the statement that is being read.
    let mut words: Option<Range<usize>> = None;
    for token in tokens(sql) {
        if token.kind == Kind::Sign && token.text(sql) == ";" {
            found.extend(words.take());
        } else if !token.is_blank() {
            let start = words.as_ref().map_or(token.place.start, |w| w.start);
            words = Some(start..token.place.end);
        }
    }
    found.extend(words);
    found.into_iter().map(|place| &sql[place]).collect()
}

/// True when there is nothing left to type: the last statement is ended and nothing is open.
pub(super) fn is_ended(sql: &str) -> bool {
    let tokens = tokens(sql);
    if tokens.last().is_some_and(|last| !last.closed) {
        return false;
    }
    let mut depth = 0_i64;
    let mut ended = true;
    for token in tokens.iter().filter(|token| !token.is_blank()) {
        ended = false;
        match token.text(sql) {
            "(" if token.kind == Kind::Sign => depth += 1,
            ")" if token.kind == Kind::Sign => depth -= 1,
            ";" if token.kind == Kind::Sign => ended = depth <= 0,
            _ => {}
        }
    }
    ended
}

/// True when a quote or a comment is still open.
pub(super) fn is_open(sql: &str) -> bool {
    tokens(sql).last().is_some_and(|last| !last.closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(sql: &str) -> Vec<(Kind, &str)> {
        tokens(sql).iter().filter(|t| t.kind != Kind::Space).map(|t| (t.kind, t.text(sql))).collect()
    }

    #[test]
    fn words_are_told_apart() {
        let sql = "SELECT \"a b\", 1.5e-3+x -- end\n FROM 'it''s' /* a /* b */ c */;";
        assert_eq!(
            seen(sql),
            [
                (Kind::Word, "SELECT"),
                (Kind::Name, "\"a b\""),
                (Kind::Sign, ","),
                (Kind::Number, "1.5e-3"),
                (Kind::Sign, "+"),
                (Kind::Word, "x"),
                (Kind::Comment, "-- end"),
                (Kind::Word, "FROM"),
                (Kind::Text, "'it''s'"),
                (Kind::Comment, "/* a /* b */ c */"),
                (Kind::Sign, ";"),
            ]
        );
    }

    #[test]
    fn every_byte_belongs_to_one_piece_whatever_is_typed() {
        for sql in ["é 'ü", "\"", "/*", "/* *", "--", ".", "1.", "'a''", "日本 本;", "\u{1b}[0m", "-", "/"]
        {
            let pieces = tokens(sql);
            assert_eq!(pieces.iter().map(|t| t.text(sql)).collect::<String>(), sql);
            assert!(pieces.iter().all(|t| !t.place.is_empty()), "{sql}");
        }
    }

    #[test]
    fn statements_end_at_semicolons_outside_of_quotes() {
        assert_eq!(statements("SELECT ';' ; -- a;\n SELECT 2\n;;"), ["SELECT ';'", "SELECT 2"]);
        assert_eq!(statements(" \n"), Vec::<&str>::new());
        for (sql, ended) in [
            ("SELECT 1;", true),
            ("SELECT 1", false),
            ("SELECT 1; -- done", true),
            ("SELECT (1;", false),
            ("SELECT (1);", true),
            ("SELECT ';", false),
            ("SELECT 1; SELECT", false),
            ("SELECT 1 /* ; */", false),
            ("/* ;", false),
            ("", true),
        ] {
            assert_eq!(is_ended(sql), ended, "{sql}");
        }
    }
}
