//! From the struct to the code that makes it a row.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, LitStr, Result, Type};

/// A field of the struct and what its attributes say.
struct Column<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: String,
    /// The column type by name, where it is not the one that follows from the field's.
    declared: Option<LitStr>,
}

impl<'a> Column<'a> {
    fn new(field: &'a Field) -> Result<Column<'a>> {
        let ident = field.ident.as_ref().ok_or_else(|| Error::new_spanned(field, "a column needs a name"))?;
        let raw = ident.to_string();
        let name = raw.strip_prefix("r#").unwrap_or(&raw).to_owned();
        let mut column = Column { ident, ty: &field.ty, name, declared: None };
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("row")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    column.name = meta.value()?.parse::<LitStr>()?.value();
                } else if meta.path.is_ident("type") {
                    column.declared = Some(meta.value()?.parse::<LitStr>()?);
                } else {
                    return Err(meta.error("write name = \"...\" or type = \"...\""));
                }
                Ok(())
            })?;
        }
        Ok(column)
    }
}

/// The implementation of `colq::Row` and the handles of the columns.
pub(crate) fn row(input: &DeriveInput) -> Result<TokenStream> {
    let refuse = |what: &str| Err(Error::new_spanned(&input.ident, what));
    let Data::Struct(data) = &input.data else { return refuse("only a struct can be a row") };
    let Fields::Named(fields) = &data.fields else {
        return refuse("a row needs named fields: they are the names of its columns");
    };
    if !input.generics.params.is_empty() {
        return refuse("a row has no parameters: its columns have one type each");
    }
    let columns = fields.named.iter().map(Column::new).collect::<Result<Vec<_>>>()?;
    if columns.is_empty() {
        return refuse("a row has at least one column");
    }
    let (name, visibility) = (&input.ident, &input.vis);
    let handles = columns.iter().map(|Column { ident, ty, name, .. }| {
        let doc = format!("The column `{name}`.");
        quote! {
            #[doc = #doc]
            #[allow(non_upper_case_globals, dead_code)]
            #visibility const #ident: ::colq::TypedColumn<<#ty as ::colq::RowValue>::Value> =
                ::colq::TypedColumn::new(#name);
        }
    });
    let declared = columns.iter().map(|Column { ty, name, declared, .. }| match declared {
        Some(declared) => quote! { ::colq::RowColumn::declared::<#ty>(#name, #declared) },
        None => quote! { ::colq::RowColumn::of::<#ty>(#name) },
    });
    let idents: Vec<&Ident> = columns.iter().map(|c| c.ident).collect();
    let types = columns.iter().map(|c| c.ty);
    let values: Vec<Ident> = columns.iter().enumerate().map(|(i, _)| format_ident!("values_{i}")).collect();
    let numbers = 0..columns.len();
    let others = 0..columns.len();
    Ok(quote! {
        #[automatically_derived]
        impl #name {
            #(#handles)*
        }

        #[automatically_derived]
        impl ::colq::Row for #name {
            fn columns() -> ::std::vec::Vec<::colq::RowColumn> {
                ::std::vec![#(#declared),*]
            }

            fn to_columns(
                rows: &[Self],
                columns: &[::colq::RowColumn],
            ) -> ::colq::Result<::std::vec::Vec<::colq::BatchColumn>> {
                ::std::result::Result::Ok(::std::vec![
                    #(::colq::RowValue::to_column(rows.iter().map(|row| &row.#idents), &columns[#numbers])?),*
                ])
            }

            fn from_frame(
                frame: &::colq::Frame,
                columns: &[::colq::RowColumn],
            ) -> ::colq::Result<::std::vec::Vec<Self>> {
                #(
                    let mut #values =
                        <#types as ::colq::RowValue>::from_frame(frame, &columns[#others])?.into_iter();
                )*
                let mut rows = ::std::vec::Vec::with_capacity(frame.row_count());
                while let (#(::std::option::Option::Some(#idents),)*) = (#(#values.next(),)*) {
                    rows.push(Self { #(#idents),* });
                }
                ::std::result::Result::Ok(rows)
            }
        }
    })
}
