//! What to write instead of clauses and statements that colq does not have, for people who come from other systems.

/// What to write instead of a clause or statement that colq does not have.
pub(crate) fn of(clause: &str) -> Option<&'static str> {
    if clause.starts_with("A window function in ") {
        return Some(
            "window functions stand in SELECT, QUALIFY and ORDER BY of a query without groups; \
             group in a subquery in FROM, or filter and group around one",
        );
    }
    let word = clause.split([' ', '(']).next().unwrap_or_default();
    Some(match word {
        "TOP" | "FETCH" => "write LIMIT at the end of the query, as in LIMIT 5",
        "JOIN" => {
            "a query is about one table; UNION ALL puts tables with the same columns one after the other"
        }
        "WITH" => "write the query in parentheses after FROM",
        "OVER" => {
            "the window functions are row_number(), rank() and dense_rank(), each with PARTITION BY and ORDER BY"
        }
        "QUALIFY" => "write a condition on a window function, as in QUALIFY row_number() OVER (..) = 1",
        "ARRAY" => "brackets have no meaning here; a name of several words stands in double quotes",
        "INSERT" => "rows are added by importing them: colq import --append FILE TABLE.colq",
        "UPDATE" => {
            "a column is computed anew with colq add-column \"NAME = EXPRESSION\" TABLE.colq --replace"
        }
        "DELETE" => "write the rows to keep to a new table: colq query \"SELECT ..\" --out NEW.colq",
        "CREATE" => {
            "a table is made by importing a file, or from an answer: colq query \"SELECT ..\" --out NEW.colq"
        }
        "DROP" => "a table is a folder: delete it; colq drop-column drops columns",
        "ALTER" => "colq add-column, drop-column and rename-column change the columns of a table",
        "SHOW" | "DESCRIBE" => "colq schema TABLE shows the columns of a table",
        _ => return None,
    })
}
