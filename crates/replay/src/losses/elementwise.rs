//! Losses of one prediction and one target.

use sgdlab_core::{Real, Settings, Value};
use sgdlab_losses::restricted::{BinaryProbability, HingeEmbedding, PoissonRate, TweedieMean};
use sgdlab_losses::{Exponential, Loss, LossSpec, SigmoidFocal, Targets, entries};

use super::parameters::Parameters;
use super::{Record, Rounded, Slopes, Terms};
use crate::number::plain;
use crate::rules;

/// Value, slope and curvature of element `k`, at a prediction and a target.
type Scalar = Box<dyn Fn(usize, f64, f64) -> [Rounded; 3]>;

/// A loss, and whether it depends on the difference of prediction and target alone.
type Found = (Scalar, bool);

/// All elements of a record.
pub(super) fn terms(record: &Record, parameters: &Parameters<'_>) -> Result<Terms, String> {
    let (input, target) = (plain(&record.input("input")?.data), plain(&record.input("target")?.data));
    if input.len() != target.len() {
        return Err(format!("{} inputs have {} targets", input.len(), target.len()));
    }
    // Weights repeat along rows.
    let weights = parameters.list("weight")?.unwrap_or_else(|| vec![1.0]);
    let (scalar, of_difference) = find(&record.loss, parameters)?;
    let at = |k: usize| scalar(k, input[k], target[k]).map(|x| x.times(weights[k % weights.len()]));
    let all: Vec<[Rounded; 3]> = (0..input.len()).map(at).collect();
    let [values, gradient, curvature] = [0, 1, 2].map(|order| all.iter().map(|one| one[order]).collect::<Vec<_>>());
    let mut slopes = Vec::new();
    if of_difference {
        let mirrored = gradient.iter().map(|slope| slope.times(-1.0)).collect();
        slopes.push(Slopes { input: "target", gradient: mirrored, curvature: curvature.clone() });
    }
    slopes.push(Slopes { input: "input", gradient, curvature });
    Ok(Terms { values, slopes, weight: input.len() as f64 })
}

/// The loss of this name.
fn find(name: &str, parameters: &Parameters<'_>) -> Result<Found, String> {
    let scalar: Scalar = match name {
        "mse" => return cataloged("squared", parameters, &[("half", Value::Flag(false))]),
        "l1" => return cataloged("absolute", parameters, &[]),
        "bce" => Box::new(|_, p, y| binary(p, y)),
        "bce_with_logits" => with_logits(parameters)?,
        "soft_margin" => Box::new(|_, x, y| soft_margin(x, y)),
        "sigmoid_focal" => focal(parameters)?,
        "hinge_embedding" => {
            let loss = HingeEmbedding { margin: parameters.number("margin", 1.0)? };
            Box::new(move |_, x, y| {
                let value = Rounded::of(loss.value(x, y), loss.margin.abs() + x.abs());
                [value, Rounded::sharp(loss.slope(x, y)), Rounded::sharp(0.0)]
            })
        }
        "poisson_nll" => poisson(parameters)?,
        "half_poisson" => tweedie(1.0)?,
        "half_gamma" => tweedie(2.0)?,
        "half_tweedie" => tweedie(parameters.number("power", 1.5)?)?,
        "half_tweedie_identity" => mean(parameters.number("power", 1.5)?, 1.0),
        "tweedie_deviance" => mean(parameters.number("power", 0.0)?, 2.0),
        "half_binomial" => Box::new(|_, x, y| binomial(x, y)),
        "exponential_sklearn" => Box::new(|_, x, y| exponential(x, y)),
        _ => return cataloged(&name.replace('_', "-"), parameters, &[]),
    };
    Ok((scalar, false))
}

fn spec(name: &str, given: Vec<(&str, Value)>) -> Result<LossSpec, String> {
    let entry = rules::entry(&entries(), "loss", name)?;
    Settings::new(entry, given).and_then(|settings| LossSpec::new(&settings)).map_err(|error| error.to_string())
}

