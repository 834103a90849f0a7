//! Prints what an Ascend offline model is: `cargo run --example inspect_om -- MODEL.om`.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let path: PathBuf = std::env::args_os().nth(1).ok_or("usage: inspect_om MODEL.om")?.into();
    print!("{}", lightcnn::om::inspect(&path)?);
    Ok(())
}
