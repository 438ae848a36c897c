//! What an activation function is like: known values, and that functions without a curve are refused.

use relume_activations::{ActivationSpec, Formula};
use relume_fixtures::{Fixtures, check_each};
use relume_inspection::{
    Direction, Examination, TrainedActivation, curves, examine, function_shape,
};
use relume_tensor::Tensor;

fn activation(text: &str) -> TrainedActivation {
    text.parse::<ActivationSpec>().unwrap().into()
}

fn examined(text: &str) -> Examination {
    examine(&activation(text)).unwrap()
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} for {expected}");
}

const INF: f64 = f64::INFINITY;

#[test]
fn gains_are_those_that_keep_the_variance() {
    // Of the second moment under the normal density; PyTorch's for tanh is 5/3 and for selu 3/4, which are chosen by
    // trial.
    for (text, gain, pytorch) in [
        ("relu", 2f64.sqrt(), Some(2f64.sqrt())),
        ("identity", 1.0, Some(1.0)),
        ("leaky_relu(slope=0.2)", (2.0 / 1.04f64).sqrt(), Some((2.0 / 1.04f64).sqrt())),
        // Selu's constants are chosen so.
        ("selu", 1.0, Some(0.75)),
        ("tanh", 1.592_537, Some(5.0 / 3.0)),
        ("squared_relu", (2.0 / 3.0f64).sqrt(), None),
        ("formula(\"maximum(x, 0)\")", 2f64.sqrt(), None),
    ] {
        let found = examined(text);
        near(found.normal.gain, gain, 1e-5);
        assert_eq!(found.pytorch_gain, pytorch, "{text}");
    }
    // The mean is 1 / sqrt(2 pi), and half of the slopes are 1.
    let relu = examined("relu").normal;
    near(relu.mean, 0.398_942_28, 1e-6);
    near(relu.variance, 0.5 - 0.159_154_94, 1e-6);
    near(relu.mean_square_slope, 0.5, 1e-4);
    near(relu.gradient, 1.0, 1e-4);
}

#[test]
fn signals_and_gradients_keep_their_size_with_the_gain() {
    for text in ["relu", "identity", "selu", "mish"] {
        let found = examined(text);
        let depth = found.depth;
        assert_eq!((depth.layers, depth.units), (20, 256));
        // Products of random matrices: their sizes spread with the number of layers over the number of units.
        let expected = found.normal.gradient.powi(20);
        assert!((0.6..1.6).contains(&depth.signal), "{text}: {depth:?}");
        assert!((0.6..1.6).contains(&(depth.gradient / expected)), "{text}: {depth:?}, {expected}");
    }
    // A sigmoid's outputs have a mean, which grows at the cost of what differs: gradients vanish.
    assert!(examined("sigmoid").depth.gradient < 1e-3);
}

#[test]
fn shapes_are_found() {
    let relu = examined("relu").shape;
    assert_eq!((relu.low.value, relu.high.value, relu.direction), (0.0, INF, Direction::Rises));
    assert_eq!((relu.flat, relu.zeros), (vec![[-INF, 0.0]], vec![[-INF, 0.0]]));
    assert_eq!((relu.bends, relu.jumps, relu.turns), (vec![0.0], vec![], vec![]));

    let tanh = examined("tanh").shape;
    near(tanh.low.value, -1.0, 1e-6);
    near(tanh.high.value, 1.0, 1e-6);
    assert_eq!((tanh.zeros, tanh.bends), (vec![[0.0, 0.0]], vec![]));
    assert_eq!(tanh.slopes, [0.0, 1.0]);
    // 1 - tanh^2 is 1e-6 at 7.6.
    near(tanh.flat[0][1], -7.6, 0.02);
    near(tanh.flat[1][0], 7.6, 0.02);

    // The minimum of mish by Newton's method in double precision.
    let mish = examined("mish").shape;
    near(mish.low.value, -0.308_84, 1e-5);
    near(mish.low.at.unwrap(), -1.19, 0.006);
    near(mish.turns[0], -1.1925, 1e-3);
    assert_eq!((mish.turns.len(), mish.direction), (1, Direction::Both));
    assert_eq!((mish.bends.len(), mish.zeros), (0, vec![[0.0, 0.0]]));

    let clipped = examined("hardtanh(min_val=-2)").shape;
    assert_eq!(clipped.bends, [-2.0, 1.0]);
    assert_eq!(clipped.flat, [[-INF, -2.0], [1.0, INF]]);
    let shrunk = examined("hardshrink").shape;
    assert_eq!((shrunk.jumps, shrunk.bends), (vec![-0.5, 0.5], vec![]));
    assert_eq!(shrunk.zeros, [[-0.5, 0.5]]);
    // Softsign comes near its ends as 1 / x does.
    let softsign = examined("softsign").shape;
    near(softsign.low.value, -1.0, 1e-5);
    near(softsign.high.value, 1.0, 1e-5);
    let wave = examined("sin").shape;
    near(wave.high.value, 1.0, 1e-4);
    assert!(wave.turns.len() == 12 && wave.zeros.len() == 13, "{wave:?}");
    assert_eq!(examined("formula(\"log1p(x ^ 2)\")").shape.high.value, INF);
    assert_eq!(examined("formula(\"-x ^ 3\")").shape.direction, Direction::Falls);
    assert_eq!(examined("softplus").shape.bends.len(), 0);
}

