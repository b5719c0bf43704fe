//! The aggregates a row at a time over scalars, as docs/SQL.md defines them.

use colq_plan::AggregateFunction as A;
use colq_types::{DataType, STRIPE_ROWS, Scalar, ZONE_ROWS};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64;

/// A row of one group: its number, the argument and the second one.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) number: u64,
    pub(crate) first: Scalar,
    pub(crate) second: Scalar,
}

/// What is asked of the rows of one group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) function: A,
    pub(crate) q: f64,
    pub(crate) distinct: bool,
    pub(crate) grouped: bool,
}

/// Values of one type; NaN above all numbers, -0.0 as 0.0.
pub(crate) fn order(a: &Scalar, b: &Scalar) -> Ordering {
    let float = |s: &Scalar| match s {
        Scalar::F64(v) => Some(*v),
        Scalar::F32(v) => Some(f64::from(*v)),
        _ => None,
    };
    if let (Some(a), Some(b)) = (float(a), float(b)) {
        return match (a.is_nan(), b.is_nan()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => a.partial_cmp(&b).unwrap(),
        };
    }
    match (a, b) {
        (Scalar::Bool(a), Scalar::Bool(b)) => a.cmp(b),
        (Scalar::Text(a), Scalar::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Scalar::Decimal(a, _), Scalar::Decimal(b, _)) => a.cmp(b),
        _ => a.as_i128().unwrap().cmp(&b.as_i128().unwrap()),
    }
}

/// A zero without its sign, NaN as the one NaN.
pub(crate) fn plain(value: Scalar) -> Scalar {
    match value {
        Scalar::F64(v) if v.is_nan() => Scalar::F64(f64::NAN),
        Scalar::F64(v) => Scalar::F64(v + 0.0),
        Scalar::F32(v) if v.is_nan() => Scalar::F32(f32::NAN),
        Scalar::F32(v) => Scalar::F32(v + 0.0),
        other => other,
    }
}

pub(crate) fn answer(question: Question, rows: &[Row]) -> Scalar {
    let Question { function, q, .. } = question;
    if matches!(function, A::First | A::Last) {
        // The second value says which rows count.
        let mut counting = rows.iter().filter(|row| row.second == Scalar::Bool(true));
        let row = if function == A::First { counting.next() } else { counting.next_back() };
        return row.map_or(Scalar::Null, |row| row.first.clone());
    }
    let valued: Vec<&Row> = rows.iter().filter(|row| !row.first.is_null()).collect();
    let mut values: Vec<(u64, Scalar)> = valued.iter().map(|r| (r.number, r.first.clone())).collect();
    if question.distinct {
        let mut seen = HashSet::new();
        values.retain(|(_, value)| seen.insert(format!("{:?}", plain(value.clone()))));
    }
    let part_rows = if question.grouped { STRIPE_ROWS } else { ZONE_ROWS };
    match function {
        A::BoolAnd if values.is_empty() => Scalar::Null,
        A::BoolOr if values.is_empty() => Scalar::Null,
        A::BoolAnd => Scalar::Bool(values.iter().all(|v| v.1 == Scalar::Bool(true))),
        A::BoolOr => Scalar::Bool(values.iter().any(|v| v.1 == Scalar::Bool(true))),
        A::ArgMin | A::ArgMax => {
            let mut best: Option<&Row> = None;
            for row in valued.into_iter().filter(|row| !row.second.is_null()) {
                let wanted = if function == A::ArgMin { Ordering::Less } else { Ordering::Greater };
                if best.is_none_or(|best| order(&row.second, &best.second) == wanted) {
                    best = Some(row);
                }
            }
            best.map_or(Scalar::Null, |row| row.first.clone())
        }
        A::Mode => {
            let mut counts: Vec<(Scalar, u64)> = Vec::new();
            let mut places: HashMap<String, usize> = HashMap::new();
            for (_, value) in values {
                let place = *places.entry(format!("{:?}", plain(value.clone()))).or_insert(counts.len());
                match counts.get_mut(place) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((value, 1)),
                }
            }
            let most = counts.iter().map(|(_, count)| *count).max();
            let found = counts.into_iter().find(|(_, count)| Some(*count) == most);
            found.map_or(Scalar::Null, |(value, _)| plain(value))
        }
        A::Median | A::QuantileCont | A::QuantileDisc => quantile(function, q, values),
        A::ApproxQuantile => {
            if values.iter().any(|(_, value)| value.as_f64().is_none()) {
                return quantile(A::QuantileDisc, q, values);
            }
            approx_quantile(q, values.iter().map(|(_, v)| v.as_f64().unwrap()).collect())
        }
        A::ApproxDistinct => {
            let mut hashes: Vec<u64> = values.iter().map(|(_, value)| hash(value)).collect();
            hashes.sort_unstable();
            hashes.dedup();
            Scalar::I64(if hashes.len() <= 256 { hashes.len() as i64 } else { log_log(&hashes) })
        }
        A::Corr | A::CovarSamp | A::CovarPop => {
            let both = valued.iter().filter_map(|r| Some((r.number, r.second.as_f64()?, r.first.as_f64()?)));
            co_moments(function, &both.collect::<Vec<_>>(), part_rows)
        }
        A::Skewness | A::Kurtosis => {
            let values: Vec<(u64, f64)> = values.iter().map(|(n, v)| (*n, v.as_f64().unwrap())).collect();
            shape(function, &values, part_rows)
        }
        other => panic!("{} has no twin here", other.name()),
    }
}

