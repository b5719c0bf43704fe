//! The generated queries must bind, run, and seldom fail.

use super::*;
use crate::{random_table, run};

#[test]
fn most_queries_run_and_few_fail() {
    let (mut failed, mut empty, cases) = (0, 0, 2_000);
    for seed in 0..cases {
        let table = random_table(seed);
        let query = random_query(seed, table.schema());
        let catalog = HashMap::from([(TABLE_NAME.to_string(), (**table.schema()).clone())]);
        let plan = bind(&query, &catalog).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        match run(&plan, &HashMap::from([(TABLE_NAME.to_string(), table)])) {
            Ok(answer) => empty += usize::from(answer.rows.is_empty()),
            Err(error) => {
                println!("seed {seed}: {error}");
                failed += 1;
            }
        }
    }
    println!("{failed} failed, {empty} empty");
    assert!(failed > 0 && failed * 10 < cases, "{failed} of {cases} failed");
}
