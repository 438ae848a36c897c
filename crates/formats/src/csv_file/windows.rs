//! Windows over the rows of time series.

use super::empty::EmptyCells;
use crate::RandomSplit;
use crate::grouping::GroupingColumns;
use crate::table::{Table, classes, file_error};
use relume_catalog::{Spec, Type, Value, count_text};
use relume_datasets::{Cells, DataError, Grouping, RawColumn, Split, Targets, Windows};
use std::sync::Arc;

/// Windows over rows that follow one another in time: each sample is a window, `[rows, columns]`.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = WindowOptionsOptions)]
pub struct WindowOptions {
    /// How many rows each sample has, for time series: `[window, columns]`. Each sample is a row by default.
    #[spec(positive)]
    pub window: Option<usize>,
    /// How many rows after a window's last one its target is; a list for several, 0 for the last row itself. 1 by
    /// default.
    #[spec(type = HORIZON)]
    pub horizon: Option<Value>,
    /// How many rows lie between the beginnings of two windows; 1 by default.
    #[spec(positive)]
    pub step: Option<usize>,
    /// Column of the series of each row, such as "shop": no window has rows of two; the groups of `split_by` by
    /// default.
    pub series: Option<String>,
}

const HORIZON: Type = Type::OneOf(&[Type::NATURAL, Type::List(&Type::NATURAL)]);

