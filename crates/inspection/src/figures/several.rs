//! The curves of several networks on the same samples, over each other.

use super::pictures::MOST;
use crate::plot::{Figure, Mark, Panel, cut};
use serde::Serialize;

/// The widest that a network's name may be in a legend, in columns.
const NAME: usize = 24;

/// Curves of one network by class, which can be drawn alone or over those of other networks.
pub trait Curves {
    /// The curve of one class.
    type Curve;

    /// What curves are called at the beginning of a title: `ROC`.
    const NAME: &'static str;

    /// The samples' name.
    fn data(&self) -> &str;

    /// The curve of each class.
    fn curves(&self) -> &[Self::Curve];

    /// The class of a curve.
    fn class(curve: &Self::Curve) -> &str;

    /// The area under a curve, or what else it comes to, with its name: `AUC 0.981`.
    fn area(curve: &Self::Curve) -> String;

    /// A panel with what curves are compared with: those of one class, of which one is given, or of several.
    fn panel(title: String, one: Option<&Self::Curve>) -> Panel;

    /// A curve with a name.
    fn mark(curve: &Self::Curve, name: String) -> Mark;
}

/// The curves of all classes of one network in a panel with some title.
pub(super) fn panel_of<T: Curves>(own: &T, title: String) -> Panel {
    let one = if let [only] = own.curves() { Some(only) } else { None };
    own.curves().iter().fold(T::panel(title, one), |panel, curve| {
        panel.with(T::mark(curve, format!("{} ({})", T::class(curve), T::area(curve))))
    })
}

/// The curves of several networks on the same samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared<T> {
    /// The networks, in the order in which they were named.
    pub networks: Vec<OfNetwork<T>>,
}

/// The curves of one of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfNetwork<T> {
    /// The network's name.
    pub network: String,
    /// Its curves.
    #[serde(flatten)]
    pub found: T,
}

/// Curves of other classes, which are not compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{network} has curves of {classes}, and {first} of {first_classes}")]
pub struct OtherClasses {
    /// The network.
    pub network: String,
    /// Its classes.
    pub classes: String,
    /// The first network.
    pub first: String,
    /// The classes of that.
    pub first_classes: String,
}

impl<T: Curves> Compared<T> {
    /// The curves of networks on the same samples.
    ///
    /// # Errors
    /// Networks whose curves are not of the same classes in the same order.
    pub fn of(networks: Vec<OfNetwork<T>>) -> Result<Self, OtherClasses> {
        if let Some((first, rest)) = networks.split_first() {
            let is_same = |own: &&OfNetwork<T>| own.classes() == first.classes();
            if let Some(other) = rest.iter().find(|own| !is_same(own)) {
                return Err(OtherClasses {
                    network: other.network.clone(),
                    classes: other.classes().join(", "),
                    first: first.network.clone(),
                    first_classes: first.classes().join(", "),
                });
            }
        }
        Ok(Compared { networks })
    }

    /// A panel for each class with a curve for each network, whose name and area stand beside it.
    pub fn figure(&self) -> Figure {
        let first = self.networks.first();
        let curves = first.map_or(&[][..], |own| own.found.curves());
        let data = first.map_or("", |own| own.found.data());
        let panel = |(at, one): (usize, &T::Curve)| {
            let title = match curves {
                [_] => format!("{} of {} on {data}", T::NAME, T::class(one)),
                _ => T::class(one).to_string(),
            };
            self.networks.iter().fold(T::panel(title, Some(one)), |panel, own| {
                let Some(curve) = own.found.curves().get(at) else { return panel };
                let name = cut(&own.network, NAME);
                panel.with(T::mark(curve, format!("{name} ({})", T::area(curve))))
            })
        };
        let panels: Vec<Panel> = curves.iter().enumerate().take(MOST).map(panel).collect();
        if curves.len() < 2 {
            return Figure { title: String::new(), panels, columns: 1 };
        }
        let rest = match panels.len() < curves.len() {
            true => format!(" (the first {} of {})", panels.len(), curves.len()),
            false => String::new(),
        };
        let title = format!("{}, each class against the rest, on {data}{rest}", T::NAME);
        Figure::several(title, panels)
    }
}

impl<T: Curves> OfNetwork<T> {
    fn classes(&self) -> Vec<&str> {
        self.found.curves().iter().map(T::class).collect()
    }
}
