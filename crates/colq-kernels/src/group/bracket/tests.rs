//! Brackets against the definition: all words of a group in order.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::group::divided::Divided;
use crate::testing::{LENGTHS, spread};
use colq_column::{Bitmap, Column};
use colq_types::DataType;
use proptest::prelude::*;

/// The definition.
fn naive(place: Place, words: &[u64]) -> Option<Found<u64>> {
    let mut words = words.to_vec();
    words.sort_unstable();
    let around = place.among(words.len() as u64)?;
    let (low, high) = (words[around.low as usize], words[around.high as usize]);
    Some(Found { low, high, part: around.part })
}

/// Searches from some brackets until all is found: the answers, and how often the rows were gone through.
fn searched(
    place: Place,
    rows: &[(u32, u64)],
    mut brackets: Vec<Bracket>,
) -> (Vec<Option<Found<u64>>>, usize) {
    let (groups, words): (Vec<u32>, Vec<u64>) = rows.iter().copied().unzip();
    let mut found = vec![None; brackets.len()];
    for pass in 1.. {
        let mut sums = vec![BracketSums::default(); brackets.len()];
        let (mut counted, mut kept) = (Brackets::new(&brackets), Vec::new());
        // In two parts, as two stripes would be.
        let half = groups.len() / 2;
        let column = Column::new(DataType::U64, words.clone());
        counted.add(&groups[..half], &column.view(), Part::From(0), &mut kept).unwrap();
        counted.drain_into(&mut sums);
        let rest: Vec<u32> = (half as u32..groups.len() as u32).collect();
        counted.add(&groups[half..], &column.view(), Part::At(&rest), &mut kept).unwrap();
        counted.drain_into(&mut sums);
        let divided = Divided::new(brackets.len(), &kept);
        let mut is_open = false;
        for (group, bracket) in brackets.iter_mut().enumerate() {
            if *bracket == Bracket::EMPTY {
                continue;
            }
            match sums[group].search(place, *bracket, &mut divided.of(group).to_vec()) {
                Search::Nothing => *bracket = Bracket::EMPTY,
                Search::Found(own) => (found[group], *bracket) = (Some(own), Bracket::EMPTY),
                Search::Open(next) => (is_open, *bracket) = (true, next),
            }
        }
        if !is_open {
            return (found, pass);
        }
    }
    unreachable!()
}

fn places() -> impl Strategy<Value = Place> {
    let q = prop_oneof![Just(0.0), Just(1.0), Just(0.5), 0.0..1.0];
    (q, any::<bool>()).prop_map(|(q, between)| if between { Place::Between(q) } else { Place::At(q) })
}

/// Words with many alike, and the outermost.
fn words() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), 0u64..6, any::<u64>()]
}

/// The counts of some words, and those within a bracket.
fn naive_around(words: &[u64], bracket: Bracket) -> (BracketSums, Vec<u64>) {
    let count = |passes: &dyn Fn(u64) -> bool| words.iter().filter(|word| passes(**word)).count() as u64;
    let Bracket { low, high } = bracket;
    let counts = [count(&|w| w < low), count(&|w| w <= low), count(&|w| w <= high), words.len() as u64];
    (BracketSums { counts }, words.iter().copied().filter(|word| low < *word && *word < high).collect())
}

/// Counts rows of two groups, and all of them ungrouped, against the definition.
fn check_around(column: &Column, selected: Option<&Bitmap>, words: &[u64], bracket: Bracket) {
    let rows: Vec<u32> =
        (0..words.len() as u32).filter(|row| selected.is_none_or(|s| s.get(*row as usize))).collect();
    let of = |rows: &[u32]| rows.iter().map(|row| words[*row as usize]).collect::<Vec<u64>>();
    let (mut sums, mut kept) = (BracketSums::default(), vec![7]);
    count_around(&column.view(), selected, bracket, &mut sums, &mut kept).unwrap();
    assert_eq!(kept.remove(0), 7);
    assert_eq!((sums, kept), naive_around(&of(&rows), bracket));

    let part = if selected.is_some() { Part::At(&rows) } else { Part::From(0) };
    let groups: Vec<u32> = (0..rows.len()).map(|row| (spread(row) % 2) as u32).collect();
    let (mut counted, mut sums, mut kept) =
        (Brackets::new(&[bracket; 2]), [BracketSums::default(); 2], Vec::new());
    counted.add(&groups, &column.view(), part, &mut kept).unwrap();
    counted.drain_into(&mut sums);
    for group in 0..2 {
        let own: Vec<u32> =
            rows.iter().zip(&groups).filter(|row| *row.1 == group).map(|row| *row.0).collect();
        let kept: Vec<u64> = kept.iter().filter(|kept| kept.0 == group).map(|kept| kept.1).collect();
        assert_eq!((sums[group as usize], kept), naive_around(&of(&own), bracket));
    }
}

