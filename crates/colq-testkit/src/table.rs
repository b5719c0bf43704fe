//! Random tables: every type, in shapes that engines treat differently (constant, sorted, skewed, extreme),
//! with every pattern of nulls and names that are not polite.

use crate::Random;
use colq_column::{Batch, Bitmap, Buffer, Column, Dictionary, DictionaryBuilder, SharedBytes};
use colq_types::{DataType, Field, Physical, STRIPE_ROWS, Scalar, Schema, ZONE_ROWS, decimal, halves};
use std::collections::HashSet;
use std::sync::Arc;

/// The name by which [`random_query`](crate::random_query) calls the table.
pub const TABLE_NAME: &str = "t";

/// A table of 1 to 6 columns. Most have 0 to 200 rows, one in 150 a little more than a zone, one in 2,000 a
/// little more than a stripe.
pub fn random_table(seed: u64) -> Batch {
    let mut random = Random::new(seed);
    if random.below(2_000) == 0 {
        let row_count = STRIPE_ROWS as usize + random.below(50_000);
        return random_table_of(random.bits(), row_count, 2);
    }
    if random.below(150) == 0 {
        let row_count = ZONE_ROWS as usize - 2 + random.below(5_000);
        let column_count = 2 + random.below(2);
        return random_table_of(random.bits(), row_count, column_count);
    }
    let row_count = match random.below(20) {
        0 => 0,
        1 => 1,
        2 | 3 => *random.pick(&[15, 16, 17, 63, 64, 65, 127, 128, 129]),
        _ => random.below(201),
    };
    let column_count = 1 + random.below(6);
    random_table_of(random.bits(), row_count, column_count)
}

/// A table of this many rows and columns.
pub fn random_table_of(seed: u64, row_count: usize, column_count: usize) -> Batch {
    let mut random = Random::new(seed);
    let mut names = HashSet::new();
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for number in 0..column_count {
        let data_type = random_type(&mut random);
        let (mut name, words): (String, &[&str]) = match (data_type, random.below(4)) {
            (DataType::Text, 0) => (DIGITS.into(), &NUMBERS),
            (DataType::Text, 1) => (DAYS.into(), &DATES),
            _ => (random_name(&mut random), &[]),
        };
        if !names.insert(name.clone()) {
            name = format!("{name}{number}");
            names.insert(name.clone());
        }
        let seed = random.bits();
        let column = random_column(seed, data_type, row_count);
        columns.push(if words.is_empty() { column } else { column_of_words(seed, words, row_count) });
        fields.push(Field::new(name, data_type));
    }
    let schema = Arc::new(Schema::new(fields));
    // The columns were made to fit the schema.
    Batch::new(schema, columns).unwrap_or_else(|| Batch::of_rows(0))
}

/// A type that a table may have, of those with parameters any.
pub(crate) fn random_type(random: &mut Random) -> DataType {
    match *random.pick(&DataType::ALL) {
        DataType::Decimal { .. } => {
            let (precision, scale) = *random.pick(&[(12, 2), (18, 4), (15, 2), (5, 0), (9, 9), (3, 1)]);
            DataType::Decimal { precision, scale }
        }
        DataType::Vector { .. } => {
            DataType::Vector { element: *random.pick(&Physical::NUMBERS), len: 1 + random.below(4) as u32 }
        }
        other => other,
    }
}

/// A column of this type and length, in a random shape and with a random pattern of nulls.
pub fn random_column(seed: u64, data_type: DataType, row_count: usize) -> Column {
    let mut random = Random::new(seed);
    let shape = match random.weighted(&[10, 15, 30, 40, 5]) {
        0 => Shape::Constant,
        1 => Shape::Sorted,
        2 => Shape::Skewed,
        3 => Shape::Uniform,
        _ => Shape::Extreme,
    };
    let mut values = random_values(&mut random, data_type, shape, row_count);
    let validity = random_validity(&mut random, row_count);
    for (row, value) in values.iter_mut().enumerate() {
        if !validity.get(row) {
            *value = Scalar::Null;
        }
    }
    match data_type {
        DataType::Text => text_column(&mut random, &values),
        data_type => Column::from_scalars(data_type, &values),
    }
}

/// The names of text columns that read as small integers, and as days: what queries may cast.
pub(crate) const DIGITS: &str = "digits";
pub(crate) const DAYS: &str = "days";

