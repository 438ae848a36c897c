//! `profile`.

use super::own_file::{FileForm, FileForms, OwnFile};
use super::train::data;
use super::{Command, Expression, Given};
use crate::json::exact;
use crate::profiled::text;
use crate::{Failure, Session};
use relume_catalog::Spec;
use relume_inspection::{ProfileOptions, profile};
use serde_json::json;

/// Measures where the time and the memory of training go, stage by stage.
///
/// Some steps are made on a clone, by the plan of the network's last training, or that of its next one: the medians of
/// 20 steps after three. `multiply-adds` are those of the forward pass, and GFLOP/s counts two operations for each.
/// Memory is what stays until the backward pass. Stages are measured one by one; in training some run together, so that
/// a whole step, which is measured without any of it, may take less. The network stays as it is.
///
/// ```relume
/// mlp = dense(32) -> relu -> dense(10)
/// profile mlp on digits
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Profile {
    /// The network.
    pub network: Expression,
    /// The data set, of whose train part steps are made.
    pub on: Expression,
    /// Samples in a batch; those of the plan by default.
    #[spec(positive)]
    pub batch: Option<usize>,
    /// How many steps are measured.
    #[spec(default = 20, range = 1..=10_000)]
    pub steps: usize,
    /// A file for the trace, which ends in .json: Chrome's trace format, which Perfetto opens.
    pub to: Option<String>,
}

static TRACE: FileForms = FileForms {
    what: "a trace",
    forms: &[FileForm {
        ending: ".json",
        other_ending: None,
        holds: "trace",
        is_own: |head| head.starts_with(b"{\"traceEvents\""),
    }],
    help: None,
};

impl Command for Profile {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Profile { batch, steps, to, .. } = given.checked(session)?;
        let file = to.as_deref().map(|path| OwnFile::of(given, path, &TRACE)).transpose()?;
        let (_, model) = given.network(session, "network")?;
        let data = data(session, given)?;
        let on = given.required("on")?.span;
        let part = session.part_for(&model, &data.train(), on)?;
        let span = given.required("network")?.span;
        let measured = profile(&model, &part, &ProfileOptions { batch, steps })
            .map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
        if let Some(file) = file {
            let trace = measured.trace().to_string();
            return file.save(session, &trace, "trace", "the trace of a step is written");
        }
        let shown = exact(&measured);
        session.output.result(
            &text(&measured),
            || json!({ "type": "profile", "schema": 1, "profile": shown }),
        );
        Ok(())
    }
}
