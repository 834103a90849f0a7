//! Verification on a list of pairs; with LFW's pairs and folds, LFW's figures.

use super::error::{EvalError, Problems};
use super::images::{self, Directions, Lookup, person, spelled};
use super::result::{Definition, Evaluation, FEW_ERRORS, Hard, Hardest, Histogram, Metric, Protocol, Source};
use super::roc::{Curve, Ranked};
use super::{EvalOptions, lfw, thresholds};
use crate::features::Features;
use crate::protocol::{Image, ImageList, Pair, PairList};
use std::borrow::Cow;
use std::collections::HashMap;

/// A pair with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Cosine of the two features, or the score that the list has.
    pub score: f64,
    /// Whether they are of the same person.
    pub same: bool,
    /// The fold, if there are folds.
    pub fold: Option<usize>,
    /// Names of the two images, or their rows; empty for a list of scores only.
    pub names: [String; 2],
    /// The persons on them, as numbers from 0.
    pub persons: [usize; 2],
}

/// Pairs with their scores.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredPairs {
    /// The pairs, in the order of the list.
    pub pairs: Vec<Scored>,
    /// Number of folds; 0 without.
    pub folds: usize,
    /// Number of persons.
    pub persons: usize,
    /// What the scores were made of.
    pub source: Source,
    /// What was assumed.
    pub notes: Vec<String>,
}

impl ScoredPairs {
    /// The cosine of the features of every pair. Row numbers of `list` count lines of `images`, if it is given, and
    /// otherwise rows of `features`.
    ///
    /// # Errors
    /// If an image has no usable feature; all of them are named.
    pub fn new(
        features: &Features,
        list: &PairList,
        images: Option<&ImageList>,
    ) -> Result<ScoredPairs, EvalError> {
        let mut problems = Problems::default();
        let lookup = Lookup::new(features);
        let list = &settled(list, features, lookup.as_ref(), images)?;
        let mut found: HashMap<&Image, Option<usize>> = HashMap::new();
        for image in list.pairs.iter().filter_map(|pair| pair.images.as_ref()).flatten() {
            if let std::collections::hash_map::Entry::Vacant(place) = found.entry(image) {
                let row = row_of(image, features, lookup.as_ref(), images)?;
                place.insert(row.map_err(|problem| problems.all.push(problem)).ok());
            }
        }
        let row = |image: &Image| found.get(image).copied().flatten();
        let rows = list.pairs.iter().filter_map(|pair| pair.images.as_ref()).flatten().filter_map(row);
        let directions = Directions::new(features, rows, &mut problems);
        images::check(features, problems)?;
        let name = |image: &Image| match (image, images) {
            (Image::Name(name) | Image::Number(name), _) => spelled(name).into_owned(),
            (Image::Row(row), Some(images)) => spelled(&images.images[*row].name).into_owned(),
            (Image::Row(row), None) => {
                features.name(*row).map_or_else(|| format!("row {row}"), |name| spelled(name).into_owned())
            }
        };
        let mut pairs = Vec::with_capacity(list.pairs.len());
        for pair in &list.pairs {
            let Some([left, right]) = &pair.images else { return Err(EvalError::NoScores) };
            // Both were found, or the check above has failed.
            let (Some(l), Some(r)) = (row(left), row(right)) else { continue };
            let score = dot(directions.of(l), directions.of(r));
            let Pair { same, fold, .. } = *pair;
            pairs.push(Scored { score, same, fold, names: [name(left), name(right)], persons: [l, r] });
        }
        let is_named = images.is_some() || features.is_named();
        if images.is_none() && features.is_named() && list.folds > 0 && !names_only(list) {
            check_order(features, &pairs)?;
        }
        let (persons, mut notes) = identify(&mut pairs, is_named || names_only(list));
        notes.extend(lookup.as_ref().and_then(Lookup::note));
        let source = Source {
            name: features.path().display().to_string(),
            rows: features.rows(),
            width: features.width(),
            contract: features.contract().cloned(),
        };
        Ok(ScoredPairs { pairs, folds: list.folds, persons, source, notes })
    }

