//! Text that is computed (a conversion to text) and has no dictionary for the whole table yet.
//!
//! Grouping and ordering need one meaning of a code over all zones. So before the real run, one run collects the
//! distinct values of the expression; afterwards each zone's codes are translated into the common ones.

use crate::Error;
use crate::evaluate::{Evaluated, value};
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::zone::Scratches;
use colq_column::{Bitmap, Buffer, Column, Dictionary, DictionaryBuilder};
use colq_types::DataType;
use std::sync::{Arc, Mutex, PoisonError};

/// An expression together with the dictionary its text codes point into over the whole source.
pub(crate) struct Argument {
    pub(crate) value: Value,
    pub(crate) data_type: DataType,
    /// For text, of a column or computed.
    pub(crate) dictionary: Option<Arc<Dictionary>>,
    /// For computed text, the values with their common codes.
    codes: Option<DictionaryBuilder>,
}

impl Argument {
    /// Prepares an expression of this type.
    pub(crate) fn new(
        value: Value,
        data_type: DataType,
        pipeline: &Pipeline,
        run: Run<'_>,
    ) -> Result<Argument, Error> {
        if data_type != DataType::Text {
            return Ok(Argument { value, data_type, dictionary: None, codes: None });
        }
        if let Some(column) = value.as_column() {
            let dictionary = pipeline.source.dictionary(column)?;
            return Ok(Argument { value, data_type, dictionary, codes: None });
        }
        let builder = collect_values(&value, pipeline, run)?;
        let dictionary = Some(Arc::new(builder.clone().finish()));
        Ok(Argument { value, data_type, dictionary, codes: Some(builder) })
    }

    /// The values for a zone, computed text with common codes.
    pub(crate) fn evaluate<'a>(
        &self,
        zone: &mut crate::zone::Zone<'a>,
        active: &Bitmap,
    ) -> Result<Evaluated<'a>, Error> {
        let evaluated = value(zone, &self.value, active)?.materialised(zone.row_count());
        let (Some(codes), Some(dictionary)) = (&self.codes, &self.dictionary) else { return Ok(evaluated) };
        let view = evaluated.as_view()?;
        let common: Vec<Option<u32>> = match view.dictionary {
            Some(own) => own.iter().map(|text| codes.find(text)).collect(),
            None => Vec::new(),
        };
        // Values of rows that are not selected may never have been collected: they become NULL, and nobody looks.
        let mut validity = Bitmap::default();
        let mut translated = Vec::with_capacity(view.len());
        for row in 0..view.len() {
            let own = view.values.code(row).filter(|_| view.is_valid(row));
            let code = own.and_then(|c| common.get(c as usize).copied().flatten());
            validity.push(code.is_some());
            translated.push(code.unwrap_or(0));
        }
        Ok(Evaluated::Column(
            Column::text(Buffer::U32(translated), dictionary.clone()).with_validity(Some(validity)),
        ))
    }
}

fn collect_values(value_of: &Value, pipeline: &Pipeline, run: Run<'_>) -> Result<DictionaryBuilder, Error> {
    let all = Mutex::new(DictionaryBuilder::default());
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
        let mut used = vec![false; view.dictionary.map_or(0, |d| d.len())];
        for row in active.ones_iter().filter(|row| view.is_valid(*row)) {
            if let Some(used) = view.values.code(row).and_then(|code| used.get_mut(code as usize)) {
                *used = true;
            }
        }
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        for (text, used) in view.dictionary.iter().flat_map(|d| d.iter()).zip(used) {
            if used {
                all.intern(text);
            }
        }
        Ok(())
    })?;
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}
