//! Batch normalisation with sync=true: a batch in shards has the numbers of the whole batch.

mod meeting;

use meeting::Meeting;
use relume_autograd::{AutogradError, Together, TogetherError, ops};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_layers::{LayerError, Mode, Network, NetworkSpec, Parameter, Role, Workspace};
use relume_tensor::Tensor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

/// The network of a case, written as `text`, with the case's numbers.
fn network(case: &Case, text: &str) -> Network {
    let spec: NetworkSpec = text.parse().unwrap();
    let mut network = Network::build(&spec, case.input("x").shape().without_batch(), 1).unwrap();
    let count = case.parameters().len() + case.buffers().len();
    assert_eq!(network.parameters().len(), count, "{}: as many numbers as in PyTorch", case.name());
    for (name, value) in case.parameters().chain(case.buffers()) {
        let id = network.parameters().find(name).unwrap_or_else(|| panic!("no {name}"));
        let parameter = network.parameters_mut().get_mut(id);
        assert_eq!(parameter.value.shape(), value.shape(), "{}: {name}", case.name());
        parameter.value = value.clone();
    }
    network
}

/// What one step of training gives.
#[derive(Debug)]
struct Step {
    output: Tensor,
    /// Of x.
    gradient: Tensor,
    /// The gradients of the parameters, by name; `None` of those that are frozen.
    gradients: Vec<(String, Option<Tensor>)>,
    /// The buffers afterwards, by name.
    buffers: Vec<(String, Tensor)>,
}

impl Step {
    /// All numbers, to the last bit.
    fn bits(&self) -> Vec<u32> {
        let gradients = self.gradients.iter().filter_map(|(_, gradient)| gradient.as_ref());
        let buffers = self.buffers.iter().map(|(_, value)| value);
        let all = [&self.output, &self.gradient].into_iter().chain(gradients).chain(buffers);
        all.flat_map(|tensor| tensor.data().iter().map(|x| x.to_bits())).collect()
    }
}

/// A step of training on a batch, or on one shard of a batch, whose loss is the sum of all outputs times their factors,
/// so that the factors are the gradient of the outputs.
///
/// The loss here is the mean: the backward pass starts from its weight in the loss of the batch.
fn step(
    mut network: Network,
    together: Option<Arc<dyn Together>>,
    x: Tensor,
    factors: Tensor,
) -> Result<Step, LayerError> {
    let mut workspace = Workspace::recording();
    workspace.set_together(together);
    let x = workspace.tape.variable(x);
    let y = network.forward(&mut workspace, x, Mode::Training)?;
    let output = workspace.tape.value(y).clone();
    let weight = factors.count() as f32;
    let tape = &mut workspace.tape;
    let factors = tape.constant(factors);
    let products = ops::mul(tape, y, factors)?;
    let loss = ops::mean(tape, products)?;
    tape.backward_from(loss, Tensor::scalar(weight))?;
    let parameters = network.parameters();
    let named = |own: &Parameter| own.name.clone();
    let is_buffer = |own: &Parameter| own.role == Role::Buffer;
    let trained = parameters.iter().filter(|(_, own)| !is_buffer(own));
    let gradients = trained.map(|(id, own)| (named(own), workspace.take_gradient(id))).collect();
    let buffers = parameters.iter().filter(|(_, own)| is_buffer(own));
    let buffers = buffers.map(|(_, own)| (named(own), own.value.clone())).collect();
    let gradient = workspace.tape.take_gradient(x).unwrap();
    Ok(Step { output, gradient, gradients, buffers })
}

