//! `colq plot`: two columns of a table against each other. All rows are counted by cell in one query, so it does not
//! matter how many there are.

use crate::args::{Color, OutputFormat, PlotArgs};
use crate::chart::{self, Axis, Canvas, Measured, axis, measured, shown};
use crate::failure::{Failure, is_colored};
use crate::output::{self, Look, count, counted, cut, printable};
use crate::{progress, session, timer::Timer};
use colq::{DataType, Frame, Scalar, Session};
use std::io::{IsTerminal, Write};

/// Plots side by side in one answer at most.
const PLOTS: usize = 6;

/// Lines of a plot where nobody says otherwise; of several, each has fewer.
const LINES: usize = 18;
const LINES_OF_SEVERAL: usize = 10;

/// Characters before the plot for labels and the axis.
const MARGIN: usize = 12;

/// One plot: its place among the values of `--by`, its cells, and how many rows are behind them.
struct Plot {
    value: Option<Scalar>,
    /// Numbers of the cell from left to right and bottom to top, or the mean, and rows.
    cells: Vec<(usize, f64, u64)>,
    row_count: u64,
}

pub(crate) fn run(args: &PlotArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let mut session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    let (x, y) = (number_column(measured(&table, &args.x)?)?, number_column(measured(&table, &args.y)?)?);
    let by = args.by.as_ref().map(|by| measured(&table, by)).transpose()?;
    session.register("this", table);
    timer.step("open");
    let terminal = std::io::stdout().is_terminal();
    let look = Look::of_stdout(is_colored(color, terminal), terminal);
    let room = args.width.map_or_else(|| chart::room(look), usize::from);
    let lines = args.height.map_or(if by.is_some() { LINES_OF_SEVERAL } else { LINES }, usize::from);
    let canvas = Canvas::new(room.saturating_sub(MARGIN).max(8), lines);
    let drawing = Drawing { session: &session, x: &x, y: &y, is_line: args.line, canvas };
    let condition = args.condition.as_deref().unwrap_or("true");
    let found = progress::during(&context, args.run.progress, || drawing.plots(by.as_ref(), condition))?;
    timer.step("run");
    let is_asked = args.output.output.is_some_and(|o| o != OutputFormat::Table) || args.output.out.is_some();
    let cells = found.as_ref().map_or(0, |(_, _, plots)| plots.iter().map(|plot| plot.cells.len()).sum());
    if is_asked {
        output::write(&drawing.frame(found, by.as_ref()), &args.output, color)?;
    } else {
        let text = found.map_or_else(
            || "There is no row with a finite number in both columns.\n".to_owned(),
            |(x_axis, y_axis, plots)| drawing.drawn(x_axis, y_axis, &plots, by.as_ref(), look, room),
        );
        std::io::stdout().lock().write_all(text.as_bytes())?;
    }
    timer.step("write");
    if args.run.timer {
        timer.end(&context, cells as u64);
    }
    Ok(())
}

fn number_column(column: Measured) -> Result<Measured, Failure> {
    if column.number.is_some() {
        return Ok(column);
    }
    Err(Failure::Usage {
        message: format!(
            "A plot needs numbers or times, and {} is {}.",
            printable(&column.name),
            column.data_type
        ),
        hint: "`colq hist` draws how often each value occurs, and `--by` divides a plot by it".to_owned(),
    })
}

fn whole(frame: &Frame, row: usize, column: usize) -> u64 {
    frame.scalar(row, column).as_i128().and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

/// What all plots of an answer share.
struct Drawing<'a> {
    session: &'a Session,
    x: &'a Measured,
    y: &'a Measured,
    is_line: bool,
    canvas: Canvas,
}

type Found = Option<(Axis, Axis, Vec<Plot>)>;

