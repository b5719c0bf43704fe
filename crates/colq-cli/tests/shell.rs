//! The shell as somebody at a terminal meets it: keys in, a screen out.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod place;
mod terminal;

use place::Place;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use terminal::{Terminal, has};

const SIZE: (u16, u16) = (30, 100);

#[test]
fn a_statement_over_several_lines_is_answered_as_a_table() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &["trips.colq"], SIZE, &[]);
    assert!(shell.screen().contains("trips: 3 rows, 4 columns"), "{}", shell.screen());
    shell.press("SELECT city,\r");
    shell.wait_for_line(" ... ");
    shell.press("count(*) AS n FROM trips\r");
    let screen = shell.ask("GROUP BY city ORDER BY n DESC;");
    for line in ["│ city   ┆ n │", "│ Paris  ┆ 2 │", "│ Berlin ┆ 1 │", "2 rows in "] {
        assert!(screen.contains(line), "{line} is not in:\n{screen}");
    }
    // An empty line ends a statement too.
    shell.press("SELECT sum(fare) AS s FROM trips\r");
    shell.wait_for_line(" ... ");
    assert!(shell.ask("").contains("│ 50.5 │"), "{}", shell.screen());
    shell.press("\x04");
    assert_eq!(shell.end(), 0);
}

#[test]
fn the_history_outlives_the_shell_but_for_lines_that_begin_with_a_space() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &[], SIZE, &[]);
    shell.ask("SELECT 40 +\r 2 AS answer;");
    shell.ask(" SELECT 'secret';");
    shell.press(".quit\r");
    assert_eq!(shell.end(), 0);
    let shell = Terminal::shell(&place, &[], SIZE, &[]);
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(place.path("history")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "what somebody asks is nobody else's business");
    shell.press("\x1b[A");
    shell.wait_for_line("colq> .quit");
    shell.press("\x1b[A");
    shell.wait_for("2 AS answer;");
    assert!(!shell.screen().contains("secret"), "{}", shell.screen());
    shell.press("\r");
    shell.wait_for("│     42 │");
}

#[test]
fn tab_completes_names_where_they_fit() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &[], SIZE, &[]);
    // A table of this folder after FROM, with the space that follows it.
    shell.press("SELECT * FROM tri\t");
    shell.wait_for("trips.csv");
    shell.press("\x03");
    shell.wait_for_prompt();
    // The only column that fits, though its table stands behind the cursor.
    shell
        .press("SELECT  FROM trips;\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D");
    shell.press("far\t");
    shell.wait_for_line("colq> SELECT fare FROM trips;");
    shell.press("\x03");
    shell.wait_for_prompt();
    // Functions, keywords in the case that is typed, files in quotes, commands and their arguments.
    for (typed, completed) in [
        ("select coun\t", "colq> select count("),
        ("select city from trips wher\t", "colq> select city from trips where "),
        ("SELECT city FROM trips GRO\t", "colq> SELECT city FROM trips GROUP "),
        ("SELECT * FROM 'trips.cs\t", "colq> SELECT * FROM 'trips.csv'"),
        (".sch\t", "colq> .schema "),
        (".mode mark\t", "colq> .mode markdown"),
        ("\\tim\t", "colq> \\timing "),
    ] {
        shell.press(typed);
        shell.wait_for_line(completed);
        shell.press("\x03");
        shell.wait_for_prompt();
    }
}

/// A table whose sums over many expressions take a while: so many bytes, all zero, as a NumPy file.
fn write_zeros(place: &Place, name: &str, row_count: u64) {
    let mut header = format!("{{'descr': '|i1', 'fortran_order': False, 'shape': ({row_count},), }}");
    let padding = 128 - (10 + header.len() + 1);
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    let length = bytes.len() as u64 + row_count;
    place.write(name, bytes);
    std::fs::File::options().write(true).open(place.path(name)).unwrap().set_len(length).unwrap();
}