fn quantile(function: A, q: f64, values: Vec<(u64, Scalar)>) -> Scalar {
    let mut values: Vec<Scalar> = values.into_iter().map(|(_, value)| plain(value)).collect();
    if values.is_empty() {
        return Scalar::Null;
    }
    if function == A::QuantileDisc {
        values.sort_by(order);
        let at = ((q * values.len() as f64).ceil() as usize).max(1) - 1;
        return values[at].clone();
    }
    let q = if function == A::Median { 0.5 } else { q };
    let p = q * (values.len() - 1) as f64;
    let (low, part) = (p.floor() as usize, p - p.floor());
    if values.iter().all(|v| v.as_f64().is_some()) {
        let mut floats: Vec<f64> = values.iter().map(|v| v.as_f64().unwrap()).collect();
        floats.sort_by(|a, b| order(&Scalar::F64(*a), &Scalar::F64(*b)));
        let value =
            if part == 0.0 { floats[low] } else { floats[low] + (floats[low + 1] - floats[low]) * part };
        return plain(Scalar::F64(value));
    }
    values.sort_by(order);
    if part == 0.0 {
        return values[low].clone();
    }
    let units = |s: &Scalar| s.as_i128().unwrap();
    let (a, b) = (units(&values[low]), units(&values[low + 1]));
    let between = (a + ((b - a) as f64 * part) as i128).min(b);
    match values[low] {
        Scalar::Date(_) => Scalar::Date(between as i32),
        Scalar::Timestamp(_, unit) => Scalar::Timestamp(between as i64, unit),
        Scalar::Duration(_, unit) => Scalar::Duration(between as i64, unit),
        ref other => panic!("a quantile between {other:?}"),
    }
}

/// Buckets by sign, exponent and seven bits of the fraction.
fn approx_quantile(q: f64, mut values: Vec<f64>) -> Scalar {
    if values.is_empty() {
        return Scalar::Null;
    }
    values.sort_by(|a, b| order(&Scalar::F64(*a), &Scalar::F64(*b)));
    let at = ((q * values.len() as f64).ceil() as usize).max(1) - 1;
    let value = values[at] + 0.0;
    // The ends are kept as they are.
    if value == 0.0 || !value.is_finite() || at == 0 || at + 1 == values.len() {
        return plain(Scalar::F64(value));
    }
    let bits = value.to_bits();
    let middle = f64::from_bits(bits >> 45 << 45 | 1 << 44);
    let (low, high) = (values[0], values[values.len() - 1]);
    let clamped = if middle < low {
        low
    } else if !high.is_nan() && middle > high {
        high
    } else {
        middle
    };
    plain(Scalar::F64(clamped))
}

