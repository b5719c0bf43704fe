//! Steps as a tree that a person can read, the last step on top.

use colq_types::Schema;
use std::fmt;
use std::time::Duration;

/// A step of a plan, what is known of it, and the steps that feed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub title: String,
    /// What is known of it, each a few words.
    pub facts: Vec<String>,
    /// The steps below.
    pub inputs: Vec<Step>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A step with the beginning of its own line, and of the lines below it.
        let mut open = vec![(self, String::new(), String::new())];
        while let Some((step, own, below)) = open.pop() {
            writeln!(f, "{own}{}", step.title)?;
            let bar = if step.inputs.is_empty() { "   " } else { "│  " };
            for fact in &step.facts {
                writeln!(f, "{below}{bar}  {fact}")?;
            }
            for (index, input) in step.inputs.iter().enumerate().rev() {
                let (branch, rest) =
                    if index + 1 == step.inputs.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                open.push((input, format!("{below}{branch}"), format!("{below}{rest}")));
            }
        }
        Ok(())
    }
}

/// At most this many columns are named; a table may have thousands.
const NAMED: usize = 12;

/// The columns with their types, behind what is done with them.
pub(super) fn types(verb: &str, schema: &Schema) -> String {
    if schema.is_empty() {
        return format!("{verb} no column");
    }
    let fields = schema.fields();
    let named: Vec<String> =
        fields.iter().take(NAMED).map(|f| format!("{}: {}", f.name, f.data_type)).collect();
    let more =
        if fields.len() > NAMED { format!(", and {} more", fields.len() - NAMED) } else { String::new() };
    format!("{verb} {}{more}", named.join(", "))
}

/// A number with its thousands set apart, and what it counts.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {noun}{}", if count == 1 { "" } else { "s" })
}

pub(super) fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1e3)
}

/// A length in bytes in the unit that leaves one to four digits.
pub(super) fn bytes(byte_len: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = byte_len as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{byte_len} bytes") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_shows_what_feeds_what() {
        let leaf =
            |title: &str| Step { title: title.into(), facts: vec!["2 rows".into()], inputs: Vec::new() };
        let union = Step {
            title: "union".into(),
            facts: vec!["4 rows".into()],
            inputs: vec![leaf("scan a"), leaf("scan b")],
        };
        let sort = Step { title: "sort".into(), facts: Vec::new(), inputs: vec![union] };
        let expected = "\
sort
└─ union
   │    4 rows
   ├─ scan a
   │       2 rows
   └─ scan b
           2 rows
";
        assert_eq!(sort.to_string(), expected);
        assert_eq!(counted(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(
            (counted(1, "row"), bytes(999), bytes(1_500_000)),
            ("1 row".into(), "999 bytes".into(), "1.5 MB".into())
        );
    }
}
