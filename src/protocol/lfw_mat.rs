//! `lfw_pairs.mat`: `pos_pair` and `neg_pair`, 2 × n numbers of images, from 1 on.
//!
//! The pairs of LFW's ten folds follow each other, 300 of each kind a fold; any list whose pairs of either kind can be
//! cut into ten equal parts is taken to have ten folds.

use super::mat::{self, Value};
use super::pair::{Image, Pair, PairList};

const FOLDS: usize = 10;

pub(super) fn pairs(bytes: &[u8]) -> Result<PairList, String> {
    let file = mat::read(bytes, &mat::Limits::default()).map_err(|error| error.to_string())?;
    let numbered = |name: &str| -> Result<Vec<[usize; 2]>, String> {
        let value = file.get(name).ok_or_else(|| format!("there is no variable {name}; {}", file.names()))?;
        let (dims, numbers) =
            indices(value).ok_or_else(|| format!("{name} is {value}, expected numbers from 1 on"))?;
        match dims[..] {
            [2, _] => Ok(numbers.as_chunks::<2>().0.to_vec()),
            _ => Err(format!("{name} is {value}, expected 2 × n numbers")),
        }
    };
    let (one, two) = (numbered("pos_pair")?, numbered("neg_pair")?);
    let is_folded = [&one, &two].iter().all(|pairs| !pairs.is_empty() && pairs.len().is_multiple_of(FOLDS));
    let pair = |same: bool, count: usize| {
        move |(at, [left, right]): (usize, [usize; 2])| Pair {
            images: Some([Image::Row(left - 1), Image::Row(right - 1)]),
            same,
            fold: is_folded.then(|| at / (count / FOLDS)),
            score: None,
        }
    };
    let (of_one, of_two) = (one.len(), two.len());
    let mut all: Vec<Pair> = one.into_iter().enumerate().map(pair(true, of_one)).collect();
    all.extend(two.into_iter().enumerate().map(pair(false, of_two)));
    PairList::new(all)
}

/// The dimensions and values of a matrix of MATLAB indices: whole numbers from 1 on.
pub(super) fn indices(value: &Value) -> Option<(Vec<usize>, Vec<usize>)> {
    let Value::Numbers(matrix) = value else { return None };
    let whole =
        |number: f64| ((1.0..=1e15).contains(&number) && number.fract() == 0.0).then_some(number as usize);
    let numbers: Option<Vec<usize>> = matrix.values().map(whole).collect();
    Some((matrix.dims.clone(), numbers?))
}
