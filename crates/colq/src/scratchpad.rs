//! Small tables in memory, made and filled by SQL: what suites of statements over any engine need.

use crate::error::Kind;
use crate::{Batch, BatchColumn, Frame, Result, Session};
use colq_plan::{Expr, Query, Relation, SelectItem, col, lit};
use colq_sql::{ColumnDefinition, Columns, Definition, Rows, parse_definition};
use colq_types::{DataType, Field, Lookup, Scalar, Schema};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A [`Session`] that knows `CREATE TABLE`, `CREATE TABLE .. AS`, `INSERT INTO` and `DROP TABLE` beside queries.
///
/// Its tables are held in memory as single values and are gone with it: they are for tests, not for data. All else is
/// a query, as in [`Session::sql`].
///
/// ```
/// let mut pad = colq::Scratchpad::new(colq::Session::new());
/// pad.run("CREATE TABLE t (a INT, b TEXT)")?;
/// pad.run("INSERT INTO t VALUES (1, 'one'), (2, NULL)")?;
/// assert_eq!(pad.run("SELECT sum(a), count(b) FROM t")?.scalar(0, 1), 1.into());
/// # Ok::<(), colq::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Scratchpad {
    session: Session,
    tables: BTreeMap<String, SmallTable>,
}

#[derive(Debug)]
struct SmallTable {
    schema: Arc<Schema>,
    columns: Vec<ColumnDefinition>,
    /// The places of columns whose values together are those of one row.
    unique: Vec<Vec<usize>>,
    rows: Vec<Vec<Scalar>>,
}

/// The rows of an INSERT while they are brought to the types of its columns.
const INSERTED: &str = "the rows of an INSERT";

/// Cells that one query brings to their types.
const CELLS: usize = 400;

fn refused(message: String) -> crate::Error {
    Kind::SmallTable { message }.into()
}

fn nothing() -> Frame {
    Frame::from(Batch::of_rows(0))
}

impl Scratchpad {
    /// A scratchpad whose queries run in this session.
    pub fn new(session: Session) -> Scratchpad {
        Scratchpad { session, tables: BTreeMap::new() }
    }

    /// Runs a statement. What is no query gives an answer without columns.
    ///
    /// # Errors
    /// The SQL makes no sense, there is no such table or there is one already, or a row cannot be computed. The tables
    /// are then as before.
    pub fn run(&mut self, sql: &str) -> Result<Frame> {
        let definition = parse_definition(sql).map_err(|e| crate::Error::from(e).in_sql(sql))?;
        match definition {
            None => self.session.sql(sql),
            Some(definition) => self.define(definition).map_err(|e| e.in_sql(sql)).map(|()| nothing()),
        }
    }

    fn define(&mut self, definition: Definition) -> Result<()> {
        match definition {
            Definition::Create { name, columns, or_replace, if_not_exists } => {
                if self.may_create(&name, or_replace, if_not_exists)? {
                    // A default that cannot be computed is refused now.
                    self.defaults(&columns.columns)?;
                    self.keep(name, empty(columns)?);
                }
            }
            Definition::CreateAs { name, columns, query, or_replace, if_not_exists } => {
                let may_create = self.may_create(&name, or_replace, if_not_exists)?;
                if may_create && !columns.columns.is_empty() {
                    self.defaults(&columns.columns)?;
                    self.keep(name.clone(), empty(columns)?);
                    let filled = self.insert(&name, &[], Rows::Query(query));
                    return filled.inspect_err(|_| self.forget(&name));
                }
                if may_create {
                    let frame = self.session.run(&query)?;
                    let rows = frame.scalar_rows().collect();
                    let schema = frame.into_batch().schema().clone();
                    let columns = schema.fields().iter().map(plain).collect();
                    self.keep(name, SmallTable { schema, columns, unique: Vec::new(), rows });
                }
            }
            Definition::Insert { table, columns, rows } => self.insert(&table, &columns, rows)?,
            Definition::Drop { names, if_exists } => {
                for name in names {
                    match self.known(&name) {
                        Some(known) => self.forget(&known),
                        None if if_exists => {}
                        None => return Err(refused(format!("There is no table {name} to drop"))),
                    }
                }
            }
            _ => return Err(refused("This statement is not one of a small table".into())),
        }
        Ok(())
    }

