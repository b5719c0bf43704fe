//! Decimals against a twin that computes with digits on paper.

use super::*;
use proptest::prelude::*;

/// Decimal digits, the highest first, without zeros in front.
fn digits(value: u128) -> Vec<u8> {
    value.to_string().trim_start_matches('0').bytes().map(|b| b - b'0').collect()
}

fn below(a: &[u8], b: &[u8]) -> bool {
    (a.len(), a) < (b.len(), b)
}

fn subtract(a: &mut Vec<u8>, b: &[u8]) {
    let mut borrow = 0i8;
    for place in 0..a.len() {
        let at = a.len() - 1 - place;
        let take = b.len().checked_sub(place + 1).map_or(0, |i| b[i] as i8);
        let left = a[at] as i8 - take - borrow;
        borrow = i8::from(left < 0);
        a[at] = (left + 10 * borrow) as u8;
    }
    let zeros = a.iter().take_while(|d| **d == 0).count();
    a.drain(..zeros);
}

/// `left * 10^zeros / right` on paper, rounded half away from zero; `None` above 38 digits.
fn paper_division(left: i128, right: i128, zeros: u8) -> Option<i128> {
    let divisor = digits(right.unsigned_abs());
    let mut numerator = digits(left.unsigned_abs());
    numerator.extend(std::iter::repeat_n(0, usize::from(zeros)));
    let (mut rest, mut quotient) = (Vec::new(), String::from("0"));
    for digit in numerator {
        if !rest.is_empty() || digit != 0 {
            rest.push(digit);
        }
        let mut times = 0;
        while !below(&rest, &divisor) {
            subtract(&mut rest, &divisor);
            times += 1;
        }
        quotient.push_str(&times.to_string());
    }
    let mut quotient: u128 = quotient
        .trim_start_matches('0')
        .parse()
        .or_else(
            |e: std::num::ParseIntError| {
                if quotient.trim_start_matches('0').is_empty() { Ok(0) } else { Err(e) }
            },
        )
        .ok()?;
    let left_over = rest.clone();
    if below(&rest, &divisor) {
        let mut other = divisor.clone();
        subtract(&mut other, &left_over);
        quotient += u128::from(!below(&rest, &other));
    }
    let value = i128::try_from(quotient).ok().filter(|v| *v < LIMIT)?;
    Some(if (left < 0) != (right < 0) { -value } else { value })
}

fn any_decimal() -> impl Strategy<Value = i128> {
    prop_oneof![
        -1000i128..1000,
        any::<i64>().prop_map(i128::from),
        (1 - LIMIT)..LIMIT,
        Just(LIMIT - 1),
        Just(1 - LIMIT),
        (any::<i32>(), 0u8..29).prop_map(|(v, e)| i128::from(v) * power_of_ten(e)),
    ]
}

fn kernel(op: Arithmetic, l: (i128, u8), r: (i128, u8), scale: u8) -> Option<i128> {
    let mut out = Vec::new();
    let (left, right) = ([l.0], [r.0]);
    let sides = [
        (DecimalOperand::Wide(&left, l.1), DecimalOperand::Wide(&right, r.1)),
        (DecimalOperand::Scalar(l.0, l.1), DecimalOperand::Wide(&right, r.1)),
        (DecimalOperand::Wide(&left, l.1), DecimalOperand::Scalar(r.0, r.1)),
        (DecimalOperand::Scalar(l.0, l.1), DecimalOperand::Scalar(r.0, r.1)),
    ];
    let answers = sides.map(|(left, right)| {
        let done = arithmetic_decimals(op, left, right, scale, 1, &Bitmap::ones(1), &mut out);
        done.map(|()| out[0])
    });
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:?}");
    if let (Ok(x), Ok(y)) = (i64::try_from(l.0), i64::try_from(r.0)) {
        let (x, y) = ([x], [y]);
        let (x, y) = (DecimalOperand::Narrow(&x, l.1), DecimalOperand::Narrow(&y, r.1));
        let done = arithmetic_decimals(op, x, y, scale, 1, &Bitmap::ones(1), &mut out).map(|()| out[0]);
        assert_eq!(done, answers[0]);
        let mixed = [(x, sides[0].1), (sides[0].0, y), (x, sides[2].1), (sides[1].0, y)];
        for (left, right) in mixed {
            let done = arithmetic_decimals(op, left, right, scale, 1, &Bitmap::ones(1), &mut out);
            assert_eq!(done.map(|()| out[0]), answers[0]);
        }
    }
    answers[0].ok()
}

