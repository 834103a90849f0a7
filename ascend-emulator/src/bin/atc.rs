//! The stand-in compiler.
fn main() {}
