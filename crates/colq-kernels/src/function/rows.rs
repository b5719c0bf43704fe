//! The arguments of a call, and the rows that count: what every function of this folder goes by.

use crate::Error;
use crate::processor::vectorised;
use crate::select::positions;
use crate::text_run::TextRun;
use colq_column::{Bitmap, Column, Dictionary, DictionaryBuilder, Values, View};
use colq_types::{DataType, Native};
use std::borrow::Cow;
use std::sync::Arc;

/// One argument of a call.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    view: View<'a>,
    is_constant: bool,
}

impl<'a> Input<'a> {
    /// A value for each row.
    pub fn rows(view: View<'a>) -> Input<'a> {
        Input { view, is_constant: false }
    }

    /// The one value of this view, for all rows.
    pub fn constant(view: View<'a>) -> Input<'a> {
        Input { view, is_constant: true }
    }

    /// What its values mean.
    pub(super) fn data_type(&self) -> DataType {
        self.view.data_type
    }

    /// Where the value of a row lies in the view.
    #[inline(always)]
    pub(super) fn at(&self, row: usize) -> usize {
        if self.is_constant { 0 } else { row }
    }

    pub(super) fn view(&self) -> View<'a> {
        self.view
    }

    pub(super) fn is_constant(&self) -> bool {
        self.is_constant
    }

    pub(super) fn is_valid(&self, row: usize) -> bool {
        self.view.is_valid(self.at(row))
    }

    /// The bytes of a text.
    pub(super) fn bytes(&self, row: usize) -> &'a [u8] {
        self.view.text(self.at(row))
    }

    /// A text. Bytes that are no UTF-8 (only a file changed by another process has such) are shown as replaced.
    pub(super) fn text(&self, row: usize) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes(row))
    }

    /// The value as the program prints it, for errors.
    pub(super) fn shown(&self, row: usize) -> String {
        let value = self.view.scalar(self.at(row));
        match value {
            colq_types::Scalar::Text(text) => format!("'{text}'"),
            other => other.to_string(),
        }
    }

    /// The slice of a number type.
    pub(super) fn slice<T: Native>(&self) -> Result<&'a [T], Error> {
        let wrong =
            || Error::WrongLayout { expected: T::PHYSICAL.name(), found: self.view.values.physical().name() };
        self.view.values.as_slice::<T>().ok_or_else(wrong)
    }

    /// The numbers, by row.
    pub(super) fn numbers<T: Native>(&self) -> Result<Numbers<'a, T>, Error> {
        Ok(Numbers { values: self.slice()?, is_constant: self.is_constant })
    }

    /// Decimals of either width, by row, and their digits after the point.
    pub(super) fn decimals(&self) -> Result<(Decimals<'a>, u8), Error> {
        match (self.view.data_type, self.view.values) {
            (DataType::Decimal { scale, .. }, Values::I64(_)) => {
                Ok((Decimals::Narrow(self.numbers()?), scale))
            }
            (DataType::Decimal { scale, .. }, Values::I128(_)) => {
                Ok((Decimals::Wide(self.numbers()?), scale))
            }
            (_, other) => Err(Error::WrongLayout { expected: "decimals", found: other.physical().name() }),
        }
    }
}

/// Numbers by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers<'a, T> {
    values: &'a [T],
    is_constant: bool,
}

impl<T: Native> Numbers<'_, T> {
    #[inline(always)]
    pub(super) fn get(&self, row: usize) -> T {
        self.values.get(if self.is_constant { 0 } else { row }).copied().unwrap_or_default()
    }
}

/// The digits of decimals by row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decimals<'a> {
    Narrow(Numbers<'a, i64>),
    Wide(Numbers<'a, i128>),
}

impl Decimals<'_> {
    pub(super) fn get(&self, row: usize) -> i128 {
        match self {
            Decimals::Narrow(values) => i128::from(values.get(row)),
            Decimals::Wide(values) => values.get(row),
        }
    }
}

