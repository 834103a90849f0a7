//! A page of Markdown: its blocks of code, its headings, its links, and the code in its sentences.

use std::path::{Path, PathBuf};

/// A page.
pub struct Page {
    /// Where it is.
    pub path: PathBuf,
    /// Its blocks of code, in order.
    pub blocks: Vec<Block>,
    /// What a link to each heading ends with, after the `#`.
    pub anchors: Vec<String>,
    /// Where its links lead, as written.
    pub links: Vec<String>,
    /// The code in its sentences, between backticks.
    pub code: Vec<String>,
}

/// A block of code between two fences.
pub struct Block {
    /// Its first line in the page, counted from 1.
    pub line: usize,
    /// What stands behind the opening fence: the language, and words behind it, parted by commas.
    pub info: String,
    /// What is in it, line by line.
    pub lines: Vec<String>,
    /// Whether only empty lines stand between it and the block before.
    pub follows: bool,
}

impl Page {
    /// Reads the page at `path`.
    #[track_caller]
    pub fn read(path: &Path) -> Page {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (mut blocks, mut anchors, mut prose) = (Vec::<Block>::new(), Vec::new(), String::new());
        let (mut open, mut follows) = (None::<Block>, false);
        for (number, line) in text.lines().enumerate() {
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(info)) => {
                    open = Some(Block { line: number + 2, info: info.into(), lines: Vec::new(), follows });
                }
                (Some(_), Some("")) => {
                    blocks.extend(open.take());
                    follows = true;
                }
                (Some(block), _) => block.lines.push(line.to_owned()),
                (None, None) => {
                    let heading = line.trim_start_matches('#');
                    if heading.len() < line.len() && heading.starts_with(' ') {
                        anchors.push(anchor(heading.trim()));
                    }
                    follows &= line.trim().is_empty();
                    prose.push_str(line);
                    prose.push('\n');
                }
            }
        }
        assert!(open.is_none(), "{}: the last block of code has no end", path.display());
        let (sentences, code) = without_code(&prose);
        let links = sentences.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned());
        Page { path: path.to_owned(), blocks, anchors, links: links.collect(), code }
    }

    /// The block that shows what `block` prints: the next one, if it is text and nothing stands between.
    pub fn output_of(&self, block: &Block) -> Option<&Block> {
        let at = self.blocks.iter().position(|other| other.line == block.line)?;
        self.blocks.get(at + 1).filter(|next| next.follows && next.info == "text")
    }

    /// Where `block` is, for messages.
    pub fn place(&self, block: &Block) -> String {
        format!("{}:{}", self.path.display(), block.line)
    }
}

impl Block {
    /// Whether it is shell.
    pub fn is_shell(&self) -> bool {
        self.info.split(',').next() == Some("sh")
    }

    /// What it needs that a test does not have; none if it is run.
    pub fn needs(&self) -> Option<&str> {
        self.info.split_once(',').map(|(_, needs)| needs)
    }
}

/// What GitHub and mdBook make of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

/// The sentences without the code in them, and the code.
fn without_code(prose: &str) -> (String, Vec<String>) {
    let parts: Vec<&str> = prose.split('`').collect();
    assert!(parts.len() % 2 == 1, "a backtick is missing in: {prose}");
    let code = parts.iter().skip(1).step_by(2).map(|part| part.replace('\n', " "));
    (parts.iter().step_by(2).copied().collect(), code.collect())
}
