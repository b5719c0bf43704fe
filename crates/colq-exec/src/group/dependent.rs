//! Keys that follow from others: a constant, a key that stands there twice, what is computed from whole numbers that are
//! keys themselves. They tell no groups apart, so rows go by the other keys alone, and these are computed of the groups.
//!
//! Only what cannot be an error for any row is computed later, and neither of floats, of which 0.0 and -0.0 are one key,
//! nor as floats, of which a key is -0.0 never.

use super::Piece;
use crate::Error;
use crate::bounds::range;
use crate::collect::{Wanted, collect};
use crate::few::Few;
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::union::columns_of;
use crate::used::Used;
use colq_column::{Batch, Column};
use colq_context::Context;
use colq_plan::{PlanSortKey, Typed};
use colq_types::{DataType, Field, Schema};
use std::sync::Arc;

/// Where a key is taken from once the groups are there.
#[derive(Debug, Clone)]
enum Origin {
    /// A key that groups are told apart by, by its number among those.
    Own(usize),
    Computed(Typed),
}

/// Keys of which some follow from others.
pub(super) struct Dependent {
    /// Those that groups are told apart by.
    pub(super) keys: Vec<Typed>,
    /// Which of these are to be written out, and all answers.
    pub(super) kept: Used,
    pub(super) few: Few,
    /// The keys as they were, those that somebody looks at.
    origins: Vec<Origin>,
    /// Where among the columns of a piece each column of the source is, for those that are keys.
    places: Vec<usize>,
    source_schema: Schema,
}

impl Dependent {
    /// `None` where no key follows from the others, or an order asks for one that does.
    pub(super) fn new(
        pipeline: &Pipeline,
        keys: &[Typed],
        answer_count: usize,
        (kept, few): (&Used, &Few),
    ) -> Result<Option<Dependent>, Error> {
        let source_schema = pipeline.source.schema();
        let columns: Vec<usize> = keys.iter().filter_map(Typed::as_column).collect();
        let mut own: Vec<Typed> = Vec::new();
        let mut origins = Vec::new();
        for key in keys {
            let same = |other: &Typed| key.as_column().is_some() && key.as_column() == other.as_column();
            origins.push(match own.iter().position(same) {
                Some(number) => Origin::Own(number),
                None if follows(key, &columns, pipeline)? => Origin::Computed(key.clone()),
                None => {
                    own.push(key.clone());
                    Origin::Own(own.len() - 1)
                }
            });
        }
        if own.is_empty() || own.len() == keys.len() {
            return Ok(None);
        }
        let Some(few) = few_of(few, &origins, own.len()) else { return Ok(None) };
        let is_kept = |key: usize| kept.as_ref().is_none_or(|kept| kept.get(key) == Some(&true));
        let origins: Vec<Origin> = origins
            .into_iter()
            .enumerate()
            .filter(|(key, _)| is_kept(*key))
            .map(|(_, origin)| origin)
            .collect();
        // What is computed needs its columns.
        let mut wanted = vec![false; own.len()];
        for origin in &origins {
            let mut read = Vec::new();
            match origin {
                Origin::Own(number) => wanted[*number] = true,
                Origin::Computed(key) => key.collect_columns(&mut read),
            }
            let reads = |key: &Typed| key.as_column().is_some_and(|column| read.contains(&column));
            own.iter().zip(&mut wanted).for_each(|(key, wanted)| *wanted |= reads(key));
        }
        // Constants alone have no rows.
        if !wanted.contains(&true) {
            wanted[0] = true;
        }
        let place = |number: usize| wanted.iter().take(number).filter(|wanted| **wanted).count();
        let place_of =
            |column: usize| own.iter().position(|key| key.as_column() == Some(column)).map_or(0, place);
        let places = (0..source_schema.len()).map(place_of).collect();
        let origins = origins.into_iter().map(|origin| match origin {
            Origin::Own(number) => Origin::Own(place(number)),
            computed => computed,
        });
        let origins = origins.collect();
        let all_kept = !wanted.contains(&false);
        wanted.resize(own.len() + answer_count, true);
        let kept = (!all_kept).then_some(wanted);
        Ok(Some(Dependent { keys: own, kept, few, origins, places, source_schema: source_schema.clone() }))
    }

