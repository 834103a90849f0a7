//! Finding `atc`, CANN's model compiler, and understanding what it says.

use crate::environment;
use crate::error::ErrorKind;
use std::env;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Environment variable that names the program to use as `atc`.
pub const ATC_VARIABLE: &str = "LIGHTCNN_ATC";

/// A found `atc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atc {
    /// The program.
    pub program: PathBuf,
    /// Version of the CANN toolkit it belongs to, such as `8.1.RC1`, where it is recorded.
    pub cann_version: Option<String>,
}

/// There is no `atc`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}{}", missing(tried, *named), advice(tried, *named))]
pub struct AtcNotFound {
    /// Every path looked at.
    pub tried: Vec<PathBuf>,
    /// Whether `LIGHTCNN_ATC` names the only one.
    pub named: bool,
}

fn missing(tried: &[PathBuf], named: bool) -> String {
    let text = "atc, CANN's model compiler, was not found";
    match tried {
        [only] if named => format!("{text} where {ATC_VARIABLE} says: {} is no program", only.display()),
        _ => text.to_string(),
    }
}

fn advice(tried: &[PathBuf], named: bool) -> String {
    if named {
        return format!("; correct {ATC_VARIABLE}, or unset it");
    }
    let tried: String = tried.iter().map(|path| format!("\n  {}", path.display())).collect();
    format!(
        "; install the CANN toolkit and run 'source set_env.sh', or set {ATC_VARIABLE} to the program. Looked \
         for:{tried}"
    )
}

impl AtcNotFound {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }

    /// What is missing, in one line.
    pub fn missing(&self) -> String {
        missing(&self.tried, self.named)
    }
}

impl Atc {
    /// The `atc` to use: the one named by `LIGHTCNN_ATC`, else on `PATH`, else in the toolkit named by
    /// `ASCEND_HOME_PATH` or `ASCEND_TOOLKIT_HOME`, else where CANN is usually installed.
    ///
    /// # Errors
    /// [`AtcNotFound`] with every path tried. A program named by `LIGHTCNN_ATC` is used or it is an error.
    pub fn find() -> Result<Atc, AtcNotFound> {
        Atc::first_of(candidates(&environment::value), environment::value(ATC_VARIABLE).is_some())
    }

    fn first_of(tried: Vec<PathBuf>, named: bool) -> Result<Atc, AtcNotFound> {
        let Some(program) = tried.iter().find(|path| is_program(path)).cloned() else {
            return Err(AtcNotFound { tried, named });
        };
        let cann_version = cann_version(&program);
        Ok(Atc { program, cann_version })
    }
}

fn candidates(variable: &dyn Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    if let Some(program) = variable(ATC_VARIABLE) {
        return vec![PathBuf::from(program)];
    }
    let mut programs: Vec<PathBuf> = variable("PATH")
        .map(|path| env::split_paths(&path).map(|folder| folder.join("atc")).collect())
        .unwrap_or_default();
    let homes = ["ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME"];
    let mut toolkits: Vec<PathBuf> = homes.into_iter().filter_map(variable).map(PathBuf::from).collect();
    let mut roots = vec![PathBuf::from("/usr/local/Ascend")];
    roots.extend(variable("HOME").map(|home| PathBuf::from(home).join("Ascend")));
    for root in roots {
        toolkits.push(root.join("cann"));
        toolkits.push(root.join("ascend-toolkit/latest"));
    }
    for toolkit in toolkits {
        for folder in ["bin", "compiler/bin", "atc/bin"] {
            programs.push(toolkit.join(folder).join("atc"));
        }
    }
    programs
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The version in `ascend_toolkit_install.info` of the toolkit around `program`.
fn cann_version(program: &Path) -> Option<String> {
    let program = program.canonicalize().ok()?;
    for folder in program.ancestors().skip(1).take(5) {
        for architecture in ["x86_64-linux", "aarch64-linux", "arm64-linux", "."] {
            let mut text = String::new();
            let info = folder.join(architecture).join("ascend_toolkit_install.info");
            let Ok(file) = crate::file::open(&info) else { continue };
            file.take(1 << 16).read_to_string(&mut text).ok()?;
            return text.lines().find_map(|line| line.strip_prefix("version=")).map(|v| v.trim().to_string());
        }
    }
    None
}

/// An error code in `atc`'s output, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Explanation {
    /// The code, such as `E10001`.
    pub code: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub advice: &'static str,
}

const fn explanation(code: &'static str, meaning: &'static str, advice: &'static str) -> Explanation {
    Explanation { code, meaning, advice }
}

