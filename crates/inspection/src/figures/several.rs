//! The curves of several networks on the same samples, over each other.

use super::class_curves::{ClassCurve, ClassCurves};
use super::pictures::MOST;
use crate::plot::{Figure, Panel, cut};
use serde::Serialize;

/// The widest that a network's name may be in a legend, in columns.
const NAME: usize = 24;

/// The curves of several networks on the same samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared<C: ClassCurve> {
    /// The networks, in the order in which they were named.
    pub networks: Vec<OfNetwork<C>>,
}

/// The curves of one of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfNetwork<C: ClassCurve> {
    /// The network's name.
    pub network: String,
    /// Its curves.
    #[serde(flatten)]
    pub found: ClassCurves<C>,
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

impl<C: ClassCurve> Compared<C> {
    /// The curves of networks on the same samples.
    ///
    /// # Errors
    /// Networks whose curves are not of the same classes in the same order.
    pub fn of(networks: Vec<OfNetwork<C>>) -> Result<Self, OtherClasses> {
        if let Some((first, rest)) = networks.split_first() {
            let is_same = |own: &&OfNetwork<C>| own.classes() == first.classes();
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
        let curves = first.map_or(&[][..], |own| &own.found.curves);
        let data = first.map_or("", |own| &own.found.data);
        let panel = |(at, one): (usize, &C)| {
            let title = match curves {
                [_] => format!("{} of {} on {data}", C::NAME, one.class()),
                _ => one.class().to_string(),
            };
            self.networks.iter().fold(C::panel(title, Some(one)), |panel, own| {
                let Some(curve) = own.found.curves.get(at) else { return panel };
                let name = cut(&own.network, NAME);
                panel.with(curve.mark(format!("{name} ({})", curve.area())))
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
        let title = format!("{}, each class against the rest, on {data}{rest}", C::NAME);
        Figure::several(title, panels)
    }
}

impl<C: ClassCurve> OfNetwork<C> {
    fn classes(&self) -> Vec<&str> {
        self.found.curves.iter().map(C::class).collect()
    }
}
