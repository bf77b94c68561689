//! Figures as files: what is in them, whether their texts keep apart, and how they look.

#[path = "figures/gallery.rs"]
mod gallery;
#[path = "figures/hostile.rs"]
mod hostile;

use std::path::Path;

use roxmltree::{Document, Node};
use sgdlab_reports::figures::*;

/// Where pictures of every kind are wanted, for people who look at them.
const FOLDER: &str = "SGDLAB_FIGURES";

/// A text with its left, top, right and bottom.
type Text = (String, [f64; 4]);

fn attribute(node: &Node<'_, '_>, name: &str) -> Option<f64> {
    node.attribute(name)?.parse().ok()
}

/// The texts of a picture, and its size.
fn texts(svg: &str) -> (Vec<Text>, [f64; 2]) {
    let document = Document::parse(svg).expect("SVG is XML");
    let root = document.root_element();
    let size = ["width", "height"].map(|name| attribute(&root, name).expect("the picture has a size"));
    let standard = attribute(&root, "font-size").expect("the picture has a size of texts");
    let found = root.descendants().filter(|node| node.has_tag_name("text")).map(|node| {
        let words = node.text().expect("no text is empty").to_owned();
        let size = attribute(&node, "font-size").unwrap_or(standard);
        let [x, y] = ["x", "y"].map(|name| attribute(&node, name).expect("texts have positions"));
        let wide = width(&words, size);
        let left = match node.attribute("text-anchor") {
            None => x,
            Some("middle") => x - wide / 2.0,
            Some(_) => x - wide,
        };
        (words, [left, y - 0.76 * size, left + wide, y + 0.24 * size])
    });
    (found.collect(), size)
}

/// Expects that no text covers another one or leaves the picture.
#[track_caller]
fn check_texts(name: &str, figure: &Figure) {
    let (texts, [width, height]) = texts(&figure.inline_svg("f"));
    for (i, (words, [left, top, right, bottom])) in texts.iter().enumerate() {
        let inside = *left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height;
        assert!(inside, "{name}: {words:?} leaves the picture: {left} {top} {right} {bottom} of {width} {height}");
        for (other, [l, t, r, b]) in &texts[i + 1..] {
            let apart = left >= r || l >= right || top >= b || t >= bottom;
            assert!(apart, "{name}: {words:?} and {other:?} cover each other");
        }
    }
}

/// How many pixels differ between two pictures of the same size.
fn difference(a: &Figure, b: &Figure) -> usize {
    let [a, b] = [a, b].map(|figure| figure.png(1.0, Theme::Light).expect("a picture"));
    let [a, b] = [a, b].map(|bytes| {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("pixels");
        pixels
    });
    assert_eq!(a.len(), b.len());
    a.chunks(4).zip(b.chunks(4)).filter(|(a, b)| a != b).count()
}

#[test]
fn pictures_of_every_kind_are_written_where_they_are_wanted() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for (name, figure) in gallery::all() {
        std::fs::write(folder.join(format!("{name}.svg")), figure.svg()).unwrap();
        for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            std::fs::write(folder.join(format!("{name}.{suffix}.png")), figure.png(1.5, theme).unwrap()).unwrap();
        }
    }
    for (i, (_, figure)) in hostile::all().into_iter().enumerate() {
        std::fs::write(folder.join(format!("hostile-{i:03}.svg")), figure.svg()).unwrap();
    }
}

#[test]
fn texts_keep_apart_in_every_kind() {
    gallery::all().iter().for_each(|(name, figure)| check_texts(name, figure));
}

#[test]
fn texts_keep_apart_whatever_the_numbers_and_the_words() {
    let figures = hostile::all();
    assert!(figures.len() > 200);
    figures.iter().for_each(|(name, figure)| check_texts(name, figure));
}

#[test]
fn hostile_figures_are_short_and_have_no_numbers_that_are_none() {
    for (name, figure) in hostile::all() {
        let svg = figure.inline_svg("f");
        assert!(svg.len() < 250_000, "{name}: {} bytes", svg.len());
        let document = Document::parse(&svg).unwrap();
        for node in document.descendants() {
            for attribute in ["d", "x", "y", "width", "height"] {
                let value = node.attribute(attribute).unwrap_or_default();
                assert!(!value.contains("NaN") && !value.contains("inf"), "{name}: {attribute} = {value}");
                let long = value.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 5);
                assert!(!long, "{name}: {attribute} = {value}");
            }
        }
    }
}

