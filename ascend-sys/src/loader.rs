//! Finding and opening the ACL library.
//!
//! Places are tried in this order, the first that works is taken:
//!
//! 1. `LIGHTCNN_ACL_LIBRARY`, a library or a folder; when set, nothing else is tried;
//! 2. the folders of `LD_LIBRARY_PATH`, then the system's own search;
//! 3. `$ASCEND_HOME_PATH/lib64`, `$ASCEND_TOOLKIT_HOME/lib64`;
//! 4. below `/usr/local/Ascend`: `cann/lib64`, `ascend-toolkit/latest/lib64`, `nnrt/latest/lib64`,
//!    `nnae/latest/lib64`;
//! 5. the same below `$HOME/Ascend`, and the `fwkacllib/lib64` and `acllib/lib64` of very old packages.
//!
//! In each place `libascendcl.so` is opened; where it is absent, or lacks functions (CANN 8.5 split it), also
//! `libacl_rt.so` and `libacl_mdl.so`.

use std::error::Error;
use std::ffi::{CStr, OsStr, c_void};
use std::fmt;
use std::path::{Path, PathBuf};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW};

use crate::codes::Code;
use crate::table::Functions;

/// The library up to CANN 8.3, kept as a forwarder since.
const WHOLE: &str = "libascendcl.so";
/// The runtime half since CANN 8.5.
const RUNTIME: &str = "libacl_rt.so";
/// The model half since CANN 8.5.
const MODEL: &str = "libacl_mdl.so";
/// What the libraries of CANN 8.5 open by themselves, ending the process when it is absent.
const NEEDED_BESIDE_RUNTIME: &str = "libruntime.so";

/// An opened ACL library. It stays in memory until the process ends, as the vendor's libraries do not survive
/// being unloaded.
#[derive(Clone)]
pub struct Acl {
    functions: Functions,
    files: Vec<PathBuf>,
    version: Version,
    found_by: String,
}

/// The version of the ACL interface, which counts differently from CANN: 1.13 is CANN 8.1, 1.17 is CANN 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Major number.
    pub major: i32,
    /// Minor number.
    pub minor: i32,
    /// Patch number.
    pub patch: i32,
}

/// Where to look, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    places: Vec<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// Why we look there: a variable's name, or a description.
    origin: String,
    target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// One library.
    File(PathBuf),
    /// A folder with the libraries under their own names.
    Folder(PathBuf),
    /// The system's search by name.
    System,
}

/// No usable ACL library was found; every place tried, and why it did not serve.
#[derive(Debug)]
pub struct LoadError {
    /// Every place tried, in order.
    pub attempts: Vec<Attempt>,
}

/// One library tried, or one folder without any.
#[derive(Debug)]
pub struct Attempt {
    /// Why this place was looked at, such as `ASCEND_HOME_PATH`.
    pub origin: String,
    /// The library or folder.
    pub path: PathBuf,
    /// Why it did not serve.
    pub problem: Problem,
}

/// Why a library did not serve.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// There is nothing at the path, or none of the ACL libraries in the folder.
    #[error("no ACL library here")]
    Absent,
    /// The system's loader refused; these are its words.
    #[error("{0}")]
    Open(String),
    /// A library made for linking programs, which does nothing when run.
    #[error(
        "a stub for building programs, not the real library; take devlib and stub folders out of LD_LIBRARY_PATH"
    )]
    Stub,
    /// Functions without which nothing can run.
    #[error("lacks {}; CANN 5.0 or newer is needed", missing.join(", "))]
    Missing {
        /// Their names.
        missing: Vec<&'static str>,
    },
    /// Opening it would end the process.
    #[error(
        "{RUNTIME} without {NEEDED_BESIDE_RUNTIME} beside it, which would end the process; reinstall CANN"
    )]
    Incomplete,
    /// The library would not say its version.
    #[error("aclrtGetVersion: {0}")]
    Version(Code),
}

