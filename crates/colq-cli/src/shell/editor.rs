//! The line editor: keys, history, when a line is finished, and the prompt.

use super::complete::Completion;
use super::highlight::Highlight;
use super::names::Names;
use super::{dot, token};
use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, Emacs, FileBackedHistory, InputMode, KeyCode, KeyModifiers, MenuBuilder, Prompt,
    PromptEditMode, PromptHistorySearch, PromptHistorySearchStatus, Reedline, ReedlineEvent, ReedlineMenu,
    ValidationResult, Validator, default_emacs_keybindings,
};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Lines that are remembered; the oldest are forgotten.
const REMEMBERED: usize = 10_000;

const MENU: &str = "completion";

/// The editor, and a warning where the history cannot be kept.
pub(super) fn open(names: Arc<Mutex<Names>>, colored: bool) -> (Reedline, Option<String>) {
    let mut keys = default_emacs_keybindings();
    let complete = ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.into()), ReedlineEvent::MenuNext]);
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, complete);
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    let mut menu =
        ColumnarMenu::default().with_name(MENU).with_marker("> ").with_input_mode(InputMode::FullBuffer);
    // Without colours the chosen one could not be told apart: reversed is no colour, and shows on any background.
    menu = menu
        .with_text_style(Style::new())
        .with_match_text_style(Style::new().underline())
        .with_selected_text_style(Style::new().reverse())
        .with_selected_match_text_style(Style::new().reverse().underline());
    let mut editor = Reedline::create()
        .use_bracketed_paste(true)
        .with_ansi_colors(colored)
        .with_validator(Box::new(Finished))
        .with_completer(Box::new(Completion::new(names.clone())))
        .with_quick_completions(true)
        .with_partial_completions(true)
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_history_exclusion_prefix(Some(" ".into()));
    if colored {
        editor = editor.with_highlighter(Box::new(Highlight::new(names)));
    } else {
        editor = editor.with_highlighter(Box::new(super::highlight::Plain));
    }
    let Some(path) = history_path() else { return (editor, None) };
    match history(path.clone()) {
        Ok(history) => (editor.with_history(Box::new(history)), None),
        Err(error) => (editor, Some(format!("The history in {} cannot be kept: {error}.", path.display()))),
    }
}

/// Where lines are remembered; `None` where nowhere is.
fn history_path() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("COLQ_HISTORY") {
        return Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty());
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    Some(state.or_else(home)?.join("colq/history"))
}

fn history(path: PathBuf) -> Result<FileBackedHistory, String> {
    // What people ask may be nobody else's business.
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path).map_err(|error| error.to_string())?;
    FileBackedHistory::with_file(REMEMBERED, path).map_err(|error| error.to_string())
}

/// When Enter ends what is typed.
struct Finished;

impl Validator for Finished {
    fn validate(&self, line: &str) -> ValidationResult {
        if is_finished(line) { ValidationResult::Complete } else { ValidationResult::Incomplete }
    }
}

/// A command of the shell at once; a statement at its semicolon; whatever is typed after an empty line, but for an open
/// quote, in which an empty line is text.
pub(super) fn is_finished(line: &str) -> bool {
    let empty_line =
        line.rsplit('\n').next().is_some_and(|last| line.contains('\n') && last.trim().is_empty());
    line.trim().is_empty()
        || dot::is_command(line)
        || token::is_ended(line)
        || empty_line && !token::is_open(line)
}

/// `colq> `, and dots before the lines after the first.
pub(super) struct Ready;

impl Prompt for Ready {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        "colq".into()
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        "".into()
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        "> ".into()
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        " ... ".into()
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let failing = match search.status {
            PromptHistorySearchStatus::Passing => "",
            PromptHistorySearchStatus::Failing => "nothing found for ",
        };
        format!("({failing}{}) ", search.term).into()
    }

    fn get_prompt_color(&self) -> Color {
        Color::Default
    }

    fn get_prompt_multiline_color(&self) -> Color {
        Color::Default
    }

    fn get_indicator_color(&self) -> Color {
        Color::Default
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_ends_what_is_finished_and_nothing_else() {
        for line in
            ["", "  ", ".tables", "\\d trips", "SELECT 1;", "SELECT 1\n", "SELECT (1\n  ", "quit", ";"]
        {
            assert!(is_finished(line), "{line:?}");
        }
        for line in [
            "SELECT 1",
            "SELECT 1\nFROM",
            "SELECT '\n",
            "SELECT ';",
            "SELECT (1;",
            "/* a\n\n",
            "SELECT \"a\n",
        ] {
            assert!(!is_finished(line), "{line:?}");
        }
    }
}