#[test]
fn every_length_is_counted_around_a_bracket_to_its_end() {
    for len in LENGTHS {
        let words: Vec<u64> = (0..len).map(|row| spread(row) >> 32).collect();
        let bracket = Bracket { low: 1 << 30, high: 3 << 30 };
        check_around(&Column::new(DataType::U64, words.clone()), None, &words, bracket);
    }
}

proptest! {
    #[test]
    fn rows_are_counted_around_a_bracket_as_the_naive_twin_does(
        own in prop::collection::vec(words(), 0..200),
        singles in prop::collection::vec(prop_oneof![any::<f32>(), -2.0f32..2.0, Just(-0.0f32), Just(f32::NAN)], 0..200),
        (a, b) in (words(), words()),
        every in 1usize..4,
    ) {
        let some = |len: usize| (0..len).map(|row| spread(row).is_multiple_of(every as u64)).collect::<Bitmap>();
        let bracket = Bracket { low: a.min(b), high: a.max(b) };
        let column = Column::new(DataType::U64, own.clone());
        check_around(&column, None, &own, bracket);
        check_around(&column, Some(&some(own.len())), &own, bracket);
        let column = Column::new(DataType::F32, singles);
        let mut own = vec![0; column.view().len()];
        native_words(&column.view(), Part::From(0), &mut own).unwrap();
        let (Some(low), Some(high)) = (own.get(own.len() / 3), own.get(own.len() / 2)) else { return Ok(()) };
        let bracket = Bracket { low: *low.min(high), high: *low.max(high) };
        check_around(&column, None, &own, bracket);
        check_around(&column, Some(&some(own.len())), &own, bracket);
    }

    #[test]
    fn words_that_a_bracket_misses_are_counted_as_if_they_were_seen(
        low in words(), width in words(), (a, b) in (words(), words()), count in 0u64..9,
    ) {
        let high = low.saturating_add(width);
        let bracket = Bracket { low: a.min(b), high: a.max(b) };
        let seen: Vec<u64> = (0..count).map(|number| if number % 2 == 0 { low } else { high }).collect();
        if bracket.misses(low, high) {
            let mut sums = BracketSums::default();
            sums.add_missed(bracket, low, count);
            prop_assert_eq!((sums, Vec::new()), naive_around(&seen, bracket));
        }
    }

    #[test]
    fn any_bracket_leads_to_the_quantile_in_two_passes(
        place in places(),
        rows in prop::collection::vec((0u32..3, words()), 0..90),
        ends in prop::collection::vec((words(), words()), 3),
    ) {
        // Ends in either order; where the lower one is the higher, a bracket is empty but for its ends.
        let brackets = ends.iter().map(|(a, b)| Bracket { low: *a.min(b), high: *a.max(b) }).collect();
        let (found, passes) = searched(place, &rows, brackets);
        prop_assert!(passes <= 2);
        for group in 0..3 {
            let own: Vec<u64> = rows.iter().filter(|row| row.0 == group).map(|row| row.1).collect();
            prop_assert_eq!(found[group as usize], naive(place, &own));
        }
    }

    #[test]
    fn a_sample_gives_a_bracket_of_its_words(place in places(), mut sample in prop::collection::vec(words(), 0..200)) {
        let Bracket { low, high } = Bracket::likely(place, &mut sample);
        prop_assert!(low <= high);
        prop_assert!(low == 0 || sample.contains(&low));
        prop_assert!(high == u64::MAX || sample.contains(&high));
    }
}

#[test]
fn a_fair_sample_finds_the_quantile_in_one_pass_and_keeps_little() {
    let rows: Vec<(u32, u64)> = (0..60_000).map(|row| ((spread(row) % 2) as u32, spread(row * 7))).collect();
    for place in [Place::Between(0.5), Place::At(0.01), Place::Between(0.999)] {
        let bracket = |group: u32| {
            let own = rows.iter().step_by(16).filter(|row| row.0 == group);
            Bracket::likely(place, &mut own.map(|row| row.1).collect::<Vec<u64>>())
        };
        let brackets = vec![bracket(0), bracket(1)];
        let kept = rows.iter().filter(|(group, word)| {
            let Bracket { low, high } = brackets[*group as usize];
            low < *word && *word < high
        });
        assert!(kept.count() < rows.len() / 5);
        let (found, passes) = searched(place, &rows, brackets);
        assert_eq!(passes, 1);
        for group in 0..2 {
            let own: Vec<u64> = rows.iter().filter(|row| row.0 == group).map(|row| row.1).collect();
            assert_eq!(found[group as usize], naive(place, &own));
        }
    }
}