proptest! {
    #[test]
    fn quotients_are_those_of_paper(l in any_decimal(), r in any_decimal(), ls in 0u8..=38, rs in 0u8..=38) {
        let scale = (ls + 4).min(38);
        let expected = if r == 0 { None } else { paper_division(l, r, scale + rs - ls) };
        prop_assert_eq!(kernel(Arithmetic::Divide, (l, ls), (r, rs), scale), expected);
    }

    #[test]
    fn sums_products_and_remainders_are_exact_or_errors(
        l in any_decimal(), r in any_decimal(), ls in 0u8..=19, rs in 0u8..=19,
    ) {
        let fits = |v: i128| (v.unsigned_abs() < LIMIT.unsigned_abs()).then_some(v);
        let scale = ls.max(rs);
        let up = |v: i128, from: u8| v.checked_mul(10i128.pow(u32::from(scale - from))).and_then(fits);
        let both = up(l, ls).zip(up(r, rs));
        prop_assert_eq!(kernel(Arithmetic::Add, (l, ls), (r, rs), scale), both.and_then(|(a, b)| fits(a.checked_add(b)?)));
        prop_assert_eq!(kernel(Arithmetic::Subtract, (l, ls), (r, rs), scale), both.and_then(|(a, b)| fits(a.checked_sub(b)?)));
        let rest = both.filter(|(_, b)| *b != 0).map(|(a, b)| a % b);
        prop_assert_eq!(kernel(Arithmetic::Remainder, (l, ls), (r, rs), scale), rest);
        prop_assert_eq!(kernel(Arithmetic::Multiply, (l, ls), (r, rs), ls + rs), l.checked_mul(r).and_then(fits));
    }
}

#[test]
fn paper_itself_is_right() {
    assert_eq!(paper_division(2, 3, 4), Some(6667));
    assert_eq!(paper_division(-1, 8, 2), Some(-13));
    assert_eq!(paper_division(0, 8, 2), Some(0));
    assert_eq!(paper_division(100, 10, 0), Some(10));
    assert_eq!(paper_division(LIMIT - 1, 1, 1), None);
}

#[test]
fn an_error_counts_only_where_a_row_counts_and_says_what_was_computed() {
    let (left, right) = ([500i64, 700], [0i64, 0]);
    let (left, right) = (DecimalOperand::Narrow(&left, 2), DecimalOperand::Narrow(&right, 2));
    let mut out = Vec::new();
    let none = Bitmap::zeros(2);
    assert!(arithmetic_decimals(Arithmetic::Divide, left, right, 6, 2, &none, &mut out).is_ok());
    let second: Bitmap = [false, true].into_iter().collect();
    let error = arithmetic_decimals(Arithmetic::Divide, left, right, 6, 2, &second, &mut out).unwrap_err();
    assert_eq!((error.row(), error.to_string()), (1, "division by zero: 7.00 / 0".to_string()));
    let large = DecimalOperand::Scalar(LIMIT - 1, 1);
    let error =
        arithmetic_decimals(Arithmetic::Add, large, large, 1, 1, &Bitmap::ones(1), &mut out).unwrap_err();
    assert!(error.to_string().ends_with("9.9 does not fit into 38 digits"), "{error}");
}
