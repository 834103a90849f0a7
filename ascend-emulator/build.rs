//! Gives the library the name programs ask for, and keeps it in memory once loaded: stream threads and the
//! report at process exit need its code.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libascendcl.so");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
