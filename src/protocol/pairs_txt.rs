//! LFW's `pairs.txt` and `pairsDevTrain.txt`, `pairsDevTest.txt`.
//!
//! The first line has the number of folds and of pairs of each kind in a fold, or only the latter (view 1, no folds).
//! In each fold come the pairs of one person (`name n m`), then those of two (`name n name m`), separated by tabs.
//! Image `n` of a person is `name/name_000n` (LFW's README).

use super::pair::{Image, Pair, PairList};

/// Most folds and pairs a header may promise; far above LFW's 10 × 300.
const MOST: usize = 10_000_000;

/// Reads `text`.
///
/// # Errors
/// What is wrong, with the line.
#[doc(hidden)]
pub fn pairs_txt(text: &str) -> Result<PairList, String> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let numbers: Option<Vec<usize>> = header.split_whitespace().map(|word| word.parse().ok()).collect();
    let (folds, each) = match numbers.as_deref() {
        Some(&[folds, each]) if (2..=MOST).contains(&folds) && (1..=MOST).contains(&each) => (folds, each),
        Some(&[each]) if (1..=MOST).contains(&each) => (1, each),
        _ => {
            return Err(format!(
                "line 1 is '{}', expected the number of folds and of pairs in each, as in LFW's pairs.txt",
                header.escape_debug()
            ));
        }
    };
    let mut pairs = Vec::new();
    for (at, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = at + 2;
        let place = pairs.len();
        let (fold, same) = (place / (2 * each), place % (2 * each) < each);
        if fold >= folds {
            return Err(format!("line {number}: more than {folds} × 2 × {each} pairs"));
        }
        let words: Vec<&str> = line.split('\t').map(str::trim).collect();
        let images = match (same, words.as_slice()) {
            (true, [person, left, right]) => [image(person, left), image(person, right)],
            (false, [person, left, other, right]) => [image(person, left), image(other, right)],
            _ => {
                let wanted =
                    if same { "a name and two numbers" } else { "a name, a number, a name, a number" };
                return Err(format!(
                    "line {number} has {} fields, expected {wanted}, with tabs",
                    words.len()
                ));
            }
        };
        let [Some(left), Some(right)] = images else {
            return Err(format!("line {number}: an image number is not one from 1 on"));
        };
        let fold = (folds > 1).then_some(fold);
        pairs.push(Pair { images: Some([left, right]), same, fold, score: None });
    }
    if pairs.len() != folds * 2 * each {
        return Err(format!("{} pairs, the first line promises {folds} × 2 × {each}", pairs.len()));
    }
    PairList::new(pairs)
}

fn image(person: &str, number: &str) -> Option<Image> {
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    Some(Image::Name(format!("{person}/{person}_{number:04}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_hold_pairs_of_one_person_and_then_of_two() {
        let list = pairs_txt("2\t1\nA_B\t1\t4\nA_B\t2\tC\t1\nD\t1\t2\nD\t3\tA_B\t12\n").unwrap();
        assert_eq!(list.folds, 2);
        let name = |name: &str| Image::Name(name.into());
        assert_eq!(list.pairs[0].images, Some([name("A_B/A_B_0001"), name("A_B/A_B_0004")]));
        assert_eq!(list.pairs[3].images, Some([name("D/D_0003"), name("A_B/A_B_0012")]));
        let kinds: Vec<_> = list.pairs.iter().map(|pair| (pair.same, pair.fold)).collect();
        assert_eq!(kinds, [(true, Some(0)), (false, Some(0)), (true, Some(1)), (false, Some(1))]);
        // View 1.
        assert_eq!(pairs_txt("1\nA\t1\t2\nA\t1\tB\t1\n").unwrap().folds, 0);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, expected) in [
            ("", "line 1 is ''"),
            ("ten\n", "line 1 is 'ten'"),
            ("99999999999 3\n", "line 1"),
            ("1\nA\t1\n", "line 2 has 2 fields"),
            ("1\nA\t1\t0\n", "line 2: an image number"),
            ("1\nA\t1\t2\n", "1 pairs, the first line promises"),
            ("1\nA\t1\t2\nA\t1\tB\t2\nA\t1\t2\n", "line 4: more than"),
        ] {
            let problem = pairs_txt(text).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
