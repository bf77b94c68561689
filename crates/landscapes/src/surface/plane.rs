//! Planes in parameter space.

#[cfg(not(debug_assertions))]
use multiversion::multiversion;
use sgdlab_core::streams::Key;
use sgdlab_core::{Lanes, Layout, Real, update_lanes};

use crate::curvature::{Operator, Probe, add, dot, lanczos, norm};

/// The points origin + a first + b second.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Where a and b are 0.
    pub origin: Vec<f64>,
    /// The direction of a.
    pub first: Vec<f64>,
    /// The direction of b.
    pub second: Vec<f64>,
}

/// Where a point lies as seen from a plane: the nearest point of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// Its coordinate along the first direction.
    pub a: f64,
    /// Its coordinate along the second direction; 0 if that is 0.
    pub b: f64,
    /// How far the point is from the plane.
    pub distance: f64,
}

/// The plane that a trajectory mostly lies in.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// It goes through the last point, along the first two principal directions.
    pub plane: Plane,
    /// The share of the squared distances from the last point that each direction explains.
    pub explained: [f64; 2],
}

impl Plane {
    /// Along two coordinates, through a point.
    ///
    /// # Panics
    /// If the point has no such coordinates.
    #[must_use]
    pub fn axes(origin: &[f64], first: usize, second: usize) -> Self {
        let unit = |axis: usize| {
            let mut unit = vec![0.0; origin.len()];
            unit[axis] = 1.0;
            unit
        };
        Self { origin: origin.to_vec(), first: unit(first), second: unit(second) }
    }

    /// From one point (a = 0) to another one (a = 1); b does nothing.
    ///
    /// # Panics
    /// If the points are not equally long.
    #[must_use]
    pub fn line(from: &[f64], to: &[f64]) -> Self {
        assert_eq!(from.len(), to.len(), "two points of the same space");
        let first = from.iter().zip(to).map(|(from, to)| to - from).collect();
        Self { origin: from.to_vec(), first, second: vec![0.0; from.len()] }
    }

    /// Two normal random directions, normalized filter by filter.
    ///
    /// A filter is what leads to one output of a tensor (a column of a matrix of inputs × outputs, a whole vector); each
    /// filter of a direction is made as long as that of the point, so that rescaling the layers of a network does not
    /// change the picture.
    /// Along what is not meant to decay, as are biases, the directions are 0.
    ///
    /// Reference: Li, Xu, Taylor, Studer and Goldstein (2018), Visualizing the loss landscape of neural nets, NeurIPS,
    /// section 4.
    ///
    /// # Panics
    /// If the point is not as long as the layout.
    #[must_use]
    pub fn filter_normalized(layout: &Layout, at: &[f64], key: Key) -> Self {
        assert_eq!(at.len(), layout.size(), "a number for each parameter");
        let direction = |index: u64| {
            let mut direction = Probe::Normal.draw(key, index, at.len());
            for tensor in layout.tensors() {
                let range = tensor.offset..tensor.offset + tensor.size();
                let outputs = if tensor.shape.len() > 1 { tensor.shape[tensor.shape.len() - 1] } else { 1 };
                let (own, of_point) = (&mut direction[range.clone()], &at[range]);
                if !tensor.decays {
                    own.fill(0.0);
                    continue;
                }
                for output in 0..outputs {
                    let filter =
                        |of: &[f64]| norm(&of.iter().skip(output).step_by(outputs).copied().collect::<Vec<_>>());
                    let (length, wanted) = (filter(own), filter(of_point));
                    let factor = if length > 0.0 { wanted / length } else { 0.0 };
                    own.iter_mut().skip(output).step_by(outputs).for_each(|x| *x *= factor);
                }
            }
            direction
        };
        Self { origin: at.to_vec(), first: direction(0), second: direction(1) }
    }

