//! Several pictures beside each other, and matrices with what their colours mean.

use crate::plot::{Axis, Figure, Grid, Mark, Palette, Panel};

/// Pictures at most; of more the first ones are drawn, which the title says.
pub(super) const MOST: usize = 36;

/// A panel without axes.
pub(super) fn bare(title: impl Into<String>, grid: Grid) -> Panel {
    let panel = Panel::new(title, Axis::default().bare(), Axis::default().bare());
    panel.equal().with(Mark::Grid(grid))
}

/// Pictures with their number above each.
pub(super) fn pictures(
    title: &str,
    what: &str,
    grids: impl Iterator<Item = Grid>,
    all: usize,
) -> Figure {
    let shown: Vec<Grid> = grids.take(MOST).collect();
    let rest = match shown.len() < all {
        true => format!(" (the first {} of {all})", shown.len()),
        false => String::new(),
    };
    let panels = shown.into_iter().enumerate();
    let panels = panels.map(|(at, grid)| bare(format!("{what} {at}"), grid)).collect();
    Figure::several(format!("{title}{rest}"), panels)
}

/// A matrix with a bar of its colours.
pub(super) fn labelled(grid: Grid, values: &[f32], label: &str, palette: Palette) -> Grid {
    let finite = || values.iter().copied().filter(|x| x.is_finite()).map(f64::from);
    let range = match palette {
        Palette::Diverging => {
            let most = finite().fold(f64::MIN_POSITIVE, |most, x| most.max(x.abs()));
            [-most, most]
        }
        _ => [finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max)],
    };
    if range[0] < range[1] { grid.with_bar(palette, range, label) } else { grid }
}
