//! One file per command.

mod bench;
mod calibrate;
mod compare;
mod compile;
#[cfg(feature = "ascend")]
mod doctor;
mod eval;
mod export;
mod extract;
#[cfg(feature = "fetch")]
mod fetch;
mod inspect;
#[cfg(feature = "parquet")]
mod job;
mod search;
mod verify;

use crate::args::{Args, Command};
use crate::exit::Exit;
use crate::report::Report;
use clap::CommandFactory;
use std::io;

/// Runs one command.
pub fn run(command: Command, report: &Report) -> anyhow::Result<Exit> {
    match command {
        Command::Extract(args) => extract::run(args, report),
        #[cfg(feature = "parquet")]
        Command::Job(command) => job::run(command, report),
        Command::Compare(args) => compare::run(args, report),
        Command::Eval(command) => eval::run(command, report),
        Command::Search(args) => search::run(args, report),
        Command::Calibrate(args) => calibrate::run(args, report),
        Command::Inspect(args) => inspect::run(args),
        Command::Export(args) => export::run(args, report),
        Command::Verify(args) => verify::run(args, report),
        Command::Bench(args) => bench::run(args, report),
        Command::Compile(args) => compile::run(args, report),
        #[cfg(feature = "ascend")]
        Command::Doctor(args) => doctor::run(args),
        #[cfg(feature = "fetch")]
        Command::Fetch(args) => fetch::run(args, report),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "lightcnn", &mut script);
            print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            man(&Args::command(), "lightcnn", &mut page)?;
            print(&page)
        }
    }
}

fn print(text: &[u8]) -> anyhow::Result<Exit> {
    io::Write::write_all(&mut io::stdout().lock(), text)?;
    Ok(Exit::Good)
}

/// One page for the program and one after it for each command.
fn man(command: &clap::Command, name: &str, page: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone().name(name.to_string())).render(page)?;
    for child in command.get_subcommands().filter(|child| !child.is_hide_set()) {
        man(child, &format!("{name}-{}", child.get_name()), page)?;
    }
    Ok(())
}
