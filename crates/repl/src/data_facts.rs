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