    /// The first two principal directions of the differences of points from the last of them.
    ///
    /// They are orthonormal; where all points lie on a line, the second is 0.
    ///
    /// # Panics
    /// If there are fewer than two different points, or they are not equally long.
    #[must_use]
    pub fn principal(points: &[Vec<f64>]) -> Principal {
        let last = points.last().expect("a trajectory has points");
        let away: Vec<Vec<f64>> =
            points.iter().map(|point| point.iter().zip(last).map(|(x, last)| x - last).collect()).collect();
        let total: f64 = away.iter().map(|row| dot(row, row)).sum();
        assert!(total > 0.0, "a trajectory moves");
        // Any start that is not across the directions will do: the longest difference is not, and a draw makes sure of it.
        let longest = away.iter().max_by(|a, b| dot(a, a).total_cmp(&dot(b, b))).expect("there is a last one");
        let mut start = Probe::Normal.draw(Key::new("principal directions"), 0, last.len());
        let length = norm(&start);
        start.iter_mut().for_each(|x| *x *= 1e-2 / length);
        add(&mut start, 1.0 / norm(longest), longest);
        let mut scatter = Scatter { rows: &away };
        let found = lanczos(&mut scatter, &start, MOST_PRODUCTS);
        let ritz = found.ritz();
        let direction = |from_top: usize| match ritz.len().checked_sub(1 + from_top) {
            Some(index) if ritz[index].value > 1e-14 * total => (found.vector(index), ritz[index].value / total),
            _ => (vec![0.0; last.len()], 0.0),
        };
        let ((first, of_first), (second, of_second)) = (direction(0), direction(1));
        Principal { plane: Self { origin: last.clone(), first, second }, explained: [of_first, of_second] }
    }

    /// The point of the plane that is nearest to a point.
    #[must_use]
    pub fn project(&self, point: &[f64]) -> Projection {
        let mut away: Vec<f64> = point.iter().zip(&self.origin).map(|(x, origin)| x - origin).collect();
        let (a, b) = self.coordinates(&away);
        add(&mut away, -a, &self.first);
        add(&mut away, -b, &self.second);
        Projection { a, b, distance: norm(&away) }
    }

    /// The combination of the directions that is nearest to a vector, such as a step.
    #[must_use]
    pub fn coordinates(&self, vector: &[f64]) -> (f64, f64) {
        let [ff, fs, ss] = self.products();
        let (f, s) = (dot(vector, &self.first), dot(vector, &self.second));
        if !self.is_plane() {
            return (if ff > 0.0 { f / ff } else { 0.0 }, 0.0);
        }
        let determinant = ff * ss - fs * fs;
        ((ss * f - fs * s) / determinant, (ff * s - fs * f) / determinant)
    }

    /// Whether the two directions are neither 0 nor parallel, to rounding.
    #[must_use]
    pub fn is_plane(&self) -> bool {
        let [ff, fs, ss] = self.products();
        ff * ss - fs * fs > 1e-12 * ff * ss
    }

    /// The products of the directions: first · first, first · second, second · second.
    fn products(&self) -> [f64; 3] {
        [dot(&self.first, &self.first), dot(&self.first, &self.second), dot(&self.second, &self.second)]
    }

    /// The number of parameters.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.origin.len()
    }

    /// The point of a and b.
    #[must_use]
    pub fn point(&self, a: f64, b: f64) -> Vec<f64> {
        let mut at = vec![[0.0_f64]; self.dimension()];
        self.points(|_| a, b, &mut at);
        at.into_iter().flatten().collect()
    }

    /// The points of several a, side by side.
    pub(super) fn points<R: Real, const N: usize>(&self, a: impl Fn(usize) -> f64, b: f64, out: &mut [Lanes<R, N>]) {
        place(self, &std::array::from_fn(a), b, out);
    }
}

#[cfg_attr(not(debug_assertions), multiversion(targets("x86_64+avx512f", "x86_64+avx2")))]
fn place<R: Real, const N: usize>(plane: &Plane, a: &[f64; N], b: f64, out: &mut [Lanes<R, N>]) {
    for (j, out) in out.iter_mut().enumerate() {
        let (origin, first, across) = (plane.origin[j], plane.first[j], b * plane.second[j]);
        update_lanes(out, |_, l| R::of(origin + (a[l] * first + across)));
    }
}

/// Products that find two principal directions to rounding, but for spectra without any gap.
const MOST_PRODUCTS: usize = 64;

/// Xᵀ X of rows of numbers.
struct Scatter<'a> {
    rows: &'a [Vec<f64>],
}

impl Operator for Scatter<'_> {
    fn dimension(&self) -> usize {
        self.rows[0].len()
    }

    fn times(&mut self, vector: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        self.rows.iter().for_each(|row| add(out, dot(row, vector), row));
    }
}