    /// The name as the table has it.
    fn known(&self, name: &str) -> Option<String> {
        let exactly = self.tables.keys().find(|known| *known == name);
        exactly.or_else(|| self.tables.keys().find(|known| known.eq_ignore_ascii_case(name))).cloned()
    }

    fn may_create(&mut self, name: &str, or_replace: bool, if_not_exists: bool) -> Result<bool> {
        match self.known(name) {
            None => Ok(true),
            Some(_) if if_not_exists => Ok(false),
            Some(known) if or_replace => {
                self.forget(&known);
                Ok(true)
            }
            Some(known) => Err(refused(format!("There is a table {known} already"))),
        }
    }

    fn forget(&mut self, name: &str) {
        self.tables.remove(name);
        self.session.forget_frame(name);
    }

    fn keep(&mut self, name: String, table: SmallTable) {
        self.session.register_frame(name.clone(), frame_of(&table));
        self.tables.insert(name, table);
    }

    fn insert(&mut self, name: &str, columns: &[String], rows: Rows) -> Result<()> {
        let Some(known) = self.known(name) else {
            return Err(refused(format!("There is no table {name} to insert into")));
        };
        let Some(table) = self.tables.get(&known) else { return Ok(()) };
        let (schema, defined, unique) = (table.schema.clone(), table.columns.clone(), table.unique.clone());
        let places = places_of(&schema, columns)?;
        let types: Vec<DataType> = places.iter().map(|place| schema.fields()[*place].data_type).collect();
        let defaults = self.defaults(&defined)?;
        let given = match rows {
            Rows::Values(rows) => {
                let of_places: Vec<&Scalar> = places.iter().map(|place| &defaults[*place]).collect();
                self.values(rows, &types, &of_places)?
            }
            Rows::Query(query) => self.answers(&query, &types)?,
        };
        let mut added = Vec::with_capacity(given.len());
        for cells in given {
            let mut row = defaults.clone();
            places.iter().zip(cells).for_each(|(place, cell)| row[*place] = cell);
            let missing =
                row.iter().zip(&defined).position(|(cell, column)| column.is_required && cell.is_null());
            if let Some(column) = missing {
                return Err(refused(format!("Column {} takes no NULL", schema.fields()[column].name)));
            }
            added.push(row);
        }
        for places in &unique {
            let rows = self.tables.get(&known).into_iter().flat_map(|table| &table.rows).chain(&added);
            check_unique(rows, places, &schema)?;
        }
        if let Some(mut table) = self.tables.remove(&known) {
            table.rows.extend(added);
            self.keep(known, table);
        }
        Ok(())
    }

    /// What each column has in a row that does not name it.
    fn defaults(&self, columns: &[ColumnDefinition]) -> Result<Vec<Scalar>> {
        let value = |column: &ColumnDefinition| match &column.default {
            None => Ok(Scalar::Null),
            Some(default) => {
                let select = vec![SelectItem::Expr(default.clone().cast(column.data_type))];
                let query = Query { from: None, select, ..Query::from(Relation::table("")) };
                Ok(self.session.run(&query)?.scalar(0, 0))
            }
        };
        columns.iter().map(value).collect()
    }

    /// VALUES in the types of the columns.
    fn values(
        &self,
        rows: Vec<Vec<Option<Expr>>>,
        types: &[DataType],
        defaults: &[&Scalar],
    ) -> Result<Vec<Vec<Scalar>>> {
        let mut values = Vec::with_capacity(rows.len());
        for some in rows.chunks((CELLS / types.len().max(1)).max(1)) {
            let mut select = vec![SelectItem::Expr(lit(true))];
            for row in some {
                if row.len() != types.len() && !row.is_empty() {
                    return Err(wrong_count(row.len(), types.len()));
                }
                let cells = row.iter().zip(types);
                select.extend(cells.filter_map(|(cell, to)| {
                    let cell = cell.clone()?;
                    let span = cell.span;
                    Some(SelectItem::Expr(cell.cast(*to).at(span)))
                }));
            }
            let query = Query { from: None, select, ..Query::from(Relation::table("")) };
            let frame = self.session.run(&query)?;
            let mut cells = frame.scalar_rows().next().unwrap_or_default().into_iter().skip(1);
            for row in some {
                let of_row = defaults.iter().enumerate().map(|(index, default)| match row.get(index) {
                    Some(Some(_)) => cells.next().unwrap_or(Scalar::Null),
                    _ => (*default).clone(),
                });
                values.push(of_row.collect());
            }
        }
        Ok(values)
    }

