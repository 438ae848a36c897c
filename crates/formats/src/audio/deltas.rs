//! How features change with time.

/// Frames to each side that a slope is computed from.
const REACH: usize = 2;

/// The slope of each feature over five frames, by least squares; the first and the last frame are repeated beyond the
/// ends. As torchaudio's `functional.compute_deltas`. `[frames, features]` both.
pub(super) fn deltas(frames: &[f32], features: usize) -> Vec<f32> {
    let count = frames.len() / features.max(1);
    let at = |frame: isize, feature: usize| {
        let frame = frame.clamp(0, count as isize - 1) as usize;
        frames[frame * features + feature]
    };
    let denominator: usize = (1..=REACH).map(|n| 2 * n * n).sum();
    (0..frames.len())
        .map(|i| {
            let (frame, feature) = ((i / features) as isize, i % features);
            let reach = 1..=REACH as isize;
            let slope = |n: isize| n as f32 * (at(frame + n, feature) - at(frame - n, feature));
            reach.map(slope).sum::<f32>() / denominator as f32
        })
        .collect()
}
