//! What each head of attention looks at: a matrix for each.

use super::pictures::MOST;
use crate::explain::{attentions, head_name};
use crate::plot::{Axis, Figure, Grid, Mark, Palette, Panel};
use relume_tensor::Array;
use relume_training::{Model, TrainError};
use serde::Serialize;

/// The attention of a network for one sample, of its real steps alone: padding is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttentionHeads {
    /// The sample's name.
    pub data: String,
    /// The layers, in the order in which the sample passes through them.
    pub layers: Vec<HeadsOfLayer>,
}

/// The attention of one layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadsOfLayer {
    /// The path of its stage, with the name of the part if it is one: `3`, `2.self_attn`.
    pub path: String,
    /// Heads.
    pub heads: usize,
    /// The steps that attend: their words, or their indices.
    pub queries: Vec<String>,
    /// The steps that are attended to.
    pub keys: Vec<String>,
    /// The weights by which each query attends to each key, `[heads, queries, keys]`. Those of a query add up to 1.
    pub weights: Vec<f32>,
}

impl AttentionHeads {
    /// The attention to a sample `[1, ...]` as the network takes it, in inference. Steps are named by the sample's
    /// words, an empty one of which is padding, where there are as many of them. `None` of a network without attention.
    ///
    /// # Errors
    /// A model without parameters, or a sample of another shape.
    pub fn of(
        model: &Model,
        (data, sample): (&str, &Array),
        words: &[String],
    ) -> Result<Option<Self>, TrainError> {
        let layers = attentions(model, sample)?.into_iter().map(|own| {
            let ([queries, keys], [real_queries, real_keys]) = (own.steps, own.real);
            let heads = own.layer.weights.chunks_exact((queries * keys).max(1));
            let rows = heads.flat_map(|head| head.chunks_exact(keys.max(1)).take(real_queries));
            let weights = rows.flat_map(|row| &row[..real_keys]).copied().collect();
            HeadsOfLayer {
                path: own.layer.path,
                heads: own.layer.heads,
                queries: names(words, queries, real_queries),
                keys: names(words, keys, real_keys),
                weights,
            }
        });
        let layers: Vec<HeadsOfLayer> = layers.collect();
        let found = AttentionHeads { data: data.to_string(), layers };
        Ok(Some(found).filter(|found| !found.layers.is_empty()))
    }

    /// The layers of one stage alone: of that at the path, and of those inside of it. `None` if it has none.
    #[must_use]
    pub fn of_stage(&self, stage: &str) -> Option<Self> {
        let is_inside = |layer: &&HeadsOfLayer| {
            let rest = layer.path.strip_prefix(stage);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let layers: Vec<_> = self.layers.iter().filter(is_inside).cloned().collect();
        let data = self.data.clone();
        (!layers.is_empty()).then_some(AttentionHeads { data, layers })
    }

    /// A panel for each head, queries down and keys across. All have the same colours, from 0 to the largest weight.
    pub fn figure(&self) -> Figure {
        let finite = self.layers.iter().flat_map(|layer| &layer.weights).filter(|x| x.is_finite());
        let range = [0.0, f64::from(finite.copied().fold(f32::MIN_POSITIVE, f32::max))];
        let heads = self.layers.iter().flat_map(|own| (0..own.heads).map(move |head| (own, head)));
        let all = heads.clone().count();
        let shown = all.min(MOST);
        let panel = |(place, (layer, head)): (usize, (&HeadsOfLayer, usize))| {
            let grid = layer.grid(head, range);
            // What the colours mean stands once.
            let grid = match place + 1 == shown {
                true => grid.with_bar(PALETTE, range, "weight"),
                false => grid,
            };
            layer.panel(head).with(Mark::Grid(grid))
        };
        let panels = heads.take(shown).enumerate().map(panel).collect();
        let rest = match shown < all {
            true => format!(" (the first {shown} of {all} heads)"),
            false => String::new(),
        };
        let title = format!("Attention to {}: queries down, keys across{rest}", self.data);
        Figure::several(title, panels)
    }
}

const PALETTE: Palette = Palette::Sequential;

impl HeadsOfLayer {
    /// The axes of a head.
    fn panel(&self, head: usize) -> Panel {
        let x = Axis::new("key step").named(self.keys.clone());
        // An axis is read from below, a matrix from above.
        let y = Axis::new("query step").named(self.queries.iter().rev().cloned().collect());
        Panel::new(head_name(&self.path, head), x, y).equal()
    }

    fn grid(&self, head: usize, range: [f64; 2]) -> Grid {
        let size = self.queries.len() * self.keys.len();
        let own = self.weights.get(head * size..(head + 1) * size).unwrap_or_default();
        let own: Vec<f64> = own.iter().map(|&x| f64::from(x)).collect();
        Grid::of_numbers(&own, self.keys.len(), PALETTE, range)
    }
}

/// The names of the real ones of some steps.
fn names(words: &[String], steps: usize, real: usize) -> Vec<String> {
    let words = if words.len() == steps { words } else { &[] };
    let name = |at: usize| match words.get(at).map(String::as_str) {
        Some("") => "(padding)".to_string(),
        Some(word) => word.to_string(),
        None => at.to_string(),
    };
    (0..real).map(name).collect()
}
