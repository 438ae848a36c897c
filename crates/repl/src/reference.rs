//! The reference, made from the tables: a page for each kind, and an index of all names.

use crate::tables;
use relume_catalog::{Kind, reference_section, sentence};
use std::fmt::Write;

/// A page of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferencePage {
    /// The file's name: `layers.md`.
    pub file: String,
    /// The page, in Markdown.
    pub text: String,
}

/// The pages of docs/reference: the index, and one for each kind.
pub fn reference_pages() -> Vec<ReferencePage> {
    let index = ReferencePage { file: "README.md".to_string(), text: index() };
    std::iter::once(index).chain(Kind::ALL.into_iter().map(page)).collect()
}

/// All of the reference on one page.
pub fn reference_page() -> String {
    let mut text = format!("# Reference\n\n{INTRODUCTION}\n");
    for kind in Kind::ALL {
        text += &format!("\n## {}\n", kind.heading());
        text += &sections(kind);
    }
    text
}

const INTRODUCTION: &str = "Everything that the command language knows. These pages are made from the tables that the \
    program itself reads:\n\
                            `relume --reference docs/reference` writes them; `help NAME` shows the same at the prompt.";

fn index() -> String {
    let mut text = format!("# Reference\n\n{INTRODUCTION}\n");
    for kind in Kind::ALL {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n## [{}]({})\n\n", kind.heading(), file(kind));
        for entry in tables::entries(kind) {
            let link = format!("{}#{}", file(kind), entry.name);
            let _ = writeln!(text, "- [`{}`]({link}): {}", entry.name, sentence(entry.summary));
        }
    }
    text
}

fn page(kind: Kind) -> ReferencePage {
    let text = format!("# {}\n\n[All names](README.md)\n{}", kind.heading(), sections(kind));
    ReferencePage { file: file(kind), text }
}

fn sections(kind: Kind) -> String {
    tables::entries(kind).iter().map(|entry| format!("\n{}", reference_section(entry))).collect()
}

fn file(kind: Kind) -> String {
    format!("{}.md", kind.heading().to_lowercase().replace(' ', "_"))
}
