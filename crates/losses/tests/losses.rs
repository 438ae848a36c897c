//! Losses as text, their options, and the operands that they refuse.

mod common;

use common::{apply, loss, refusal, rows};
use relume_autograd::Tape;
use relume_losses::{
    Bce, CrossEntropy, Focal, Huber, KlDiv, LossSpec, Mse, Reduction, ReductionOptions,
};
use relume_tensor::{Indices, Rng, Tensor};
use serde_json::json;

#[test]
fn a_printed_or_saved_loss_reads_back_as_itself() {
    for (spec, text) in [
        (loss("huber", json!({"delta": 0.5})), "huber(delta=0.5)"),
        (loss("smooth_l1", json!({"beta": 0})), "smooth_l1(beta=0)"),
        (loss("bce", json!({"weight": [1, 2]})), "bce(weight=[1, 2])"),
        (loss("bce_with_logits", json!({"pos_weight": 3})), "bce_with_logits(pos_weight=3)"),
        (loss("focal", json!({"alpha": -1, "gamma": 0})), "focal(gamma=0, alpha=-1)"),
        (loss("kl_div", json!({"reduction": "batchmean"})), "kl_div(reduction=\"batchmean\")"),
        (loss("nll", json!({"ignore_index": -1})), "nll(ignore_index=-1)"),
        (loss("poisson_nll", json!({"log_input": false})), "poisson_nll(log_input=false)"),
        (loss("triplet_margin", json!({"p": 1, "swap": true})), "triplet_margin(p=1, swap=true)"),
        (loss("ctc", json!({"blank": 2})), "ctc(blank=2)"),
        (loss("dice", json!({})), "dice"),
    ] {
        assert_eq!(spec.to_string(), text);
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<LossSpec>(&json).unwrap(), spec, "{json}");
    }
    // From before bce had weights.
    let old = r#"{"bce": {"reduction": "mean"}}"#;
    assert_eq!(serde_json::from_str::<LossSpec>(old).unwrap(), loss("bce", json!({})));
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    for (name, options, wanted) in [
        ("huber", json!({"delta": 0}), "`delta` wants a number above 0"),
        ("smooth_l1", json!({"beta": -1}), "`beta` wants a number of at least 0"),
        ("focal", json!({"gamma": -1}), "`gamma`"),
        ("focal", json!({"alpha": -0.5}), "alpha lies between 0 and 1, or is -1"),
        ("kl_div", json!({"reduction": "median"}), "\"batchmean\""),
        ("mse", json!({"reduction": "batchmean"}), "\"mean\" or \"sum\" or \"none\""),
        ("gaussian_nll", json!({"eps": 0}), "`eps`"),
        ("cosine_embedding", json!({"margin": 2}), "`margin` wants a number from -1 to 1"),
        ("triplet_margin", json!({"p": 0}), "`p`"),
        ("triplet_margin", json!({"margin": 0}), "`margin`"),
        ("dice", json!({"smooth": 0}), "`smooth`"),
        ("ctc", json!({"blank": -1}), "`blank`"),
        ("bce", json!({"weight": [1, -1]}), "`weight`"),
    ] {
        let named = options.as_object().cloned().unwrap().into_iter().collect();
        let error = LossSpec::from_arguments(name, vec![], named).unwrap_err().to_string();
        assert!(error.contains(wanted), "{name}: {error}");
    }
}

#[test]
fn classes_that_do_not_fit_are_refused_with_their_row() {
    let logits = Tensor::zeros([2, 3]);
    for name in ["cross_entropy", "nll"] {
        let refused = |t: Tensor| refusal(&loss(name, json!({})), &[&logits, &t]);
        let outside = refused(Tensor::vector(&[0., 3.]));
        assert!(outside.contains("row 1: 3 is not one of the classes 0 to 2"), "{outside}");
        assert!(refused(Tensor::vector(&[0.5, 0.])).contains("row 0"));
        assert!(refused(Tensor::vector(&[f32::NAN, 0.])).contains("row 0"));
        assert!(refused(Tensor::zeros([3])).contains("class indices [2]"));
        let weights =
            refusal(&loss(name, json!({"weight": [1, 2]})), &[&logits, &Tensor::zeros(2)]);
        assert!(weights.contains("2 weights for 3 classes"), "{weights}");
        let none = refusal(&loss(name, json!({})), &[&Tensor::zeros([2, 0]), &Tensor::zeros(2)]);
        assert!(none.contains("no classes"), "{none}");
    }
    let images = Tensor::zeros([2, 3, 2]);
    let refused = refusal(&loss("nll", json!({})), &[&images, &rows(&[&[0., 1.], &[2., 5.]])]);
    assert!(refused.contains("row 1, position 1: 5 is not one of"), "{refused}");
}