/// A scalar loss of the catalogue, with the hyperparameters that nothing else has read.
fn cataloged(name: &str, parameters: &Parameters<'_>, fixed: &[(&str, Value)]) -> Result<Found, String> {
    let entry = rules::entry(&entries(), "loss", name)?;
    let given = rules::values(entry, parameters.rest())?;
    given.iter().for_each(|(key, _)| parameters.take(key));
    let given: Vec<_> = given.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    let loss = spec(name, fixed.iter().cloned().chain(given).collect())?;
    let scalar = move |_: usize, x, y| [loss.value(x, y), loss.slope(x, y), loss.curvature(x, y)].map(Rounded::sharp);
    Ok((Box::new(scalar), loss.facts().targets == Targets::Numbers))
}

fn binary(p: f64, y: f64) -> [Rounded; 3] {
    let loss = BinaryProbability;
    let curvature = loss.curvature(p, y);
    // The numerator p² − 2 p y + y cancels near p = y.
    let numerator = p * p - 2.0 * p * y + y;
    let share = if numerator == 0.0 { 1.0 } else { (p * p + 2.0 * p * y + y) / numerator.abs() };
    let curvature = Rounded::of(curvature, curvature.abs() * share);
    [Rounded::sharp(loss.value(p, y)), Rounded::sharp(loss.slope(p, y)), curvature]
}

/// Torch adds (1 − y) x and a multiple of the softplus, σ(x) and a multiple of y, and multiplies σ(x) by 1 − σ(x).
fn with_logits(parameters: &Parameters<'_>) -> Result<Scalar, String> {
    let weights = parameters.list("pos_weight")?.unwrap_or_else(|| vec![1.0]);
    let losses = weights.iter().map(|&w| spec("weighted-binary-cross-entropy", vec![("pos-weight", Value::Number(w))]));
    let losses = losses.collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(move |k, x, y| {
        let (loss, w) = (losses[k % losses.len()], weights[k % weights.len()]);
        let size = (1.0 - y).abs() + w * y;
        let value = Rounded::of(loss.value(x, y), size * (x.abs() + 1.0));
        let slope = Rounded::of(loss.slope(x, y), size);
        let curvature = Rounded::of(loss.curvature(x, y), size * Real::sigmoid(x));
        [value, slope, curvature].map(|number| Rounded { lost: x.is_infinite(), ..number })
    }))
}

/// Torch computes ln(1 + e^(−m)), which overflows beyond m = −709.
fn soft_margin(x: f64, y: f64) -> [Rounded; 3] {
    let loss = sgdlab_losses::Logistic;
    let lost = y * x < -709.0;
    let numbers = [loss.value(x, y), loss.slope(x, y), loss.curvature(x, y)];
    // ln(1 + e^(−m)) has the rounding of 1; the curvature is σ(−m) − σ(−m)².
    let terms = [1.0 + numbers[0], y.abs(), y * y * Real::sigmoid(-(y * x))];
    std::array::from_fn(|order| Rounded { number: numbers[order], terms: terms[order], lost })
}

/// 1 − p_t is recorded as a difference: its rounding grows as p_t approaches 1, and with the power.
fn focal(parameters: &Parameters<'_>) -> Result<Scalar, String> {
    let (alpha, gamma) = (parameters.number("alpha", 0.25)?, parameters.number("gamma", 2.0)?);
    let loss = SigmoidFocal::new(alpha, gamma).map_err(|error| error.to_string())?;
    Ok(Box::new(move |_, x, y| {
        let missing = y * Real::sigmoid(-x) + (1.0 - y) * Real::sigmoid(x);
        let numbers = [loss.value(x, y), loss.slope(x, y), loss.curvature(x, y)];
        // Every derivative has one difference more as a factor.
        std::array::from_fn(|order| {
            let growth = (4.0 + gamma) * f64::from(1 << order) / missing;
            // p_t is a difference too, which shows where it is small.
            let weight = (y * alpha + (1.0 - y) * (1.0 - alpha)) * (1.0 + gamma) * missing;
            Rounded::of(numbers[order], numbers[order].abs() * growth + if order == 2 { weight } else { 0.0 })
        })
    }))
}

/// Stirling's term of a count above 1, each of its terms taken positive.
fn stirling_size(y: f64) -> f64 {
    if y > 1.0 { y * Real::ln(y) + y + 0.5 * Real::ln(std::f64::consts::TAU * y) } else { 0.0 }
}

