//! Functions of texts, by hand and from PostgreSQL's manual.

use super::*;

const INVALID: NaiveErrorKind = NaiveErrorKind::InvalidArgument;

#[test]
fn lengths_count_code_points_or_bytes() {
    calls("length", &[text("été")], i(3));
    calls("length", &[text("")], i(0));
    calls("octet_length", &[text("été")], i(5));
    calls("length", &[text("e\u{301}")], i(2));
    calls("reverse", &[text("aé名")], text("名éa"));
}

#[test]
fn cases() {
    calls("lower", &[text("TOM ÉTÉ")], text("tom été"));
    calls("upper", &[text("straße")], text("STRASSE"));
    calls("initcap", &[text("hi THOMAS")], text("Hi Thomas"));
    calls("initcap", &[text("o'hare-1st 2ND")], text("O'Hare-1st 2nd"));
    calls("initcap", &[text("")], text(""));
}

#[test]
fn parts_are_counted_from_one_and_places_before_the_first_count() {
    calls("substr", &[text("alphabet"), i(3)], text("phabet"));
    calls("substr", &[text("alphabet"), i(3), i(2)], text("ph"));
    calls("substr", &[text("alphabet"), i(-1), i(4)], text("al"));
    calls("substr", &[text("alphabet"), i(0)], text("alphabet"));
    calls("substr", &[text("alphabet"), i(-5), i(2)], text(""));
    calls("substr", &[text("été"), i(2), i(1)], text("t"));
    calls("substr", &[text("abc"), i(2), i(i64::MAX)], text("bc"));
    calls("substr", &[text("abc"), i(i64::MAX), i(1)], text(""));
    refuses("substr", &[text("abc"), i(2), i(-1)], INVALID);
    calls("left", &[text("abcde"), i(2)], text("ab"));
    calls("left", &[text("abcde"), i(-2)], text("abc"));
    calls("left", &[text("été"), i(i64::MIN)], text(""));
    calls("left", &[text("été"), i(i64::MAX)], text("été"));
    calls("right", &[text("abcde"), i(2)], text("de"));
    calls("right", &[text("abcde"), i(-2)], text("cde"));
    calls("right", &[text("été"), i(0)], text(""));
    calls("right", &[text("été"), i(9)], text("été"));
}

#[test]
fn trimming_takes_characters_of_a_set() {
    calls("trim", &[text("  a b ")], text("a b"));
    calls("trim", &[text("yxTomxx"), text("xyz")], text("Tom"));
    calls("ltrim", &[text("zzzytest"), text("xyz")], text("test"));
    calls("rtrim", &[text("testxxzx"), text("xyz")], text("test"));
    calls("trim", &[text("aaa"), text("a")], text(""));
    calls("trim", &[text(" a"), text("")], text(" a"));
    calls("trim", &[text("éaé"), text("é")], text("a"));
}

#[test]
fn padding_fills_or_cuts() {
    calls("lpad", &[text("hi"), i(5), text("xy")], text("xyxhi"));
    calls("rpad", &[text("hi"), i(5), text("xy")], text("hixyx"));
    calls("lpad", &[text("hello"), i(3), text("x")], text("hel"));
    calls("rpad", &[text("été"), i(2)], text("ét"));
    calls("lpad", &[text("7"), i(3)], text("  7"));
    calls("lpad", &[text("ab"), i(5), text("")], text("ab"));
    calls("lpad", &[text("ab"), i(-1), text("x")], text(""));
    calls("repeat", &[text("Pg"), i(4)], text("PgPgPgPg"));
    calls("repeat", &[text("Pg"), i(-4)], text(""));
    calls("repeat", &[text(""), i(i64::MAX)], text(""));
}

#[test]
fn texts_are_joined() {
    calls("concat", &[text("abcde"), i(2), NULL, f(0.5), yes()], text("abcde20.5true"));
    calls("concat", &[NULL], text(""));
    let t = table(&[("a", DataType::Text, vec![text("x"), NULL])]);
    let join: Expr = ExprKind::Join(Box::new(col("a")), Box::new(lit(1))).into();
    assert_eq!(values(join, &t), [text("x1"), NULL]);
}

#[test]
fn texts_are_found_in_texts() {
    calls("starts_with", &[text("alphabet"), text("alph")], yes());
    calls("starts_with", &[text("al"), text("alph")], no());
    calls("ends_with", &[text("alphabet"), text("bet")], yes());
    calls("ends_with", &[text("bet"), text("alphabet")], no());
    calls("contains", &[text("alphabet"), text("hab")], yes());
    calls("contains", &[text("alphabet"), text("ba")], no());
    for name in ["starts_with", "ends_with", "contains"] {
        calls(name, &[text(""), text("")], yes());
        calls(name, &[text("a"), NULL], NULL);
    }
    calls("strpos", &[text("high"), text("ig")], i(2));
    calls("strpos", &[text("été"), text("té")], i(2));
    calls("strpos", &[text("high"), text("z")], i(0));
    calls("strpos", &[text("high"), text("")], i(1));
}

#[test]
fn splitting_and_replacing() {
    let s = || text("abc~@~def~@~ghi");
    calls("split_part", &[s(), text("~@~"), i(2)], text("def"));
    calls("split_part", &[s(), text("~@~"), i(-1)], text("ghi"));
    calls("split_part", &[s(), text("~@~"), i(-3)], text("abc"));
    calls("split_part", &[s(), text("~@~"), i(4)], text(""));
    calls("split_part", &[s(), text("~@~"), i(i64::MIN)], text(""));
    calls("split_part", &[s(), text(""), i(1)], s());
    calls("split_part", &[s(), text(""), i(-1)], s());
    calls("split_part", &[s(), text(""), i(2)], text(""));
    calls("split_part", &[text(""), text(","), i(1)], text(""));
    refuses("split_part", &[s(), text(","), i(0)], INVALID);
    calls("replace", &[text("abcdefabcdef"), text("cd"), text("XX")], text("abXXefabXXef"));
    calls("replace", &[text("aaa"), text("aa"), text("b")], text("ba"));
    calls("replace", &[text("été"), text("é"), text("")], text("t"));
    calls("replace", &[text("abc"), text(""), text("-")], text("abc"));
}
