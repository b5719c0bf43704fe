//! CREATE TABLE, INSERT and DROP TABLE, for suites of statements over small tables. A query never reads these.

use crate::query::{Lowering, Qualifier};
use crate::refusal::unsupported;
use crate::statement::{parse_syntax, with_stack};
use crate::tokens::Tokens;
use colq_plan::{Expr, PlanError, Query, SelectItem};
use colq_types::DataType;
use sqlparser::ast::{self, ColumnOption, ObjectNamePart, ObjectType, SetExpr, TableConstraint, TableObject};
use sqlparser::keywords::Keyword;

/// A statement that makes, fills or drops a small table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Definition {
    /// `CREATE TABLE name (column type, ..)`.
    Create {
        /// The table.
        name: String,
        /// Its columns.
        columns: Columns,
        /// `OR REPLACE`.
        or_replace: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `CREATE TABLE name [(column type, ..)] AS query`.
    CreateAs {
        /// The table.
        name: String,
        /// Its columns; none where the query says them.
        columns: Columns,
        /// What it holds.
        query: Box<Query>,
        /// `OR REPLACE`.
        or_replace: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `INSERT INTO name VALUES ..` or `INSERT INTO name SELECT ..`.
    Insert {
        /// The table.
        table: String,
        /// The columns that are named; none are all.
        columns: Vec<String>,
        /// What to add.
        rows: Rows,
    },
    /// `DROP TABLE [IF EXISTS] name`.
    Drop {
        /// The tables.
        names: Vec<String>,
        /// `IF EXISTS`.
        if_exists: bool,
    },
}

/// The columns of a small table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// In their order.
    pub columns: Vec<ColumnDefinition>,
    /// Names of columns whose values together differ from row to row, where none is NULL: PRIMARY KEY and UNIQUE.
    pub unique: Vec<Vec<String>>,
}

/// A column of a small table.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// NOT NULL or PRIMARY KEY: NULL is refused.
    pub is_required: bool,
    /// DEFAULT: what an INSERT gives that does not name the column; without one NULL.
    pub default: Option<Expr>,
}

/// The rows of an INSERT.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// VALUES, a list a row; `None` is DEFAULT. `DEFAULT VALUES` is a row without any.
    Values(Vec<Vec<Option<Expr>>>),
    /// A query.
    Query(Box<Query>),
}

/// Reads a statement that begins with CREATE, INSERT or DROP; `None` for any other.
///
/// # Errors
/// The text does not parse, or asks for more than small tables of columns and rows.
pub fn parse_definition(sql: &str) -> Result<Option<Definition>, PlanError> {
    let tokens = Tokens::read(sql)?;
    let first = tokens.get(0).map_or(Keyword::NoKeyword, |place| place.keyword());
    if !matches!(first, Keyword::CREATE | Keyword::INSERT | Keyword::DROP) {
        return Ok(None);
    }
    with_stack(&tokens, || {
        let lowering = Lowering::new(&tokens);
        match parse_syntax(&tokens, 0)? {
            Some(ast::Statement::CreateTable(create)) => lowering.create(create).map(Some),
            Some(ast::Statement::Insert(insert)) => lowering.insert(insert).map(Some),
            Some(ast::Statement::Drop { object_type: ObjectType::Table, if_exists, names, .. }) => {
                let names = names.iter().map(|name| lowering.table_name(name)).collect::<Result<_, _>>()?;
                Ok(Some(Definition::Drop { names, if_exists }))
            }
            _ => {
                Err(unsupported("CREATE, INSERT or DROP of anything but a small table", Some(tokens.whole())))
            }
        }
    })
}

