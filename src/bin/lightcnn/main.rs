//! The `lightcnn` program.

fn main() {}
