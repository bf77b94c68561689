//! A landscape whose type is not known any more.

use sgdlab_core::Layout;

use crate::function::Function;
use crate::known::{Convexity, Known, Stationary};
use crate::noise::Noise;
use crate::noisy::{Noisy, Terms};

/// A landscape in double precision, and what makes objectives of it.
pub(crate) trait Shape: Send + Sync {
    fn dimension(&self) -> usize;
    fn window(&self) -> [(f64, f64); 2];
    fn stationary(&self) -> Vec<Stationary>;
    fn convexity(&self) -> Option<Convexity>;
    fn value(&self, at: &[f64]) -> f64;
    fn gradient(&self, at: &[f64], out: &mut [f64]);
    fn hessian_times(&self, at: &[f64], vector: &[f64], out: &mut [f64]);
    fn single(&self, layout: Layout, noise: Noise<f32>) -> Box<dyn Terms<f32>>;
    fn double(&self, layout: Layout, noise: Noise<f64>) -> Box<dyn Terms<f64>>;
}

impl<F: Known + Function> Shape for F {
    fn dimension(&self) -> usize {
        Known::dimension(self)
    }

    fn window(&self) -> [(f64, f64); 2] {
        F::WINDOW
    }

    fn stationary(&self) -> Vec<Stationary> {
        Known::stationary(self)
    }

    fn convexity(&self) -> Option<Convexity> {
        Known::convexity(self)
    }

    fn value(&self, at: &[f64]) -> f64 {
        Function::value::<f64, 1>(self, at.as_chunks().0)[0]
    }

    fn gradient(&self, at: &[f64], out: &mut [f64]) {
        Function::gradient::<f64, 1>(self, at.as_chunks().0, out.as_chunks_mut().0);
    }

    fn hessian_times(&self, at: &[f64], vector: &[f64], out: &mut [f64]) {
        Function::hessian_times::<f64, 1>(self, at.as_chunks().0, vector.as_chunks().0, out.as_chunks_mut().0);
    }

    fn single(&self, layout: Layout, noise: Noise<f32>) -> Box<dyn Terms<f32>> {
        Box::new(Noisy::new(self.clone(), layout, noise))
    }

    fn double(&self, layout: Layout, noise: Noise<f64>) -> Box<dyn Terms<f64>> {
        Box::new(Noisy::new(self.clone(), layout, noise))
    }
}
