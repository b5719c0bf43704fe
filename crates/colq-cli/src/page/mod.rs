//! A profile as a page for the browser: one file without scripts, fonts or pictures from elsewhere, which tells as much
//! without JavaScript as with it.

mod card;
mod drawing;
mod escape;
mod overview;

use crate::failure::Failure;
use crate::interrupt;
use colq::{Context, Profile, Table};
use escape::escaped;
use std::path::Path;

/// Ranges of rows in the map of NULLs.
const RANGES: usize = 200;

/// Columns up to which all cards are open at first.
const OPEN_CARDS: usize = 40;

/// Writes the page beside its name and renames it when it is whole.
pub(crate) fn write(path: &Path, table: &Table, profile: &Profile, context: &Context) -> Result<(), Failure> {
    let correlations = table.correlations(profile, context)?;
    let nulls = table.null_shares(profile, RANGES)?;
    let name = table.path().file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let text = page(&name, profile, &correlations, &nulls);
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.tmp", std::process::id()));
    let written = interrupt::while_writing(|| {
        std::fs::write(&aside, &text).and_then(|()| std::fs::rename(&aside, path)).inspect_err(|_| {
            // Nothing half-done stays behind; why it failed is told already.
            let _ = std::fs::remove_file(&aside);
        })
    });
    written.map_err(|error| Failure::File { path: path.to_owned(), error })?;
    interrupt::is_done();
    Ok(())
}

fn page(name: &str, profile: &Profile, correlations: &colq::Correlations, nulls: &[Vec<f64>]) -> String {
    let title = escaped(name);
    let open = profile.columns.len() <= OPEN_CARDS;
    let mut cards = String::new();
    for (at, column) in profile.columns.iter().enumerate() {
        cards.push_str(&card::card(at, column, open));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}: profile</title>\n\
         <style>\n{style}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#columns\">Skip to the columns</a>\n\
         <header>\n<h1>{title}</h1>\n{facts}</header>\n<main>\n\
         <section id=\"columns\" aria-labelledby=\"columns-title\">\n<div class=\"bar\"><h2 id=\"columns-title\">Columns</h2>\n\
         <div class=\"tools\" role=\"search\"><label>Find <input id=\"find\" type=\"search\" placeholder=\"name of a column\" autocomplete=\"off\"></label>\n\
         <label>Sort by <select id=\"sort\"><option value=\"place\">place</option><option value=\"name\">name</option>\
         <option value=\"nulls\">nulls</option><option value=\"distinct\">distinct</option></select></label>\n\
         <button id=\"fold\" type=\"button\">{fold}</button>\n<output id=\"found\" aria-live=\"polite\"></output></div></div>\n\
         <div class=\"cards\" id=\"cards\">\n{cards}</div>\n</section>\n{nulls}{matrix}</main>\n\
         <footer>Made by colq from version {version}. NULL and NaN are counted apart and stand in no other figure; \
         <abbr title=\"about\">~</abbr> marks estimates.</footer>\n<script>\n{script}</script>\n</body>\n</html>\n",
        style = include_str!("style.css"),
        script = include_str!("script.js"),
        facts = overview::facts(profile),
        fold = if open { "Close all" } else { "Open all" },
        nulls = overview::null_map(profile, nulls),
        matrix = overview::matrix(profile, correlations),
        version = profile.version,
    )
}
