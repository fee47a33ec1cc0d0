//! Reads the Markdown files of the project.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;

/// A Markdown file.
pub(crate) struct Document {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// The lines outside of blocks, each with its number.
    pub(crate) prose: Vec<(usize, String)>,
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
pub(crate) struct Block {
    /// The number of the line with the opening fence.
    pub(crate) line: usize,
    /// The text after the opening fence.
    pub(crate) info: String,
    /// The lines of the block, without the indentation of the fence.
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    local::find_template().parent().unwrap().to_owned()
}

/// Reads all Markdown files of the project.
pub(crate) fn documents() -> Vec<Document> {
    let mut paths = Vec::new();
    find(&root(), &mut paths);
    assert!(paths.len() > 10, "{paths:?}");
    paths.into_iter().map(Document::read).collect()
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "target" | "node_modules" | ".git" | ".aws-sam") {
            find(&path, paths);
        } else if name.ends_with(".md") {
            paths.push(path);
        }
    }
}

impl Document {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let mut document = Self { path, text: text.clone(), prose: Vec::new(), blocks: Vec::new() };
        let mut open: Option<(Block, usize)> = None;
        for (index, line) in text.lines().enumerate() {
            let unindented = line.trim_start();
            match (&mut open, unindented.strip_prefix("```")) {
                (None, Some(info)) => {
                    let block = Block { line: index + 1, info: info.trim().to_owned(), text: String::new() };
                    open = Some((block, line.len() - unindented.len()));
                }
                (None, None) => document.prose.push((index + 1, line.to_owned())),
                (Some(_), Some(_)) => document.blocks.extend(open.take().map(|(block, _)| block)),
                (Some((block, indentation)), None) => {
                    block.text += line.get(*indentation..).unwrap_or_default();
                    block.text.push('\n');
                }
            }
        }
        assert!(open.is_none(), "{}: a block does not end", document.name());
        document
    }

    /// The path from the root of the project.
    pub(crate) fn name(&self) -> String {
        self.path.strip_prefix(root()).unwrap().display().to_string()
    }

    /// The code between single backticks, each with the number of its line.
    pub(crate) fn inline_code(&self) -> Vec<(usize, String)> {
        let code = Regex::new("`([^`]+)`").unwrap();
        let of_line = |(number, line): &(usize, String)| {
            code.captures_iter(line).map(|found| (*number, found[1].to_owned())).collect::<Vec<_>>()
        };
        self.prose.iter().flat_map(of_line).collect()
    }

    /// The anchors of the headings, as GitHub makes them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let headings = self.prose.iter().filter_map(|(_, line)| {
            let heading = line.trim_start_matches('#');
            (heading.len() < line.len()).then(|| heading.strip_prefix(' ')).flatten()
        });
        headings
            .map(|heading| {
                let kept = heading.trim().to_lowercase();
                let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                let anchor = kept.collect::<String>().replace(' ', "-");
                let repeats = seen.entry(anchor.clone()).or_default();
                *repeats += 1;
                if *repeats == 1 { anchor } else { format!("{anchor}-{}", *repeats - 1) }
            })
            .collect()
    }
}
