//! `colq hist`: how the values of a column are spread, as lying bars between round edges; of text and bools the most
//! frequent values.

use crate::args::{Color, HistArgs};
use crate::chart::{self, Measured, axis, bar, measured, percent, shown};
use crate::failure::{Failure, is_colored};
use crate::output::{self, Look, count, counted, cut, grouped, printable, width};
use crate::{progress, session, timer::Timer};
use colq::{DataType, Frame, Scalar, Session};
use std::io::{IsTerminal, Write};

/// Characters that a label takes at most.
const LABEL_COLUMNS: usize = 24;

/// What is drawn.
struct Bars {
    /// Lower edges, or values, with their counts.
    bars: Vec<(Scalar, String, u64)>,
    /// Upper edges; none where there are values.
    upper: Vec<Scalar>,
    row_count: u64,
    null_count: u64,
    /// Rows that hold neither NULL nor what is drawn, and what they hold.
    others: (u64, &'static str),
}

pub(crate) fn run(args: &HistArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let mut session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    let column = measured(&table, &args.column)?;
    session.register("this", table);
    timer.step("open");
    let condition = args.condition.as_deref().unwrap_or("true");
    let bars = progress::during(&context, args.run.progress, || {
        if column.number.is_some() {
            spread(&session, &column, condition, args.bins.into())
        } else {
            frequent(&session, &column, condition, args.bins.into())
        }
    })?;
    timer.step("run");
    if args.output.output.is_some_and(|o| o != crate::args::OutputFormat::Table) || args.output.out.is_some()
    {
        output::write(&frame(&bars, &column), &args.output, color)?;
    } else {
        let terminal = std::io::stdout().is_terminal();
        let look = Look::of_stdout(is_colored(color, terminal), terminal);
        let text = drawn(&bars, &column, args.log, look, chart::room(look));
        std::io::stdout().lock().write_all(text.as_bytes())?;
    }
    timer.step("write");
    if args.run.timer {
        timer.end(&context, bars.bars.len() as u64);
    }
    Ok(())
}

fn number_at(frame: &Frame, row: usize, column: usize) -> u64 {
    frame.scalar(row, column).as_i128().and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

fn spread(session: &Session, column: &Measured, condition: &str, bins: usize) -> colq::Result<Bars> {
    let number = column.number.as_deref().unwrap_or("NULL");
    let name = &column.quoted;
    let rows = session.sql(&format!("SELECT count(*), count({name}) FROM this WHERE ({condition})"))?;
    let (row_count, valid) = (number_at(&rows, 0, 0), number_at(&rows, 0, 1));
    // What is neither NaN nor infinite differs from itself by nothing.
    let finite = format!("({condition}) AND {number} - {number} = 0");
    let ends = session.sql(&format!("SELECT min({number}), max({number}) FROM this WHERE {finite}"))?;
    let mut bars = Bars {
        bars: Vec::new(),
        upper: Vec::new(),
        row_count,
        null_count: row_count - valid,
        others: (valid, "NaN or infinite"),
    };
    let (Some(low), Some(high)) = (ends.scalar(0, 0).as_f64(), ends.scalar(0, 1).as_f64()) else {
        return Ok(bars);
    };
    let axis = axis(low, high, bins, column.axis_type);
    let sql = format!(
        "SELECT (({number} - ({:?})) / {:?})::i64 AS bin, count(*) AS n FROM this WHERE {finite} GROUP BY 1",
        axis.low, axis.step
    );
    let found = session.sql(&sql)?;
    let mut counts = vec![0; axis.count];
    for row in 0..found.row_count() {
        // Rounding may put the highest value a step too high.
        let bin = (number_at(&found, row, 0) as usize).min(axis.count - 1);
        counts[bin] += number_at(&found, row, 1);
    }
    bars.others.0 = valid - counts.iter().sum::<u64>();
    for (at, count) in counts.into_iter().enumerate() {
        bars.bars.push((axis.scalar(at), axis.label(at), count));
        bars.upper.push(axis.scalar(at + 1));
    }
    Ok(bars)
}

fn frequent(session: &Session, column: &Measured, condition: &str, bins: usize) -> colq::Result<Bars> {
    let name = &column.quoted;
    let rows = session.sql(&format!("SELECT count(*), count({name}) FROM this WHERE ({condition})"))?;
    let (row_count, valid) = (number_at(&rows, 0, 0), number_at(&rows, 0, 1));
    let found = session.sql(&format!(
        "SELECT {name} AS value, count(*) AS n FROM this WHERE ({condition}) AND {name} IS NOT NULL \
         GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {bins}"
    ))?;
    let bars: Vec<(Scalar, String, u64)> = (0..found.row_count())
        .map(|row| {
            let value = found.scalar(row, 0);
            let label = if value == Scalar::Text(String::new()) { "\"\"".to_owned() } else { shown(&value) };
            (value, label, number_at(&found, row, 1))
        })
        .collect();
    let seen: u64 = bars.iter().map(|(_, _, count)| count).sum();
    Ok(Bars {
        bars,
        upper: Vec::new(),
        row_count,
        null_count: row_count - valid,
        others: (valid - seen, "other values"),
    })
}

fn frame(bars: &Bars, column: &Measured) -> Frame {
    let counts = bars.bars.iter().map(|(_, _, n)| count(*n)).collect();
    let lower: Vec<Scalar> = bars.bars.iter().map(|(value, _, _)| value.clone()).collect();
    if column.number.is_none() {
        return output::frame(vec![("value", column.data_type, lower), ("count", DataType::I64, counts)]);
    }
    let edge_type = column.edge_type();
    let mut columns = vec![("from", edge_type, lower), ("to", edge_type, bars.upper.clone())];
    columns.push(("count", DataType::I64, counts));
    output::frame(columns)
}

fn drawn(bars: &Bars, column: &Measured, is_log: bool, look: Look, room: usize) -> String {
    let mut about = vec![column.data_type.to_string(), counted(bars.row_count, "row")];
    if bars.null_count > 0 {
        about.push(format!(
            "{} ({})",
            counted(bars.null_count, "null"),
            percent(bars.null_count, bars.row_count)
        ));
    }
    let name = cut(&printable(&column.name), room / 2);
    let about = cut(&about.join(", "), room.saturating_sub(width(&name) + 2));
    let mut text = format!("{}  {}\n", look.bold(&name), look.dim(&about));
    let labels: Vec<String> =
        bars.bars.iter().map(|(_, label, _)| cut(label, LABEL_COLUMNS.min(room / 2))).collect();
    let label_columns = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let most = bars.bars.iter().map(|(_, _, count)| *count).max().unwrap_or(0).max(1);
    let count_columns = grouped(most).len();
    let left = room.saturating_sub(label_columns + count_columns + 2);
    let share = |count: u64| {
        if is_log { (count as f64).ln_1p() / (most as f64).ln_1p() } else { count as f64 / most as f64 }
    };
    for (label, (_, _, count)) in labels.iter().zip(&bars.bars) {
        let pad = " ".repeat(label_columns - width(label));
        // Values stand at the left as words do, edges at the right as numbers do.
        let label = if column.number.is_some() { format!("{pad}{label}") } else { format!("{label}{pad}") };
        let line = format!("{label} {:>count_columns$} {}", grouped(*count), bar(share(*count), left));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if bars.others.0 > 0 {
        let others = format!("and {} rows with {}", grouped(bars.others.0), bars.others.1);
        text.push_str(&format!("{}\n", look.dim(&cut(&others, room))));
    }
    text
}
