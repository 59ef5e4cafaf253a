//! Writes every page in every state to `target/gallery`, to be looked at and checked in a browser:
//! also the states that a running server shows only when something goes wrong.

mod states;

use std::fs;
use std::io;
use std::path::Path;

use ringpost::assets::Asset;

fn main() -> io::Result<()> {
    let folder = &Path::new(env!("CARGO_MANIFEST_DIR")).join("target/gallery");
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("static"))?;
    for asset in Asset::ALL {
        fs::write(folder.join(asset.url().trim_start_matches('/')), asset.body())?;
    }
    let states = states::all();
    for state in &states {
        fs::write(folder.join(format!("{}.html", state.name)), &state.html)?;
    }
    println!("{} pages in {}", states.len(), folder.display());
    Ok(())
}
