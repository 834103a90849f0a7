//! Our declarations against the headers of an installed CANN, by a C compiler: every signature is declared again
//! after the vendor's, every struct size, field offset and constant of `src/bindings.rs` is asserted.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is to hold, as lines of C: one declaration or assertion each.
fn claims() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let functions = std::fs::read_to_string(root.join("include/acl_functions.h")).unwrap();
    let mut claims: Vec<String> =
        functions.lines().filter(|line| line.ends_with(';')).map(str::to_owned).collect();
    let functions_claimed = claims.len();
    assert!(functions_claimed > 100);

    // bindgen writes constants as `pub const NAME: type = value;` and layouts as
    // `["Size of name"][::std::mem::size_of::<name>() - 1160usize];`, possibly broken over lines.
    let bindings = std::fs::read_to_string(root.join("src/bindings.rs")).unwrap();
    for line in bindings.lines() {
        let Some((name, value)) = line.strip_prefix("pub const ").and_then(|rest| rest.split_once(": "))
        else {
            continue;
        };
        let (_, value) = value.trim_end_matches(';').split_once(" = ").unwrap();
        match value.strip_prefix("b\"") {
            Some(text) => {
                let text = text.trim_end_matches("\\0\"");
                claims
                    .push(format!("_Static_assert(__builtin_strcmp({name}, \"{text}\") == 0, \"{name}\");"));
            }
            None => claims.push(format!("_Static_assert((long long){name} == {value}LL, \"{name}\");")),
        }
    }
    let constants = bindings.matches("pub const ").count();
    assert!(constants > 100 && claims.len() == functions_claimed + constants, "{constants} constants");
    let joined = bindings.replace('\n', " ");
    let facts = |what: &str| {
        let mut found = Vec::new();
        for part in joined.split(&format!("[\"{what}")).skip(1) {
            let name = part.split_once('"').unwrap().0.trim_start_matches(": ").trim().to_owned();
            let number = part.split_once("usize];").unwrap().0.rsplit([' ', '(']).next().unwrap().to_owned();
            found.push((name, number));
        }
        found
    };
    let (sizes, offsets) = (facts("Size of "), facts("Offset of field"));
    assert!(sizes.len() >= 10 && offsets.len() > 60, "{} sizes, {} offsets", sizes.len(), offsets.len());
    for (name, size) in sizes.iter().filter(|(_, size)| size != "0") {
        claims.push(format!("_Static_assert(sizeof({name}) == {size}, \"{name}\");"));
    }
    for (field, offset) in &offsets {
        let (owner, field) = field.split_once("::").unwrap();
        // bindgen writes `type_` for `type`.
        let field = field.trim_end_matches('_');
        if !field.starts_with('_') {
            claims.push(format!(
                "_Static_assert(offsetof({owner}, {field}) == {offset}, \"{owner}.{field}\");"
            ));
        }
    }
    claims
}

/// The claims that do not hold after `prelude`, each with the compiler's words.
fn broken(prelude: &str, include: &Path, claims: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let check = |lines: &[String]| -> Option<String> {
        let mut source = format!("{prelude}\n#include <stddef.h>\n");
        for line in lines {
            writeln!(source, "{line}").unwrap();
        }
        let file = folder.path().join("claims.c");
        std::fs::write(&file, source).unwrap();
        let output = Command::new("cc")
            .args(["-fsyntax-only", "-std=c11", "-w", "-I"])
            .args([include, &file])
            .output()
            .expect("a C compiler named cc is needed");
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let Some(all) = check(claims) else { return Vec::new() };
    let broken: Vec<String> = claims
        .iter()
        .filter_map(|claim| check(std::slice::from_ref(claim)).map(|words| format!("{claim}\n{words}")))
        .collect();
    assert!(!broken.is_empty(), "each claim holds, and all together do not: {all}");
    broken
}

#[test]
fn the_bindings_agree_with_our_own_header() {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let broken = broken("#include \"acl.h\"", &include, &claims());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_difference_is_noticed() {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let wrong = [
        "aclError aclrtMalloc(void **address, int size, aclrtMemMallocPolicy policy);",
        "_Static_assert(sizeof(aclmdlBatch) == 1024, \"aclmdlBatch\");",
        "_Static_assert((long long)ACL_FLOAT16 == 2LL, \"ACL_FLOAT16\");",
        "_Static_assert(offsetof(aclmdlIODims, dims) == 128, \"aclmdlIODims.dims\");",
        "_Static_assert(__builtin_strcmp(ACL_DYNAMIC_AIPP_NAME, \"other\") == 0, \"name\");",
    ];
    assert_eq!(broken("#include \"acl.h\"", &include, &wrong.map(str::to_owned)).len(), wrong.len());
}

#[test]
#[ignore = "needs the headers of an installed CANN: ASCEND_ACL_HEADERS=<the folder above acl/>, run with --ignored"]
fn the_bindings_agree_with_the_installed_headers() {
    let include = PathBuf::from(std::env::var_os("ASCEND_ACL_HEADERS").expect("ASCEND_ACL_HEADERS is set"));
    assert!(include.join("acl/acl.h").exists(), "no acl/acl.h below {}", include.display());
    // Some releases have a C++ word in a header for C.
    let prelude = "#define constexpr static const\n#include \"acl/acl.h\"";
    let claims = claims();
    // What a release does not have yet is no disagreement.
    let (absent, broken): (Vec<String>, Vec<String>) = broken(prelude, &include, &claims)
        .into_iter()
        .partition(|words| words.contains("unknown type name") || words.contains("undeclared here"));
    println!("{} claims, {} of them on what is not in these headers", claims.len(), absent.len());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(absent.len() < claims.len() / 4, "{}", absent.join("\n"));
}
