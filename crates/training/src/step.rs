//! One training step: forwards, loss, backwards, update.

use crate::metrics::threshold;
use crate::plan::Clipping;
use crate::{Answers, Metric, TrainError};
use relume_autograd::{OpRef, Tape, Var, ops};
use relume_datasets::{Batch, Dataset, Targets};
use relume_layers::{Mode, Network, Workspace};
use relume_losses::{Expects, Loss, LossSpec, Targets as Wanted};
use relume_optimizers::{Optimizer, Pace};
use relume_tensor::Tensor;

/// How a loss and a metric look at a data set.
pub(crate) struct Objective {
    op: OpRef,
    pub metric: Metric,
    /// How many classes there are when targets are to be spelt out, one number for each.
    one_hot: Option<usize>,
    /// What stands for "not this class" where classes are spelt out: 0, or -1.
    off: f32,
    pub expects: Expects,
}

impl Objective {
    /// Checks the loss's options, and that the network's outputs, the loss and the targets go together.
    pub fn new(network: &Network, data: &Dataset, loss: &LossSpec) -> Result<Self, TrainError> {
        loss.check()?;
        let behaviour: &dyn Loss = loss.inner();
        let op = behaviour.in_training().ok_or_else(|| TrainError::Operands {
            loss: loss.entry().name,
            operands: behaviour.operands().join(", "),
        })?;
        let given = network.output().count();
        let mismatch = |wanted: String, help: String| {
            Err(TrainError::Outputs { given, data: data.name().to_string(), wanted, help })
        };
        let classes = |count: usize| {
            (format!("{count} (its classes)"), format!("end the network with dense({count})"))
        };
        let (metric, one_hot) = match (data.targets(), behaviour.targets()) {
            (Targets::Classes { names, .. }, Wanted::Classes) => {
                if given != names.len() || network.output().rank() != 1 {
                    let (wanted, help) = classes(names.len());
                    return mismatch(wanted, help);
                }
                (Metric::Accuracy, None)
            }
            // One number for two classes, or one for each.
            (Targets::Classes { names, .. }, Wanted::Values | Wanted::Signs)
                if behaviour.outputs(names.len()) == names.len() =>
            {
                let count = names.len();
                if given != count && !(given == 1 && count == 2) {
                    let (wanted, help) = classes(count);
                    return mismatch(wanted, help);
                }
                (Metric::Accuracy, (given == count).then_some(count))
            }
            (Targets::Classes { names, .. }, _) => {
                return mismatch(
                    format!("{} classes, which {loss} does not take", names.len()),
                    "use loss=cross_entropy".to_string(),
                );
            }
            (Targets::Values { .. }, Wanted::Classes) => {
                return mismatch(
                    format!("numbers, which {loss} does not take"),
                    "use loss=mse or loss=mae, or task=\"classes\" for the data".to_string(),
                );
            }
            (Targets::Values { .. }, Wanted::Values | Wanted::Signs) => {
                let wanted = behaviour.outputs(data.outputs());
                if given != wanted {
                    return mismatch(
                        wanted.to_string(),
                        format!("end the network with dense({wanted})"),
                    );
                }
                (Metric::Mae, None)
            }
            // Strings are of different lengths, and no string lies between two others.
            (Targets::Values { .. }, Wanted::Labels { .. }) if data.is_mixed() => {
                return Err(TrainError::Mixed {
                    loss: loss.entry().name,
                    data: data.name().to_string(),
                });
            }
            // What goes along the time axis, the loss itself looks at.
            (Targets::Values { .. }, Wanted::Labels { blank }) => {
                (Metric::ErrorRate { blank }, None)
            }
        };
        let off = if behaviour.targets() == Wanted::Signs { -1.0 } else { 0.0 };
        Ok(Objective { op, metric, one_hot, off, expects: behaviour.expects() })
    }

