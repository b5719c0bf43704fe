//! Version files: there and back, every flipped bit, and each rule broken in turn.

use super::*;
use crate::checksum::block_hashes;
use proptest::prelude::*;

/// A table of one full zone and three rows, with a text column that has nulls.
pub(crate) fn sample() -> Version {
    let rows = 65_539;
    let tail = Tail {
        row_count: 3,
        null_count: 1,
        nan_count: 0,
        min: Some(Hex64(0)),
        max: Some(Hex64(1)),
        sum: Hex128(1),
        hash: Hex64(9),
        blocks: None,
        validity: Some(Base64(vec![0b101])),
    };
    let mut fare = ColumnEntry {
        id: 0,
        name: "fare".into(),
        type_name: "f32".into(),
        values: NpyFileEntry { file: "fare.npy".into(), byte_len: 4096 + rows * 4, header_rows: 0 },
        zones: FileEntry { file: "fare.zones".into(), byte_len: 64 },
        zones_chain: Hex64(5),
        validity: None,
        dictionary: None,
        text: None,
        tail: Tail { null_count: 0, validity: None, ..tail.clone() },
        sorted: None,
        copy_on_append: false,
        checksum: Hex64(0),
    };
    fare.checksum = Hex64(fare.computed_checksum());
    let text = b"AAUA";
    let offsets: Vec<u8> = [0u64, 2, 4].iter().flat_map(|o| o.to_le_bytes()).collect();
    let hashed = |file: &str, bytes: &[u8], header_rows| HashedFileEntry {
        file: file.into(),
        byte_len: 4096 + bytes.len() as u64,
        header_rows,
        blocks: block_hashes(bytes).map(Hex64).collect(),
    };
    let mut carrier = ColumnEntry {
        id: 1,
        name: "../carrier".into(),
        type_name: "dictionary(u8)".into(),
        values: NpyFileEntry {
            file: "%2E%2E%2Fcarrier.npy".into(),
            byte_len: 4096 + rows,
            header_rows: rows,
        },
        zones: FileEntry { file: "carrier~2.zones".into(), byte_len: 64 },
        validity: Some(ValidityEntry { file: "carrier.valid".into(), byte_len: 8192, first_zone: 0 }),
        dictionary: Some(DictionaryEntry {
            value_count: 2,
            offsets: hashed("carrier.dict.offsets.npy", &offsets, 3),
            bytes: hashed("carrier.dict.bytes.npy", text, 4),
        }),
        tail,
        sorted: Some(Sorted::Ascending),
        ..fare.clone()
    };
    carrier.checksum = Hex64(carrier.computed_checksum());
    let mut note = ColumnEntry {
        id: 2,
        name: "note".into(),
        type_name: "text".into(),
        values: NpyFileEntry {
            file: "note.offsets.npy".into(),
            byte_len: 4096 + (rows + 1) * 8,
            header_rows: rows + 1,
        },
        zones: FileEntry { file: "note.zones".into(), byte_len: 64 },
        text: Some(NpyFileEntry { file: "note.bytes.npy".into(), byte_len: 4096 + 7, header_rows: 7 }),
        ..fare.clone()
    };
    note.checksum = Hex64(note.computed_checksum());
    let mut embedding = ColumnEntry {
        id: 3,
        name: "embedding".into(),
        type_name: "vector(f16,3)".into(),
        values: NpyFileEntry { file: "embedding.npy".into(), byte_len: 4096 + rows * 6, header_rows: rows },
        zones: FileEntry { file: "embedding.zones".into(), byte_len: 64 },
        ..fare.clone()
    };
    embedding.checksum = Hex64(embedding.computed_checksum());
    Version {
        format: 1,
        required: vec![],
        optional: vec!["something".into()],
        version: 7,
        parent: Some(Parent { version: 6, checksum: Hex64(1) }),
        row_count: rows,
        zone_rows: 65_536,
        next_column_id: 4,
        columns: vec![fare, carrier, note, embedding],
    }
}

/// A body, framed with its right checksum.
fn framed(body: &str) -> Vec<u8> {
    format!("{{\"checksum\":\"{:016x}\",\"body\":{body}}}\n", hash(body.as_bytes())).into_bytes()
}

#[test]
fn a_version_reads_back() {
    let (bytes, checksum) = sample().encode().unwrap();
    assert_eq!(Version::decode(&bytes), Ok((sample(), checksum)));
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.starts_with("{\"checksum\":\"") && text.ends_with("}\n"), "{text}");
    assert_eq!(text.lines().count(), 1);
    serde_json::from_str::<serde_json::Value>(text).unwrap();
}

#[test]
fn every_flipped_bit_and_every_cut_is_found() {
    let (bytes, _) = sample().encode().unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(Version::decode(&bad).is_err(), "bit {bit}");
    }
    for len in 0..bytes.len() {
        assert!(Version::decode(&bytes[..len]).is_err(), "cut to {len}");
    }
}

