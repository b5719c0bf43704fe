//! Aggregates by key: what is known of the keys beforehand, and the way to go through the rows that this suggests.

mod direct;
mod interval;
mod narrow;
mod slots;
mod striped;

use crate::Error;
use crate::bounds::range;
use crate::calls::Call;
use crate::finish::finish;
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::text::Argument;
use colq_column::{Column, ColumnSource};
use colq_kernels::{Accumulator, KeyLayout, KeySpace};
use colq_plan::{AggregateCall, Typed};
use direct::direct_keys;
use interval::interval;

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
    // Where a key is the start of the interval that a value is in, few keys stand for themselves.
    let (mut stepped, mut spaces) = (Vec::new(), Vec::new());
    for key in &keys {
        let (operand, space) = match interval(&key.value, key.data_type, source)? {
            Some((operand, space)) => (Some(operand), space),
            None => (None, key_space(key, source)?),
        };
        stepped.push(operand);
        spaces.push(space);
    }
    let layout = KeyLayout::new(&spaces);
    if let Some(places) = direct_keys(&layout, &calls) {
        let keys = keys
            .into_iter()
            .zip(stepped)
            .map(|(key, operand)| match operand {
                Some(operand) => Argument::of_numbers(operand, key.data_type),
                None => key,
            })
            .collect();
        run.note(|| format!("groups: the key is an index into {places} places"));
        let grouping = Grouping { pipeline, keys, calls, layout };
        let (columns, states, first_rows) = grouping.run_direct(places, run)?;
        return Ok((columns, states, grouping.calls, first_rows));
    }
    let spaces = keys.iter().map(|key| key_space(key, source)).collect::<Result<Vec<_>, _>>()?;
    let layout = KeyLayout::new(&spaces);
    let grouping = Grouping { pipeline, keys, calls, layout };
    run.note(|| match grouping.layout.packed_keys() {
        Some(_) => "groups: hashed by one packed word".to_owned(),
        _ => format!("groups: hashed by {} words", grouping.layout.word_count()),
    });
    let (columns, states, first_rows) = grouping.run_striped(run)?;
    Ok((columns, states, grouping.calls, first_rows))
}

/// What the zone summaries say of a key column, so that its keys are as short as can be.
fn key_space(key: &Argument, source: &dyn ColumnSource) -> Result<KeySpace, Error> {
    let data_type = key.data_type;
    let nullable = key.value.as_column().is_none_or(|column| source.may_have_nulls(column));
    let range = match &key.dictionary {
        Some(dictionary) => Some((0, (dictionary.len() as i128 - 1).max(0))),
        None => range(&key.value, source)?.map(|range| (range.low, range.high)),
    };
    Ok(KeySpace { data_type, nullable, range, step: 1 })
}
