//! The words of the text with their places in bytes.
//!
//! sqlparser gives places as lines and columns in characters, and its syntax tree leaves out parts of what it
//! stands for (the `CAST(` of a cast, the parenthesis that closes a call). So the tree's places are only used
//! to find a token, and the token's neighbours give the rest.

use crate::dialect::ColqDialect;
use crate::syntax;
use colq_plan::{PlanError, Span};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// The tokens of one text, without white space and comments.
pub(crate) struct Tokens<'a> {
    sql: &'a str,
    places: Vec<Place>,
}

/// One token and where it stands.
pub(crate) struct Place {
    pub(crate) token: Token,
    pub(crate) span: Span,
    start: Location,
    end: Location,
}

impl Place {
    /// The keyword that an unquoted word is.
    pub(crate) fn keyword(&self) -> Keyword {
        match &self.token {
            Token::Word(word) if word.quote_style.is_none() => word.keyword,
            _ => Keyword::NoKeyword,
        }
    }
}

impl<'a> Tokens<'a> {
    /// Splits the text into tokens.
    pub(crate) fn read(sql: &'a str) -> Result<Tokens<'a>, PlanError> {
        let raw = Tokenizer::new(&ColqDialect::new(0), sql)
            .tokenize_with_location()
            .map_err(|error| syntax::of_tokenizer(error, sql))?;
        let mut cursor = Cursor::new(sql);
        let mut places = Vec::new();
        for TokenWithSpan { token, span } in raw {
            let start = cursor.advance_to(span.start);
            let end = cursor.advance_to(span.end);
            if !matches!(token, Token::Whitespace(_) | Token::EOF) {
                places.push(Place { token, span: Span { start, end }, start: span.start, end: span.end });
            }
        }
        Ok(Tokens { sql, places })
    }

    pub(crate) fn sql(&self) -> &'a str {
        self.sql
    }

    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The text of a place.
    pub(crate) fn text(&self, span: Span) -> &'a str {
        self.sql.get(span.start..span.end).unwrap_or("")
    }

    /// From the first token to the last; the whole text when there is none.
    pub(crate) fn whole(&self) -> Span {
        match (self.places.first(), self.places.last()) {
            (Some(first), Some(last)) => Span { start: first.span.start, end: last.span.end },
            _ => Span { start: 0, end: self.sql.len() },
        }
    }

    /// The tokens from number `first` on, as the parser takes them.
    pub(crate) fn for_parser(&self, first: usize) -> Vec<TokenWithSpan> {
        let places = self.places.get(first..).unwrap_or(&[]);
        let taken = |(index, place): (usize, &Place)| {
            let digits = self.unit_digits(first + index);
            let token = digits.map_or_else(|| place.token.clone(), |d| Token::Number(d.to_owned(), false));
            TokenWithSpan { token, span: place.start.span_to(place.end) }
        };
        places.iter().enumerate().map(taken).collect()
    }

    /// The digits of a second that the unit in `timestamp(ms)` stands for, if token number `index` is such a unit: the
    /// parser knows digits only.
    fn unit_digits(&self, index: usize) -> Option<&'static str> {
        let near = self.places.get(index.checked_sub(2)?..index.checked_add(2)?)?;
        let [name, open, unit, close] = near else { return None };
        let is_type = matches!(name.keyword(), Keyword::TIMESTAMP | Keyword::TIMESTAMPTZ);
        let Token::Word(word) = &unit.token else { return None };
        if !is_type || open.token != Token::LParen || close.token != Token::RParen {
            return None;
        }
        match word.value.to_ascii_lowercase().as_str() {
            "s" => Some("0"),
            "ms" => Some("3"),
            "us" => Some("6"),
            "ns" => Some("9"),
            _ => None,
        }
    }

    /// The bytes of a place in the syntax tree; `None` where the tree does not know it.
    pub(crate) fn locate(&self, span: sqlparser::tokenizer::Span) -> Option<Span> {
        let first = self.at_location(span.start)?;
        let past = self.places.partition_point(|p| p.start < span.end);
        let last = self.places.get(past.checked_sub(1)?)?;
        let start = self.places.get(first)?.span.start;
        Some(Span { start, end: last.span.end.max(start) })
    }

    /// The place of the first text in single quotes that holds this: the syntax tree has none for the path of a table.
    pub(crate) fn quoted_text(&self, text: &str) -> Option<Span> {
        let is_it = |place: &&Place| matches!(&place.token, Token::SingleQuotedString(t) if t == text);
        self.places.iter().find(is_it).map(|place| place.span)
    }

    /// The number of the token at a place of the parser.
    pub(crate) fn at_location(&self, location: Location) -> Option<usize> {
        if location.line == 0 {
            return None;
        }
        let index = self.places.partition_point(|p| p.start < location);
        (index < self.places.len()).then_some(index)
    }

    /// The number of the first token that starts at or after a byte.
    pub(crate) fn index_from(&self, byte: usize) -> usize {
        self.places.partition_point(|p| p.span.start < byte)
    }

    /// The place of token number `index`.
    pub(crate) fn get(&self, index: usize) -> Option<&Place> {
        self.places.get(index)
    }

    /// The token just before a place.
    pub(crate) fn before(&self, span: Span) -> Option<&Place> {
        self.places.get(self.index_from(span.start).checked_sub(1)?)
    }

    /// The token just after a place.
    pub(crate) fn after(&self, span: Span) -> Option<&Place> {
        self.places.get(self.index_from(span.end))
    }

    /// The place with the parentheses around it, when there are any.
    pub(crate) fn with_parentheses(&self, span: Span) -> Span {
        match (self.before(span), self.after(span)) {
            (Some(open), Some(close)) if open.token == Token::LParen && close.token == Token::RParen => {
                Span { start: open.span.start, end: close.span.end }
            }
            _ => span,
        }
    }

    /// The place and the parenthesised list after it, as in a call of a function.
    pub(crate) fn with_arguments(&self, span: Span) -> Span {
        let first = self.index_from(span.end);
        if self.places.get(first).is_none_or(|p| p.token != Token::LParen) {
            return span;
        }
        let mut depth = 0usize;
        for place in self.places.get(first..).unwrap_or(&[]) {
            match place.token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Span { start: span.start, end: place.span.end };
            }
        }
        span
    }

    /// The place and what closes the parentheses and brackets that it opens.
    pub(crate) fn closed(&self, span: Span) -> Span {
        let (mut open, mut end) = (0usize, span.end);
        for place in self.places.get(self.index_from(span.start)..).unwrap_or(&[]) {
            if open == 0 && place.span.start >= span.end {
                break;
            }
            match place.token {
                Token::LParen | Token::LBracket => open += 1,
                Token::RParen | Token::RBracket => open = open.saturating_sub(1),
                _ => {}
            }
            end = end.max(place.span.end);
        }
        Span { start: span.start, end }
    }

    /// The place and, before it, the qualifier of the name it starts with.
    pub(crate) fn with_qualifier(&self, span: Span) -> Span {
        let mut first = self.index_from(span.start);
        while let Some(period) = first.checked_sub(2)
            && self.places.get(period + 1).is_some_and(|p| p.token == Token::Period)
        {
            first = period;
        }
        let start = self.places.get(first).map_or(span.start, |p| p.span.start.min(span.start));
        Span { start, end: span.end }
    }

    /// The place and the unquoted words after it, as many as are in `words`.
    pub(crate) fn with_words(&self, span: Span, words: &[Keyword]) -> Span {
        let first = self.index_from(span.end);
        let after = self.places.get(first..).unwrap_or(&[]);
        let last = after.iter().take_while(|p| words.contains(&p.keyword())).last();
        Span { start: span.start, end: last.map_or(span.end, |p| p.span.end) }
    }

    /// The last of this keyword that starts before a byte.
    pub(crate) fn keyword_before(&self, byte: usize, keyword: Keyword) -> Option<Span> {
        let places = self.places.get(..self.index_from(byte))?;
        places.iter().rev().find(|p| p.keyword() == keyword).map(|p| p.span)
    }

    /// The first of this keyword at or after a byte.
    pub(crate) fn keyword_from(&self, byte: usize, keyword: Keyword) -> Option<Span> {
        let places = self.places.get(self.index_from(byte)..)?;
        places.iter().find(|p| p.keyword() == keyword).map(|p| p.span)
    }
}

/// Walks the text once, counting lines and columns as the tokenizer does.
struct Cursor<'a> {
    rest: std::str::CharIndices<'a>,
    byte: usize,
    at: (u64, u64),
}

impl<'a> Cursor<'a> {
    fn new(sql: &'a str) -> Cursor<'a> {
        Cursor { rest: sql.char_indices(), byte: 0, at: (1, 1) }
    }

    /// The byte offset of a location that is not before the last one.
    fn advance_to(&mut self, location: Location) -> usize {
        while self.at < (location.line, location.column) {
            match self.rest.next() {
                Some((byte, ch)) => {
                    self.byte = byte + ch.len_utf8();
                    self.at = if ch == '\n' { (self.at.0 + 1, 1) } else { (self.at.0, self.at.1 + 1) };
                }
                None => break,
            }
        }
        self.byte
    }
}

/// The byte offset of a location of the tokenizer.
pub(crate) fn byte_offset(sql: &str, location: Location) -> usize {
    Cursor::new(sql).advance_to(location)
}