#[test]
fn trained_functions_have_their_first_values() {
    let prelu = examined("prelu(init=0.5)");
    near(prelu.normal.gain, (2.0 / 1.25f64).sqrt(), 1e-5);
    let text = "f(x, a=param(2), b=param(1, shape=\"units\")) = maximum(a * x, 0) * b";
    let formula = Formula::parse(text).unwrap();
    let found = examine(&ActivationSpec::from(formula).into()).unwrap();
    assert_eq!((found.name.as_str(), found.shape.slopes), ("f", [0.0, 2.0]));
    near(found.normal.gain, 2f64.sqrt() / 2.0, 1e-5);
}

#[test]
fn poles_are_neither_zeros_nor_jumps() {
    let formula = |text: &str| examined(&format!("formula(\"{text}\")"));
    let inverse = formula("1 / x");
    let shape = &inverse.shape;
    assert_eq!((shape.low.value, shape.high.value), (-INF, INF));
    assert_eq!((shape.low.at, shape.high.at), (None, None));
    assert_eq!((&shape.poles, shape.slopes[0]), (&vec![0.0], -INF));
    assert!(shape.zeros.is_empty() && shape.jumps.is_empty() && shape.bends.is_empty());
    // The second moment of 1 / x is infinite.
    assert_eq!(inverse.normal.variance, INF);
    assert!(inverse.normal.gain.is_nan() && inverse.depth.signal.is_nan());
    // Poles between the points, with and without a change of the sign.
    for (text, low) in [("1 / (x - 0.005)", -INF), ("1 / (x - 0.005) ^ 2", 0.0)] {
        let shape = formula(text).shape;
        assert_eq!((shape.poles.len(), shape.high.value), (1, INF), "{text}");
        near(shape.poles[0], 0.005, 1e-3);
        near(shape.low.value.max(-1e9), low.max(-1e9), 1e-5);
        let places = [&shape.turns, &shape.jumps, &shape.bends].map(Vec::len);
        assert_eq!((places, shape.zeros.len()), ([0; 3], 0), "{text}");
    }
    let logarithm = formula("ln(x)").shape;
    assert_eq!((logarithm.poles, logarithm.low.value), (vec![0.0], -INF));
    assert_eq!(logarithm.undefined, [[-INF, 0.0]]);
    near(logarithm.zeros[0][0], 1.0, 1e-3);
    // A jump through 0 is none.
    assert!(examined("hardshrink").shape.poles.is_empty());
    assert!(formula("where(x > 0.003, 5, -5)").shape.poles.is_empty());
}

#[test]
fn a_staircase_rises() {
    let stairs = examined("formula(\"floor(x)\")").shape;
    assert_eq!((stairs.direction, stairs.flat), (Direction::Rises, vec![[-INF, INF]]));
    assert_eq!(examined("formula(\"-floor(x)\")").shape.direction, Direction::Falls);
    assert_eq!(examined("formula(\"0 * x\")").shape.direction, Direction::Flat);
}

#[test]
fn signals_that_overflow_are_infinite() {
    // Squares of squares: beyond f32 after a few layers.
    for text in ["formula(\"x * x\")", "star_relu"] {
        assert_eq!(examined(text).depth.signal, INF, "{text}");
    }
    assert!(examined("formula(\"sqrt(x)\")").depth.signal.is_nan());
}

