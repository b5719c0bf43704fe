//! What is told of the table as a whole: its size, where the NULLs are, which columns go together.

use super::escape::escaped;
use crate::chart::short;
use crate::output::{cut, grouped};
use colq::{Correlations, Profile};

/// Characters of a name beside a map.
const NAME_COLUMNS: usize = 28;

/// The size of the table.
pub(super) fn facts(profile: &Profile) -> String {
    let mut size = (profile.byte_len as f64, "bytes");
    for unit in ["kB", "MB", "GB", "TB"] {
        if size.0 >= 1000.0 {
            size = (size.0 / 1000.0, unit);
        }
    }
    let facts = [
        ("rows", grouped(profile.row_count)),
        ("columns", grouped(profile.column_count as u64)),
        (size.1, short((size.0 * 10.0).round() / 10.0)),
        ("version", grouped(profile.version)),
    ];
    let facts: String = facts
        .into_iter()
        .map(|(name, figure)| format!("<div><dt>{name}</dt><dd>{figure}</dd></div>"))
        .collect();
    format!("<dl class=\"facts\">{facts}</dl>\n")
}

/// Columns by ranges of rows, the darker the more NULLs; columns without any are left out.
pub(super) fn null_map(profile: &Profile, shares: &[Vec<f64>]) -> String {
    let with_nulls = || profile.columns.iter().zip(shares).filter(|(column, _)| column.null_count > 0);
    let count = with_nulls().count();
    if count == 0 {
        return String::new();
    }
    let mut rows = String::new();
    for (column, shares) in with_nulls() {
        let width = 400.0 / shares.len().max(1) as f64;
        let cells: String = shares
            .iter()
            .enumerate()
            .filter(|(_, share)| **share > 0.0)
            .map(|(at, share)| {
                // The least share is seen too.
                let shade = 0.15 + 0.85 * share;
                format!(
                    "<rect x=\"{:.2}\" width=\"{width:.2}\" height=\"14\" fill-opacity=\"{shade:.2}\"><title>range {} of {}: {} % null</title></rect>",
                    at as f64 * width,
                    at + 1,
                    shares.len(),
                    short((share * 1000.0).round() / 10.0)
                )
            })
            .collect();
        let all = column.null_count as f64 / column.row_count.max(1) as f64 * 100.0;
        let all = short((all * 10.0).round() / 10.0);
        rows.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{all} %</td><td><svg class=\"nullmap\" viewBox=\"0 0 400 14\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{all} % of the rows are NULL\">{cells}</svg></td></tr>\n",
            escaped(&cut(&column.name, NAME_COLUMNS))
        ));
    }
    let ranges = shares.first().map_or(0, Vec::len);
    let without = profile.columns.len() - count;
    format!(
        "<section aria-labelledby=\"nulls-title\"><h2 id=\"nulls-title\">Where the NULLs are</h2>\n<div class=\"scroll\"><table class=\"map\">\
         <caption>From the first row at the left to the last at the right, in {ranges} range{}; the darker the more. {without} of {} columns have none.</caption>\
         <thead class=\"unseen\"><tr><th scope=\"col\">column</th><th scope=\"col\">share</th><th scope=\"col\">by rows</th></tr></thead>\n<tbody>{rows}</tbody></table></div></section>\n",
        if ranges == 1 { "" } else { "s" },
        profile.columns.len()
    )
}

/// Correlations of the number columns.
pub(super) fn matrix(profile: &Profile, correlations: &Correlations) -> String {
    let width = correlations.columns.len();
    if width < 2 {
        return String::new();
    }
    let name = |at: &usize| profile.columns.get(*at).map_or("", |column| column.name.as_str());
    let names: Vec<String> =
        correlations.columns.iter().map(|at| escaped(&cut(name(at), NAME_COLUMNS))).collect();
    let heads: String = names.iter().map(|n| format!("<th scope=\"col\"><span>{n}</span></th>")).collect();
    let mut rows = String::new();
    for (i, name) in names.iter().enumerate() {
        let mut cells = String::new();
        for (j, other) in names.iter().enumerate() {
            cells.push_str(&match correlations.values.get(i * width + j).copied().flatten() {
                None => "<td>–</td>".to_owned(),
                Some(value) => {
                    // No minus before what rounds to nothing.
                    let value = if value.abs() < 0.005 { 0.0 } else { value };
                    let side = if value < 0.0 { "below" } else { "above" };
                    let strong = if value.abs() > 0.6 { " strong" } else { "" };
                    format!(
                        "<td class=\"{side}{strong}\" style=\"--s:{:.0}%\" title=\"{name} and {other}: {value:.3}\">{value:.2}</td>",
                        value.abs() * 100.0
                    )
                }
            });
        }
        rows.push_str(&format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>\n"));
    }
    let rows_seen = if correlations.row_count < profile.row_count {
        format!("over a fixed sample of {} rows", grouped(correlations.row_count))
    } else {
        "over all rows".to_owned()
    };
    let left_out = match correlations.left_out {
        0 => String::new(),
        n => format!(" {} more number columns are left out.", grouped(n as u64)),
    };
    format!(
        "<section aria-labelledby=\"matrix-title\"><h2 id=\"matrix-title\">Which columns go together</h2>\n<div class=\"scroll\"><table class=\"matrix\">\
         <caption>Pearson’s correlation {rows_seen} in which both columns have a finite number.{left_out}</caption>\
         <thead><tr><td></td>{heads}</tr></thead>\n<tbody>{rows}</tbody></table></div></section>\n"
    )
}
