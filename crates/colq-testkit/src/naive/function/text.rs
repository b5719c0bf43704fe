//! Functions of texts, over their code points.

use super::{whole, word};
use crate::NaiveErrorKind;
use crate::naive::Cell;
use colq_types::{Function, Scalar};

/// The longest text that a fill or a repetition may come to, in bytes.
const LONGEST: i128 = 1 << 24;

/// The value of a function of texts that are not NULL.
pub(super) fn call(function: Function, args: &[Scalar]) -> Cell {
    use Function as F;
    let s = word(args, 0)?;
    let letters: Vec<char> = s.chars().collect();
    let text = match function {
        F::Length => return count(letters.len()),
        F::OctetLength => return count(s.len()),
        F::StartsWith => {
            return Ok(Scalar::Bool(find(s.as_bytes(), word(args, 1)?.as_bytes(), 0) == Some(0)));
        }
        F::EndsWith => {
            let end = word(args, 1)?;
            return Ok(Scalar::Bool(
                s.len() >= end.len() && s.as_bytes()[s.len() - end.len()..] == *end.as_bytes(),
            ));
        }
        F::Contains => return Ok(Scalar::Bool(find(s.as_bytes(), word(args, 1)?.as_bytes(), 0).is_some())),
        F::Strpos => {
            let part: Vec<char> = word(args, 1)?.chars().collect();
            return count(find(&letters, &part, 0).map_or(0, |place| place + 1));
        }
        F::Lower => s.to_lowercase(),
        F::Upper => s.to_uppercase(),
        F::Initcap => initcap(&letters),
        F::Reverse => letters.iter().rev().collect(),
        F::Substr => substr(&letters, args)?,
        F::Left => {
            let n = i128::from(whole(args, 1)?);
            let end = if n < 0 { letters.len() as i128 + n } else { n };
            letters.iter().take(usize::try_from(end).unwrap_or(0)).collect()
        }
        F::Right => {
            let n = i128::from(whole(args, 1)?);
            let start = if n < 0 { -n } else { letters.len() as i128 - n };
            letters.iter().skip(usize::try_from(start).unwrap_or(0)).collect()
        }
        F::Trim => trimmed(&letters, word(args, 1)?, true, true),
        F::Ltrim => trimmed(&letters, word(args, 1)?, true, false),
        F::Rtrim => trimmed(&letters, word(args, 1)?, false, true),
        F::Lpad | F::Rpad => padded(&letters, whole(args, 1)?, word(args, 2)?, function == F::Lpad)?,
        F::Repeat => {
            let times = whole(args, 1)?.max(0);
            if i128::from(times) * s.len() as i128 > LONGEST {
                return Err(NaiveErrorKind::InvalidArgument);
            }
            // Nothing is nothing, however often.
            if s.is_empty() { String::new() } else { (0..times).map(|_| s).collect() }
        }
        F::Join => format!("{s}{}", word(args, 1)?),
        F::SplitPart => split_part(&letters, word(args, 1)?, whole(args, 2)?)?,
        F::Replace => {
            let from: Vec<char> = word(args, 1)?.chars().collect();
            let parts = split(&letters, &from);
            parts.join(word(args, 2)?)
        }
        _ => return Err(NaiveErrorKind::MalformedPlan),
    };
    Ok(Scalar::Text(text))
}

/// The texts one after the other, NULLs left out.
pub(super) fn concat(args: &[Scalar]) -> Cell {
    let mut all = String::new();
    for (place, arg) in args.iter().enumerate() {
        if !arg.is_null() {
            all.push_str(word(args, place)?);
        }
    }
    Ok(Scalar::Text(all))
}

fn count(value: usize) -> Cell {
    i64::try_from(value).map(Scalar::I64).map_err(|_| NaiveErrorKind::Overflow)
}

/// The first place, from `start` on, where the part stands.
fn find<T: PartialEq>(whole: &[T], part: &[T], start: usize) -> Option<usize> {
    (start..=whole.len()).find(|place| whole[*place..].starts_with(part))
}

fn initcap(letters: &[char]) -> String {
    let mut out = String::new();
    let mut in_word = false;
    for letter in letters {
        if in_word {
            out.extend(letter.to_lowercase());
        } else {
            out.extend(letter.to_uppercase());
        }
        in_word = letter.is_alphanumeric();
    }
    out
}

fn substr(letters: &[char], args: &[Scalar]) -> Result<String, NaiveErrorKind> {
    let start = i128::from(whole(args, 1)?);
    let end = match args.len() {
        2 => i128::MAX,
        _ => {
            let count = i128::from(whole(args, 2)?);
            if count < 0 {
                return Err(NaiveErrorKind::InvalidArgument);
            }
            start + count
        }
    };
    let places = letters.iter().zip(1i128..);
    Ok(places.filter(|(_, place)| (start..end).contains(place)).map(|(letter, _)| letter).collect())
}

fn trimmed(letters: &[char], characters: &str, at_start: bool, at_end: bool) -> String {
    let mut rest = letters;
    while let Some((first, others)) = rest.split_first()
        && at_start
        && characters.contains(*first)
    {
        rest = others;
    }
    while let Some((last, others)) = rest.split_last()
        && at_end
        && characters.contains(*last)
    {
        rest = others;
    }
    rest.iter().collect()
}

fn padded(letters: &[char], length: i64, fill: &str, at_start: bool) -> Result<String, NaiveErrorKind> {
    let length = length.max(0);
    let kept: String = letters.iter().zip(0..length).map(|(letter, _)| letter).collect();
    let missing = length - i64::try_from(letters.len()).map_err(|_| NaiveErrorKind::Overflow)?;
    if missing <= 0 || fill.is_empty() {
        return Ok(kept);
    }
    if i128::from(length) > LONGEST {
        return Err(NaiveErrorKind::InvalidArgument);
    }
    let fill: String = fill.chars().cycle().zip(0..missing).map(|(letter, _)| letter).collect();
    Ok(if at_start { fill + &kept } else { kept + &fill })
}

/// The parts between the delimiters; an empty delimiter stands nowhere.
fn split(letters: &[char], delimiter: &[char]) -> Vec<String> {
    let mut parts = Vec::new();
    let mut start = 0;
    while !delimiter.is_empty()
        && let Some(place) = find(letters, delimiter, start)
    {
        parts.push(letters[start..place].iter().collect());
        start = place + delimiter.len();
    }
    parts.push(letters[start..].iter().collect());
    parts
}

fn split_part(letters: &[char], delimiter: &str, n: i64) -> Result<String, NaiveErrorKind> {
    if n == 0 {
        return Err(NaiveErrorKind::InvalidArgument);
    }
    let delimiter: Vec<char> = delimiter.chars().collect();
    let mut parts = split(letters, &delimiter);
    if n < 0 {
        parts.reverse();
    }
    let place = usize::try_from(n.unsigned_abs() - 1).unwrap_or(usize::MAX);
    Ok(parts.into_iter().nth(place).unwrap_or_default())
}