/// The rows of a call of a function that is NULL where an argument is.
pub(super) struct Rows<'a> {
    pub(super) inputs: &'a [Input<'a>],
    pub(super) len: usize,
    /// The rows to compute: active, and no argument NULL.
    pub(super) valid: Bitmap,
    /// The rows where no argument is NULL; `None` for all.
    validity: Option<Bitmap>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(inputs: &'a [Input<'a>], len: usize, active: &Bitmap) -> Rows<'a> {
        let mut validity: Option<Bitmap> = None;
        for input in inputs {
            let Some(own) = input.view.validity else { continue };
            let own = match input.is_constant {
                true if own.get(0) => continue,
                true => &Bitmap::zeros(len),
                false => own,
            };
            match &mut validity {
                Some(all) => all.and_assign(own),
                None => validity = Some(own.clone()),
            }
        }
        let mut valid = active.clone();
        if let Some(validity) = &validity {
            valid.and_assign(validity);
        }
        Rows { inputs, len, valid, validity }
    }

    /// The argument of this number.
    pub(super) fn input(&self, number: usize) -> Result<&Input<'a>, Error> {
        self.inputs.get(number).ok_or(Error::LengthMismatch { left: self.inputs.len(), right: number + 1 })
    }

    /// The column with NULL where an argument is; its rows that were not looked at hold zero.
    pub(super) fn finish(&self, column: Column) -> Column {
        column.with_validity(self.validity.clone())
    }

    /// A value for each row that counts, zero for the others.
    pub(super) fn each<T: Default + Clone>(&self, one: impl Fn(usize) -> T) -> Vec<T> {
        if self.valid.all() && self.valid.len() == self.len {
            return (0..self.len).map(one).collect();
        }
        let mut out = vec![T::default(); self.len];
        for row in self.valid.ones_iter() {
            if let Some(place) = out.get_mut(row) {
                *place = one(row);
            }
        }
        out
    }

    /// A value for each row that counts, or the error of the first that has none.
    pub(super) fn try_each<T: Default + Clone>(
        &self,
        mut one: impl FnMut(usize) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut out = vec![T::default(); self.len];
        for row in self.valid.ones_iter() {
            if let Some(place) = out.get_mut(row) {
                *place = one(row)?;
            }
        }
        Ok(out)
    }

    /// The same of every value of a slice, which is what vector units are good at; rows that do not count hold zero.
    pub(super) fn all<T: Native, U: Default + Copy>(&self, values: &[T], one: impl Fn(T) -> U) -> Vec<U> {
        self.spread(map(values, one))
    }

    /// The same where a function fills all rows of a slice at once.
    pub(super) fn all_filled(&self, values: &[f64], fill: impl FnOnce(&[f64], &mut [f64])) -> Vec<f64> {
        let mut out = vec![0.0; values.len()];
        fill(values, &mut out);
        self.spread(out)
    }

    /// As [`Rows::all_filled`] for a function of one value that is more work than to put the values that count together first,
    /// and the answers back in their places, where that leaves out three quarters of the rows.
    pub(super) fn counting_filled(&self, values: &[f64], fill: impl FnOnce(&[f64], &mut [f64])) -> Vec<f64> {
        if values.len() != self.len || self.valid.count_ones() * 4 > self.len {
            return self.all_filled(values, fill);
        }
        let mut places = Vec::new();
        positions(&self.valid, &mut places);
        let few: Vec<f64> =
            places.iter().map(|at| values.get(*at as usize).copied().unwrap_or_default()).collect();
        let mut answers = vec![0.0; few.len()];
        fill(&few, &mut answers);
        let mut out = vec![0.0; self.len];
        for (at, answer) in places.iter().zip(answers) {
            if let Some(place) = out.get_mut(*at as usize) {
                *place = answer;
            }
        }
        out
    }

    /// True where so many rows count that it is less work to compute all.
    pub(super) fn is_dense(&self) -> bool {
        /// In lanes a row costs about an eighth.
        const LANES: usize = 8;
        self.valid.count_ones() * LANES >= self.len
    }

    /// A value for each row, from one of a constant, zero in the rows that are NULL.
    fn spread<U: Default + Copy>(&self, mut out: Vec<U>) -> Vec<U> {
        if let [value] = out.as_slice()
            && self.len != 1
        {
            out = vec![*value; self.len];
        }
        self.zero_nulls(&mut out);
        out
    }

    /// The texts of an argument where they lie one after the other and most of them count.
    pub(super) fn run(&self, input: &Input<'a>) -> Option<TextRun<'a>> {
        let run = Some(input).filter(|input| !input.is_constant && self.is_dense())?;
        TextRun::new(&run.view).filter(|run| run.len() == self.len)
    }

    /// A byte or number for each row, as a function fills it in that looks at all rows; zero in the rows that are NULL.
    pub(super) fn filled<T: Default + Copy>(&self, fill: impl FnOnce(&mut [T])) -> Vec<T> {
        let mut out = vec![T::default(); self.len];
        fill(&mut out);
        self.zero_nulls(&mut out);
        out
    }

    fn zero_nulls<T: Default>(&self, out: &mut [T]) {
        if let Some(validity) = &self.validity {
            let mut nulls = validity.clone();
            nulls.not_assign();
            nulls.ones_iter().for_each(|row| {
                if let Some(place) = out.get_mut(row) {
                    *place = T::default();
                }
            });
        }
    }

    /// The dictionary of the one argument that varies, where going by its values is less work than going by rows.
    pub(super) fn varying_dictionary(&self) -> Option<(&Input<'a>, &'a Arc<Dictionary>)> {
        let mut varying = self.inputs.iter().filter(|input| !input.is_constant);
        let input = varying.next().filter(|_| varying.next().is_none())?;
        let dictionary = input.view.dictionary?;
        (dictionary.is_distinct() && dictionary.len() <= self.len).then_some((input, dictionary))
    }

    /// As [`Rows::try_each`], once for each distinct text where that is less work.
    pub(super) fn by_text<T: Default + Clone>(
        &self,
        mut one: impl FnMut(usize) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let Some((input, dictionary)) = self.varying_dictionary() else { return self.try_each(one) };
        let mut known: Vec<Option<T>> = vec![None; dictionary.len()];
        let values = input.view.values;
        self.try_each(|row| {
            let place = values.code(row).and_then(|code| known.get_mut(code as usize));
            match place {
                Some(Some(known)) => Ok(known.clone()),
                Some(place) => Ok(place.insert(one(row)?).clone()),
                None => one(row),
            }
        })
    }
}

