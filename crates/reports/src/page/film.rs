//! What update rules do on a map, step by step, as one HTML file.

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::json;

use super::html::{THEME, inert, policy, style};
use super::{Fact, PageError};
use crate::figures::{Figure, Inside};

/// The scripts of the page, in this order.
const SCRIPTS: [&str; 2] = [THEME, include_str!("assets/film.js")];

/// The names of both drawings in the page.
const NAMES: [&str; 2] = ["map", "losses"];

/// A map with tracks on it, and a chart of losses beside it, with a slider over the steps.
///
/// Without scripts, and on paper, both are still pictures of whole tracks.
/// Like a report, the page asks the network for nothing: a policy in its head forbids it to.
#[derive(Clone, Debug, PartialEq)]
pub struct Film {
    /// What is seen.
    pub title: String,
    /// How it was made.
    pub subtitle: String,
    /// What has to be known about it, a sentence or two each.
    pub notes: Vec<String>,
    /// One chart with the whole tracks.
    pub map: Figure,
    /// One chart of losses over steps.
    pub losses: Figure,
    /// The tracks.
    pub tracks: Vec<Track>,
    /// What each of the three arrows is: name and meaning.
    pub arrows: [Fact; 3],
    /// How it was made again.
    pub provenance: Vec<Fact>,
    /// The program and its version.
    pub generator: String,
}

/// One track. Lists have a number, or two, for each frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Track {
    /// Its name, as in the legend of the map.
    pub name: String,
    /// Its color and dash, as in the map.
    pub style: usize,
    /// Steps done so far.
    pub steps: Vec<u64>,
    /// Where it is on the map.
    #[serde(serialize_with = "crate::figures::numbers")]
    pub x: Vec<f64>,
    /// Where it is on the map.
    #[serde(serialize_with = "crate::figures::numbers")]
    pub y: Vec<f64>,
    /// The loss there, which may differ from that of the map, as the track may be beside it.
    #[serde(serialize_with = "crate::figures::numbers")]
    pub value: Vec<f64>,
    /// The arrows in the order of [`Film::arrows`], in units of the axes of the map: right and up in turn.
    pub arrows: [Arrow; 3],
}

/// One arrow of a track in all frames.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Arrow {
    /// How far right and up it leads, in turn.
    #[serde(serialize_with = "crate::figures::numbers")]
    pub way: Vec<f64>,
    /// Its whole length in parameter space.
    #[serde(serialize_with = "crate::figures::numbers")]
    pub length: Vec<f64>,
}

#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    subtitle: &'a str,
    notes: &'a [String],
    arrows: &'a [Fact],
    provenance: &'a [Fact],
    generator: &'a str,
    map: String,
    losses: String,
    policy: String,
    style: String,
    data: String,
    scripts: [&'static str; 2],
}

impl Film {
    /// The film as one self-contained HTML file.
    ///
    /// # Errors
    /// If the template does not fit, which tests rule out.
    ///
    /// # Panics
    /// If the map or the losses have no chart.
    pub fn html(&self) -> Result<String, PageError> {
        let mut environment = Environment::new();
        environment.add_template("film.html", include_str!("assets/film.html"))?;
        let [(map, of_map), (losses, of_losses)] = [0, 1].map(|i| {
            let (svg, frames) = [&self.map, &self.losses][i].framed_svg(NAMES[i]);
            (svg, *frames.first().expect("a chart"))
        });
        let style = style() + include_str!("assets/film.css");
        let page = Page {
            title: &self.title,
            subtitle: &self.subtitle,
            notes: &self.notes,
            arrows: &self.arrows,
            provenance: &self.provenance,
            generator: &self.generator,
            map,
            losses,
            policy: policy(&style, &SCRIPTS),
            data: self.data([of_map, of_losses])?,
            style,
            scripts: SCRIPTS,
        };
        Ok(environment.get_template("film.html")?.render(Serde(page))?)
    }

    /// What the script is given.
    fn data(&self, [map, losses]: [Inside; 2]) -> Result<String, PageError> {
        let names: Vec<&str> = self.arrows.iter().map(|arrow| arrow.name.as_str()).collect();
        let data = json!({ "map": map, "losses": losses, "arrows": names, "tracks": self.tracks });
        Ok(inert(&serde_json::to_string(&data)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Axis, Chart, Mark, Series};

    fn chart(x: [f64; 2]) -> Figure {
        let marks = vec![Mark::Path { x: x.to_vec(), y: vec![1.0, 10.0] }];
        let series = vec![Series { name: "sgd".to_owned(), style: 0, marks }];
        let x = Axis::new("x", "").between(0.0, 4.0);
        Figure::of("", Chart { x, y: Axis::new("y", "").log().between(1.0, 10.0), series, ..Chart::default() })
    }

    fn film(title: &str) -> Film {
        let arrow = || Arrow { way: vec![0.5, 0.0, f64::NAN, 0.0], length: vec![0.5, f64::NAN] };
        let track = Track {
            name: "</script><b>".to_owned(),
            steps: vec![0, 1],
            x: vec![1.0, 3.0],
            y: vec![1.0, 10.0],
            value: vec![2.0, f64::INFINITY],
            arrows: [arrow(), arrow(), arrow()],
            ..Track::default()
        };
        Film {
            title: title.to_owned(),
            subtitle: String::new(),
            notes: vec![],
            map: chart([1.0, 3.0]),
            losses: chart([0.0, 1.0]),
            tracks: vec![track],
            arrows: ["gradient", "velocity", "step"].map(|name| Fact::new(name, "")),
            provenance: vec![],
            generator: "sgdlab".to_owned(),
        }
    }

    #[test]
    fn texts_are_texts_and_the_policy_names_what_is_there() {
        let page = film("<i>&").html().unwrap();
        assert!(page.contains("<h1>&lt;i&gt;&amp;</h1>") && !page.contains("<b>") && page.contains("\\u003cb\\u003e"));
        assert!(page.contains("default-src &#x27;none&#x27;") && page.matches("sha256-").count() == 3);
        for unsafe_part in ["http://", "https://"] {
            let rest = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!rest.contains(unsafe_part), "{unsafe_part}");
        }
    }

    #[test]
    fn scripts_are_told_where_numbers_are() {
        let (_, frames) = chart([1.0, 3.0]).framed_svg("a");
        let Inside { across, up, x, y, log } = frames[0];
        assert_eq!((x, log), ([0.0, 4.0], [false, true]));
        assert!((y[0] - 1.0).abs() < 1e-12 && (y[1] - 10.0).abs() < 1e-12);
        assert!(across[0] < across[1] && up[0] > up[1]);
        let data: serde_json::Value = serde_json::from_str(&film("").data([frames[0], frames[0]]).unwrap()).unwrap();
        assert_eq!(data["tracks"][0]["value"], json!([2, "inf"]));
        assert_eq!(data["tracks"][0]["arrows"][1]["way"], json!([0.5, 0, null, 0]));
    }
}
