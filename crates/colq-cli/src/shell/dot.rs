//! The shell's own commands: what they are called, what they take, and what is said about them.

use crate::failure::Failure;

/// What the shell can be told beside SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Tables,
    Schema,
    Mode,
    Rows,
    Timer,
    Explain,
    Profile,
    Last,
    Read,
    Output,
    Help,
    Quit,
}

/// What an argument is, for completing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    Nothing,
    Table,
    Mode,
    Switch,
    RowCount,
    Sql,
    File,
    Command,
}

/// A command as people know it.
pub(super) struct Known {
    pub(super) verb: Verb,
    pub(super) name: &'static str,
    /// What psql calls it.
    pub(super) alias: &'static [&'static str],
    pub(super) argument: Argument,
    /// How the argument is written.
    pub(super) takes: &'static str,
    pub(super) about: &'static str,
    /// More, for `.help COMMAND`.
    pub(super) more: &'static str,
}

const fn known(
    verb: Verb,
    name: &'static str,
    alias: &'static [&'static str],
    argument: (Argument, &'static str),
    about: &'static str,
    more: &'static str,
) -> Known {
    Known { verb, name, alias, argument: argument.0, takes: argument.1, about, more }
}

/// All commands, in the order of the help.
pub(super) const ALL: [Known; 12] = [
    known(
        Verb::Tables,
        ".tables",
        &["\\dt", "\\d"],
        (Argument::Nothing, ""),
        "the tables that can be asked",
        "Open tables come with their rows and columns, then the tables and data files of this folder.",
    ),
    known(
        Verb::Schema,
        ".schema",
        &["\\d", "describe"],
        (Argument::Table, "[TABLE]"),
        "the columns of a table, or of all open ones",
        "Every column with its type, its NULLs and its bytes on disk.",
    ),
    known(
        Verb::Mode,
        ".mode",
        &["\\x"],
        (Argument::Mode, "[MODE]"),
        "how answers look",
        "Modes are table, vertical, csv, tsv, json, jsonl and markdown. Alone it says which one is on; \\x goes to \
         vertical and back.",
    ),
    known(
        Verb::Rows,
        ".rows",
        &[],
        (Argument::RowCount, "[N|all]"),
        "how many rows of an answer are shown",
        "Of a longer answer the first N rows are shown and the others counted.",
    ),
    known(
        Verb::Timer,
        ".timer",
        &["\\timing"],
        (Argument::Switch, "[on|off]"),
        "say where the time went",
        "Below every answer: the time to open tables, to plan and to run, and what was read. Alone it switches.",
    ),
    known(
        Verb::Explain,
        ".explain",
        &[],
        (Argument::Sql, "[analyze] SQL"),
        "the steps that a SELECT would take",
        "Nothing is run, but with `analyze`: then each step says what it took.",
    ),
    known(
        Verb::Profile,
        ".profile",
        &[],
        (Argument::Table, "TABLE"),
        "what is in the columns of a table",
        "",
    ),
    known(
        Verb::Last,
        ".last",
        &[],
        (Argument::Mode, "[MODE|all]"),
        "the last answer again, without running it again",
        "With a mode it is shown in that mode; `all` shows all rows that were kept, with all columns.",
    ),
    known(
        Verb::Read,
        ".read",
        &["\\i"],
        (Argument::File, "FILE"),
        "run the statements of a file",
        "It stops at the first one that fails.",
    ),
    known(
        Verb::Output,
        ".output",
        &["\\o"],
        (Argument::File, "[FILE]"),
        "write the next answer to a file",
        "All of it, in the format of the extension: csv, tsv, jsonl, parquet, arrow, npy, or colq for a new table. \
         Alone it takes that back.",
    ),
    known(
        Verb::Help,
        ".help",
        &["\\?", "\\h"],
        (Argument::Command, "[COMMAND]"),
        "this list, or more about a command",
        "",
    ),
    known(Verb::Quit, ".quit", &["\\q"], (Argument::Nothing, ""), "leave; so does Ctrl-D", ""),
];

/// True for a line that is meant for the shell and not for the engine.
pub(super) fn is_command(line: &str) -> bool {
    let line = line.trim_start();
    let dot = line.strip_prefix('.').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    dot || line.starts_with('\\') || plain_word(line).is_some() || is_describe(line)
}

/// `DESCRIBE trips`, as other engines have it.
fn is_describe(line: &str) -> bool {
    line.split_once(char::is_whitespace)
        .is_some_and(|(first, _)| ["desc", "describe"].iter().any(|word| first.eq_ignore_ascii_case(word)))
}

/// What people type when they do not know how to get out, or in.
fn plain_word(line: &str) -> Option<&'static str> {
    match line.trim().trim_end_matches(';').trim_end().to_ascii_lowercase().as_str() {
        "quit" | "exit" => Some(".quit"),
        "help" | "?" => Some(".help"),
        "show tables" => Some(".tables"),
        _ => None,
    }
}

