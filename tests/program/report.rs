//! `lightcnn eval … --report`: what is in the folder.

use std::fs;
use std::path::Path;
use std::process::Output;
use test_support::pictures::pgm;
use test_support::program::ends;

fn run(folder: &Path, words: &str) -> Output {
    let mut command = crate::lightcnn();
    command.env("LIGHTCNN_MODEL", "demo").current_dir(folder);
    command.args(words.split(' ')).output().unwrap()
}

/// Elements are closed, and every number is one.
#[track_caller]
fn is_whole(name: &str, svg: &str) {
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{name}");
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count(), "{name}");
    let other = svg.lines().filter(|line| !line.contains("/>") && !line.contains("</"));
    assert_eq!(other.count(), 1, "{name}: only the document itself stays open");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
}

#[test]
fn a_page_that_needs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut list = String::from("left,right,same\n");
    for person in 0..4 {
        fs::create_dir_all(folder.join(format!("faces/p{person}"))).unwrap();
        for picture in 0..3 {
            let value = |at: usize| (at % (64 + 3 * person)) * (3 + person) + at / 64 * picture;
            let bytes = pgm(64, 64, |at| value(at) as u8);
            fs::write(folder.join(format!("faces/p{person}/{picture}.pgm")), bytes).unwrap();
            let (next, other) = ((picture + 1) % 3, (person + 1) % 4);
            list += &format!("p{person}/{picture}.pgm,p{person}/{next}.pgm,1\n");
            list += &format!("p{person}/{picture}.pgm,p{other}/{next}.pgm,0\n");
        }
    }
    fs::write(folder.join("pairs.csv"), list).unwrap();
    ends(&run(folder, "extract faces -o a<b.npy"), 0);
    ends(&run(folder, "extract faces -o c.npy --preprocess center"), 0);
    let report =
        run(folder, "eval pairs --pairs pairs.csv -F a<b.npy -F c.npy --report new/out --pictures faces");
    assert!(ends(&report, 0).contains("new/out/index.html"));

    let page = fs::read_to_string(folder.join("new/out/index.html")).unwrap();
    for file in ["roc.svg", "det.svg", "scores.svg"] {
        let svg = fs::read_to_string(folder.join("new/out").join(file)).unwrap();
        is_whole(file, &svg);
        assert!(page.contains(&svg), "{file}");
        assert!(svg.contains(">a&lt;b.npy<") && svg.contains(">c.npy<"), "{file}");
    }
    assert!(!page.contains("a<b.npy") && !page.contains("src=\"http") && !page.contains("<script"), "{page}");
    assert!(page.contains("not made alike: preprocess: eval against center"));
    // Two kinds of pairs, of each feature file, of each pair two pictures.
    let pictures = page.matches("src=\"data:image/png;base64,iVBORw0KGgo").count();
    assert_eq!((pictures, page.contains("no picture at hand")), (2 * 2 * 12 * 2, false));
    assert!(page.contains("TPR@FAR=1%") && page.contains("Hardest pairs of one person, c.npy"));

    fs::write(folder.join("file"), "").unwrap();
    let lacking = run(folder, "eval pairs --pairs pairs.csv -F c.npy --report out");
    assert!(ends(&lacking, 0).contains("48 pictures of the hardest pairs were not found"));
    let refused = run(folder, "eval pairs --pairs pairs.csv -F c.npy --report file");
    assert!(ends(&refused, 2).contains("cannot make the folder file"));
}

/// A list of scores has no pictures; scores without an error have no trade of errors.
#[test]
fn scores_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lines = (0..40).map(|at| format!("{},{}\n", f64::from(at) / 40.0, i32::from(at >= 20)));
    fs::write(folder.join("scores.csv"), format!("score,same\n{}", lines.collect::<String>())).unwrap();
    ends(&run(folder, "eval pairs --pairs scores.csv --report out"), 0);
    let page = fs::read_to_string(folder.join("out/index.html")).unwrap();
    for file in ["roc.svg", "scores.svg"] {
        is_whole(file, &fs::read_to_string(folder.join("out").join(file)).unwrap());
    }
    assert!(!folder.join("out/det.svg").exists() && page.contains("scores only"));
    assert!(page.contains("Rests on fewer than ten errors"));
}
