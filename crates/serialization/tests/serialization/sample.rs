//! The checkpoint that `golden/versions.py` writes, value by value.

use relume_serialization::{
    Checkpoint, Generator, NamedTensor, OptimizerState, RunState, Series, TensorKind,
};
use relume_tensor::{Shape, Tensor};

/// 1, -0, the smallest denormal, a signalling NaN with a payload, infinity, the largest number.
pub const SPECIAL: [u32; 6] = [0x3F80_0000, 0x8000_0000, 1, 0xFF81_2345, 0x7F80_0000, 0x7F7F_FFFF];

pub fn checkpoint() -> Checkpoint {
    let parameter = |trainable| TensorKind::Parameter { trainable };
    Checkpoint {
        network: r#"{"input":[3],"layers":["dense(2)"]}"#.into(),
        tensors: vec![
            named("0.weight", parameter(true), [2, 3], &SPECIAL.map(f32::from_bits)),
            named("0.bias", parameter(false), [2], &[0.1, -2.0]),
            named("0.count", TensorKind::Buffer, [], &[41.0]),
            named("0.empty", TensorKind::Buffer, [0, 4], &[]),
        ],
        optimizer: Some(OptimizerState {
            spec: r#"{"adam":{"lr":0.001}}"#.into(),
            slots: vec![
                ("exp_avg".into(), vec![Tensor::vector(&[0.5, 0.25]), Tensor::scalar(3.0)]),
                ("exp_avg_sq".into(), vec![Tensor::vector(&[0.125, 0.0625])]),
            ],
        }),
        run: Some(RunState {
            epoch: 2,
            batch: 7,
            step: 41,
            seed: 42,
            plan: r#"{"epochs":5}"#.into(),
            progress: r#"{"sum":1.25}"#.into(),
            generators: vec![Generator { name: "shuffle".into(), state: vec![1, 2, 3, u64::MAX] }],
            history: vec![Series { name: "train.loss".into(), points: vec![(1, 2.5), (41, 0.1)] }],
        }),
        preparation: Some(r#"{"standardize":{"mean":[0.5]}}"#.into()),
        metadata: [("relume", "0.1.0"), ("note", "für später")]
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .into(),
        newer: None,
    }
}

pub fn named(name: &str, kind: TensorKind, shape: impl Into<Shape>, values: &[f32]) -> NamedTensor {
    let tensor = Tensor::new(shape, values.to_vec()).unwrap();
    NamedTensor { name: name.into(), kind, tensor }
}

pub fn bits(tensor: &Tensor) -> Vec<u32> {
    tensor.data().iter().map(|value| value.to_bits()).collect()
}
