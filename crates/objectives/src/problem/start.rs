//! Where runs begin.

use rand::distr::Distribution;
use sgdlab_core::Layout;
use sgdlab_core::streams::{Key, Normal, Uniform, signs};

/// Where runs begin.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Start {
    /// Here, in every replicate.
    At(Vec<f64>),
    /// At random parameters: a law for each tensor.
    Drawn(Vec<Law>),
}

/// The law of independent initial parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Law {
    /// All are 0.
    Zero,
    /// Normal with mean 0.
    Normal { deviation: f64 },
    /// ± `size`, each with probability ½.
    Signs { size: f64 },
    /// Uniform from −`bound` to `bound`.
    Uniform { bound: f64 },
}

impl Law {
    fn draw(self, key: Key, index: u64, out: &mut [f64]) {
        let mut rng = key.stream(index);
        match self {
            Self::Zero => out.fill(0.0),
            Self::Normal { deviation } => out.fill_with(|| deviation * Normal.sample(&mut rng)),
            Self::Signs { size } => {
                let mut drawn = vec![[0.0]; out.len()];
                signs(&mut rng, &mut drawn);
                out.iter_mut().zip(drawn).for_each(|(out, [sign])| *out = size * sign);
            }
            Self::Uniform { bound } => {
                let uniform = Uniform { low: -bound, high: bound };
                out.fill_with(|| uniform.sample(&mut rng));
            }
        }
    }
}

impl Start {
    /// The point of a replicate: layer k has its weights from stream k of the key, and its biases from that of a child.
    pub(super) fn point(&self, layout: &Layout, key: Key) -> Vec<f64> {
        let laws = match self {
            Self::At(point) => return point.clone(),
            Self::Drawn(laws) => laws,
        };
        let mut point = vec![0.0; layout.size()];
        let mut layers = 0;
        for (tensor, law) in layout.tensors().iter().zip(laws) {
            let bias = tensor.name.starts_with("bias");
            let (key, layer) = if bias { (key.child("biases"), layers - 1) } else { (key, layers) };
            law.draw(key, layer, &mut point[tensor.offset..tensor.offset + tensor.size()]);
            layers += u64::from(!bias);
        }
        point
    }
}
