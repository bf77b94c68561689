//! What a figure shows, apart from how it is drawn.

use serde::{Serialize, Serializer};

/// A figure: texts around a picture.
///
/// It is made by one of the constructors of [`figures`](crate::figures), drawn by [`svg`](Figure::svg) and
/// [`png`](Figure::png), listed by [`data`](Figure::data), and serialized for whoever draws it otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What is seen, for a reader who knows nothing else.
    pub title: String,
    /// How it was made: the problem, what the lines and bands are; may be empty.
    pub subtitle: String,
    /// Below the picture: the number of runs behind it, and what is not in it; may be empty.
    pub note: String,
    /// The width of the whole, in pixels.
    pub width: f64,
    /// The height of a chart with its axes, in pixels; texts and legend come on top of it.
    pub height: f64,
    /// What is drawn.
    pub picture: Picture,
}

/// The kinds of pictures.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Picture {
    /// Charts side by side with one legend; mostly there is one chart.
    Charts(Charts),
    /// A critical-difference diagram.
    Ranks(Ranks),
    /// A surface over a plane.
    Surface(Box<Surface>),
}

/// Charts that share a legend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Charts {
    /// The charts, in reading order.
    pub charts: Vec<Chart>,
    /// How many of them stand side by side.
    pub columns: usize,
}

/// Axes and what is drawn between them.
///
/// Things are drawn in the order of the fields. Series of the same name are one entry of the legend.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Chart {
    /// What this chart shows; empty where there is only one.
    pub title: String,
    /// To the right.
    pub x: Axis,
    /// Upward.
    pub y: Axis,
    /// Colors behind everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map: Option<Map>,
    /// Lines that nobody measured: theory, targets, thresholds.
    pub references: Vec<Reference>,
    /// What was measured.
    pub series: Vec<Series>,
    /// Points with a name, such as a minimum.
    pub spots: Vec<Spot>,
}

/// One axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Axis {
    /// What it measures.
    pub label: String,
    /// In which unit; empty if the label needs none.
    pub unit: String,
    /// How numbers become lengths.
    pub scale: Scale,
    /// Its ends; where there are none, those of the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// Names of the positions 0, 1, …, from top to bottom or left to right, instead of numbers; empty if it has numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// How numbers become lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal differences are equally long.
    #[default]
    Linear,
    /// Equal ratios are equally long; numbers that are not positive stand in a lane of their own below.
    Log,
}

/// What belongs together under one name, color, dash and symbol.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Series {
    /// Its name in the legend; empty if it has none.
    pub name: String,
    /// Which color, dash and symbol: 0, 1, ….
    pub style: usize,
    /// What is drawn, in this order.
    pub marks: Vec<Mark>,
}

/// One thing that is drawn. Lists of one mark are equally long.
///
/// NaN is nothing: it interrupts lines. Infinite numbers are drawn in a lane beyond the axis, which says ∞.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "mark", rename_all = "kebab-case")]
pub enum Mark {
    /// A line through points, from left to right.
    Line {
        /// Positions.
        #[serde(serialize_with = "numbers")]
        x: Vec<f64>,
        /// Heights.
        #[serde(serialize_with = "numbers")]
        y: Vec<f64>,
        /// Whether a height holds until the next position instead of being joined to the next.
        steps: bool,
    },
    /// The area between two lines.
    Band {
        /// Positions.
        #[serde(serialize_with = "numbers")]
        x: Vec<f64>,
        /// Lower heights.
        #[serde(serialize_with = "numbers")]
        low: Vec<f64>,
        /// Upper heights.
        #[serde(serialize_with = "numbers")]
        high: Vec<f64>,
    },
    /// Symbols.
    Points {
        /// Positions.
        #[serde(serialize_with = "numbers")]
        x: Vec<f64>,
        /// Heights.
        #[serde(serialize_with = "numbers")]
        y: Vec<f64>,
    },
    /// A trajectory in the plane; its start and its end are marked.
    Path {
        /// Positions to the right.
        #[serde(serialize_with = "numbers")]
        x: Vec<f64>,
        /// Positions upward.
        #[serde(serialize_with = "numbers")]
        y: Vec<f64>,
    },
    /// A lying box over numbers, with the numbers.
    Box {
        /// Where it stands on the axis upward.
        at: f64,
        /// Left whisker, lower quartile, median, upper quartile, right whisker.
        #[serde(serialize_with = "numbers")]
        quantiles: Vec<f64>,
        /// The numbers.
        #[serde(serialize_with = "numbers")]
        values: Vec<f64>,
    },
    /// Short strokes at the lower edge.
    Rug {
        /// Positions.
        #[serde(serialize_with = "numbers")]
        x: Vec<f64>,
    },
}

