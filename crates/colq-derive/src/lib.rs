//! `#[derive(Row)]`: a struct with named fields as the rows of a table. It knows the names of `colq::Row` and
//! `colq::RowValue` and nothing of tables; what a field's type means is decided there, by the compiler.

mod expand;

use proc_macro::TokenStream;

/// Makes a struct the rows of a table: implements `colq::Row`, and gives the struct a typed handle for each column
/// as a constant of the field's name, `Trip::fare`.
///
/// Each field is a column of its name and of the type that `colq::RowValue` gives it; `Option` makes it nullable.
/// A field may say otherwise:
///
/// - `#[row(name = "trip distance")]`: the column's name;
/// - `#[row(type = "timestamp(us)")]`: the column's type, where several lie in memory like the field: `date` for an
///   `i32`, `timestamp(s|ms|us|ns)`, `duration(..)` and `decimal(p,s)` (times 10^s) for an `i64`.
#[proc_macro_derive(Row, attributes(row))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::row(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
