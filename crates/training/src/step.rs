//! One training step: forward, loss, backward, update.

use crate::closure_step::{self, Evaluated};
use crate::plan::Clipping;
use crate::{Task, TrainError};
use relume_autograd::Var;
use relume_datasets::Batch;
use relume_layers::{Mode, Network, Workspace};
use relume_optimizers::{LrFactors, Optimizer};
use relume_tensor::interrupt::cancellable;
use relume_tensor::{Interrupt, Rng, Tensor};

/// The result of a forward pass.
pub(crate) struct ForwardPass {
    /// The loss, on the tape of the workspace.
    pub loss: Var,
    /// The loss.
    pub value: f32,
    /// The metric, summed over the samples.
    pub metric_sum: f64,
    /// How many samples, or places with a class, the loss and the metric are a mean over.
    pub counted: usize,
    /// What the loss weighs in a mean over batches.
    pub weight: f64,
    /// The outputs; those after a sequence's end are blank.
    pub outputs: Tensor,
}

impl ForwardPass {
    /// Passes a batch through a network; the loss is on the tape of the workspace afterwards.
    pub fn run(
        task: &Task,
        network: &mut Network,
        workspace: &mut Workspace,
        batch: &Batch,
        mode: Mode,
    ) -> Result<Self, TrainError> {
        workspace.clear();
        let x = workspace.tape.constant(batch.inputs.clone());
        let y = network.forward(workspace, x, mode)?;
        Self::of_output(task, workspace, y, batch)
    }

    /// The loss and the metric of an output on the tape of a workspace, in which the network has just run.
    pub fn of_output(
        task: &Task,
        workspace: &mut Workspace,
        output: Var,
        batch: &Batch,
    ) -> Result<Self, TrainError> {
        let loss = task.loss(workspace, output, batch)?;
        let outputs = task.outputs(workspace, output);
        let metric_sum = task.metric_sum(&outputs, batch);
        let value = workspace.tape.value(loss).sum();
        let counted = task.counted(batch);
        let weight = batch.weights.as_ref().map_or(counted as f64, |_| batch.weight());
        Ok(ForwardPass { loss, value, metric_sum, counted, weight, outputs })
    }
}

/// The result of a step's gradients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// The parameters were updated.
    Done,
    /// A number that is not finite: nothing was updated.
    NotFinite(String),
}

/// The operands of a step: a network through which a batch has passed once.
pub(crate) struct Step<'a> {
    pub task: &'a Task,
    pub network: &'a mut Network,
    pub workspace: &'a mut Workspace,
    pub batch: &'a Batch,
    pub pass: &'a ForwardPass,
    /// The network's generator before the pass.
    pub rng: &'a Rng,
    /// What stops the passes of the step, but not its update.
    pub interrupt: &'a Interrupt,
}

/// Updates parameters, step by step.
pub(crate) struct Updater {
    pub optimizer: Optimizer,
    pub clipping: Clipping,
    /// Whether the norm of all gradients together is measured, before they are clipped.
    pub traces: bool,
    /// That of the last step, if it was measured.
    pub norm: Option<f64>,
    /// Whether the gradients of the next step are kept.
    pub keeps: bool,
    /// Those that were kept, before they were clipped.
    pub kept: Vec<Option<Tensor>>,
    /// Which parameters this process updates, if not all.
    pub owned: Option<Vec<bool>>,
    gradients: Vec<Option<Tensor>>,
    /// Gradients of batches before, each times what its samples weigh; empty between two steps.
    sums: Vec<Option<Tensor>>,
    /// What the samples of these batches weigh.
    weight: f64,
}

impl Updater {
    pub fn new(optimizer: Optimizer, clipping: Clipping) -> Self {
        Updater {
            optimizer,
            clipping,
            traces: false,
            norm: None,
            keeps: false,
            kept: Vec::new(),
            owned: None,
            gradients: Vec::new(),
            sums: Vec::new(),
            weight: 0.0,
        }
    }

