//! Many samples pass in batches: the same outputs, and memory that does not grow with their number.

use relume_formats::{Blobs, Source};
use relume_layers::{Network, NetworkSpec};
use relume_tensor::{Rng, peak_numbers};
use relume_training::task::Decoded;
use relume_training::{
    Interrupt, Model, Plan, Silent, TrainError, fit, outputs, predict_batches, predict_part,
};

/// A block of a transformer over 64 steps: its attention takes 8 x 64 x 64 numbers for each sample.
fn transformer() -> Network {
    let spec: NetworkSpec =
        "input(64, 16) -> transformer_encoder(heads=8) -> flatten -> dense(2)".parse().unwrap();
    let mut model = Model::new(spec, 1);
    model.build([64, 16].into()).unwrap();
    model.in_use().unwrap()
}

#[test]
fn a_batch_of_many_holds_little_more_than_its_inputs_and_outputs() {
    let mut network = transformer();
    let inputs = Rng::new(1).normal_tensor([1200, 64, 16], 0.0, 1.0);
    let (all, peak) = peak_numbers(|| outputs(&mut network, &inputs).unwrap());
    // At once, the scores of attention alone are 1200 x 8 x 64 x 64 numbers: 39 million.
    assert!(peak < 36 << 20, "{peak} numbers");
    for sample in [0, 255, 256, 700, 1199] {
        let alone = outputs(&mut network, &inputs.slice(0, sample, sample + 1).unwrap()).unwrap();
        assert_eq!(all.slice(0, sample, sample + 1).unwrap().data(), alone.data(), "{sample}");
    }
}

#[test]
fn predictions_by_batches_are_those_of_the_whole_part() {
    let blobs = Blobs { samples: 700, ..Blobs::default() };
    let data = blobs.load().unwrap();
    let classes = data.outputs();
    let spec = format!("dense(8) -> relu -> dense({classes})").parse::<NetworkSpec>().unwrap();
    let mut model = Model::new(spec, 1);
    let plan = Plan::for_data(&data, 1);
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let Decoded::Classes(whole) = predict_part(&model, &data.all()).unwrap().decoded else {
        panic!("blobs have classes")
    };
    let (mut samples, mut truth, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    predict_batches(&model, &data.all(), |batch, predictions| {
        let Decoded::Classes(own) = predictions.decoded else { panic!("blobs have classes") };
        samples.extend(own.samples);
        truth.extend(own.truth.unwrap());
        batches.extend_from_slice(batch.indices());
        Ok::<(), TrainError>(())
    })
    .unwrap();
    assert_eq!(samples, whole.samples);
    assert_eq!(Some(truth), whole.truth);
    assert_eq!(batches, (0..700).collect::<Vec<_>>());
}
