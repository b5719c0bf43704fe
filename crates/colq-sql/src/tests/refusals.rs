//! Text that is refused: the sentence, the underlined place, the hint.

use super::{check_cases, error};

#[test]
fn what_is_wrong_is_said_where_it_is() {
    check_cases("refusals.txt", include_str!("refusals.txt"), error);
}