const NUMBERS: [&str; 6] = ["0", "1", "7", "42", " 100 ", "+3"];
const DATES: [&str; 4] = ["2013-01-01", "2013-01-31", " 2012-02-29", "1969-12-31"];

/// A text column of these words.
fn column_of_words(seed: u64, words: &[&str], row_count: usize) -> Column {
    let mut random = Random::new(seed);
    let validity = random_validity(&mut random, row_count);
    let mut draw = |row| if validity.get(row) { Scalar::from(*random.pick(words)) } else { Scalar::Null };
    let values: Vec<Scalar> = (0..row_count).map(&mut draw).collect();
    text_column(&mut random, &values)
}

/// Impolite names: SQL words, signs that need quotes, signs that file names cannot have, no letters at all.
fn random_name(random: &mut Random) -> String {
    const POLITE: [&str; 8] = ["a", "b", "c", "fare", "zone", "tip", "pickup", "x1"];
    const ODD: [&str; 16] = [
        "select",
        "A",
        "a b",
        "a.b",
        "say \"hi\"",
        "it's",
        "../up",
        "été",
        "名前",
        "1",
        "*",
        "sum(a)",
        " ",
        "tab\tand\nline",
        "NULL",
        "~tilde%20",
    ];
    if random.chance(60) { random.pick(&POLITE).to_string() } else { random.pick(&ODD).to_string() }
}

/// How the values of a column lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Constant,
    Sorted,
    Skewed,
    Uniform,
    Extreme,
}

fn random_values(random: &mut Random, data_type: DataType, shape: Shape, row_count: usize) -> Vec<Scalar> {
    // How far numbers spread; few values make many ties and full groups, many make none.
    let spread = *random.pick(&[2, 10, 100, 5_000, 1 << 40]);
    let mut draw = |shape| random_value(random, data_type, shape, spread);
    match shape {
        Shape::Constant => vec![draw(Shape::Uniform); row_count],
        Shape::Sorted => {
            let mut values: Vec<Scalar> = (0..row_count).map(|_| draw(Shape::Uniform)).collect();
            values.sort_by(sort_order);
            values
        }
        shape => (0..row_count).map(|_| draw(shape)).collect(),
    }
}

/// Sorted enough for a generator: by number, else by text.
fn sort_order(a: &Scalar, b: &Scalar) -> std::cmp::Ordering {
    match (a, b) {
        (Scalar::Text(a), Scalar::Text(b)) => a.cmp(b),
        (Scalar::Bool(a), Scalar::Bool(b)) => a.cmp(b),
        _ => match (a.as_i128(), b.as_i128(), a.as_f64(), b.as_f64()) {
            (Some(a), Some(b), ..) => a.cmp(&b),
            (.., Some(a), Some(b)) => a.total_cmp(&b),
            _ => std::cmp::Ordering::Equal,
        },
    }
}

fn random_value(random: &mut Random, data_type: DataType, shape: Shape, spread: i64) -> Scalar {
    match data_type {
        DataType::Bool => {
            Scalar::Bool(if shape == Shape::Skewed { random.chance(3) } else { random.chance(50) })
        }
        DataType::F16 => Scalar::F32(halves::to_f16(random_float(random, shape, spread)).to_f32()),
        DataType::Bf16 => Scalar::F32(halves::to_bf16(random_float(random, shape, spread)).to_f32()),
        DataType::Decimal { precision, scale } => {
            let end = (decimal::power_of_ten(precision) - 1) as i64;
            Scalar::Decimal(i128::from(random_integer(random, shape, spread, -end, end)), scale)
        }
        DataType::Duration(unit) => {
            let (low, high) = (i64::MIN, i64::MAX);
            let value = random_integer(random, shape, spread.min(100_000_000), low, high);
            let whole = shape != Shape::Extreme && random.chance(50);
            Scalar::Duration(if whole { value * unit.per_second() } else { value }, unit)
        }
        DataType::Vector { element, len } => {
            // Every layout has the name of a type.
            let number = DataType::parse(element.name()).unwrap_or(DataType::F32);
            Scalar::Vector((0..len).map(|_| random_value(random, number, shape, spread)).collect())
        }
        DataType::F32 => Scalar::F32(random_float(random, shape, spread) as f32),
        DataType::F64 => Scalar::F64(random_float(random, shape, spread)),
        DataType::Text => Scalar::Text(random_text(random, shape)),
        DataType::Date => {
            let days =
                random_integer(random, shape, spread.min(2_000), i64::from(i32::MIN), i64::from(i32::MAX));
            // Around the year 2013, but for the extremes.
            let days = if shape == Shape::Extreme { days } else { days + 15_706 };
            Scalar::Date(i32::try_from(days).unwrap_or(i32::MAX))
        }
        DataType::Timestamp(unit) => {
            if shape == Shape::Extreme {
                return Scalar::Timestamp(random_integer(random, shape, spread, i64::MIN, i64::MAX), unit);
            }
            let seconds = random_integer(random, shape, spread.min(100_000_000), i64::MIN, i64::MAX);
            let base = if random.chance(90) { 1_357_034_400 } else { 0 };
            let fraction = if random.chance(50) { 0 } else { random.between(0, unit.per_second() - 1) };
            Scalar::Timestamp((base + seconds) * unit.per_second() + fraction, unit)
        }
        DataType::U64 if shape == Shape::Extreme => {
            Scalar::U64(*random.pick(&[0, 1, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 53) + 1]))
        }
        data_type => {
            let (low, high) = integer_range(data_type);
            let value = random_integer(random, shape, spread, low, high);
            if data_type.is_unsigned() { Scalar::U64(value.unsigned_abs()) } else { Scalar::I64(value) }
        }
    }
}

