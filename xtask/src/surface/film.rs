//! The page with a slider over the steps.

use anyhow::Result;
use sgdlab_reports::figures::Figure;
use sgdlab_reports::page::{Arrow, Exhibit, Fact, Film, Report, Section, Source, Track};

use super::Done;
use super::drawing::{self, Texts};
use super::paths::Path;
use super::plane::Scene;
use super::tables;

/// Most frames of a path; of longer ones, so many are shown.
const FRAMES: usize = 1500;

/// The page: a film of paths, or the map alone.
pub fn page(done: &Done, texts: &Texts) -> Result<String> {
    let command = crate::sweep::command();
    let generator = concat!("sgdlab ", env!("CARGO_PKG_VERSION"));
    let provenance = vec![Fact::new("Command", command.clone()), Fact::new("Program", generator)];
    if done.tracks.is_empty() {
        let figure = drawing::figure(done, texts, super::View::Contour);
        let source = Source { command, key: String::new(), hashes: Vec::new() };
        let title = figure.title.clone();
        let exhibit = Exhibit {
            id: "surface".to_owned(),
            title: title.clone(),
            figure: Some(figure),
            source,
            ..Exhibit::default()
        };
        let section = Section { id: "all".to_owned(), exhibits: vec![exhibit], ..Section::default() };
        let generator = generator.to_owned();
        return Ok(Report { title, sections: vec![section], provenance, generator, ..Report::default() }.html()?);
    }
    // Drawn as wide as on a phone, and larger where there is space.
    let small = |chart, height| Figure { width: 460.0, height, ..Figure::of("", chart) };
    let tracks = done.tracks.iter().zip(&done.paths.paths).map(|(track, path)| filmed(&done.scene, track, path));
    let mut notes = texts.notes.clone();
    notes.push(
        "Arrows lead where a step along them would on the map. The step has its true length, or that of its head; the \
         other two are as long as the logarithm of their lengths, over at most four decades. The table has the lengths in \
         parameter space. Keys: space plays and pauses, ← and → go by a frame."
            .to_owned(),
    );
    let (velocity, step) = if done.paths.whole {
        let step = "What the rule does from here to its next point, with all that it adapts.";
        let velocity = "What the rule keeps of the past: the step that it would make here if the gradient were 0.";
        (velocity, Fact::new("step", step))
    } else {
        let mean = "The way from here to the next logged point, divided by the updates between them.";
        ("Not shown: what rules keep is not in tables.", Fact::new("mean step", mean))
    };
    let film = Film {
        title: texts.title.clone(),
        subtitle: texts.subtitle.clone(),
        notes,
        map: small(drawing::chart(done), 430.0),
        losses: small(drawing::losses(done), 330.0),
        tracks: tracks.collect(),
        arrows: [
            Fact::new("rate × gradient", "Minus the rate times the gradient: the step of gradient descent."),
            Fact::new("velocity", velocity),
            step,
        ],
        provenance,
        generator: generator.to_owned(),
    };
    Ok(film.html()?)
}

/// A track with its arrows, of long ones some frames.
fn filmed(scene: &Scene, track: &tables::Track, path: &Path) -> Track {
    let all = track.steps.len();
    let frames: Vec<usize> = match all {
        all if all > FRAMES => (0..FRAMES).map(|i| i * (all - 1) / (FRAMES - 1)).collect(),
        all => (0..all).collect(),
    };
    let some = |numbers: &[f64]| frames.iter().map(|&i| numbers[i]).collect::<Vec<f64>>();
    let arrow = |vector: &dyn Fn(usize) -> Option<Vec<f64>>| {
        let mut arrow = Arrow::default();
        for &frame in &frames {
            let vector = vector(frame);
            let (a, b) = vector.as_ref().map_or((f64::NAN, f64::NAN), |vector| scene.plane.coordinates(vector));
            arrow.way.extend([a, b]);
            arrow.length.push(vector.map_or(f64::NAN, |vector| vector.iter().map(|x| x * x).sum::<f64>().sqrt()));
        }
        arrow
    };
    let step = |frame: usize| {
        let next = path.points.get(frame + 1)?;
        // Logged points can be many updates apart.
        let updates = (path.steps[frame + 1] - path.steps[frame]) as f64;
        Some(next.iter().zip(&path.points[frame]).map(|(to, from)| (to - from) / updates).collect())
    };
    Track {
        name: track.name.clone(),
        style: track.style,
        steps: frames.iter().map(|&i| track.steps[i]).collect(),
        x: some(&track.x),
        y: some(if scene.curve { &track.there } else { &track.y }),
        value: some(&track.there),
        arrows: [
            arrow(&|frame| path.gradients.get(frame).cloned()),
            arrow(&|frame| path.velocities.get(frame).cloned()),
            arrow(&step),
        ],
    }
}