#[test]
fn what_this_build_cannot_read_is_refused_by_name() {
    let newer = framed(r#"{"format":2,"required":["x"],"strange":[]}"#);
    assert_eq!(Version::decode(&newer).unwrap_err(), FormatError::NewerFormat { found: 2, known: 1 });
    let feature = framed(r#"{"format":1,"required":["packed"]}"#);
    assert_eq!(
        Version::decode(&feature).unwrap_err(),
        FormatError::RequiredFeature { name: "packed".into() }
    );
    let (bytes, _) = sample().encode().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let body =
        text[text.find("\"body\":").unwrap() + 7..text.len() - 2].replace("\"f32\"", "\"decimal(20,1)\"");
    assert!(Version::decode(&framed(&body)).unwrap_err().is_unsupported());
    let later =
        body.replace("\"decimal(20,1)\"", "\"f32\"").replace("\"format\":1", "\"format\":1,\"extra\":{}");
    assert_eq!(Version::decode(&framed(&later)).unwrap().0, sample());
    assert!(!Version::decode(&framed("{}")).unwrap_err().is_unsupported());
}

#[test]
fn each_rule_broken_is_an_error() {
    type Break = fn(&mut Version);
    let breaks: [(&str, Break); 40] = [
        ("format", |v| v.format = 0),
        ("version", |v| v.version = 0),
        ("parent", |v| v.parent = Some(Parent { version: 7, checksum: Hex64(0) })),
        ("rows", |v| v.row_count = u64::MAX),
        ("rows and lengths", |v| v.row_count += 1),
        ("zone rows", |v| v.zone_rows = 1),
        ("no columns", |v| v.columns.clear()),
        ("id given twice", |v| v.columns[1].id = 0),
        ("id too high", |v| v.next_column_id = 1),
        ("name given twice", |v| v.columns[1].name = "fare".into()),
        ("empty name", |v| v.columns[0].name.clear()),
        ("type", |v| v.columns[0].type_name = "F32".into()),
        ("path", |v| v.columns[0].values.file = "../fare.npy".into()),
        ("absolute path", |v| v.columns[0].zones.file = "/etc/passwd".into()),
        ("file given twice", |v| v.columns[0].zones.file = "CARRIER~2.zones".into()),
        ("length", |v| v.columns[0].values.byte_len -= 1),
        ("header rows", |v| v.columns[0].values.header_rows = 65_540),
        ("zones", |v| v.columns[0].zones.byte_len = 128),
        ("chain", |v| v.columns[0].zones_chain = Hex64(6)),
        ("first zone", |v| v.columns[1].validity.as_mut().unwrap().first_zone = 1),
        ("validity", |v| v.columns[1].validity.as_mut().unwrap().byte_len = 8191),
        ("dictionary gone", |v| v.columns[1].dictionary = None),
        ("dictionary without text", |v| v.columns[0].dictionary = v.columns[1].dictionary.clone()),
        ("values", |v| v.columns[1].dictionary.as_mut().unwrap().value_count = u64::MAX),
        ("offsets", |v| v.columns[1].dictionary.as_mut().unwrap().offsets.byte_len = 4096),
        ("text", |v| v.columns[1].dictionary.as_mut().unwrap().bytes.byte_len = 4095),
        ("blocks", |v| v.columns[1].dictionary.as_mut().unwrap().bytes.blocks.clear()),
        ("a vector's row width", |v| v.columns[3].values.byte_len -= 2),
        ("a vector's length", |v| v.columns[3].type_name = "vector(f16,4)".into()),
        ("offsets of free text", |v| v.columns[2].values.byte_len -= 8),
        ("text gone", |v| v.columns[2].text = None),
        ("text without free text", |v| v.columns[0].text = v.columns[2].text.clone()),
        ("text shorter than its header", |v| v.columns[2].text.as_mut().unwrap().byte_len = 4095),
        ("tail rows", |v| v.columns[0].tail.row_count = 4),
        ("tail nulls", |v| v.columns[0].tail.null_count = 4),
        ("tail NaN", |v| v.columns[1].tail.nan_count = 3),
        ("tail bounds", |v| v.columns[1].tail.min = None),
        ("tail bits", |v| v.columns[1].tail.validity = Some(Base64(vec![0b1001]))),
        ("tail bit count", |v| v.columns[1].tail.validity = Some(Base64(vec![0b111]))),
        ("tail without bits", |v| v.columns[1].tail.validity = None),
    ];
    for (rule, break_it) in breaks {
        let mut version = sample();
        break_it(&mut version);
        for column in &mut version.columns {
            if rule != "chain" {
                column.checksum = Hex64(column.computed_checksum());
            }
        }
        assert!(version.encode().is_err(), "{rule}");
    }
}

proptest! {
    #[test]
    fn hostile_bodies_never_panic(body in ".{0,200}", number in any::<u64>(), at in 0usize..3000) {
        let _ = Version::decode(body.as_bytes());
        let _ = Version::decode(&framed(&body));
        // A number put somewhere into a sound body, with a right checksum.
        let (bytes, _) = sample().encode().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let mut body = text[text.find("\"body\":").unwrap() + 7..text.len() - 2].to_owned();
        let at = at % body.len();
        if let Some(digit) = body[at..].find(|c: char| c.is_ascii_digit()) {
            body.replace_range(at + digit..=at + digit, &number.to_string());
        }
        let _ = Version::decode(&framed(&body));
    }
}
