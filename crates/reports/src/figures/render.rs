//! A figure as SVG and as PNG.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use serde::Serialize;

use super::canvas::{Anchor, Canvas, SIZE, escaped, tenths};
use super::chart::{self, Frame, Place};
use super::font::{FAMILY, TTF, WOFF2, filled};
use super::legend::Legend;
use super::model::{Charts, Figure, Picture};
use super::style::{Theme, sheet};
use super::{ranks, surface};

/// The space around everything.
const MARGIN: f64 = 20.0;

/// The space between charts.
const GAP: f64 = 18.0;

/// The sizes of the title and of what stands below it, with their distances of lines.
const TITLE: (f64, f64) = (17.0, 23.0);
const SUBTITLE: (f64, f64) = (12.5, 17.0);
const NOTE: (f64, f64) = (11.0, 15.0);

/// Why a figure is no picture.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "a picture of {width} × {height} pixels at the scale {scale} is not accepted: it takes 1 to 100 million pixels"
)]
pub struct TooLarge {
    /// The width of the figure.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// By how much it was to be enlarged.
    pub scale: f64,
}

/// The inside of a chart in an SVG picture: which numbers are where, for scripts that draw on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Inside {
    /// The pixels of the left and the right end of the axis.
    pub across: [f64; 2],
    /// The pixels of the lower and the upper end of the axis upward.
    pub up: [f64; 2],
    /// The numbers at the ends of `across`.
    pub x: [f64; 2],
    /// The numbers at the ends of `up`.
    pub y: [f64; 2],
    /// Whether the axes are logarithmic.
    pub log: [bool; 2],
}

impl Inside {
    pub(super) fn of(frame: &Frame) -> Self {
        let (across, up) = (frame.x.ends(), frame.y.ends());
        let [x, y] = [across.map(|at| frame.x.number(at)), up.map(|at| frame.y.number(at))];
        Self { across, up, x, y, log: [frame.x.is_log(), frame.y.is_log()] }
    }
}

/// The font that PNG pictures are drawn with, and no other.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(TTF.to_vec());
    Arc::new(fonts)
});

impl Figure {
    /// The figure as an SVG file with its font, for light and for dark grounds.
    #[must_use]
    pub fn svg(&self) -> String {
        let font = STANDARD.encode(WOFF2);
        let font = format!(
            "@font-face{{font-family:\"DejaVu Sans\";src:url(data:font/woff2;base64,{font}) format(\"woff2\")}}"
        );
        let dark = format!("@media (prefers-color-scheme:dark){{{}}}", sheet(Theme::Dark));
        self.document("c", &format!("<style>{}{dark}{font}</style>", sheet(Theme::Light)))
    }

    /// The figure as an SVG element of a page, which has [`page_style`](super::page_style),
    /// [`variables`](super::variables) and the [font](super::WOFF2); `id` is its own in the page.
    #[must_use]
    pub fn inline_svg(&self, id: &str) -> String {
        self.document(id, "")
    }

    /// The same with the insides of its charts, in reading order.
    #[must_use]
    pub fn framed_svg(&self, id: &str) -> (String, Vec<Inside>) {
        let mut canvas = Canvas::new(id);
        let text = self.written(&mut canvas, "");
        (text, canvas.frames)
    }

    /// The figure as a PNG picture, enlarged by a factor.
    ///
    /// # Errors
    /// If the picture would have no or more than 100 million pixels.
    ///
    /// # Panics
    /// Never: what is drawn here is SVG.
    pub fn png(&self, scale: f64, theme: Theme) -> Result<Vec<u8>, TooLarge> {
        let text = self.document("c", &format!("<style>{}</style>", sheet(theme)));
        let options = Options { fontdb: Arc::clone(&FONTS), ..Options::default() };
        let tree = Tree::from_str(&text, &options).expect("what is drawn is SVG");
        let (width, height) = (f64::from(tree.size().width()), f64::from(tree.size().height()));
        let refused = TooLarge { width, height, scale };
        let [across, down] = [width, height].map(|length| (length * scale).round());
        if !(across >= 1.0 && down >= 1.0 && across * down <= 1e8) {
            return Err(refused);
        }
        let mut pixels = Pixmap::new(across as u32, down as u32).ok_or(refused)?;
        let by = Transform::from_scale((across / width) as f32, (down / height) as f32);
        resvg::render(&tree, by, &mut pixels.as_mut());
        Ok(pixels.encode_png().expect("memory takes all bytes"))
    }