    /// Runs the backward pass, and adds the gradients to those of the batches before, weighted by the samples.
    pub fn accumulate(&mut self, step: Step<'_>) -> Result<Update, TrainError> {
        let Step { network, workspace, pass, interrupt, .. } = step;
        let gradients = &mut self.gradients;
        if let Some(name) =
            cancellable(interrupt, || backward(network, workspace, gradients, pass.loss))??
        {
            self.forget();
            return Ok(Update::NotFinite(format!("the gradient of {name}")));
        }
        let gradients = std::mem::take(&mut self.gradients);
        self.add(gradients, pass.weight);
        Ok(Update::Done)
    }

    /// Adds the mean gradients of a batch to those of the batches before, by what its samples weigh.
    pub fn add(&mut self, gradients: Vec<Option<Tensor>>, weight: f64) {
        self.weight += weight;
        let is_first = self.sums.is_empty();
        for (place, mut gradient) in gradients.into_iter().enumerate() {
            if let Some(gradient) = &mut gradient {
                gradient.scale(weight as f32);
            }
            match (is_first, gradient) {
                (true, gradient) => self.sums.push(gradient),
                (false, Some(gradient)) => {
                    if let Some(sum) = &mut self.sums[place] {
                        let pairs = sum.data_mut().iter_mut().zip(gradient.data());
                        pairs.for_each(|(sum, x)| *sum += x);
                    }
                }
                (false, None) => {}
            }
        }
    }

    /// Updates the network's parameters by gradients.
    pub fn update_by(
        &mut self,
        network: &mut Network,
        mut gradients: Vec<Option<Tensor>>,
        factors: LrFactors,
    ) -> Result<(), TrainError> {
        self.change(network, &mut gradients, factors)?;
        if self.traces {
            self.gradients = gradients;
        }
        Ok(())
    }

    /// Updates the network's parameters by the mean of the gradients that were added up.
    pub fn apply(&mut self, network: &mut Network, factors: LrFactors) -> Result<(), TrainError> {
        let share = if self.weight > 0.0 { (1.0 / self.weight) as f32 } else { 0.0 };
        self.sums.iter_mut().flatten().for_each(|sum| sum.scale(share));
        let sums = std::mem::take(&mut self.sums);
        self.weight = 0.0;
        self.update_by(network, sums, factors)
    }

    /// Whether this process updates a parameter.
    fn owns(&self, index: usize) -> bool {
        self.owned.as_ref().is_none_or(|owned| owned.get(index).copied().unwrap_or(true))
    }

    /// The gradients of the last step, after they were clipped, if its norm was measured.
    pub fn gradients(&self) -> &[Option<Tensor>] {
        &self.gradients
    }

    /// Forgets the gradients of batches before.
    pub fn forget(&mut self) {
        self.sums.clear();
        self.weight = 0.0;
    }

    /// Clips gradients, and updates the parameters by them.
    fn change(
        &mut self,
        network: &mut Network,
        gradients: &mut [Option<Tensor>],
        factors: LrFactors,
    ) -> Result<(), TrainError> {
        self.norm = self.traces.then(|| norm(gradients));
        if self.keeps {
            self.kept = gradients.to_vec();
        }
        self.clipping.apply(gradients)?;
        for ((id, parameter), gradient) in network.parameters_mut().iter_mut().zip(gradients) {
            if let (Some(gradient), true) = (gradient, self.owns(id.index())) {
                self.optimizer.update(id.index(), &mut parameter.value, gradient, factors)?;
            }
        }
        Ok(())
    }

    /// Runs the backward pass and updates the network's parameters.
    pub fn update(&mut self, step: Step<'_>, factors: LrFactors) -> Result<Update, TrainError> {
        if self.optimizer.is_together() {
            return self.update_together(step, factors);
        }
        let gradients = &mut self.gradients;
        let Step { network, workspace, pass, interrupt, .. } = step;
        if let Some(name) =
            cancellable(interrupt, || backward(network, workspace, gradients, pass.loss))??
        {
            return Ok(Update::NotFinite(format!("the gradient of {name}")));
        }
        // The list of gradients is kept: a step allocates nothing.
        let mut own = std::mem::take(gradients);
        let result = self.change(network, &mut own, factors);
        self.gradients = own;
        result.map(|()| Update::Done)
    }
}

