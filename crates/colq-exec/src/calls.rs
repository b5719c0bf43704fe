//! Aggregate calls made ready for a source: what is kept for each while rows go by, and from which columns.

use crate::Error;
use crate::evaluated::Evaluated;
use crate::explain::likely_rows;
use crate::line::Line;
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::text::{Argument, with_found_texts};
use crate::text_order::{Words, is_long, ranks_of, words_of};
use crate::zone::Zone;
use colq_column::{Bitmap, Column, Dictionary, View};
use colq_kernels::{Accumulator, AccumulatorKind, Held, Inputs, PickRule, Place, Rows, codes_by_rank, ranks};
use colq_plan::{AggregateCall, AggregateFunction, Typed};
use colq_types::{DataType, Physical};
use std::sync::{Arc, OnceLock};

/// Texts of a dictionary are ranked, or have words, where rows are so many times as many; of fewer rows the texts themselves are compared.
const ROWS_A_RANK: f64 = 4.0;

/// An aggregate call made ready for a source.
pub(crate) struct Call {
    pub(crate) kind: AccumulatorKind,
    /// `None` counts rows.
    pub(crate) argument: Option<Argument>,
    /// What the argument was made of.
    pub(crate) typed: Option<Typed>,
    /// Where the argument stands for a line over it.
    line: Option<Line>,
    /// What a row is picked by, the condition under which it counts, or the other value of a correlation.
    pub(crate) second: Option<Argument>,
    /// The dictionary of a text argument that has one for the whole source.
    pub(crate) dictionary: Option<Arc<Dictionary>>,
    /// The rank of each code of the dictionary, where the order matters.
    ranks: Vec<u32>,
    /// And the code of each rank, when the first answers are written.
    by_rank: OnceLock<Vec<u32>>,
    /// The same for `second`.
    second_ranks: Vec<u32>,
    /// The words of the dictionary, where texts are compared by those.
    words: Option<Words>,
}

impl Call {
    pub(crate) fn new(call: &AggregateCall, pipeline: &Pipeline, run: Run<'_>) -> Result<Call, Error> {
        Call::prepared(call, pipeline, run, false)
    }

    /// The same of a call over all rows together.
    pub(crate) fn of_all(call: &AggregateCall, pipeline: &Pipeline, run: Run<'_>) -> Result<Call, Error> {
        Call::prepared(call, pipeline, run, true)
    }

    fn prepared(
        call: &AggregateCall,
        pipeline: &Pipeline,
        run: Run<'_>,
        is_of_all: bool,
    ) -> Result<Call, Error> {
        let prepare = |typed: &Option<Typed>, is_first: bool| -> Result<Option<Argument>, Error> {
            let Some(typed) = typed else { return Ok(None) };
            let value = with_found_texts(Value::new(typed, &*pipeline.source)?, pipeline, run)?;
            // Texts that are all kept are kept as codes.
            let is_kept = is_first && place_of(call).is_some();
            let is_extreme = matches!(call.function, AggregateFunction::Min | AggregateFunction::Max);
            let prepared = match is_kept && typed.data_type == DataType::Text {
                true => Argument::new(value, typed.data_type, pipeline, run)?,
                false if is_extreme => Argument::of_extreme(value, typed.data_type, pipeline)?,
                false => Argument::of_call(value, typed.data_type, pipeline)?,
            };
            Ok(Some(prepared))
        };
        // Where the aggregate follows from that of a column, the column is gone over.
        let (typed, line) = match Line::of(call, &*pipeline.source)? {
            Some((column, line)) => (Some(column), Some(line)),
            None => (call.argument.clone(), None),
        };
        let argument = prepare(&typed, true)?;
        let second = prepare(&call.second, false)?;
        let dictionary = argument.as_ref().and_then(|a| a.dictionary.clone());
        let second_dictionary = second.as_ref().and_then(|a| a.dictionary.clone());
        let has_few_texts = dictionary.as_ref().is_some_and(|texts| !is_long(texts));
        let is_ranked = |dictionary: &Option<Arc<Dictionary>>| match dictionary {
            Some(texts) if is_long(texts) => {
                Ok::<_, Error>(likely_rows(pipeline)? >= texts.len() as f64 * ROWS_A_RANK)
            }
            other => Ok(other.is_some()),
        };
        let (first, then) = (is_ranked(&dictionary)?, is_ranked(&second_dictionary)?);
        let is_extreme = matches!(call.function, AggregateFunction::Min | AggregateFunction::Max);
        let words = match &dictionary {
            Some(texts) if first && is_extreme => words_of(texts, run)?,
            _ => None,
        };
        let kind = match kind_of(call, dictionary.is_some(), (first, then))? {
            AccumulatorKind::Min if words.is_some() => AccumulatorKind::MinWorded,
            AccumulatorKind::Max if words.is_some() => AccumulatorKind::MaxWorded,
            AccumulatorKind::Min if is_of_all && has_few_texts => AccumulatorKind::MinCode,
            AccumulatorKind::Max if is_of_all && has_few_texts => AccumulatorKind::MaxCode,
            AccumulatorKind::Min if line.is_some_and(Line::falls) => AccumulatorKind::Max,
            AccumulatorKind::Max if line.is_some_and(Line::falls) => AccumulatorKind::Min,
            kind => kind,
        };
        let second_ranks = match kind {
            AccumulatorKind::Pick { rule: PickRule::Smallest | PickRule::Largest, .. } => {
                ranks_or_none(second_dictionary.as_ref().filter(|_| then), run)?
            }
            _ => Vec::new(),
        };
        let ranks = ranks_or_none(dictionary.as_ref().filter(|_| is_by_rank(kind)), run)?;
        let by_rank = OnceLock::new();
        Ok(Call { kind, argument, typed, line, second, dictionary, ranks, by_rank, second_ranks, words })
    }

