//! Colours for what is typed: the terminal's own named ones and no background, so that they suit light and dark.

use super::names::Names;
use super::token::{Kind, Token, tokens};
use super::{dot, names};
use nu_ansi_term::{Color, Style};
use reedline::{Highlighter, StyledText};
use std::sync::{Arc, Mutex, PoisonError};

/// Colours words by what they are.
pub(super) struct Highlight {
    names: Arc<Mutex<Names>>,
}

impl Highlight {
    pub(super) fn new(names: Arc<Mutex<Names>>) -> Highlight {
        Highlight { names }
    }
}

impl Highlighter for Highlight {
    fn highlight(&self, line: &str, _cursor: usize) -> StyledText {
        let mut styled = StyledText::new();
        let (command, line) = line.split_at(command_len(line));
        if !command.is_empty() {
            styled.push((Color::Magenta.normal(), command.to_owned()));
        }
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = tokens(line);
        let columns = names.columns_of(line, &tokens);
        for (index, token) in tokens.iter().enumerate() {
            let style = style(line, &tokens, index, token, &names, &columns);
            styled.push((style, token.text(line).to_owned()));
        }
        styled
    }
}

/// The length of what is a command of the shell; SQL may follow.
fn command_len(line: &str) -> usize {
    if !dot::is_command(line) {
        return 0;
    }
    let start = line.len() - line.trim_start().len();
    let end = line[start..].find(char::is_whitespace).map_or(line.len(), |len| start + len);
    let takes_sql = dot::find(&line[start..end]).is_some_and(|known| known.argument == dot::Argument::Sql);
    if takes_sql { end } else { line.len() }
}

fn style(
    line: &str,
    tokens: &[Token],
    index: usize,
    token: &Token,
    names: &Names,
    columns: &[Arc<names::Columns>],
) -> Style {
    let text = token.text(line);
    let is_column = |name: &str| columns.iter().any(|columns| columns.contains(name));
    match token.kind {
        Kind::Space | Kind::Sign => Style::new(),
        Kind::Comment => Style::new().dimmed(),
        Kind::Text => Color::Green.normal(),
        Kind::Number => Color::Cyan.normal(),
        Kind::Name => {
            if is_column(&names::unquoted(text)) {
                Style::new().bold()
            } else {
                Style::new()
            }
        }
        Kind::Word => {
            let called =
                tokens[index + 1..].iter().find(|t| !t.is_blank()).is_some_and(|t| t.text(line) == "(");
            if called && names.is_function(text) {
                Color::Blue.normal()
            } else if !names::is_reserved(text) && is_column(text) {
                Style::new().bold()
            } else if names::is_keyword(text) {
                Color::Magenta.normal()
            } else {
                Style::new()
            }
        }
    }
}

/// No colours at all.
pub(super) struct Plain;

impl Highlighter for Plain {
    fn highlight(&self, line: &str, _cursor: usize) -> StyledText {
        let mut styled = StyledText::new();
        styled.push((Style::new(), line.to_owned()));
        styled
    }
}
