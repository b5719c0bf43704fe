//! A plot in Braille: each character is two dots wide and four high.

use super::Axis;
use crate::output::width;

/// Bits of the dots of a character, by row and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// Shades for how many rows are behind a character, the fewest first.
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];

/// Dots, the lowest row first.
#[derive(Debug, Clone)]
pub(crate) struct Canvas {
    columns: usize,
    lines: usize,
    counts: Vec<u64>,
}

impl Canvas {
    /// So many characters wide and high.
    pub(crate) fn new(columns: usize, lines: usize) -> Canvas {
        Canvas { columns, lines, counts: vec![0; columns * lines * 8] }
    }

    /// Dots from left to right.
    pub(crate) fn dots_wide(&self) -> usize {
        self.columns * 2
    }

    /// Dots from bottom to top.
    pub(crate) fn dots_high(&self) -> usize {
        self.lines * 4
    }

    /// Puts rows behind a dot; what lies outside is not drawn.
    pub(crate) fn add(&mut self, x: usize, y: usize, count: u64) {
        if x < self.dots_wide() && y < self.dots_high() {
            let at = y * self.dots_wide() + x;
            self.counts[at] += count;
        }
    }

    /// Draws from a dot to the next, upright first.
    pub(crate) fn line(&mut self, from: (usize, usize), to: (usize, usize)) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        for step in 0..=steps {
            let between = |a: usize, b: usize| {
                (a as f64 + (b as f64 - a as f64) * step as f64 / steps as f64).round().max(0.0) as usize
            };
            self.add(between(from.0, to.0), between(from.1, to.1), 1);
        }
    }

    /// The lines from top to bottom. Where most dots of the plot are set, shades tell how dense the rows are.
    fn text_lines(&self, is_dense: bool) -> Vec<String> {
        let dot = |x: usize, y: usize| self.counts[y * self.dots_wide() + x];
        let of_character = |column: usize, line: usize| -> (u8, u64) {
            let (mut bits, mut count) = (0, 0);
            for (row, dots) in DOTS.iter().enumerate() {
                for (side, bit) in dots.iter().enumerate() {
                    let here = dot(column * 2 + side, line * 4 + 3 - row);
                    count += here;
                    bits |= if here > 0 { *bit } else { 0 };
                }
            }
            (bits, count)
        };
        let characters = (0..self.lines).flat_map(|line| (0..self.columns).map(move |column| (column, line)));
        let most = characters.map(|(column, line)| of_character(column, line).1).max().unwrap_or(0);
        let shade = |count: u64| {
            // By the logarithm, or a few dense places would hide all others.
            let share = (count as f64).ln_1p() / (most as f64).ln_1p();
            SHADES[((share * 4.0).ceil() as usize).clamp(1, 4) - 1]
        };
        let character = |column: usize, line: usize| match of_character(column, line) {
            (0, _) => ' ',
            (_, count) if is_dense => shade(count),
            (bits, _) => char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' '),
        };
        (0..self.lines)
            .rev()
            .map(|line| (0..self.columns).map(|column| character(column, line)).collect())
            .collect()
    }

    /// True where so many dots are set that shades tell more than dots.
    pub(crate) fn is_dense(&self) -> bool {
        let set = self.counts.iter().filter(|count| **count > 0).count();
        let total: u64 = self.counts.iter().sum();
        set * 4 > self.counts.len() && total > 4 * set as u64
    }

    /// The plot with its axes: labels at the left, and below.
    pub(crate) fn framed(&self, x: Axis, y: Axis, is_dense: bool, room: usize) -> String {
        let place = |axis: Axis, low: f64, high: f64, len: usize, at: usize| {
            let share = (axis.edge(at) - low) / (high - low).max(f64::MIN_POSITIVE);
            (share * len as f64).floor() as usize
        };
        let ends = |axis: Axis| (axis.low, axis.edge(axis.count));
        let (y_low, y_high) = ends(y);
        let mut labels = vec![String::new(); self.lines];
        for at in 0..=y.count {
            let line = place(y, y_low, y_high, self.lines, at).min(self.lines - 1);
            // The lowest label belongs to the corner.
            if labels[line].is_empty() {
                labels[line] = y.label(at);
            }
        }
        let margin = labels.iter().map(|label| width(label)).max().unwrap_or(0);
        let mut text = String::new();
        for (line, drawn) in self.text_lines(is_dense).into_iter().enumerate() {
            let label = &labels[self.lines - 1 - line];
            let mark = if label.is_empty() { '│' } else { '┤' };
            let pad = " ".repeat(margin - width(label));
            text.push_str(format!("{pad}{label} {mark}{drawn}").trim_end());
            text.push('\n');
        }
        let (x_low, x_high) = ends(x);
        let mut rule: Vec<char> = vec!['─'; self.columns];
        let mut below = String::new();
        for at in 0..=x.count {
            let column = place(x, x_low, x_high, self.columns, at).min(self.columns - 1);
            let label = x.label(at);
            let start = if at == 0 { 0 } else { (margin + 2 + column).saturating_sub(width(&label) / 2) };
            let start = if at == 0 { (margin + 2).saturating_sub(width(&label) / 2) } else { start };
            let used = width(&below);
            if (at == 0 || start > used + 1) && start + width(&label) <= room {
                below.push_str(&" ".repeat(start.saturating_sub(used)));
                below.push_str(&label);
                rule[column] = '┬';
            }
        }
        text.push_str(&format!(
            "{} └{}\n{below}\n",
            " ".repeat(margin),
            rule.into_iter().collect::<String>()
        ));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_stand_where_they_were_put() {
        let mut canvas = Canvas::new(2, 1);
        canvas.add(0, 0, 1);
        canvas.add(3, 3, 5);
        canvas.add(4, 0, 5);
        assert_eq!(canvas.text_lines(false), ["⡀⠈"]);
        assert_eq!(canvas.text_lines(true), ["▒█"]);
        canvas.line((0, 0), (3, 3));
        assert_eq!(canvas.text_lines(false), ["⡠⠊"]);
    }
}
