//! BLUFR's `blufr_lfw_config.mat`: `imageList`, `labels`, and for each trial `testIndex`, `galIndex`, `probIndex`.
//!
//! `blufr_lfw_config_readme.txt` describes it. Indices count from 1, into `imageList`; here they count from 0.

use super::lfw_mat::indices;
use super::mat::{self, MatFile, Value};

/// The configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlufrConfig {
    /// File names of the images, without folders.
    pub images: Vec<String>,
    /// The person on each image.
    pub labels: Vec<usize>,
    /// The trials.
    pub trials: Vec<BlufrTrial>,
}

/// The images of a trial, by their place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlufrTrial {
    /// All that are compared.
    pub test: Vec<usize>,
    /// Those that are known.
    pub gallery: Vec<usize>,
    /// Those that are looked for.
    pub probe: Vec<usize>,
}

impl BlufrConfig {
    /// Reads the bytes of the file.
    ///
    /// # Errors
    /// What is wrong, with the variable.
    #[doc(hidden)]
    pub fn parse(bytes: &[u8]) -> Result<BlufrConfig, String> {
        let file = mat::read(bytes, &mat::Limits::default()).map_err(|error| error.to_string())?;
        let Value::Cells(list) = variable(&file, "imageList")? else {
            return Err("imageList is no cell array of names".into());
        };
        let name = |(at, cell): (usize, &Value)| match cell {
            Value::Text(text) => Ok(text.line()),
            other => Err(format!("imageList{{{}}} is {other}, expected a name", at + 1)),
        };
        let images: Vec<String> = list.values.iter().enumerate().map(name).collect::<Result<_, _>>()?;
        let labels = variable(&file, "labels")?;
        let Some((_, labels)) = indices(labels) else {
            return Err(format!("labels is {labels}, expected numbers from 1 on"));
        };
        if images.is_empty() || labels.len() != images.len() {
            return Err(format!("{} labels for {} images", labels.len(), images.len()));
        }
        let [test, gallery, probe] =
            ["testIndex", "galIndex", "probIndex"].map(|name| lists(&file, name, images.len()));
        let (test, gallery, probe) = (test?, gallery?, probe?);
        if test.is_empty() || gallery.len() != test.len() || probe.len() != test.len() {
            return Err(format!(
                "{} trials, {} galleries, {} probe sets",
                test.len(),
                gallery.len(),
                probe.len()
            ));
        }
        let trials = test.into_iter().zip(gallery).zip(probe);
        let trials = trials.map(|((test, gallery), probe)| BlufrTrial { test, gallery, probe }).collect();
        let config = BlufrConfig { images, labels, trials };
        config.trials.iter().enumerate().try_for_each(|(at, trial)| config.check(at, trial))?;
        Ok(config)
    }

    /// A trial must be one that its figures can be computed of.
    fn check(&self, at: usize, trial: &BlufrTrial) -> Result<(), String> {
        let fail = |what: String| Err(format!("trial {}: {what}", at + 1));
        let mut role = vec![0u8; self.images.len()];
        for (list, bit) in [(&trial.test, 1), (&trial.gallery, 2), (&trial.probe, 4)] {
            for image in list {
                if role[*image] & bit != 0 {
                    return fail(format!("image {} is twice in one list", image + 1));
                }
                role[*image] |= bit;
            }
        }
        if let Some(image) = role.iter().position(|role| role & 1 == 0 && *role != 0) {
            return fail(format!("image {} is a gallery or probe image but no test image", image + 1));
        }
        if let Some(image) = role.iter().position(|role| role & 6 == 6) {
            return fail(format!("image {} is both in the gallery and a probe", image + 1));
        }
        Ok(())
    }
}

fn variable<'a>(file: &'a MatFile, name: &str) -> Result<&'a Value, String> {
    file.get(name).ok_or_else(|| format!("there is no variable {name}; {}", file.names()))
}

/// A list of images for each trial.
fn lists(file: &MatFile, name: &str, images: usize) -> Result<Vec<Vec<usize>>, String> {
    let Value::Cells(cells) = variable(file, name)? else { return Err(format!("{name} is no cell array")) };
    let list = |(at, cell): (usize, &Value)| {
        let Some((_, numbers)) = indices(cell) else {
            return Err(format!("{name}{{{}}} is {cell}, expected numbers from 1 on", at + 1));
        };
        match numbers.iter().find(|number| **number > images) {
            Some(number) => Err(format!("{name}{{{}}} names image {number} of {images}", at + 1)),
            None => Ok(numbers.into_iter().map(|number| number - 1).collect()),
        }
    };
    cells.values.iter().enumerate().map(list).collect()
}
