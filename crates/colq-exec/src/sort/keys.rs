//! The keys of an order over a pipeline: which expressions they are, in which range their values lie as far as the
//! summaries of the zones tell, and the words of the rows of a zone.

use super::run::Laid;
use crate::Error;
use crate::evaluate::bytes_of;
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::text_order::{first_ranks, ranks_of};
use crate::zone::Zone;
use colq_column::{Bitmap, Bounds, Column, ColumnSource, View, ZoneSummary};
use colq_kernels::{SortKey, SortLayout, float_word, gather, positions_up_to, signed_word, texts_up_to};
use colq_plan::PlanSortKey;
use colq_types::DataType;
use std::sync::Arc;

/// Rows whose words are made and compared at a time: they stay in the first-level cache.
const BLOCK_ROWS: usize = 2048;

/// The first key alone is looked at, where it leaves fewer rows than one of so many.
const FEW_ROWS: usize = 8;

/// The keys of an order.
pub(crate) struct Keys {
    values: Vec<Value>,
    pub(crate) layout: SortLayout,
    /// The first key where it is a column of which summaries tell.
    first: Option<usize>,
    /// The words of the first key are looked up by its codes.
    first_is_ranked: bool,
    first_descends: bool,
    first_nulls_first: bool,
}

/// How far a row may be from the first in an order to be looked at.
pub(crate) struct Limit {
    /// The highest first word.
    pub(crate) first_word: u64,
    /// The last text of the first key, where that tells more than the word does.
    pub(crate) text: Option<Box<[u8]>>,
    /// Rows that tie with it in all that is named here are not looked at.
    pub(crate) strictly: bool,
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

impl Keys {
    /// The keys by columns of the output, which is `outputs`; of an order of which no more than the `first` rows are wanted.
    pub(crate) fn new(
        pipeline: &Pipeline,
        outputs: &[Value],
        types: &[DataType],
        keys: &[PlanSortKey],
        first: Option<usize>,
        run: Run<'_>,
    ) -> Result<Keys, Error> {
        let source = &*pipeline.source;
        let (mut values, mut sort_keys) = (Vec::new(), Vec::new());
        for (number, key) in keys.iter().enumerate() {
            let missing = || internal("a sort key has no column");
            let expr = outputs.get(key.column).ok_or_else(missing)?;
            let data_type = *types.get(key.column).ok_or_else(missing)?;
            let column = expr.as_column();
            let dictionary = match column.filter(|_| data_type == DataType::Text) {
                Some(column) => source.dictionary(column)?,
                None => None,
            };
            let dictionary = dictionary.filter(|texts| texts.is_distinct());
            let ranks = match (column, &dictionary, first.filter(|_| number == 0)) {
                (Some(column), Some(texts), Some(limit)) => {
                    first_ranks(pipeline, (column, texts), key.descending, limit, run)?
                }
                _ => None,
            };
            let ranks = match (ranks, &dictionary) {
                (None, Some(texts)) => Some(ranks_of(texts, run)?),
                (ranks, _) => ranks,
            };
            sort_keys.push(SortKey {
                data_type,
                descending: key.descending,
                nulls_first: key.nulls_first,
                may_be_null: column.is_none_or(|column| source.may_have_nulls(column)),
                range: match column.filter(|_| data_type != DataType::Text) {
                    Some(column) => range(source, column)?,
                    None => None,
                },
                ranks: ranks.map(Arc::new),
            });
            values.push(expr.clone());
        }
        let first_descends = keys.first().is_some_and(|key| key.descending);
        let first_nulls_first = keys.first().is_some_and(|key| key.nulls_first);
        let first = values.first().and_then(Value::as_column);
        let first_is_ranked = sort_keys.first().is_some_and(|key| key.ranks.is_some());
        let first = first.filter(|_| !first_is_ranked);
        let layout = SortLayout::new(sort_keys).map_err(internal)?;
        Ok(Keys { values, layout, first, first_is_ranked, first_descends, first_nulls_first })
    }

    /// The expressions of the keys whose texts are asked for beside the words.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Value> {
        self.layout.text_keys().iter().filter_map(|key| self.values.get(*key))
    }

    /// Which of some columns the keys are; `None` where one of them is no column or not among them.
    pub(crate) fn columns_among(&self, columns: &[Laid]) -> Option<Vec<usize>> {
        let place = |key: &Value| {
            let column = key.as_column()?;
            columns.iter().position(|laid| laid.value.as_column() == Some(column))
        };
        self.values.iter().map(place).collect()
    }

