//! Pairs of images, wherever they were listed.

/// An image of a pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Image {
    /// By its row among the features or in an image list, from 0.
    Row(usize),
    /// By its name.
    Name(String),
    /// A number as it is written: a name if images are called by numbers, and otherwise a row.
    Number(String),
}

/// A pair to verify.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The two images; a list of scores may do without.
    pub images: Option<[Image; 2]>,
    /// Whether they show the same person.
    pub same: bool,
    /// The fold it belongs to, from 0.
    pub fold: Option<usize>,
    /// Its score, where the list has it.
    pub score: Option<f64>,
}

/// A list of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct PairList {
    /// The pairs, in the order of the list. Either all have a fold or none has, and the same goes for scores.
    pub pairs: Vec<Pair>,
    /// Number of folds; 0 without.
    pub folds: usize,
}

impl PairList {
    /// Pairs whose folds are 0, 1, … without a gap, at least two of them.
    ///
    /// # Errors
    /// In words, if only some of the pairs have folds or scores, or a fold is missing.
    pub(super) fn new(pairs: Vec<Pair>) -> Result<PairList, String> {
        if pairs.is_empty() {
            return Err("there are no pairs in it".into());
        }
        for (has, what) in [
            ((|pair| pair.fold.is_some()) as fn(&Pair) -> bool, "fold"),
            (|pair| pair.score.is_some(), "score"),
        ] {
            let given = pairs.iter().filter(|pair| has(pair)).count();
            if given != 0 && given != pairs.len() {
                return Err(format!(
                    "{given} of {} pairs have a {what}; give one to all or to none",
                    pairs.len()
                ));
            }
        }
        let mut seen = vec![false; pairs.len()];
        for fold in pairs.iter().filter_map(|pair| pair.fold) {
            match seen.get_mut(fold) {
                Some(seen) => *seen = true,
                None => return Err(format!("fold {fold} of a list of {} pairs", pairs.len())),
            }
        }
        let folds = seen.iter().filter(|seen| **seen).count();
        if seen.iter().take(folds).any(|seen| !seen) {
            return Err("the folds must be numbered without a gap".into());
        }
        if folds == 1 {
            let pairs = pairs.into_iter().map(|pair| Pair { fold: None, ..pair }).collect();
            return Ok(PairList { pairs, folds: 0 });
        }
        Ok(PairList { pairs, folds })
    }
}
