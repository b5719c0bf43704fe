//! Text that is long or deep: an answer or an error, never a crash, on the small stack of a test's thread.

use super::plan;
use colq_plan::PlanErrorKind;

#[test]
fn ten_thousand_conditions_are_one_filter() {
    for word in [" AND ", " OR "] {
        let terms: Vec<String> = (0..10_000).map(|i| format!("id <> {i}")).collect();
        let plan = plan(&format!("SELECT zone FROM trips WHERE {}", terms.join(word))).unwrap();
        let text = plan.to_string();
        assert!(text.contains(&format!("(id <> 0){word}(id <> 1){word}(id <> 2)")), "{}", &text[..200]);
        assert!(text.contains("(id <> 9999)"));
    }
}

#[test]
fn a_long_list_is_no_deep_tree() {
    let values: Vec<String> = (0..200_000).map(|i| i.to_string()).collect();
    let list = values.join(", ");
    assert!(plan(&format!("SELECT zone FROM trips WHERE id IN ({list})")).is_ok());
    let columns = vec!["zone"; 5_000].join(", ");
    assert!(plan(&format!("SELECT zone FROM trips WHERE id IN ({columns})")).is_ok());
    assert!(plan(&format!("SELECT {columns} FROM trips")).is_ok());
}

#[test]
fn a_chain_of_additions_has_a_limit() {
    let chain = |count: usize| format!("SELECT {} FROM trips", vec!["id"; count].join(" + "));
    assert!(plan(&chain(140)).is_ok());
    for count in [200, 10_000, 40_000] {
        let error = plan(&chain(count)).unwrap_err();
        assert!(matches!(error.kind(), PlanErrorKind::TooDeep { .. }), "{error}");
        assert!(error.span().is_some());
    }
}

#[test]
fn deep_nesting_of_every_kind_is_refused() {
    let deep = [
        format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("SELECT {}1", "- ".repeat(20_000)),
        format!("SELECT {}late FROM trips", "NOT ".repeat(20_000)),
        format!("SELECT id{} FROM trips", "::bigint".repeat(20_000)),
        format!("SELECT id{} FROM trips", " IS NULL".repeat(20_000)),
        format!("SELECT {}id{} FROM trips", "sum(".repeat(20_000), ")".repeat(20_000)),
        format!("SELECT * FROM {}trips{}", "(SELECT * FROM ".repeat(5_000), ")".repeat(5_000)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(20_000)),
        format!("SELECT * FROM trips{}", " JOIN trips".repeat(20_000)),
        format!("SELECT id{} FROM trips", "[1]".repeat(20_000)),
        format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(5_000), " END".repeat(5_000)),
        format!("SELECT 1 WHERE {}", vec!["1"; 20_000].join(" = ")),
        format!("SELECT 1 {}", "+ 1".repeat(300_000)),
        format!("SELECT * FROM {}trips{}", "(".repeat(60), ")".repeat(60)),
        format!("SELECT * FROM {}", "(".repeat(90)),
        format!("SELECT {}", "(SELECT ".repeat(90)),
        format!("SELECT {}", "CAST(".repeat(90)),
        format!("SELECT {}", "count(DISTINCT ".repeat(90)),
        format!("EXPLAIN {}SELECT 1", "EXPLAIN ".repeat(5_000)),
        format!("SELECT {}", "NOT (".repeat(90)),
        format!("SELECT {}", "position(".repeat(90)),
        format!("SELECT {}", "ARRAY[".repeat(90)),
        format!("SELECT * FROM {}1", "((SELECT * FROM ".repeat(40)),
        "(".repeat(50_000),
        "SELECT ".repeat(20_000),
        "/*".repeat(20_000),
    ];
    for sql in deep {
        let error = plan(&sql).unwrap_err();
        assert!(error.to_string().len() < 300, "{error}");
        let span = error.span().unwrap();
        assert!(sql.get(span.start..span.end).is_some());
    }
}

#[test]
fn nesting_that_people_write_is_fine() {
    let nested = format!("SELECT {}id{} FROM trips", "(1 + ".repeat(40), ")".repeat(40));
    assert!(plan(&nested).is_ok(), "{}", plan(&nested).unwrap_err());
    let nested = format!("SELECT id FROM {}trips{}", "(SELECT * FROM ".repeat(20), ")".repeat(20));
    assert!(plan(&nested).is_ok(), "{}", plan(&nested).unwrap_err());
}

#[test]
fn no_order_of_words_panics() {
    const WORDS: [&str; 64] = [
        "SELECT",
        "FROM",
        "WHERE",
        "GROUP BY",
        "HAVING",
        "ORDER BY",
        "LIMIT",
        "OFFSET",
        "DISTINCT",
        "AS",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "IS",
        "NULL",
        "TRUE",
        "CAST",
        "::",
        "bigint",
        "date",
        "timestamp",
        "(",
        ")",
        "(",
        ")",
        ",",
        ".",
        "*",
        "+",
        "-",
        "/",
        "%",
        "=",
        "<",
        ">=",
        "<>",
        "trips",
        "id",
        "fare",
        "zone",
        "late",
        "t",
        "count",
        "sum",
        "min",
        "1",
        "2.5",
        "1e400",
        "'x'",
        "'2013-01-01'",
        "\"id\"",
        "ä€",
        "\n",
        "CASE",
        "JOIN",
        "UNION ALL",
        "OVER",
        "FILTER",
        "interval",
        "[",
        "]",
        ";",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut good_count = 0;
    for _ in 0..20_000 {
        let word_count = 1 + random(25);
        let words: Vec<&str> = (0..word_count).map(|_| WORDS[random(WORDS.len())]).collect();
        let head = ["", "SELECT ", "SELECT id FROM trips WHERE ", "SELECT count(*) FROM trips GROUP BY "];
        let sql = format!("{}{}", head[random(head.len())], words.join(" "));
        match plan(&sql) {
            Ok(_) => good_count += 1,
            Err(error) => {
                let span = error.span();
                assert!(span.is_none_or(|s| sql.get(s.start..s.end).is_some()), "{sql}: {error}");
            }
        }
    }
    assert!(good_count > 50, "only {good_count} of the texts were queries");
}
