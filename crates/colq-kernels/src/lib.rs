//! Pure single-threaded functions over column views of at most one zone.
//!
//! Nothing here knows of files, plans or threads. Each kernel states one law, and gives the same bits on every
//! machine and for every vector width. Rows are positions in the view, which starts at the first row of a zone.
//!
//! - [`compare_literal`], [`between_literals`], [`is_in_literals`], [`compare_slices`], [`compare_bools`]: a bit a
//!   row; [`lookup_codes`] does the same for text, by code, and [`equals_text`], [`is_in_texts`] and [`test_texts`] for any;
//! - [`Truth`]: those bits with their nulls, and AND, OR, NOT over them;
//! - [`positions`], [`filter`], [`gather`]: from bits to the rows that are meant;
//! - [`arithmetic_integers`], [`arithmetic_decimals`], [`arithmetic_floats`]: a value a row, exact or an error, or as
//!   IEEE 754 has it; [`fused`] does several operations of an expression in one go;
//! - [`call`]: the functions of single rows, and [`pick_rows`], one of several values for each row;
//! - [`cast`], and [`to_i64`], [`to_u64`], [`to_f32`], [`to_f64`], which borrow where they can;
//! - [`sum_floats`], [`add_floats`], [`sum_integers`], [`WideSum`], [`min_max_floats`], [`min_max_integers`], [`moments`]: one zone's
//!   aggregates;
//! - [`KeyLayout`], [`GroupTable`], [`Accumulator`]: from key columns to groups to what is kept of each;
//! - [`count_digits`], [`collect_words`]: radix selection, which finds quantiles without sorting;
//! - [`DistinctSketch`], [`Histogram`]: approximate answers from little memory;
//! - [`SortLayout`], [`sort_rows`]: the keys of rows as words, and the order of rows by them.

mod aggregate;
mod arithmetic;
mod cast;
mod code_table;
mod code_words;
mod codes_of;
mod compare;
mod decimal;
mod digits;
mod error;
mod first_texts;
mod function;
mod group;
mod lanes;
mod lookup;
mod member;
mod number_table;
mod order;
mod pack;
mod processor;
mod select;
mod sketch;
mod sort;
#[cfg(test)]
mod testing;
mod text_compare;
mod text_edge;
mod text_equal;
mod text_find;
mod text_hashes;
mod text_pair;
mod text_rows;
mod text_run;
mod text_words;
mod truth;
mod value_hash;
mod wide_sum;

pub use aggregate::{
    CoMoments, Moments, ShapeMoments, add_floats, add_floats_at, co_moments, count_ones, min_max_floats,
    min_max_integers, moments, moments_at, moments_of_sum, sum_floats, sum_integers,
};
pub use arithmetic::{
    Computed, Float, Fused, Operand, QUOTIENT_LIMIT, Sides, Step, Word, add_fused, arithmetic_floats,
    arithmetic_integers, fused, negate_floats, negate_integers, sum_fused,
};
pub use cast::{cast, to_f32, to_f64, to_i64, to_u64};
pub use code_table::CodeTable;
pub use code_words::{CodeWords, WordsFrom};
pub use codes_of::codes_of;
pub use colq_types::{Arithmetic, Comparison};
pub use compare::{
    between_literals, compare_bools, compare_literal, compare_scaled, compare_slices, literal_units,
};
pub use decimal::{DecimalOperand, arithmetic_decimals};
pub use digits::{
    WordPrefix, collect_words, converted_word, count_digits, has_native_words, native_word, native_words,
};
pub use error::{ArithmeticError, Error};
pub use first_texts::first_texts;
pub use function::{Input, call, pick_rows};
pub use group::{
    Accumulator, AccumulatorKind, ArgMaxima, Around, BLOCK_ROWS, Block, Bracket, BracketSums, Brackets,
    CodeExtreme, DIVERTED_GROUPS, Divided, DividedKeys, DividedSlots, Extremes, Found, GroupTable, Held,
    HitSlots, Inputs, Intervals, KeyColumn, KeyLayout, KeySet, KeySlots, KeySpace, Ledger, LongTexts,
    MOST_ARG_MAXIMA, MOST_LARGEST, MOST_MAXIMA, MOST_SLOTS, MOST_WHOLE, Maxima, PairLayout, PairSet, Part,
    PartitionRows, PartitionTable, Partitioning, PickRule, Picks, Place, Quantiles, Records, Rows,
    ScatterScratch, Scattered, Search, Sketches, StripedAccumulator, Summands, Sums, TaggedTable,
    TextExtremes, Totals, WideExtremes, WordedExtremes, are_marked, count_around, divert, fetch_lines,
    first_rows, is_part, keep_places, load_bits, load_extremes, load_floats, load_integers,
    load_picking_words, load_row_words, load_validity, load_words, mark_pairs, mark_values, nearest_part,
};
pub use lookup::{check_codes, lookup_codes};
pub use member::is_in_literals;
pub use number_table::NumberTable;
pub use order::{
    codes_by_rank, float_word, push_words, ranks, signed_word, word_float, word_signed, words_to_column,
    words_to_text,
};
pub use processor::kernel_level;
pub use select::{filter, gather, positions};
pub use sketch::{DistinctSketch, Histogram};
pub use sort::{
    Cuts, GroupBits, KeyChange, Leaders, MOST_CUTS, RankCounter, RowKey, SortKey, SortLayout, SortPart,
    SortTexts, key_changes, positions_up_to, sort_rows, texts_up_to,
};
pub use text_compare::compare_text;
pub use text_equal::{equals_text, is_in_texts, test_texts};
pub use text_hashes::{HASHED, hashes_of_rows, row_hashes, text_hashes};
pub use text_pair::compare_texts;
pub use truth::Truth;
pub use wide_sum::WideSum;
