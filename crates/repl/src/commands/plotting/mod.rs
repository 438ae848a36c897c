//! Pictures of networks, tensors and data: which kind, and of what.

mod attention;
mod curves;
mod kinds;
mod networks;
mod options;
mod values;

pub(super) use curves::of_several;
pub use kinds::PlotKind;
pub(super) use networks::of_networks;
pub use options::{PlotOptions, PlotOptionsOptions};
pub(super) use values::of_value;

use crate::json::exact;
use relume_inspection::plot::{Chart, Figure};
use serde::Serialize;
use serde_json::{Value as Json, json};

/// A picture, with its figures.
pub(super) struct Drawn {
    pub figure: Figure,
    pub json: Json,
    /// What stands below it in the terminal.
    pub note: String,
    /// Its text, where the terminal has another drawing than that of the figure.
    pub text: Option<String>,
}

impl Drawn {
    /// A picture of some kind, with the figures that it is drawn from.
    fn new(kind: PlotKind, figure: Figure, figures: &impl Serialize) -> Self {
        let json =
            json!({ "type": "plot", "schema": 1, "kind": kind.name(), "plot": exact(figures) });
        Drawn { figure, json, note: String::new(), text: None }
    }

    fn with_note(self, note: String) -> Self {
        Drawn { note, ..self }
    }

    /// Lines over an axis.
    pub fn chart(chart: &Chart) -> Self {
        let lines = chart.series.iter();
        let line = |line: &relume_inspection::plot::Series| json!({ "name": line.name, "points": exact(&line.points) });
        let series: Vec<_> = lines.map(line).collect();
        let json = json!({ "type": "chart", "title": chart.title, "series": series });
        Drawn { figure: Figure::from(chart), json, note: String::new(), text: None }
    }
}
