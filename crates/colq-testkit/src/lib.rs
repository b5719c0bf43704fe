//! The judge of the engine: a naive row-at-a-time reference engine, generators of tables and queries, and a
//! comparison that is exact to the bit. For tests only.
//!
//! ```
//! use colq_plan::{bind, Query, Relation, col, sum};
//! use colq_testkit::{NaiveTable, compare, run};
//! use colq_column::{Batch, Column};
//! use colq_types::{DataType, Field, Scalar, Schema};
//! use std::{collections::HashMap, sync::Arc};
//!
//! let schema = Arc::new(Schema::new(vec![Field::new("fare", DataType::F32)]));
//! let batch = Batch::new(schema.clone(), vec![Column::new(DataType::F32, vec![2.5f32, 4.0])]);
//! let tables = HashMap::from([("t".to_string(), batch.ok_or("lengths")?)]);
//! let query = Query { select: vec![sum(col("fare")).into()], ..Query::from(Relation::table("t")) };
//! let plan = bind(&query, &HashMap::from([("t".to_string(), (*schema).clone())]))?;
//!
//! let expected = run(&plan, &tables);
//! assert_eq!(expected.as_ref().map(|t| t.rows[0][0].clone()), Ok(Scalar::F64(6.5)));
//! // An engine's answer comes as batches:
//! let actual = Ok(NaiveTable::from_batches(plan.schema().clone(), &[]));
//! assert!(compare(&expected, &actual).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`random_table`] and [`random_query`] make a case from a seed;
//! - [`run`] interprets a plan over rows of scalars and shares no computing code with any engine;
//! - [`compare`] says whether an engine's answer is that of [`run`], and where they first differ;
//! - [`Coverage`] counts what the cases have tried.

mod compare;
mod coverage;
mod error;
mod naive;
mod query;
mod random;
mod table;

pub use compare::compare;
pub use coverage::Coverage;
pub use error::{NaiveError, NaiveErrorKind};
pub use naive::{NaiveTable, Tolerance, run};
pub use query::random_query;
pub use random::Random;
pub use table::{TABLE_NAME, random_column, random_table, random_table_of};
