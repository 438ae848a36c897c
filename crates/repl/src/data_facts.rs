//! What is known of the samples of the data that were looked at last: they are read once, not before each training.

use crate::syntax::Span;
use crate::{Failure, Session};
use relume_datasets::{DataMark, Dataset};
use relume_inspection::facts::DataFacts;
use std::sync::Arc;

/// What the samples of a data set are like.
#[derive(Clone, Debug)]
pub(crate) struct KnownData {
    mark: DataMark,
    facts: Arc<DataFacts>,
}

impl Session {
    /// What the samples of a data set are like, which is prepared as a network takes it.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn facts_of(
        &mut self,
        data: &Dataset,
        span: Span,
    ) -> Result<Arc<DataFacts>, Failure> {
        if let Some(known) = self.data_facts.as_ref().filter(|known| known.mark.is_of(data)) {
            return Ok(known.facts.clone());
        }
        let facts = DataFacts::of(data).map_err(|error| Failure::data(&error, span))?;
        let facts = Arc::new(facts);
        self.data_facts = Some(KnownData { mark: data.mark(), facts: facts.clone() });
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Output, Source};

    #[test]
    fn the_same_data_are_read_once_for_all_that_looks_at_them() {
        let (output, _captured) = Output::captured();
        let mut session = Session::new(output);
        let mut facts_after = |text: &str| {
            session.run(text, &Source::Argument).expect("it runs");
            session.data_facts.as_ref().expect("facts").facts.clone()
        };
        let first = facts_after("d = iris()\nnet = dense(3)\nlint net on d");
        let again = [
            "lint net on d batch=16",
            "train net on d epochs=1",
            "lint net on d batch=8",
            "inspect net on d",
            "train net on d epochs=1 optimizer=adam(lr=0.1)",
            "e = d\nlint net on e",
        ];
        for text in again {
            assert!(Arc::ptr_eq(&first, &facts_after(text)), "{text}");
        }
        let other = facts_after("d = iris(test=0.5)\nnet = dense(3)\nlint net on d");
        assert!(!Arc::ptr_eq(&first, &other));
        assert_ne!(first.train, other.train);
    }
}
