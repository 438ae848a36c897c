//! Public functions given batches, losses and points that do not fit: they return errors or a picture, and never panic.

use relume_autograd::{AutogradError, Tape, Var};
use relume_inspection::plot::{Chart, PictureError, Series};
use relume_inspection::{Statistics, findings, inspect, summarise};
use relume_layers::{LayerError, Network, NetworkSpec, Workspace};
use relume_tensor::{Array, Indices, Shape, Tensor};
use std::path::Path;

#[derive(Debug)]
enum Failed {
    Layer(LayerError),
    Autograd(AutogradError),
}

impl From<LayerError> for Failed {
    fn from(error: LayerError) -> Self {
        Failed::Layer(error)
    }
}

impl From<AutogradError> for Failed {
    fn from(error: AutogradError) -> Self {
        Failed::Autograd(error)
    }
}

fn network(text: &str, input: impl Into<Shape>) -> Network {
    let spec: NetworkSpec = text.parse().unwrap();
    Network::build(&spec, input.into(), 1).unwrap()
}

/// The sum of all outputs.
fn total(workspace: &mut Workspace, y: Var) -> Result<Var, Failed> {
    Ok(relume_autograd::ops::sum(&mut workspace.tape, y)?)
}

#[test]
fn batches_of_other_shapes_and_types_are_refused() {
    let mlp = network("dense(3) -> relu -> dense(2)", 4);
    for batch in [Tensor::ones(4), Tensor::ones([2, 5]), Tensor::ones([2, 2, 2])] {
        let shape = batch.shape();
        let error = inspect(&mlp, &batch.into(), 0.1, total).unwrap_err();
        assert!(matches!(error, Failed::Layer(LayerError::Input { .. })), "{shape}: {error:?}");
    }
    // Indices beyond 2^24, which f32 would round.
    let large: Array = Indices::from_fn([1, 4], |_| (1 << 24) + 1).into();
    assert!(inspect(&mlp, &large, 0.1, total).is_err());
    let words = network("embedding(5, 2) -> flatten -> dense(1)", 3);
    for numbers in [[0.0, 1.0, 5.0], [0.0, 0.5, 1.0], [0.0, -1.0, 1.0], [f32::NAN, 0.0, 1.0]] {
        let batch = Tensor::new([1, 3], numbers.to_vec()).unwrap();
        assert!(inspect(&words, &batch.into(), 0.1, total).is_err(), "{numbers:?}");
    }
}

#[test]
fn a_loss_that_is_not_one_number_or_of_another_tape_is_refused() {
    let mlp = network("dense(2)", 3);
    let batch: Array = Tensor::ones([2, 3]).into();
    let own = |_: &mut Workspace, y: Var| -> Result<Var, Failed> { Ok(y) };
    assert!(matches!(
        inspect(&mlp, &batch, 0.1, own),
        Err(Failed::Autograd(AutogradError::NotScalar { .. } | AutogradError::ForeignVar))
    ));
    let mut other = Tape::new();
    let foreign = other.variable(Tensor::scalar(1.0));
    let foreign = |_: &mut Workspace, _: Var| -> Result<Var, Failed> { Ok(foreign) };
    assert!(matches!(
        inspect(&mlp, &batch, 0.1, foreign),
        Err(Failed::Autograd(AutogradError::NotScalar { .. } | AutogradError::ForeignVar))
    ));
}

#[test]
fn an_empty_batch_and_weights_that_are_not_finite_give_figures() {
    let mut mlp = network("dense(3) -> relu -> dense(2) -> sigmoid", 4);
    let health = inspect(&mlp, &Tensor::zeros([0, 4]).into(), 0.1, total).unwrap();
    assert_eq!((health.loss, health.stages.len()), (0.0, 4));
    findings(&health);
    for (_, parameter) in mlp.parameters_mut().iter_mut() {
        parameter.value.data_mut().fill(f32::NAN);
    }
    let health = inspect(&mlp, &Tensor::ones([2, 4]).into(), f64::NAN, total).unwrap();
    assert!(findings(&health).iter().any(|f| f.finding == "its outputs are not finite"));
    assert_eq!(summarise(&mlp).parameters, 4 * 3 + 3 + 3 * 2 + 2);
    let nothing = Statistics::of(&Tensor::zeros(0));
    assert_eq!(nothing.rms, 0.0);
}

#[test]
fn points_of_any_size_are_drawn_and_files_that_cannot_be_are_refused() {
    let ends = [
        (0.0, 0.0),
        (f64::MAX, f64::MIN),
        (f64::MIN, f64::MAX),
        (0.0, 5e-324),
        (5e-324, 1e-300),
        (1e17, 1e17),
        (f64::NAN, f64::INFINITY),
    ];
    for first in ends {
        for second in ends {
            let chart = Chart::new("y", "x").with(Series::new("y", vec![first, second]));
            for size in [0, 1, 80, usize::MAX] {
                let drawing = chart.terminal(size, size);
                assert!(drawing.starts_with("y: nothing") || drawing.contains('└'), "{drawing}");
            }
        }
    }
    let chart = Chart::new("y", "x").with(Series::counted("y", &[1.0, 2.0]));
    assert!(matches!(chart.save(Path::new("y.txt")), Err(PictureError::Ending(_))));
    let missing = std::env::temp_dir().join("no-such-folder").join("y.svg");
    assert!(matches!(chart.save(&missing), Err(PictureError::Write { .. })));
    assert!(matches!(Chart::new("", "").svg(), Err(PictureError::Empty)));
}
