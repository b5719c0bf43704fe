//! SQL text to plans, on the sqlparser crate.
//!
//! [`parse`] turns the text of one statement into a [`Statement`], whose [`Query`](colq_plan::Query) the
//! binder of `colq-plan` then checks against the tables there are. A clause that colq does not have is refused
//! by its name, and never passed over: every struct of the syntax tree is taken apart field by field, so that a
//! new field of a new sqlparser does not compile until somebody has thought about it.
//!
//! Every [`PlanError`](colq_plan::PlanError) carries its place as bytes of the text:
//!
//! ```
//! let sql = "SELECT zone FROM trips WHERE fare > 10 FETCH FIRST ROW ONLY";
//! let error = colq_sql::parse(sql).unwrap_err();
//! let span = error.span().unwrap();
//! assert_eq!(&sql[span.start..span.end], "FETCH");
//! assert_eq!(error.to_string(), "FETCH is not supported.");
//! ```
//!
//! The order of reading: `statement` (the whole text), `tokens` (words and their places), `syntax` (what the
//! parser says, in words for people), `query`, `union` and `relation` (clauses), `expression`, `function`, `word_call`,
//! `literal`, `interval`, `type_name` (what stands in them), `definition` (small tables), `refusal` (what is not there). This crate knows nothing of
//! tables, rows or files.

mod definition;
mod dialect;
mod expression;
mod function;
mod interval;
mod literal;
mod query;
mod refusal;
mod relation;
mod statement;
mod syntax;
mod tokens;
mod type_name;
mod union;
mod window;
mod word_call;

#[cfg(test)]
mod tests;

pub use definition::{ColumnDefinition, Columns, Definition, Rows, parse_definition};
pub use statement::{Statement, parse};