#[test]
fn ctrl_c_stops_a_query_and_the_shell_goes_on() {
    let place = Place::new();
    write_zeros(&place, "zeros.npy", 8_000_000);
    place.good(&["import", "zeros.npy", "zeros.colq"]);
    let sums: Vec<String> = (0..2000).map(|n| format!("sum(zeros * {n} + {n})")).collect();
    place.write("long.sql", format!("SELECT {} FROM zeros;", sums.join(", ")));
    let shell = Terminal::shell(&place, &["zeros.colq"], SIZE, &[]);
    shell.press(".read long.sql\r");
    shell.wait_until_running();
    let mut pressed = Instant::now();
    // A Ctrl-C before the query began would find nothing to stop, so it is pressed again.
    for _ in 0..100 {
        pressed = Instant::now();
        shell.press("\x03");
        if shell.soon(Duration::from_millis(500), "The work was interrupted.") {
            break;
        }
    }
    println!("stopped after {:?}", pressed.elapsed());
    shell.wait_for_prompt();
    assert!(shell.ask("SELECT count(*) AS n FROM zeros;").contains("8000000"), "{}", shell.screen());
    // While a line is typed, Ctrl-C clears it.
    shell.press("SELECT what I did not mean");
    shell.wait_for_line("colq> SELECT what I did not mean");
    shell.press("\x03");
    shell.wait_for_prompt();
    shell.press("\x04");
    assert_eq!(shell.end(), 0);
}

#[test]
fn answers_fit_a_narrow_terminal() {
    let place = Place::new();
    let names: Vec<String> = (0..20).map(|n| format!("column_{n}")).collect();
    let values: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    place.write("wide.csv", format!("{}\n{}\n", names.join(","), values.join(",")));
    place.write("long.csv", format!("id,text,b\n1,{},2\n", "word ".repeat(30)));
    let shell = Terminal::shell(&place, &[], (40, 40), &[]);
    let screen = shell.ask("SELECT * FROM 'wide.csv';");
    assert!(screen.contains("│ column_0 ┆ column_1 ┆ … ┆ column_19 │"), "{screen}");
    assert!(screen.contains("… 17 more columns"), "{screen}");
    let screen = shell.ask("SELECT * FROM 'long.csv';");
    assert!(screen.contains("│  1 ┆ word word word word word w… ┆ 2 │"), "{screen}");
    for line in screen.lines().skip_while(|line| !line.starts_with("colq>")) {
        assert!(line.chars().count() <= 40, "{line}");
    }
    // Of a time no part is cut, for it would be another one.
    place.write("times.csv", "a,b,at\n1,some text that is long,2013-01-01T15:00:00Z\n");
    let screen = shell.ask("SELECT * FROM 'times.csv';");
    assert!(screen.contains("┆ 2013-01-01T15:00:00"), "{screen}");
    // Not even three columns fit twenty columns of a terminal.
    let shell = Terminal::shell(&place, &[], (40, 24), &[]);
    shell.ask("SELECT * FROM 'wide.csv';");
    let screen = shell.wait_for("row 1");
    assert!(screen.contains("column_19 │ 19"), "{screen}");
}

#[test]
fn no_color_means_none() {
    let place = Place::new();
    let plain = Terminal::shell(&place, &["trips.colq"], SIZE, &[("NO_COLOR", "1")]);
    plain.ask("SELECT city, tip FROM trips WHERE fare > 1; -- all");
    assert!(plain.screen().contains("NULL"));
    let raw = plain.raw();
    for at in raw.windows(2).enumerate().filter(|(_, pair)| *pair == b"\x1b[").map(|(at, _)| at + 2) {
        let end = raw[at..].iter().position(|byte| byte.is_ascii_alphabetic()).unwrap();
        let (parameters, kind) = (&raw[at..at + end], raw[at + end]);
        let is_reset = matches!(parameters, b"" | b"0");
        assert!(kind != b'm' || is_reset, "{:?}", String::from_utf8_lossy(parameters));
    }
    let colored = Terminal::shell(&place, &["trips.colq"], SIZE, &[]);
    colored.ask("SELECT city, tip FROM trips WHERE fare > 1; -- all");
    let raw = colored.raw();
    for (what, code) in [("keywords", "\x1b[35mSELECT"), ("columns", "\x1b[1mcity"), ("NULL", "\x1b[2mNULL")]
    {
        assert!(has(&raw, code.as_bytes()), "{what}");
    }
    // The sixteen named colours suit any background; a background of our own or a colour by number would not.
    for code in ["\x1b[48", "\x1b[38", "\x1b[40m", "\x1b[47m"] {
        assert!(!has(&raw, code.as_bytes()), "{code:?}");
    }
}

