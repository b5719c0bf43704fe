//! Histograms as SVG. Every bar tells its interval and its count, to the pointer and to a screen reader.

use super::escape::escaped;
use crate::chart::shown;
use crate::output::grouped;
use colq::Intervals;

/// Units of the drawing; the page stretches it.
const WIDE: f64 = 320.0;
const HIGH: f64 = 72.0;

/// The histogram of a column.
pub(super) fn histogram(name: &str, intervals: &Intervals) -> String {
    let most = intervals.counts.iter().copied().max().unwrap_or(0).max(1);
    let width = WIDE / intervals.counts.len().max(1) as f64;
    let mut bars = String::new();
    for (at, count) in intervals.counts.iter().enumerate() {
        let (Some(low), Some(high)) = (intervals.edges.get(at), intervals.edges.get(at + 1)) else {
            continue;
        };
        // What is more than nothing is seen.
        let height = if *count == 0 { 0.0 } else { (*count as f64 / most as f64 * HIGH).max(1.5) };
        let (x, y) = (at as f64 * width, HIGH - height);
        let told = format!("{} to {}: {}", escaped(&shown(low)), escaped(&shown(high)), grouped(*count));
        let gap = if width > 4.0 { 1.0 } else { 0.0 };
        bars.push_str(&format!(
            "<g><title>{told}</title><rect class=\"hit\" x=\"{x:.1}\" width=\"{width:.1}\" height=\"{HIGH}\"/>\
             <rect class=\"bin\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/></g>",
            width - gap
        ));
    }
    let ends = (intervals.edges.first(), intervals.edges.last());
    let (Some(low), Some(high)) = ends else { return String::new() };
    let (low, high) = (escaped(&shown(low)), escaped(&shown(high)));
    format!(
        "<figure><svg viewBox=\"0 0 {WIDE} {HIGH}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"Histogram of {} from {low} to {high}\">{bars}</svg>\
         <figcaption><span>{low}</span><span>{high}</span></figcaption></figure>\n",
        escaped(name)
    )
}