    /// True where a word of each row is looked up by its code, which takes longer than to compare a number.
    pub(crate) fn looks_up(&self) -> bool {
        self.first_is_ranked
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The words of the rows at these positions of a zone, of all where there are none.
    pub(crate) fn encode(
        &self,
        zone: &mut Zone<'_>,
        active: &Bitmap,
        positions: Option<&[u32]>,
        words: &mut Vec<Vec<u64>>,
    ) -> Result<(), Error> {
        let row_count = zone.row_count();
        let mut evaluated = Vec::new();
        for expr in &self.values {
            evaluated.push(bytes_of(zone, expr, active)?.materialised(row_count));
        }
        let views = evaluated.iter().map(|e| e.as_view()).collect::<Result<Vec<_>, _>>()?;
        let Some(positions) = positions else {
            return self.layout.encode(&views, words).map_err(internal);
        };
        let gathered = views.iter().map(|view| gather(view, positions)).collect::<Result<Vec<_>, _>>();
        let gathered = gathered.map_err(internal)?;
        let views: Vec<View<'_>> = gathered.iter().map(Column::view).collect();
        self.layout.encode(&views, words).map_err(internal)
    }

    /// The positions of rows of a zone, ascending: all that are within the limit, and of others only such as agree with it in
    /// the first key, where those are few.
    pub(crate) fn rows_up_to(
        &self,
        zone: &mut Zone<'_>,
        active: &Bitmap,
        limit: &Limit,
        found: &mut Vec<u32>,
    ) -> Result<(), Error> {
        if let (Some(text), Some(expr)) = (&limit.text, self.values.first()) {
            let evaluated = bytes_of(zone, expr, active)?.materialised(zone.row_count());
            let view = evaluated.as_view()?;
            texts_up_to(&view, text, self.first_descends, limit.strictly, found);
            if let Some(validity) = view.validity {
                found.retain(|row| validity.get(*row as usize));
                if self.first_nulls_first {
                    found.extend((0..view.len() as u32).filter(|row| !validity.get(*row as usize)));
                    found.sort_unstable();
                }
            }
            return Ok(());
        }
        found.clear();
        let Some(limit) = limit.first_word.checked_sub(u64::from(limit.strictly)) else { return Ok(()) };
        let keys = self.layout.keys_in_first_word();
        if keys > 1 {
            self.rows_up_to_by(1, zone, active, limit, found)?;
            if found.len() < zone.row_count() / FEW_ROWS {
                return Ok(());
            }
        }
        self.rows_up_to_by(keys, zone, active, limit, found)
    }

    /// The same by the first keys alone.
    fn rows_up_to_by(
        &self,
        keys: usize,
        zone: &mut Zone<'_>,
        active: &Bitmap,
        limit: u64,
        found: &mut Vec<u32>,
    ) -> Result<(), Error> {
        let row_count = zone.row_count();
        let mut evaluated = Vec::new();
        for expr in self.values.iter().take(keys) {
            evaluated.push(bytes_of(zone, expr, active)?.materialised(row_count));
        }
        let views = evaluated.iter().map(|e| e.as_view()).collect::<Result<Vec<_>, _>>()?;
        let mut within = Bitmap::default();
        if let [view] = views.as_slice()
            && self.layout.rows_within(view, limit, &mut within).map_err(internal)?
        {
            colq_kernels::positions(&within, found);
            return Ok(());
        }
        let (mut first, mut of_block) = ([Vec::new()], Vec::new());
        found.clear();
        for start in (0..row_count).step_by(BLOCK_ROWS) {
            let len = BLOCK_ROWS.min(row_count - start);
            let validity: Vec<Option<Bitmap>> =
                views.iter().map(|view| view.validity.map(|bits| bits.slice(start, len))).collect();
            let block = |key: usize| View {
                values: views[key].values.slice(start, len),
                validity: validity[key].as_ref(),
                ..views[key]
            };
            self.layout.encode_first(keys, block, len, &mut first).map_err(internal)?;
            positions_up_to(&first[0], limit, &mut of_block);
            found.extend(of_block.iter().map(|position| start as u32 + position));
        }
        Ok(())
    }

    /// A first word that no row of the zone is below, judged by its summary.
    pub(crate) fn lowest_word(&self, source: &dyn ColumnSource, zone: u64) -> Result<u64, Error> {
        let Some(first) = self.first else { return Ok(0) };
        let Some(summary) = source.zone_summary(first, zone)? else { return Ok(0) };
        if summary.null_count > 0 && self.first_nulls_first {
            return Ok(0);
        }
        let best = match ends(&summary) {
            Ends::None => return Ok(self.layout.lowest_null_word()),
            Ends::Unknown => return Ok(0),
            Ends::Words(min, max) => {
                if self.first_descends {
                    max
                } else {
                    min
                }
            }
        };
        Ok(self.layout.lowest_first_word(best).unwrap_or(0))
    }
}

/// The words of the smallest and the largest value of a zone.
enum Ends {
    /// All rows are NULL.
    None,
    Unknown,
    Words(u64, u64),
}

fn ends(summary: &ZoneSummary) -> Ends {
    let nan = (summary.nan_count > 0).then(|| float_word(f64::NAN));
    match (summary.bounds, nan) {
        (Some(Bounds::Signed { min, max }), _) => Ends::Words(signed_word(min), signed_word(max)),
        (Some(Bounds::Unsigned { min, max } | Bounds::Prefix { min, max }), _) => Ends::Words(min, max),
        (Some(Bounds::Float { min, max }), nan) => {
            Ends::Words(float_word(min), nan.unwrap_or(float_word(max)))
        }
        (Some(Bounds::Unknown), _) => Ends::Unknown,
        (None, Some(nan)) => Ends::Words(nan, nan),
        (None, None) => Ends::None,
    }
}

/// The words of the smallest and the largest value of a column, where every zone tells.
fn range(source: &dyn ColumnSource, column: usize) -> Result<Option<(u64, u64)>, Error> {
    let mut range: Option<(u64, u64)> = None;
    for zone in 0..source.zone_count() {
        let Some(summary) = source.zone_summary(column, zone)? else { return Ok(None) };
        match ends(&summary) {
            Ends::None => {}
            Ends::Unknown => return Ok(None),
            Ends::Words(min, max) => {
                let (low, high) = range.unwrap_or((min, max));
                range = Some((low.min(min), high.max(max)));
            }
        }
    }
    Ok(range)
}