impl Attempt {
    /// Whether there was nothing to try, rather than something that does not work.
    pub fn is_absent(&self) -> bool {
        match &self.problem {
            Problem::Absent => true,
            // The system's search found no file of this name; a library it cannot open names another file.
            Problem::Open(words) => {
                self.path.components().count() == 1
                    && words.starts_with(&format!("{}: cannot open shared object file", self.path.display()))
            }
            _ => false,
        }
    }
}

impl Acl {
    /// Opens the first usable library of [`Search::from_environment`].
    ///
    /// # Errors
    /// [`LoadError`] when there is none.
    pub fn open() -> Result<Self, LoadError> {
        Self::open_in(&Search::from_environment())
    }

    /// Opens the first usable library of `search`.
    ///
    /// # Errors
    /// [`LoadError`] when there is none.
    pub fn open_in(search: &Search) -> Result<Self, LoadError> {
        let mut attempts = Vec::new();
        for place in &search.places {
            let refused = match place.candidates() {
                Err(refused) => vec![refused],
                Ok(files) => match open_files(&files) {
                    Err(refused) => refused,
                    Ok((functions, version)) => {
                        let files = files_of(&functions);
                        return Ok(Self { functions, files, version, found_by: place.origin.clone() });
                    }
                },
            };
            attempts.extend(refused.into_iter().map(|Refused { path, problem }| Attempt {
                origin: place.origin.clone(),
                path,
                problem,
            }));
        }
        Err(LoadError { attempts })
    }

    /// The functions.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The files the functions come from, the one of `aclInit` first.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The version of the interface.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Why the place was looked at: a variable's name, or a description.
    pub fn found_by(&self) -> &str {
        &self.found_by
    }
}

impl Search {
    /// The places of the module's list, as this process's environment has them.
    pub fn from_environment() -> Self {
        Self::from_variables(|name| {
            std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
        })
    }

    /// One library, or one folder, and nothing else.
    pub fn only(path: impl Into<PathBuf>) -> Self {
        Self { places: vec![Place::explicit("given", path.into())] }
    }

    fn from_variables(variable: impl Fn(&str) -> Option<PathBuf>) -> Self {
        if let Some(path) = variable("LIGHTCNN_ACL_LIBRARY") {
            return Self { places: vec![Place::explicit("LIGHTCNN_ACL_LIBRARY", path)] };
        }
        let mut places = Vec::new();
        let mut folder = |origin: &str, path: PathBuf| {
            places.push(Place { origin: origin.to_owned(), target: Target::Folder(path) });
        };
        for path in std::env::split_paths(variable("LD_LIBRARY_PATH").unwrap_or_default().as_os_str()) {
            if !path.as_os_str().is_empty() {
                folder("LD_LIBRARY_PATH", path);
            }
        }
        places.push(Place { origin: "the system's library search".to_owned(), target: Target::System });
        let mut folder = |origin: &str, path: PathBuf| {
            places.push(Place { origin: origin.to_owned(), target: Target::Folder(path) });
        };
        for name in ["ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME"] {
            if let Some(path) = variable(name) {
                folder(name, path.join("lib64"));
            }
        }
        let home = variable("HOME").map(|home| home.join("Ascend"));
        for (origin, root) in
            [("the usual place", Some(PathBuf::from("/usr/local/Ascend"))), ("the home folder", home)]
        {
            let Some(root) = root else { continue };
            for below in ["cann", "ascend-toolkit/latest", "nnrt/latest", "nnae/latest"] {
                folder(origin, root.join(below).join("lib64"));
            }
            for below in
                ["ascend-toolkit/latest/fwkacllib", "ascend-toolkit/latest/acllib", "fwkacllib", "acllib"]
            {
                folder(origin, root.join(below).join("lib64"));
            }
        }
        Self { places }
    }
}

impl Place {
    fn explicit(origin: &str, path: PathBuf) -> Self {
        let target = if path.is_dir() { Target::Folder(path) } else { Target::File(path) };
        Self { origin: origin.to_owned(), target }
    }