    /// A batch's targets, as the data set gives them, in the form that the loss takes.
    pub fn targets(&self, given: &Tensor, outputs: &Tensor) -> Result<Tensor, TrainError> {
        match self.one_hot {
            Some(classes) => {
                let mut hot = Tensor::full([given.count(), classes], self.off);
                let rows = hot.data_mut().chunks_exact_mut(classes);
                rows.zip(given.data()).for_each(|(row, &class)| row[class as usize] = 1.0);
                Ok(hot)
            }
            // Two classes against a single output: 0 or 1 (or -1 or 1), in the outputs' shape.
            None if self.metric == Metric::Accuracy && given.shape() != outputs.shape() => {
                match given.count() == outputs.count() {
                    true if self.off == 0.0 => Ok(given.reshape(outputs.shape())?),
                    true => Ok(given.map(|class| 2.0 * class - 1.0).reshape(outputs.shape())?),
                    false => Ok(given.clone()),
                }
            }
            None if given.shape() != outputs.shape() && given.count() == outputs.count() => {
                Ok(given.reshape(outputs.shape())?)
            }
            None => Ok(given.clone()),
        }
    }

    /// `share` of a loss, and the rest of that for other targets, as the loss takes them.
    fn mixed(
        &self,
        tape: &mut Tape,
        (loss, share): (Var, f32),
        (outputs, targets): (Var, Tensor),
    ) -> Result<Var, TrainError> {
        let targets = tape.constant(targets);
        let other = tape.apply(&self.op, &[outputs, targets])?;
        let mut parts = [loss; 2];
        for (part, (loss, share)) in parts.iter_mut().zip([(loss, share), (other, 1.0 - share)]) {
            let share = tape.constant(Tensor::scalar(share));
            *part = ops::mul(tape, loss, share)?;
        }
        Ok(ops::add(tape, parts[0], parts[1])?)
    }

    /// Passes a batch through; the loss is on the tape of the workspace afterwards.
    pub fn forward(
        &self,
        network: &mut Network,
        workspace: &mut Workspace,
        batch: &Batch,
        mode: Mode,
    ) -> Result<Passed, TrainError> {
        workspace.clear();
        let x = workspace.tape.constant(batch.inputs.clone());
        let y = network.forward(workspace, x, mode)?;
        self.judge(workspace, y, batch)
    }

    /// What outputs on the tape of a workspace, in which the network has just run, are worth.
    pub fn judge(
        &self,
        workspace: &mut Workspace,
        y: Var,
        batch: &Batch,
    ) -> Result<Passed, TrainError> {
        let outputs = workspace.tape.value(y).clone();
        let target = workspace.tape.constant(self.targets(&batch.targets, &outputs)?);
        let mut outputs = outputs;
        let loss = match (self.metric, workspace.output_lengths()) {
            (Metric::ErrorRate { blank }, Some(lengths)) => {
                silence(&mut outputs, workspace.tape.value(lengths), blank);
                workspace.tape.apply(&self.op, &[y, target, lengths])?
            }
            _ => workspace.tape.apply(&self.op, &[y, target])?,
        };
        let (loss, counted) = match &batch.mixed {
            Some(mixed) => {
                let other = self.targets(&mixed.targets, &outputs)?;
                let counted = if mixed.share < 0.5 { &mixed.targets } else { &batch.targets };
                (self.mixed(&mut workspace.tape, (loss, mixed.share), (y, other))?, counted)
            }
            None => (loss, &batch.targets),
        };
        let metric = self.metric.sum(&outputs, counted, threshold(self.expects));
        Ok(Passed { value: workspace.tape.value(loss).sum(), loss, metric, outputs })
    }

