//! NumPy's names of types: what one value of an array is, on disk and as a column.

use colq_types::{DataType, Physical, TimeUnit};

/// What one element of an array is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// A number of this layout.
    Number(Physical),
    /// A byte, anything but 0 is true.
    Bool,
    /// `datetime64` in days.
    Days,
    /// `datetime64` in units; the smallest value is NaT, which is NULL.
    Instant(TimeUnit),
    /// `timedelta64` in units, likewise.
    Span(TimeUnit),
    /// So many bytes of text, zeros at the end left out.
    Bytes(usize),
    /// So many code points of four bytes each.
    CodePoints(usize),
}

/// A type as NumPy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dtype {
    pub(super) element: Element,
    pub(super) big_endian: bool,
}

/// Bytes that one text may take: more is no file that anybody meant.
const TEXT_LIMIT: usize = 1 << 20;

impl Dtype {
    /// Reads `<f4`, `|b1`, `>i8`, `<M8[us]` and the like; the error says what is wrong with it.
    pub(super) fn parse(name: &str) -> Result<Dtype, &'static str> {
        let (big_endian, rest) = match name.strip_prefix(['<', '|', '=']) {
            Some(rest) => (false, rest),
            None => match name.strip_prefix('>') {
                Some(rest) => (true, rest),
                None => (false, name),
            },
        };
        let count = |text: &str, width: usize| {
            let count = text.parse::<usize>().ok().filter(|count| count.saturating_mul(width) <= TEXT_LIMIT);
            count.ok_or("the length of its texts is not one that can be read")
        };
        fn unit(text: &str) -> Option<&str> {
            text.strip_prefix("8[")?.strip_suffix(']')
        }
        let time_unit = |name: &str| TimeUnit::ALL.into_iter().find(|unit| unit.name() == name);
        let element = match rest.split_at_checked(1) {
            _ if rest == "b1" || rest == "?" => Element::Bool,
            Some(("M", rest)) => match unit(rest) {
                Some("D") => Element::Days,
                Some(name) => time_unit(name).map(Element::Instant).ok_or(
                    "times are read in D, s, ms, us and ns only. Convert it with astype('datetime64[us]')",
                )?,
                None => return Err("a datetime64 without a unit cannot be read"),
            },
            Some(("m", rest)) => match unit(rest).and_then(time_unit) {
                Some(unit) => Element::Span(unit),
                None => {
                    return Err(
                        "spans are read in s, ms, us and ns only. Convert it with astype('timedelta64[us]')",
                    );
                }
            },
            Some(("S" | "a", len)) => Element::Bytes(count(len, 1)?),
            Some(("U", len)) => Element::CodePoints(count(len, 4)?),
            Some(("O", _)) => {
                return Err(
                    "arrays of Python objects cannot be read. Convert it to a number or text type in NumPy",
                );
            }
            Some(("c", _)) => {
                return Err("complex numbers cannot be read. Save the real and imaginary parts");
            }
            Some(("V", _)) => return Err("arrays of raw bytes cannot be read"),
            _ => {
                let named = |p: &Physical| number_name(*p) == Some(rest);
                Element::Number(Physical::NUMBERS.into_iter().find(named).ok_or("this type is not known")?)
            }
        };
        Ok(Dtype { element, big_endian })
    }

    /// Bytes of one element.
    pub(super) fn byte_width(self) -> usize {
        match self.element {
            Element::Bool => 1,
            Element::Number(physical) => physical.byte_width(),
            Element::Days | Element::Instant(_) | Element::Span(_) => 8,
            Element::Bytes(len) => len,
            Element::CodePoints(len) => len * 4,
        }
    }

    /// The column type of `len` elements a row; `None` where there are several and they are no numbers.
    pub(super) fn data_type(self, len: Option<u32>) -> Option<DataType> {
        let single = match self.element {
            Element::Bool => DataType::Bool,
            Element::Days => DataType::Date,
            Element::Instant(unit) => DataType::Timestamp(unit),
            Element::Span(unit) => DataType::Duration(unit),
            Element::Bytes(_) | Element::CodePoints(_) => DataType::Text,
            Element::Number(physical) => match len {
                Some(len) => return DataType::vector(physical, len),
                None => crate::value::number_type(physical),
            },
        };
        len.is_none().then_some(single)
    }
}

/// NumPy's name of a number, without the byte order; bf16, which it lacks, has none.
fn number_name(physical: Physical) -> Option<&'static str> {
    Some(match physical {
        Physical::I8 => "i1",
        Physical::I16 => "i2",
        Physical::I32 => "i4",
        Physical::I64 => "i8",
        Physical::U8 => "u1",
        Physical::U16 => "u2",
        Physical::U32 => "u4",
        Physical::U64 => "u8",
        Physical::F16 => "f2",
        Physical::F32 => "f4",
        Physical::F64 => "f8",
        Physical::Bool | Physical::Bf16 | Physical::I128 => return None,
    })
}

/// The name under which a column is written; `None` for text and for decimals of 128 bits. As in a table, bf16 is
/// `<u2` and a decimal its unscaled `<i8`; days are `datetime64`, which counts them in 64 bits.
pub(super) fn name_of(data_type: DataType) -> Option<String> {
    Some(match data_type {
        DataType::Bool => "|b1".to_owned(),
        DataType::Date => "<M8[D]".to_owned(),
        DataType::Timestamp(unit) => format!("<M8[{}]", unit.name()),
        DataType::Duration(unit) => format!("<m8[{}]", unit.name()),
        DataType::Bf16 => "<u2".to_owned(),
        DataType::Vector { element: Physical::Bf16, .. } => "<u2".to_owned(),
        DataType::Vector { element, .. } => format!("<{}", number_name(element)?),
        other => {
            let name = number_name(other.physical()?)?;
            let order = if name.ends_with('1') { '|' } else { '<' };
            format!("{order}{name}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for data_type in DataType::ALL {
            let Some(name) = name_of(data_type) else {
                assert_eq!(data_type, DataType::Text);
                continue;
            };
            let len = data_type.is_vector().then_some(data_type.row_len() as u32);
            let found = Dtype::parse(&name).unwrap().data_type(len);
            let expected = match data_type {
                DataType::Bf16 => DataType::U16,
                DataType::Decimal { .. } => DataType::I64,
                other => other,
            };
            assert_eq!(found, Some(expected), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (name, part) in [
            ("|O", "Python objects"),
            ("<c8", "complex"),
            ("<M8[ps]", "astype"),
            ("<M8", "without a unit"),
            ("<m8[D]", "astype"),
            ("<f16", "not known"),
            ("<U99999999999", "length"),
            ("|V8", "raw bytes"),
            ("", "not known"),
            ("ü", "not known"),
        ] {
            let error = Dtype::parse(name).unwrap_err();
            assert!(error.contains(part), "{name}: {error}");
        }
    }
}