/// The codes a user can do something about. Source: the error code reference of CANN's graph engine.
const EXPLANATIONS: [Explanation; 18] = [
    explanation(
        "E10001",
        "a value is not allowed",
        "read the named parameter; for --soc_version give the chip's exact name, and from CANN 8.5 on install its ops package",
    ),
    explanation(
        "E10002",
        "--input_shape has another form than atc wants",
        "report this: the program wrote the shape",
    ),
    explanation("E10004", "a parameter is empty", "report this: the program wrote the command"),
    explanation("E10007", "a parameter's value is not supported", "use a CANN version that supports it"),
    explanation(
        "E10009",
        "two options exclude each other",
        "unset options that your environment adds to atc",
    ),
    explanation("E10012", "a dimension is less than 1", "give batch sizes of 1 and more"),
    explanation("E10016", "a node named on the command line is not in the model", "export the model anew"),
    explanation("E10018", "only the batch may be dynamic", "report this: the program wrote the shape"),
    explanation("E10035", "too few batch sizes", "give at least 2, or one for a fixed batch"),
    explanation("E10036", "too many batch sizes", "give at most 100"),
    explanation("E10038", "a batch size is not positive", "give batch sizes of 1 and more"),
    explanation("E10039", "a batch size is given twice", "give each batch size once"),
    explanation(
        "E16002",
        "an ONNX operator is not supported",
        "use a newer CANN: the network needs only Conv, Split, Max, MaxPool, AveragePool, Add, Flatten and Gemm",
    ),
    explanation(
        "E16005",
        "the ONNX operator set is not supported",
        "use CANN 5 or newer: the model has operator set 11",
    ),
    explanation(
        "EE1001",
        "a bad argument in the runtime",
        "check that driver, firmware and CANN belong together",
    ),
    explanation(
        "E19999",
        "an internal error of atc",
        "run 'source set_env.sh' of the same CANN, check its Python packages (numpy, decorator, sympy), and see the log in $HOME/ascend/log/debug/plog",
    ),
    explanation(
        "EZ9999",
        "an internal error of the operator compiler",
        "check atc's Python (3.7.5 or newer with numpy, decorator, sympy) and see the log in $HOME/ascend/log/debug/plog",
    ),
    explanation("EH9999", "an internal error of the ACL layer", "see the log in $HOME/ascend/log/debug/plog"),
];

/// The known codes that stand in `lines`, each once, in the order in which they appear.
pub fn explain(lines: &[String]) -> Vec<Explanation> {
    let mut found: Vec<Explanation> = Vec::new();
    for line in lines {
        for word in line.split(|c: char| !c.is_ascii_alphanumeric()) {
            let known = EXPLANATIONS.iter().find(|row| row.code == word);
            if let Some(row) = known.filter(|row| !found.contains(row)) {
                found.push(*row);
            }
        }
    }
    found
}

/// What to do about a failure that has no code, judged by `atc`'s words.
pub(super) fn hint(lines: &[String]) -> Option<&'static str> {
    let says = |text: &str| lines.iter().any(|line| line.contains(text));
    if says("libascend_hal.so") {
        return Some(
            "on a machine without a card, add <CANN>/<arch>-linux/devlib to LD_LIBRARY_PATH, for atc only",
        );
    }
    if says("error while loading shared libraries") || says("No module named") || says("ModuleNotFoundError")
    {
        return Some(
            "run 'source set_env.sh' of the CANN toolkit first, and install the Python packages it asks for",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates_with(set: &[(&str, &str)]) -> Vec<String> {
        let variable =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        candidates(&variable).into_iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn search_order() {
        let all = candidates_with(&[
            ("PATH", "/usr/bin:/opt/x"),
            ("ASCEND_HOME_PATH", "/home/cann"),
            ("HOME", "/home/me"),
        ]);
        assert_eq!(
            all[..4],
            ["/usr/bin/atc", "/opt/x/atc", "/home/cann/bin/atc", "/home/cann/compiler/bin/atc"]
        );
        assert_eq!(all[5], "/usr/local/Ascend/cann/bin/atc");
        assert!(all.contains(&"/usr/local/Ascend/ascend-toolkit/latest/bin/atc".to_string()));
        assert_eq!(all[all.len() - 1], "/home/me/Ascend/ascend-toolkit/latest/atc/bin/atc");
        assert_eq!(candidates_with(&[(ATC_VARIABLE, "/a/my atc"), ("PATH", "/usr/bin")]), ["/a/my atc"]);
    }

    #[test]
    fn nothing_found_lists_every_path() {
        let error = Atc::first_of(vec!["/no/atc".into(), "/none/atc".into()], false).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("set LIGHTCNN_ATC") && text.ends_with("\n  /no/atc\n  /none/atc"), "{text}");
        let text = Atc::first_of(vec!["/no/atc".into()], true).unwrap_err().to_string();
        assert!(text.contains("where LIGHTCNN_ATC says: /no/atc is no program; correct"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn the_toolkit_around_it_tells_the_version() {
        use std::os::unix::fs::PermissionsExt;
        let toolkit = tempfile::tempdir().unwrap();
        let program = toolkit.path().join("x86_64-linux/bin/atc");
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        std::fs::write(&program, "").unwrap();
        let info = "package_name=Ascend-cann-toolkit\nversion=8.1.RC1\narch=x86_64\n";
        std::fs::write(toolkit.path().join("x86_64-linux/ascend_toolkit_install.info"), info).unwrap();
        assert!(Atc::first_of(vec![program.clone()], false).is_err(), "a file without the right to run it");
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let found = Atc::first_of(vec!["/no/atc".into(), program.clone()], false).unwrap();
        assert_eq!(found, Atc { program, cann_version: Some("8.1.RC1".to_string()) });
    }

    #[test]
    fn codes_are_explained_once() {
        let lines = ["ATC run failed", "E10001: Value [x]", "[E10001][E16002] and E99999"];
        let codes: Vec<&str> = explain(&lines.map(String::from)).iter().map(|row| row.code).collect();
        assert_eq!(codes, ["E10001", "E16002"]);
    }

    #[test]
    fn failures_without_a_code_get_a_hint() {
        let line = "atc.bin: error while loading shared libraries: libascend_hal.so: cannot open";
        assert!(hint(&[line.to_string()]).unwrap().contains("devlib"));
        assert!(
            hint(&["ModuleNotFoundError: No module named 'numpy'".to_string()]).unwrap().contains("set_env")
        );
        assert_eq!(hint(&["E10001".to_string()]), None);
    }
}
