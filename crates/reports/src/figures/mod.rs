//! Figures: what they show, and how they are drawn.
//!
//! A [`Figure`] is made of plain numbers by one of the constructors for its kind.
//! It is drawn as SVG or PNG without a display and without the fonts of the system, with the same bytes for the same
//! numbers.
//! No color is the only difference between two things: series have dashes and symbols as well.

mod canvas;
mod chart;
mod contours;
mod data;
mod font;
mod kinds;
mod legend;
mod map;
mod marks;
mod model;
mod plot;
mod ranks;
mod raster;
mod relief;
mod render;
mod scale;
mod style;
mod surface;
mod thin;

pub use font::{FAMILY, WOFF2, width};
pub use kinds::{
    Curve, Law, Sample, Spectrum, Trajectory, boxes, critical_difference, curves, ecdf, heat_map, landscape, profiles,
    rates_of_convergence, sensitivity, spectra, surface,
};
pub(crate) use model::numbers;
pub use model::{
    Axis, Chart, Charts, Colors, Figure, Guide, Map, Mark, Picture, Ranks, Reference, Scale, Series, Spot, Surface,
};
pub use plot::{Drawn, KINDS, Kind, Plot, PlotError, plot};
pub use raster::shades;
pub use relief::relief;
pub use render::{Inside, TooLarge};
pub use style::{CYCLE, Theme, dash, page_style, symbol, variables};
