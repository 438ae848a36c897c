//! `report`.

use super::cure_names::names;
use super::own_file::{FileForm, FileForms, OwnFile};
use super::train::data;
use super::{Command, Expression, Given};
use crate::progress::Waiting;
use crate::{Failure, Session};
use relume_catalog::{Spec, count_text, counted};
use relume_report::{MARK, Page, Report as Written, Section, WrittenSection};
use relume_tensor::interrupt::cancellable;
use relume_training::TrainError;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Writes a page about a network on its data: one HTML file that opens in any browser, without a network connection.
///
/// It has a drawing of the network, the data with what `lint` finds, the curves of the training, the results on the
/// test part (the confusion matrix and the calibration of classes, predicted against true numbers), the hardest
/// samples, what `inspect` sees at every stage, explanations of some answers, and the statements that make it again.
/// What a section cannot show is said in its place. The page is smaller than 1 MiB, loads nothing from elsewhere, and
/// has the same bytes for the same network and data. Neither of these is changed.
///
/// ```relume
/// mlp = dense(16) -> relu -> dense(10)
/// train mlp on digits epochs=2
/// report mlp on digits to "digits.html" explain=3
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Report {
    /// The network.
    pub network: Expression,
    /// The data set.
    pub on: Expression,
    /// The file for the page, which ends in .html; an earlier report is replaced.
    pub to: String,
    /// The most samples that pass through the network for the results, evenly spread over the part.
    #[spec(default = 10_000, range = 1..=1_000_000)]
    pub samples: usize,
    /// How many samples are explained.
    #[spec(default = 6, range = 0..=12)]
    pub explain: usize,
    /// The sections of the page, such as ["network", "curves"]; all by default.
    pub sections: Option<Vec<Section>>,
    /// Sections that are left out.
    pub without: Option<Vec<Section>>,
}

static REPORT: FileForms = FileForms {
    what: "a report",
    forms: &[FileForm {
        ending: ".html",
        other_ending: Some(".htm"),
        holds: "report",
        is_own: |head| head.starts_with(MARK.as_bytes()),
    }],
    help: None,
};

impl Command for Report {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Report = given.checked(session)?;
        let file = OwnFile::of(given, &words.to, &REPORT)?;
        let page = page(session, given, &words)?;
        file.write(&page.html)?;
        let bytes = page.html.len();
        let told =
            page.sections.iter().filter_map(|own| Some((own.section, own.left_out.as_ref()?)));
        for (section, reason) in told {
            session.output.remark(&format!("{} shows nothing: {reason}", section.name()));
        }
        let section = |own: &WrittenSection| json!({ "section": own.section.name(), "left_out": own.left_out });
        let sections: Vec<Json> = page.sections.iter().map(section).collect();
        let text = format!(
            "the report is written to {}: {}, {} KiB",
            words.to,
            counted(sections.len(), "section"),
            count_text(bytes.div_ceil(1024))
        );
        session.output.result(
            &text,
            || json!({ "type": "report", "schema": 1, "report": words.to, "bytes": bytes, "sections": sections }),
        );
        Ok(())
    }
}

/// The page, whose making can be stopped.
fn page(session: &mut Session, given: &Given<'_>, words: &Report) -> Result<Page, Failure> {
    let (name, model) = given.network(session, "network")?;
    let data = data(session, given)?;
    let on = given.required("on")?.span;
    // Says what is done to the samples, once.
    let prepared = session.data_for(&model, &data, on)?;
    let facts = session.facts_of(&prepared, on)?;
    let mut statements = session.changing_statements();
    statements.push(statement(session, given, words));
    let mut report = Written::new(&model, &data)
        .named(names(session, given, name)?)
        .knowing(facts)
        .samples(words.samples)
        .explaining(words.explain)
        .made_by(statements);
    if let Some(sections) = &words.sections {
        report = report.only(sections);
    }
    for &section in words.without.iter().flatten() {
        report = report.without(section);
    }
    let waiting = Waiting::new(&session.output, session.interrupt());
    let begins = |section: Section| waiting.look(|| format!("report: {}", section.name()));
    let made = cancellable(&session.interrupt(), || report.html(&begins));
    drop(waiting);
    match made.unwrap_or(Err(TrainError::Interrupted)) {
        Ok(page) => Ok(page),
        Err(TrainError::Interrupted) => {
            session.acknowledge_interrupt("the report was interrupted; nothing is written");
            Err(Failure::interrupted(given.span, "it was interrupted"))
        }
        Err(error) => {
            let span = given.required("network")?.span;
            Err(Failure::training(&error, span, Some(model.spec())))
        }
    }
}

/// The statement that writes the report, with the name of the file alone: its folder is of no use elsewhere.
fn statement(session: &Session, given: &Given<'_>, words: &Report) -> String {
    let text = |name: &str| {
        let span = given.expr(name)?.span;
        session.text.text.get(span.start..span.end)
    };
    let file = Path::new(&words.to).file_name().map(|own| own.to_string_lossy().into_owned());
    let mut statement = format!(
        "report {} on {} to={:?}",
        text("network").unwrap_or("net"),
        text("on").unwrap_or("data"),
        file.unwrap_or_default()
    );
    for name in ["samples", "explain", "sections", "without"] {
        if let Some(own) = text(name) {
            statement += &format!(" {name}={own}");
        }
    }
    statement
}
