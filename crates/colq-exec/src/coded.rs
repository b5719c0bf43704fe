//! CASE over nothing but text literals, as a CASE over the numbers of the distinct ones: what stands for a text is known
//! before any row is seen, so no text is looked at row by row.

use crate::predicate::Value;
use colq_column::{Dictionary, DictionaryBuilder};
use colq_types::{DataType, Scalar};
use std::sync::Arc;

/// The same choice over codes of the dictionary, and the dictionary; `None` for every other value.
pub(crate) fn coded(value: &Value) -> Option<(Value, Arc<Dictionary>)> {
    let mut texts = DictionaryBuilder::default();
    intern(value, &mut texts)?;
    let data_type = if texts.len() <= 1 << u8::BITS { DataType::U8 } else { DataType::U32 };
    let value = with_codes(value, &texts, data_type)?;
    Some((value, Arc::new(texts.finish())))
}

/// Adds the literals of a CASE, and of those within it; `None` where something else is chosen from.
fn intern(value: &Value, texts: &mut DictionaryBuilder) -> Option<()> {
    let Value::Case { branches, otherwise, .. } = value else { return None };
    for chosen in branches.iter().map(|(_, then)| then).chain([&**otherwise]) {
        match chosen {
            Value::Literal(Scalar::Text(text), _) => {
                texts.intern(text.as_bytes());
            }
            Value::Literal(Scalar::Null, _) => {}
            nested => intern(nested, texts)?,
        }
    }
    Some(())
}

fn with_codes(value: &Value, texts: &DictionaryBuilder, data_type: DataType) -> Option<Value> {
    Some(match value {
        Value::Case { branches, otherwise, .. } => Value::Case {
            branches: branches
                .iter()
                .map(|(when, then)| Some((when.clone(), with_codes(then, texts, data_type)?)))
                .collect::<Option<_>>()?,
            otherwise: Box::new(with_codes(otherwise, texts, data_type)?),
            data_type,
        },
        Value::Literal(Scalar::Text(text), _) => {
            let code = texts.find(text.as_bytes())?;
            Value::Literal(Scalar::U64(code.into()), data_type)
        }
        _ => Value::Literal(Scalar::Null, data_type),
    })
}
