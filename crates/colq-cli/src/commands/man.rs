//! `colq man`: the manual, from the same descriptions as `--help`. One page with everything, or a page a command.

use crate::args::{Args, ManArgs};
use crate::failure::Failure;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &ManArgs) -> Result<(), Failure> {
    let mut command = Args::command();
    command.build();
    match &args.out {
        Some(folder) => pages(&command, folder),
        None => Ok(std::io::stdout().write_all(&whole(&command)?)?),
    }
}

/// The page of the program, and behind its options a section for each command.
fn whole(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let main = Man::new(command.clone());
    main.render_title(&mut page)?;
    main.render_name_section(&mut page)?;
    main.render_synopsis_section(&mut page)?;
    main.render_description_section(&mut page)?;
    main.render_options_section(&mut page)?;
    for sub in shown(command) {
        let name = sub.get_name().to_uppercase().replace('-', "\\-");
        writeln!(page, ".SH \"COLQ {name}\"")?;
        let mut text = Vec::new();
        let man = Man::new(sub.clone());
        man.render_synopsis_section(&mut text)?;
        man.render_description_section(&mut text)?;
        man.render_options_section(&mut text)?;
        if sub.get_after_help().is_some() || sub.get_after_long_help().is_some() {
            man.render_extra_section(&mut text)?;
        }
        page.extend(String::from_utf8_lossy(&text).replace(".SH ", ".SS ").into_bytes());
    }
    main.render_extra_section(&mut page)?;
    main.render_version_section(&mut page)?;
    Ok(page)
}

/// `colq.1`, and `colq-COMMAND.1` for each command.
fn pages(command: &Command, folder: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::File { path: folder.to_owned(), error };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let write = |name: String, command: &Command| {
        let mut page = Vec::new();
        Man::new(command.clone()).title(name.to_uppercase()).render(&mut page).map_err(failed)?;
        std::fs::write(folder.join(format!("{name}.1")), page).map_err(failed)
    };
    write("colq".into(), command)?;
    for sub in shown(command) {
        write(format!("colq-{}", sub.get_name()), sub)?;
    }
    Ok(())
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !sub.is_hide_set())
}
