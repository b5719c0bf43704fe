//! Where names of tables are looked up.

use colq_types::Schema;
use std::collections::HashMap;

/// Knows the tables by name.
pub trait Catalog {
    /// The schema of a table.
    ///
    /// # Errors
    /// Why there is no such table, as a sentence.
    fn schema(&self, name: &str) -> Result<Schema, String>;
}

impl Catalog for HashMap<String, Schema> {
    fn schema(&self, name: &str) -> Result<Schema, String> {
        self.get(name).cloned().ok_or_else(|| "it was not given to this query.".to_string())
    }
}
