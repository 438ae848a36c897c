//! One step of a network: forward, loss, backward and an Adam step in training; forward alone in inference.

use relume_autograd::OpRef;
use relume_autograd::ops::mean_axis;
use relume_layers::{Mode, Network, NetworkSpec, Workspace};
use relume_losses::LossSpec;
use relume_optimizers::{Optimizer, OptimizerSpec};
use relume_repl::{Output, Session, Value};
use relume_tensor::{Rng, Shape, Tensor};

/// A network in the command language, built for inputs `[batch, ...sample]`.
pub fn network(text: &str, input: &[usize]) -> Network {
    let value = Session::new(Output::standard(false)).value(text);
    let Ok(Value::Network(model)) = value else { panic!("{text}: {value:?}") };
    build(model.spec(), input)
}

fn build(spec: &NetworkSpec, input: &[usize]) -> Network {
    Network::build(spec, shape(input).without_batch(), 0).expect("a network")
}

fn shape(sizes: &[usize]) -> Shape {
    Shape::new(sizes).expect("a shape")
}

/// A network with everything that its step needs.
pub enum Step {
    Training(Box<Trainer>),
    Inference(Box<Inference>),
}

impl Step {
    /// The training step with a loss, or the inference step without one, for inputs `[batch, ...sample]`.
    pub fn new(text: &str, input: &[usize], loss: Option<&str>) -> Self {
        let network = network(text, input);
        match loss {
            Some(loss) => Step::Training(Box::new(Trainer::new(network, input, loss))),
            None => Step::Inference(Box::new(Inference::new(network, input))),
        }
    }

    /// The inference step of a network given as data.
    pub fn inference_of(spec: &NetworkSpec, input: &[usize]) -> Self {
        Step::Inference(Box::new(Inference::new(build(spec, input), input)))
    }

    pub fn run(&mut self) {
        match self {
            Step::Training(trainer) => trainer.step(),
            Step::Inference(inference) => inference.step(),
        }
    }
}

/// A network in training.
pub struct Trainer {
    network: Network,
    workspace: Workspace,
    gradients: Vec<Option<Tensor>>,
    optimizer: Optimizer,
    loss: OpRef,
    x: Tensor,
    target: Tensor,
    /// Whether the outputs of all time steps are averaged before the loss.
    averages_time: bool,
}

impl Trainer {
    pub fn new(network: Network, input: &[usize], loss: &str) -> Self {
        let mut rng = Rng::new(0);
        let x = rng.normal_tensor(shape(input), 0.0, 1.0);
        let output = network.output();
        let classes = output.last().copied().expect("a network with outputs");
        let target = match loss {
            "mse" => rng.normal_tensor([input[0], classes], 0.0, 1.0),
            _ => Tensor::from_fn(input[0], |_| rng.below(classes) as f32),
        };
        let adam = OptimizerSpec::from_arguments("adam", vec![], vec![]).expect("adam");
        Trainer {
            averages_time: output.rank() == 2,
            network,
            workspace: Workspace::recording(),
            gradients: Vec::new(),
            optimizer: Optimizer::new(adam),
            loss: LossSpec::from_arguments(loss, vec![], vec![]).expect("a loss").inner().op(),
            x,
            target,
        }
    }

    pub fn step(&mut self) {
        let workspace = &mut self.workspace;
        let x = workspace.tape.constant(self.x.clone());
        let mut y = self.network.forward(workspace, x, Mode::Training).expect("a forward pass");
        let tape = &mut workspace.tape;
        if self.averages_time {
            y = mean_axis(tape, y, 1).expect("a mean");
        }
        let target = tape.constant(self.target.clone());
        let loss = tape.apply(&self.loss, &[y, target]).expect("a loss");
        tape.backward(loss).expect("a backward pass");
        self.gradients.clear();
        for (id, _) in self.network.parameters().iter() {
            self.gradients.push(workspace.take_gradient(id));
        }
        // The tape shares the parameters' numbers, and gives them up before they are written to.
        workspace.clear();
        let parameters = self.network.parameters_mut().iter_mut();
        for ((id, parameter), gradient) in parameters.zip(&self.gradients) {
            if let Some(gradient) = gradient {
                let value = &mut parameter.value;
                self.optimizer.update(id.index(), value, gradient, 1.0).expect("an update");
            }
        }
    }
}

/// A network that predicts one batch after another.
pub struct Inference {
    network: Network,
    workspace: Workspace,
    x: Tensor,
}

impl Inference {
    pub fn new(network: Network, input: &[usize]) -> Self {
        let x = Rng::new(0).normal_tensor(shape(input), 0.0, 1.0);
        Inference { network, workspace: Workspace::inference(), x }
    }

    pub fn step(&mut self) {
        self.workspace.clear();
        let x = self.workspace.tape.constant(self.x.clone());
        self.network.forward(&mut self.workspace, x, Mode::Inference).expect("a forward pass");
    }
}