fn hash(value: &Scalar) -> u64 {
    match plain(value.clone()) {
        Scalar::Bool(b) => xxh3_64(&[u8::from(b)]),
        Scalar::Text(text) => xxh3_64(text.as_bytes()),
        Scalar::F64(v) => xxh3_64(&v.to_le_bytes()),
        Scalar::F32(v) if v.is_nan() => xxh3_64(&f64::NAN.to_le_bytes()),
        Scalar::F32(v) => xxh3_64(&f64::from(v).to_le_bytes()),
        Scalar::Decimal(digits, scale) => {
            let mut bytes = digits.to_le_bytes().to_vec();
            bytes.push(scale);
            xxh3_64(&bytes)
        }
        Scalar::U64(v) => xxh3_64(&v.to_le_bytes()),
        other => xxh3_64(&(other.as_i128().unwrap() as i64).to_le_bytes()),
    }
}

/// Ertl's estimate from 4,096 registers.
fn log_log(hashes: &[u64]) -> i64 {
    let mut registers = vec![0u32; 4096];
    for hash in hashes {
        let rest = hash << 12;
        let rank = if rest == 0 { 53 } else { rest.leading_zeros() + 1 };
        let register = &mut registers[(hash >> 52) as usize];
        *register = (*register).max(rank);
    }
    let share = |rank: u32| registers.iter().filter(|r| **r == rank).count() as f64;
    let mut tau = 0.0;
    let mut x = 1.0 - share(53) / 4096.0;
    if x != 0.0 && x != 1.0 {
        let (mut y, mut z) = (1.0, 1.0 - x);
        loop {
            x = x.sqrt();
            y *= 0.5;
            let before = z;
            z -= (1.0 - x) * (1.0 - x) * y;
            if z == before {
                break;
            }
        }
        tau = z / 3.0;
    }
    let mut z = 4096.0 * tau;
    for rank in (1..=52).rev() {
        z = (z + share(rank)) * 0.5;
    }
    let mut x = share(0) / 4096.0;
    let (mut y, mut sigma) = (1.0, x);
    loop {
        x *= x;
        let before = sigma;
        sigma += x * y;
        y += y;
        if sigma == before {
            break;
        }
    }
    z += 4096.0 * sigma;
    (0.721_347_520_444_481_7 * 4096.0 * 4096.0 / z).round() as i64
}

fn co_moments(function: A, rows: &[(u64, f64, f64)], part_rows: u64) -> Scalar {
    // n, mean x, mean y, m2 x, m2 y, c.
    let mut all = [0.0f64; 6];
    for part in rows.chunk_by(|a, b| a.0 / part_rows == b.0 / part_rows) {
        let mut b = [0.0f64; 6];
        if part_rows == ZONE_ROWS {
            b = of_a_zone(part);
        }
        for (_, x, y) in part.iter().filter(|_| part_rows != ZONE_ROWS) {
            b[0] += 1.0;
            let dx = x - b[1];
            b[1] += dx / b[0];
            b[3] += dx * (x - b[1]);
            let dy = y - b[2];
            b[2] += dy / b[0];
            b[4] += dy * (y - b[2]);
            b[5] += dx * (y - b[2]);
        }
        if all[0] == 0.0 {
            all = b;
            continue;
        }
        let a = all;
        let (dx, dy, n) = (b[1] - a[1], b[2] - a[2], a[0] + b[0]);
        all = [
            n,
            a[1] + dx * b[0] / n,
            a[2] + dy * b[0] / n,
            a[3] + b[3] + dx * dx * a[0] * b[0] / n,
            a[4] + b[4] + dy * dy * a[0] * b[0] / n,
            a[5] + b[5] + dx * dy * a[0] * b[0] / n,
        ];
    }
    let [n, _, _, m2_x, m2_y, c] = all;
    let value = match function {
        A::CovarPop => (n > 0.0).then(|| c / n),
        A::CovarSamp => (n > 1.0).then(|| c / (n - 1.0)),
        _ => (n > 1.0 && m2_x != 0.0 && m2_y != 0.0).then(|| c / (m2_x * m2_y).sqrt()),
    };
    value.map_or(Scalar::Null, |v| canonical(Scalar::F64(v)))
}

