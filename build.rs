//! Compiles the JPEG shim. Downloads nothing.

use std::env;

/// Compiles the JPEG decoder's C side against the headers of the libjpeg that `mozjpeg-sys` builds.
fn main() {
    println!("cargo::rerun-if-changed=src/image/jpeg.c");
    let mut build = cc::Build::new();
    if let Some(include) = env::var_os("DEP_JPEG_INCLUDE") {
        build.includes(env::split_paths(&include));
    }
    build.file("src/image/jpeg.c").warnings(true).extra_warnings(true).compile("lightcnn_jpeg");
}
