//! The page.

use super::super::table::{self, PROTOCOLS};
use super::figure::Figure;
use super::pictures;
use crate::plot::escape;
use lightcnn::eval::{Evaluation, Hard, Metric};
use lightcnn::models::PublishedModel;
use std::fmt::Write;
use std::path::PathBuf;

const STYLE: &str = include_str!("page.css");

/// Hardest pairs of each kind that are shown.
const PAIRS: usize = 12;

/// The whole page, and how many pictures were not found. `found` is not empty.
pub fn html(
    found: &[Evaluation],
    labels: &[String],
    card: Option<&PublishedModel>,
    figures: &[Figure],
    folders: &[PathBuf],
) -> (String, usize) {
    let mut page = Page { text: String::new(), missing: 0 };
    let (title, lead) = (title(found), table::scope(&found[0]));
    page.add(format_args!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p class=\"lead\">{}.</p>",
        escape(&lead)
    ));
    page.metrics(found, card);
    page.notes(found, labels);
    page.figures(figures);
    page.hardest(found, labels, folders);
    page.sources(found, labels);
    page.add(format_args!(
        "<footer>lightcnn {}. Definitions and their sources: docs/figures.md. Each figure is also a file beside this page.\
         </footer>\n</body>\n</html>",
        env!("CARGO_PKG_VERSION")
    ));
    (page.text, page.missing)
}

fn title(found: &[Evaluation]) -> String {
    let protocol = PROTOCOLS.iter().find(|(protocol, _)| *protocol == found[0].protocol);
    format!("Face verification: {}", protocol.map_or("", |(_, name)| name))
}

/// A page in the making.
struct Page {
    text: String,
    /// Pictures that were not found.
    missing: usize,
}

impl Page {
    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{element}");
    }

    fn metrics(&mut self, found: &[Evaluation], card: Option<&PublishedModel>) {
        self.add(format_args!("<h2>Figures of merit</h2>\n<div class=\"wide\"><table>"));
        for (at, line) in table::lines(found, card).iter().enumerate() {
            let (open, cell, close) = if at == 0 { ("<thead>", "th", "</thead>") } else { ("", "td", "") };
            let cells: String =
                line.iter().map(|text| format!("<{cell}>{}</{cell}>", escape(text))).collect();
            self.add(format_args!("{open}<tr>{cells}</tr>{close}"));
        }
        self.add(format_args!("</table></div>"));
        if found.iter().flat_map(|one| &one.metrics).any(Metric::is_fragile) {
            self.add(format_args!("<p class=\"foot\">* Rests on fewer than ten errors.</p>"));
        }
    }

    fn notes(&mut self, found: &[Evaluation], labels: &[String]) {
        let of_one = |(one, label): (&Evaluation, &String)| -> Vec<String> {
            let of = if found.len() > 1 { format!("<b>{}</b>: ", escape(label)) } else { String::new() };
            one.notes.iter().map(|note| format!("<li>{of}{}</li>", escape(note))).collect()
        };
        let mut notes: Vec<String> = found.iter().zip(labels).flat_map(of_one).collect();
        let conflicts = table::conflicts(found);
        notes.extend(
            conflicts.iter().map(|conflict| format!("<li>not made alike: {}</li>", escape(conflict))),
        );
        if !notes.is_empty() {
            self.add(format_args!("<h2>Notes</h2>\n<ul class=\"notes\">{}</ul>", notes.concat()));
        }
    }

    fn figures(&mut self, figures: &[Figure]) {
        self.add(format_args!("<h2>Curves</h2>\n<div class=\"figures\">"));
        for (number, figure) in (1..).zip(figures) {
            self.add(format_args!(
                "<figure>\n{}<figcaption><b>Figure {number}.</b> {}</figcaption>\n</figure>",
                figure.svg,
                escape(&figure.caption)
            ));
        }
        self.add(format_args!("</div>"));
    }

    fn hardest(&mut self, found: &[Evaluation], labels: &[String], folders: &[PathBuf]) {
        for (one, label) in found.iter().zip(labels) {
            let kinds = [
                ("one person", "lowest", &one.hardest.genuine),
                ("two persons", "highest", &one.hardest.impostors),
            ];
            for (kind, end, pairs) in kinds.into_iter().filter(|(.., pairs)| !pairs.is_empty()) {
                let of = if found.len() > 1 { format!(", {}", escape(label)) } else { String::new() };
                self.add(format_args!("<h2>Hardest pairs of {kind}{of}</h2>"));
                let count = pairs.len().min(PAIRS);
                self.add(format_args!(
                    "<p class=\"lead\">The {count} with the {end} scores.</p>\n<div class=\"pairs\">"
                ));
                for pair in &pairs[..count] {
                    self.pair(pair, folders);
                }
                self.add(format_args!("</div>"));
            }
        }
    }

    fn pair(&mut self, pair: &Hard, folders: &[PathBuf]) {
        let mut face = |name: &str| match pictures::find(name, folders) {
            Some(data) => format!("<img src=\"{data}\" alt=\"{}\">", escape(name)),
            None => {
                self.missing += 1;
                "<div class=\"none\">no picture at hand</div>".to_string()
            }
        };
        let (left, right) = (face(&pair.left), face(&pair.right));
        self.add(format_args!(
            "<div class=\"pair\"><div class=\"faces\">{left}{right}</div><b>{:.4}</b><br>{}<br>{}</div>",
            pair.score,
            escape(&pair.left),
            escape(&pair.right)
        ));
    }

    /// What was evaluated.
    fn sources(&mut self, found: &[Evaluation], labels: &[String]) {
        self.add(format_args!(
            "<h2>Features</h2>\n<div class=\"wide\"><table class=\"plain\"><thead><tr><th>features</th><th>rows</th>\
             <th>made by</th></tr></thead>"
        ));
        for (one, label) in found.iter().zip(labels) {
            let made = match &one.source.contract {
                None => "not known".to_string(),
                Some(contract) => {
                    // A struct of strings and a bool always has a JSON form.
                    let fields = serde_json::to_value(contract).unwrap_or_default();
                    let fields = fields.as_object().into_iter().flatten();
                    let text = |(key, value): (&String, &serde_json::Value)| match value.as_str() {
                        Some(text) => format!("{key} {text}"),
                        None => format!("{key} {value}"),
                    };
                    escape(&fields.map(text).collect::<Vec<_>>().join(", "))
                }
            };
            let rows = match one.source.width {
                0 => "scores only".to_string(),
                width => format!("{} × {width}", one.source.rows),
            };
            self.add(format_args!(
                "<tr><td>{}</td><td>{rows}</td><td><code>{made}</code></td></tr>",
                escape(label)
            ));
        }
        self.add(format_args!("</table></div>"));
    }
}