/// n, the means of x and y, the sums of squares and of products: each a sum over sixteen lanes.
fn of_a_zone(part: &[(u64, f64, f64)]) -> [f64; 6] {
    let sum = |value: &dyn Fn(f64, f64) -> f64| {
        let mut lanes = [-0.0f64; 16];
        part.iter().for_each(|(row, x, y)| lanes[(row % 16) as usize] += value(*x, *y));
        for half in [8, 4, 2, 1] {
            (0..half).for_each(|lane| lanes[lane] += lanes[lane + half]);
        }
        lanes[0]
    };
    let (n, (_, x0, y0)) = (part.len() as f64, part[0]);
    let (mean_x, mean_y) = (x0 + sum(&|x, _| x - x0) / n, y0 + sum(&|_, y| y - y0) / n);
    let (dx, dy) = (|x: f64| x - mean_x, |y: f64| y - mean_y);
    let products = [sum(&|x, _| dx(x) * dx(x)), sum(&|_, y| dy(y) * dy(y)), sum(&|x, y| dx(x) * dy(y))];
    [n, mean_x, mean_y, products[0], products[1], products[2]]
}

fn canonical(value: Scalar) -> Scalar {
    match value {
        Scalar::F64(v) if v.is_nan() => Scalar::F64(f64::NAN),
        other => other,
    }
}

fn shape(function: A, rows: &[(u64, f64)], part_rows: u64) -> Scalar {
    // n, mean, m2, m3, m4.
    let mut all = [0.0f64; 5];
    for part in rows.chunk_by(|a, b| a.0 / part_rows == b.0 / part_rows) {
        let mut b = [0.0f64; 5];
        for (_, x) in part {
            let before = b[0];
            let n = before + 1.0;
            let d = x - b[1];
            let e = d / n;
            let e2 = e * e;
            let t = d * e * before;
            b = [
                n,
                b[1] + e,
                b[2] + t,
                b[3] + t * e * (n - 2.0) - 3.0 * e * b[2],
                b[4] + t * e2 * (n * n - 3.0 * n + 3.0) + 6.0 * e2 * b[2] - 4.0 * e * b[3],
            ];
        }
        if all[0] == 0.0 {
            all = b;
            continue;
        }
        let [na, mean_a, m2_a, m3_a, m4_a] = all;
        let [nb, mean_b, m2_b, m3_b, m4_b] = b;
        let (n, d) = (na + nb, mean_b - mean_a);
        let d2 = d * d;
        let (d3, d4) = (d * d2, d2 * d2);
        all = [
            n,
            mean_a + d * nb / n,
            m2_a + m2_b + d2 * na * nb / n,
            m3_a + m3_b + d3 * na * nb * (na - nb) / (n * n) + 3.0 * d * (na * m2_b - nb * m2_a) / n,
            m4_a + m4_b
                + d4 * na * nb * (na * na - na * nb + nb * nb) / (n * n * n)
                + 6.0 * d2 * (na * na * m2_b + nb * nb * m2_a) / (n * n)
                + 4.0 * d * (na * m3_b - nb * m3_a) / n,
        ];
    }
    let [n, _, m2, m3, m4] = all;
    let v = m2 / n;
    let value = match function {
        A::Skewness if n < 3.0 || m2 == 0.0 => None,
        A::Skewness => Some((n * (n - 1.0)).sqrt() / (n - 2.0) * (m3 / n / (v * v.sqrt()))),
        _ if n < 4.0 || m2 == 0.0 => None,
        _ => {
            let g = m4 / n / (v * v);
            Some((n - 1.0) * ((n + 1.0) * g - 3.0 * (n - 1.0)) / ((n - 2.0) * (n - 3.0)))
        }
    };
    value.map_or(Scalar::Null, |v| canonical(Scalar::F64(v)))
}

/// The arguments that a function takes of these columns.
pub(crate) fn takes(function: A, data_type: DataType) -> bool {
    let is_time = matches!(data_type, DataType::Date | DataType::Timestamp(_) | DataType::Duration(_));
    match function {
        A::BoolAnd | A::BoolOr => data_type == DataType::Bool,
        A::Corr | A::CovarSamp | A::CovarPop | A::Skewness | A::Kurtosis => data_type.is_number(),
        A::Median | A::QuantileCont | A::ApproxQuantile => data_type.is_number() || is_time,
        _ => true,
    }
}
