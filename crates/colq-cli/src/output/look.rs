//! How an answer is to look on this terminal: in colour or not, how wide, and what stands for NULL.

use super::cell;
use colq::Scalar;

/// What the writers of tables need to know of where they write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) colored: bool,
    /// True when somebody looks at it, so that nothing may stand there that a terminal obeys.
    pub(crate) terminal: bool,
    /// Columns of the terminal; `None` where there is none, and nothing is cut.
    pub(crate) columns: Option<usize>,
}

/// What stands for NULL. An empty text stays empty.
pub(crate) const NULL: &str = "NULL";

impl Look {
    /// A look for standard output as it is.
    pub(crate) fn of_stdout(colored: bool, terminal: bool) -> Look {
        let columns =
            if terminal { crossterm::terminal::size().ok().map(|(columns, _)| columns) } else { None };
        // Some terminals do not know their size and say 0.
        Look { colored, terminal, columns: columns.filter(|c| *c > 0).map(usize::from) }
    }

    /// Text that is to be less than the rest.
    pub(crate) fn dim(self, text: &str) -> String {
        self.styled("\u{1b}[2m", text)
    }

    /// Text that is to be more than the rest.
    pub(crate) fn bold(self, text: &str) -> String {
        self.styled("\u{1b}[1m", text)
    }

    fn styled(self, start: &str, text: &str) -> String {
        if self.colored { format!("{start}{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A value as it may stand on the terminal, in columns that are known to be enough; `None` for NULL.
pub(crate) fn text_of(value: &Scalar, columns: Option<usize>) -> Option<String> {
    match value {
        Scalar::Null => None,
        Scalar::Text(text) => {
            let looked_at = columns.map_or(text.as_str(), |columns| cell::shortened(text, columns));
            Some(cell::printable(looked_at))
        }
        other => Some(cell::printable(&other.to_string())),
    }
}
