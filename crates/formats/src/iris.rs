//! The bundled iris flowers.

use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use relume_catalog::Spec;
use relume_datasets::{DataError, Dataset, Preparation, Refit, Targets};
use relume_tensor::Tensor;

const FILE: &str = include_str!("../assets/iris.csv");

/// 150 iris flowers, bundled: four lengths and one of three species each.
///
/// Standardised by the train part. R. A. Fisher, 1936; UCI Machine Learning Repository, CC BY 4.0.
///
/// ```relume
/// d = iris()
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Iris {
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Iris {
    fn load_checked(&self, _: &dyn Reader) -> Result<Dataset, DataError> {
        let mut lines = FILE.lines().enumerate();
        let problem = |line: usize, problem| DataError::Line {
            path: "iris.csv".into(),
            line: line as u64 + 1,
            problem,
        };
        // The first row: samples, features, then the species.
        let header = lines.next().map_or("", |(_, line)| line);
        let names: Vec<String> = header.split(',').skip(2).map(str::to_string).collect();
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for (i, line) in lines {
            let numbers: Result<Vec<f32>, _> = line.split(',').map(str::parse).collect();
            match numbers.as_deref() {
                Ok([row @ .., label]) if row.len() == 4 && (*label as usize) < names.len() => {
                    values.extend_from_slice(row);
                    labels.push(*label as usize);
                }
                _ => return Err(problem(i, "wants four lengths and a species".to_string())),
            }
        }
        let inputs = Tensor::new([labels.len(), 4], values)?;
        let targets = Targets::Classes { names, labels };
        let split = self.split.draw(&targets);
        let preparation = Preparation::standardising(&inputs, &split.train);
        let features = ["sepal length", "sepal width", "petal length", "petal width"];
        let data = Dataset::new("iris", inputs, targets, split)?;
        Ok(data
            .with_features(features.map(str::to_string).to_vec())
            .prepared(preparation)
            .with_refit(Refit::Standardise))
    }
}
