//! The few Python literals that a header of NumPy is made of.

/// A value as Python writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Whole(u64),
    Bool(bool),
    /// A tuple or a list.
    Items(Vec<Literal>),
    /// A dictionary with texts for keys.
    Pairs(Vec<(String, Literal)>),
}

/// Lists within each other at most.
const DEPTH: usize = 16;

/// Reads one value and nothing after it but spaces; `None` for anything else.
pub(super) fn parse(text: &str) -> Option<Literal> {
    let mut parser = Parser { rest: text };
    let value = parser.value(0)?;
    parser.rest.trim().is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn take(&mut self, mark: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Literal> {
        if depth > DEPTH {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '\'' | '"' => self.text().map(Literal::Text),
            '(' => self.items('(', ')', depth),
            '[' => self.items('[', ']', depth),
            '{' => {
                self.take('{');
                let mut pairs = Vec::new();
                while !self.take('}') {
                    self.rest = self.rest.trim_start();
                    let key = self.text()?;
                    self.take(':').then_some(())?;
                    pairs.push((key, self.value(depth + 1)?));
                    if !self.take(',') {
                        self.take('}').then_some(())?;
                        break;
                    }
                }
                Some(Literal::Pairs(pairs))
            }
            _ => self.word(),
        }
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Option<Literal> {
        self.take(open);
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.value(depth + 1)?);
            if !self.take(',') {
                self.take(close).then_some(())?;
                break;
            }
        }
        Some(Literal::Items(items))
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            if letter == quote {
                self.rest = self.rest.get(at + quote.len_utf8()..)?;
                return Some(text);
            }
            // NumPy writes names by repr, which escapes quotes and backslashes.
            text.push(if letter == '\\' { letters.next()?.1 } else { letter });
        }
        None
    }

    fn word(&mut self) -> Option<Literal> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "True" => Some(Literal::Bool(true)),
            "False" => Some(Literal::Bool(false)),
            // Python 2 wrote an L behind long numbers.
            _ => word.trim_end_matches('L').parse().ok().map(Literal::Whole),
        }
    }
}