#[test]
fn null_is_not_empty_and_what_a_value_says_is_not_obeyed() {
    let place = Place::new();
    place.write("odd.csv", "id,text\n1,\n2,\"\"\n3,\x1b[31mred\x1b]0;title\x07\n4,日本語\n");
    let shell = Terminal::shell(&place, &[], SIZE, &[]);
    let screen = shell.ask("SELECT * FROM 'odd.csv';");
    for line in ["│  1 ┆ NULL ", "│  2 ┆      ", "│  3 ┆ ␛[31mred␛]0;title␇ │", "│  4 ┆ 日本語             │"]
    {
        assert!(screen.contains(line), "{line} is not in:\n{screen}");
    }
    for mode in ["csv", "json", "markdown", "jsonl"] {
        shell.ask(&format!(".last {mode}"));
    }
    assert!(shell.screen().contains("3,␛[31mred␛]0;title␇"), "{}", shell.screen());
    let raw = shell.raw();
    assert!(!has(&raw, b"\x1b]0;title") && !has(&raw, b"\x1b[31mred"));
    // The program alone does the same, on a terminal; a file gets what the value is.
    let query = Terminal::start(&place, &["query", "SELECT * FROM 'odd.csv'", "-o", "csv"], SIZE, &[]);
    let screen = query.wait_for("日本語");
    assert!(screen.contains("3,␛[31mred␛]0;title␇"), "{screen}");
    assert!(place.answer("SELECT * FROM 'odd.csv'").contains("3,\x1b[31mred\x1b]0;title\x07"));
}

#[test]
fn answers_come_in_the_mode_that_is_set_and_again_in_another() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &["trips.colq"], (40, 100), &[]);
    shell.ask("\\x");
    let screen = shell.ask("SELECT zone, tip FROM trips WHERE fare > 20;");
    assert!(
        screen.contains("─ row 1 ───") && screen.contains("zone │ 7") && screen.contains(" tip │ NULL"),
        "{screen}"
    );
    let screen = shell.ask(".last csv");
    assert!(screen.contains("zone,tip\n7,\n"), "{screen}");
    let screen = shell.ask(".last json");
    assert!(screen.contains("{\"zone\":7,\"tip\":null}"), "{screen}");
    shell.ask(".mode markdown");
    assert!(shell.ask("SELECT max(fare) AS m FROM trips;").contains("| 30.0 |"), "{}", shell.screen());
    let screen = shell.ask(".mode jsno");
    assert!(screen.contains("There is no mode jsno.") && screen.contains("did you mean `json`?"), "{screen}");
}

#[test]
fn of_a_long_answer_the_first_rows_are_shown_and_the_others_counted() {
    let place = Place::new();
    let numbers: Vec<String> = (0..5000).map(|n| n.to_string()).collect();
    place.write("numbers.csv", format!("n\n{}\n", numbers.join("\n")));
    let shell = Terminal::shell(&place, &[], SIZE, &[]);
    shell.ask(".rows 5");
    let screen = shell.ask("SELECT n FROM 'numbers.csv';");
    assert!(screen.contains("the first 5 of 5,000 rows in "), "{screen}");
    assert!(screen.contains("│ 4 │") && !screen.contains("│ 5 │"), "{screen}");
    shell.ask(".rows all");
    let screen = shell.ask("SELECT n FROM 'numbers.csv';");
    assert!(screen.contains("│ 4999 │") && screen.contains("5,000 rows in "), "{screen}");
}