    /// The libraries of this place, in the order their functions are looked up.
    fn candidates(&self) -> Result<Vec<PathBuf>, Refused> {
        let (folder, mut files) = match &self.target {
            Target::System => return Ok([WHOLE, RUNTIME, MODEL].map(PathBuf::from).to_vec()),
            Target::Folder(folder) => (folder.as_path(), Vec::new()),
            Target::File(file) if !file.exists() => return Err(refused(file, Problem::Absent)),
            Target::File(file) => (file.parent().unwrap_or(Path::new("")), vec![file.clone()]),
        };
        for file in [WHOLE, RUNTIME, MODEL].map(|name| folder.join(name)) {
            if file.exists() && !files.contains(&file) {
                files.push(file);
            }
        }
        if files.is_empty() {
            return Err(refused(folder, Problem::Absent));
        }
        if is_stub_folder(folder) {
            return Err(refused(folder, Problem::Stub));
        }
        Ok(files)
    }
}

/// One library or folder that did not serve.
struct Refused {
    path: PathBuf,
    problem: Problem,
}

fn refused(path: &Path, problem: Problem) -> Refused {
    Refused { path: path.to_owned(), problem }
}

/// Whether the folder is one of the toolkit's folders of stub libraries.
fn is_stub_folder(folder: &Path) -> bool {
    let real = folder.canonicalize();
    real.as_deref().unwrap_or(folder).iter().any(|part| part == "devlib" || part == "stub" || part == "stubs")
}

/// Opens as many of `files` as are needed for all required functions.
fn open_files(files: &[PathBuf]) -> Result<(Functions, Version), Vec<Refused>> {
    let mut opened: Vec<(&Path, Library)> = Vec::new();
    let mut refusals = Vec::new();
    let mut lacking = Vec::new();
    for file in files {
        if would_end_the_process(file) {
            refusals.push(refused(file, Problem::Incomplete));
            continue;
        }
        match open_one(file, RTLD_LOCAL) {
            Ok(library) => opened.push((file, library)),
            Err(problem) => {
                refusals.push(refused(file, problem));
                continue;
            }
        }
        // SAFETY: the addresses come from libraries that export the ACL names, which the vendor reserves for the
        // functions of this signature; the libraries are kept for ever below, or dropped after the last use of the table,
        // which is then not returned.
        let functions = match unsafe { Functions::resolve(|name| find(&opened, name)) } {
            Ok(functions) => functions,
            Err(missing) => {
                lacking = missing;
                continue;
            }
        };
        let version = match version_of(&functions) {
            Ok(version) => version,
            Err(problem) => {
                refusals.push(refused(file, problem));
                return Err(refusals);
            }
        };
        for (path, library) in opened {
            // The vendor's libraries look symbols up globally. Only now, as a refused stub must not lend its
            // symbols to the real library opened after it.
            if let Ok(promoted) = open_one(path, RTLD_GLOBAL) {
                std::mem::forget(promoted);
            }
            std::mem::forget(library);
        }
        return Ok((functions, version));
    }
    if let Some((path, _)) = opened.first() {
        refusals.push(refused(path, Problem::Missing { missing: lacking }));
    }
    Err(refusals)
}

/// Whether opening the library would run its `_exit`: the halves of CANN 8.5 do when their runtime is absent.
fn would_end_the_process(file: &Path) -> bool {
    let Ok(real) = file.canonicalize() else { return false };
    let Some(folder) = real.parent() else { return false };
    folder.join(RUNTIME).exists() && !folder.join(NEEDED_BESIDE_RUNTIME).exists()
}

fn open_one(file: &Path, visibility: i32) -> Result<Library, Problem> {
    // SAFETY: opening runs the library's initialisers. That those of a library with this name, in a folder that the user
    // or the system names, may be run is the trust that opening the vendor's library asks for; nothing can check it.
    unsafe { Library::open(Some(file), RTLD_NOW | visibility) }
        .map_err(|error| Problem::Open(in_full(&error)))
}