impl Drawing<'_> {
    fn plots(&self, by: Option<&Measured>, condition: &str) -> colq::Result<Found> {
        let number = |column: &Measured| column.number.clone().unwrap_or_default();
        let (x, y) = (number(self.x), number(self.y));
        // What is neither NULL, NaN nor infinite differs from itself by nothing.
        let finite = format!("({condition}) AND {x} - {x} = 0 AND {y} - {y} = 0");
        let ends = self
            .session
            .sql(&format!("SELECT min({x}), max({x}), min({y}), max({y}) FROM this WHERE {finite}"))?;
        let end = |at: usize| ends.scalar(0, at).as_f64();
        let (Some(x_low), Some(x_high), Some(y_low), Some(y_high)) = (end(0), end(1), end(2), end(3)) else {
            return Ok(None);
        };
        let x_axis = axis(x_low, x_high, (self.canvas.dots_wide() / 20).max(2), self.x.axis_type);
        let mut y_axis = axis(y_low, y_high, (self.canvas.dots_high() / 12).max(2), self.y.axis_type);
        let mut conditions = vec![(None, finite.clone())];
        if let Some(by) = by {
            let name = &by.quoted;
            let values = self.session.sql(&format!(
                "SELECT {name}, count(*) FROM this WHERE {finite} AND {name} IS NOT NULL \
                 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {PLOTS}"
            ))?;
            let text = if by.data_type == DataType::Text { name.clone() } else { format!("({name})::text") };
            conditions = (0..values.row_count())
                .map(|row| {
                    let value = values.scalar(row, 0);
                    let literal = value.to_string().replace('\'', "''");
                    (Some(value), format!("{finite} AND {text} = '{literal}'"))
                })
                .collect();
        }
        let cell = |number: &str, axis: Axis, dots: usize| {
            let width = (axis.edge(axis.count) - axis.low) / dots as f64;
            format!("(({number} - ({:?})) / {width:?})::i64", axis.low)
        };
        let x_cell = cell(&x, x_axis, self.canvas.dots_wide());
        let mut plots = Vec::new();
        for (value, condition) in conditions {
            let sql = if self.is_line {
                format!(
                    "SELECT {x_cell} AS i, avg({y}), count(*) FROM this WHERE {condition} GROUP BY 1 ORDER BY 1"
                )
            } else {
                let y_cell = cell(&y, y_axis, self.canvas.dots_high());
                format!(
                    "SELECT {x_cell} AS i, {y_cell} AS j, count(*) FROM this WHERE {condition} GROUP BY 1, 2 ORDER BY 1, 2"
                )
            };
            let found = self.session.sql(&sql)?;
            let cells: Vec<(usize, f64, u64)> = (0..found.row_count())
                .map(|row| {
                    let scalar = found.scalar(row, 1);
                    let at = scalar.as_f64().unwrap_or(0.0);
                    (whole(&found, row, 0) as usize, at, whole(&found, row, 2))
                })
                .collect();
            let row_count = cells.iter().map(|(_, _, count)| count).sum();
            plots.push(Plot { value, cells, row_count });
        }
        if self.is_line {
            let means = || plots.iter().flat_map(|plot| plot.cells.iter().map(|(_, mean, _)| *mean));
            let (low, high) =
                (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
            let mean_type = if self.y.axis_type.is_integer() { DataType::F64 } else { self.y.axis_type };
            y_axis = axis(low, high, (self.canvas.dots_high() / 12).max(2), mean_type);
        }
        Ok(Some((x_axis, y_axis, plots)))
    }

    fn drawn(
        &self,
        x_axis: Axis,
        y_axis: Axis,
        plots: &[Plot],
        by: Option<&Measured>,
        look: Look,
        room: usize,
    ) -> String {
        let range = y_axis.edge(y_axis.count) - y_axis.low;
        let high = self.canvas.dots_high();
        let mut canvases: Vec<Canvas> = Vec::new();
        for plot in plots {
            let mut canvas = self.canvas.clone();
            let mut before = None;
            for (i, at, count) in &plot.cells {
                let i = (*i).min(canvas.dots_wide() - 1);
                if self.is_line {
                    let j = (((at - y_axis.low) / range * high as f64) as usize).min(high - 1);
                    canvas.line(before.unwrap_or((i, j)), (i, j));
                    before = Some((i, j));
                } else {
                    canvas.add(i, (*at as usize).min(high - 1), *count);
                }
            }
            canvases.push(canvas);
        }
        let is_dense = !self.is_line && canvases.iter().any(Canvas::is_dense);
        let mean = if self.is_line { "mean of " } else { "" };
        let title = format!("{mean}{} by {}", printable(&self.y.name), printable(&self.x.name));
        let mut text = String::new();
        for (plot, canvas) in plots.iter().zip(&canvases) {
            let rows = counted(plot.row_count, "row");
            let title = match (by, &plot.value) {
                (Some(by), Some(value)) => {
                    format!("{title}, {} {} ({rows})", printable(&by.name), shown(value))
                }
                _ => format!("{title} ({rows})"),
            };
            text.push_str(&format!("{}\n", look.bold(&cut(&title, room))));
            text.push_str(&canvas.framed(x_axis, y_axis, is_dense, room));
        }
        text
    }

    /// The numbers behind the picture.
    fn frame(&self, found: Found, by: Option<&Measured>) -> Frame {
        let (mut values, mut xs, mut ys, mut counts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        if let Some((x_axis, y_axis, plots)) = found {
            let low = |axis: Axis, dots: usize, at: f64| {
                let width = (axis.edge(axis.count) - axis.low) / dots as f64;
                axis.value(axis.low + at * width)
            };
            for plot in plots {
                for (i, at, rows) in plot.cells {
                    values.push(plot.value.clone().unwrap_or(Scalar::Null));
                    xs.push(low(x_axis, self.canvas.dots_wide(), i as f64));
                    ys.push(if self.is_line {
                        Scalar::F64(at)
                    } else {
                        low(y_axis, self.canvas.dots_high(), at)
                    });
                    counts.push(count(rows));
                }
            }
        }
        let value_type = |column: &Measured| match column.axis_type {
            t @ (DataType::Timestamp(_) | DataType::Duration(_)) => t,
            _ => DataType::F64,
        };
        let y_type = if self.is_line { DataType::F64 } else { value_type(self.y) };
        let mut columns =
            vec![("x", value_type(self.x), xs), ("y", y_type, ys), ("count", DataType::I64, counts)];
        if let Some(by) = by {
            columns.insert(0, ("by", by.data_type, values));
        }
        output::frame(columns)
    }
}
