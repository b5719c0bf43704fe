//! LIKE and regular expressions, by hand and from PostgreSQL's manual.

use super::*;
use colq_plan::Function;

fn matched(
    s: &str,
    function: Function,
    pattern: &str,
    escape: Option<&str>,
) -> Result<Scalar, NaiveErrorKind> {
    let t = table(&[("s", DataType::Text, vec![text(s)]), ("p", DataType::Text, vec![text(pattern)])]);
    let (expr, pattern) = (Box::new(col("s")), Box::new(col("p")));
    let escape = escape.map(str::to_owned);
    let expr: Expr = ExprKind::Pattern { function, expr, pattern, escape, negated: false }.into();
    ask(&select([expr]), &t).map(|mut answer| answer.rows.remove(0).remove(0)).map_err(|e| e.kind)
}

#[test]
fn like_matches_the_whole_text() {
    let like = |s, pattern| matched(s, Function::Like, pattern, None);
    for (s, pattern) in [
        ("abc", "abc"),
        ("abc", "a%"),
        ("abc", "_b_"),
        ("", ""),
        ("", "%"),
        ("aXbXc", "%X%c"),
        ("名前", "_前"),
        ("a\nb", "a_b"),
        ("aab", "%ab"),
        ("50%", r"50\%"),
        ("a_b", r"a\_b"),
        ("a\\", r"a\\"),
    ] {
        assert_eq!(like(s, pattern), Ok(yes()), "{s} LIKE {pattern}");
    }
    for (s, pattern) in [("abc", "c"), ("abc", "A%"), ("", "_"), ("abc", "_b"), ("505", r"50\%"), ("é", "__")]
    {
        assert_eq!(like(s, pattern), Ok(no()), "{s} LIKE {pattern}");
    }
    assert_eq!(like("a", r"b\"), Err(NaiveErrorKind::InvalidArgument));
}

#[test]
fn the_escape_may_be_another_or_none() {
    let like = |s, pattern, escape| matched(s, Function::Like, pattern, Some(escape));
    assert_eq!(like("a%", "a!%", "!"), Ok(yes()));
    assert_eq!(like("ab", "a!%", "!"), Ok(no()));
    assert_eq!(like("a!", "a!!", "!"), Ok(yes()));
    assert_eq!(like(r"a\b", r"a\_", "!"), Ok(yes()));
    assert_eq!(like(r"a\b", r"a\_", ""), Ok(yes()));
    assert_eq!(like(r"a\", r"a\", ""), Ok(yes()));
    assert_eq!(like("a", "a!", "!"), Err(NaiveErrorKind::InvalidArgument));
}

#[test]
fn ilike_and_tilde_star_leave_case_out() {
    let ilike = |s, pattern| matched(s, Function::Ilike, pattern, None);
    assert_eq!(ilike("ÉTÉ", "été"), Ok(yes()));
    assert_eq!(ilike("ABC\nd", "a%D"), Ok(yes()));
    assert_eq!(ilike("a.c", "A.C"), Ok(yes()));
    assert_eq!(ilike("abc", "A.C"), Ok(no()));
    assert_eq!(ilike("xabc", "abc"), Ok(no()));
    assert_eq!(ilike("A%", r"a\%"), Ok(yes()));
    assert_eq!(matched("ABC", Function::MatchesIgnoringCase, "^b|c$", None), Ok(yes()));
    assert_eq!(matched("ABC", Function::Matches, "^b|c$", None), Ok(no()));
}

#[test]
fn regular_expressions_match_somewhere() {
    let matches = |s, pattern| matched(s, Function::Matches, pattern, None);
    assert_eq!(matches("thomas", "t.*ma"), Ok(yes()));
    assert_eq!(matches("thomas", "^homas"), Ok(no()));
    assert_eq!(matches("", ""), Ok(yes()));
    assert_eq!(matches("a", "("), Err(NaiveErrorKind::InvalidArgument));
    calls("regexp_like", &[text("Hello World"), text("world$")], no());
}

#[test]
fn matches_are_replaced() {
    let name = "regexp_replace";
    calls(name, &[text("foobarbaz"), text("b.."), text("X")], text("fooXbaz"));
    calls(name, &[text("foobarbaz"), text("b.."), text("X"), text("g")], text("fooXX"));
    calls(name, &[text("foobarbaz"), text("b(..)"), text(r"X\1Y"), text("g")], text("fooXarYXazY"));
    calls(name, &[text("foobarbaz"), text("B(..)"), text("<$1$0>"), text("i")], text("foo<arbar>baz"));
    calls(name, &[text("ab"), text("b"), text(r"[\&]")], text("a[b]"));
    calls(name, &[text("ab"), text("(b)|(c)"), text(r"\2")], text("a"));
    refuses(name, &[text("ab"), text("b"), text("c"), text("q")], NaiveErrorKind::InvalidArgument);
}