    /// True where the answer is that of the argument's values, and no line over it.
    pub(crate) fn is_of_argument(&self) -> bool {
        self.line.is_none()
    }

    /// The state of the call, where what was kept is that of a column that it is a line over.
    pub(crate) fn on_line(&self, state: &Accumulator) -> Option<Accumulator> {
        self.line.map(|line| line.applied(state))
    }

    /// A call over values that were collected before.
    pub(crate) fn over(call: &AggregateCall, values: &Column) -> Result<Call, Error> {
        let dictionary = values.dictionary.clone();
        let kind = kind_of(call, dictionary.is_some(), (dictionary.is_some(), false))?;
        let ranks = match is_by_rank(kind) {
            true => dictionary.as_deref().map(ranks).unwrap_or_default(),
            false => Vec::new(),
        };
        Ok(Call { dictionary, ranks, ..Call::without_argument(kind) })
    }

    /// A call that counts rows.
    pub(crate) fn counting() -> Call {
        Call::without_argument(AccumulatorKind::Rows)
    }

    fn without_argument(kind: AccumulatorKind) -> Call {
        let (ranks, second_ranks) = (Vec::new(), Vec::new());
        let (argument, typed, line, second, dictionary) = (None, None, None, None, None);
        Call {
            kind,
            argument,
            typed,
            line,
            second,
            dictionary,
            ranks,
            by_rank: OnceLock::new(),
            second_ranks,
            words: None,
        }
    }

    /// What the call goes over.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Argument> {
        self.argument.iter().chain(&self.second)
    }

    /// The columns of the call for a zone.
    pub(crate) fn evaluate<'a>(
        &self,
        zone: &mut Zone<'a>,
        active: &Bitmap,
    ) -> Result<Evaluations<'a>, Error> {
        let mut evaluate = |argument: &Option<Argument>| {
            argument.as_ref().map(|argument| argument.evaluate(zone, active)).transpose()
        };
        Ok(Evaluations { argument: evaluate(&self.argument)?, second: evaluate(&self.second)? })
    }

    /// The rank of each code of the dictionary, where the order matters.
    pub(crate) fn ranks(&self) -> &[u32] {
        &self.ranks
    }

    /// The code of each rank.
    pub(crate) fn codes_by_rank(&self) -> &[u32] {
        self.by_rank.get_or_init(|| codes_by_rank(&self.ranks))
    }

    /// What a state takes, from the columns of the call.
    pub(crate) fn inputs<'a>(
        &'a self,
        argument: Option<&'a View<'a>>,
        second: Option<&'a View<'a>>,
    ) -> Inputs<'a> {
        let words = self.words.as_ref().map(|words| &words.texts);
        Inputs { argument, second, ranks: &self.ranks, second_ranks: &self.second_ranks, words }
    }
}

/// The columns of a call for a zone.
pub(crate) struct Evaluations<'a> {
    pub(crate) argument: Option<Evaluated<'a>>,
    pub(crate) second: Option<Evaluated<'a>>,
}

impl Evaluations<'_> {
    /// Adds rows to a state.
    pub(crate) fn update(
        &self,
        call: &Call,
        state: &mut Accumulator,
        rows: Rows<'_>,
        first_row: u64,
    ) -> Result<(), Error> {
        self.show(call, first_row, |inputs| state.update(rows, inputs))
    }

    /// The same where the rows of each group are neighbours.
    pub(crate) fn update_neighbours(
        &self,
        call: &Call,
        state: &mut Accumulator,
        rows: Rows<'_>,
        first_row: u64,
    ) -> Result<(), Error> {
        self.show(call, first_row, |inputs| state.update_neighbours(rows, inputs))
    }

    fn show(
        &self,
        call: &Call,
        first_row: u64,
        then: impl FnOnce(Inputs<'_>) -> Result<(), colq_kernels::Error>,
    ) -> Result<(), Error> {
        let argument = self.argument.as_ref().map(Evaluated::as_view).transpose()?;
        let second = self.second.as_ref().map(Evaluated::as_view).transpose()?;
        let inputs = call.inputs(argument.as_ref(), second.as_ref());
        then(inputs).map_err(|source| Error::Row { row: first_row, span: None, source })
    }
}