fn poisson(parameters: &Parameters<'_>) -> Result<Scalar, String> {
    let (full, eps) = (parameters.flag("full", false)?, parameters.number("eps", 1e-8)?);
    let constant = move |y: f64| if full { stirling_size(y) } else { 0.0 };
    if parameters.flag("log_input", true)? {
        let loss = spec("poisson-nll", vec![("full", Value::Flag(full))])?;
        return Ok(Box::new(move |_, x, y| {
            let rate = Real::exp(x);
            let value = Rounded::of(loss.value(x, y), rate + (y * x).abs() + constant(y));
            [value, Rounded::of(loss.slope(x, y), rate + y.abs()), Rounded::sharp(loss.curvature(x, y))]
        }));
    }
    let loss = PoissonRate { full, eps };
    Ok(Box::new(move |_, x, y| {
        let value = Rounded::of(loss.value(x, y), x.abs() + (y * Real::ln(x + eps)).abs() + constant(y));
        let slope = Rounded::of(loss.slope(x, y), 1.0 + (y / (x + eps)).abs());
        [value, slope, Rounded::sharp(loss.curvature(x, y))]
    }))
}

/// The sizes of e^((2−p)x) and y e^((1−p)x).
fn addends(p: f64, x: f64, y: f64) -> [f64; 2] {
    [Real::exp((2.0 - p) * x), y.abs() * Real::exp((1.0 - p) * x)]
}

fn tweedie(power: f64) -> Result<Scalar, String> {
    let loss = spec("half-tweedie", vec![("power", Value::Number(power))])?;
    Ok(Box::new(move |_, x, y| {
        let (p, [one, two]) = (power, addends(power, x, y));
        let of_value = if p == 1.0 {
            one + (y * x).abs()
        } else if p == 2.0 {
            x.abs() + two
        } else {
            one / (2.0 - p).abs() + two / (1.0 - p).abs() + 0.5 * y * y
        };
        let of_curvature = (2.0 - p).abs() * one + (1.0 - p).abs() * two;
        let value = Rounded::of(loss.value(x, y), of_value);
        [value, Rounded::of(loss.slope(x, y), one + two), Rounded::of(loss.curvature(x, y), of_curvature)]
    }))
}

/// Half the Tweedie deviance of a mean, times `factor`.
fn mean(power: f64, factor: f64) -> Scalar {
    let loss = TweedieMean { power };
    Box::new(move |_, x, y| {
        let p = power;
        let [one, two] = addends(p, Real::ln(x), y);
        let of_value = if p == 0.0 {
            loss.value(x, y)
        } else if p == 1.0 {
            (y * Real::ln(y / x)).abs() + y + x
        } else if p == 2.0 {
            Real::ln(x / y).abs() + y / x + 1.0
        } else {
            let constant = if y > 0.0 { Real::exp((2.0 - p) * Real::ln(y)) } else { 0.0 };
            constant / ((1.0 - p) * (2.0 - p)).abs() + two / (1.0 - p).abs() + one / (2.0 - p).abs()
        };
        let of_value = if of_value.is_nan() { 0.0 } else { of_value };
        let slope = Rounded::of(loss.slope(x, y), (one + two) / x);
        let curvature = ((1.0 - p).abs() * one + p.abs() * two) / (x * x);
        [Rounded::of(loss.value(x, y), of_value), slope, Rounded::of(loss.curvature(x, y), curvature)]
            .map(|number| number.times(factor))
    })
}

fn binomial(x: f64, y: f64) -> [Rounded; 3] {
    let loss = sgdlab_losses::BinaryCrossEntropy;
    let value = Rounded::of(loss.value(x, y), x.abs() + 1.0);
    let slope = loss.slope(x, y);
    [value, Rounded::of(slope, Real::sigmoid(x) + y.abs()), Rounded::sharp(loss.curvature(x, y))]
}

/// y e^(−x) + (1 − y) e^x: targets from 0 to 1.
fn exponential(x: f64, y: f64) -> [Rounded; 3] {
    let all = |y| [Exponential.value(x, y), Exponential.slope(x, y), Exponential.curvature(x, y)];
    let (up, down) = (all(1.0), all(-1.0));
    let part = |share: f64, number: f64| if share == 0.0 { 0.0 } else { share * number };
    std::array::from_fn(|order| {
        let (a, b) = (part(y, up[order]), part(1.0 - y, down[order]));
        Rounded::of(a + b, a.abs() + b.abs())
    })
}
