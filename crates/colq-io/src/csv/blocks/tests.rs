//! Blocks of any size cut where the splitter ends rows.

use super::*;
use crate::csv::split::Splitter;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn blocks_are_whole_rows_and_all_of_the_file(text in "[a,\"\n\r]{0,120}", target in 1usize..40) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        std::fs::write(&path, &text).unwrap();
        let file = Arc::new(File::open(&path).unwrap());
        let mut ends = vec![0];
        let mut splitter = Splitter::new(text.as_bytes(), b',', 0);
        while splitter.row(&mut Vec::new(), &mut Vec::new()) {
            ends.push(splitter.position());
        }
        let mut blocks = Blocks::new(file, &path, text.len() as u64, 0, b',', target, usize::MAX);
        let mut all = Vec::new();
        while let Some(block) = blocks.next().unwrap() {
            prop_assert!(!block.bytes.is_empty());
            prop_assert_eq!(block.offset, all.len() as u64);
            all.extend(block.bytes);
            prop_assert!(ends.contains(&all.len()), "{:?} ends at {}", text, all.len());
        }
        prop_assert_eq!(all, text.as_bytes());
    }
}
