//! A stand-in for `atc`: validates the real command line and writes `.om` files that the emulator runs.

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    std::process::exit(ascendcl_emulated::atc::main(&arguments));
}
