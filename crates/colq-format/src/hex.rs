//! Numbers and bits inside JSON, exactly: JSON's own numbers would lose bits of a 64-bit hash or a float.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// 64 bits as 16 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hex64(pub u64);

/// 128 bits as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hex128(pub u128);

/// Bytes in base64 with padding.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Base64(pub Vec<u8>);

/// Exactly `width` lower-case digits.
pub(crate) fn parse(text: &str, width: usize) -> Option<u128> {
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (lower && text.len() == width).then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

impl fmt::Display for Hex64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl fmt::Debug for Hex64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl fmt::Display for Hex128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
impl fmt::Debug for Hex128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Hex64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Hex64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hex64, D::Error> {
        let bits = deserializer.deserialize_str(Digits { width: 16 })?;
        u64::try_from(bits).map(Hex64).map_err(D::Error::custom)
    }
}
impl Serialize for Hex128 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Hex128 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hex128, D::Error> {
        deserializer.deserialize_str(Digits { width: 32 }).map(Hex128)
    }
}

/// Reads digits where they stand: a wide table has thousands of them in its version file.
struct Digits {
    width: usize,
}

impl serde::de::Visitor<'_> for Digits {
    type Value = u128;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lower-case hexadecimal digits", self.width)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<u128, E> {
        parse(text, self.width).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}
impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}
impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Base64, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Base64).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_is_read() {
        assert_eq!(serde_json::to_string(&Hex64(10)).unwrap(), "\"000000000000000a\"");
        assert_eq!(serde_json::from_str::<Hex64>("\"000000000000000a\"").unwrap(), Hex64(10));
        for bad in ["\"a\"", "\"000000000000000A\"", "\"+00000000000000a\"", "10"] {
            assert!(serde_json::from_str::<Hex64>(bad).is_err(), "{bad}");
        }
        let bits = Hex128(u128::MAX - 1);
        assert_eq!(serde_json::from_str::<Hex128>(&serde_json::to_string(&bits).unwrap()).unwrap(), bits);
        let bytes = Base64(vec![0, 255, 7]);
        assert_eq!(serde_json::from_str::<Base64>(&serde_json::to_string(&bytes).unwrap()).unwrap(), bytes);
    }
}
