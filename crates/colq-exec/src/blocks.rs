//! Whether expressions are computed a block of rows at a time.
//!
//! A comparison of a column gives bits and is fastest over a whole zone. What computes values (arithmetic, conversions,
//! functions) writes them down between its steps: over a zone they would go to memory and back, over a block they stay
//! in the caches. Text goes by whole zones, for what is found out of its dictionary serves all rows of the zone.

use crate::predicate::{Predicate, Value};
use colq_types::{DataType, Scalar, Schema};

/// Rows of a block: a few columns of 64 bits of so many stay in the second-level cache. A multiple of 64, so that blocks
/// share no word of bits and no lane of a sum.
pub(crate) const BLOCK_ROWS: u64 = 8_192;

/// Codes or list entries that are prepared anew for each block; more of them are for whole zones.
const FEW: usize = 64;

/// What expressions ask for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    computes: bool,
    needs_zones: bool,
}

impl Shape {
    /// True where something is computed and nothing speaks against blocks.
    pub(crate) fn goes_by_blocks(self) -> bool {
        self.computes && self.can_go_by_blocks()
    }

    /// True where nothing speaks against blocks.
    pub(crate) fn can_go_by_blocks(self) -> bool {
        !self.needs_zones
    }

    /// Says that whole zones are needed.
    pub(crate) fn need_zones(&mut self) {
        self.needs_zones = true;
    }

    /// Looks at a value.
    pub(crate) fn see(&mut self, value: &Value, schema: &Schema) {
        match value {
            Value::Column(column) => {
                let data_type = schema.fields().get(*column).map(|field| field.data_type);
                self.needs_zones |= data_type.is_none_or(|t| t == DataType::Text || t.is_vector());
            }
            Value::Literal(_, data_type) => self.see_type(*data_type),
            Value::Arithmetic { left, right, .. } => {
                self.computes = true;
                self.see(left, schema);
                self.see(right, schema);
            }
            Value::Negate { operand, .. } => {
                self.computes = true;
                self.see(operand, schema);
            }
            Value::Cast { operand, to, .. } => {
                self.computes = true;
                self.see_type(*to);
                self.see(operand, schema);
            }
            Value::Predicate(predicate) => {
                self.computes = true;
                self.see_predicate(predicate, schema);
            }
            Value::Call { args, data_type, .. } => {
                self.computes = true;
                self.see_type(*data_type);
                args.iter().for_each(|arg| self.see(arg, schema));
            }
            Value::Case { branches, otherwise, data_type } => {
                self.computes = true;
                self.see_type(*data_type);
                for (when, then) in branches {
                    self.see_predicate(when, schema);
                    self.see(then, schema);
                }
                self.see(otherwise, schema);
            }
            Value::Coalesce { args, data_type } => {
                self.computes = true;
                self.see_type(*data_type);
                args.iter().for_each(|arg| self.see(arg, schema));
            }
            Value::Lookup(_) | Value::LateLookup(..) => self.needs_zones = true,
        }
    }

    /// Looks at a condition.
    pub(crate) fn see_predicate(&mut self, predicate: &Predicate, schema: &Schema) {
        match predicate {
            Predicate::Constant(_) => {}
            Predicate::CompareLiteral { operand, literal, .. } => {
                self.needs_zones |= matches!(literal, Scalar::Text(_));
                self.see(operand, schema);
            }
            Predicate::Between { operand, low, .. } => {
                self.needs_zones |= matches!(low, Scalar::Text(_));
                self.see(operand, schema);
            }
            Predicate::Compare { left, right, .. } | Predicate::Distinct { left, right, .. } => {
                self.see(left, schema);
                self.see(right, schema);
            }
            Predicate::InList { operand, values, .. } => {
                self.needs_zones |= values.len() > FEW;
                self.see(operand, schema);
            }
            Predicate::Codes(codes) => self.needs_zones |= codes.trues.len() > FEW,
            Predicate::LateCodes(..) => self.needs_zones = true,
            Predicate::And(left, right) | Predicate::Or(left, right) => {
                self.see_predicate(left, schema);
                self.see_predicate(right, schema);
            }
            Predicate::Not(operand) => self.see_predicate(operand, schema),
            Predicate::IsNull(operand) | Predicate::Bool(operand) => self.see(operand, schema),
        }
    }

    fn see_type(&mut self, data_type: DataType) {
        self.needs_zones |= data_type == DataType::Text || data_type.is_vector();
    }
}
