//! Text that has no dictionary for the whole table: what is computed (a conversion to text), and columns of free text,
//! whose zones bring their own texts.
//!
//! Ordering needs one meaning of a code over all zones. So before the real run, one run collects the distinct values of
//! the expression; afterwards each zone's codes are translated into the common ones. Grouping takes the bytes as they are.

use crate::Error;
use crate::coded::coded;
use crate::dictionary::{Answers, Table};
use crate::evaluate::value;
use crate::evaluated::Evaluated;
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::zone::Scratches;
use colq_column::{Bitmap, Buffer, Column, Dictionary, DictionaryBuilder, Values};
use colq_types::DataType;
use std::sync::{Arc, Mutex, PoisonError};

/// An expression together with the dictionary its text codes point into over the whole source.
pub(crate) struct Argument {
    pub(crate) value: Value,
    pub(crate) data_type: DataType,
    /// For text whose codes mean the same in all zones. Its values are distinct.
    pub(crate) dictionary: Option<Arc<Dictionary>>,
    /// For text that has no such dictionary by itself, the values with their common codes.
    codes: Option<DictionaryBuilder>,
    /// The values are numbers that are codes of the dictionary.
    is_coded: bool,
    /// The dictionary has a text for each code of the column that the expression is looked up by.
    is_by_code: bool,
    /// A key is looked at in its null slots too, which then hold zero; an aggregate goes by the validity.
    is_key: bool,
}

impl Argument {
    /// Prepares an expression of this type whose codes are to mean the same in all zones.
    pub(crate) fn new(
        value: Value,
        data_type: DataType,
        pipeline: &Pipeline,
        run: Run<'_>,
    ) -> Result<Argument, Error> {
        if data_type != DataType::Text {
            return Ok(Argument::as_stored(value, data_type, None));
        }
        if value.as_column().is_some() || matches!(value, Value::Lookup(_)) {
            let dictionary = common_dictionary(&value, pipeline)?;
            if dictionary.is_some() {
                return Ok(Argument::as_stored(value, data_type, dictionary));
            }
        }
        if let Some((value, dictionary)) = coded(&value) {
            return Ok(Argument::of_codes(value, dictionary));
        }
        let builder = collect_values(&value, pipeline, run)?;
        let dictionary = Some(Arc::new(builder.clone().finish()));
        Ok(Argument { codes: Some(builder), ..Argument::as_stored(value, data_type, dictionary) })
    }

    /// Prepares a key to group by. Text that has no dictionary for the whole source is taken by its bytes, so nothing is
    /// collected beforehand.
    pub(crate) fn of_key(value: Value, data_type: DataType, pipeline: &Pipeline) -> Result<Argument, Error> {
        if data_type == DataType::Text
            && let Some((value, dictionary)) = coded(&value)
        {
            return Ok(Argument::of_codes(value, dictionary));
        }
        Ok(Argument { is_key: true, ..Argument::of_call(value, data_type, pipeline)? })
    }

    /// A key of values as they come, and the dictionary of texts.
    fn as_stored(value: Value, data_type: DataType, dictionary: Option<Arc<Dictionary>>) -> Argument {
        let (codes, is_coded, is_by_code, is_key) = (None, false, false, true);
        Argument { value, data_type, dictionary, codes, is_coded, is_by_code, is_key }
    }

    /// A key of texts by their codes.
    fn of_codes(value: Value, dictionary: Arc<Dictionary>) -> Argument {
        Argument { is_coded: true, ..Argument::as_stored(value, DataType::Text, Some(dictionary)) }
    }

    /// A key of whole numbers.
    pub(crate) fn of_numbers(value: Value, data_type: DataType) -> Argument {
        Argument::as_stored(value, data_type, None)
    }

    /// Prepares the argument of an aggregate, which looks at each text as it goes by. (Over distinct values it is made a
    /// key first.)
    pub(crate) fn of_call(value: Value, data_type: DataType, pipeline: &Pipeline) -> Result<Argument, Error> {
        let dictionary = match data_type {
            DataType::Text => common_dictionary(&value, pipeline)?,
            _ => None,
        };
        Ok(Argument { is_key: false, ..Argument::as_stored(value, data_type, dictionary) })
    }

    /// Prepares the argument of a minimum or maximum. Texts that are looked up by the codes of a column are not even looked up:
    /// the codes stand for them.
    pub(crate) fn of_extreme(
        value: Value,
        data_type: DataType,
        pipeline: &Pipeline,
    ) -> Result<Argument, Error> {
        let by_code = match &value {
            Value::Lookup(table) if data_type == DataType::Text => texts_by_code(table),
            _ => None,
        };
        match by_code {
            Some(dictionary) => {
                let stored = Argument::as_stored(value, data_type, Some(dictionary));
                Ok(Argument { is_by_code: true, is_key: false, ..stored })
            }
            None => Argument::of_call(value, data_type, pipeline),
        }
    }

    /// True where the values of a column are taken as they are stored.
    pub(crate) fn is_as_stored(&self) -> bool {
        self.codes.is_none()
    }

