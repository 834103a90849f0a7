//! LFW's `people.txt`, `peopleDevTrain.txt`, `peopleDevTest.txt` and `lfw-names.txt`: persons and their images.

/// A person of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct Person {
    /// The name, with underscores.
    pub name: String,
    /// How many images there are.
    pub images: u32,
    /// The fold the person is in, from 0; 0 where there are none.
    pub fold: usize,
}

/// Reads `text`: a line with the number of folds (`people.txt` only), before each fold a line with its number of
/// persons, and the persons: a name, a tab, a number. `lfw-names.txt` has persons only.
///
/// # Errors
/// What is wrong, with the line.
#[doc(hidden)]
pub fn people_txt(text: &str) -> Result<Vec<Person>, String> {
    let mut people: Vec<Person> = Vec::new();
    // Persons promised for each fold; what comes before the first of them is the number of folds.
    let mut promised: Vec<(usize, usize)> = Vec::new();
    let mut folds = None;
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match line.split_once('\t') {
            Some((name, images)) => {
                let images = images.trim().parse().ok().filter(|images| *images > 0);
                let images = images.ok_or_else(|| format!("line {number}: no number of images"))?;
                people.push(Person { name: name.into(), images, fold: promised.len().saturating_sub(1) });
            }
            None => {
                let count: usize =
                    line.trim().parse().map_err(|_| format!("line {number} is no person and no number"))?;
                if number == 2 && people.is_empty() && promised.len() == 1 {
                    folds = promised.pop().map(|(count, _)| count);
                }
                promised.push((count, people.len()));
            }
        }
    }
    for (at, (count, first)) in promised.iter().enumerate() {
        let end = promised.get(at + 1).map_or(people.len(), |(_, first)| *first);
        if end - first != *count {
            return Err(format!("fold {at} has {} persons, {count} are promised", end - first));
        }
    }
    if folds.is_some_and(|folds| folds != promised.len()) {
        return Err(format!("{} folds, {} are promised", promised.len(), folds.unwrap_or(0)));
    }
    Ok(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_with_and_without_folds() {
        let people = people_txt("2\n1\nA_B\t3\n2\nC\t1\nD\t2\n").unwrap();
        let found: Vec<_> = people.iter().map(|p| (p.name.as_str(), p.images, p.fold)).collect();
        assert_eq!(found, [("A_B", 3, 0), ("C", 1, 1), ("D", 2, 1)]);
        assert_eq!(people_txt("1\nA\t2\n").unwrap().len(), 1);
        assert_eq!(people_txt("A\t2\nB\t1\n").unwrap().len(), 2);
        for text in ["3\nA\t1\n", "2\n1\nA\t1\n", "A\tmany\n", "A\n", "A\t0\n"] {
            assert!(people_txt(text).is_err(), "{text:?}");
        }
    }
}