#[test]
fn a_file_is_read_up_to_its_first_mistake() {
    let place = Place::new();
    place.write("report.sql", "-- two\nSELECT 1 AS a; SELECT 2\nAS b;\n.mode csv\nSELECT 3 AS c;\nSELECT fair FROM trips;\nSELECT 4;");
    let shell = Terminal::shell(&place, &["trips.colq"], (40, 100), &[]);
    let screen = shell.ask("\\i report.sql");
    for part in ["│ 1 │", "│ 2 │", "c\n3\n", "did you mean `fare`?"] {
        assert!(screen.contains(part), "{part} is not in:\n{screen}");
    }
    assert!(!screen.contains("\n4\n"), "{screen}");
    let screen = shell.ask(".read nowhere.sql");
    assert!(screen.contains("nowhere.sql could not be read"), "{screen}");
    place.write("round.sql", ".read round.sql\n");
    assert!(shell.ask(".read round.sql").contains("round.sql is read by itself"), "{}", shell.screen());
}

#[test]
fn an_answer_longer_than_the_screen_goes_through_the_pager() {
    let place = Place::new();
    let numbers: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    place.write("numbers.csv", format!("n\n{}\n", numbers.join("\n")));
    let pager = "sed 's/^/PAGED /' | tail -n 4";
    let shell = Terminal::shell(&place, &[], SIZE, &[("PAGER", pager)]);
    let screen = shell.ask("SELECT n FROM 'numbers.csv';");
    assert!(screen.contains("PAGED │ 99 │") && screen.contains("PAGED 100 rows in "), "{screen}");
    let screen = shell.ask("SELECT n FROM 'numbers.csv' LIMIT 3;");
    assert!(screen.contains("\n│ 2 │"), "{screen}");
    // A pager that is left early, with most of the rows still to come, is no mistake.
    write_zeros(&place, "zeros.npy", 150_000);
    let shell = Terminal::shell(&place, &["zeros.npy"], SIZE, &[("PAGER", "head -n 2; echo left")]);
    for rows in ["40000", "all"] {
        shell.ask(&format!(".rows {rows}"));
        let screen = shell.ask("SELECT zeros FROM zeros;");
        assert!(screen.contains("│ zeros │\nleft") && !screen.contains("error"), "{screen}");
    }
    // What was kept is there all the same.
    shell.ask(".rows 3");
    assert!(shell.ask(".last").contains("│     0 │"), "{}", shell.screen());
}

#[test]
fn tables_and_columns_are_listed() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &["trips.colq"], (40, 100), &[]);
    let screen = shell.ask("\\d");
    for line in
        ["│ trips       ┆    3 ┆       4 ┆ trips.colq │", "│ 'trips.csv' ┆ NULL ┆    NULL ┆ trips.csv  │"]
    {
        assert!(screen.contains(line), "{line} is not in:\n{screen}");
    }
    let screen = shell.ask("\\d trips");
    assert!(screen.contains("│ fare   ┆ f64  ┆     0 ┆"), "{screen}");
    let screen = shell.ask(".profile trips");
    assert!(screen.contains("often Paris (2)  Berlin (1)"), "{screen}");
    let screen = shell.ask(".schema trip");
    assert!(screen.contains("Did you mean trips?"), "{screen}");
    let screen = shell.ask(".tabels");
    assert!(
        screen.contains("There is no command .tabels.") && screen.contains("did you mean `.tables`?"),
        "{screen}"
    );
    assert!(shell.ask("\\?").contains(".explain  [analyze] SQL"), "{}", shell.screen());
    assert!(shell.ask(".help .mode").contains("vertical, csv"), "{}", shell.screen());
}