    /// The values for a zone, text with common codes.
    pub(crate) fn evaluate<'a>(
        &self,
        zone: &mut crate::zone::Zone<'a>,
        active: &Bitmap,
    ) -> Result<Evaluated<'a>, Error> {
        if let (Value::Lookup(table), true) = (&self.value, self.is_by_code) {
            let codes = Evaluated::View(zone.view(table.column)?).into_column(zone.row_count());
            return Ok(Evaluated::Column(Column { dictionary: self.dictionary.clone(), ..codes }));
        }
        let evaluated = value(zone, &self.value, active)?;
        let evaluated = match self.is_key {
            true => evaluated.materialised(zone.row_count()),
            false => evaluated.written(zone.row_count()),
        };
        if self.is_coded {
            let codes = evaluated.into_column(zone.row_count());
            let (data_type, dictionary) = (DataType::Text, self.dictionary.clone());
            return Ok(Evaluated::Column(Column { data_type, dictionary, ..codes }));
        }
        let (Some(codes), Some(dictionary)) = (&self.codes, &self.dictionary) else { return Ok(evaluated) };
        let view = evaluated.as_view()?;
        // Each distinct text is looked up once, where the dictionary is no longer than the rows are many.
        let common: Option<Vec<Option<u32>>> = view
            .dictionary
            .filter(|own| own.len() <= view.len())
            .map(|own| own.iter().map(|text| codes.find(text)).collect());
        // Values of rows that are not selected may never have been collected: they become NULL, and nobody looks.
        let mut validity = Bitmap::default();
        let mut translated = Vec::with_capacity(view.len());
        for row in 0..view.len() {
            let own = view.values.code(row).filter(|_| view.is_valid(row) && active.get(row));
            let code = own.and_then(|c| match &common {
                Some(common) => common.get(c as usize).copied().flatten(),
                None => codes.find(view.text(row)),
            });
            validity.push(code.is_some());
            translated.push(code.unwrap_or(0));
        }
        Ok(Evaluated::Column(
            Column::text(Buffer::U32(translated), dictionary.clone()).with_validity(Some(validity)),
        ))
    }
}

/// Texts that are made of those of a long dictionary, by its codes, where rows enough are looked at to find all of them first.
pub(crate) fn with_found_texts(value: Value, pipeline: &Pipeline, run: Run<'_>) -> Result<Value, Error> {
    let Value::LateLookup(late, by_rows) = value else { return Ok(value) };
    if !late.are_texts_worth(pipeline.rows_at_most()?) {
        return Ok(Value::LateLookup(late, by_rows));
    }
    Ok(match late.found(run)? {
        Some(Answers::Table(table)) => Value::Lookup(table.clone()),
        // Numbers are no texts.
        Some(Answers::Numbers(_)) | None => *by_rows,
    })
}

/// The dictionary that the codes of a text point into in every zone, where there is one.
fn common_dictionary(value: &Value, pipeline: &Pipeline) -> Result<Option<Arc<Dictionary>>, Error> {
    match value {
        Value::Column(column) => Ok(pipeline.source.dictionary(*column)?),
        Value::Lookup(table) => Ok(table.answers.dictionary.clone()),
        _ => Ok(None),
    }
}

/// The answers for the codes of a column, one after the other; `None` where one of them is NULL, or that for NULL is not.
fn texts_by_code(table: &Table) -> Option<Arc<Dictionary>> {
    let (view, codes) = (table.answers.view(), table.null_row());
    if view.is_valid(codes) || (0..codes).any(|code| !view.is_valid(code)) {
        return None;
    }
    // Where no two answers are alike, theirs is the one.
    if let (Some(dictionary), Values::U32(answers)) = (&table.answers.dictionary, view.values)
        && answers.iter().take(codes).zip(0..).all(|(answer, code)| *answer == code)
    {
        return Some(dictionary.clone());
    }
    let mut texts = DictionaryBuilder::default();
    (0..codes).for_each(|code| {
        texts.append(view.text(code));
    });
    Some(Arc::new(texts.finish()))
}

fn collect_values(value_of: &Value, pipeline: &Pipeline, run: Run<'_>) -> Result<DictionaryBuilder, Error> {
    let all = Mutex::new(DictionaryBuilder::default());
    let claim = Mutex::new(run.context.claim(0)?);
    run.pool.in_order(run.context, pipeline.zone_count(), Scratches::default, |scratches, number| {
        let foresight = pipeline.foresee(number, run)?;
        let mut zone = pipeline.zone(number, scratches, run);
        let selection = pipeline.select(foresight, &mut zone, run)?;
        let active = selection.to_bitmap(zone.row_count());
        if active.count_ones() == 0 {
            return Ok(());
        }
        let evaluated = value(&mut zone, value_of, &active)?.materialised(zone.row_count());
        let view = evaluated.as_view()?;
        let rows = active.ones_iter().filter(|row| view.is_valid(*row));
        let mut own = DictionaryBuilder::default();
        match view.dictionary.filter(|dictionary| dictionary.len() <= view.len()) {
            Some(dictionary) => {
                let mut used = vec![false; dictionary.len()];
                for code in rows.filter_map(|row| view.values.code(row)) {
                    if let Some(used) = used.get_mut(code as usize) {
                        *used = true;
                    }
                }
                let texts = dictionary.iter().zip(used).filter(|(_, used)| *used);
                texts.for_each(|(text, _)| {
                    own.intern(text);
                });
            }
            None => rows.for_each(|row| {
                own.intern(view.text(row));
            }),
        }
        // Only what is distinct within the zone waits for the other threads.
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        for text in (0..own.len() as u32).filter_map(|code| own.get(code)) {
            all.intern(text);
        }
        let owned = all.byte_len();
        claim.lock().unwrap_or_else(PoisonError::into_inner).resize(owned)?;
        Ok(())
    })?;
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}
