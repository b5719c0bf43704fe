//! A query as data: what was asked, what it means, and whether it makes sense.
//!
//! Front ends (SQL text, the builder of the crate) write a [`Query`] of [`Expr`]s, in the names that the user
//! wrote. [`bind`] looks the names up in a [`Catalog`], checks every type and gives a [`Plan`] of [`Typed`]
//! expressions, which is what the execution runs. A [`PlanError`] carries the place in the SQL text and a
//! suggestion.
//!
//! ```
//! use colq_plan::{Query, Relation, bind, col, lit, sum};
//! use colq_types::{DataType, Field, Schema};
//! use std::collections::HashMap;
//!
//! let schema = Schema::new(vec![Field::new("zone", DataType::U16), Field::new("fare", DataType::F32)]);
//! let catalog = HashMap::from([("trips".to_string(), schema)]);
//! let query = Query {
//!     filter: Some(col("fare").gt(lit(10))),
//!     group_by: vec![col("zone")],
//!     select: vec![col("zone").into(), sum(col("fare")).alias("total").into()],
//!     ..Query::from(Relation::table("trips"))
//! };
//! let plan = bind(&query, &catalog)?;
//! assert_eq!(plan.schema().fields()[1], Field::new("total", DataType::F64));
//! # Ok::<(), colq_plan::PlanError>(())
//! ```
//!
//! This crate knows nothing of rows: no column is read and no kernel chosen here.

mod aggregate;
mod aggregate_entry;
mod bind;
mod builder;
mod call;
mod catalog;
mod coerce;
mod error;
mod explain;
mod expr;
mod fold;
mod function;
mod instead;
mod operation;
mod plan;
mod query;
mod rewrite;
mod scope;
mod typed;
mod window;
mod window_filter;

pub use aggregate::AggregateFunction;
pub use aggregate_entry::{AGGREGATE_ROWS, AGGREGATES, AggregateEntry};
pub use bind::bind;
pub use builder::{
    When, aggregate, approx_distinct, approx_quantile, arg_max, arg_min, bool_and, bool_or, call, coalesce,
    cols, concat, corr, covar_pop, covar_samp, first, greatest, interval, kurtosis, last, least, make_date,
    median, mode, pi, quantile_cont, quantile_disc, skewness, stddev_pop, var_pop, variance, when,
};
pub use catalog::Catalog;
pub use colq_types::{Arithmetic, Comparison, Function, Ranking};
pub use error::{PlanError, PlanErrorKind, Span, suggest};
pub use expr::{
    Expr, ExprKind, all_of, any_of, avg, col, count, count_distinct, count_of, lit, max, mean, min, stddev,
    sum,
};
pub use function::{FUNCTIONS, FunctionEntry, FunctionGroup, find_function, function_names};
pub use plan::{AggregateCall, Plan, PlanNode, PlanSortKey};
pub use query::{Query, Relation, SelectItem, SortKey};
pub use typed::{Typed, TypedKind};