/// The command of a line, and what stands after its name.
pub(super) fn parse(line: &str) -> Result<(Verb, &str), Failure> {
    let line = line.trim();
    let line = plain_word(line).unwrap_or(line);
    let (name, rest) = line.split_at(line.find(char::is_whitespace).unwrap_or(line.len()));
    let name = name.trim_end_matches(';');
    let rest = rest.trim();
    // `\d` shows all tables, and `\d TABLE` one.
    if name == "\\d" {
        return Ok((if rest.trim_end_matches(';').is_empty() { Verb::Tables } else { Verb::Schema }, rest));
    }
    match find(name) {
        Some(known) => Ok((known.verb, rest)),
        None => Err(unknown(name)),
    }
}

/// A command by its name or alias.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    let lower = name.to_ascii_lowercase();
    let name = match lower.as_str() {
        ".exit" => ".quit",
        "desc" => "describe",
        other => other,
    };
    ALL.iter().find(|known| known.name == name || known.alias.contains(&name))
}

pub(super) fn unknown(name: &str) -> Failure {
    let names: Vec<String> = ALL.iter().map(|known| known.name.to_owned()).collect();
    let near = colq::suggest(&name.replacen('\\', ".", 1), &names);
    let hint = near
        .map_or_else(|| "`.help` lists all commands".to_owned(), |best| format!("did you mean `{best}`?"));
    Failure::Usage { message: format!("There is no command {}.", crate::output::printable(name)), hint }
}

/// The list of commands.
pub(super) fn help() -> String {
    let mut text = String::from("A statement ends with a semicolon, or with an empty line.\n\n");
    for known in &ALL {
        let alias = known.alias.join(" ");
        text.push_str(&format!("{:<9} {:<13} {:<13} {}\n", known.name, known.takes, alias, known.about));
    }
    text.push_str(
        "\nTab completes, Ctrl-C clears the line or stops a query, Ctrl-R searches the history, Ctrl-D leaves.\n",
    );
    text
}

/// What there is to say about one command.
pub(super) fn help_of(known: &Known) -> String {
    let mut text = format!("{} {}\n{}.", known.name, known.takes, known.about);
    for more in [known.more].iter().filter(|more| !more.is_empty()) {
        text.push_str(&format!(" {more}"));
    }
    if !known.alias.is_empty() {
        text.push_str(&format!("\nAlso: {}", known.alias.join(", ")));
    }
    text.push('\n');
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn names_aliases_and_plain_words_are_commands() {
        for (line, verb, rest) in [
            (".tables", Verb::Tables, ""),
            ("\\d", Verb::Tables, ""),
            ("\\d trips", Verb::Schema, "trips"),
            ("\\dt", Verb::Tables, ""),
            (".MODE  csv ", Verb::Mode, "csv"),
            ("\\i 'a b.sql'", Verb::Read, "'a b.sql'"),
            (" exit;", Verb::Quit, ""),
            ("Help", Verb::Help, ""),
            ("SHOW TABLES;", Verb::Tables, ""),
            ("DESCRIBE trips;", Verb::Schema, "trips;"),
            ("desc trips", Verb::Schema, "trips"),
            ("?", Verb::Help, ""),
            (".explain analyze SELECT 1", Verb::Explain, "analyze SELECT 1"),
            (".explain SELECT 1;", Verb::Explain, "SELECT 1;"),
        ] {
            assert!(is_command(line), "{line}");
            assert_eq!(parse(line).unwrap(), (verb, rest), "{line}");
        }
        for line in ["SELECT 1", ".5 + 1", "", "help me", "describe"] {
            assert!(!is_command(line), "{line}");
        }
    }

    #[test]
    fn the_page_about_the_shell_has_every_command() {
        let page = include_str!("../../../../docs/SHELL.md");
        for known in &ALL {
            let name =
                format!("| `{}", format!("{} {}", known.name, known.takes.replace('|', "\\|")).trim_end());
            assert!(page.contains(&format!("{name}`")), "{name}");
            for alias in known.alias {
                assert!(page.contains(&format!("`{alias}")), "{alias}");
            }
        }
        for mode in super::super::complete::MODES {
            assert!(page.contains(mode), "{mode}");
        }
    }

    #[test]
    fn an_unknown_command_suggests() {
        let Err(Failure::Usage { message, hint }) = parse(".tabels") else { unreachable!("it is unknown") };
        assert_eq!(
            (message.as_str(), hint.as_str()),
            ("There is no command .tabels.", "did you mean `.tables`?")
        );
        let Err(Failure::Usage { hint, .. }) = parse("\\zzzzzz") else { unreachable!("it is unknown") };
        assert_eq!(hint, "`.help` lists all commands");
    }
}