#[test]
fn a_class_beyond_the_whole_numbers_of_f32_is_right_or_refused() {
    let classes = (1 << 24) + 2;
    let mut logs = Tensor::zeros([1, classes]);
    logs.data_mut()[classes - 1] = -3.0;
    let nll = loss("nll", json!({}));
    let mut tape = Tape::new();
    let x = tape.variable(logs.clone());
    let target = tape.constant(Indices::vector(&[classes - 1]).unwrap());
    let y = nll.apply(&mut tape, x, target).unwrap();
    assert_eq!(tape.value(y).item(), Some(3.0));
    tape.backward(y).unwrap();
    let gradient = tape.gradient(x).unwrap().data();
    assert!(gradient[classes - 1] == -1.0 && gradient[..classes - 1].iter().all(|&g| g == 0.0));
    // 16777217 as f32 is 16777216, which is a class as well.
    let refused = refusal(&nll, &[&logs, &Tensor::vector(&[(classes - 1) as f32])]);
    assert!(refused.contains("row 0: 16777216") && refused.contains("as indices"), "{refused}");
}

#[test]
fn indices_outside_of_the_classes_are_refused_with_their_row() {
    for name in ["cross_entropy", "nll"] {
        let mut tape = Tape::new();
        let x = tape.constant(Tensor::zeros([2, 3]));
        let target = tape.constant(Indices::vector(&[0, 3]).unwrap());
        let error = loss(name, json!({})).apply(&mut tape, x, target).unwrap_err().to_string();
        assert!(error.ends_with("row 1: 3 is not one of the classes 0 to 2"), "{error}");
        let short = tape.constant(Indices::vector(&[0]).unwrap());
        assert!(loss(name, json!({})).apply(&mut tape, x, short).is_err());
    }
}

#[test]
fn operands_that_do_not_fit_are_refused_with_their_row() {
    let plain = |name: &str| loss(name, json!({}));
    let pair = Tensor::zeros([2, 2]);
    let stretched = refusal(&plain("mse"), &[&Tensor::zeros([3]), &Tensor::zeros([3, 1])]);
    assert!(stretched.contains("nothing is stretched"), "{stretched}");
    let logits = refusal(&plain("bce"), &[&Tensor::vector(&[1.5]), &Tensor::vector(&[1.0])]);
    assert!(logits.contains("bce_with_logits"), "{logits}");
    for name in ["hinge", "squared_hinge"] {
        let signs = refusal(&plain(name), &[&Tensor::zeros(2), &Tensor::vector(&[1., 0.])]);
        assert!(signs.contains("row 1: the target 0 is neither -1 nor 1"), "{signs}");
    }
    let focal = refusal(&plain("focal"), &[&Tensor::zeros(2), &Tensor::vector(&[1., 2.])]);
    assert!(focal.contains("row 1: the target 2 does not lie"), "{focal}");
    let outside = refusal(&plain("dice"), &[&pair, &rows(&[&[0., 1.], &[0., f32::NAN]])]);
    assert!(outside.contains("row 1: NaN is not a target"), "{outside}");
    let variance = plain("gaussian_nll");
    let negative = refusal(&variance, &[&pair, &pair, &rows(&[&[1., 1.], &[1., -1.]])]);
    assert!(negative.contains("row 1: -1 is not a variance"), "{negative}");
    let ambiguous = refusal(&variance, &[&pair, &pair, &Tensor::vector(&[1., 1.])]);
    assert!(ambiguous.contains("as many axes"), "{ambiguous}");
    let ranks = refusal(&plain("margin_ranking"), &[&pair, &pair, &pair]);
    assert!(ranks.contains("row 0: 0 is neither 1"), "{ranks}");
    let labels = [&pair, &pair, &Tensor::vector(&[1., 0.])];
    let labels = refusal(&plain("cosine_embedding"), &labels);
    assert!(labels.contains("row 1: 0 is neither 1"), "{labels}");
    let weights = refusal(&loss("bce", json!({"weight": [1, 2, 3]})), &[&pair, &pair]);
    assert!(weights.contains("3 weights"), "{weights}");
    let missing = refusal(&plain("triplet_margin"), &[&pair, &pair]);
    assert!(missing.contains("anchors, positives, negatives"), "{missing}");
}