    /// Why the loss of a batch that has just passed through is infinite, where that is because a sample has more labels than
    /// its steps can spell.
    pub fn too_few_steps(
        &self,
        workspace: &Workspace,
        passed: &Passed,
        batch: &Batch,
    ) -> Option<TrainError> {
        let (Metric::ErrorRate { blank }, &[_, time, _], f32::INFINITY) =
            (self.metric, passed.outputs.dims(), passed.value)
        else {
            return None;
        };
        let lengths =
            workspace.output_lengths().map(|lengths| workspace.tape.value(lengths).data());
        let [_, truth] = Answers::labels_of(&passed.outputs, &batch.targets, blank);
        truth.iter().enumerate().find_map(|(sample, labels)| {
            let equal = labels.windows(2).filter(|pair| pair[0] == pair[1]).count();
            let (labels, wanted) = (labels.len(), labels.len() + equal);
            let given = lengths.map_or(time, |lengths| lengths[sample] as usize);
            (wanted > given).then_some(TrainError::TooFewSteps { labels, wanted, given })
        })
    }
}

/// Has outputs `[batch, time, classes]` say the blank behind each sequence's end, where nothing was asked of them.
fn silence(outputs: &mut Tensor, lengths: &Tensor, blank: usize) {
    let &[_, time, classes] = outputs.dims() else { return };
    let samples = outputs.data_mut().chunks_exact_mut((time * classes).max(1));
    for (sample, &length) in samples.zip(lengths.data()) {
        for step in sample[length as usize * classes..].chunks_exact_mut(classes) {
            step.fill(f32::NEG_INFINITY);
            step[blank] = 0.0;
        }
    }
}

/// Puts the loss of a network's outputs for a batch of a data set onto the tape.
///
/// # Errors
/// A network, loss and data that do not go together.
pub fn loss_on(
    network: &Network,
    data: &Dataset,
    loss: &LossSpec,
    tape: &mut Tape,
    (outputs, targets): (Var, &Tensor),
) -> Result<Var, TrainError> {
    let objective = Objective::new(network, data, loss)?;
    let target = objective.targets(targets, tape.value(outputs))?;
    let target = tape.constant(target);
    Ok(tape.apply(&objective.op, &[outputs, target])?)
}

/// What a forward pass found.
pub(crate) struct Passed {
    pub loss: Var,
    pub value: f32,
    /// The metric, summed over the samples.
    pub metric: f64,
    pub outputs: Tensor,
}

/// What became of a step's gradients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// The parameters were updated.
    Done,
    /// This is not finite: nothing was updated.
    NotFinite(String),
}

/// Walks back from the loss and updates the network's parameters.
pub(crate) fn update(
    network: &mut Network,
    optimizer: &mut Optimizer,
    workspace: &mut Workspace,
    gradients: &mut Vec<Option<Tensor>>,
    loss: Var,
    (pace, clipping): (Pace, Clipping),
) -> Result<Update, TrainError> {
    if let Some(name) = walk_back(network, workspace, gradients, loss)? {
        return Ok(Update::NotFinite(format!("the gradient of {name}")));
    }
    clipping.apply(gradients);
    for ((id, parameter), gradient) in network.parameters_mut().iter_mut().zip(gradients.iter()) {
        if let Some(gradient) = gradient {
            optimizer.update(id.index(), &mut parameter.value, gradient, pace)?;
        }
    }
    Ok(Update::Done)
}

