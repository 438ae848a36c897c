//! The confusion matrix.

use crate::plot::{Axis, Figure, Grid, Mark, Palette, Panel};
use relume_training::Evaluation;
use serde::Serialize;

/// How often each class (row) was predicted as each (column).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    /// The samples' name.
    pub data: String,
    /// The classes' names.
    pub classes: Vec<String>,
    /// The counts: the true class down, the predicted one across.
    pub counts: Vec<Vec<usize>>,
    /// The share of right predictions.
    pub accuracy: f64,
}

impl Confusion {
    /// The matrix of an evaluation; `None` if it has none.
    pub fn of(evaluation: &Evaluation) -> Option<Self> {
        let counts = evaluation.confusion.clone();
        if counts.len() < 2 {
            return None;
        }
        let all: usize = counts.iter().flatten().sum();
        let right: usize = counts.iter().enumerate().filter_map(|(at, row)| row.get(at)).sum();
        Some(Confusion {
            data: evaluation.data.clone(),
            classes: evaluation.classes.clone(),
            counts,
            accuracy: right as f64 / all.max(1) as f64,
        })
    }

    /// The matrix, coloured by the share of each true class.
    pub fn figure(&self) -> Figure {
        let share = |row: &Vec<usize>| {
            let all = row.iter().sum::<usize>().max(1) as f64;
            row.iter().map(|&count| count as f64 / all).collect::<Vec<_>>()
        };
        let shares: Vec<f64> = self.counts.iter().flat_map(share).collect();
        let text = |&count: &usize| if count == 0 { String::new() } else { count.to_string() };
        let grid = Grid::of_numbers(&shares, self.classes.len(), Palette::Sequential, [0.0, 1.0])
            .with_texts(self.counts.iter().flatten().map(text).collect())
            .with_bar(Palette::Sequential, [0.0, 1.0], "share of the true class");
        let accuracy = 100.0 * self.accuracy;
        let title = format!("Confusion on {}: accuracy {accuracy:.1} %", self.data);
        // An axis is read from below, a matrix from above.
        let down = self.classes.iter().rev().cloned().collect();
        let x = Axis::new("predicted class").named(self.classes.clone());
        let y = Axis::new("true class").named(down);
        Figure::of(Panel::new(title, x, y).with(Mark::Grid(grid)))
    }
}
