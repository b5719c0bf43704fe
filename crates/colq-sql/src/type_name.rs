//! The names of types, PostgreSQL's and colq's own.

use crate::query::Lowering;
use colq_plan::{PlanError, PlanErrorKind, Span};
use colq_types::{DataType, TimeUnit};
use sqlparser::ast::{DataType as Name, ExactNumberInfo, ObjectNamePart};

impl Lowering<'_> {
    /// The type of this name.
    pub(crate) fn data_type(&self, name: &Name, span: Option<Span>) -> Result<DataType, PlanError> {
        let unknown = || PlanError::new(PlanErrorKind::UnknownType { name: name.to_string() }, span);
        known(name).ok_or_else(unknown)
    }
}

fn known(name: &Name) -> Option<DataType> {
    Some(match name {
        Name::Bool | Name::Boolean => DataType::Bool,
        Name::TinyInt(None) => DataType::I8,
        Name::SmallInt(None) | Name::Int2(None) => DataType::I16,
        Name::Int(None) | Name::Integer(None) | Name::Int4(None) => DataType::I32,
        // PostgreSQL counts bytes: int8 is its 64-bit integer.
        Name::BigInt(None) | Name::Int8(None) | Name::Int64 => DataType::I64,
        Name::TinyIntUnsigned(None) | Name::UTinyInt => DataType::U8,
        Name::SmallIntUnsigned(None) | Name::Int2Unsigned(None) | Name::USmallInt => DataType::U16,
        Name::IntUnsigned(None) | Name::IntegerUnsigned(None) | Name::Int4Unsigned(None) => DataType::U32,
        Name::BigIntUnsigned(None) | Name::Int8Unsigned(None) | Name::UBigInt => DataType::U64,
        Name::Real | Name::Float4 | Name::Float32 => DataType::F32,
        Name::Float8 | Name::Float64 | Name::DoublePrecision => DataType::F64,
        Name::Double(ExactNumberInfo::None) | Name::Float(ExactNumberInfo::None) => DataType::F64,
        // float(1) to float(24) fit single precision, as in PostgreSQL.
        Name::Float(ExactNumberInfo::Precision(1..=24)) => DataType::F32,
        Name::Float(ExactNumberInfo::Precision(25..=53)) => DataType::F64,
        Name::Text | Name::String(None) | Name::Varchar(None) | Name::CharacterVarying(None) => {
            DataType::Text
        }
        Name::Decimal(digits) | Name::Numeric(digits) | Name::Dec(digits) => match digits {
            ExactNumberInfo::Precision(precision) => DataType::decimal(u8::try_from(*precision).ok()?, 0)?,
            ExactNumberInfo::PrecisionAndScale(precision, scale) => {
                DataType::decimal(u8::try_from(*precision).ok()?, u8::try_from(*scale).ok()?)?
            }
            // PostgreSQL's has as many digits as come; here it is DataFusion's.
            ExactNumberInfo::None => DataType::decimal(38, 10)?,
        },
        Name::Date => DataType::Date,
        // Every timestamp is an instant in UTC, so with and without a zone are one type.
        Name::Timestamp(precision, _) => DataType::Timestamp(match precision {
            None | Some(6) => TimeUnit::Microsecond,
            Some(0) => TimeUnit::Second,
            Some(3) => TimeUnit::Millisecond,
            Some(9) => TimeUnit::Nanosecond,
            Some(_) => return None,
        }),
        Name::Custom(name, arguments) if arguments.is_empty() => match name.0.as_slice() {
            [ObjectNamePart::Identifier(ident)] => DataType::parse(&ident.value.to_ascii_lowercase())?,
            _ => return None,
        },
        Name::Custom(name, arguments) => match (name.0.as_slice(), arguments.as_slice()) {
            ([ObjectNamePart::Identifier(ident)], arguments) => {
                let text = format!("{}({})", ident.value, arguments.join(",")).to_ascii_lowercase();
                DataType::parse(&text)?
            }
            _ => return None,
        },
        _ => return None,
    })
}
