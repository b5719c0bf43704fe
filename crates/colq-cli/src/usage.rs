//! What was typed, and what is wrong with it where it makes no sense, in the same words and formats as every error.

use crate::args::{Args, Color, ErrorFormat};
use crate::failure::Failure;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, CommandFactory, FromArgMatches};
use std::ffi::OsString;

/// What was typed could not be read.
pub(crate) enum Unread {
    /// Help or the version was asked for: this text, for stdout.
    Asked(clap::Error),
    /// It makes no sense.
    Wrong(Failure),
}

/// Reads what was typed.
pub(crate) fn read(words: &[OsString]) -> Result<Args, Unread> {
    let color = match color(words) {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    let mut command = Args::command().color(color);
    let matches = command.try_get_matches_from_mut(words);
    matches.and_then(|matches| Args::from_arg_matches(&matches)).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Unread::Asked(error),
        _ => Unread::Wrong(failure(&error, words)),
    })
}

/// How errors are to be written, of words that may make no sense.
pub(crate) fn error_format(words: &[OsString]) -> ErrorFormat {
    match option(words, "--error-format").as_deref() {
        Some("json") => ErrorFormat::Json,
        _ => ErrorFormat::Text,
    }
}

/// When to write colours, of words that may make no sense.
pub(crate) fn color(words: &[OsString]) -> Color {
    match option(words, "--color").as_deref() {
        Some("always") => Color::Always,
        Some("never") => Color::Never,
        _ => Color::Auto,
    }
}

fn option(words: &[OsString], name: &str) -> Option<String> {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let next = words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned();
    next.or_else(|| {
        words.iter().find_map(|word| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
    })
}

fn failure(error: &clap::Error, words: &[OsString]) -> Failure {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let one = |kind: ContextKind| text(kind).into_iter().next().unwrap_or_default();
    let command = command_of(words);
    let did_you_mean = |kind: ContextKind| text(kind).first().map(|best| format!("did you mean `{best}`?"));
    let help = || format!("`{command} --help` lists what can be written");
    let (message, hint) = match error.kind() {
        ErrorKind::InvalidSubcommand => unknown_command(&one(ContextKind::InvalidSubcommand), &command),
        ErrorKind::UnknownArgument => {
            let argument = one(ContextKind::InvalidArg);
            let what = if argument.starts_with('-') { "option" } else { "argument" };
            let meant = did_you_mean(ContextKind::SuggestedArg).or_else(|| spread_sql(words));
            (format!("`{command}` has no {what} {argument} here."), meant.unwrap_or_else(help))
        }
        ErrorKind::InvalidValue => {
            let (argument, value) = (one(ContextKind::InvalidArg), one(ContextKind::InvalidValue));
            let known = text(ContextKind::ValidValue);
            let message = match value.is_empty() {
                true => format!("{argument} needs a value."),
                false => format!("{argument} cannot be {value}."),
            };
            let message = match known.is_empty() {
                true => message,
                false => format!("{message} Values are {}.", known.join(", ")),
            };
            (message, did_you_mean(ContextKind::SuggestedValue).unwrap_or_else(help))
        }
        ErrorKind::ValueValidation => {
            let (argument, value) = (one(ContextKind::InvalidArg), one(ContextKind::InvalidValue));
            let reason =
                std::error::Error::source(error).map(|source| match source.is::<std::num::ParseIntError>() {
                    true => "write a whole number".to_owned(),
                    false => source.to_string(),
                });
            (format!("{argument} cannot be {value}."), reason.unwrap_or_else(help))
        }
        ErrorKind::MissingRequiredArgument => {
            let missing: Vec<String> =
                text(ContextKind::InvalidArg).iter().map(|name| name_of(name)).collect();
            (format!("`{command}` needs {}.", missing.join(" ")), help())
        }
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            (format!("`{command}` needs {}.", name_of(&one(ContextKind::InvalidArg))), help())
        }
        ErrorKind::MissingSubcommand => (
            format!(
                "`{command}` needs to know what to do: {}.",
                text(ContextKind::ValidSubcommand).join(", ")
            ),
            help(),
        ),
        ErrorKind::ArgumentConflict => {
            let (argument, other) = (one(ContextKind::InvalidArg), one(ContextKind::PriorArg));
            let message = match argument == other || other.is_empty() {
                true => format!("{argument} is written twice."),
                false => format!("{argument} and {other} cannot be written together."),
            };
            (message, "leave one of them out".to_owned())
        }
        _ => {
            let rendered = error.to_string();
            let first = rendered.lines().next().unwrap_or_default();
            (first.strip_prefix("error: ").unwrap_or(first).to_owned(), help())
        }
    };
    Failure::Usage { message, hint }
}

/// `SRC... DEST.colq` for `<SRC... DEST.colq> <SRC... DEST.colq>...`, which is how several values are written.
fn name_of(argument: &str) -> String {
    let first = argument.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    match first {
        Some((name, rest)) if rest.trim_start().starts_with('<') && rest.contains(name) => name.to_owned(),
        _ => argument.replace(['<', '>'], ""),
    }
}

/// A word where a command should stand: misspelt, or what should have followed a command.
fn unknown_command(word: &str, command: &str) -> (String, String) {
    let first = word.split_whitespace().next().unwrap_or_default().to_uppercase();
    let cut = |text: &str| text.chars().take(60).collect::<String>();
    if matches!(first.as_str(), "SELECT" | "WITH" | "EXPLAIN" | "FROM") {
        return (
            format!("`{}` is a query and not a command.", cut(word)),
            format!("write colq query \"{}\"", cut(word)),
        );
    }
    let names = commands(command);
    let hint = match colq::suggest(word, &names) {
        Some(best) => format!("did you mean `{command} {best}`?"),
        None if std::path::Path::new(word).exists() => {
            format!("to look at a table or file, write colq head {word}")
        }
        None => format!("commands are {}", names.join(", ")),
    };
    (format!("There is no command `{command} {}`.", cut(word)), hint)
}

/// The commands that may follow one.
fn commands(command: &str) -> Vec<String> {
    let all = Args::command();
    let within = command.strip_prefix("colq ").and_then(|name| all.find_subcommand(name)).unwrap_or(&all);
    let known = within.get_subcommands().filter(|sub| !sub.is_hide_set());
    known.map(|sub| sub.get_name().to_owned()).collect()
}

/// SQL without quotes around it comes as many words.
fn spread_sql(words: &[OsString]) -> Option<String> {
    let at = words.iter().position(|word| matches!(word.to_str(), Some("query" | "explain" | "bench")))?;
    let next = words.get(at + 1)?.to_string_lossy().to_uppercase();
    matches!(next.as_str(), "SELECT" | "WITH" | "EXPLAIN")
        .then(|| format!("put the SQL in double quotes: colq {} \"SELECT ...\"", words[at].to_string_lossy()))
}

/// `colq import`: the command that was typed, as far as it is known.
fn command_of(words: &[OsString]) -> String {
    let all = Args::command();
    let typed = words.iter().skip(1).filter_map(|word| all.find_subcommand(word.to_str()?));
    typed.map(|sub| format!("colq {}", sub.get_name())).next().unwrap_or_else(|| "colq".to_owned())
}
