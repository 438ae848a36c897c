//! The content of a chart.

/// A line: a name and its points.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The name in the legend.
    pub name: String,
    /// The points, x and y; those that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// A line through points.
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Series { name: name.into(), points }
    }

    /// A line through values at 1, 2, 3 and so on.
    pub fn counted(name: impl Into<String>, values: &[f32]) -> Self {
        let points = values.iter().enumerate().map(|(i, &y)| ((i + 1) as f64, f64::from(y)));
        Self::new(name, points.collect())
    }
}

/// Lines over a common axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The title.
    pub title: String,
    /// The label of the horizontal axis.
    pub x_label: String,
    /// The lines.
    pub series: Vec<Series>,
    /// Whether the axes through the origin are drawn.
    pub has_origin: bool,
}

impl Chart {
    /// A chart without lines.
    pub fn new(title: impl Into<String>, x_label: impl Into<String>) -> Self {
        Chart {
            title: title.into(),
            x_label: x_label.into(),
            series: Vec::new(),
            has_origin: false,
        }
    }

    /// The chart with the axes through the origin, as for a function.
    #[must_use]
    pub fn with_origin(mut self) -> Self {
        self.has_origin = true;
        self
    }

    /// The chart with one more line.
    #[must_use]
    pub fn with(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }
}