#[test]
fn the_same_numbers_are_the_same_bytes() {
    for ((name, one), (_, two)) in gallery::all().iter().zip(&gallery::all()) {
        assert_eq!(one.svg(), two.svg(), "{name}");
        assert_eq!(serde_json::to_string(one).unwrap(), serde_json::to_string(two).unwrap());
    }
    let figure = &gallery::all()[0].1;
    let picture = || figure.png(1.0, Theme::Dark).unwrap();
    assert_eq!(picture(), picture());
}

#[test]
fn files_are_small() {
    for (name, figure) in gallery::all() {
        let most = match name {
            "surface" => 220_000,
            "many-curves" => 110_000,
            _ => 25_000,
        };
        let bytes = figure.inline_svg("f").len();
        assert!(bytes < most, "{name}: {bytes} bytes");
        assert!(figure.svg().len() < bytes + 26_000, "the font is 21 kB, styles are 3");
    }
    // A million points are no more than pixels show.
    let x: Vec<f64> = (0..1_000_000).map(f64::from).collect();
    let y: Vec<f64> = (0..1_000_000).map(|i| (f64::from(i) / 9.0).sin() + gallery::noise(i as usize)).collect();
    let figure =
        curves("A million", Axis::new("x", ""), Axis::new("y", ""), &[Curve { name: "a", x: &x, y: &y, band: None }]);
    assert!(figure.inline_svg("f").len() < 20_000, "{}", figure.inline_svg("f").len());
}

#[test]
fn a_label_changes_pixels() {
    // A font that is not found would leave texts out without a word.
    let with = |title: &str| curves(title, Axis::new("x", ""), Axis::new("y", ""), &[]);
    assert!(difference(&with("I"), &with("Ω ∇f ≤ 10⁻³")) > 200);
    assert_eq!(difference(&with("I"), &with("I")), 0);
}

#[test]
fn themes_differ_in_colors_and_nothing_else() {
    let figure = &gallery::all()[0].1;
    let [light, dark] = [Theme::Light, Theme::Dark].map(|theme| figure.png(1.0, theme).unwrap());
    assert_ne!(light, dark);
    assert!(figure.svg().contains("prefers-color-scheme:dark"));
    assert!(!figure.inline_svg("f").contains("<style>"), "the page has the style");
    for name in ["ground", "ink", "s0", "s7"] {
        assert!(
            variables(Theme::Dark).contains(&format!("--{name}:")) && page_style().contains(&format!("var(--{name})"))
        );
    }
}

#[test]
fn pictures_of_absurd_sizes_are_refused() {
    let figure = &gallery::all()[0].1;
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e6] {
        let error = figure.png(scale, Theme::Light).unwrap_err();
        assert!(error.to_string().contains(&format!("at the scale {scale} is not accepted")), "{error}");
    }
}

#[test]
fn series_are_told_apart_without_colors() {
    let figure = gallery::all().into_iter().find(|(name, _)| *name == "many-curves").unwrap().1;
    let svg = figure.inline_svg("f");
    let document = Document::parse(&svg).unwrap();
    let mut looks = Vec::new();
    // The samples of the legend come first.
    let series = document.descendants().filter(|node| node.attribute("data-series").is_some());
    for group in series.take(12) {
        let paths: Vec<_> = group.children().collect();
        let dash = paths[0].attribute("stroke-dasharray").unwrap_or_default().to_owned();
        let shape: String = paths[1].attribute("d").unwrap().chars().filter(|c| c.is_ascii_alphabetic()).collect();
        looks.push((dash, shape, paths[1].attribute("class").unwrap().to_owned()));
    }
    let different: std::collections::BTreeSet<_> = looks.iter().collect();
    assert_eq!(different.len(), 12, "{looks:?}");
}