    /// The scores that `list` has; `name` is what to call it.
    ///
    /// # Errors
    /// If it has none.
    pub fn of_scores(name: &str, list: &PairList) -> Result<ScoredPairs, EvalError> {
        let scored = |(at, pair): (usize, &Pair)| {
            let image = |image: &Image| match image {
                Image::Name(name) | Image::Number(name) => name.clone(),
                Image::Row(row) => format!("row {row}"),
            };
            let names = pair.images.as_ref().map(|images| images.each_ref().map(image)).unwrap_or_default();
            let Pair { same, fold, score, .. } = *pair;
            Some(Scored {
                score: score?,
                same,
                fold,
                names,
                persons: [2 * at, 2 * at + 1 - usize::from(same)],
            })
        };
        let pairs: Option<Vec<Scored>> = list.pairs.iter().enumerate().map(scored).collect();
        let mut pairs = pairs.ok_or(EvalError::NoScores)?;
        let (persons, notes) = match names_only(list) {
            true => identify(&mut pairs, true),
            false => {
                let note = "nothing says who is on the pictures: intervals take every pair for independent";
                (2 * pairs.len(), vec![note.to_string()])
            }
        };
        let source = Source { name: name.to_string(), rows: list.pairs.len(), width: 0, contract: None };
        Ok(ScoredPairs { pairs, folds: list.folds, persons, source, notes })
    }
}

/// Most pairs that [`all_pairs`] makes: each is held with the names of its images.
const ALL_LIMIT: usize = 2_000_000;

/// Every pair of rows; persons are told apart by the folders of the names, or by names like `Name_0001.jpg`. Rows without
/// a feature are in it, and will be found missing.
///
/// # Errors
/// If rows have no names, or there are too many pairs.
pub fn all_pairs(features: &Features) -> Result<PairList, EvalError> {
    let (rows, path) = (features.rows(), || features.path().to_path_buf());
    if !features.is_named() {
        return Err(EvalError::Unnamed { path: path(), rows });
    }
    let pairs = rows.saturating_mul(rows.saturating_sub(1)) / 2;
    if pairs > ALL_LIMIT {
        return Err(EvalError::TooMany { path: path(), rows, pairs, limit: ALL_LIMIT });
    }
    let names = (0..rows).map(|row| spelled(features.name(row).unwrap_or_default()));
    let persons: Vec<String> = names.map(|name| person(&name).to_string()).collect();
    let pair = |left: usize, right: usize| Pair {
        images: Some([Image::Row(left), Image::Row(right)]),
        same: persons[left] == persons[right],
        fold: None,
        score: None,
    };
    let pairs = (0..rows).flat_map(|left| (left + 1..rows).map(move |right| (left, right)));
    Ok(PairList { pairs: pairs.map(|(left, right)| pair(left, right)).collect(), folds: 0 })
}

fn names_only(list: &PairList) -> bool {
    let is_named = |image: &Image| matches!(image, Image::Name(_));
    list.pairs.iter().all(|pair| pair.images.as_ref().is_some_and(|images| images.iter().all(is_named)))
}

/// The list with its numbers taken for names, if images are called so, or for rows. Some of each would be a guess.
fn settled<'a>(
    list: &'a PairList,
    features: &Features,
    lookup: Option<&Lookup<'_>>,
    images: Option<&ImageList>,
) -> Result<Cow<'a, PairList>, EvalError> {
    let numbers = list.pairs.iter().filter_map(|pair| pair.images.as_ref()).flatten();
    let numbers = numbers.filter_map(|image| match image {
        Image::Number(number) => Some(number.as_str()),
        _ => None,
    });
    let is_name = |number: &str| {
        lookup.is_some_and(|lookup| !matches!(lookup.row(number), Err(super::Problem::NotFound { .. })))
            || images.is_some_and(|images| images.images.iter().any(|image| image.name == number))
    };
    let known: HashMap<&str, bool> = numbers.map(|number| (number, is_name(number))).collect();
    let first = |wanted: bool| {
        known.iter().filter(|(_, is_name)| **is_name == wanted).map(|(number, _)| *number).min()
    };
    let names = match (first(true), first(false)) {
        (None, None) => return Ok(Cow::Borrowed(list)),
        (Some(name), Some(row)) => {
            let (name, row) = (name.to_string(), row.to_string());
            return Err(EvalError::NamesOrRows { path: features.path().to_path_buf(), name, row });
        }
        (name, None) => name.is_some(),
        (None, Some(_)) => false,
    };
    let mut list = list.clone();
    for image in list.pairs.iter_mut().filter_map(|pair| pair.images.as_mut()).flatten() {
        if let Image::Number(number) = image {
            *image = match number.parse() {
                Ok(row) if !names => Image::Row(row),
                _ => Image::Name(std::mem::take(number)),
            };
        }
    }
    Ok(Cow::Owned(list))
}

/// The row of an image; the outer error is one of the features as a whole.
fn row_of(
    image: &Image,
    features: &Features,
    lookup: Option<&Lookup<'_>>,
    images: Option<&ImageList>,
) -> Result<Result<usize, super::Problem>, EvalError> {
    let unnamed = || EvalError::Unnamed { path: features.path().to_path_buf(), rows: features.rows() };
    match (image, images) {
        (Image::Name(name) | Image::Number(name), _) => Ok(lookup.ok_or_else(unnamed)?.row(name)),
        (Image::Row(row), None) => Ok(Ok(*row)),
        (Image::Row(row), Some(images)) => match images.images.get(*row) {
            Some(image) => Ok(lookup.ok_or_else(unnamed)?.row(&image.name)),
            None => Ok(Err(super::Problem::NotListed { number: row + 1, images: images.images.len() })),
        },
    }
}

