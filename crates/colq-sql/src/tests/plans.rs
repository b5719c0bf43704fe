//! Text that is SQL, and the plan it becomes.

use super::explain;

#[test]
fn every_clause_has_its_step() {
    insta::assert_snapshot!(explain(
        "SELECT DISTINCT zone AS z, sum(fare) total, count(*) FROM trips AS t
         WHERE t.fare > 10 AND carrier = 'AA' GROUP BY z HAVING count(*) > 2
         ORDER BY total DESC NULLS LAST, 1 LIMIT 10 OFFSET 5;"
    ), @"");
}
