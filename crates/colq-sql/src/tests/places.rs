//! Places in text of several lines and of any letters.

use super::plan;
use crate::tokens::Tokens;
use colq_plan::PlanError;
use sqlparser::tokenizer::Token;

fn underlined(sql: &str) -> &str {
    let error: PlanError = plan(sql).unwrap_err();
    let span = error.span().unwrap();
    &sql[span.start..span.end]
}

#[test]
fn places_are_bytes_in_any_text() {
    for (before, after) in [
        ("SELECT ", " FROM trips"),
        ("SELECT 'ä€😀' = carrier, ", " FROM trips"),
        ("SELECT\n\t'ä', -- ö\n /* ü\n€ */ ", "\nFROM trips"),
        ("SELECT \"Größe\",\r\n  \"Größe\" + ", "\r\nFROM trips"),
        ("\n\n\u{a0}SELECT größe,", " FROM trips"),
        ("SELECT 'two\nlines', 'it''s €', ", " FROM trips"),
    ] {
        for wrong in
            ["fair", "round( 1, 2, 3)", "CAST(zone AS blob)", "uper( carrier )", "zone::uuid", "\"fär\""]
        {
            let sql = format!("{before}{wrong}{after}");
            let expected = match wrong {
                "CAST(zone AS blob)" => "blob",
                "zone::uuid" => "uuid",
                other => other,
            };
            assert_eq!(underlined(&sql), expected, "{sql}");
        }
    }
}

#[test]
fn every_token_knows_its_text() {
    let sql = "SELECT \"a\"\"b\", größe + 'x''y' -- c\n, 1.5e3 <> date '2013-01-01' /* d\n */ AS \"😀\"\r\n FROM 'ä.csv';";
    let tokens = Tokens::read(sql).unwrap();
    let texts: Vec<&str> = tokens.places().iter().map(|p| tokens.text(p.span)).collect();
    assert_eq!(
        texts,
        [
            "SELECT",
            "\"a\"\"b\"",
            ",",
            "größe",
            "+",
            "'x''y'",
            ",",
            "1.5e3",
            "<>",
            "date",
            "'2013-01-01'",
            "AS",
            "\"😀\"",
            "FROM",
            "'ä.csv'",
            ";"
        ]
    );
    assert!(tokens.places().iter().all(|p| !matches!(p.token, Token::Whitespace(_))));
}

#[test]
fn expressions_keep_the_place_of_all_their_parts() {
    let sql = "SELECT sum( fare ), (zone + 1) * t.id, CAST( (id) AS text ), id :: double precision, NOT late, \
               -id, id IN (1, 2), id BETWEEN 1 AND 2, t.id IS NOT NULL, date '2013-01-01', \
               timestamp with time zone '2013-01-01', id::timestamp(ms), trim( trim(t.carrier) ), \
               extract( year FROM (day) ), position('a' IN carrier), substring(carrier FROM 2), \
               CASE WHEN late THEN 1 END, carrier LIKE 'a' ESCAPE '!', interval '1' day, \
               count(*) FILTER (WHERE (late)), mode() WITHIN GROUP (ORDER BY id) FILTER (WHERE late), \
               t.carrier || 'x', t.carrier ~ 'x', +t.id, trim(LEADING FROM carrier) FROM trips t";
    let crate::Statement::Select(query) = crate::parse(sql).unwrap() else { panic!("not a query") };
    let texts: Vec<&str> = query
        .select
        .iter()
        .filter_map(|item| match item {
            colq_plan::SelectItem::Expr(expr) => expr.span.map(|s| &sql[s.start..s.end]),
            colq_plan::SelectItem::Wildcard => None,
        })
        .collect();
    assert_eq!(
        texts,
        [
            "sum( fare )",
            "(zone + 1) * t.id",
            "CAST( (id) AS text )",
            "id :: double precision",
            "NOT late",
            "-id",
            "id IN (1, 2)",
            "id BETWEEN 1 AND 2",
            "t.id IS NOT NULL",
            "date '2013-01-01'",
            "timestamp with time zone '2013-01-01'",
            "id::timestamp(ms)",
            "trim( trim(t.carrier) )",
            "extract( year FROM (day) )",
            "position('a' IN carrier)",
            "substring(carrier FROM 2)",
            "CASE WHEN late THEN 1 END",
            "carrier LIKE 'a' ESCAPE '!'",
            "interval '1' day",
            "count(*) FILTER (WHERE (late))",
            "mode() WITHIN GROUP (ORDER BY id) FILTER (WHERE late)",
            "t.carrier || 'x'",
            "t.carrier ~ 'x'",
            "+t.id",
            "trim(LEADING FROM carrier)",
        ]
    );
}
