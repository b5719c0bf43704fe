//! A column as a card: its histogram, its figures and its most frequent values.

use super::drawing::histogram;
use super::escape::escaped;
use crate::chart::{percent, short, shown};
use crate::output::{cut, grouped};
use colq::{ColumnProfile, DataType, Scalar};

/// Characters of a value at most.
const VALUE_COLUMNS: usize = 60;

fn value(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) if text.is_empty() => "<i>empty text</i>".to_owned(),
        value => escaped(&cut(&shown(value), VALUE_COLUMNS)),
    }
}

/// The card of the column at a place.
pub(super) fn card(at: usize, column: &ColumnProfile, is_open: bool) -> String {
    let name = escaped(&column.name);
    let distinct = column.distinct.map_or(0, |distinct| distinct.count);
    let share = column.null_count as f64 / column.row_count.max(1) as f64;
    let mut nulls = match column.null_count {
        0 => "no nulls".to_owned(),
        n => format!("{} null", percent(n, column.row_count)).replace('<', "&lt;").replace('>', "&gt;"),
    };
    if column.nan_count > 0 {
        nulls.push_str(&format!(", {} NaN", grouped(column.nan_count)));
    }
    let open = if is_open { " open" } else { "" };
    let mut text = format!(
        "<details class=\"card\" id=\"c{at}\" data-place=\"{at}\" data-name=\"{name}\" data-nulls=\"{share}\" data-distinct=\"{distinct}\"{open}>\
         <summary><h3>{name}</h3><span class=\"type\">{}</span><span class=\"nulls\">{nulls}</span></summary>\n",
        escaped(&column.data_type.to_string())
    );
    if let Some(intervals) = &column.intervals {
        text.push_str(&histogram(&column.name, intervals));
    }
    text.push_str(&figures(column));
    text.push_str(&frequent(column));
    text.push_str("</details>\n");
    text
}

fn figures(column: &ColumnProfile) -> String {
    let mut rows = vec![("nulls", grouped(column.null_count))];
    if column.nan_count > 0 {
        rows.push(("NaN", grouped(column.nan_count)));
    }
    if let Some(distinct) = column.distinct {
        let about = if distinct.is_exact { "" } else { "~" };
        rows.push(("distinct", format!("{about}{}", grouped(distinct.count))));
    }
    if !column.min.is_null() && column.data_type != DataType::Bool {
        rows.extend([("min", value(&column.min)), ("max", value(&column.max))]);
    }
    match (column.data_type, column.mean) {
        (DataType::Bool, Some(mean)) => rows.push(("true", format!("{} %", short(mean * 100.0)))),
        (_, Some(mean)) => rows.push(("mean", short(mean))),
        _ => {}
    }
    rows.extend(column.stddev.map(|stddev| ("stddev", short(stddev))));
    if let Some(lengths) = column.lengths {
        rows.push(("length", format!("{} to {}", grouped(lengths.shortest), grouped(lengths.longest))));
        rows.push(("mean length", short(lengths.mean)));
    }
    let names = ["5 %", "25 %", "median", "75 %", "95 %"];
    rows.extend(names.into_iter().zip(&column.quantiles).map(|(name, (_, at))| (name, value(at))));
    let rows: String = rows
        .into_iter()
        .map(|(name, figure)| format!("<div><dt>{name}</dt><dd>{figure}</dd></div>"))
        .collect();
    format!("<dl>{rows}</dl>\n")
}

fn frequent(column: &ColumnProfile) -> String {
    if column.frequent.is_empty() {
        return String::new();
    }
    let about = if column.is_sampled { "~" } else { "" };
    let valid = (column.row_count - column.null_count).max(1);
    let rows: String = column
        .frequent
        .iter()
        .map(|frequent| {
            let share = frequent.count as f64 / valid as f64 * 100.0;
            format!(
                "<tr><td>{}</td><td class=\"number\">{about}{}</td><td class=\"share\" aria-hidden=\"true\"><i style=\"width:{share:.1}%\"></i></td></tr>",
                value(&frequent.value),
                grouped(frequent.count)
            )
        })
        .collect();
    format!(
        "<table class=\"often\"><caption>Most frequent</caption><thead class=\"unseen\"><tr><th scope=\"col\">value</th>\
         <th scope=\"col\">rows</th><td></td></tr></thead><tbody>{rows}</tbody></table>\n"
    )
}