impl WindowOptions {
    /// Refuses options of windows where there are none.
    pub(super) fn consistent(&self) -> Result<(), String> {
        let given = [
            ("horizon", self.horizon.is_some()),
            ("step", self.step.is_some()),
            ("series", self.series.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given && self.window.is_none()) {
            Some((option, _)) => Err(format!(
                "{option} is for windows over time series: give window=24 (or as many rows as a sample has)"
            )),
            None if self.window.is_some() => self.check_horizons(),
            None => Ok(()),
        }
    }

    fn check_horizons(&self) -> Result<(), String> {
        let horizons = self.horizons();
        let twice = horizons.iter().enumerate().find(|(at, ahead)| horizons[..*at].contains(ahead));
        match twice {
            _ if horizons.is_empty() => {
                Err("horizon is empty: horizon=1 predicts the next row".to_string())
            }
            Some((_, ahead)) => Err(format!("horizon has {ahead} twice: a row is predicted once")),
            None => Ok(()),
        }
    }

    /// How many rows after a window's last one each of its targets is.
    pub(super) fn horizons(&self) -> Vec<usize> {
        let whole = |value: &Value| value.as_u64().and_then(|whole| usize::try_from(whole).ok());
        match &self.horizon {
            None => vec![1],
            Some(Value::Array(horizons)) => horizons.iter().filter_map(whole).collect(),
            Some(horizon) => whole(horizon).into_iter().collect(),
        }
    }

    /// Whether the target's values in a window's rows are known before it is predicted.
    pub(super) fn knows_past_targets(&self) -> bool {
        self.window.is_some() && !self.horizons().contains(&0)
    }

    /// The column of the series, with its option.
    pub(super) fn named(&self) -> Option<(&'static str, Value)> {
        self.series.as_ref().map(|column| ("series", Value::from(column.as_str())))
    }

    /// The windows over the rows of a table; `None` if there are to be none. With a target, each has all rows that it
    /// predicts. Windows with empty cells that are not filled in are left out.
    pub(super) fn over(
        &self,
        table: &Table,
        by: &GroupingColumns,
        target: &[usize],
        empty: &EmptyCells,
    ) -> Result<Option<Series>, DataError> {
        let Some(length) = self.window else { return Ok(None) };
        let horizons = if target.is_empty() { Vec::new() } else { self.horizons() };
        let grouping = by.grouping(table)?;
        let order = self.order(table, &grouping)?;
        let furthest = horizons.iter().copied().max().unwrap_or(0);
        let (mut rows, mut starts, mut targets) = (Vec::new(), Vec::new(), Vec::new());
        let (mut places, mut longest, mut left_out) = (vec![0.0; table.len()], 0, 0);
        for series in order {
            let before = rows.len();
            series.iter().enumerate().for_each(|(place, &row)| places[row] = place as f64);
            longest = longest.max(series.len());
            let last = series.len().checked_sub(length.saturating_add(furthest));
            for start in (0..=last.unwrap_or(0)).step_by(self.step.unwrap_or(1)) {
                if last.is_none() {
                    break;
                }
                let own = &series[start..start + length];
                let predicted = || horizons.iter().map(|ahead| series[start + length - 1 + ahead]);
                if own.iter().any(|&row| empty.has_no_inputs(row))
                    || predicted().any(|row| empty.has_no_target(row))
                {
                    left_out += 1;
                    continue;
                }
                starts.push(before + start);
                targets.extend(predicted());
            }
            rows.extend(series);
        }
        if starts.is_empty() && left_out > 0 {
            let problem = empty.nothing_left("window");
            let help = "missing=\"mean\" fills inputs in; or give a smaller window";
            return Err(file_error(&table.path, problem, Some(help.to_string())));
        }
        if starts.is_empty() {
            let problem = format!(
                "window={length}{} needs {} rows that follow one another, and the longest series has {}",
                if furthest > 0 { format!(" with horizon={furthest}") } else { String::new() },
                count_text(length.saturating_add(furthest)),
                count_text(longest)
            );
            return Err(file_error(
                &table.path,
                problem,
                Some(match furthest {
                    0 => "give a smaller window".to_string(),
                    _ => "give a smaller window, or a smaller horizon".to_string(),
                }),
            ));
        }
        // Without times, rows follow one another as the file has them.
        let grouping =
            if grouping == Grouping::Single { Grouping::Times(Arc::new(places)) } else { grouping };
        let windows = Windows::new(length, rows, starts).ok_or(DataError::Lost)?;
        let predicted = empty.predicted(table)?;
        let rows = table.len();
        Ok(Some(Series { windows, rows, targets, horizons, grouping, left_out, predicted }))
    }

    /// The rows of each series in the order of time: of the column that `split_time` names, or of the file. Without a
    /// column of series, each group is one; rows of another group end a series.
    fn order(&self, table: &Table, grouping: &Grouping) -> Result<Vec<Vec<usize>>, DataError> {
        let mut order = match (self.named(), grouping) {
            (Some((_, column)), _) => rows_of_each(&classes(table.cells(table.column(&column)?)).1),
            (None, Grouping::Groups(groups)) => rows_of_each(groups),
            (None, _) => vec![(0..table.len()).collect()],
        };
        if let Grouping::Groups(groups) = grouping {
            let runs = |rows: &Vec<usize>| -> Vec<Vec<usize>> {
                rows.chunk_by(|&a, &b| groups[a] == groups[b]).map(<[_]>::to_vec).collect()
            };
            order = order.iter().flat_map(runs).collect();
        }
        if let Grouping::Times(times) = grouping {
            for series in &mut order {
                series.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
                if let Some(twice) = series.windows(2).find(|two| times[two[0]] == times[two[1]]) {
                    let problem = "the row before it in the order of time has the same time: series=\"COLUMN\" \
                        keeps the rows of several series apart, ignore the repeated row otherwise"
                        .to_string();
                    return Err(table.row_error(twice[1], problem));
                }
            }
        }
        Ok(order)
    }
}

/// The rows of each series, from the series of each row.
fn rows_of_each(series: &[usize]) -> Vec<Vec<usize>> {
    let count = series.iter().max().map_or(0, |last| last + 1);
    let mut order = vec![Vec::new(); count];
    series.iter().enumerate().for_each(|(row, &series)| order[series].push(row));
    order
}

/// Windows, and the rows that they predict.
#[derive(Clone)]
pub(super) struct Series {
    /// How many windows are left out for their empty cells.
    pub left_out: usize,
    /// The rows whose target is known, and the place of each row among them, if it is not known everywhere.
    pub predicted: Option<(Table, Vec<usize>)>,
    pub windows: Windows,
    /// How many rows there are.
    rows: usize,
    /// The rows of each window's targets, a row for each horizon.
    targets: Vec<usize>,
    horizons: Vec<usize>,
    /// The group or the time of each row.
    grouping: Grouping,
}

impl Series {
    /// How many rows are the last one of no window.
    pub fn rows_without_end(&self) -> usize {
        self.rows.saturating_sub(self.windows.len())
    }

