//! Text as it may stand in a page: in an element or in a quoted attribute, never obeyed.

use crate::output::printable;

/// The text with everything that HTML would obey written out, and nothing that reorders what stands around it.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_browser_obeys() {
        let text = escaped("</script><img onerror='x(\"&\")'>\u{0}\u{202e}");
        assert_eq!(text, "&lt;/script&gt;&lt;img onerror=&#39;x(&quot;&amp;&quot;)&#39;&gt;␀�");
    }
}
