//! The page: its head, its sections, and its limit.

use crate::context::{Context, LeftOut, Written};
use crate::html::{NAME, cut, escaped, metric_text, percent, short};
use crate::{Section, curves, data, explanations, hardest, inside, network, results, statements};
use relume_catalog::{count_text, counted};
use relume_training::TrainError;

/// A page is always smaller than this: 1 MiB.
pub const LARGEST: usize = 1 << 20;
/// How a page begins: by it a report is known again.
pub const MARK: &str = "<!DOCTYPE html>\n<!-- A report of relume -->\n";
/// What the end of the page takes at most.
const END: usize = 32 << 10;
/// What a browser may load for the page: nothing.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
/// The lines of the style and of the hovering.
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("hover.js");

/// A report as a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page.
    pub html: String,
    /// Its sections, in their order.
    pub sections: Vec<WrittenSection>,
}

/// A section of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenSection {
    /// Which one.
    pub section: Section,
    /// Why it shows nothing, if it does not.
    pub left_out: Option<String>,
}

impl Page {
    pub(crate) fn of(context: &Context<'_>, begins: &dyn Fn(Section)) -> Result<Self, TrainError> {
        let mut html = head(context);
        let mut sections = Vec::new();
        for &section in &context.report.sections {
            begins(section);
            let mut left_out = None;
            let mut content = match written(section, context) {
                Ok(content) => content,
                Err(LeftOut::Failed(TrainError::Interrupted)) => {
                    return Err(TrainError::Interrupted);
                }
                Err(LeftOut::Failed(error)) => left(&mut left_out, error.to_string()),
                Err(LeftOut::Because(reason)) => left(&mut left_out, reason),
            };
            if html.len() + content.len() + END > LARGEST {
                let reason = "It would have made the page larger than 1 MiB.";
                content = left(&mut left_out, reason.to_string());
            }
            let (name, title) = (section.name(), section.title());
            html += &format!(
                "<section id=\"{name}\" aria-labelledby=\"{name}-title\">\n<h2 id=\"{name}-title\">{title}</h2>\n\
                 {content}</section>\n"
            );
            sections.push(WrittenSection { section, left_out });
        }
        html += &format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
        Ok(Page { html, sections })
    }
}

/// The sentence in the place of a section.
fn left(left_out: &mut Option<String>, reason: String) -> String {
    let html = format!("<p class=\"left-out\">{}</p>\n", escaped(&cut(&reason, 600)));
    *left_out = Some(reason);
    html
}

fn written(section: Section, context: &Context<'_>) -> Written {
    match section {
        Section::Network => network::network(context),
        Section::Data => data::data(context),
        Section::Curves => curves::curves(context),
        Section::Results => results::results(context),
        Section::Hardest => hardest::hardest(context),
        Section::Inspect => inside::inside(context),
        Section::Explain => explanations::explanations(context),
        Section::Statements => statements::statements(context),
    }
}

/// Everything before the first section: style, title, figures, contents.
fn head(context: &Context<'_>) -> String {
    let names = &context.report.names;
    let network = escaped(&cut(names.network.as_deref().unwrap_or("a network"), NAME));
    let data = escaped(&cut(names.data.as_deref().unwrap_or(context.report.data.name()), NAME));
    let links: Vec<String> = context
        .report
        .sections
        .iter()
        .map(|own| format!("<a href=\"#{}\">{}</a>", own.name(), own.title()))
        .collect();
    format!(
        "{MARK}<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"generator\" content=\"relume {}\">\n\
         <title>{network} on {data}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <p class=\"kind\">relume report</p>\n<h1>{network} <span>on</span> {data}</h1>\n{}\
         <nav aria-label=\"Contents\">{}</nav>\n</header>\n<main>\n",
        env!("CARGO_PKG_VERSION"),
        tiles(context),
        links.join(" ")
    )
}

/// The most important figures.
fn tiles(context: &Context<'_>) -> String {
    let mut all: Vec<(String, String, String)> = Vec::new();
    let part = context.part;
    if let Some(Ok(found)) = &context.evaluation {
        let constant = found.constant.as_ref();
        let beside = |text: String| format!("best constant {text}");
        let metric = constant.map(|own| beside(metric_text(found.metric, own.metric)));
        let value = metric_text(found.metric, found.metric_value.into());
        all.push((
            format!("{part} {}", found.metric.replace('_', " ")),
            value,
            metric.unwrap_or_default(),
        ));
        let loss = constant.map(|own| beside(short(own.loss)));
        all.push((format!("{part} loss"), short(found.loss.into()), loss.unwrap_or_default()));
    }
    if let Some(network) = context.model.network() {
        let (count, trained) = (network.parameters().count(), network.parameters().trained_count());
        let share = percent(trained as f64 / count.max(1) as f64);
        let note = if trained == count { String::new() } else { format!("{share} are trained") };
        all.push(("parameters".to_string(), count_text(count), note));
    }
    let epochs = context.model.run().epoch;
    let state = match (epochs, context.is_trained()) {
        (0, false) => ("not trained".to_string(), String::new()),
        (0, true) => ("trained elsewhere".to_string(), String::new()),
        (count, _) => {
            (count_text(count as usize), counted(context.model.run().step as usize, "step"))
        }
    };
    all.push(("epochs".to_string(), state.0, state.1));
    let data = context.report.data;
    let train = format!("{} to train on", count_text(data.train().len()));
    all.push(("samples".to_string(), count_text(data.len()), train));
    let tile = |(name, value, note): &(String, String, String)| {
        format!(
            "<div><dt>{}</dt><dd>{}</dd><dd class=\"muted\">{}</dd></div>",
            escaped(name),
            escaped(value),
            escaped(note)
        )
    };
    format!("<dl class=\"tiles\">{}</dl>\n", all.iter().map(tile).collect::<Vec<_>>().join(""))
}
