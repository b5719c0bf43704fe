//! The names and types of a table's columns.

use crate::DataType;

/// One column's name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name, any text; unique in its schema.
    pub name: String,
    /// The logical type.
    pub data_type: DataType,
}

impl Field {
    /// A field.
    pub fn new(name: impl Into<String>, data_type: DataType) -> Field {
        Field { name: name.into(), data_type }
    }
}

/// The columns of a table, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    fields: Vec<Field>,
}

/// What a name finds in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// The column at this index.
    Found(usize),
    /// No column has this name, in any case.
    Missing,
    /// No column has exactly this name, and several have it but for case.
    Ambiguous,
}

impl Schema {
    /// A schema of these fields. Names that occur twice are the caller's to refuse ([`Schema::duplicate`]).
    pub fn new(fields: Vec<Field>) -> Schema {
        Schema { fields }
    }

    /// The fields in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True without columns.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Finds a column: exactly, else uniquely without regard to ASCII case.
    pub fn find(&self, name: &str) -> Lookup {
        if let Some(index) = self.fields.iter().position(|f| f.name == name) {
            return Lookup::Found(index);
        }
        let mut same = self.fields.iter().enumerate().filter(|(_, f)| f.name.eq_ignore_ascii_case(name));
        match (same.next(), same.next()) {
            (Some((index, _)), None) => Lookup::Found(index),
            (Some(_), Some(_)) => Lookup::Ambiguous,
            (None, _) => Lookup::Missing,
        }
    }

    /// The first name that occurs a second time.
    pub fn duplicate(&self) -> Option<&str> {
        let mut seen = std::collections::HashSet::new();
        self.fields.iter().map(|f| f.name.as_str()).find(|name| !seen.insert(*name))
    }
}

impl FromIterator<Field> for Schema {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Schema {
        Schema { fields: fields.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_exactly_first_and_then_uniquely_without_case() {
        let schema: Schema =
            ["fare", "Tip", "zone", "Zone"].into_iter().map(|n| Field::new(n, DataType::I64)).collect();
        assert_eq!(schema.find("fare"), Lookup::Found(0));
        assert_eq!(schema.find("TIP"), Lookup::Found(1));
        assert_eq!(schema.find("Zone"), Lookup::Found(3));
        assert_eq!(schema.find("ZONE"), Lookup::Ambiguous);
        assert_eq!(schema.find("fair"), Lookup::Missing);
    }
}
