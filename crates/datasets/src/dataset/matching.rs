//! Matching targets by name to those that a network was trained on.

use super::{Dataset, Places, Targets};
use crate::DataError;
use relume_catalog::nearest;
use relume_tensor::{Tensor, TensorError};

/// What a network was trained to predict, by name. It belongs to the network's end, as a [`crate::Preparation`] belongs
/// to its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TargetNames<'a> {
    /// The classes, if it predicts classes.
    pub classes: &'a [String],
    /// The numbers, if it predicts numbers.
    pub numbers: &'a [String],
    /// The labels from 1 on, if it predicts strings of labels.
    pub labels: &'a [String],
}

impl Dataset {
    /// The same samples with the targets that a network was trained on: the same classes in the same order, the same
    /// numbers, the same labels of strings. A data set may have fewer classes than the network.
    ///
    /// # Errors
    /// A class, a number or a label that the network was not trained on; samples without targets.
    pub fn matched_to(&self, wanted: TargetNames<'_>) -> Result<Dataset, DataError> {
        if self.targets().are_none() {
            let problem =
                "there is nothing to compare with: the samples have no targets".to_string();
            let help = "predict takes samples without targets; where the file has the column, name it: target=\"NAME\"";
            return Err(self.unfit(problem, Some(help.to_string())));
        }
        let data = self.labelled_as(wanted.labels)?;
        let TargetNames { classes, numbers, .. } = wanted;
        let mut exact = None;
        let targets = match data.targets() {
            Targets::Classes { names, labels } => match (classes, numbers) {
                ([], []) => None,
                ([], [number]) => {
                    let (values, digits) = data.class_values(names, labels, number)?;
                    exact = Some(digits);
                    Some(values)
                }
                ([], numbers) => {
                    let [own, numbers] = [names, numbers].map(listed);
                    let problem =
                        format!("holds the classes {own}, but the network predicts {numbers}");
                    return Err(data.unfit(problem, None));
                }
                (classes, _) if names == classes => None,
                (classes, _) => Some(data.classes_as(names, labels, classes)?),
            },
            Targets::Values { names, values } => match (classes, numbers) {
                ([_, ..], _) => return Err(data.no_classes(names, classes)),
                (_, numbers) if numbers.is_empty() || names == numbers => None,
                (_, numbers) => {
                    let places = data.places_of(names, numbers)?;
                    exact = places.as_ref().and_then(|places| data.exact_at(places));
                    places.map(|places| numbers_at(values, &places, numbers)).transpose()?
                }
            },
            Targets::Places(places) => data.places_as(places, classes, numbers)?,
            targets @ Targets::Sequences { labels, .. } => match (classes, numbers) {
                ([_, ..], _) => return Err(data.no_classes(&targets.numbers(), classes)),
                (_, []) => None,
                (_, numbers) => {
                    let places = data.places_of(&targets.numbers(), numbers)?;
                    let values = labels.to_tensor()?;
                    places.map(|places| numbers_at(&values, &places, numbers)).transpose()?
                }
            },
        };
        let Some(targets) = targets else { return Ok(data) };
        let data = data.with_targets(targets).changed(|contents| contents.exact_targets = None);
        match exact {
            Some(exact) => data.with_exact_targets(exact),
            None => Ok(data),
        }
    }

    fn no_classes(&self, numbers: &[String], classes: &[String]) -> DataError {
        let [numbers, classes] = [numbers, classes].map(listed);
        let problem = format!(
            "holds numbers to predict ({numbers}), but the network predicts the classes {classes}"
        );
        let help = "if they are classes, say so where the data are read: task=\"classes\"";
        self.unfit(problem, Some(help.to_string()))
    }

    fn with_targets(&self, targets: Targets) -> Self {
        self.clone().changed(|contents| contents.targets = targets)
    }

    /// Classes of places in the order of the network's; `None` if they stay as they are.
    fn places_as(
        &self,
        places: &Places,
        classes: &[String],
        numbers: &[String],
    ) -> Result<Option<Targets>, DataError> {
        match (classes, numbers) {
            ([], []) => Ok(None),
            ([], numbers) => {
                let [own, numbers] = [&places.names, numbers].map(listed);
                let problem =
                    format!("holds the classes {own}, but the network predicts {numbers}");
                Err(self.unfit(problem, None))
            }
            (classes, _) if places.names == classes => Ok(None),
            (classes, _) => places.named_as(classes).map(Some).map_err(|name| {
                let problem = format!("the network was not trained on the class {name:?}");
                self.unfit(problem, Some(format!("its classes are {}", listed(classes))))
            }),
        }
    }

