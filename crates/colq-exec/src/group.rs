//! Aggregates by key: what is known of the keys beforehand, and the way to go through the rows that this suggests.

mod direct;
mod slots;
mod striped;

use crate::Error;
use crate::calls::Call;
use crate::finish::finish;
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::text::Argument;
use colq_column::{Bounds, Column, ColumnSource};
use colq_kernels::{Accumulator, KeyLayout, KeySpace};
use colq_plan::{AggregateCall, Typed};

/// A grouping made ready for a source.
struct Grouping<'a> {
    pipeline: &'a Pipeline,
    keys: Vec<Argument>,
    calls: Vec<Call>,
    layout: KeyLayout,
}

/// The keys and the aggregates of each group, in the order of their first rows.
pub(crate) fn aggregate_groups(
    pipeline: &Pipeline,
    keys: &[Typed],
    aggregates: &[&AggregateCall],
    run: Run<'_>,
) -> Result<(Vec<Column>, Vec<Column>), Error> {
    let calls =
        aggregates.iter().map(|call| Call::new(call, pipeline, run)).collect::<Result<Vec<_>, _>>()?;
    let (columns, mut states, calls, _) = run_groups(pipeline, keys, calls, run)?;
    let finished = aggregates.iter().zip(&calls).zip(&mut states);
    let answers =
        finished.map(|((call, ready), state)| finish(call, ready, state)).collect::<Result<_, _>>()?;
    Ok((columns, answers))
}

/// The distinct keys and the first row of each, in the order of those rows.
pub(crate) fn distinct_keys(
    pipeline: &Pipeline,
    keys: &[Typed],
    run: Run<'_>,
) -> Result<(Vec<Column>, Vec<u64>), Error> {
    let (columns, _, _, first_rows) = run_groups(pipeline, keys, Vec::new(), run)?;
    Ok((columns, first_rows))
}

/// The distinct keys and how many rows have each, in the order of their first rows.
pub(crate) fn counted_keys(
    pipeline: &Pipeline,
    keys: &[Typed],
    run: Run<'_>,
) -> Result<(Vec<Column>, Vec<u64>), Error> {
    let (columns, states, _, _) = run_groups(pipeline, keys, vec![Call::counting()], run)?;
    let counts = states.first().map(Accumulator::counts).unwrap_or_default();
    Ok((columns, counts))
}

/// Key columns, states and first rows of all groups.
type InOrder = (Vec<Column>, Vec<Accumulator>, Vec<u64>);

type Answer = (Vec<Column>, Vec<Accumulator>, Vec<Call>, Vec<u64>);

fn run_groups(pipeline: &Pipeline, keys: &[Typed], calls: Vec<Call>, run: Run<'_>) -> Result<Answer, Error> {
    let source = &*pipeline.source;
    let keys = keys
        .iter()
        .map(|key| Argument::new(Value::new(key, source)?, key.data_type, pipeline, run))
        .collect::<Result<Vec<_>, Error>>()?;
    let spaces = keys.iter().map(|key| key_space(key, source)).collect::<Result<Vec<_>, _>>()?;
    let layout = KeyLayout::new(&spaces);
    let grouping = Grouping { pipeline, keys, calls, layout };
    let (layout, direct) = (&grouping.layout, grouping.direct_keys());
    run.note(|| match (direct, layout.packed_keys()) {
        (Some(keys), _) => format!("groups: the key is an index into {keys} places"),
        (_, Some(_)) => "groups: hashed by one packed word".to_owned(),
        _ => format!("groups: hashed by {} words", layout.word_count()),
    });
    let (columns, states, first_rows) = match direct {
        Some(keys) => grouping.run_direct(keys, run)?,
        None => grouping.run_striped(run)?,
    };
    Ok((columns, states, grouping.calls, first_rows))
}

/// What the zone summaries say of a key column, so that its keys are as short as can be.
fn key_space(key: &Argument, source: &dyn ColumnSource) -> Result<KeySpace, Error> {
    let unknown = |nullable| KeySpace { data_type: key.data_type, nullable, range: None, step: 1 };
    if let Some(dictionary) = &key.dictionary {
        let nullable = key.value.as_column().is_none_or(|column| source.may_have_nulls(column));
        let last = (dictionary.len() as i128 - 1).max(0);
        return Ok(KeySpace { data_type: key.data_type, nullable, range: Some((0, last)), step: 1 });
    }
    let Some(column) = key.value.as_column() else { return Ok(unknown(true)) };
    let nullable = source.may_have_nulls(column);
    let mut range: Option<(i128, i128)> = None;
    for zone in 0..source.zone_count() {
        let ends = match source.zone_summary(column, zone)?.map(|s| (s.bounds, s.row_count == s.null_count)) {
            Some((Some(Bounds::Signed { min, max }), _)) => (i128::from(min), i128::from(max)),
            Some((Some(Bounds::Unsigned { min, max }), _)) => (i128::from(min), i128::from(max)),
            Some((None, true)) => continue,
            _ => return Ok(unknown(nullable)),
        };
        // Records that contradict themselves are not believed.
        if ends.0 > ends.1 {
            return Ok(unknown(nullable));
        }
        range = Some(range.map_or(ends, |(low, high)| (low.min(ends.0), high.max(ends.1))));
    }
    // Without any value (no rows, or NULLs alone) one code is enough, but floats have none to begin with.
    match range {
        None if key.data_type.is_float() => Ok(unknown(nullable)),
        range => Ok(KeySpace { data_type: key.data_type, nullable, range: range.or(Some((0, 0))), step: 1 }),
    }
}
