//! Recorded numbers of other libraries, replayed and compared.
//!
//! A *document* is a JSON file with a list of *records*, each a trajectory of an update rule, the values and
//! derivatives of a loss, or the rates of a schedule, as another program computed them.
//! [`replay`] reads documents from files and folders, computes the same, and says for every record
//! how far apart the two are, relative to the tolerance that the record states.
//!
//! # The format of rules
//!
//! ```json
//! {"rule": "sgd", "records": [
//!   {"id": "my-run", "rule": "sgd", "variant": "torch",
//!    "hyperparameters": {"lr": 0.1, "momentum": 0.9},
//!    "dtype": "float64", "shapes": [[2]], "initial": [1.0, -1.0],
//!    "gradients": [[1.0, -2.0], [0.5, 0.25]],
//!    "steps": 2, "trajectory": [[0.9, -0.8], [0.76, -0.645]], "tol": 1e-12}
//! ]}
//! ```
//!
//! | field | meaning |
//! | --- | --- |
//! | `id` | how the report calls the record |
//! | `rule`, `variant` | an update rule of the catalogue and one of its dialects, with `_` for `-` |
//! | `hyperparameters` | `lr`, the rate or a list with that of every step (1 if it is not there), and hyperparameters of the rule, with `_` for `-`; what is missing has the dialect's default, `null` is "none" |
//! | `dtype` | `float64` (assumed if missing) or `float32` |
//! | `shapes`, `initial` | the parameter tensors, and their entries before the first step, flat, row-major, concatenated |
//! | `gradients` | a list with the gradient of every step, flat, or sparse as `[rows, values of rows]` of the one tensor, repeated rows being added; or the name of a sequence in `gradients.json` beside the document |
//! | `hessians` | likewise a list with the diagonal of the Hessian of every step, for rules that want it |
//! | `tensors` | which tensors of a named sequence are used; all if missing |
//! | `problem` | instead of gradients: a function that they are computed of, [`Function`] |
//! | `steps`, `trajectory` | row t − 1 holds all parameters after step t |
//! | `extra` | further outputs after each step: `ax` or `x` (the rule's answer), `d` (its estimate of a distance), `func_evals` and `n_iter` (gradients and iterations so far, of a rule that makes several in a step) |
//! | `tol` | every entry a is to be within tol · max(1, \|b\|) of the recorded b; 10⁻¹² if missing |
//!
//! # The format of losses
//!
//! ```json
//! {"loss": "huber", "records": [
//!   {"id": "my-run", "loss": "huber", "parameters": {"delta": 2.0, "reduction": "mean"},
//!    "inputs": {"input": {"shape": [2], "data": [0.5, -3.0]}, "target": {"shape": [2], "data": [0.0, 0.0]}},
//!    "value": {"shape": [], "data": [2.0625]},
//!    "grad": {"input": {"shape": [2], "data": [0.25, -1.0]}}}
//! ]}
//! ```
//!
//! | field | meaning |
//! | --- | --- |
//! | `id` | how the report calls the record |
//! | `loss` | a loss of torch or scikit-learn, or one of the catalogue, with `_` for `-`, or `weston_watkins`, `crammer_singer`, `softmax_focal` |
//! | `parameters` | `reduction`: `none` (assumed if missing), `mean`, `sum` or `batchmean`; `weight` and `pos_weight`, which repeat along rows; `ignore_index`; and the hyperparameters of the loss, with `_` for `-`; what is missing has the library's default |
//! | `dtype` | `float64` (assumed if missing) or `float32` |
//! | `inputs` | by name, each with its `shape` and its numbers, flat and row-major: `input` and `target`, and `var`; `input1` and `input2`; `anchor`, `positive` and `negative` |
//! | `value` | the reduced value, or all values if `reduction` is `none` |
//! | `grad`, `hess_diag` | the gradient of the sum of `value` in the inputs that are named, and the diagonal of the second derivative |
//! | `exact` | `value`, and `grad` by input, to the last digit: compared instead of the library's own, which may have lost some; with `for_finite_inputs_only` lists are of finite inputs, in order |
//! | `tol` | instead of 10⁻¹³, or 10⁻⁶ in `float32`, below |
//!
//! Every entry a is to be within 10⁻¹³ \|b\| + 4 ε s + 10⁻³⁰⁰ of the recorded b, where ε is that of the number type
//! and s the size of the terms that the library adds up to b: where they cancel, their rounding is all that is left.
//! For an exact b, s is 0.
//! Numbers that are not finite are to be the same, except where the library itself overflows or subtracts infinities:
//! torch's `SoftMarginLoss` beyond margins of −709, its `BCEWithLogitsLoss` at infinite logits.
//!
//! # The format of schedules
//!
//! ```json
//! {"schedule": "cosine_annealing", "records": [
//!   {"id": "my-run", "schedule": "cosine_annealing", "variant": "torch", "base_lr": 0.1,
//!    "parameters": {"T_max": 2}, "steps": 3, "lr": [0.1, 0.05, 0.0]}
//! ]}
//! ```
//!
//! | field | meaning |
//! | --- | --- |
//! | `id` | how the report calls the record |
//! | `schedule`, `variant` | a schedule of `torch`, `optax` or `pytorch_optimizer`; or, without a variant, one of the catalogue, with `_` for `-`, in a run of `steps` steps that are epochs as well |
//! | `base_lr` | the rate that factors multiply; not for `optax`, whose parameters have it |
//! | `parameters` | the arguments of the library's schedule; what is missing has the library's default; or the hyperparameters of the catalogue's, with `_` for `-` |
//! | `steps`, `lr` | `lr[k]` is the rate of update k, from 0 |
//! | `closed_form` | the same by a formula, where the library computes the rates by a recursion |
//! | `momentum` | the momentum of update k, of schedules that cycle it |
//! | `metrics` | of `reduce_on_plateau`: `metrics[k]` is handed over after update k |
//! | `tol` | every rate a is to be within tol · \|base_lr\| · max(1, \|b\|) / max(1, \|base_lr\|) of the recorded b, the largest value of the parameters standing for base_lr where there is none; momenta within tol; 10⁻¹² if missing |
//!
//! JSON has no infinities and no NaN: they are the strings `"inf"`, `"-inf"` and `"nan"`.

mod document;
mod function;
mod losses;
mod number;
mod optax;
mod report;
mod rules;
mod schedules;
mod torch;

pub use document::{ReplayError, replay};
pub use function::Function;
pub use report::{Comparison, Difference, Document, Kind, Record, Replay};