    /// Classes in the order of the network's.
    fn classes_as(
        &self,
        names: &[String],
        labels: &[usize],
        wanted: &[String],
    ) -> Result<Targets, DataError> {
        let places: Vec<Option<usize>> =
            names.iter().map(|name| wanted.iter().position(|own| own == name)).collect();
        let label = |&label: &usize| {
            places[label].ok_or_else(|| {
                let name = &names[label];
                let help = match nearest(name, wanted.iter().map(String::as_str)) {
                    Some(near) => {
                        format!("its classes are {}; did you mean {near:?}?", listed(wanted))
                    }
                    None => format!("its classes are {}", listed(wanted)),
                };
                let problem = format!("the network was not trained on the class {name:?}");
                self.unfit(problem, Some(help))
            })
        };
        let labels = labels.iter().map(label).collect::<Result<_, _>>()?;
        Ok(Targets::Classes { names: wanted.to_vec(), labels })
    }

    /// Classes named after numbers, as numbers, and these with all their digits: a column of few whole numbers is taken
    /// for classes when it is read.
    fn class_values(
        &self,
        names: &[String],
        labels: &[usize],
        number: &String,
    ) -> Result<(Targets, Vec<f64>), DataError> {
        let value = |name: &String| {
            name.parse::<f64>().ok().filter(|x| (*x as f32).is_finite()).ok_or_else(|| {
                self.unfit(
                    format!(
                        "holds the class {name:?}, but the network predicts the number {number:?}"
                    ),
                    None,
                )
            })
        };
        let values: Vec<f64> = names.iter().map(value).collect::<Result<_, _>>()?;
        let exact: Vec<f64> = labels.iter().map(|&label| values[label]).collect();
        let values = Tensor::from_fn([labels.len(), 1], |i| exact[i] as f32);
        Ok((Targets::Values { names: vec![number.clone()], values }, exact))
    }

    /// The places of the network's numbers among these; `None` if they stay as they are, because none of their names is
    /// the network's.
    fn places_of(
        &self,
        names: &[String],
        wanted: &[String],
    ) -> Result<Option<Vec<usize>>, DataError> {
        let place = |name: &String| names.iter().position(|own| own == name);
        let places: Vec<Option<usize>> = wanted.iter().map(place).collect();
        if places.iter().all(Option::is_none) && names.len() == wanted.len() {
            return Ok(None);
        }
        let found: Option<Vec<usize>> = places.iter().copied().collect();
        if found.is_none() {
            let missing = wanted.iter().zip(&places).find(|(_, place)| place.is_none());
            let name = missing.map_or("", |(name, _)| name);
            let problem = format!("there is no {name:?}, which the network predicts");
            return Err(self.unfit(problem, Some(format!("there are {}", listed(names)))));
        }
        Ok(found)
    }

    /// The exact numbers to predict at these places of each sample, if there are any.
    fn exact_at(&self, places: &[usize]) -> Option<Vec<f64>> {
        let own = self.exact_targets()?.chunks_exact(self.targets().width().max(1));
        Some(own.flat_map(|row| places.iter().map(|&place| row[place])).collect())
    }

    /// Strings of labels, numbered as the network's.
    fn labelled_as(&self, wanted: &[String]) -> Result<Dataset, DataError> {
        let own = self.labels();
        if own == wanted || own.is_empty() || wanted.is_empty() {
            return Ok(self.clone());
        }
        let Targets::Sequences { labels, .. } = self.targets() else { return Ok(self.clone()) };
        let place = |label: &String| wanted.iter().position(|one| one == label);
        let places: Vec<Option<usize>> = own.iter().map(place).collect();
        let mut labels = labels.clone();
        for label in labels.data_mut().iter_mut().filter(|label| **label > 0) {
            let own_place = *label as usize - 1;
            let place = places.get(own_place).copied().flatten().ok_or_else(|| {
                let name = own.get(own_place).map_or("", String::as_str);
                let problem = format!("the network was not trained on the label {name:?}");
                self.unfit(problem, Some(format!("its labels are {}", listed(wanted))))
            })?;
            *label = u32::try_from(place + 1)
                .map_err(|_| TensorError::LargeIndex { index: place + 1 })?;
        }
        Ok(self.with_targets(Targets::Sequences { names: wanted.to_vec(), labels }))
    }
}

/// The numbers at these places of each sample.
fn numbers_at(values: &Tensor, places: &[usize], names: &[String]) -> Result<Targets, TensorError> {
    let (own, width) = (values.shape().tail(1).count(), places.len());
    let number = |i: usize| values.data()[i / width * own + places[i % width]];
    let values = Tensor::from_fn([values.dims()[0], width], number);
    Ok(Targets::Values { names: names.to_vec(), values })
}

/// Names with commas between them; the first ones of many.
fn listed(names: &[String]) -> String {
    const MOST: usize = 10;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
}
