//! Texts as they may stand on a terminal: how wide they are, cut to a width, and without anything that the terminal
//! would obey.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Stands where something was left out.
pub(crate) const CUT: char = '…';

/// Terminal columns that a printable text takes: 2 for wide characters, 0 for combining ones.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text without characters that move the cursor, change colours or reorder what follows: each becomes a picture
/// of itself (`␛`, `␊`), or `�` where there is none. What is left can be measured.
pub(crate) fn printable(text: &str) -> String {
    if !text.chars().any(is_obeyed) {
        return text.to_owned();
    }
    text.chars().map(|c| if is_obeyed(c) { picture(c) } else { c }).collect()
}

/// True for characters that terminals act on instead of showing them.
fn is_obeyed(c: char) -> bool {
    // Marks of direction and lines, and the invisible ones around them: a text could show as another than it is.
    let unseen =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c.is_control() || unseen
}

fn picture(c: char) -> char {
    match u32::from(c) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f => '␡',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// The printable text in at most so many columns, with `…` for what was cut off. No columns hold no text.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        // Measured as a whole, because what a character takes may depend on the one before it.
        if width(&kept) > room {
            kept.pop();
            break;
        }
    }
    kept.push(CUT);
    kept
}

/// The least columns that a text of this many characters can be cut at without measuring all of it.
pub(crate) fn shortened(text: &str, columns: usize) -> &str {
    // A character that takes no column is rare, so twice as many and some are looked at before the measuring.
    let limit = columns.saturating_mul(2).saturating_add(16);
    match text.char_indices().nth(limit) {
        Some((at, c)) if c.width() != Some(0) => &text[..at],
        _ => text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(printable("a\u{1b}[31mred\n\tb\u{7f}"), "a␛[31mred␊␉b␡");
        assert_eq!(printable("\u{9b}31m\u{202e}abc"), "�31m�abc");
        for code in (0..0x20).chain(0x7f..0xa0) {
            let text = char::from_u32(code).unwrap().to_string();
            assert!(!printable(&text).chars().any(char::is_control), "{code:x}");
            assert_eq!(width(&printable(&text)), 1, "{code:x}");
        }
    }

    #[test]
    fn a_text_is_cut_to_columns_not_to_characters() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        // A wide character does not fit one column beside the mark.
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("日本語", 1), "…");
        assert_eq!(cut("日本語", 0), "");
        assert_eq!(cut("e\u{301}tude", 3), "e\u{301}t…");
        assert_eq!(shortened("日本語", 1), "日本語");
        assert_eq!(shortened(&"x".repeat(100), 2).len(), 20);
    }
}