    /// The rows of a window's targets.
    fn targets_of(&self, window: usize) -> &[usize] {
        let count = self.horizons.len();
        &self.targets[window * count..(window + 1) * count]
    }

    /// The places of the windows' targets among the rows whose target is known.
    fn places(&self) -> impl Iterator<Item = usize> {
        self.targets.iter().map(|&row| match &self.predicted {
            Some((_, places)) => places[row],
            None => row,
        })
    }

    /// The targets of the windows, from those of the rows whose target is known.
    ///
    /// # Errors
    /// Classes at several horizons.
    pub fn targets(
        &self,
        rows: &Targets,
        exact: Option<&[f64]>,
    ) -> Result<(Targets, Option<Vec<f64>>), DataError> {
        match rows {
            Targets::Classes { names, labels } => match self.horizons.len() {
                1 => {
                    let labels = self.places().map(|row| labels[row]).collect();
                    Ok((Targets::Classes { names: names.clone(), labels }, None))
                }
                _ => Err(DataError::Options(
                    "several horizons are for numbers: classes are predicted at one horizon"
                        .to_string(),
                )),
            },
            Targets::Values { names, values } => {
                let width = names.len();
                let own = |row: usize| row * width..(row + 1) * width;
                let picked = self.places().flat_map(|row| values.data()[own(row)].to_vec());
                let shape = [self.windows.len(), width * self.horizons.len()];
                let values = relume_tensor::Tensor::new(shape, picked.collect())?;
                let exact = exact
                    .map(|exact| self.places().flat_map(|row| exact[own(row)].to_vec()).collect());
                Ok((Targets::Values { names: self.names(names), values }, exact))
            }
            other => Ok((other.clone(), None)),
        }
    }

    /// The names of the numbers: `load` for one horizon, `load+1`, `load+2` for several.
    fn names(&self, names: &[String]) -> Vec<String> {
        match self.horizons[..] {
            [_] => names.to_vec(),
            _ => {
                let mut all = Vec::with_capacity(names.len() * self.horizons.len());
                for ahead in &self.horizons {
                    all.extend(names.iter().map(|name| format!("{name}+{ahead}")));
                }
                all
            }
        }
    }

    /// What keeps windows together, or in order, where parts are drawn: what they predict. A window may look back into
    /// the rows of an earlier part.
    pub fn grouping(&self) -> Grouping {
        let windows = || (0..self.windows.len()).map(|window| self.targets_of(window));
        match &self.grouping {
            Grouping::Groups(groups) => {
                let of = |rows: &[usize]| rows.last().map_or(0, |&row| groups[row]);
                Grouping::Groups(Arc::new(windows().map(of).collect()))
            }
            Grouping::Times(times) => {
                let span = |rows: &[usize]| {
                    let own = rows.iter().map(|&row| times[row]);
                    own.fold([f64::INFINITY, f64::NEG_INFINITY], |[first, last], time| {
                        [first.min(time), last.max(time)]
                    })
                };
                Grouping::Spans(Arc::new(windows().map(span).collect()))
            }
            other => other.clone(),
        }
    }