    /// The answers of a query in the types of the columns.
    fn answers(&mut self, query: &Query, types: &[DataType]) -> Result<Vec<Vec<Scalar>>> {
        let batch = self.session.run(query)?.into_batch();
        if batch.schema().len() != types.len() {
            return Err(wrong_count(batch.schema().len(), types.len()));
        }
        // The answer may have a name twice.
        let fields = batch.schema().fields().iter().enumerate();
        let schema: Schema = fields.map(|(index, f)| Field::new(format!("c{index}"), f.data_type)).collect();
        let Some(batch) = Batch::new(Arc::new(schema), batch.into_columns()) else { return Ok(Vec::new()) };
        self.session.register_frame(INSERTED, Frame::from(batch));
        let casts = types.iter().enumerate().map(|(index, to)| col(format!("c{index}")).cast(*to));
        let select = casts.map(SelectItem::Expr).collect();
        let frame = self.session.run(&Query { select, ..Query::from(Relation::table(INSERTED)) });
        self.session.forget_frame(INSERTED);
        Ok(frame?.scalar_rows().collect())
    }
}

fn empty(Columns { columns, unique }: Columns) -> Result<SmallTable> {
    let fields = columns.iter().map(|column| Field::new(column.name.clone(), column.data_type));
    let schema: Arc<Schema> = Arc::new(fields.collect());
    let unique = unique.iter().map(|names| places_of(&schema, names)).collect::<Result<_>>()?;
    Ok(SmallTable { schema, columns, unique, rows: Vec::new() })
}

/// A column that takes everything.
fn plain(field: &Field) -> ColumnDefinition {
    ColumnDefinition {
        name: field.name.clone(),
        data_type: field.data_type,
        is_required: false,
        default: None,
    }
}

/// No two rows have the same values in these columns, but for those with a NULL among them.
fn check_unique<'a>(
    rows: impl Iterator<Item = &'a Vec<Scalar>>,
    places: &[usize],
    schema: &Schema,
) -> Result<()> {
    let mut seen = HashSet::new();
    for row in rows {
        let key: Vec<&Scalar> = places.iter().map(|place| &row[*place]).collect();
        let is_new = key.iter().any(|cell| cell.is_null())
            || seen.insert(key.iter().map(|cell| cell.to_string()).collect::<Vec<String>>());
        if !is_new {
            let names: Vec<&str> = places.iter().map(|place| schema.fields()[*place].name.as_str()).collect();
            return Err(refused(format!("Two rows have the same {}", names.join(", "))));
        }
    }
    Ok(())
}

fn wrong_count(found: usize, wanted: usize) -> crate::Error {
    refused(format!("INSERT needs {wanted} values a row, and there are {found}"))
}

/// The columns of the table that an INSERT names, in its order.
fn places_of(schema: &Schema, columns: &[String]) -> Result<Vec<usize>> {
    if columns.is_empty() {
        return Ok((0..schema.len()).collect());
    }
    let find = |name: &String| match schema.find(name) {
        Lookup::Found(place) => Ok(place),
        _ => Err(refused(format!("There is no column {name} to insert into"))),
    };
    let places = columns.iter().map(find).collect::<Result<Vec<usize>>>()?;
    match places.iter().enumerate().find(|(index, place)| places[..*index].contains(place)) {
        Some((index, _)) => Err(refused(format!("Column {} is named twice", columns[index]))),
        None => Ok(places),
    }
}

fn frame_of(table: &SmallTable) -> Frame {
    let column = |(index, field): (usize, &Field)| {
        BatchColumn::from_scalars(field.data_type, table.rows.iter().map(|row| &row[index]))
    };
    let columns = table.schema.fields().iter().enumerate().map(column).collect();
    Batch::new(table.schema.clone(), columns).map_or_else(nothing, Frame::from)
}
