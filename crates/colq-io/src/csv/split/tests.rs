//! Rows into cells, against a reader that goes a byte at a time.

use super::*;
use proptest::prelude::*;

/// The grammar of the module, a byte at a time: rows of (text, quoted), blank lines as one empty cell.
fn naive(text: &[u8]) -> Vec<Vec<(Vec<u8>, bool)>> {
    let (mut rows, mut row, mut at) = (Vec::new(), Vec::new(), 0);
    while at < text.len() {
        let (mut cell, mut quoted, mut absent) = (Vec::new(), false, false);
        if text[at] == b'"' {
            quoted = true;
            at += 1;
            loop {
                match text.get(at) {
                    None => {
                        absent = true;
                        break;
                    }
                    Some(b'"') if text.get(at + 1) == Some(&b'"') => {
                        cell.push(b'"');
                        at += 2;
                    }
                    Some(b'"') => {
                        at += 1;
                        break;
                    }
                    Some(byte) => {
                        cell.push(*byte);
                        at += 1;
                    }
                }
            }
        }
        let after = at;
        while at < text.len() && text[at] != b',' && text[at] != b'\n' {
            at += 1;
        }
        let mut rest = text[after..at].to_vec();
        if text.get(at) != Some(&b',') && rest.ends_with(b"\r") {
            rest.pop();
        }
        absent |= quoted && !rest.is_empty();
        if !quoted {
            cell = rest;
        }
        row.push(if absent { (b"<absent>".to_vec(), true) } else { (cell, quoted) });
        match text.get(at) {
            Some(b',') if at + 1 < text.len() => at += 1,
            Some(b',') => {
                // A delimiter at the very end opens one more cell.
                row.push((Vec::new(), false));
                rows.push(std::mem::take(&mut row));
                break;
            }
            _ => {
                rows.push(std::mem::take(&mut row));
                at += 1;
            }
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]
    #[test]
    fn cells_are_those_that_a_byte_at_a_time_finds(text in "[a,\"\n\r]{0,90}") {
        let bytes = text.as_bytes();
        let mut splitter = Splitter::new(bytes, b',', 0);
        let mut rows = Vec::new();
        let (mut cells, mut faults, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
        while splitter.row(&mut cells, &mut faults) {
            let row: Vec<(Vec<u8>, bool)> = cells
                .drain(..)
                .map(|cell: Cell| {
                    if cell.is_absent() {
                        (b"<absent>".to_vec(), true)
                    } else {
                        (cell.text(bytes, &mut scratch).to_vec(), cell.is_quoted())
                    }
                })
                .collect();
            rows.push(row);
        }
        prop_assert_eq!(rows, naive(bytes));
    }

    #[test]
    fn skipping_and_filling_count_the_same_rows(text in "[a,\"\n\r]{0,90}", columns in 1usize..4, skip in 0usize..9) {
        let bytes = text.as_bytes();
        for on_error in [OnError::Null, OnError::Skip] {
            let mut filled = Splitter::new(bytes, b',', 0);
            let mut grid = Grid::default();
            filled.fill(&mut grid, columns, skip, on_error);
            let counted = grid.row_count + grid.skipped;
            prop_assert_eq!(grid.cells.len(), grid.row_count * columns);
            let mut skipped = Splitter::new(bytes, b',', 0);
            skipped.skip(columns, counted);
            if counted == skip {
                prop_assert_eq!(skipped.position(), filled.position());
            }
        }
    }
}