#[test]
fn mistakes_are_underlined_and_the_next_line_works() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &["trips.colq"], (40, 100), &[]);
    let screen = shell.ask("SELECT fair FROM trips;");
    assert!(screen.contains("| SELECT fair FROM trips") && screen.contains("^^^^"), "{screen}");
    assert!(shell.ask("SELECT 41 + 1 AS a;").contains("│ 42 │"), "{}", shell.screen());
    let screen = shell.ask(".explain SELECT max(fare) FROM trips");
    assert!(screen.to_lowercase().contains("aggregate") && !screen.contains("│ plan"), "{screen}");
    shell.ask(".timer on");
    assert!(shell.ask("SELECT 1;").contains("zones read: "), "{}", shell.screen());
}

#[test]
fn the_next_answer_goes_to_a_file_and_no_further() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &["trips.colq"], SIZE, &[]);
    shell.ask("\\o out.csv");
    assert!(shell.ask("SELECT zone FROM trips;").contains("3 rows written to out.csv"), "{}", shell.screen());
    assert_eq!(std::fs::read_to_string(place.path("out.csv")).unwrap(), "zone\n1\n7\n1\n");
    assert!(shell.ask("SELECT 41 + 1 AS a;").contains("│ 42 │"), "{}", shell.screen());
}

/// Pasted lines are not run one by one while the rest is still coming.
#[test]
fn several_statements_can_be_pasted() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &["trips.colq"], (40, 100), &[]);
    let screen = shell.ask(
        "\x1b[200~SELECT min(fare) AS a\nFROM trips;\n.mode csv\nSELECT max(fare) AS b FROM trips\x1b[201~;",
    );
    assert!(screen.contains("│ 8.0 │") && screen.contains("b\n30.0\n"), "{screen}");
}

/// A command wins over a table of its name, and the table is reached by its whole name.
#[test]
fn a_table_may_be_called_like_a_command() {
    let place = Place::new();
    place.good(&["import", "trips.csv", "count.colq"]);
    assert_eq!(place.good(&["count", "trips.colq"]), "3\n");
    let shell = Terminal::shell(&place, &["count.colq", "trips"], SIZE, &[]);
    assert!(shell.screen().contains("count: 3 rows") && shell.screen().contains("trips: 3 rows"));
}

#[test]
fn a_terminal_that_cannot_draw_gets_plain_lines() {
    let place = Place::new();
    let shell = Terminal::start(&place, &["trips.colq"], SIZE, &[("TERM", "dumb")]);
    shell.wait_for("colq> ");
    shell.press("SELECT max(fare)\nAS m FROM trips;\n");
    let screen = shell.wait_for("row in ");
    assert!(screen.contains(" ... ") && screen.contains("│ 30.0 │"), "{screen}");
    shell.press(".quit\n");
    assert_eq!(shell.end(), 0);
}

/// Somebody adds rows while the shell is open.
#[test]
fn an_open_table_shows_its_newest_version() {
    let place = Place::new();
    let shell = Terminal::shell(&place, &["trips.colq"], SIZE, &[]);
    assert!(shell.ask("SELECT count(*) AS n FROM trips;").contains("│ 3 │"));
    place.good(&["import", "--append", "trips.csv", "trips.colq"]);
    assert!(shell.ask("SELECT count(*) AS n FROM trips;").contains("│ 6 │"), "{}", shell.screen());
}

#[test]
fn tables_on_the_command_line_serve_a_pipe_too() {
    let place = Place::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_colq"))
        .args(["trips.csv"])
        .current_dir(place.folder.path())
        .env("COLQ_CACHE", place.path("cache"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let sql = "SELECT count(*) AS n FROM trips;\n.mode json\nSELECT max(zone) AS z FROM trips\n";
    child.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "n\n3\n[\n{\"z\":7}\n]\n");
    // A word that is neither a table nor a command is a misspelled command.
    let (error, code) = place.bad(&["querry", "SELECT 1"]);
    assert!(code == 2 && error.contains("did you mean `colq query`?"), "{error}");
    let (error, code) = place.bad(&["trip.colq"]);
    assert!(code == 1 && error.contains("Did you mean trips?"), "{error}");
}
