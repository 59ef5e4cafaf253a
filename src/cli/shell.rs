//! `ringpost completions` and `ringpost man`: what a shell and a reader of manuals are given.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::domain::trouble::trouble;
use crate::error::{Error, Result};

use super::Cli;

#[derive(Args)]
pub(super) struct Completions {
    /// Whose they are
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "ringpost", &mut script);
        print(&script)
    }
}

#[derive(Args)]
pub(super) struct Manual {
    /// Write the page of each command into this folder, which has to be there; without it, the main page is printed
    folder: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(&self) -> Result<()> {
        match &self.folder {
            None => {
                let mut page = Vec::new();
                Man::new(Cli::command()).render(&mut page).map_err(Error::internal)?;
                print(&page)
            }
            Some(folder) => write(folder),
        }
    }
}

fn write(folder: &Path) -> Result<()> {
    clap_mangen::generate_to(Cli::command(), folder).map_err(|error| {
        let folder = folder.display();
        Error::startup(format!("the manual cannot be written into {folder}: {}", trouble(&error)))
    })
}

fn print(bytes: &[u8]) -> Result<()> {
    let printed = std::io::stdout().write_all(bytes);
    printed
        .map_err(|error| Error::startup(format!("standard output cannot be written to: {}", trouble(&error))))
}