fn map<T: Copy, U: Default + Clone, F: Fn(T) -> U>(values: &[T], one: F) -> Vec<U> {
    let mut out = vec![U::default(); values.len()];
    map_into(values, &mut out, one);
    out
}

vectorised! {
    // A loop and no `collect`, which would be compiled by itself, for the plain target.
    fn map_into<T: Copy, U, F: Fn(T) -> U>(values: &[T], out: &mut [U], one: F) {
        for (out, value) in out.iter_mut().zip(values) {
            *out = one(*value);
        }
    }
}

/// The texts of one zone together may be this long: a query has many zones in work at once.
pub(super) const ZONE_TEXT_LIMIT: u64 = 1 << 30;

/// No text may be longer: what other systems hold as one value.
pub(super) const TEXT_LIMIT: u64 = (1 << 31) - 1;

/// The distinct texts that a function gives.
pub(super) struct Texts {
    builder: DictionaryBuilder,
    function: &'static str,
}

impl Texts {
    pub(super) fn new(function: &'static str) -> Texts {
        Texts { builder: DictionaryBuilder::default(), function }
    }

    /// The code of a text.
    pub(super) fn intern(&mut self, row: usize, text: &[u8]) -> Result<u32, Error> {
        self.expect(row, text.len() as u128)?;
        Ok(self.builder.intern(text))
    }

    /// Fails where a text of this length has no room.
    fn expect(&self, row: usize, byte_len: u128) -> Result<(), Error> {
        check_room(self.function, row, byte_len, self.builder.text_bytes().len() as u128)
    }

    pub(super) fn finish(self, codes: Vec<u32>) -> Column {
        Column::text(codes, Arc::new(self.builder.finish()))
    }
}

/// Fails where a text of this length has no room beside the others of the zone.
pub(super) fn check_room(
    function: &'static str,
    row: usize,
    byte_len: u128,
    held: u128,
) -> Result<(), Error> {
    check_length(function, row, byte_len)?;
    let total = held + byte_len;
    if total > u128::from(ZONE_TEXT_LIMIT) {
        return Err(Error::TextTooLong { row, function, byte_len: total, limit: ZONE_TEXT_LIMIT });
    }
    Ok(())
}

/// Fails where one text alone is too long.
pub(super) fn check_length(function: &'static str, row: usize, byte_len: u128) -> Result<(), Error> {
    let limit = TEXT_LIMIT.min(ZONE_TEXT_LIMIT);
    if byte_len > u128::from(limit) {
        return Err(Error::TextTooLong { row, function, byte_len, limit });
    }
    Ok(())
}

/// The column of bools.
pub(super) fn bools(values: Vec<u8>) -> Column {
    Column::new(DataType::Bool, colq_column::Buffer::Bool(values))
}