fn ranks_or_none(dictionary: Option<&Arc<Dictionary>>, run: Run<'_>) -> Result<Vec<u32>, Error> {
    dictionary.map_or(Ok(Vec::new()), |dictionary| ranks_of(dictionary, run))
}

/// True where the order of values matters and texts are held by their ranks.
fn is_by_rank(kind: AccumulatorKind) -> bool {
    matches!(kind, AccumulatorKind::Min | AccumulatorKind::Max | AccumulatorKind::Quantile(_))
}

/// Integers, and what is kept as a whole number of 64 bits at most.
fn is_whole(data_type: DataType) -> bool {
    let counted = matches!(data_type, DataType::Duration(_) | DataType::Decimal { .. });
    data_type.is_integer() || counted && !is_wide(data_type)
}

pub(crate) fn is_wide(data_type: DataType) -> bool {
    data_type.physical() == Some(Physical::I128)
}

/// Where the answer of an exact quantile stands. An approximate one of times is exact: half a percent of the time since
/// 1970 would be months.
pub(crate) fn place_of(call: &AggregateCall) -> Option<Place> {
    let q = call.fraction?;
    let is_number = call.argument.as_ref().is_some_and(|a| a.data_type.is_number());
    match call.function {
        AggregateFunction::Median | AggregateFunction::QuantileCont => Some(Place::Between(q)),
        AggregateFunction::QuantileDisc => Some(Place::At(q)),
        AggregateFunction::ApproxQuantile if !is_number => Some(Place::At(q)),
        _ => None,
    }
}

/// What is kept for a call. `are_ranked` tells of the texts of its argument and of those it picks by whether they have a
/// dictionary that is put in order.
fn kind_of(
    call: &AggregateCall,
    has_dictionary: bool,
    are_ranked: (bool, bool),
) -> Result<AccumulatorKind, Error> {
    use AccumulatorKind as K;
    use AggregateFunction as A;
    let Some(data_type) = call.argument.as_ref().map(|a| a.data_type) else {
        return match call.function {
            A::Count => Ok(K::Rows),
            function => Err(Error::Internal(format!("{} has no argument", function.name()))),
        };
    };
    let held = |data_type: DataType, has_dictionary: bool| match data_type {
        DataType::Text if !has_dictionary => Held::Text,
        other if is_wide(other) => Held::Wide,
        _ => Held::Word,
    };
    let value = held(data_type, has_dictionary);
    let compared = held(data_type, are_ranked.0);
    let order = call.second.as_ref().map_or(Held::Word, |s| held(s.data_type, are_ranked.1));
    let pick = |rule| Ok(K::Pick { rule, value, order });
    if let Some(place) = place_of(call) {
        return Ok(if is_wide(data_type) { K::QuantileWide(place) } else { K::Quantile(place) });
    }
    Ok(match call.function {
        A::Count => K::Count,
        A::Sum | A::Avg if is_whole(data_type) => K::SumInteger,
        A::Sum | A::Avg if is_wide(data_type) => K::SumWide,
        A::Sum | A::Avg => K::SumFloat,
        A::Min | A::BoolAnd => match compared {
            Held::Word => K::Min,
            Held::Wide => K::MinWide,
            Held::Text => K::MinText,
        },
        A::Max | A::BoolOr => match compared {
            Held::Word => K::Max,
            Held::Wide => K::MaxWide,
            Held::Text => K::MaxText,
        },
        A::StddevSamp | A::StddevPop | A::VarSamp | A::VarPop => K::Moments,
        A::Corr | A::CovarSamp | A::CovarPop => K::CoMoments,
        A::Skewness | A::Kurtosis => K::Shape,
        A::First => return pick(PickRule::First),
        A::Last => return pick(PickRule::Last),
        A::ArgMin => return pick(PickRule::Smallest),
        A::ArgMax => return pick(PickRule::Largest),
        A::ApproxDistinct => K::Distinct,
        A::ApproxQuantile => K::Histogram,
        // Found by counting groups; quantiles were seen to above.
        A::Mode | A::Median | A::QuantileCont | A::QuantileDisc => {
            return Err(Error::Internal(format!("{} keeps no state of its own", call.function.name())));
        }
    })
}