    fn document(&self, id: &str, style: &str) -> String {
        self.written(&mut Canvas::new(id), style)
    }

    fn written(&self, canvas: &mut Canvas, style: &str) -> String {
        let height = self.draw(canvas);
        let [wide, high] = [self.width, height].map(tenths);
        let mut text = String::new();
        let words = [&self.title, &self.subtitle].map(|text| escaped(text)).join(". ");
        let _ = write!(
            text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" width=\"{wide}\" height=\"{high}\" \
             viewBox=\"0 0 {wide} {high}\" font-family=\"{FAMILY}\" font-size=\"{SIZE}\" role=\"img\" \
             aria-label=\"{words}\">{style}<rect class=\"g\" width=\"{wide}\" height=\"{high}\"/>{}</svg>",
            canvas.body
        );
        text + "\n"
    }

    /// Draws everything and returns the height.
    fn draw(&self, canvas: &mut Canvas) -> f64 {
        let width = self.width - 2.0 * MARGIN;
        let mut y = MARGIN - 4.0;
        y = paragraph(canvas, &self.title, ("t", TITLE), [y, width]);
        y = paragraph(canvas, &self.subtitle, ("m", SUBTITLE), [y, width]) + 14.0;
        y = match &self.picture {
            Picture::Charts(charts) => self.charts(canvas, charts, y, width),
            Picture::Ranks(picture) => {
                ranks::draw(canvas, picture, [MARGIN, y], width);
                y + ranks::height(picture)
            }
            Picture::Surface(picture) => {
                let legend = Legend::of_surface(picture, width);
                legend.draw(canvas, [MARGIN, y]);
                y += legend.height();
                let wide = if picture.beside.is_some() { (0.6 * width).round() } else { width };
                surface::draw(canvas, picture, [MARGIN, y], [wide, self.height]);
                if let Some(chart) = &picture.beside {
                    let place = Place { at: [MARGIN + wide + GAP, y], size: [width - wide - GAP, self.height] };
                    chart::draw(canvas, chart, place, chart::left(chart, place));
                }
                y + self.height
            }
        };
        if !self.note.is_empty() {
            y = paragraph(canvas, &self.note, ("m", NOTE), [y + 6.0, width]);
        }
        (y + MARGIN - 6.0).ceil()
    }

    fn charts(&self, canvas: &mut Canvas, charts: &Charts, top: f64, width: f64) -> f64 {
        let legend = Legend::of_charts(&charts.charts, width);
        legend.draw(canvas, [MARGIN, top]);
        let top = top + legend.height();
        let columns = charts.columns.clamp(1, charts.charts.len().max(1));
        let size = [(width - GAP * (columns - 1) as f64) / columns as f64, self.height];
        let place = |i: usize| {
            let (row, column) = (i / columns, i % columns);
            let at = [MARGIN + column as f64 * (size[0] + GAP), top + row as f64 * (size[1] + GAP)];
            Place { at, size }
        };
        for (i, chart) in charts.charts.iter().enumerate() {
            // Charts in one column begin at one line.
            let column = charts.charts.iter().enumerate().skip(i % columns).step_by(columns);
            let left = column.map(|(i, chart)| chart::left(chart, place(i))).fold(0.0, f64::max);
            chart::draw(canvas, chart, place(i), left);
        }
        let rows = charts.charts.len().div_ceil(columns);
        top + rows as f64 * (size[1] + GAP) - if rows > 0 { GAP } else { 0.0 }
    }
}

/// Draws lines of text and returns where the next may begin.
fn paragraph(
    canvas: &mut Canvas,
    text: &str,
    (class, (size, step)): (&str, (f64, f64)),
    [top, width]: [f64; 2],
) -> f64 {
    let lines = filled(text, size, width);
    for (i, line) in lines.iter().enumerate() {
        canvas.text([MARGIN, top + size + i as f64 * step], Anchor::Start, (class, size), line, width);
    }
    top + lines.len() as f64 * step
}