    /// A piece with all of its keys.
    pub(super) fn piece(&self, piece: Piece, run: Run<'_>) -> Result<Piece, Error> {
        Ok(Piece { columns: self.columns(piece.columns, run)?, ..piece })
    }

    /// The columns of some groups with all keys, from those with the keys that tell them apart.
    pub(super) fn columns(&self, mut columns: Vec<Column>, run: Run<'_>) -> Result<Vec<Column>, Error> {
        let own = match &self.kept {
            None => self.keys.len(),
            Some(kept) => kept.iter().take(self.keys.len()).filter(|kept| **kept).count(),
        };
        let answers = columns.split_off(own.min(columns.len()));
        let computed: Vec<Typed> = self.origins.iter().filter_map(Origin::computed).cloned().collect();
        let mut computed = self.computed(&columns, &computed, run)?.into_iter();
        let missing = || Error::Internal("a key that follows from others is gone".into());
        let column = |origin: &Origin| match origin {
            Origin::Own(place) => columns.get(*place).cloned().ok_or_else(missing),
            Origin::Computed(_) => computed.next().ok_or_else(missing),
        };
        let mut all = self.origins.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        all.extend(answers);
        Ok(all)
    }

    /// These expressions of the groups with these keys.
    fn computed(&self, columns: &[Column], exprs: &[Typed], run: Run<'_>) -> Result<Vec<Column>, Error> {
        if exprs.is_empty() {
            return Ok(Vec::new());
        }
        let field = |column: &Column| Field::new("key", column.data_type);
        let schema: Schema = columns.iter().map(field).collect();
        let groups = Batch::new(Arc::new(schema), columns.to_vec())
            .ok_or_else(|| Error::Internal("keys of groups are not of one length".into()))?;
        let source = columns_of(Arc::new(groups), self.places.clone(), self.source_schema.clone());
        let schema: Schema = exprs.iter().map(|expr| Field::new("key", expr.data_type)).collect();
        // Groups are not counted as rows that were read.
        let context = Context::new();
        let run = Run { pool: run.pool, context: &context, recorder: None };
        let pipeline = Pipeline::new(source, None)?;
        Ok(collect(&pipeline, exprs, &Arc::new(schema), Wanted::All, run)?.columns().to_vec())
    }
}

impl Origin {
    fn computed(&self) -> Option<&Typed> {
        match self {
            Origin::Own(_) => None,
            Origin::Computed(key) => Some(key),
        }
    }
}

/// True for a key that is no column, and the same in all rows with the same of these columns, for none of which it is an
/// error.
fn follows(key: &Typed, columns: &[usize], pipeline: &Pipeline) -> Result<bool, Error> {
    let source = &*pipeline.source;
    let mut read = Vec::new();
    key.collect_columns(&mut read);
    let is_plain = |data_type: DataType| {
        !data_type.is_float() && data_type != DataType::Text && !matches!(data_type, DataType::Vector { .. })
    };
    let is_key = |column: &usize| {
        columns.contains(column)
            && source.schema().fields().get(*column).is_some_and(|f| is_plain(f.data_type))
    };
    let is_constant = read.is_empty() && !key.data_type.is_float();
    if key.as_column().is_some() || !is_constant && !is_plain(key.data_type) || !read.iter().all(is_key) {
        return Ok(false);
    }
    let value = Value::new(key, source)?;
    Ok(!value.may_fail() || range(&value, source)?.is_some())
}

/// The same groups by the columns of fewer keys; `None` where the order goes by a key that is computed.
fn few_of(few: &Few, origins: &[Origin], own: usize) -> Option<Few> {
    let Few::Top(order, wanted) = few else { return Some(few.clone()) };
    let moved = |key: &PlanSortKey| {
        let column = match origins.get(key.column) {
            Some(Origin::Own(number)) => *number,
            Some(Origin::Computed(_)) => return None,
            None => key.column - origins.len() + own,
        };
        Some(PlanSortKey { column, ..*key })
    };
    Some(Few::Top(order.iter().map(moved).collect::<Option<_>>()?, *wanted))
}
