//! An error as another rank is told it.

use crate::{Divergence, TrainError};
use relume_datasets::DataError;
use serde::{Deserialize, Serialize};

/// An error that is sent: its kind where callers look at that, otherwise its text and help.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Failure {
    Interrupted,
    Diverged(Box<Divergence>),
    Memory { needs: String, free: String },
    Waiting { needs: String, free: String },
    Setting(String),
    Variant { variant: String, source: Box<Failure> },
    Told { text: String, help: Option<String>, is_of_data: bool },
}

impl Failure {
    pub fn of(error: &TrainError) -> Self {
        match error {
            TrainError::Interrupted | TrainError::Data(DataError::Interrupted) => {
                Failure::Interrupted
            }
            TrainError::Diverged(own) => Failure::Diverged(own.clone()),
            TrainError::Memory { needs, free } => {
                Failure::Memory { needs: needs.clone(), free: free.clone() }
            }
            TrainError::Waiting { needs, free } => {
                Failure::Waiting { needs: needs.clone(), free: free.clone() }
            }
            TrainError::Setting(text) => Failure::Setting(text.clone()),
            TrainError::Variant { variant, source } => {
                let source = Box::new(Failure::of(source));
                Failure::Variant { variant: variant.clone(), source }
            }
            error => {
                let (text, help) = (error.to_string(), error.help());
                Failure::Told { text, help, is_of_data: matches!(error, TrainError::Data(_)) }
            }
        }
    }

    pub fn into_error(self) -> TrainError {
        match self {
            Failure::Interrupted => TrainError::Interrupted,
            Failure::Diverged(own) => TrainError::Diverged(own),
            Failure::Memory { needs, free } => TrainError::Memory { needs, free },
            Failure::Waiting { needs, free } => TrainError::Waiting { needs, free },
            Failure::Setting(text) => TrainError::Setting(text),
            Failure::Variant { variant, source } => {
                TrainError::Variant { variant, source: Box::new(source.into_error()) }
            }
            Failure::Told { text, help, is_of_data } => TrainError::Told { text, help, is_of_data },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StepTrace;
    use crate::group::{decode, encode};

    /// An error as another rank has it.
    fn sent(error: &TrainError) -> TrainError {
        let bytes = encode(&Failure::of(error)).unwrap();
        decode::<Failure>(&bytes).unwrap().into_error()
    }

    #[test]
    fn an_error_has_its_words_and_its_kind_on_other_ranks() {
        let of = |source: TrainError| TrainError::Variant {
            variant: "lr=1".to_string(),
            source: Box::new(source),
        };
        let no_threshold = sent(&of(TrainError::NoThreshold));
        assert_eq!(no_threshold.to_string(), of(TrainError::NoThreshold).to_string());
        assert_eq!(no_threshold.help(), TrainError::NoThreshold.help());
        assert!(matches!(sent(&TrainError::Interrupted), TrainError::Interrupted));
        let data = sent(&TrainError::Data(DataError::Lost));
        assert!(matches!(data, TrainError::Told { is_of_data: true, .. }), "{data}");
        let memory = TrainError::Memory { needs: "2 GB".to_string(), free: "1 GB".to_string() };
        assert!(matches!(sent(&memory), TrainError::Memory { .. }));
        let divergence = Divergence {
            epoch: 1,
            batch: 2,
            step: 3,
            place: "the loss".to_string(),
            path: Some("0".to_string()),
            operation: Some("matmul".to_string()),
            steps: vec![StepTrace {
                step: 2,
                loss: f32::MAX,
                gradient: None,
                update: 0.5,
                largest: 3.0,
                largest_at: "0".to_string(),
            }],
            samples: vec![4, 5],
            finite_loss: false,
            restored: true,
        };
        match sent(&TrainError::Diverged(Box::new(divergence.clone()))) {
            TrainError::Diverged(own) => assert_eq!(*own, divergence),
            other => panic!("{other}"),
        }
    }
}
