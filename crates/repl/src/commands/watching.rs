//! `train ... watch=`: looking into a network while it is trained.

use super::Given;
use super::cure_names::names;
use crate::{Failure, Session};
use relume_catalog::Choice;
use relume_inspection::{Options, TrainingWatch, WatchEvery};
use relume_training::Every;

/// How often a network is looked into.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Watching {
    /// In each epoch, or never.
    Flag(bool),
    /// In each N-th epoch.
    #[spec(range = 1..=1_000_000_000)]
    Epochs(u64),
    /// "10 epochs" or "100 steps".
    Text(String),
}

/// How often it is, if at all.
///
/// # Errors
/// A text that is neither epochs nor steps.
pub(super) fn every(
    watch: Option<&Watching>,
    given: &Given<'_>,
) -> Result<Option<WatchEvery>, Failure> {
    Ok(match watch {
        None | Some(Watching::Flag(false)) => None,
        Some(Watching::Flag(true)) => Some(WatchEvery::Epochs(1)),
        Some(Watching::Epochs(each)) => Some(WatchEvery::Epochs(*each)),
        Some(Watching::Text(text)) => match text.parse() {
            Ok(Every::Epochs(each)) => Some(WatchEvery::Epochs(each)),
            Ok(Every::Steps(each)) => Some(WatchEvery::Steps(each)),
            _ => {
                let span = given.required("watch")?.span;
                let message = format!("{text:?} is neither epochs nor steps");
                return Err(Failure::at(span, message)
                    .help("watch=true, watch=10 for each tenth epoch, or watch=\"100 steps\""));
            }
        },
    })
}

/// The observer for a training.
///
/// # Errors
/// Names that cannot be read.
pub(super) fn observer(
    session: &mut Session,
    given: &Given<'_>,
    network: Option<String>,
    every: WatchEvery,
) -> Result<TrainingWatch, Failure> {
    let names = names(session, given, network)?;
    Ok(TrainingWatch::new(every, Options { names, ..Options::default() }))
}
