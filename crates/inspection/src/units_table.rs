//! Units as a table for other programs.

use crate::Detail;

/// The first line of a table of units.
pub const UNITS_HEAD: &str =
    "stage,unit,active,mean,min,max,gradient,row_norm,bias,largest_sample,largest";

/// Every unit of some places as CSV, a line each below [`UNITS_HEAD`]. `active` is the share of values above 0;
/// `gradient` a root mean square; `row_norm` and `bias` are those of the stage's weight, or of the stage just before;
/// `largest_sample` is the position in the part of the sample for which the unit is largest. What a unit does not have
/// is empty.
pub fn units_table(places: &[Detail]) -> String {
    let mut table = format!("{UNITS_HEAD}\n");
    for place in places {
        let path = relume_files::csv_cell(&place.path, ',');
        for own in &place.units {
            let some = |x: Option<f32>| x.map_or_else(String::new, |x| x.to_string());
            let (sample, largest) = match own.top.first() {
                Some((sample, x)) => (sample.to_string(), x.to_string()),
                None => (String::new(), String::new()),
            };
            let numbers = [
                own.unit.to_string(),
                own.active.to_string(),
                own.mean.to_string(),
                own.min.to_string(),
                own.max.to_string(),
                some(own.gradient),
                some(own.weight),
                some(own.bias),
                sample,
                largest,
            ];
            table += &format!("{path},{}\n", numbers.join(","));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Histogram, UnitDetail};

    #[test]
    fn a_table_has_a_line_for_each_unit_and_nothing_where_there_is_none() {
        let unit = UnitDetail {
            unit: 3,
            active: 0.5,
            mean: -0.25,
            min: -1.0,
            max: 2.0,
            gradient: None,
            weight: Some(0.75),
            bias: None,
            histogram: Histogram::of_numbers(&[1.0], 2),
            top: vec![(7, 2.0)],
        };
        let place = Detail { path: "a,b".to_string(), samples: 8, units: vec![unit] };
        let text = units_table(&[place]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines, [UNITS_HEAD, "\"a,b\",3,0.5,-0.25,-1,2,,0.75,,7,2"]);
        assert_eq!(lines[0].split(',').count(), 11);
    }
}