/// Walks back from the loss: the gradients of all parameters, in their order. Where one is not finite, its name is returned.
pub(crate) fn walk_back(
    network: &Network,
    workspace: &mut Workspace,
    gradients: &mut Vec<Option<Tensor>>,
    loss: Var,
) -> Result<Option<String>, TrainError> {
    workspace.tape.backward(loss)?;
    gradients.clear();
    for (id, parameter) in network.parameters().iter() {
        let gradient = workspace.take_gradient(id);
        if parameter.is_trained() && gradient.is_none() {
            return Err(TrainError::NoGradient(parameter.name.clone()));
        }
        if gradient.as_ref().is_some_and(|gradient| !gradient.is_finite()) {
            return Ok(Some(parameter.name.clone()));
        }
        gradients.push(gradient);
    }
    // The tape shares the parameters' numbers: it lets go before they are written to.
    workspace.clear();
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_datasets::{Mixed, Split};
    use relume_fixtures::{Case, Fixtures, assert_close, check_each};
    use relume_layers::{LayerSpec, NetworkSpec};
    use relume_optimizers::OptimizerSpec;

    fn dense(units: usize, inputs: usize) -> Network {
        let dense = LayerSpec::from_arguments("dense", vec![units.into()], vec![]).unwrap();
        Network::build(&NetworkSpec::new(vec![dense.into()]), inputs.into(), 1).unwrap()
    }

    /// A case's loss and the gradients of its parameters for a batch.
    fn step(case: &Case, batch: &Batch) -> (Passed, Vec<Tensor>) {
        let weight = case.parameter("weight");
        let mut network = dense(weight.dims()[0], weight.dims()[1]);
        for (_, parameter) in network.parameters_mut().iter_mut() {
            let name = parameter.name.strip_prefix("0.").unwrap();
            parameter.value = case.parameter(name).clone();
        }
        let options = case.options().clone().into_iter().collect();
        let loss = LossSpec::from_arguments(case.op(), vec![], options).unwrap();
        // Two classes where there is one output.
        let names = (0..weight.dims()[0].max(2)).map(|i| i.to_string()).collect();
        let samples = batch.targets.count();
        let data = Dataset::new(
            "data",
            batch.inputs.clone(),
            Targets::Classes { names, labels: vec![0; samples] },
            Split::every(samples, samples + 1),
        )
        .unwrap();
        let objective = Objective::new(&network, &data, &loss).unwrap();
        let mut workspace = Workspace::recording();
        let passed =
            objective.forward(&mut network, &mut workspace, batch, Mode::Training).unwrap();
        let mut gradients = Vec::new();
        assert_eq!(walk_back(&network, &mut workspace, &mut gradients, passed.loss).unwrap(), None);
        (passed, gradients.into_iter().flatten().collect())
    }

    #[test]
    fn mixed_classes_have_the_loss_and_the_gradients_of_pytorch() {
        check_each(Fixtures::load("mixup").iter(), |case| {
            let [inputs, targets, other] = ["x", "target", "other"].map(|x| case.input(x).clone());
            let share = case.number("share") as f32;
            let mixed = Some(Mixed { share, targets: other.clone() });
            let batch = Batch { inputs, targets, mixed };
            let (passed, gradients) = step(case, &batch);
            assert_close(&Tensor::scalar(passed.value), case.output(), "loss");
            assert_close(&gradients[0], case.gradient("weight"), "weight");
            assert_close(&gradients[1], case.gradient("bias"), "bias");
            assert_eq!(passed.metric, case.number("right"));
            // All of one or the other is the plain step, bit for bit.
            if share == 0.0 || share == 1.0 {
                let targets = if share == 1.0 { batch.targets } else { other };
                let plain = Batch { inputs: batch.inputs, targets, mixed: None };
                let (alone, plain) = step(case, &plain);
                assert_eq!((alone.value, alone.metric), (passed.value, passed.metric));
                assert_eq!(plain, gradients);
            }
        });
    }

    #[test]
    fn a_parameter_that_no_gradient_reaches_is_refused_by_name() {
        let mut network = dense(2, 3);
        let before = network.parameters().clone();
        let sgd = OptimizerSpec::from_arguments("sgd", vec![], vec![]).unwrap();
        let mut workspace = Workspace::recording();
        // A loss that the network has no part in.
        let loss = workspace.tape.variable(Tensor::scalar(1.0));
        let result = update(
            &mut network,
            &mut Optimizer::new(sgd),
            &mut workspace,
            &mut Vec::new(),
            loss,
            (Pace::default(), Clipping::default()),
        );
        assert!(matches!(result, Err(TrainError::NoGradient(name)) if name == "0.weight"));
        assert_eq!(network.parameters(), &before);
    }
}