/// The loader's own words, which `libloading` keeps in the source.
fn in_full(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

fn find(libraries: &[(&Path, Library)], name: &CStr) -> Option<*mut c_void> {
    libraries.iter().find_map(|(_, library)| {
        // SAFETY: the symbol is only taken as an address here.
        let symbol = unsafe { library.get::<*mut c_void>(name.to_bytes_with_nul()) }.ok()?;
        Some(symbol.into_raw()).filter(|address| !address.is_null())
    })
}

/// Asks for the version: the real library answers before `aclInit`, a stub answers every call with 100039.
fn version_of(functions: &Functions) -> Result<Version, Problem> {
    let (mut major, mut minor, mut patch) = (0, 0, 0);
    // SAFETY: three live integers, as the signature asks.
    let code = Code(unsafe { (functions.aclrtGetVersion)(&mut major, &mut minor, &mut patch) });
    match code {
        Code::SUCCESS => Ok(Version { major, minor, patch }),
        Code::COMPILING_STUB_MODE => Err(Problem::Stub),
        other => Err(Problem::Version(other)),
    }
}

/// The files that functions of both halves come from.
fn files_of(functions: &Functions) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for address in [functions.aclInit as *const c_void, functions.aclmdlExecuteAsync as *const c_void] {
        files.extend(file_of(address).filter(|file| !files.contains(file)));
    }
    files
}

fn file_of(address: *const c_void) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let mut info = libc::Dl_info {
        dli_fname: std::ptr::null(),
        dli_fbase: std::ptr::null_mut(),
        dli_sname: std::ptr::null(),
        dli_saddr: std::ptr::null_mut(),
    };
    // SAFETY: `info` is live; the call only looks the address up.
    let found = unsafe { libc::dladdr(address, &mut info) };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: a successful call gives a NUL-ended name that lives as long as the library.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    Some(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}

impl LoadError {
    /// Whether there was nothing anywhere: CANN is not installed, rather than broken.
    pub fn nothing_installed(&self) -> bool {
        self.attempts.iter().all(Attempt::is_absent)
    }
}

impl Error for LoadError {}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no usable ACL library (libascendcl.so) was found; tried:")?;
        for Attempt { origin, path, problem } in &self.attempts {
            write!(f, "\n  {} ({origin}): {problem}", path.display())?;
        }
        f.write_str(if self.nothing_installed() {
            "\ninstall CANN and source its set_env.sh, or name the library in LIGHTCNN_ACL_LIBRARY"
        } else {
            "\ncorrect the installation above, or name the library in LIGHTCNN_ACL_LIBRARY"
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(variables: &[(&str, &str)]) -> Vec<(String, Target)> {
        let search = Search::from_variables(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value))
        });
        search.places.into_iter().map(|place| (place.origin, place.target)).collect()
    }

    #[test]
    fn the_override_is_the_only_place() {
        let places = search(&[("LIGHTCNN_ACL_LIBRARY", "/none/libx.so"), ("ASCEND_HOME_PATH", "/a")]);
        assert_eq!(
            places,
            [("LIGHTCNN_ACL_LIBRARY".to_owned(), Target::File(PathBuf::from("/none/libx.so")))]
        );
    }

    #[test]
    fn places_come_in_the_documented_order() {
        let places = search(&[
            ("LD_LIBRARY_PATH", "/l1:/l2"),
            ("ASCEND_TOOLKIT_HOME", "/t"),
            ("ASCEND_HOME_PATH", "/a"),
            ("HOME", "/h"),
        ]);
        let folder = |path: &str| Target::Folder(PathBuf::from(path));
        let targets: Vec<Target> = places.into_iter().map(|(_, target)| target).collect();
        assert_eq!(
            targets[..9],
            [
                folder("/l1"),
                folder("/l2"),
                Target::System,
                folder("/a/lib64"),
                folder("/t/lib64"),
                folder("/usr/local/Ascend/cann/lib64"),
                folder("/usr/local/Ascend/ascend-toolkit/latest/lib64"),
                folder("/usr/local/Ascend/nnrt/latest/lib64"),
                folder("/usr/local/Ascend/nnae/latest/lib64"),
            ]
        );
        assert!(targets.contains(&folder("/h/Ascend/nnrt/latest/lib64")));
    }
}