impl Updater {
    /// A step of an optimizer that asks for the loss at several points. The batch has already passed through once;
    /// every further pass draws the same random numbers, so that the loss is one function of the parameters for the
    /// whole step.
    fn update_together(
        &mut self,
        step: Step<'_>,
        factors: LrFactors,
    ) -> Result<Update, TrainError> {
        let Step { task, network, workspace, batch, pass, rng, interrupt } = step;
        let mut first = Some((pass.loss, pass.value));
        // A pass that is watched stays on its workspace.
        let mut further = workspace.watch().map(|_| Workspace::recording());
        let evaluate = |network: &mut Network| {
            let (workspace, (loss, value)) = match first.take() {
                Some(first) => (&mut *workspace, first),
                None => {
                    let workspace = further.as_mut().unwrap_or(&mut *workspace);
                    network.set_rng(rng.clone());
                    let pass = cancellable(interrupt, || {
                        ForwardPass::run(task, network, workspace, batch, Mode::Training)
                    })??;
                    (workspace, (pass.loss, pass.value))
                }
            };
            if !value.is_finite() {
                return Ok(Evaluated::not_finite_loss());
            }
            let mut gradients = Vec::new();
            let broken =
                cancellable(interrupt, || backward(network, workspace, &mut gradients, loss))??;
            Ok(match broken {
                Some(name) => Evaluated::NotFinite(format!("the gradient of {name}")),
                None => Evaluated::Finite { loss: value.into(), gradients },
            })
        };
        self.update_at_several_points(network, evaluate, factors)
    }

    /// A step of an optimizer that asks for the loss at several points; `evaluate` gives it at the network's current
    /// parameters.
    pub fn update_at_several_points(
        &mut self,
        network: &mut Network,
        evaluate: impl FnMut(&mut Network) -> Result<Evaluated, TrainError>,
        factors: LrFactors,
    ) -> Result<Update, TrainError> {
        closure_step::update(&mut self.optimizer, network, evaluate, self.clipping, factors)
    }
}

/// The norm of all gradients together.
fn norm(gradients: &[Option<Tensor>]) -> f64 {
    let numbers = gradients.iter().flatten().flat_map(|gradient| gradient.data());
    numbers.map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
}