/// Numbers the persons of the pairs: by the names of their images, or else by the list, where the two of a pair of one
/// person are one. Returns how many there are, and what was assumed.
fn identify(pairs: &mut [Scored], is_named: bool) -> (usize, Vec<String>) {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    if is_named && pairs.iter().all(|pair| pair.same == (person(&pair.names[0]) == person(&pair.names[1]))) {
        for pair in pairs.iter_mut() {
            for side in 0..2 {
                let next = numbers.len();
                let name = person(&pair.names[side]).to_string();
                pair.persons[side] = *numbers.entry(name).or_insert(next);
            }
        }
        return (numbers.len(), Vec::new());
    }
    // Images that the list joins by pairs of one person.
    let mut parents: Vec<usize> = Vec::new();
    fn root(parents: &mut [usize], mut at: usize) -> usize {
        while parents[at] != at {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        at
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    for pair in pairs.iter_mut() {
        for side in 0..2 {
            let next = parents.len();
            let place = *places.entry(pair.names[side].clone()).or_insert(next);
            if place == next {
                parents.push(next);
            }
            pair.persons[side] = place;
        }
        if pair.same {
            let (left, right) = (root(&mut parents, pair.persons[0]), root(&mut parents, pair.persons[1]));
            parents[left.max(right)] = left.min(right);
        }
    }
    let mut dense: HashMap<usize, usize> = HashMap::new();
    for pair in pairs.iter_mut() {
        for person in &mut pair.persons {
            let next = dense.len();
            *person = *dense.entry(root(&mut parents, *person)).or_insert(next);
        }
    }
    let note = "names do not say who is on the pictures: intervals take those for one person that pairs join";
    (dense.len(), vec![note.to_string()])
}

/// Refuses rows whose names contradict most pairs of one person: LFW's numbers then count something else.
fn check_order(features: &Features, pairs: &[Scored]) -> Result<(), EvalError> {
    let genuine = || pairs.iter().filter(|pair| pair.same);
    let wrong = genuine().filter(|pair| person(&pair.names[0]) != person(&pair.names[1])).count();
    if 2 * wrong > genuine().count() {
        let path = features.path().to_path_buf();
        return Err(EvalError::Order { path, wrong, genuine: genuine().count() });
    }
    Ok(())
}

/// The product of two directions.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// The false accept rates of the model card, and what it calls them.
const CARD_RATES: [(f64, &str); 3] = [(0.01, "TPR@FAR=1%"), (0.001, "TPR@FAR=0.1%"), (0.0, "TPR@FAR=0")];

/// Impostors that the authors' script wants for a rate of 0.1 %.
const AUTHORS_IMPOSTORS: u64 = 3000;

/// The figures of scored pairs. With [`Protocol::Lfw`], LFW's accuracy is one of them.
///
/// # Errors
/// If there are no pairs of one kind, or LFW's folds are missing.
pub fn pairs(
    scored: &ScoredPairs,
    protocol: Protocol,
    options: &EvalOptions,
) -> Result<Evaluation, EvalError> {
    let list = &scored.pairs;
    let ranked = Ranked::new(list.iter().map(|pair| (pair.score, pair.same)));
    let curve = Curve::new(&ranked);
    let (genuine, impostors) = (curve.genuine(), curve.impostors());
    if genuine == 0 || impostors == 0 {
        return Err(EvalError::OneKind { genuine, impostors, place: String::new() });
    }
    if protocol == Protocol::Lfw && scored.folds == 0 {
        return Err(EvalError::NoFolds);
    }
    let thin = curve.thinned();
    let fold = ranked.each(|at| list[at].fold.unwrap_or(0));
    let folds = match scored.folds {
        0 => Vec::new(),
        count => lfw::folds(&ranked, &vec![1; list.len()], &fold, count),
    };
    let accuracy = (!folds.is_empty()).then(|| lfw::accuracy(&folds));

    let persons = ranked.each(|at| list[at].persons);
    let intervals = options.bootstrap.map(|bootstrap| {
        bootstrap.intervals(scored.persons, |counts| {
            let weight = |[left, right]: &[usize; 2]| {
                let count = |person: &usize| u64::from(counts[*person]);
                if left == right { count(left) } else { count(left) * count(right) }
            };
            let weights: Vec<u64> = persons.iter().map(weight).collect();
            let thin = Curve::weighted(&ranked, &weights).thinned();
            let [one, two, three] = CARD_RATES.map(|(far, _)| thin.at_far(far).tpr);
            let accuracy = match scored.folds {
                0 => f64::NAN,
                count => lfw::accuracy(&lfw::folds(&ranked, &weights, &fold, count)).mean,
            };
            // Without pairs of one kind there are no rates.
            match thin.genuine() > 0 && thin.impostors() > 0 {
                true => [thin.one_minus_eer(), one, two, three, accuracy],
                false => [f64::NAN; 5],
            }
        })
    });
    let interval = |at: usize| intervals.and_then(|all| all[at]);

    let mut metrics = Vec::new();
    let mut add = |name: &str, definition, value: f64, interval, errors| {
        metrics.push(Metric { name: name.into(), definition, value, interval, errors });
    };
    let eer = thin.points().find(|point| point.tpr - (1.0 - point.far) >= 0.0);
    let fewest = |(accepted, rejected): (u64, u64)| accepted.min(rejected);
    let errors = eer.map(|point| fewest(thin.errors_at(&point)));
    add("100%-EER", Definition::ModelCard, thin.one_minus_eer(), interval(0), errors);
    for (at, (far, name)) in CARD_RATES.into_iter().enumerate() {
        let point = thin.at_far(far);
        add(name, Definition::ModelCard, point.tpr, interval(at + 1), Some(fewest(thin.errors_at(&point))));
    }
    if let Some(accuracy) = accuracy {
        let wrong = folds.iter().map(|fold| 1.0 - fold.accuracy).sum::<f64>() / folds.len() as f64;
        let errors = Some((wrong * list.len() as f64).round() as u64);
        add("accuracy", Definition::Lfw, accuracy.mean, interval(4), errors);
        add("accuracy, standard deviation", Definition::Lfw, accuracy.deviation, None, None);
        add("accuracy, standard error", Definition::Lfw, accuracy.standard_error, None, None);
    }
    let equal = |value: f64| Some(curve.errors_at_rate(1.0 - value));
    let interpolated = curve.one_minus_eer_interpolated();
    add("100%-EER", Definition::Interpolated, interpolated, None, equal(interpolated));
    for (far, name) in CARD_RATES {
        let point = curve.at_far(far);
        add(name, Definition::EveryThreshold, point.tpr, None, Some(fewest(curve.errors_at(&point))));
    }
    let authors = curve.one_minus_eer_authors();
    add("100%-EER", Definition::Authors, authors, None, equal(authors));
    for (far, name) in
        CARD_RATES.into_iter().filter(|(far, _)| *far != 0.001 || impostors >= AUTHORS_IMPOSTORS)
    {
        if let Some(point) = curve.at_far_authors(far) {
            let errors = Some(fewest(curve.errors_at(&point)));
            add(name, Definition::Authors, point.tpr, None, errors);
        }
    }

    let mut notes = scored.notes.clone();
    notes.extend(fragile(&metrics));
    let hard = |same: bool| {
        let mut of_kind: Vec<&Scored> = list.iter().filter(|pair| pair.same == same).collect();
        of_kind.sort_by(|a, b| if same { a.score.total_cmp(&b.score) } else { b.score.total_cmp(&a.score) });
        let hard = |pair: &Scored| {
            let [left, right] = pair.names.clone();
            Hard { score: pair.score, left, right }
        };
        of_kind.into_iter().take(options.hardest).map(hard).collect()
    };
    let of_kind =
        |same: bool| Histogram::of(list.iter().filter(move |pair| pair.same == same).map(|p| p.score));
    Ok(Evaluation {
        v: 1,
        protocol,
        source: scored.source.clone(),
        metrics,
        notes,
        genuine,
        impostors,
        roc: thin.points().collect(),
        genuine_scores: of_kind(true),
        impostor_scores: of_kind(false),
        operating_points: thresholds::operating_points(&curve),
        folds,
        trials: Vec::new(),
        identification: None,
        hardest: Hardest { genuine: hard(true), impostors: hard(false) },
    })
}

/// A note for the figures that rest on few errors.
pub(super) fn fragile(metrics: &[Metric]) -> Option<String> {
    let names: Vec<String> = metrics
        .iter()
        .filter(|metric| metric.definition == Definition::ModelCard || metric.definition == Definition::Lfw)
        .filter(|metric| metric.is_fragile())
        .map(|metric| format!("{} ({})", metric.name, metric.errors.unwrap_or(0)))
        .collect();
    (!names.is_empty())
        .then(|| format!("rests on fewer than {FEW_ERRORS} errors and says little (*): {}", names.join(", ")))
}
