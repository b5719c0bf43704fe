//! Bars: upright ones in a line of text, and lying ones of eighths of a character.

/// Upright bars, the lowest first.
const UPRIGHT: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Lying bars: one to seven eighths, and a whole character.
const LYING: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Counts as upright bars in at most so many characters; neighbours are put together where there are more. Only nothing
/// is of the lowest height.
pub(crate) fn sparkline(counts: &[u64], columns: usize) -> String {
    let together = counts.len().div_ceil(columns.max(1)).max(1);
    let sums: Vec<u64> = counts.chunks(together).map(|chunk| chunk.iter().sum()).collect();
    let most = sums.iter().copied().max().unwrap_or(0).max(1);
    // Of at most 1 to 7, so that the most has the full height.
    let height = |count: u64| (u128::from(count) * 7).div_ceil(u128::from(most)) as usize;
    sums.into_iter().map(|count| UPRIGHT[height(count).min(7)]).collect()
}

/// A lying bar for a share of so many characters. What is more than nothing is seen.
pub(crate) fn bar(share: f64, columns: usize) -> String {
    if share.is_nan() || share <= 0.0 {
        return String::new();
    }
    let eighths = ((share.min(1.0) * columns as f64 * 8.0).round() as usize).max(1);
    let mut bar = LYING[7].to_string().repeat(eighths / 8);
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        bar.push(LYING[rest]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_heights_and_only_nothing_is_lowest() {
        assert_eq!(sparkline(&[0, 1, 50, 100], 10), "▁▂▅█");
        assert_eq!(sparkline(&[0, 0], 10), "▁▁");
        assert_eq!(sparkline(&[1, 1, 4, 4], 2), "▃█");
        assert_eq!(sparkline(&[], 10), "");
        assert_eq!(sparkline(&[u64::MAX / 2], 1), "█");
    }

    #[test]
    fn bars_have_eighths() {
        assert_eq!(bar(1.0, 3), "███");
        assert_eq!(bar(0.5, 3), "█▌");
        assert_eq!(bar(1e-9, 3), "▏");
        assert_eq!(bar(0.0, 3), "");
    }
}
