//! Compiles the kernels. Downloads nothing.

use std::env;

/// How one kernel set is compiled.
struct Set {
    /// Its name in the table of `src/kernels/mod.rs`, in symbols and in `LIGHTCNN_KERNELS`.
    name: &'static str,
    /// The set that has its float kernels.
    float: &'static str,
    /// Architectures that have it; none means all.
    architectures: &'static [&'static str],
    flags: &'static [&'static str],
    /// Floats in a vector.
    lanes: &'static str,
    /// Rows of a register block, see `vector.h`.
    rows: &'static str,
}

const SETS: [Set; 5] = [
    Set {
        name: "avx512vnni",
        float: "avx512",
        architectures: &["x86_64"],
        flags: &["-mavx512f", "-mavx512bw", "-mavx512vnni", "-mavx2", "-mfma", "-mprefer-vector-width=512"],
        lanes: "16",
        rows: "12",
    },
    Set {
        name: "avx512",
        float: "avx512",
        architectures: &["x86_64"],
        flags: &["-mavx512f", "-mavx512bw", "-mavx2", "-mfma", "-mprefer-vector-width=512"],
        lanes: "16",
        rows: "12",
    },
    Set {
        name: "avx2",
        float: "avx2",
        architectures: &["x86_64"],
        flags: &["-mavx2", "-mfma"],
        lanes: "8",
        rows: "6",
    },
    Set { name: "neon", float: "neon", architectures: &["aarch64"], flags: &[], lanes: "4", rows: "8" },
    Set { name: "plain", float: "plain", architectures: &[], flags: &[], lanes: "4", rows: "4" },
];

/// Compiles the C files once per set. A set whose flags the compiler does not know is left out: the crate then lacks
/// `cfg(kernels_<set>)` and says so when the set is asked for.
fn main() {
    rerun_if_a_source_changes();
    let architecture = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    for set in SETS {
        println!("cargo::rustc-check-cfg=cfg(kernels_{})", set.name);
        if !set.architectures.is_empty() && !set.architectures.contains(&architecture.as_str()) {
            continue;
        }
        let mut build = cc::Build::new();
        build
            .define("SET", set.name)
            .define("LANES", set.lanes)
            .define("ROWS", set.rows)
            // Unoptimised kernels are of no use in debug builds either.
            .opt_level(3)
            .std("gnu11")
            .flag("-fno-math-errno")
            .flag("-fno-trapping-math")
            .warnings(true)
            .extra_warnings(true);
        if !set.flags.iter().all(|flag| build.is_flag_supported(flag).unwrap_or(false)) {
            println!(
                "cargo::warning=the C compiler cannot build the {} kernels; they are left out",
                set.name
            );
            continue;
        }
        build.flags(set.flags);
        // Every `a * b + c` fuses; results depend on the set, never on batch or threads. The floats of one set serve
        // another whose instructions for them are the same.
        if set.float == set.name {
            let mut build = build.clone();
            if set.name == "plain" {
                build.define("UNFUSED", None);
            }
            compile(&build, "float", "fast", set.name);
        }
        // Nothing fuses; results are the same with every set.
        compile(&build, "integer", "off", set.name);
        println!("cargo::rustc-cfg=kernels_{}", set.name);
    }
}

fn rerun_if_a_source_changes() {
    let Ok(files) = std::fs::read_dir(".") else { return };
    for path in files.flatten().map(|file| file.path()) {
        if path.extension().is_some_and(|extension| extension == "c" || extension == "h" || extension == "rs")
        {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
}

/// Compiles `FILE.c` for a set, with or without contraction of `a * b + c`.
fn compile(build: &cc::Build, file: &str, contraction: &str, set: &str) {
    build
        .clone()
        .file(format!("{file}.c"))
        .flag(format!("-ffp-contract={contraction}"))
        .compile(&format!("lightcnn_{set}_{file}"));
}
