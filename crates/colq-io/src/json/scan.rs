//! One line of JSON: strictly by the grammar of RFC 8259, objects flattened.
//!
//! A value within an object has the name `outer.inner`, so a row is a flat list of names and plain values. Arrays are
//! given as they stand. It knows nothing of columns and types.

use crate::Problem;

/// Objects and arrays within each other at most: a hostile line of brackets must not exhaust the stack.
const DEPTH: usize = 64;

/// A value that is no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    /// The digits as they stand.
    Number(&'a [u8]),
    /// A text whose escapes are undone.
    Text(&'a str),
    /// An array, or an object that is kept as it stands, as text.
    Raw(&'a [u8]),
}

/// Goes through a line. `keep` says which names keep an object as it stands; `take` gets every name and value.
pub(super) fn scan<'a>(
    line: &'a [u8],
    scratch: &mut Scratch,
    keep: &dyn Fn(&str) -> bool,
    take: &mut dyn FnMut(&str, Value<'_>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    scratch.name.clear();
    let mut scanner = Scanner { bytes: line, at: 0, scratch, keep, take };
    scanner.space();
    scanner.object(0)?;
    scanner.space();
    if scanner.at == line.len() { Ok(()) } else { Err(Problem::NotJson) }
}

/// Memory that is used again from line to line.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    name: String,
    text: String,
}

struct Scanner<'a, 's> {
    bytes: &'a [u8],
    at: usize,
    scratch: &'s mut Scratch,
    keep: &'s dyn Fn(&str) -> bool,
    take: &'s mut dyn FnMut(&str, Value<'_>) -> Result<(), Problem>,
}

impl<'a> Scanner<'a, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Problem> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(Problem::NotJson)
    }

    /// After a value: true for a comma, false for the end.
    fn more(&mut self, close: u8) -> Result<bool, Problem> {
        self.space();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        self.expect(b',')?;
        self.space();
        Ok(true)
    }

    /// An object, its values by name.
    fn object(&mut self, depth: usize) -> Result<(), Problem> {
        self.expect(b'{')?;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let outer = self.scratch.name.len();
        loop {
            self.string()?;
            if depth > 0 {
                self.scratch.name.push('.');
            }
            let Scratch { name, text } = &mut *self.scratch;
            name.push_str(text);
            self.space();
            self.expect(b':')?;
            self.space();
            self.value(depth + 1)?;
            self.scratch.name.truncate(outer);
            if !self.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Problem> {
        if depth > DEPTH {
            return Err(Problem::NotJson);
        }
        let start = self.at;
        match self.peek() {
            Some(b'{') if !(self.keep)(&self.scratch.name) => self.object(depth),
            Some(b'{' | b'[') => {
                self.skip(depth)?;
                let raw = self.bytes.get(start..self.at).unwrap_or_default();
                (self.take)(&self.scratch.name, Value::Raw(raw))
            }
            Some(b'"') => {
                self.string()?;
                (self.take)(&self.scratch.name, Value::Text(&self.scratch.text))
            }
            _ => {
                let value = self.plain()?;
                (self.take)(&self.scratch.name, value)
            }
        }
    }

    /// Goes over a value of any kind.
    fn skip(&mut self, depth: usize) -> Result<(), Problem> {
        if depth > DEPTH {
            return Err(Problem::NotJson);
        }
        match self.peek() {
            Some(open @ (b'{' | b'[')) => {
                let close = if open == b'{' { b'}' } else { b']' };
                self.at += 1;
                self.space();
                if self.peek() == Some(close) {
                    self.at += 1;
                    return Ok(());
                }
                loop {
                    if open == b'{' {
                        self.string()?;
                        self.space();
                        self.expect(b':')?;
                        self.space();
                    }
                    self.skip(depth + 1)?;
                    if !self.more(close)? {
                        return Ok(());
                    }
                }
            }
            Some(b'"') => self.string(),
            _ => self.plain().map(|_| ()),
        }
    }

    /// A number or a word.
    fn plain(&mut self) -> Result<Value<'a>, Problem> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        for (word, value) in
            [(&b"null"[..], Value::Null), (b"true", Value::Bool(true)), (b"false", Value::Bool(false))]
        {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        let len = number_len(rest).ok_or(Problem::NotJson)?;
        self.at += len;
        Ok(Value::Number(rest.get(..len).unwrap_or_default()))
    }

    /// A string, into the scratch text.
    fn string(&mut self) -> Result<(), Problem> {
        self.expect(b'"')?;
        self.scratch.text.clear();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let end =
                rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).ok_or(Problem::NotJson)?;
            let plain = rest.get(..end).unwrap_or_default();
            self.scratch.text.push_str(std::str::from_utf8(plain).map_err(|_| Problem::NotUtf8)?);
            self.at += end + 1;
            match rest.get(end) {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                _ => return Err(Problem::NotJson),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Problem> {
        let letter = self.peek().ok_or(Problem::NotJson)?;
        self.at += 1;
        let plain = match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code_point()?,
            _ => return Err(Problem::NotJson),
        };
        self.scratch.text.push(plain);
        Ok(())
    }

    /// Four digits, and for what is beyond them four more of a second half.
    fn code_point(&mut self) -> Result<char, Problem> {
        let first = self.four_digits()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            self.expect(b'\\')?;
            self.expect(b'u')?;
            let second = self.four_digits()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(Problem::NotJson);
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or(Problem::NotJson)
    }

    fn four_digits(&mut self) -> Result<u32, Problem> {
        let digits = self.bytes.get(self.at..self.at + 4).ok_or(Problem::NotJson)?;
        self.at += 4;
        digits.iter().try_fold(0, |code, byte| {
            let digit = char::from(*byte).to_digit(16).ok_or(Problem::NotJson)?;
            Ok(code << 4 | digit)
        })
    }
}

/// How many bytes a number takes at the beginning of this text; `None` where there is none.
fn number_len(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    let whole = digits(at);
    // No leading zeros.
    if whole == 0 || (whole > 1 && text.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    Some(at)
}

/// The items of an array that went through [`scan`], as they stand; `None` for one that holds anything but numbers and
/// nulls.
pub(super) fn numbers(raw: &[u8]) -> Option<impl Iterator<Item = Option<&[u8]>> + Clone> {
    let inner = raw.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let items = inner.split(|b| *b == b',').map(<[u8]>::trim_ascii);
    // An array of nothing has one item that is empty.
    let items = items.filter(|item| !item.is_empty());
    let is_number = |item: &[u8]| item == b"null" || number_len(item) == Some(item.len());
    let fits = items.clone().all(is_number);
    fits.then(|| items.map(|item| (item != b"null").then_some(item)))
}