/// The ends of an integer type, as far as an `i64` holds them.
fn integer_range(data_type: DataType) -> (i64, i64) {
    match data_type {
        DataType::I8 => (i64::from(i8::MIN), i64::from(i8::MAX)),
        DataType::I16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        DataType::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        DataType::U8 => (0, i64::from(u8::MAX)),
        DataType::U16 => (0, i64::from(u16::MAX)),
        DataType::U32 => (0, i64::from(u32::MAX)),
        DataType::U64 => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    }
}

fn random_integer(random: &mut Random, shape: Shape, spread: i64, low: i64, high: i64) -> i64 {
    let value = match shape {
        Shape::Extreme => {
            *random.pick(&[low, low.saturating_add(1), -1, 0, 1, high - 1, high, (1 << 53) + 1, 1 << 24])
        }
        // Half of the rows hold 0, a quarter 1, and so on.
        Shape::Skewed => i64::from(random.bits().trailing_zeros().min(40)).min(spread),
        _ => random.between(-spread / 4, spread),
    };
    value.clamp(low, high)
}

fn random_float(random: &mut Random, shape: Shape, spread: i64) -> f64 {
    match shape {
        Shape::Extreme => *random.pick(&[
            f64::NAN,
            -f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -0.0,
            0.0,
            f64::MAX,
            f64::MIN,
            f64::MIN_POSITIVE,
            5e-324,
            f64::from(f32::MAX),
            9_007_199_254_740_993.0,
            1e20,
            -1.5,
        ]),
        // A few values that often repeat, both zeros and NaN among them.
        Shape::Skewed => *random.pick(&[0.0, -0.0, 1.0, 1.5, -2.25, 0.1, 3.0, 3.0, 3.0, f64::NAN]),
        // Magnitudes that differ, so that a sum in another order has other bits.
        _ if random.chance(30) => {
            let magnitude = 10f64.powi(random.between(-6, 9) as i32);
            (random.fraction() - 0.3) * magnitude
        }
        _ => random_integer(random, shape, spread, i64::MIN, i64::MAX) as f64 / 4.0,
    }
}

/// Words of the tables and of the literals in queries, so that comparisons meet.
pub(crate) const WORDS: [&str; 14] =
    ["", "a", "A", "aa", "ab", "b", "UA", "été", "z\u{10ffff}", "名前", "O'Hare", "a,b", " a", "NULL"];

fn random_text(random: &mut Random, shape: Shape) -> String {
    match shape {
        Shape::Skewed => WORDS[(random.bits().trailing_zeros() as usize).min(WORDS.len() - 1)].to_string(),
        Shape::Extreme => match random.below(3) {
            0 => "long ".repeat(random.below(60)),
            1 => format!("{:x}", random.bits()),
            _ => random.pick(&["\0", "\u{feff}", "a\0b", "%", "_", "\\"]).to_string(),
        },
        _ => random.pick(&WORDS).to_string(),
    }
}