#[test]
fn what_diverges_ends_in_a_cross_below_infinity() {
    let (x, y) = ([1.0, 2.0, 3.0, 4.0], [1.0, 5.0, f64::INFINITY, f64::INFINITY]);
    let figure = curves("t", Axis::new("x", ""), Axis::new("y", ""), &[Curve { name: "a", x: &x, y: &y, band: None }]);
    let (texts, _) = texts(&figure.svg());
    let words: Vec<&str> = texts.iter().map(|(words, _)| words.as_str()).collect();
    assert!(words.contains(&"∞") && words.contains(&"diverged or not reached"), "{words:?}");
    let data = figure.data();
    assert_eq!(
        data.to_csv(),
        "chart,series,mark,x,y,low,high\n,a,line,1,1,,\n,a,line,2,5,,\n,a,line,3,inf,,\n,a,line,4,inf,,\n"
    );
    let json = serde_json::to_value(&figure).unwrap();
    let line = &json["picture"]["charts"][0]["series"][0]["marks"][0];
    assert_eq!(line["y"], serde_json::json!([1, 5, "inf", "inf"]));
    assert_eq!((line["mark"].as_str(), json["picture"]["kind"].as_str()), (Some("line"), Some("charts")));
}

/// How many elements of a kind of the gallery have a name, and an attribute that begins so.
#[track_caller]
fn count(kind: &str, name: &str, attribute: &str, start: &str) -> usize {
    let figure = gallery::all().into_iter().find(|(known, _)| *known == kind).expect("a kind").1;
    let svg = figure.inline_svg("f");
    let document = Document::parse(&svg).unwrap();
    let has = |node: &Node<'_, '_>| node.attribute(attribute).is_some_and(|value| value.starts_with(start));
    document.descendants().filter(|node| node.has_tag_name(name) && has(node)).count()
}

#[test]
fn every_kind_has_its_elements() {
    // One in the legend as well, for each.
    assert_eq!(count("curves", "path", "fill-opacity", ".17"), 4, "bands");
    assert_eq!(count("curves", "rect", "fill-opacity", ".17"), 4, "and their samples");
    assert_eq!(count("theory", "path", "class", "r"), 2 + 2, "theory");
    assert_eq!(count("landscape", "path", "class", "e"), 1 + 1, "a minimum");
    assert_eq!(count("landscape", "path", "class", "q"), 2 + 1, "starts of two paths");
    assert_eq!(count("landscape", "path", "class", "p"), 2 + 1, "ends of two paths");
    assert_eq!(count("landscape", "image", "href", "data:image/png;base64,"), 1 + 1, "colors and their scale");
    assert_eq!(count("cells", "image", "image-rendering", "pixelated"), 1);
    assert_eq!(
        count("cells", "text", "class", "l") + count("cells", "text", "class", "d"),
        50,
        "a number in each cell"
    );
    assert_eq!(count("critical-difference", "path", "stroke-linecap", "round"), 4, "what cannot be told apart");
    assert_eq!(count("boxes", "rect", "fill-opacity", ".16"), 5);
    assert_eq!(count("boxes", "path", "stroke-width", "2.6"), 5, "medians");
    assert_eq!(count("spectra", "path", "stroke-width", ".8"), 2, "strokes of eigenvalues");
    assert_eq!(count("multiples", "g", "data-series", "adam"), 5 + 1);
}

#[test]
fn figures_without_numbers_say_so() {
    let empty = curves("t", Axis::new("x", ""), Axis::new("y", ""), &[Curve::default()]);
    let ranks = critical_difference("t", &[], &[], 1.0);
    let plane = surface("t", [Axis::new("x", ""), Axis::new("y", "")], Map::default(), &[], &[]);
    for figure in [empty, ranks, plane] {
        assert!(texts(&figure.svg()).0.iter().any(|(words, _)| words == "nothing was measured"), "{}", figure.title);
    }
}

#[test]
fn zeros_on_logarithmic_axes_have_a_lane() {
    let (x, y) = ([1.0, 2.0, 3.0], [1.0, 0.1, 0.0]);
    let axis = || Axis::new("y", "").log();
    let figure = curves("t", Axis::new("x", ""), axis(), &[Curve { name: "a", x: &x, y: &y, band: None }]);
    let (texts, _) = texts(&figure.svg());
    assert!(texts.iter().any(|(words, _)| words == "0"));
}