#[test]
fn values_of_a_network_take_the_place_of_the_first_ones() {
    fn trained(text: &str, values: &[&[f32]]) -> Examination {
        let parameters = values.iter().map(|own| Tensor::vector(own)).collect();
        let function = TrainedActivation { parameters: Some(parameters), ..activation(text) };
        examine(&function).unwrap()
    }
    // The slope below 0 is the smallest one; of several units their mean.
    assert_eq!(trained("prelu", &[&[-0.5]]).shape.slopes, [-0.5, 1.0]);
    assert_eq!(trained("prelu(num_parameters=2)", &[&[0.25, 0.75]]).shape.slopes, [0.5, 1.0]);
    let star = trained("star_relu", &[&[1.0], &[3.0]]).shape;
    assert_eq!(star.low.value, 3.0);
    // weight tanh(alpha x) + bias, with the means 2 and 1 of two units.
    let dynamic = trained("dynamic_tanh", &[&[1.0], &[1.0, 3.0], &[0.0, 2.0]]).shape;
    near(dynamic.low.value, -1.0, 1e-5);
    near(dynamic.high.value, 3.0, 1e-5);
    // 1 + 2 x over 1.
    let line = trained("rational", &[&[1.0, 2.0, 0.0, 0.0, 0.0, 0.0], &[0.0; 4]]).shape;
    assert_eq!(line.zeros, [[-0.5, -0.5]]);
}

#[test]
fn functions_of_several_numbers_are_refused() {
    for text in ["softmax", "glu", "maxout", "log_softmax"] {
        let error = examine(&activation(text)).unwrap_err().to_string();
        assert!(error.starts_with(text) && error.contains("no curve"), "{error}");
    }
}

#[test]
fn a_curve_has_the_function_and_its_derivative() {
    let chart = curves(&[activation("relu")], [-2.0, 2.0]).unwrap();
    let names: Vec<&str> = chart.series.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["relu", "relu'"]);
    let ends = chart.series.iter().map(|line| (line.points[0], line.points[399]));
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends, [((-2.0, 0.0), (2.0, 2.0)), ((-2.0, 0.0), (2.0, 1.0))]);
}

fn shape_of(text: &str) -> relume_inspection::FunctionShape {
    function_shape(&activation(&format!("formula(\"{text}\")"))).unwrap()
}

#[test]
fn slopes_without_a_bound_are_found() {
    // |x|^p has a slope without bound at 0 for 0 < p < 1, and so have the ends of asin.
    for (text, cusps, slopes) in [
        ("sqrt(abs(x))", vec![0.0], [-INF, INF]),
        ("sqrt(abs(x - 0.505))", vec![0.505], [-INF, INF]),
        ("sign(x) * abs(x) ^ (1 / 3)", vec![0.0], [0.0, INF]),
        ("sqrt(x)", vec![0.0], [0.0, INF]),
        ("asin(x)", vec![-1.0, 1.0], [1.0, INF]),
        ("exp(x)", vec![], [0.0, INF]),
        ("x ^ 2", vec![], [-INF, INF]),
        ("x * sin(x)", vec![], [-INF, INF]),
        ("atan(x)", vec![], [0.0, 1.0]),
        ("tan(x)", vec![], [1.0, INF]),
        ("tanh(100 * x)", vec![], [0.0, 100.0]),
        ("abs(x)", vec![], [-1.0, 1.0]),
        ("floor(x)", vec![], [0.0, 0.0]),
        ("x * sigmoid(x)", vec![], [-0.099_84, 1.099_84]),
    ] {
        let shape = shape_of(text);
        assert_eq!(shape.cusps, cusps, "{text}");
        for (found, expected) in shape.slopes.into_iter().zip(slopes) {
            assert!(
                found == expected || (found - expected).abs() < 1e-4,
                "{text}: {:?}",
                shape.slopes
            );
        }
        assert_eq!(shape.bends.len(), usize::from(text == "abs(x)"), "{text}: {:?}", shape.bends);
    }
}

