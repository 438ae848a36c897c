//! How the settings of a comparison came to their figures, epoch by epoch.

use super::{ComparedRun, Comparison};
use crate::History;

/// A figure of a setting over the epochs.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The setting's values, as text.
    pub name: String,
    /// The mean over the seeds, for each epoch; NaN where no training has it.
    pub values: Vec<f64>,
}

impl Comparison {
    /// The names that [`Comparison::curves`] knows.
    pub fn figures(&self) -> Vec<String> {
        let Some(run) = self.runs.first() else { return Vec::new() };
        self.history(run).names().into_iter().filter(|name| !name.starts_with("test_")).collect()
    }

    /// A figure of each setting over the epochs, in the order in which they were given: the mean over the seeds. `None`
    /// if there is no such figure.
    pub fn curves(&self, figure: &str) -> Option<Vec<Curve>> {
        if !self.figures().iter().any(|name| name == figure) {
            return None;
        }
        let mut given: Vec<&super::Summary> = self.summary.iter().collect();
        given.sort_by_key(|own| own.variant);
        let curve = |own: &super::Summary| {
            let runs = self.runs.iter().filter(|run| run.variant == own.variant);
            let series: Vec<Vec<f32>> =
                runs.filter_map(|run| self.history(run).series(figure)).collect();
            let values = (0..own.epochs).map(|epoch| {
                let own = series.iter().filter_map(|values| values.get(epoch));
                let own: Vec<f64> = own.map(|&x| f64::from(x)).filter(|x| x.is_finite()).collect();
                own.iter().sum::<f64>() / own.len() as f64
            });
            Curve { name: own.values.join(", "), values: values.collect() }
        };
        Some(given.into_iter().map(curve).collect())
    }

    fn history(&self, run: &ComparedRun) -> History {
        History { metric: self.metric.clone(), epochs: run.epochs.clone(), ..History::default() }
    }
}