/// Which rows hold a value: all, most, half, none, or runs of each.
fn random_validity(random: &mut Random, row_count: usize) -> Bitmap {
    let percent_null = match random.weighted(&[50, 20, 12, 4, 14]) {
        0 => 0,
        1 => 4,
        2 => 50,
        3 => 100,
        _ => {
            let run = 1 + random.below(90);
            return (0..row_count).map(|row| (row / run).is_multiple_of(2)).collect();
        }
    };
    (0..row_count).map(|_| !random.chance(percent_null)).collect()
}

/// A text column whose codes are of any width that holds them, and whose dictionary is in no order and may
/// hold values that no row has.
fn text_column(random: &mut Random, values: &[Scalar]) -> Column {
    if random.chance(35) {
        return free_text(values);
    }
    let mut builder = DictionaryBuilder::default();
    if random.chance(40) {
        for _ in 0..random.below(6) {
            builder.intern(random.pick(&WORDS).as_bytes());
        }
    }
    let codes: Vec<Option<u32>> = values
        .iter()
        .map(|value| match value {
            Scalar::Text(text) => Some(builder.intern(text.as_bytes())),
            _ => None,
        })
        .collect();
    let dictionary = Arc::new(builder.finish());
    let validity = codes.iter().map(Option::is_some).collect();
    let largest = codes.iter().flatten().copied().max().unwrap_or(0);
    let codes = codes.iter().map(|code| code.unwrap_or(0));
    let narrow = random.below(3);
    let codes: Buffer = if narrow < 1 && largest <= u32::from(u8::MAX) {
        codes.map(|code| code as u8).collect::<Vec<u8>>().into()
    } else if narrow < 2 && largest <= u32::from(u16::MAX) {
        codes.map(|code| code as u16).collect::<Vec<u16>>().into()
    } else {
        codes.collect::<Vec<u32>>().into()
    };
    Column::text(codes, dictionary).with_validity(Some(validity))
}

/// A text column without a dictionary: each row brings its own text, and code `i` is row `i`.
fn free_text(values: &[Scalar]) -> Column {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for value in values {
        if let Scalar::Text(text) = value {
            bytes.extend_from_slice(text.as_bytes());
        }
        offsets.push(bytes.len() as u64);
    }
    let validity = values.iter().map(|value| !value.is_null()).collect();
    let codes = values.iter().zip(0u32..).map(|(value, row)| if value.is_null() { 0 } else { row });
    // Whole texts one after the other are what the parts of a dictionary have to be.
    let rows = Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap_or_else(|_| Dictionary::of([]));
    Column::text(codes.collect::<Vec<u32>>(), Arc::new(rows)).with_validity(Some(validity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_table_again() {
        let (a, b) = (random_table(7), random_table(7));
        assert_eq!(a.schema(), b.schema());
        let text = |batch: &Batch| (0..batch.row_count()).map(|r| format!("{:?}", batch.row(r))).collect();
        let (a, b): (Vec<String>, Vec<String>) = (text(&a), text(&b));
        assert_eq!(a, b);
        assert_ne!(random_table(8).schema(), random_table(9).schema());
    }

    #[test]
    fn tables_are_whole_and_have_every_type_and_size() {
        let mut types = HashSet::new();
        let mut sizes = HashSet::new();
        for seed in 0..600 {
            let table = random_table(seed);
            assert!(!table.schema().is_empty(), "seed {seed}");
            assert_eq!(table.schema().duplicate(), None);
            types.extend(table.schema().fields().iter().map(|f| std::mem::discriminant(&f.data_type)));
            sizes.insert(table.row_count().min(ZONE_ROWS as usize + 1));
        }
        let all: HashSet<_> = DataType::ALL.iter().map(std::mem::discriminant).collect();
        assert_eq!(types, all);
        assert!(sizes.contains(&0) && sizes.contains(&1) && sizes.contains(&(ZONE_ROWS as usize + 1)));
    }

    #[test]
    fn null_slots_hold_zero() {
        for seed in 0..200 {
            let column = random_column(seed, DataType::F64, 50);
            if let Buffer::F64(values) = &column.values {
                for (row, value) in values.iter().enumerate() {
                    assert!(column.view().is_valid(row) || value.to_bits() == 0);
                }
            }
        }
    }
}