impl Lowering<'_> {
    fn table_name(&self, name: &ast::ObjectName) -> Result<String, PlanError> {
        match name.0.as_slice() {
            [ObjectNamePart::Identifier(ident)] => Ok(ident.value.clone()),
            _ => Err(unsupported("The name of a table of several parts", Some(self.tokens.whole()))),
        }
    }

    fn create(&self, create: ast::CreateTable) -> Result<Definition, PlanError> {
        let whole = Some(self.tokens.whole());
        let name = self.table_name(&create.name)?;
        let (or_replace, if_not_exists) = (create.or_replace, create.if_not_exists);
        if create.external || create.like.is_some() {
            return Err(unsupported("CREATE TABLE with more than columns", whole));
        }
        let columns = self.columns(create.columns, create.constraints)?;
        let Some(query) = create.query else {
            return Ok(Definition::Create { name, columns, or_replace, if_not_exists });
        };
        let query = Box::new(match *query.body {
            SetExpr::Values(values) => self.values_query(values)?,
            _ => self.query(*query)?,
        });
        Ok(Definition::CreateAs { name, columns, query, or_replace, if_not_exists })
    }

    fn columns(
        &self,
        defined: Vec<ast::ColumnDef>,
        constraints: Vec<TableConstraint>,
    ) -> Result<Columns, PlanError> {
        let whole = Some(self.tokens.whole());
        let mut all = Columns::default();
        for ast::ColumnDef { name: ast::Ident { value: name, .. }, data_type, options } in defined {
            let data_type = self.column_type(&data_type)?;
            let (mut is_required, mut default) = (false, None);
            for option in options {
                match option.option {
                    ColumnOption::Null => {}
                    ColumnOption::NotNull => is_required = true,
                    ColumnOption::Default(value) => {
                        default = Some(self.expression(value, &Qualifier::default())?);
                    }
                    ColumnOption::Unique(_) => all.unique.push(vec![name.clone()]),
                    ColumnOption::PrimaryKey(_) => {
                        is_required = true;
                        all.unique.push(vec![name.clone()]);
                    }
                    other => return Err(unsupported(format!("{other} of a column"), whole)),
                }
            }
            all.columns.push(ColumnDefinition { name, data_type, is_required, default });
        }
        for constraint in constraints {
            let (named, is_key) = match constraint {
                TableConstraint::PrimaryKey(key) => (key.columns, true),
                TableConstraint::Unique(unique) => (unique.columns, false),
                other => return Err(unsupported(format!("{other} of a table"), whole)),
            };
            let mut names = Vec::new();
            for column in named {
                let ast::Expr::Identifier(ident) = column.column.expr else {
                    return Err(unsupported("A key of anything but columns", whole));
                };
                names.push(ident.value);
            }
            for column in &mut all.columns {
                let is_named = names.iter().any(|name| name.eq_ignore_ascii_case(&column.name));
                column.is_required |= is_key && is_named;
            }
            all.unique.push(names);
        }
        Ok(all)
    }

    /// The type of a column; texts may say how long they are.
    fn column_type(&self, name: &ast::DataType) -> Result<DataType, PlanError> {
        use ast::DataType as T;
        match name {
            T::Varchar(_) | T::CharacterVarying(_) | T::Nvarchar(_) | T::Char(_) | T::Character(_) => {
                Ok(DataType::Text)
            }
            other => self.data_type(other, Some(self.tokens.whole())),
        }
    }

    fn insert(&self, insert: ast::Insert) -> Result<Definition, PlanError> {
        let whole = Some(self.tokens.whole());
        let TableObject::TableName(name) = &insert.table else {
            return Err(unsupported("INSERT into anything but a table", whole));
        };
        let table = self.table_name(name)?;
        let columns = insert.columns.iter().map(|c| self.table_name(c)).collect::<Result<_, _>>()?;
        if insert.on.is_some() || insert.returning.is_some() || insert.overwrite {
            return Err(unsupported("INSERT with more than rows", whole));
        }
        let rows = match insert.source {
            // sqlparser reads DEFAULT VALUES so.
            None => Rows::Values(vec![Vec::new()]),
            Some(source) => match *source.body {
                SetExpr::Values(values) => Rows::Values(self.inserted(values)?),
                _ => Rows::Query(Box::new(self.query(*source)?)),
            },
        };
        Ok(Definition::Insert { table, columns, rows })
    }

    /// Rows whose cells may be DEFAULT.
    fn inserted(&self, values: ast::Values) -> Result<Vec<Vec<Option<Expr>>>, PlanError> {
        let none = Qualifier::default();
        let cell = |cell: ast::Expr| match cell {
            ast::Expr::Identifier(word)
                if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("default") =>
            {
                Ok(None)
            }
            cell => self.expression(cell, &none).map(Some),
        };
        values.rows.into_iter().map(|cells| cells.content.into_iter().map(cell).collect()).collect()
    }

    fn values(&self, values: ast::Values) -> Result<Vec<Vec<Expr>>, PlanError> {
        let none = Qualifier::default();
        let row = |row: Vec<ast::Expr>| row.into_iter().map(|e| self.expression(e, &none)).collect();
        values.rows.into_iter().map(|cells| row(cells.content)).collect()
    }

    /// The rows as a query, with PostgreSQL's names.
    fn values_query(&self, values: ast::Values) -> Result<Query, PlanError> {
        let rows = self.values(values)?;
        let select = |row: Vec<Expr>| Query {
            from: None,
            select: row
                .into_iter()
                .enumerate()
                .map(|(index, cell)| SelectItem::Expr(cell.alias(format!("column{}", index + 1))))
                .collect(),
            ..Query::from(colq_plan::Relation::table(""))
        };
        let mut queries: Vec<Query> = rows.into_iter().map(select).collect();
        Ok(match (queries.pop(), queries.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                queries.extend(last);
                Query::from(colq_plan::Relation::UnionAll(queries))
            }
        })
    }
}
