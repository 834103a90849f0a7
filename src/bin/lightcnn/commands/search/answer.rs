//! What `search` prints.

use lightcnn::features::Features;
use lightcnn::search::{Found, Hit, People, Probe};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Everything there is to say.
pub struct Answer<'a> {
    pub gallery: &'a Features,
    pub people: Option<&'a People>,
    pub probes: &'a [Probe],
    /// Of the probes without an error, in their order.
    pub found: &'a Found,
    pub verdict: Verdict,
    pub seconds: f64,
}

/// What decides between somebody and nobody.
#[derive(Clone, Copy)]
pub struct Verdict {
    /// The least cosine of somebody.
    pub threshold: Option<f64>,
    /// The rate of false alarms it was chosen for.
    pub far: Option<f64>,
}

impl Answer<'_> {
    /// Each probe with what was found or why it cannot be looked for.
    fn each(&self) -> impl Iterator<Item = (&Probe, Result<&[Hit], &str>)> {
        let mut found = self.found.hits.iter();
        self.probes.iter().filter_map(move |probe| match &probe.error {
            Some(error) => Some((probe, Err(error.as_str()))),
            None => found.next().map(|hits| (probe, Ok(&hits[..]))),
        })
    }

    fn person(&self, row: usize) -> Option<&str> {
        self.people.map(|people| people.names[people.of_row[row] as usize].as_str())
    }

    /// Who the probe is, if that is asked and the threshold does not say nobody.
    fn identity(&self, hits: &[Hit]) -> Option<&str> {
        let best = hits.first()?;
        self.verdict.threshold.filter(|&least| best.cosine >= least).and_then(|_| self.person(best.row))
    }

    /// A block of lines for each probe: its name, who it is, then rank, cosine, person, row and path of what was found.
    pub fn text(&self, out: &mut impl Write) -> io::Result<()> {
        for (probe, hits) in self.each() {
            let Ok(hits) = hits else { continue };
            match self.verdict.threshold {
                Some(_) => writeln!(out, "{}: {}", probe.name, self.identity(hits).unwrap_or("unknown"))?,
                None => writeln!(out, "{}", probe.name)?,
            }
            for (rank, hit) in (1..).zip(hits) {
                write!(out, "{rank:>4}  {:>9.6}  ", hit.cosine)?;
                if let Some(person) = self.person(hit.row) {
                    write!(out, "{person}  ")?;
                }
                write!(out, "row {}", hit.row)?;
                match self.gallery.name(hit.row) {
                    Some(name) => writeln!(out, "  {name}")?,
                    None => writeln!(out)?,
                }
            }
        }
        if let Some(threshold) = self.verdict.threshold {
            match self.verdict.far {
                Some(far) => {
                    writeln!(
                        out,
                        "threshold {threshold:.6}, which at most {}% of strangers reach",
                        100.0 * far
                    )
                }
                None => writeln!(out, "threshold {threshold:.6}"),
            }?;
        }
        Ok(())
    }

    /// One object.
    pub fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let value = json!({
            "v": 1,
            "gallery": {
                "path": self.gallery.path().to_string_lossy(), "rows": self.gallery.rows(),
                "failed": self.found.left_out.failed.len(), "zero": self.found.left_out.zero,
                "persons": self.people.map(|people| people.names.len()), "contract": self.gallery.contract(),
            },
            "threshold": self.verdict.threshold, "far": self.verdict.far, "seconds": self.seconds,
            "probes": self.each().map(|(probe, hits)| self.probe(probe, hits)).collect::<Vec<_>>(),
        });
        writeln!(out, "{value}")
    }

    fn probe(&self, probe: &Probe, hits: Result<&[Hit], &str>) -> Value {
        let hits = match hits {
            Ok(hits) => hits,
            Err(error) => return json!({ "probe": probe.name, "error": error }),
        };
        let hit = |hit: &Hit| {
            json!({
                "row": hit.row, "path": self.gallery.name(hit.row), "person": self.person(hit.row),
                "cosine": hit.cosine,
            })
        };
        let mut value = json!({ "probe": probe.name, "hits": hits.iter().map(hit).collect::<Vec<_>>() });
        if self.verdict.threshold.is_some() {
            value["person"] = json!(self.identity(hits));
        }
        value
    }
}
