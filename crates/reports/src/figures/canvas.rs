//! SVG text.

use std::fmt::Write;

use super::font;

/// A point, in pixels from the left and from the top.
pub type Point = [f64; 2];

/// Which part of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// The size of labels, in pixels; the size of texts that say nothing else.
pub const SIZE: f64 = 11.5;

/// The elements of a picture as they are drawn.
#[derive(Debug)]
pub struct Canvas {
    /// The elements.
    pub body: String,
    /// What names of clipping areas begin with, so that a page can hold several pictures.
    id: String,
    clips: usize,
    /// The insides of charts, in the order in which they were drawn.
    pub frames: Vec<super::Inside>,
    /// Left, top, right and bottom of the texts that were placed where nothing else is.
    taken: Vec<[f64; 4]>,
}

impl Canvas {
    /// An empty one.
    pub fn new(id: &str) -> Self {
        Self { body: String::new(), id: id.to_owned(), clips: 0, frames: Vec::new(), taken: Vec::new() }
    }

    /// An element without content; the attributes are as SVG writes them.
    pub fn element(&mut self, name: &str, attributes: &str) {
        let _ = write!(self.body, "<{name} {attributes}/>");
    }

    /// Opens a group.
    pub fn open(&mut self, attributes: &str) {
        let _ = write!(self.body, "<g {attributes}>");
    }

    /// Opens the group of a series, by whose name it is found.
    pub fn open_series(&mut self, style: usize, name: &str) {
        let _ = write!(self.body, "<g class=\"{}\" data-series=\"{}\">", super::style::class(style), escaped(name));
    }

    /// Closes a group.
    pub fn close(&mut self) {
        self.body.push_str("</g>");
    }

    /// Opens a group of which only what is inside a rectangle is seen.
    pub fn open_clipped(&mut self, [left, top]: Point, [right, bottom]: Point) {
        let name = format!("{}{}", self.id, self.clips);
        self.clips += 1;
        let rectangle = rectangle([left, top], [right - left, bottom - top]);
        let _ =
            write!(self.body, "<clipPath id=\"{name}\"><rect {rectangle}/></clipPath><g clip-path=\"url(#{name})\">");
    }

    /// A text; one that is wider than `most` is shortened, with all of it where a mouse rests.
    pub fn text(&mut self, at: Point, anchor: Anchor, (class, size): (&str, f64), text: &str, most: f64) {
        let shown = font::shortened(text, size, most);
        if shown.trim().is_empty() {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let size = if size == SIZE { String::new() } else { format!(" font-size=\"{size}\"") };
        let [x, y] = at.map(tenths);
        let title = if shown == text { String::new() } else { format!("<title>{}</title>", escaped(text)) };
        let _ = write!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" class=\"{class}\"{size}{anchor}>{}{title}</text>",
            escaped(&shown)
        );
    }

    /// A soft text, unless another one that was placed like this is in the way.
    pub fn text_where_free(&mut self, at: Point, anchor: Anchor, text: &str, most: f64) {
        let wide = font::width(&font::shortened(text, SIZE, most), SIZE);
        let left = match anchor {
            Anchor::Start => at[0],
            Anchor::Middle => at[0] - wide / 2.0,
            Anchor::End => at[0] - wide,
        };
        let [l, t, r, b] = [left - 3.0, at[1] - SIZE, left + wide + 3.0, at[1] + 4.0];
        if self.taken.iter().all(|other| l >= other[2] || other[0] >= r || t >= other[3] || other[1] >= b) {
            self.taken.push([l, t, r, b]);
            self.text(at, anchor, ("m", SIZE), text, most);
        }
    }

    /// A line through points.
    pub fn line(&mut self, points: &[Point], attributes: &str) {
        self.element("path", &format!("d=\"{}\" {attributes}", path(points)));
    }
}

/// A text inside of XML; control characters, which it cannot hold, are spaces.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A number with at most one decimal.
pub fn tenths(x: f64) -> String {
    written((x * 10.0).round() as i64)
}

fn written(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.abs() / 10, tenths.abs() % 10);
    match (whole, rest) {
        (_, 0) => format!("{sign}{whole}"),
        (0, rest) => format!("{sign}.{rest}"),
        _ => format!("{sign}{whole}.{rest}"),
    }
}

/// The attributes of a rectangle.
pub fn rectangle([x, y]: Point, [width, height]: Point) -> String {
    let [x, y, width, height] = [x, y, width.max(0.0), height.max(0.0)].map(tenths);
    format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

/// The data of a path through points, each relative to the one before.
pub fn path(points: &[Point]) -> String {
    let mut data = String::new();
    let mut last = [0i64; 2];
    for (i, point) in points.iter().enumerate() {
        let now = point.map(|x| (x * 10.0).round() as i64);
        let [dx, dy] = [now[0] - last[0], now[1] - last[1]];
        last = now;
        if i > 0 && dx == 0 && dy == 0 {
            continue;
        }
        let [x, y] = [dx, dy].map(written);
        let join = |before: &str, x: &str| if x.starts_with('-') { x.to_owned() } else { format!("{before}{x}") };
        let start = match i {
            0 => format!("M{x}"),
            _ if data.contains('l') => join(" ", &x),
            _ => format!("l{x}"),
        };
        data.push_str(&start);
        data.push_str(&join(" ", &y));
    }
    // A line of one point is a dot, if its ends are round.
    if points.len() > 1 && !data.contains('l') {
        data.push_str("h0");
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_do_not_drift() {
        assert_eq!(path(&[[1.04, 2.0], [1.5, 1.0], [2.0, 3.96]]), "M1 2l.5-1 .5 3");
        let walk: Vec<Point> = (0..=100).map(|i| [f64::from(i) * 0.14, 0.0]).collect();
        let sum: f64 =
            path(&walk).trim_start_matches("M0 0l").split(" 0").filter_map(|x| x.trim().parse::<f64>().ok()).sum();
        assert!((sum - 14.0).abs() < 1e-9, "{sum}");
        assert_eq!(path(&[[1.0, 1.0], [1.01, 1.0]]), "M1 1h0");
    }

    #[test]
    fn texts_are_xml() {
        let mut canvas = Canvas::new("c");
        canvas.text([1.0, 2.0], Anchor::End, ("t", SIZE), "a<b & \"c\"\u{7}", 1e3);
        let expected = "<text x=\"1\" y=\"2\" class=\"t\" text-anchor=\"end\">a&lt;b &amp; &quot;c&quot; </text>";
        assert_eq!(canvas.body, expected);
    }
}