/// Runs the backward pass: the gradients of all parameters, in order. If one is not finite, its name is returned. The
/// workspace is cleared then, unless it watches the pass.
pub(crate) fn backward(
    network: &Network,
    workspace: &mut Workspace,
    gradients: &mut Vec<Option<Tensor>>,
    loss: Var,
) -> Result<Option<String>, TrainError> {
    workspace.tape.backward(loss)?;
    let is_watched = workspace.watch().is_some();
    gradients.clear();
    for (id, parameter) in network.parameters().iter() {
        let gradient = match is_watched {
            true => workspace.variable(id).and_then(|own| workspace.tape.gradient(own)).cloned(),
            false => workspace.take_gradient(id),
        };
        if parameter.is_trained() && gradient.is_none() {
            return Err(TrainError::NoGradient(parameter.name.clone()));
        }
        if gradient.as_ref().is_some_and(|gradient| !gradient.is_finite()) {
            return Ok(Some(parameter.name.clone()));
        }
        gradients.push(gradient);
    }
    if !is_watched {
        // The tape shares the parameters' numbers, and is cleared before they are written to.
        workspace.clear();
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_datasets::{Dataset, Mixed, Split, Targets};
    use relume_fixtures::{Case, Fixtures, assert_close, check_each};
    use relume_layers::{LayerSpec, NetworkSpec};
    use relume_losses::LossSpec;
    use relume_tensor::Array;

    fn dense(units: usize, inputs: usize) -> Network {
        let dense = LayerSpec::from_arguments("dense", vec![units.into()], vec![]).unwrap();
        Network::build(&NetworkSpec::new(vec![dense.into()]), inputs.into(), 1).unwrap()
    }

    /// A case's loss and the gradients of its parameters for a batch.
    fn step(case: &Case, batch: &Batch) -> (ForwardPass, Vec<Tensor>) {
        let weight = case.parameter("weight");
        let mut network = dense(weight.dims()[0], weight.dims()[1]);
        for (_, parameter) in network.parameters_mut().iter_mut() {
            let name = parameter.name.strip_prefix("0.").unwrap();
            parameter.value = case.parameter(name).clone();
        }
        let options = case.options().clone().into_iter().collect();
        let loss = LossSpec::from_arguments(case.op(), vec![], options).unwrap();
        // Two classes if there is one output.
        let names = (0..weight.dims()[0].max(2)).map(|i| i.to_string()).collect();
        let samples = batch.targets.count();
        let mut data = Dataset::new(
            "data",
            batch.inputs.to_tensor().unwrap(),
            Targets::Classes { names, labels: vec![0; samples] },
            Split::every(samples, samples + 1),
        )
        .unwrap();
        if let Some(weights) = &batch.weights {
            data = data.with_weights(weights.data().to_vec()).unwrap();
        }
        let task = Task::new(&network, &data, &loss).unwrap();
        let mut workspace = Workspace::recording();
        let pass =
            ForwardPass::run(&task, &mut network, &mut workspace, batch, Mode::Training).unwrap();
        let mut gradients = Vec::new();
        assert_eq!(backward(&network, &mut workspace, &mut gradients, pass.loss).unwrap(), None);
        (pass, gradients.into_iter().flatten().collect())
    }

    #[test]
    fn mixed_classes_have_the_loss_and_the_gradients_of_pytorch() {
        check_each(Fixtures::load("mixup").iter(), |case| {
            let [inputs, targets, other] = ["x", "target", "other"].map(|x| case.input(x).clone());
            let share = case.number("share") as f32;
            let [inputs, targets, other] = [inputs, targets, other].map(Array::from);
            let mixed = Some(Mixed { share, targets: other.clone() });
            let batch = Batch { inputs, targets, mixed, weights: None, places: None };
            let (pass, gradients) = step(case, &batch);
            assert_close(&Tensor::scalar(pass.value), case.output(), "loss");
            assert_close(&gradients[0], case.gradient("weight"), "weight");
            assert_close(&gradients[1], case.gradient("bias"), "bias");
            assert_eq!(pass.metric_sum, case.number("right"));
            // A share of 0 or 1 gives the plain step, bit for bit.
            if share == 0.0 || share == 1.0 {
                let targets = if share == 1.0 { batch.targets } else { other };
                let plain = Batch {
                    inputs: batch.inputs,
                    targets,
                    mixed: None,
                    weights: None,
                    places: None,
                };
                let (alone, plain) = step(case, &plain);
                assert_eq!((alone.value, alone.metric_sum), (pass.value, pass.metric_sum));
                assert_eq!(plain, gradients);
            }
        });
    }

    #[test]
    fn weighted_samples_have_the_loss_and_the_gradients_of_pytorch() {
        check_each(Fixtures::load("weights").iter(), |case| {
            let [inputs, targets] = ["x", "target"].map(|x| Array::from(case.input(x).clone()));
            let weights = Some(case.input("weights").clone());
            let batch = Batch { inputs, targets, mixed: None, weights, places: None };
            let (pass, gradients) = step(case, &batch);
            assert_close(&Tensor::scalar(pass.value), case.output(), "loss");
            assert_close(&gradients[0], case.gradient("weight"), "weight");
            assert_close(&gradients[1], case.gradient("bias"), "bias");
        });
    }

    #[test]
    fn a_parameter_that_no_gradient_reaches_is_refused_by_name() {
        let network = dense(2, 3);
        let mut workspace = Workspace::recording();
        // A loss that does not depend on the network.
        let loss = workspace.tape.variable(Tensor::scalar(1.0));
        let result = backward(&network, &mut workspace, &mut Vec::new(), loss);
        assert!(matches!(result, Err(TrainError::NoGradient(name)) if name == "0.weight"));
    }
}
