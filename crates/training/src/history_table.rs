//! A history as a table for other programs.

use crate::{History, WatchRecord};
use relume_files::csv_cell;
use std::collections::{HashMap, HashSet};

/// How the first line of a table begins.
pub const HISTORY_HEAD: &str = "epoch,";

impl History {
    /// The history as CSV, a line for each epoch: its losses, metrics and learning rate, and, where it was watched, the
    /// figures of each place and parameter at its last watched step, in columns such as `update:0.weight`. What an
    /// epoch does not have is empty.
    pub fn table(&self) -> String {
        let names = self.names();
        let series: Vec<Vec<f32>> =
            names.iter().map(|name| self.series(name).unwrap_or_default()).collect();
        let watched = self.watched_columns();
        let columns = names.iter().cloned();
        let columns = columns.chain(watched.iter().map(|(name, own)| format!("{name}:{own}")));
        let head: Vec<String> = columns.map(|name| csv_cell(&name, ',')).collect();
        let mut table = format!("{HISTORY_HEAD}{}\n", head.join(","));
        // The last one of each epoch.
        let records: HashMap<u64, &WatchRecord> =
            self.watched.iter().map(|record| (record.epoch, record)).collect();
        for (row, epoch) in self.epochs.iter().enumerate() {
            let found = records.get(&epoch.epoch).map(|record| cells(record)).unwrap_or_default();
            let own = series.iter().map(|values| values.get(row).map_or(String::new(), number));
            let figures = watched.iter().map(|cell| found.get(cell).map_or(String::new(), number));
            let cells: Vec<String> = own.chain(figures).collect();
            table += &format!("{},{}\n", epoch.epoch, cells.join(","));
        }
        table
    }

    /// The figures that were watched, with the places or parameters that have them, in their order.
    fn watched_columns(&self) -> Vec<(&'static str, &str)> {
        let (mut columns, mut seen) = (Vec::new(), HashSet::new());
        for name in WatchRecord::FIGURES {
            for record in &self.watched {
                for (place, value) in record.figure(name).unwrap_or_default() {
                    if !value.is_nan() && seen.insert((name, place)) {
                        columns.push((name, place));
                    }
                }
            }
        }
        columns
    }
}

/// The figures of a record, by their names and those of the places or parameters.
fn cells(record: &WatchRecord) -> HashMap<(&'static str, &str), f64> {
    let of = |name| record.figure(name).unwrap_or_default().into_iter().map(move |own| (name, own));
    let all = WatchRecord::FIGURES.into_iter().flat_map(of);
    all.map(|(name, (place, x))| ((name, place), x)).collect()
}

/// A number; nothing for NaN.
fn number<T: Copy + ToString + Into<f64>>(x: &T) -> String {
    if (*x).into().is_nan() { String::new() } else { x.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EpochRecord, WatchedParameter, WatchedPlace};

    #[test]
    fn a_table_has_the_figures_of_each_epoch_and_nothing_where_there_are_none() {
        let epoch = |epoch, loss| EpochRecord { epoch, loss, lr: 0.1, ..EpochRecord::default() };
        let place = |path: &str, dead| WatchedPlace {
            path: path.to_string(),
            dead,
            signal: 0.5,
            mean: 0.1,
            ..WatchedPlace::default()
        };
        let record = WatchRecord {
            epoch: 2,
            places: vec![place("0", None), place("1", Some(0.25))],
            parameters: vec![WatchedParameter {
                name: "0.weight".to_string(),
                update: Some(0.001),
                ..WatchedParameter::default()
            }],
            ..WatchRecord::default()
        };
        let history = History {
            metric: String::new(),
            epochs: vec![epoch(1, 2.5), epoch(2, 1.5)],
            watched: vec![record],
        };
        let table = history.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines,
            [
                "epoch,loss,test_loss,lr,dead:1,signal:0,signal:1,mean:0,mean:1,std:0,std:1,update:0.weight",
                "1,2.5,,0.1,,,,,,,,",
                "2,1.5,,0.1,0.25,0.5,0.5,0.1,0.1,0,0,0.001",
            ]
        );
    }
}