#[test]
fn ctc_refuses_lengths_and_labels_that_do_not_fit() {
    let logs = Tensor::full([4, 2, 3], -1.1);
    let labels = rows(&[&[1., 2.], &[1., 0.]]);
    let [times, counts] = [Tensor::vector(&[4., 3.]), Tensor::vector(&[2., 1.])];
    let ctc = loss("ctc", json!({}));
    let refused = |labels: &Tensor, times: &Tensor, counts: &Tensor| {
        refusal(&ctc, &[&logs, labels, times, counts])
    };
    let far = loss("ctc", json!({"blank": 3}));
    for (message, wanted) in [
        (refused(&labels, &Tensor::vector(&[4., 5.]), &counts), "row 1: the input length 5"),
        (refused(&labels, &times, &Tensor::vector(&[2., 3.])), "row 1: the label length 3"),
        (refused(&labels, &times, &Tensor::vector(&[2., 9.])), "a label length is 9"),
        (refused(&labels, &times, &Tensor::vector(&[2., 0.5])), "row 1: the label length 0.5"),
        (refused(&rows(&[&[1., 3.], &[1., 0.]]), &times, &counts), "row 0: 3 is not a label"),
        (refused(&rows(&[&[1., 0.], &[1., 0.]]), &times, &counts), "row 0: 0 is not a label"),
        (refused(&Tensor::vector(&[1., 2.]), &times, &counts), "add up to 3, but there are 2"),
        (refused(&labels, &Tensor::vector(&[4.]), &counts), "input_lengths"),
        (refusal(&far, &[&logs, &labels, &times, &counts]), "blank 3"),
        (refusal(&ctc, &[&Tensor::zeros(3), &labels, &times, &counts]), "[time, batch, classes]"),
    ] {
        assert!(message.contains(wanted), "{message}");
    }
}

#[test]
fn what_has_no_gradient_says_so() {
    let mut tape = Tape::new();
    let x = tape.variable(Tensor::zeros([2, 3]));
    let classes = tape.variable(Tensor::vector(&[0., 1.]));
    for name in ["cross_entropy", "nll"] {
        let y = loss(name, json!({})).apply(&mut tape, x, classes).unwrap();
        assert!(tape.backward(y).unwrap_err().to_string().contains("no gradient"), "{name}");
    }
}

