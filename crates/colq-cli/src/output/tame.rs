//! Text on its way to a terminal, without what the terminal would obey.
//!
//! Files keep every byte as it is; on a screen a value that moves the cursor, or recolours what follows, is shown and
//! not obeyed. Lines and tabs pass, because CSV and JSON are made of them.

use super::cell::printable;
use std::io::{Result, Write};

/// A writer that passes UTF-8 text on, tamed.
pub(crate) struct Tame<W> {
    out: W,
    /// The start of a character of which the rest is still to come.
    begun: Vec<u8>,
}

impl<W: Write> Tame<W> {
    pub(crate) fn new(out: W) -> Tame<W> {
        Tame { out, begun: Vec::new() }
    }

    fn pass(&mut self, text: &str) -> Result<()> {
        for piece in text.split_inclusive(['\n', '\t']) {
            let end = piece.trim_end_matches(['\n', '\t']).len();
            self.out.write_all(printable(&piece[..end]).as_bytes())?;
            self.out.write_all(&piece.as_bytes()[end..])?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Tame<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.begun.extend_from_slice(bytes);
        let begun = std::mem::take(&mut self.begun);
        let mut rest = begun.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.pass(text)?;
                    return Ok(bytes.len());
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    self.pass(&String::from_utf8_lossy(good))?;
                    let Some(len) = error.error_len() else {
                        self.begun = bad.to_vec();
                        return Ok(bytes.len());
                    };
                    self.out.write_all("\u{fffd}".as_bytes())?;
                    rest = &bad[len..];
                }
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_however_the_bytes_are_cut() {
        let bytes = "a,\"\u{1b}[31mé日\"\tb\r\n\u{9b}1m,c\n".as_bytes();
        for size in 1..bytes.len() {
            let mut tame = Tame::new(Vec::new());
            for part in bytes.chunks(size) {
                tame.write_all(part).unwrap();
            }
            assert_eq!(String::from_utf8(tame.out).unwrap(), "a,\"␛[31mé日\"\tb␍\n�1m,c\n");
        }
        let mut tame = Tame::new(Vec::new());
        tame.write_all(b"\xffa\n").unwrap();
        assert_eq!(tame.out, "�a\n".as_bytes());
    }
}
