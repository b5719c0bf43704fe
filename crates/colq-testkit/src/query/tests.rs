//! The generated queries must bind, run, try everything, and seldom fail.

use super::*;
use crate::{Coverage, random_table, random_table_of, run};
use colq_types::STRIPE_ROWS;

#[test]
fn queries_run_try_everything_and_seldom_fail() {
    let mut coverage = Coverage::new();
    for seed in 0..4_000 {
        let table = match seed {
            0..3 => random_table_of(seed, STRIPE_ROWS as usize + 9, 2),
            _ => random_table(seed),
        };
        let query = random_query(seed, table.schema());
        let catalog = HashMap::from([(TABLE_NAME.to_string(), (**table.schema()).clone())]);
        let plan = bind(&query, &catalog).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let answer = run(&plan, &HashMap::from([(TABLE_NAME.to_string(), table.clone())]));
        coverage.record(&table, &query, &plan, &answer);
    }
    println!("{coverage}");
    assert_eq!(coverage.missing(), Vec::<String>::new());
    let failed = coverage.count("an error");
    assert!(failed * 100 > coverage.case_count(), "{failed} failed");
    assert!(failed * 10 < coverage.case_count(), "{failed} failed");
    assert!(coverage.count("several rows") * 5 > 2 * coverage.case_count());
}