/// In training, losses of more than predictions and targets take the others from these two.
#[test]
fn in_training_outputs_and_targets_are_enough_where_they_can_be() {
    let in_training = |name: &str, outputs: &Tensor, targets: &Tensor| {
        let mut tape = Tape::new();
        let (x, t) = (tape.variable(outputs.clone()), tape.constant(targets.clone()));
        let y = tape.apply(loss(name, json!({})).inner().in_training().unwrap(), &[x, t]).unwrap();
        tape.backward(y).unwrap();
        (tape.value(y).item().unwrap(), tape.take_gradient(x).unwrap())
    };
    // Means and variances side by side. torch: F.gaussian_nll_loss(m, t, v) and its gradients of m and v.
    let outputs = rows(&[&[0.5, 0.25], &[2.0, 1.0]]);
    let targets = rows(&[&[1.0], &[2.0]]);
    let (value, gradient) = in_training("gaussian_nll", &outputs, &targets);
    let apart = [rows(&[&[0.5], &[2.0]]), targets, rows(&[&[0.25], &[1.0]])];
    let expected = apply(&loss("gaussian_nll", json!({})), &apart.each_ref()).unwrap();
    assert_eq!(value, expected.item().unwrap());
    assert_eq!(gradient, rows(&[&[-1.0, 0.0], &[0.0, 0.25]]));
    // Batch before time, padded labels: the same as with time first and lengths. Lengths in time may follow them.
    let logs = Rng::new(3).normal_tensor([2, 4, 3], -1.0, 0.5);
    for lengths in [[4., 4.], [4., 3.]] {
        let lengths = Tensor::vector(&lengths);
        let mut tape = Tape::new();
        let x = tape.variable(logs.clone());
        let labels = tape.constant(rows(&[&[1., 2., -1.], &[2., 0., 0.]]));
        let times = tape.constant(lengths.clone());
        let op = loss("ctc", json!({})).inner().in_training().unwrap();
        let operands = [x, labels, times];
        let count = if lengths.min() == 4.0 { 2 } else { 3 };
        let y = tape.apply(op, &operands[..count]).unwrap();
        tape.backward(y).unwrap();
        let (value, gradient) = (tape.value(y).item().unwrap(), tape.take_gradient(x).unwrap());
        let mut tape = Tape::new();
        let x = tape.variable(logs.permute(&[1, 0, 2]).unwrap());
        let [labels, times, counts] =
            [rows(&[&[1., 2.], &[2., 0.]]), lengths, Tensor::vector(&[2., 1.])]
                .map(|tensor| tape.constant(tensor));
        let y = loss("ctc", json!({})).apply_to(&mut tape, &[x, labels, times, counts]).unwrap();
        tape.backward(y).unwrap();
        assert_eq!(value, tape.value(y).item().unwrap());
        assert_eq!(gradient, tape.take_gradient(x).unwrap().permute(&[1, 0, 2]).unwrap());
    }
    let op = loss("ctc", json!({})).inner().in_training().unwrap();
    let mut tape = Tape::inference();
    let (x, gap) = (tape.constant(logs), tape.constant(rows(&[&[1., 0., 2.], &[2., 0., 0.]])));
    let gap = tape.apply(op, &[x, gap]).unwrap_err().to_string();
    assert!(gap.contains("row 0: a label follows"), "{gap}");
    // A vector along itself.
    let (value, _) = in_training("cosine_embedding", &rows(&[&[3., 4.]]), &rows(&[&[6., 8.]]));
    assert!(value.abs() < 1e-6);
    for name in ["triplet_margin", "margin_ranking"] {
        assert!(loss(name, json!({})).inner().in_training().is_none());
    }
}

#[test]
fn options_out_of_range_are_refused_when_built_in_rust_or_read_from_a_file() {
    let specs: [(LossSpec, &str); 5] = [
        (Huber::new().delta(-1.0).into(), "huber's `delta` wants a number above 0, not -1"),
        (
            CrossEntropy::new().label_smoothing(2.0).into(),
            "cross_entropy's `label_smoothing` wants a number from 0 to 1, not 2",
        ),
        (
            Mse::new().reduction(Reduction::BatchMean).into(),
            "mse's `reduction` wants \"mean\" or \"sum\" or \"none\", not \"batchmean\"",
        ),
        (
            Bce::new().weight(vec![1.0, -1.0]).into(),
            "bce's `weight` wants a number of at least 0, or a list, each item a number of at least 0, not [1, -1]",
        ),
        (
            Focal::new().alpha(-0.5).into(),
            "focal: alpha lies between 0 and 1, or is -1 for no weights, not -0.5",
        ),
    ];
    for (spec, message) in specs {
        let mut tape = Tape::new();
        let x = tape.constant(Tensor::zeros([2, 2]));
        let error = spec.apply(&mut tape, x, x).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        // The operation itself refuses, and so does that of training.
        for op in [Some(spec.inner().op()), spec.inner().in_training()].into_iter().flatten() {
            let error = tape.apply(op, &[x, x]).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        let json = serde_json::to_string(&spec).unwrap();
        let error = serde_json::from_str::<LossSpec>(&json).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    assert_eq!(
        loss("kl_div", json!({"reduction": "batchmean"})),
        KlDiv::new().reduction(Reduction::BatchMean).into()
    );
}
