//! What a training leaves beside the network: a folder with its run, and events for TensorBoard.

use super::Given;
use super::train::Train;
use crate::sessions::KeptRuns;
use crate::syntax::{Span, Word};
use crate::{Failure, Session};
use relume_datasets::Dataset;
use relume_tensorboard::{Board, BoardOptions, Ending};
use relume_training::runs::{RunOptions, RunStatus, RunWriter, run_name};
use relume_training::{CheckpointWriter, Model, Observer, Outcome, Plan, RunStart, TrainError};
use std::path::PathBuf;

/// The observers that keep a training.
#[derive(Default)]
pub(super) struct TrainRecords {
    run: Option<RunWriter>,
    board: Option<Board>,
}

/// A training that is to be kept.
pub(super) struct Kept<'a> {
    pub name: Option<&'a str>,
    pub model: &'a Model,
    pub data: &'a Dataset,
    pub plan: &'a Plan,
    /// What writes the run of `checkpoint=`, which knows what it begins with.
    pub writer: Option<&'a CheckpointWriter>,
}

impl TrainRecords {
    /// What the settings and the words of a command want to be kept.
    ///
    /// # Errors
    /// A sandbox; data that cannot be read.
    pub fn of(
        session: &Session,
        given: &Given<'_>,
        train: &Train,
        kept: &Kept<'_>,
    ) -> Result<Self, Failure> {
        let network = kept.name.unwrap_or("network").to_string();
        let statement = Some(statement(session, given));
        let failed = |error: TrainError| Failure::training(&error, given.span, None);
        let warn = || {
            let mut output = session.output.clone();
            move |text: &str| output.warning(text)
        };
        let KeptRuns { runs, tensorboard } = &session.kept_runs;
        let run = match runs {
            Some(folder) => {
                let start = match kept.writer {
                    Some(writer) => writer.start().clone(),
                    None => RunStart::of(kept.model, kept.data, kept.plan).map_err(failed)?,
                };
                let (network, statement) = (network.clone(), statement.clone());
                let options = RunOptions { folder: folder.into(), network, statement, start };
                Some(RunWriter::new(options, warn()))
            }
            None => None,
        };
        let board = match (&train.tensorboard, tensorboard) {
            (Some(folder), _) => KeptRuns::folder(folder).map_err(|problem| {
                let span = given.expr("tensorboard").map_or(given.span, |expr| expr.span);
                Failure::at(span, problem)
            })?,
            (None, Some(folder)) => {
                Some(PathBuf::from(folder).join(run_name(&network)).display().to_string())
            }
            (None, None) => None,
        };
        let board = board.map(|folder| {
            let (folder, data) = (folder.into(), kept.data.clone());
            let is_chosen = train.tensorboard.is_some();
            Board::new(BoardOptions { folder, network, statement, is_chosen, data }, warn())
        });
        Ok(TrainRecords { run, board })
    }

    /// Whether anything is written while it is trained.
    pub fn are_kept(&self) -> bool {
        self.run.is_some() || self.board.is_some()
    }

    /// All observers of a training: its own, and those that keep it.
    pub fn beside<'a>(&'a mut self, own: &'a mut dyn Observer) -> Vec<&'a mut dyn Observer> {
        let TrainRecords { run, board } = self;
        let mut all = vec![own];
        all.extend(run.as_mut().map(|run| run as &mut dyn Observer));
        all.extend(board.as_mut().map(|board| board as &mut dyn Observer));
        all
    }

    /// Writes how the training ended.
    pub fn finish(&mut self, outcome: &Result<Outcome, TrainError>, model: &Model) {
        let status = match outcome {
            Ok(Outcome::Finished | Outcome::StoppedEarly) => RunStatus::Finished,
            Err(TrainError::Diverged(_)) => RunStatus::Diverged,
            Ok(Outcome::Interrupted) | Err(_) => RunStatus::Interrupted,
        };
        if let Some(run) = &mut self.run {
            run.finish(status, outcome.as_ref().err().map(ToString::to_string), model);
        }
        if let Some(board) = &mut self.board {
            board.finish(match status {
                RunStatus::Finished => Ending::Success,
                _ => Ending::Failure,
            });
        }
    }
}

/// The command as it was typed.
fn statement(session: &Session, given: &Given<'_>) -> String {
    let end = |word: &Word| match word {
        Word::Positional(value) | Word::Named { value, .. } => value.span.end,
    };
    let end = given.words.iter().map(end).max().unwrap_or(given.span.end);
    super::varied::text(session, Span::new(given.span.start, end))
}
