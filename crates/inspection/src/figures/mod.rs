//! What pictures of networks and data show, as figures: each kind is computed once, can be serialised, and has a
//! drawing.

mod attention;
mod boundary;
mod calibration;
mod class_curves;
mod confusion;
mod data;
mod embedding;
mod feature_maps;
mod inside;
mod pictures;
mod precision_recall;
mod principal;
mod roc;
mod schedule;
mod scored;
mod several;
mod temperature;
mod thresholds;
mod truth;
mod weights;

pub use attention::{AttentionHeads, HeadsOfLayer};
pub use boundary::Boundary;
pub use calibration::{Binning, Bins, Brier, Calibration, CalibrationCurve};
pub use class_curves::{ClassCurve, ClassCurves, Nothing};
pub use confusion::Confusion;
pub use data::{ClassCounts, ColumnHistogram, Columns, PartCounts, parts, picture_shape, samples};
pub use embedding::Embedding;
pub use feature_maps::FeatureMaps;
pub use precision_recall::{PrecisionRecall, PrecisionRecallCurve};
pub use principal::Principal;
pub use roc::{Roc, RocCurve};
pub use schedule::{ScheduleCurve, ScheduleTooLong};
pub use scored::{Scored, ScoredClass};
pub use several::{Compared, OfNetwork, OtherClasses};
pub use temperature::{Sharpness, Temperature, TemperatureError};
pub use thresholds::{Aim, Costs, ThresholdChoice, Thresholds};
pub use truth::{AgainstTruth, NumberAgainstTruth};
pub use weights::{NamedHistogram, Spectrum, WeightHistograms, filters, matrix, picture};
