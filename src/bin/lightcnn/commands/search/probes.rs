//! Whom to look for: the features of pictures and of rows of feature files.

use super::super::compare::split_row;
use super::super::extract::landmarks;
use crate::args::search::Search;
use crate::model;
use crate::report::Report;
use anyhow::{Context, bail};
use lightcnn::contract::Contract;
use lightcnn::features::Features;
use lightcnn::image::Face;
use lightcnn::pipeline::FaceReader;
use lightcnn::source::{self, SourceOptions};
use lightcnn::{Model, chain};
use std::path::{Path, PathBuf};

/// What is looked for.
pub struct Probe {
    /// What it is called: a path, or a row of a file.
    pub name: String,
    /// Why it cannot be looked for; its feature is the next of [`Probes::features`] if it can.
    pub error: Option<String>,
}

/// All that is looked for.
#[derive(Default)]
pub struct Probes {
    /// In the order they were named in.
    pub list: Vec<Probe>,
    /// `good probes × width`.
    pub features: Vec<f32>,
}

/// Faces embedded at once.
const BATCH: usize = 32;

impl Probes {
    /// Gathers what `args` names, to be looked for in `gallery`.
    pub fn gather(args: &Search, gallery: &Features, report: &Report) -> anyhow::Result<Probes> {
        let mut probes = Probes::default();
        let mut eye = None;
        for operand in &args.probes {
            let (file, row) = split_row(operand);
            if Features::are_at(&file) {
                probes.rows(&file, row, gallery)?;
                continue;
            }
            // A model is opened only if there is a picture to embed.
            let (model, reader) = match &mut eye {
                Some(eye) => eye,
                none => {
                    let table = landmarks(&args.face, &args.probes)?;
                    let model = model::open(&args.model, report)?;
                    alike(gallery, "pictures", Some(&model.contract(args.face.preprocess, false)))?;
                    let (input, preprocess) = (model.input(), args.face.preprocess);
                    none.insert((model, FaceReader { input, preprocess, landmarks: table }))
                }
            };
            probes.pictures(operand, model, reader)?;
        }
        Ok(probes)
    }

    /// Adds one row of a file of features, or all.
    fn rows(&mut self, file: &Path, row: Option<u64>, gallery: &Features) -> anyhow::Result<()> {
        let features = Features::open(file)?;
        if features.width() != gallery.width() {
            bail!(
                "{} has features of {} values and {} of {}; these cannot be compared",
                gallery.path().display(),
                gallery.width(),
                file.display(),
                features.width()
            );
        }
        alike(gallery, &file.display().to_string(), features.contract())?;
        let rows = match row {
            Some(row) => {
                let row = usize::try_from(row).unwrap_or(usize::MAX);
                row..row.saturating_add(1)
            }
            None => 0..features.rows(),
        };
        for row in rows {
            let name = match features.name(row) {
                Some(name) => format!("{}#{row} ({name})", file.display()),
                None => format!("{}#{row}", file.display()),
            };
            let feature = features.usable(row).map_err(|error| error.to_string());
            self.push(name, feature);
        }
        Ok(())
    }

    /// Adds the pictures that `operand` names.
    fn pictures(&mut self, operand: &Path, model: &mut Model, reader: &FaceReader) -> anyhow::Result<()> {
        let mut batch: Vec<(String, Result<Face, String>)> = Vec::new();
        let mut bytes = Vec::new();
        for item in source::list(&[PathBuf::from(operand)], &SourceOptions::default())? {
            let item = item?;
            let face = reader.read(&item, &mut bytes).map_err(|error| chain(&error));
            batch.push((source::escape(&item.key), face));
            if batch.len() == BATCH {
                self.embed(&mut batch, model)?;
            }
        }
        self.embed(&mut batch, model)
    }

    fn embed(
        &mut self,
        batch: &mut Vec<(String, Result<Face, String>)>,
        model: &mut Model,
    ) -> anyhow::Result<()> {
        let (mut names, mut faces) = (Vec::new(), Vec::new());
        for (name, face) in batch.drain(..) {
            names.push((name, face.map(|face| faces.push(face))));
        }
        if faces.is_empty() {
            names.into_iter().for_each(|(name, outcome)| self.push(name, outcome.map(|()| &[][..])));
            return Ok(());
        }
        let features = model.embed(&faces)?;
        let mut rows = features.outer_iter();
        for (name, outcome) in names {
            match outcome {
                Err(reason) => self.push(name, Err(reason)),
                Ok(()) => {
                    let row = rows.next().context("a feature is missing")?.to_vec();
                    let zero = row.iter().all(|&value| value == 0.0);
                    self.push(name, if zero { Err("its feature is all zero".into()) } else { Ok(&row) });
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, name: String, feature: Result<&[f32], String>) {
        let error = match feature {
            Ok(feature) => {
                self.features.extend_from_slice(feature);
                None
            }
            Err(reason) => Some(reason),
        };
        self.list.push(Probe { name, error });
    }
}

/// Refuses features that were not made as those of the gallery.
fn alike(gallery: &Features, probes: &str, contract: Option<&Contract>) -> anyhow::Result<()> {
    let path = gallery.path().display();
    match (gallery.contract(), contract) {
        (Some(left), Some(right)) => {
            let conflicts: Vec<String> = left.conflicts(right).iter().map(ToString::to_string).collect();
            if !conflicts.is_empty() {
                bail!(
                    "{path} and {probes} were not made alike and cannot be compared\n  {}",
                    conflicts.join("\n  ")
                );
            }
            Ok(())
        }
        // Both are somebody else's, who knows what made them.
        (None, None) => Ok(()),
        (None, Some(_)) => {
            bail!("nothing says how the features of {path} were made; {probes} cannot be compared with them")
        }
        (Some(_), None) => {
            bail!("nothing says how the features of {probes} were made; they cannot be compared with {path}")
        }
    }
}
