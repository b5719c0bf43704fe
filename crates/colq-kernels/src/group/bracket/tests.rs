//! Brackets against the definition: all words of a group in order.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::group::divided::Divided;
use crate::testing::spread;
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
        counted.add(&groups[..half], &words[..half], &mut kept);
        counted.drain_into(&mut sums);
        counted.add(&groups[half..], &words[half..], &mut kept);
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

proptest! {
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
