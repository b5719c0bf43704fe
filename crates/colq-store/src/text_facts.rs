//! What was found out of the zones of a mapped column of free text, so that each of them is looked at once as long as its table
//! is open: committed bytes never change, and whoever maps them has given their word for it.

use colq_column::{Dictionary, TextFacts};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

const OFFSETS_RISE: u8 = 1;
const IS_UTF8: u8 = 2;
const IS_ASCII: u8 = 4;

/// The facts of each zone.
#[derive(Debug, Default)]
pub(crate) struct ZoneFacts(OnceLock<Vec<AtomicU8>>);

impl ZoneFacts {
    fn of_zone(&self, zone: u64, zone_count: u64) -> Option<&AtomicU8> {
        let all = self.0.get_or_init(|| (0..zone_count).map(|_| AtomicU8::new(0)).collect());
        all.get(usize::try_from(zone).ok()?)
    }

    /// What is known of all rows of a zone.
    pub(crate) fn known(&self, zone: u64, zone_count: u64) -> TextFacts {
        // Each fact stands for itself, so their order does not matter.
        let bits = self.of_zone(zone, zone_count).map_or(0, |bits| bits.load(Ordering::Relaxed));
        let has = |bit: u8| bits & bit != 0;
        TextFacts { offsets_rise: has(OFFSETS_RISE), is_utf8: has(IS_UTF8), is_ascii: has(IS_ASCII) }
    }

    /// Remembers what is known of texts that are all rows of a zone.
    pub(crate) fn remember(&self, zone: u64, zone_count: u64, texts: &Dictionary) {
        let Some(bits) = self.of_zone(zone, zone_count) else { return };
        let mut found = OFFSETS_RISE;
        found |= if texts.is_checked() { IS_UTF8 } else { 0 };
        found |= if texts.is_checked() && texts.is_ascii() { IS_ASCII } else { 0 };
        bits.fetch_or(found, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::SharedBytes;

    #[test]
    fn facts_of_a_zone_are_those_that_were_seen() {
        let facts = ZoneFacts::default();
        let texts = |text: &str| {
            let (offsets, bytes) = (vec![0, text.len() as u64], SharedBytes::from(text.as_bytes().to_vec()));
            Dictionary::of_bytes(offsets, bytes).unwrap()
        };
        assert_eq!(facts.known(1, 3), TextFacts::default());
        facts.remember(1, 3, &texts("a"));
        let rising = TextFacts { offsets_rise: true, ..TextFacts::default() };
        assert_eq!(facts.known(1, 3), rising);
        facts.remember(1, 3, &texts("ü").into_checked().unwrap());
        assert_eq!(facts.known(1, 3), TextFacts { is_utf8: true, ..rising });
        facts.remember(2, 3, &texts("a").into_checked().unwrap());
        assert_eq!(facts.known(2, 3), TextFacts { is_utf8: true, is_ascii: true, ..rising });
        assert_eq!(facts.known(0, 3), TextFacts::default());
        facts.remember(3, 3, &texts("a"));
        assert_eq!(facts.known(3, 3), TextFacts::default());
    }
}
