//! Writes Rust bindings for ACL: `regenerate OUTPUT`.
//!
//! Reads our declarations in `include/`, or, with `ASCEND_ACL_HEADERS` set to the folder above `acl/`, the headers
//! of an installed CANN (for looking at; only bindings of our own declarations are committed). rustfmt must be
//! on the path.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let output = std::env::args_os().nth(1).ok_or("usage: regenerate OUTPUT")?;
    let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("include");
    let functions = std::fs::read_to_string(ours.join("acl_functions.h"))?;
    let (folder, header) = match std::env::var_os("ASCEND_ACL_HEADERS") {
        Some(folder) => (PathBuf::from(folder), "acl/acl.h"),
        None => (ours, "acl.h"),
    };
    let mut builder = bindgen::Builder::default()
        .header(folder.join(header).to_string_lossy())
        .clang_arg(format!("-I{}", folder.display()))
        .rust_target(bindgen::RustTarget::stable(85, 0).map_err(|error| error.to_string())?)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .derive_copy(false)
        .generate_comments(false)
        .disable_header_comment()
        .allowlist_var("ACL_.*")
        .formatter(bindgen::Formatter::Rustfmt)
        .raw_line("// Made by `cargo run -p ascend-sys --features bindgen --example regenerate`. Not edited by hand.");
    for name in functions.lines().filter_map(|line| {
        let (before, _) = line.strip_suffix(';')?.split_once('(')?;
        before.rsplit([' ', '*']).next()
    }) {
        builder = builder.allowlist_function(name);
    }
    for name in
        ["aclmdlHW", "aclAippInfo", "aclmdlIODimsRange", "aclCANNPackageVersion", "aclmdlExecConfigAttr"]
    {
        builder = builder.allowlist_type(name);
    }
    builder.generate()?.write_to_file(output)?;
    Ok(())
}