    /// The parts of the windows: of what they predict.
    ///
    /// # Errors
    /// A test file whose rows are in the same groups as those of the train part; a part that several horizons leave
    /// empty.
    pub fn split(
        &self,
        table: &Table,
        split: &RandomSplit,
        targets: &Targets,
        grouping: &Grouping,
    ) -> Result<Split, DataError> {
        let files = table.split();
        let parts = match &files {
            None => split.draw_by(targets, grouping),
            Some(rows) => {
                table.check_groups(rows, &self.grouping)?;
                split.complete_by(self.of_files(rows), targets, grouping)
            }
        };
        let are_purged = matches!(grouping, Grouping::Spans(_)) && self.horizons.len() > 1;
        let is_crowded = files.is_some() || are_purged && self.windows.len() > 1;
        let are_wanted = [
            ("train", true, &parts.train),
            ("validation", split.validation.is_some_and(|share| share > 0.0), &parts.validation),
            ("test", files.is_some() || split.test_fraction() > 0.0, &parts.test),
        ];
        let empty =
            are_wanted.into_iter().find(|(_, is_wanted, part)| *is_wanted && part.is_empty());
        match empty.filter(|_| is_crowded) {
            Some((name, ..)) => Err(self.no_window(table, name, files.is_some())),
            None => Ok(parts),
        }
    }

    fn no_window(&self, table: &Table, part: &str, has_test_file: bool) -> DataError {
        let ahead = self.horizons.iter().copied().max().unwrap_or(0);
        let problem = format!(
            "no window is left for the {part} part: all that a window predicts is in one part, and what is trained \
             on ends before what is held out"
        );
        let nearer = match ahead {
            0 | 1 => String::new(),
            _ => format!(", or windows that predict less far ahead than {ahead}"),
        };
        let none = match (part, has_test_file) {
            ("validation", _) => "; validation=0 holds nothing out",
            (_, false) => "; test=0 holds nothing out",
            (_, true) => "",
        };
        let help = format!("give more rows{nearer}{none}");
        file_error(&table.path, problem, Some(help))
    }

    /// The windows that predict rows of the train file and have no others, and those that predict rows of the test
    /// file. All other windows are left out.
    fn of_files(&self, rows: &Split) -> Split {
        let mut is_test = vec![false; self.rows];
        rows.test.iter().for_each(|&row| is_test[row] = true);
        let mut own = Split::default();
        for window in 0..self.windows.len() {
            let targets = self.targets_of(window).iter();
            if targets.clone().all(|&row| is_test[row]) {
                own.test.push(window);
            } else if !targets.chain(self.windows.rows(window)).any(|&row| is_test[row]) {
                own.train.push(window);
            }
        }
        own
    }

    /// The rows that the windows of the train part have and predict, by which the preparation is learned.
    pub fn rows_of(&self, split: &Split) -> Split {
        let mut is_trained = vec![false; self.rows];
        for &window in &split.train {
            let own = self.windows.rows(window).iter().chain(self.targets_of(window));
            own.for_each(|&row| is_trained[row] = true);
        }
        let train = (0..self.rows).filter(|&row| is_trained[row]).collect();
        Split { train, ..Split::default() }
    }

    /// What rows weigh, as that of the last row that each window predicts.
    pub fn of_targets(&self, rows: &[f32]) -> Vec<f32> {
        let own = (0..self.windows.len()).filter_map(|window| self.targets_of(window).last());
        own.map(|&row| rows[row]).collect()
    }

    /// Some columns in the last row of each window.
    pub fn last_rows(&self, table: &Table, columns: &[usize]) -> Vec<RawColumn> {
        let windows = || (0..self.windows.len()).map(|window| self.windows.rows(window));
        let cells = |at: usize| {
            windows().filter_map(|rows| rows.last()).map(move |&row| table.cell(row, at))
        };
        let column = |&at: &usize| RawColumn {
            name: table.names[at].clone(),
            cells: Cells::words(cells(at)),
        };
        columns.iter().map(column).collect()
    }
}
