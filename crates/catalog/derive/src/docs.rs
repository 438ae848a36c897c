//! Doc comments as help: the first paragraph is the summary, the others are details, a fenced `relume` block is the
//! example.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The content of a doc comment.
#[derive(Default)]
pub struct Docs {
    /// The part before the first heading.
    pub main: Section,
    /// The parts under each heading.
    pub sections: Vec<(String, Section)>,
}

/// The paragraphs and the example of a part of a doc comment.
#[derive(Clone, Default)]
pub struct Section {
    pub paragraphs: Vec<String>,
    pub example: String,
}

impl Docs {
    pub fn of(attributes: &[Attribute]) -> Self {
        let text: Vec<String> = attributes.iter().filter_map(line).collect();
        let text = text.join("\n");
        // Lines of `//! ` and `/// ` begin with a space; those of a raw attribute need not.
        Docs::parse(text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)))
    }

    fn parse<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut reader = Reader::default();
        lines.for_each(|line| reader.take(line));
        reader.end_paragraph();
        reader.docs
    }

    /// The first paragraph without its full stop.
    pub fn summary(&self) -> String {
        let first = self.main.paragraphs.first().map_or("", String::as_str);
        first.strip_suffix('.').unwrap_or(first).to_string()
    }

    /// The summary as the help line of an argument, in lower case at the beginning unless the first word has other
    /// capitals.
    pub fn help(&self) -> String {
        let summary = self.summary();
        let word: Vec<char> = summary.chars().take_while(|c| c.is_alphanumeric()).collect();
        match &word[..] {
            [first, rest @ ..] if rest.iter().all(|c| c.is_lowercase()) => {
                first.to_lowercase().chain(summary.chars().skip(1)).collect()
            }
            _ => summary,
        }
    }

    /// The part under a heading.
    pub fn section(&self, heading: &str) -> Section {
        let found = self.sections.iter().find(|(own, _)| own == heading);
        found.map_or_else(Section::default, |(_, section)| section.clone())
    }
}

/// The text of a line of a doc comment.
fn line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Cuts lines into paragraphs.
#[derive(Default)]
struct Reader {
    docs: Docs,
    paragraph: String,
    /// The language of the fenced block around the lines.
    fence: Option<String>,
}

impl Reader {
    fn section(&mut self) -> &mut Section {
        match self.docs.sections.last_mut() {
            Some((_, section)) => section,
            None => &mut self.docs.main,
        }
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        if !paragraph.is_empty() {
            self.section().paragraphs.push(paragraph);
        }
    }

    fn take(&mut self, line: &str) {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            return self.fence(language.trim(), line);
        }
        match &self.fence {
            Some(language) if language == "relume" => {
                let example = &mut self.section().example;
                if !example.is_empty() {
                    example.push('\n');
                }
                example.push_str(line);
            }
            Some(_) => self.push_line(line),
            None => self.text(line),
        }
    }

    fn fence(&mut self, language: &str, line: &str) {
        let is_example = self.fence.as_deref().unwrap_or(language) == "relume";
        match self.fence.take() {
            Some(_) if is_example => {}
            Some(_) => {
                self.push_line(line);
                self.end_paragraph();
            }
            None => {
                self.end_paragraph();
                if !is_example {
                    self.paragraph.push_str(line);
                }
                self.fence = Some(language.to_string());
            }
        }
    }

    fn text(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(heading) = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')) {
            self.end_paragraph();
            self.docs.sections.push((heading.trim().to_string(), Section::default()));
        } else if line.is_empty() {
            self.end_paragraph();
        } else if is_own_line(line) {
            self.push_line(line);
        } else {
            if !self.paragraph.is_empty() {
                self.paragraph.push(' ');
            }
            self.paragraph.push_str(line.trim_start());
        }
    }

    fn push_line(&mut self, line: &str) {
        if !self.paragraph.is_empty() {
            self.paragraph.push('\n');
        }
        self.paragraph.push_str(line);
    }
}

/// Whether a line is not joined to the one before: an item of a list, a row of a table, or code.
fn is_own_line(line: &str) -> bool {
    let starts = ["- ", "* ", "| ", "> ", "    "];
    let number = line.split_once(". ").map(|(number, _)| number);
    starts.iter().any(|start| line.starts_with(start))
        || number.is_some_and(|number| {
            !number.is_empty() && number.len() < 3 && number.bytes().all(|b| b.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined_and_lists_and_examples_keep_their_lines() {
        let text = "X times\nits tanh.\n\nFirst line\nsecond.\n- one\n- \
            two\n\n```relume\na\nb\n```\n```text\nkept\n```\n# conv2d\nOwn.\n```relume\nc\n```\n# In Rust\nmore";
        let docs = Docs::parse(text.lines());
        assert_eq!(docs.summary(), "X times its tanh");
        assert_eq!(
            docs.main.paragraphs[1..],
            ["First line second.\n- one\n- two", "```text\nkept\n```"]
        );
        assert_eq!(docs.main.example, "a\nb");
        assert_eq!(docs.section("conv2d").paragraphs, ["Own."]);
        assert_eq!(docs.section("conv2d").example, "c");
    }

    #[test]
    fn help_begins_in_lower_case_unless_the_first_word_has_capitals_of_its_own() {
        for (doc, help) in [
            ("Features of the state.", "features of the state"),
            ("A class.", "a class"),
            ("ReLU's slope.", "ReLU's slope"),
            ("\"same\" keeps the size", "\"same\" keeps the size"),
            ("1, or the number of channels.", "1, or the number of channels"),
        ] {
            assert_eq!(Docs::parse(doc.lines()).help(), help);
        }
    }
}