/// The steps of shards of `sizes` samples, each on its thread; shard i comes late to each sum by `late(i)` milliseconds.
fn shards(
    network: &Network,
    case: &Case,
    sizes: &[usize],
    late: impl Fn(usize) -> u64,
) -> Vec<Step> {
    let meeting = Meeting::new(sizes.len());
    let mut start = 0;
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (shard, &size) in sizes.iter().enumerate() {
            let part = |all: &Tensor| all.slice(0, start, start + size).unwrap();
            let (x, factors) = (part(case.input("x")), part(case.grad_output()));
            start += size;
            let seat = meeting.seat(shard, Duration::from_millis(late(shard)));
            let network = network.clone();
            let work = move || step(network, Some(Arc::new(seat)), x, factors).unwrap();
            threads.push(scope.spawn(work));
        }
        assert_eq!(start, case.input("x").dims()[0], "all samples are in a shard");
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The shards that a batch is cut into, one of a single sample among them.
fn cuts(samples: usize) -> Vec<Vec<usize>> {
    match samples {
        7 => vec![vec![7], vec![3, 4], vec![6, 1], vec![2, 1, 3, 1]],
        2 => vec![vec![2], vec![1, 1]],
        other => panic!("no cuts of {other} samples"),
    }
}

/// Compares shards, put together, with PyTorch on the whole batch; a gradient that is missing must be frozen.
fn check_whole(case: &Case, steps: &[Step], is_frozen: impl Fn(&str) -> bool, context: &str) {
    let joined = |of: fn(&Step) -> &Tensor| {
        Tensor::concat(&steps.iter().map(of).collect::<Vec<_>>(), 0).unwrap()
    };
    assert_close(&joined(|step| &step.output), case.output(), context);
    let gradient = joined(|step| &step.gradient);
    assert_close(&gradient, case.gradient("x"), &format!("{context}: gradient of x"));
    for (i, (name, first)) in steps[0].gradients.iter().enumerate() {
        assert_eq!(first.is_none(), is_frozen(name), "{context}: {name}");
        let Some(mut sum) = first.clone() else { continue };
        for step in &steps[1..] {
            sum.add_assign(step.gradients[i].1.as_ref().unwrap()).unwrap();
        }
        assert_close(&sum, case.gradient(name), &format!("{context}: gradient of {name}"));
    }
    assert_eq!(steps[0].buffers.len(), case.buffers_after().len(), "{context}");
    for (i, (name, value)) in steps[0].buffers.iter().enumerate() {
        assert_close(value, case.buffer_after(name), &format!("{context}: {name} afterwards"));
        for step in steps {
            assert_eq!(step.buffers[i].1.data(), value.data(), "{context}: {name} on all shards");
        }
    }
}

#[test]
fn shards_have_the_statistics_and_gradients_of_the_whole_batch() {
    check_each(Fixtures::load("batchnorm_sync").iter(), |case| {
        let network = network(case, case.text("network"));
        for sizes in cuts(case.input("x").dims()[0]) {
            let steps = shards(&network, case, &sizes, |_| 0);
            check_whole(
                case,
                &steps,
                |_| false,
                &format!("{} in shards of {sizes:?}", case.name()),
            );
        }
    });
}

/// Without sync, shards have statistics of their own: the numbers of the test above are not those of any shards.
#[test]
fn without_sync_each_shard_has_its_own_statistics() {
    let fixtures = Fixtures::load("batchnorm_sync");
    let case = fixtures.case("batchnorm, no options, input [7, 3]");
    let steps = shards(&network(case, "batchnorm"), case, &[3, 4], |_| 0);
    let output = Tensor::concat(&[&steps[0].output, &steps[1].output], 0).unwrap();
    let distances = output.data().iter().zip(case.output().data()).map(|(a, b)| (a - b).abs());
    assert!(distances.fold(0.0, f32::max) > 0.1, "{output:?}");
    assert_ne!(steps[0].buffers[0].1.data(), steps[1].buffers[0].1.data());
}

#[test]
fn a_frozen_layer_takes_part_and_gets_no_gradient() {
    let fixtures = Fixtures::load("batchnorm_sync");
    let case = fixtures.case("two layers with rectifiers, input [7, 3]");
    let mut network = network(case, case.text("network"));
    network.set_frozen(1, true);
    for sizes in cuts(7) {
        let steps = shards(&network, case, &sizes, |_| 0);
        check_whole(case, &steps, |name| name.starts_with("1."), &format!("{sizes:?}"));
    }
}

#[test]
fn bits_do_not_depend_on_which_shard_comes_first() {
    let fixtures = Fixtures::load("batchnorm_sync");
    for name in
        ["two layers with rectifiers, input [7, 3]", "after a convolution, input [7, 2, 4, 4]"]
    {
        let case = fixtures.case(name);
        let network = network(case, case.text("network"));
        let bits = |late: fn(usize) -> u64| {
            let steps = shards(&network, case, &[2, 1, 3, 1], late);
            steps.iter().map(Step::bits).collect::<Vec<_>>()
        };
        let in_order = bits(|shard| 15 * shard as u64);
        assert_eq!(in_order, bits(|shard| 15 * (3 - shard as u64)), "{name}: the last one first");
        assert_eq!(in_order, bits(|shard| [15, 0, 30, 5][shard]), "{name}: in no order");
    }
}

#[test]
fn a_batch_that_is_in_no_shards_has_the_bits_of_a_layer_without_sync() {
    check_each(Fixtures::load("batchnorm_sync").iter(), |case| {
        let text = case.text("network");
        let plain = text.replace(", sync=true", "").replace("sync=true", "");
        assert_ne!(plain, text);
        let [synced, plain] = [text, &plain].map(|text| {
            let mut network = network(case, text);
            let step =
                step(network.clone(), None, case.input("x").clone(), case.grad_output().clone());
            let mut bits = step.unwrap().bits();
            let mut workspace = Workspace::inference();
            let x = workspace.tape.constant(case.input("x").clone());
            let y = network.forward(&mut workspace, x, Mode::Inference).unwrap();
            bits.extend(workspace.tape.value(y).data().iter().map(|x| x.to_bits()));
            bits
        });
        assert_eq!(synced, plain, "{}", case.name());
    });
}

/// The only shard of a batch, which is told at a sum that another one is gone.
#[derive(Debug)]
struct Until(AtomicUsize);

impl Until {
    /// Fails after so many sums.
    fn new(sums: usize) -> Arc<Self> {
        Arc::new(Until(AtomicUsize::new(sums)))
    }

    fn left(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Together for Until {
    fn sum(&self, _: &mut [f64]) -> Result<(), TogetherError> {
        let next = |left: usize| left.checked_sub(1);
        match self.0.fetch_update(SeqCst, SeqCst, next) {
            Ok(_) => Ok(()),
            Err(_) => Err(TogetherError("shard 2 is gone".to_string())),
        }
    }
}

fn small() -> (Network, Tensor) {
    let spec: NetworkSpec = "dense(3) -> batchnorm(sync=true)".parse().unwrap();
    let x = Tensor::from_fn([4, 2], |i| (i * i) as f32);
    (Network::build(&spec, 2.into(), 1).unwrap(), x)
}

#[test]
fn a_failed_sum_is_an_error_of_the_pass_forward_or_backward() {
    let (network, x) = small();
    let run = |sums| step(network.clone(), Some(Until::new(sums)), x.clone(), Tensor::ones([4, 3]));
    let gone = TogetherError("shard 2 is gone".to_string());
    for sums in [0, 1] {
        let error = run(sums).unwrap_err();
        assert_eq!(
            error.to_string(),
            "in layer 1, batchnorm(sync=true): no sum over the shards of the batch: shard 2 is gone"
        );
        let LayerError::In { source, .. } = error else { panic!("{error:?}") };
        assert_eq!(*source, LayerError::Autograd(AutogradError::Together(gone.clone())));
    }
    let backward = run(2).unwrap_err();
    assert_eq!(backward, LayerError::Autograd(AutogradError::Together(gone)));
    run(3).unwrap();
}

#[test]
fn a_shard_that_fails_ends_the_wait_of_the_others() {
    let (network, x) = small();
    let meeting = Meeting::new(2);
    let other = thread::spawn({
        let seat = meeting.seat(0, Duration::ZERO);
        move || step(network, Some(Arc::new(seat)), x, Tensor::ones([4, 3]))
    });
    meeting.fail("shard 1 has no samples");
    let error = other.join().unwrap().unwrap_err();
    assert!(error.to_string().ends_with("shard 1 has no samples"), "{error}");
}

#[test]
fn only_training_with_sync_asks_the_other_shards() {
    let (mut network, x) = small();
    let unused = Until::new(0);
    let mut workspace = Workspace::recording();
    workspace.set_together(Some(unused.clone()));
    let given = workspace.tape.constant(x.clone());
    let y = network.forward(&mut workspace, given, Mode::Inference).unwrap();
    assert_eq!(workspace.tape.value(y).data(), network.predict(&x).unwrap().data());
    // Without running statistics, those of a batch are used after training too: of each shard its own.
    for text in ["batchnorm", "batchnorm(track_running_stats=false, sync=true)"] {
        let mode = if text == "batchnorm" { Mode::Training } else { Mode::Inference };
        let spec: NetworkSpec = text.parse().unwrap();
        workspace.clear();
        let given = workspace.tape.constant(x.clone());
        let mut network = Network::build(&spec, 2.into(), 1).unwrap();
        network.forward(&mut workspace, given, mode).unwrap();
    }
}

#[test]
fn an_input_without_a_gradient_needs_no_sum_backward() {
    let spec: NetworkSpec = "batchnorm(sync=true)".parse().unwrap();
    let mut network = Network::build(&spec, 2.into(), 1).unwrap();
    let sums = Until::new(5);
    let mut workspace = Workspace::recording();
    workspace.set_together(Some(sums.clone()));
    let x = workspace.tape.constant(Tensor::from_fn([4, 2], |i| (i * i) as f32));
    let y = network.forward(&mut workspace, x, Mode::Training).unwrap();
    assert_eq!(sums.left(), 3);
    workspace.tape.backward_from(y, Tensor::ones([4, 2])).unwrap();
    assert_eq!(sums.left(), 3);
    let bias = network.parameters().find("0.bias").unwrap();
    assert_eq!(workspace.take_gradient(bias).unwrap().data(), [4.0, 4.0]);
}

#[test]
fn a_single_number_in_all_shards_is_refused() {
    let (network, x) = small();
    let x = x.slice(0, 0, 1).unwrap();
    let error = step(network, Some(Until::new(2)), x, Tensor::ones([1, 3])).unwrap_err();
    let LayerError::In { source, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*source, LayerError::Batch(_)), "{source:?}");
}
