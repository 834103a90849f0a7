//! The threshold below which a face is nobody's: taken from how alike strangers are.

use super::{Gallery, SearchError, SearchOptions, search};

/// Rows that play the stranger at most.
const MOST: usize = 2000;

/// How alike to a gallery those are who are not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Strangers {
    /// For each row that played the stranger, its best cosine with another person's row; largest first.
    pub cosines: Vec<f64>,
}

/// Lets rows of the gallery, evenly spread and 2,000 at most, play strangers: the best match of each among the rows
/// of all other persons is what a face of nobody in the gallery would be accepted or refused by. This is the open-set
/// false alarm of BLUFR (Liao et al., *A benchmark study of large-scale unconstrained face recognition*, IJCB 2014),
/// with a gallery that lacks one person.
///
/// # Errors
/// If there are fewer than two persons with usable rows, or there is not enough memory.
///
/// # Panics
/// As [`search`], or if the gallery has no people.
pub fn strangers(gallery: Gallery<'_>, options: &SearchOptions) -> Result<Strangers, SearchError> {
    let people = gallery.people.unwrap_or_else(|| panic!("strangers need people"));
    let usable = |row: &usize| {
        let values = gallery.row(*row);
        values.iter().all(|value| value.is_finite()) && values.iter().any(|&value| value != 0.0)
    };
    let (rows, count) = (gallery.rows(), gallery.rows().min(MOST));
    let sample: Vec<usize> = (0..count).map(|at| at * rows / count).filter(usable).collect();
    let probes: Vec<f32> = sample.iter().flat_map(|&row| gallery.row(row)).copied().collect();
    // The best two persons: one of them is another.
    let found = search(gallery, &probes, &SearchOptions { k: 2, ..*options })?;
    let other = |(&row, hits): (&usize, &Vec<super::Hit>)| {
        hits.iter().find(|hit| people[hit.row] != people[row]).map(|hit| hit.cosine)
    };
    let mut cosines: Vec<f64> = sample.iter().zip(&found.hits).filter_map(other).collect();
    if cosines.is_empty() {
        return Err(SearchError::NoStrangers { people: usize::from(!sample.is_empty()) });
    }
    cosines.sort_unstable_by(|a, b| b.total_cmp(a));
    Ok(Strangers { cosines })
}

impl Strangers {
    /// The smallest threshold that at most the share `far`, 0.0..=1.0, of strangers reaches.
    pub fn threshold(&self, far: f64) -> f64 {
        match self.cosines.get(self.accepted(far)) {
            Some(first_refused) => first_refused.next_up(),
            None => -1.0,
        }
    }

    /// Strangers that may be accepted at `far`; below ten, the threshold is a matter of luck.
    pub fn accepted(&self, far: f64) -> usize {
        (far * self.cosines.len() as f64).floor() as usize
    }
}
