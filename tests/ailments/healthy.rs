//! Healthy networks, before training, half-way and at the end: no warning.

use crate::cases::files;
use crate::run;

const HEALTHY: &[&str] = &[
    "d = digits()\nnet = dense(128) -> relu -> dropout(0.2) -> dense(10)\nTRAIN epochs=8 optimizer=adam(lr=0.003)",
    "d = digits()\nnet = dense(64) -> relu -> dense(64) -> relu -> dense(64) -> relu -> dense(10)\nTRAIN epochs=1",
    "d = iris()\nnet = dense(16) -> tanh -> dense(3)\nTRAIN epochs=60 optimizer=adam(lr=0.01)",
    "d = digits()\nnet = dense(32) -> gelu -> dense(10)\nTRAIN epochs=5 optimizer=sgd(lr=0.1, momentum=0.9)",
    "d = digits(image=true)\nnet = conv2d(8, 3, padding=1) -> batchnorm -> relu -> maxpool2d(2) -> conv2d(16, 3) -> \
     relu -> globalavgpool -> dense(10)\nTRAIN epochs=3",
    "d = digits(image=true)\nnet = upsample(scale_factor=4) -> conv2d(4, 3, padding=1) -> relu -> globalavgpool -> \
     dense(10)\nTRAIN epochs=1",
    "d = digits(image=true)\nblock = residual(conv2d(8, 3, padding=1) -> batchnorm -> relu -> \
     conv2d(8, 3, padding=1) -> batchnorm) -> relu\n\
     net = conv2d(8, 3, padding=1) -> block -> block -> globalavgpool -> dense(10)\nTRAIN epochs=2",
    "d = digits()\nnet = reshape([8, 8]) -> lstm(16, output=\"last\") -> dense(10)\nTRAIN epochs=3",
    "d = digits()\nnet = reshape([8, 8]) -> gru(16) -> pool_over_time -> dense(10)\nTRAIN epochs=2",
    "d = digits()\nnet = reshape([8, 8]) -> dense(16) -> learned_positions -> \
     transformer_encoder(4, dim_feedforward=32) -> pool_over_time -> dense(10)\nTRAIN epochs=2",
    "d = moons()\nnet = dense(16) -> relu -> dense(16) -> relu -> dense(2)\nTRAIN epochs=20",
    "d = csv(\"FOLDER/small.csv\", target=\"y\")\nnet = dense(32) -> relu -> dense(1)\nTRAIN epochs=20",
];

#[test]
fn healthy_networks_have_no_warning_before_training_and_after() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let mut wrong = Vec::new();
    for script in HEALTHY {
        let script = script.replace("TRAIN", "lint net on d\ninspect net on d\ntrain net on d");
        let ran = run(&format!("set seed=7\n{script}\ninspect net on d"), folder.path());
        let text = format!("{}{}", ran.results, ran.remarks);
        let is_warned = ["WARNING", "PROBLEM", "ERROR", "warning:", "error:"]
            .iter()
            .any(|word| text.contains(word));
        if is_warned || text.matches("rules looked at").count() != 3 {
            wrong.push(format!("{script}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), HEALTHY.len(), wrong.join("\n\n"));
}