#[test]
fn places_are_not_those_of_the_points_looked_at() {
    // Between two of the points, which are 0.01 apart.
    let shape = shape_of("maximum(x - 0.1234, 0)");
    assert_eq!((shape.flat, shape.zeros), (vec![[-INF, 0.1234]], vec![[-INF, 0.1234]]));
    assert_eq!(shape.bends, [0.1234]);
    assert_eq!(shape_of("ln(x - 0.005)").undefined, [[-INF, 0.005]]);
    let well = shape_of("(x - 0.3333) ^ 2");
    assert_eq!((well.low.at, well.turns), (Some(0.3333), vec![0.3333]));
    near(well.low.value, 0.0, 1e-7);
    // Equal tops have no one place; they are pi / 2 apart from the zeros.
    let wave = shape_of("sin(x)");
    assert_eq!((wave.high.value, wave.high.at, wave.low.at), (1.0, None, None));
    near(wave.turns[6], std::f64::consts::FRAC_PI_2, 1e-4);
    // Odd functions have no mean, not what rounding leaves of it.
    assert_eq!(examined("tanh").normal.mean, 0.0);
    assert_eq!(examined("formula(\"x ^ 3\")").normal.mean, 0.0);
}

#[test]
fn what_changes_faster_than_the_points_is_said_so() {
    for text in ["cos(1000 * x)", "sin(400 * x) + x", "floor(150 * x)"] {
        let shape = shape_of(text);
        near(shape.too_fast_for.unwrap_or(0.0), 0.01, 1e-9);
        // The tops that the points miss are no growth.
        if text.starts_with("cos") {
            near(shape.low.value, -1.0, 1e-3);
            near(shape.high.value, 1.0, 1e-3);
        }
        let places = [&shape.bends, &shape.turns, &shape.jumps, &shape.poles, &shape.cusps];
        assert!(places.iter().all(|own| own.is_empty()), "{text}");
    }
    for text in ["cos(30 * x)", "tanh(500 * x)", "floor(5 * x)", "exp(x)", "1 / x", "tan(x)"] {
        assert_eq!(shape_of(text).too_fast_for, None, "{text}");
    }
    // Poles of tan at odd multiples of pi / 2 within 20.
    assert_eq!(shape_of("tan(x)").poles.len(), 12);
}

#[test]
fn a_formula_whose_slope_is_not_finite_is_named_with_the_place() {
    use relume_inspection::{Fault, fault_of_own_activation};
    let fault = |text: &str| fault_of_own_activation(&text.parse().unwrap());
    let root = fault("dense(3) -> formula(\"root(x) = sqrt(abs(x))\") -> dense(2)").unwrap();
    assert_eq!((root.name.as_str(), root.what, root.at), ("root", Fault::Slope, 0.0));
    assert_eq!(
        root.to_string(),
        "root has a slope that is not finite at x = 0: root(x) = sqrt(abs(x))"
    );
    let inner = fault("residual(formula(\"ln(x - 1)\"))").unwrap();
    assert_eq!((inner.what, inner.at), (Fault::Undefined, 1.0));
    assert_eq!(fault("formula(\"1 / (x + 2)\")").map(|own| own.at), Some(-2.0));
    for sound in ["dense(3) -> relu", "formula(\"x * sigmoid(x)\")", "formula(\"abs(x)\")"] {
        assert_eq!(fault(sound), None, "{sound}");
    }
}

#[test]
fn shapes_are_those_of_many_more_points() {
    check_each(Fixtures::load("shapes").iter(), |case| {
        let shape = function_shape(&activation(case.op())).unwrap();
        let same = |found: &[f64], name: &str, tolerance: f64| {
            let expected = case.extra_output(name).data();
            assert_eq!(found.len(), expected.len(), "{name}: {found:?} for {expected:?}");
            for (&found, &expected) in found.iter().zip(expected) {
                let expected = f64::from(expected);
                let is_near = found == expected || (found - expected).abs() <= tolerance;
                assert!(is_near, "{name}: {found} for {expected}");
            }
        };
        same(&shape.turns, "turns", 2e-4);
        // The slopes are of single precision, and 1e-6 there is a few units in the last place of what they come from.
        let flat: Vec<f64> = shape.flat.iter().flatten().copied().collect();
        same(&flat, "flat", 0.04);
        // Beyond 20 they come nearer to their limits.
        same(&shape.slopes, "slopes", 2.5e-3);
        // The networks of an examination take long.
        if ["gelu", "tanhshrink"].contains(&case.op()) {
            let normal = examined(case.op()).normal;
            same(&[normal.mean, normal.variance, normal.gain], "moments", 1e-5);
        }
        assert_eq!((shape.cusps.len(), shape.too_fast_for), (0, None));
    });
}