/// A line that nobody measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// Its name in the legend.
    pub name: String,
    /// Where it is.
    pub guide: Guide,
}

/// Where a reference line is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guide {
    /// At this height.
    Horizontal(f64),
    /// At this position.
    Vertical(f64),
    /// Through points.
    Curve {
        /// Positions.
        #[serde(serialize_with = "numbers")]
        x: Vec<f64>,
        /// Heights.
        #[serde(serialize_with = "numbers")]
        y: Vec<f64>,
    },
}

/// A point with a name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spot {
    /// Its name in the legend.
    pub name: String,
    /// To the right.
    pub x: f64,
    /// Upward.
    pub y: f64,
}

/// Numbers over a grid, as colors.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Map {
    /// Ascending positions to the right.
    #[serde(serialize_with = "numbers")]
    pub x: Vec<f64>,
    /// Ascending positions upward.
    #[serde(serialize_with = "numbers")]
    pub y: Vec<f64>,
    /// One number for each position: those of `y[0]` first.
    #[serde(serialize_with = "heights")]
    pub z: Vec<f64>,
    /// What the numbers are; its names are not used.
    pub axis: Axis,
    /// Levels of contour lines, ascending; empty for none.
    #[serde(serialize_with = "numbers")]
    pub levels: Vec<f64>,
    /// Whether the numbers are samples of a function, which is drawn without steps, and not cells.
    pub smooth: bool,
    /// Which colors stand for low and high numbers.
    pub colors: Colors,
}

/// The colors of numbers, from the lowest to the highest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colors {
    /// From dark blue to yellow: read alike by all kinds of color vision and in gray.
    #[default]
    Viridis,
    /// Those of maps, from water over plains to snow, for figures that are to look like published ones: lightness goes up
    /// and down, so that such a map needs contours.
    Terrain,
}

/// Mean ranks on a line, and which of them cannot be told apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ranks {
    /// Who is ranked.
    pub names: Vec<String>,
    /// Their mean ranks; 1 is best.
    #[serde(serialize_with = "numbers")]
    pub ranks: Vec<f64>,
    /// The least difference of mean ranks that is significant.
    pub critical_difference: f64,
}

/// A surface in space with a path on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Surface {
    /// The axes of the plane.
    pub x: Axis,
    /// The axes of the plane.
    pub y: Axis,
    /// Heights over the plane.
    pub map: Map,
    /// Paths on it, which have no other marks than [`Mark::Path`].
    pub series: Vec<Series>,
    /// Points with a name on it.
    pub spots: Vec<Spot>,
    /// From where it is seen: degrees around the vertical, from the direction of x.
    pub azimuth: f64,
    /// From where it is seen: degrees above the plane.
    pub elevation: f64,
    /// What the surface cannot show, on axes of its own to the right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Chart>,
}

/// Numbers for JSON: six digits, which is more than a picture shows; `null` for NaN, `"inf"` and `"-inf"`.
pub(crate) fn numbers<S: Serializer>(numbers: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(numbers.iter().map(|&x| Number(x)))
}

/// Numbers of a map for JSON: four digits, which is more than colors tell apart.
fn heights<S: Serializer>(numbers: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    let rounded = |x: f64| if x.is_finite() { format!("{x:.3e}").parse().unwrap_or(x) } else { x };
    serializer.collect_seq(numbers.iter().map(|&x| Number(rounded(x))))
}

struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_nan() => serializer.serialize_none(),
            x if x.is_infinite() => serializer.serialize_str(if x > 0.0 { "inf" } else { "-inf" }),
            x if x.fract() == 0.0 && x.abs() < 1e6 => serializer.serialize_i64(x as i64),
            x => serializer.serialize_f64(format!("{x:.5e}").parse().unwrap_or(x)),
        }
    }
}
