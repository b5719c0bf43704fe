//! A profile in the terminal: a block a column, within any width.

use super::{percent, short, shown, sparkline};
use crate::output::{Look, counted, cut, grouped, printable, width};
use colq::{ColumnProfile, DataType, Profile, Scalar};

/// Before every line of a block but the first.
const INDENT: &str = "  ";

/// Characters that one of the most frequent values takes at most.
const VALUE_COLUMNS: usize = 30;

/// The profile as text.
pub(crate) fn profile(profile: &Profile, look: Look, room: usize) -> String {
    let rows = counted(profile.row_count, "row");
    let columns = counted(profile.column_count as u64, "column");
    let shown = match profile.columns.len() {
        n if n == profile.column_count => String::new(),
        n => format!(", {n} shown"),
    };
    let mut text = format!("{}\n", look.dim(&cut(&format!("{rows}, {columns}{shown}"), room)));
    for column in &profile.columns {
        text.push('\n');
        text.push_str(&block(column, look, room));
    }
    text
}

fn block(column: &ColumnProfile, look: Look, room: usize) -> String {
    let data_type = column.data_type.to_string();
    let name_room = room.saturating_sub(width(&data_type) + 2);
    let name = cut(&printable(&column.name), name_room);
    let mut text = format!("{}  {}\n", look.bold(&name), look.dim(&data_type));
    for items in lines(column) {
        for line in wrapped(items, room) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    if let Some(drawn) = drawn(column, room) {
        text.push_str(&drawn);
        text.push('\n');
    }
    text
}

/// The items of each line.
fn lines(column: &ColumnProfile) -> Vec<Vec<String>> {
    let mut counts = vec![match column.null_count {
        0 => "no nulls".to_owned(),
        n => format!("{} ({})", counted(n, "null"), percent(n, column.row_count)),
    }];
    if column.nan_count > 0 {
        counts.push(format!("{} NaN", grouped(column.nan_count)));
    }
    if let Some(distinct) = column.distinct {
        let about = if distinct.is_exact { "" } else { "~" };
        counts.push(format!("{about}{} distinct", grouped(distinct.count)));
    }
    if column.data_type == DataType::Bool && column.mean.is_some() {
        let trues = column.frequent.iter().find(|f| f.value == Scalar::Bool(true)).map_or(0, |f| f.count);
        counts.push(format!("{} true", percent(trues, column.row_count - column.null_count)));
    }
    let mut spread = Vec::new();
    if !column.min.is_null() && column.data_type != DataType::Bool {
        spread.push(format!("min {}", value(&column.min)));
        spread.push(format!("max {}", value(&column.max)));
        spread.extend(column.mean.map(|mean| format!("mean {}", short(mean))));
        spread.extend(column.stddev.map(|stddev| format!("stddev {}", short(stddev))));
    }
    if let Some(lengths) = column.lengths {
        spread.push(format!("length {} to {}", grouped(lengths.shortest), grouped(lengths.longest)));
        spread.push(format!("mean {}", short(lengths.mean)));
    }
    let is_time = matches!(column.data_type, DataType::Date | DataType::Timestamp(_));
    let quantiles = column.quantiles.iter().filter(|(q, _)| !is_time || *q == 0.5).map(|(q, value)| {
        if *q == 0.5 {
            format!("median {}", shown(value))
        } else {
            format!("{} % {}", short(q * 100.0), shown(value))
        }
    });
    let about = if column.is_sampled { "~" } else { "" };
    let frequent = column
        .frequent
        .iter()
        .map(|frequent| format!("{} ({about}{})", value(&frequent.value), grouped(frequent.count)));
    let often = frequent.enumerate().map(|(i, item)| if i == 0 { format!("often {item}") } else { item });
    vec![counts, spread, quantiles.collect(), often.collect()]
}

/// A value in some room; an empty text is seen.
fn value(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) if text.is_empty() => "\"\"".to_owned(),
        value => cut(&shown(value), VALUE_COLUMNS),
    }
}

/// The histogram between its ends.
fn drawn(column: &ColumnProfile, room: usize) -> Option<String> {
    let intervals = column.intervals.as_ref().filter(|intervals| intervals.counts.len() > 1)?;
    let (low, high) = (shown(intervals.edges.first()?), shown(intervals.edges.last()?));
    let beside = width(&low) + width(&high) + INDENT.len() + 2;
    let left = room.saturating_sub(beside);
    Some(if left >= intervals.counts.len().min(16) {
        format!("{INDENT}{low} {} {high}", sparkline(&intervals.counts, left))
    } else {
        format!("{INDENT}{}", sparkline(&intervals.counts, room - INDENT.len()))
    })
}

/// Items side by side with two spaces between them, in as many lines as it takes.
fn wrapped(items: Vec<String>, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        let item = cut(&item, room - INDENT.len());
        match lines.last_mut() {
            Some(line) if width(line) + 2 + width(&item) <= room => {
                line.push_str("  ");
                line.push_str(&item);
            }
            _ => lines.push(format!("{INDENT}{item}")),
        }
    }
    lines
}
