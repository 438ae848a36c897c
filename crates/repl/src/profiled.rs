//! What a step of training takes, as text.

use crate::aligned;
use crate::lines::cut;
use crate::progress::duration;
use relume_catalog::{count_text, counted};
use relume_inspection::{Memory, Profile, StageCost};
use relume_tensor::bytes_text;

/// The stages, and a line for each of the step, the memory and what was measured.
pub fn text(measured: &Profile) -> String {
    let heads = ["", "stage", "forward", "backward", "share", "multiply-adds", "memory", "GFLOP/s"];
    let rows = measured.stages.iter().map(row).collect();
    let mut text = aligned::cutting(&heads, rows, 1, SHORTEST);
    let Profile { batch, steps, data, optimizer, step, samples_per_second, memory, .. } = measured;
    text += &format!(
        "optimizer {} · data {} · a whole step {} · {:.0} samples/s\n",
        duration(*optimizer),
        duration(*data),
        duration(*step),
        samples_per_second
    );
    let Memory { parameters, gradients, optimizer, activations } = memory;
    text += &format!(
        "parameters {} · gradients {} · optimizer {} · activations {}\n",
        bytes_text(*parameters),
        bytes_text(*gradients),
        bytes_text(*optimizer),
        bytes_text(*activations)
    );
    text + &format!(
        "batches of {}, medians of {}\n",
        counted(*batch, "sample"),
        counted(*steps, "step")
    )
}

/// The width of a stage, and the least one.
const STAGE: usize = 18;
const SHORTEST: usize = 8;

fn row(own: &StageCost) -> Vec<String> {
    let products =
        if own.multiply_adds > 0 { count_text(own.multiply_adds as usize) } else { String::new() };
    vec![
        own.path.clone(),
        cut(&own.stage, STAGE),
        duration(own.forward),
        duration(own.backward),
        format!("{:.0} %", 100.0 * own.share),
        products,
        bytes_text(own.bytes),
        own.gigaflops.map_or_else(String::new, |own| format!("{own:.1}")),
    ]
}
