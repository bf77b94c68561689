//! The moments of the weights of terms, against everything that the samplers' own mechanisms can produce.

mod common;

use common::{Known, POLICIES, law, orders, outcomes, spec, variant, weights, with};
use sgdlab_core::Value;
use sgdlab_core::streams::Key;
use sgdlab_samplers::{
    BatchBuffer, Context, Cut, Law, SamplerSpec, antithetic, block, class_balanced, draws, poisson, stratified,
    systematic,
};

const TOLERANCE: f64 = 1e-12;

/// By outcome, all equally likely, the weights of terms at each step.
type Outcomes = Vec<Vec<Vec<f64>>>;

/// The means and covariances of the weights at these steps.
fn check(what: &str, law: &Law, steps: &[u64], outcomes: &Outcomes) {
    let count = outcomes.len() as f64;
    let places: Vec<(usize, usize)> =
        (0..steps.len()).flat_map(|step| (0..law.terms()).map(move |term| (step, term))).collect();
    let mean = |&(s, i): &(usize, usize)| outcomes.iter().map(|outcome| outcome[s][i]).sum::<f64>() / count;
    let means: Vec<f64> = places.iter().map(mean).collect();
    for (&(s, i), &one) in places.iter().zip(&means) {
        let exact = law.weight_mean(steps[s], i);
        assert!((one - exact).abs() <= TOLERANCE, "{what}: mean {one}, not {exact} of term {i} at step {}", steps[s]);
        for (&(t, j), &other) in places.iter().zip(&means) {
            let product = outcomes.iter().map(|outcome| outcome[s][i] * outcome[t][j]).sum::<f64>() / count;
            let (measured, exact) = (product - one * other, law.weight_covariance((steps[s], i), (steps[t], j)));
            assert!(
                (measured - exact).abs() <= TOLERANCE,
                "{what}: covariance {measured}, not {exact} of term {i} at step {} and {j} at {}",
                steps[s],
                steps[t]
            );
        }
    }
}

/// One step of a sampler whose steps are independent and alike.
fn check_step(what: &str, law: &Law, batches: impl Iterator<Item = BatchBuffer>) {
    let outcomes: Outcomes = batches.map(|batch| vec![weights(&batch, law.terms())]).collect();
    for step in [0, 5] {
        check(what, law, &[step], &outcomes);
        for (i, j) in (0..law.terms()).flat_map(|i| (0..law.terms()).map(move |j| (i, j))) {
            assert_eq!(law.weight_covariance((step, i), (step + 1, j)), 0.0, "{what}: steps are independent");
        }
    }
}

/// Batches that `draw` makes of all sequences of draws with these bounds.
fn drawn(
    bounds: Vec<u32>,
    mut draw: impl FnMut(&mut common::Scripted, &mut BatchBuffer),
) -> impl Iterator<Item = BatchBuffer> {
    outcomes(bounds).map(move |mut rng| {
        let mut out = BatchBuffer::with_capacity(0);
        draw(&mut rng, &mut out);
        out
    })
}

#[test]
fn poisson_samples_have_their_law() {
    for (terms, ratio) in (1..=5).flat_map(|terms| [(terms, false), (terms, true)]) {
        let estimator = if ratio { "ratio" } else { "horvitz-thompson" };
        for batch in 1..=terms {
            let law = law(&variant("poisson", &[("estimator", estimator)]), terms as usize, batch as usize).unwrap();
            let draw = |rng: &mut _, out: &mut _| poisson::draw((terms, batch), ratio, rng, out);
            let what = format!("poisson {estimator}, {batch} of {terms}");
            check_step(&what, &law, drawn(vec![terms; terms as usize], draw));
            // The bias by hand: an empty batch has probability (1 − B/N)ᴺ.
            let gradients: Vec<f64> = (0..terms).map(|i| f64::from(i * i) - 1.0).collect();
            let mean = gradients.iter().sum::<f64>() / f64::from(terms);
            let empty = (1.0 - f64::from(batch) / f64::from(terms)).powi(terms as i32);
            let bias = if ratio { -empty * mean } else { 0.0 };
            assert!((law.bias(0, &gradients) - bias).abs() <= TOLERANCE, "{what}");
        }
    }
}

#[test]
fn an_empty_batch_is_zero() {
    let mut rng = outcomes(vec![2; 2]).last().unwrap();
    let mut out = BatchBuffer::with_capacity(2);
    poisson::draw((2, 1), false, &mut rng, &mut out);
    assert_eq!((out.indices.len(), out.scale, out.batch().weights), (0, 0.0, None));
}

/// (weights, mix, denominator of the probabilities).
const WEIGHTS: [(&[f64], f64, u32); 3] =
    [(&[1.0, 2.0, 3.0], 0.0, 6), (&[1.0, 2.0, 3.0], 0.5, 12), (&[3.0, 0.0, 1.0, 4.0], 0.5, 16)];

fn by_weights(name: &str, weights: &[f64], mix: f64) -> SamplerSpec {
    let by = ("by", Value::Word("weights".into()));
    with(name, vec![by, ("weights", Value::Numbers(weights.to_vec())), ("mix", Value::Number(mix))])
}

#[test]
fn unequal_draws_have_their_law() {
    for (given, mix, denominator) in WEIGHTS {
        let (terms, sum) = (given.len(), given.iter().sum::<f64>());
        let probabilities: Vec<f64> = given.iter().map(|w| (1.0 - mix) * w / sum + mix / terms as f64).collect();
        let ends = draws::ends(&probabilities);
        for (name, reweight, batch) in
            [("importance", true, 1), ("importance", true, 3), ("weighted", false, 1), ("weighted", false, 3)]
        {
            let weights: Vec<f64> =
                probabilities.iter().filter(|_| reweight).map(|p| 1.0 / (terms as f64 * p)).collect();
            let law = law(&by_weights(name, given, mix), terms, batch).unwrap();
            let draw = |rng: &mut _, out: &mut _| draws::draw((&ends, &weights), batch, rng, out);
            check_step(&format!("{name} {given:?}"), &law, drawn(vec![denominator; batch], draw));
            let gradients: Vec<f64> = (0..terms).map(|i| 1.0 + (i * i) as f64).collect();
            let difference =
                probabilities.iter().zip(&gradients).map(|(p, g)| (p - 1.0 / terms as f64) * g).sum::<f64>();
            let bias = if reweight { 0.0 } else { difference };
            assert!((law.bias(3, &gradients) - bias).abs() <= TOLERANCE, "{name}: {}", law.bias(3, &gradients));
        }
    }
}

/// The bound samplers draw by the probabilities of their laws: weights, where there are some, are 1 / (N p).
#[test]
fn bound_samplers_have_the_weights_of_their_probabilities() {
    let spec = by_weights("importance", &[1.0, 2.0, 3.0], 0.0);
    let mut sampler = common::bind(&spec, 3, 40, Key::new("weights")).unwrap();
    let batch = common::fill(&mut *sampler, 1);
    for (&i, &weight) in batch.indices.iter().zip(&batch.weights) {
        assert!((weight - [2.0, 1.0, 2.0 / 3.0][i as usize]).abs() <= 1e-15);
    }
    let spec = by_weights("weighted", &[0.0, 1.0, 0.0], 0.0);
    let mut sampler = common::bind(&spec, 3, 40, Key::new("weights")).unwrap();
    let batch = common::fill(&mut *sampler, 1);
    assert_eq!((batch.indices, batch.weights), (vec![1; 40], vec![]));
}

#[test]
fn class_balanced_draws_have_their_law() {
    let classes = [0, 2, 2, 0, 2, 5];
    let groups = [vec![0, 3], vec![1, 2, 4], vec![5]];
    let context = Context { classes: Some(&classes), ..Context::of(6) };
    for (reweight, batch) in [(false, 1), (false, 2), (true, 1), (true, 2)] {
        let spec = variant("class-balanced", &[("reweight", if reweight { "true" } else { "false" })]);
        let law = spec.law(&context, batch).unwrap();
        let weight = |i: usize| 3.0 * groups[[0, 1, 1, 0, 1, 2][i]].len() as f64 / 6.0;
        let weights: Vec<f64> = (0..6).filter(|_| reweight).map(weight).collect();
        let draw = |rng: &mut _, out: &mut _| class_balanced::draw((&groups, &weights), batch, rng, out);
        // Six is a multiple of the sizes of all classes.
        check_step("class-balanced", &law, drawn([3, 6].repeat(batch), draw));
        // By hand: class means of 0 … 5 are 3/2, 7/3 and 5, their mean is 53/18, and that of all is 5/2.
        let bias = if reweight { 0.0 } else { 53.0 / 18.0 - 2.5 };
        assert!((law.bias(0, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]) - bias).abs() <= TOLERANCE);
        let mut sampler = spec.bind(&context, 30, Key::new("classes")).unwrap();
        let bound = common::fill(&mut *sampler, 2);
        assert!(bound.indices.iter().zip(&bound.weights).all(|(&i, &w)| w == weight(i as usize)));
        assert_eq!(bound.weights.len(), if reweight { 30 } else { 0 });
    }
}

#[test]
fn strata_have_their_law() {
    let (classes, norms) = ([0, 1, 1, 0, 1, 1], [5.0, 1.0, 1.5, 0.0, 1.0, 1.0]);
    let context = Context { classes: Some(&classes), norms: Some(&norms), ..Context::of(6) };
    let deviations = Value::Numbers(vec![0.0, 1.0]);
    let specs = [
        spec("stratified", None),
        variant("stratified", &[("allocation", "neyman")]),
        with("stratified", vec![("allocation", Value::Word("neyman".into())), ("deviations", deviations)]),
        variant("stratified", &[("strata", "1")]),
        variant("stratified", &[("strata", "2")]),
    ];
    for spec in &specs {
        for batch in 2..=5 {
            let mut strata = stratified::Strata::new(spec.settings(), &context, batch).unwrap();
            let sizes = match spec.settings().integer("strata") {
                0 => vec![2, 4],
                1 => vec![6],
                _ => vec![3, 3],
            };
            let counts = strata.counts();
            let bounds = sizes.iter().zip(&counts).flat_map(|(&size, &count)| (0..count as u32).map(move |k| size - k));
            let batches = drawn(bounds.collect(), |rng, out| strata.draw(rng, out));
            check_step(&format!("{spec}, {batch}"), &spec.law(&context, batch).unwrap(), batches);
        }
    }
    // σ of the first class is 5/2, of the second 7/32 in size; with deviation 0 a stratum has its one term.
    let counts = |spec: &SamplerSpec| stratified::Strata::new(spec.settings(), &context, 3).unwrap().counts();
    assert_eq!(specs[..3].iter().map(counts).collect::<Vec<_>>(), [[1, 2], [2, 1], [1, 2]]);
}

/// The best of all ways to divide a batch.
#[test]
fn allocations_are_the_best_there_are() {
    let variance = |sizes: &[usize], deviations: &[f64], counts: &[usize]| -> f64 {
        let of = |h: usize| (sizes[h] as f64 * deviations[h]).powi(2) / counts[h] as f64;
        (0..sizes.len()).map(of).sum()
    };
    for (sizes, deviations) in [
        ([4, 5, 9], [1.0, 1.0, 1.0]),
        ([2, 8, 8], [9.0, 1.0, 0.5]),
        ([3, 3, 6], [0.0, 2.0, 1.0]),
        ([1, 7, 2], [1.0, 0.1, 3.0]),
    ] {
        for batch in 3..=sizes.iter().sum() {
            let found = stratified::allocate(&sizes, &deviations, batch);
            assert_eq!(found.iter().sum::<usize>(), batch);
            let pairs = (1..=sizes[0]).flat_map(|a| (1..=sizes[1]).map(move |b| (a, b)));
            let all = pairs.filter(|(a, b)| (a + b + 1..=a + b + sizes[2]).contains(&batch));
            let best =
                all.map(|(a, b)| variance(&sizes, &deviations, &[a, b, batch - a - b])).fold(f64::INFINITY, f64::min);
            let found = variance(&sizes, &deviations, &found);
            assert!(found <= best * (1.0 + 1e-14), "{batch} of {sizes:?}: {found}, not {best}");
        }
    }
    assert_eq!(stratified::allocate(&[10, 20, 30], &[1.0; 3], 12), [2, 4, 6], "proportional, where that is whole");
}

/// Terms and batch sizes, some of which divide.
fn sizes() -> impl Iterator<Item = (u32, usize)> {
    (1..=7).flat_map(|terms| (1..=terms as usize).map(move |batch| (terms, batch)))
}

fn filled(fill: impl FnOnce(&mut BatchBuffer)) -> BatchBuffer {
    let mut out = BatchBuffer::with_capacity(0);
    fill(&mut out);
    out
}

#[test]
fn systematic_samples_and_blocks_have_their_law() {
    for (terms, batch) in sizes() {
        let n = terms as usize;
        let what = format!("{batch} of {terms}");
        let samples = (0..terms).map(|start| filled(|out| systematic::fill_from(start, terms, batch, out)));
        check_step(&format!("systematic {what}"), &law(&spec("systematic", None), n, batch).unwrap(), samples);
        let blocks = (0..terms).map(|start| filled(|out| block::fill_from(start, terms, batch, out)));
        check_step(&format!("block {what}"), &law(&spec("block", None), n, batch).unwrap(), blocks);
        let cyclic = |start: u32| {
            let place = |step: u64| ((u64::from(start) + step * batch as u64) % u64::from(terms)) as u32;
            let batch = |step: u64| filled(|out| block::fill_from(place(step), terms, batch, out));
            [0, 1, 2, 9].map(|step| weights(&batch(step), n)).to_vec()
        };
        let law = law(&variant("block", &[("order", "cyclic")]), n, batch).unwrap();
        check(&format!("cyclic {what}"), &law, &[0, 1, 2, 9], &(0..terms).map(cyclic).collect());
    }
}

#[test]
fn systematic_samples_are_distinct_and_every_step_apart() {
    for (terms, batch) in sizes().filter(|&(terms, batch)| (terms as usize).is_multiple_of(batch)) {
        for start in 0..terms {
            let batch = filled(|out| systematic::fill_from(start, terms, batch, out)).indices;
            assert!(batch.windows(2).all(|pair| pair[1] - pair[0] == terms / batch.len() as u32));
        }
    }
}

#[test]
fn antithetic_pairs_have_their_law() {
    for (terms, pairs) in (1..=6).flat_map(|terms| [(terms, 1), (terms, 2), (terms, 3)]) {
        let law = law(&spec("antithetic", None), terms as usize, 2 * pairs).unwrap();
        let draw = |rng: &mut _, out: &mut _| antithetic::draw(terms, pairs, rng, out);
        check_step(&format!("antithetic {pairs} of {terms}"), &law, drawn(vec![terms; pairs], draw));
    }
    // Odd about the mean: no variance. Even: twice that of independent draws.
    let variance =
        |gradients: &[f64]| law(&spec("antithetic", None), 4, 2).unwrap().covariance((0, gradients), (0, gradients));
    assert!(variance(&[1.0, 2.0, 4.0, 5.0]).abs() <= TOLERANCE);
    assert!((variance(&[1.0, 3.0, 3.0, 1.0]) - 1.0).abs() <= TOLERANCE);
}

/// Whole batches of a power of two are stratified: one point in each of B intervals.
#[test]
fn sobol_batches_of_powers_of_two_are_stratified() {
    for (terms, batch) in [(8, 2), (8, 4), (16, 4), (6, 2)] {
        let sobol = law(&spec("sobol", None), terms, batch).unwrap();
        let strata = variant("stratified", &[("strata", &batch.to_string())]);
        let gradients: Vec<f64> = (0..terms).map(|i| ((i * i) % 5) as f64 - 0.3 * i as f64).collect();
        let within: f64 = gradients
            .chunks(terms / batch)
            .map(|chunk| {
                let mean = chunk.iter().sum::<f64>() / chunk.len() as f64;
                chunk.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / chunk.len() as f64
            })
            .sum();
        let expected = within / (batch * batch) as f64;
        let found = sobol.covariance((3, &gradients), (3, &gradients));
        assert!((found - expected).abs() <= TOLERANCE, "{batch} of {terms}: {found}, not {expected}");
        // One term of each block is what proportional strata draw too.
        let other = strata.law(&Known::of(terms).context(), batch).unwrap();
        assert!((found - other.covariance((0, &gradients), (0, &gradients))).abs() <= TOLERANCE);
    }
}

#[test]
fn sobol_epochs_visit_every_term_once_where_sizes_are_powers_of_two() {
    for (grid, terms, batch) in [(vec![], 64, 8), (vec![8, 8], 64, 64), (vec![16, 4], 64, 64)] {
        let spec = with("sobol", vec![("grid", Value::Integers(grid))]);
        let mut sampler = common::bind(&spec, terms, batch, Key::new("sobol")).unwrap();
        let m = sampler.batches_per_epoch();
        for epoch in [0, 1, 7] {
            let mut seen: Vec<u32> = (0..m).flat_map(|k| common::fill(&mut *sampler, epoch * m + k).indices).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..terms as u32).collect::<Vec<_>>());
        }
    }
}

/// The weights in the batches of two epochs that share an order.
fn of_orders(cut: &Cut, orders: &[Vec<u32>], reversed: bool) -> Outcomes {
    let of_order = |order: &Vec<u32>| {
        let backwards: Vec<u32> = order.iter().rev().copied().collect();
        let second = if reversed { &backwards } else { order };
        let batch = |order: &[u32], k| weights(&filled(|out| cut.fill(order, k, out)), cut.terms());
        let epoch = |order: &[u32]| (0..cut.batches()).map(|k| batch(order, k)).collect::<Vec<_>>();
        [epoch(order), epoch(second)].concat()
    };
    orders.iter().map(of_order).collect()
}

#[test]
fn epochs_that_share_an_order_have_their_law() {
    for (terms, batch) in [(4, 1), (4, 2), (4, 3), (5, 1), (5, 2), (5, 3), (5, 4), (5, 5), (1, 1)] {
        let all = orders(terms as u32);
        for (word, remainder) in POLICIES {
            let cut = Cut::new("test", terms, batch, remainder).unwrap();
            let steps: Vec<u64> = (0..2 * cut.batches() as u64).collect();
            let of = |name, given: &[(&'static str, &'static str)]| {
                law(&variant(name, &[given, &[("remainder", word)]].concat()), terms, batch).unwrap()
            };
            let what = |name| format!("{name} {word} {batch} of {terms}");
            check(&what("shuffle-once"), &of("shuffle-once", &[]), &steps, &of_orders(&cut, &all, false));
            let reversed = of_orders(&cut, &all, true);
            check(&what("flip-flop"), &of("flip-flop", &[]), &steps, &reversed);
            check(&what("flip-flop once"), &of("flip-flop", &[("base", "shuffle-once")]), &steps, &reversed);
            let identity = of_orders(&cut, &[(0..terms as u32).collect()], true);
            check(&what("flip-flop sequential"), &of("flip-flop", &[("base", "sequential")]), &steps, &identity);
        }
    }
}

#[test]
fn later_epochs_of_flip_flop_are_independent_or_the_same() {
    let fresh = law(&spec("flip-flop", None), 5, 2).unwrap();
    let once = law(&variant("flip-flop", &[("base", "shuffle-once")]), 5, 2).unwrap();
    for (k, l) in (0..6).flat_map(|k| (0..6).map(move |l| (k, l))) {
        assert_eq!(fresh.factor(k, 6 + l), Some(0.0));
        assert_eq!(fresh.factor(6 + k, 6 + l), fresh.factor(k, l));
        assert_eq!(once.factor(k, 6 + l), once.factor(k, l));
    }
}

/// Steps of 1, 1, 2, 2 and 3 of the batches 0 to 8 that `base` draws, given the weights of their terms.
fn check_growing(what: &str, base: &SamplerSpec, (terms, batch): (usize, usize), drawn: &Outcomes) {
    let numbers = [("every", 2.0), ("limit", 3.0)].map(|(key, x)| (key, Value::Number(x)));
    let given = [("base", Value::Item(base.settings().clone())), ("unit", Value::Word("steps".into()))];
    let growing = with("growing", [given.to_vec(), numbers.into()].concat());
    let step = |outcome: &[Vec<f64>], batches: &[usize]| {
        (0..terms).map(|i| batches.iter().map(|&k| outcome[k][i]).sum::<f64>() / batches.len() as f64).collect()
    };
    let steps = |outcome: &Vec<_>| {
        [&[0][..], &[1], &[2, 3], &[4, 5], &[6, 7, 8]].map(|batches| step(outcome, batches)).to_vec()
    };
    let outcomes: Outcomes = drawn.iter().map(steps).collect();
    check(&format!("growing {what}"), &law(&growing, terms, batch).unwrap(), &[0, 1, 2, 3, 4], &outcomes);
}

/// The weights of terms in batches 0 to 8, where `epochs` are the orders of epochs.
fn in_epochs(cut: &Cut, epochs: &[&[u32]]) -> Vec<Vec<f64>> {
    let m = cut.batches();
    let batch = |k: usize| filled(|out| cut.fill(epochs[k / m], k % m, out));
    (0..9).map(|k| weights(&batch(k), epochs[0].len())).collect()
}

#[test]
fn growing_batches_of_one_order_have_their_law() {
    for (terms, batch, word) in [(4, 1, "keep"), (4, 2, "keep"), (5, 2, "keep"), (5, 2, "rescale")] {
        let remainder = POLICIES.iter().find(|(known, _)| *known == word).unwrap().1;
        let cut = Cut::new("test", terms, batch, remainder).unwrap();
        let all = orders(terms as u32);
        let drawn: Vec<_> = all.iter().map(|order| in_epochs(&cut, &[order.as_slice(); 9])).collect();
        check_growing(word, &spec("shuffle-once", Some(word)), (terms, batch), &drawn);
    }
}

/// Steps that reach across epochs are averages of batches of independent orders, and of an order and its reverse.
#[test]
fn growing_batches_of_several_orders_have_their_law() {
    for (batch, word) in [(1, "keep"), (2, "keep"), (2, "rescale")] {
        let remainder = POLICIES.iter().find(|(known, _)| *known == word).unwrap().1;
        let cut = Cut::new("test", 3, batch, remainder).unwrap();
        let all = orders(3);
        let epochs = 9_usize.div_ceil(cut.batches()) as u32;
        let digit = |outcome: usize, place: u32| &all[outcome / 6_usize.pow(place) % 6];
        let of = |epochs_of: &dyn Fn(usize) -> Vec<Vec<u32>>, drawn: u32| -> Outcomes {
            let outcome = |n| {
                let epochs = epochs_of(n);
                in_epochs(&cut, &epochs.iter().map(Vec::as_slice).collect::<Vec<_>>())
            };
            (0..6_usize.pow(drawn)).map(outcome).collect()
        };
        let fresh = of(&|n| (0..epochs).map(|epoch| digit(n, epoch).clone()).collect(), epochs);
        check_growing(&format!("reshuffle {word} {batch}"), &spec("reshuffle", Some(word)), (3, batch), &fresh);
        let turned = |n: usize, epoch: u32| {
            let mut order = digit(n, epoch / 2).clone();
            if epoch % 2 == 1 {
                order.reverse();
            }
            order
        };
        let pairs = of(&|n| (0..epochs).map(|epoch| turned(n, epoch)).collect(), epochs.div_ceil(2));
        check_growing(&format!("flip-flop {word} {batch}"), &spec("flip-flop", Some(word)), (3, batch), &pairs);
    }
}

#[test]
fn growing_batches_of_independent_draws_have_their_law() {
    let one = |term: usize| [[1.0, 0.0], [0.0, 1.0]][term].to_vec();
    let drawn: Outcomes = (0..512_usize).map(|n| (0..9).map(|k| one(n >> k & 1)).collect()).collect();
    check_growing("with-replacement", &spec("with-replacement", None), (2, 1), &drawn);
}

/// Laws whose covariance is a multiple of S say the same in both forms.
#[test]
fn factors_agree_with_weights() {
    let (one, other) = ([1.0, -2.0, 0.5, 4.0, 3.0], [0.0, 1.0, 5.0, -1.0, 2.0]);
    let mean = |x: &[f64; 5]| x.iter().sum::<f64>() / 5.0;
    let s = one.iter().zip(other).map(|(x, y)| x * y).sum::<f64>() / 5.0 - mean(&one) * mean(&other);
    for name in ["with-replacement", "per-batch", "reshuffle", "flip-flop"] {
        let law = law(&spec(name, None), 5, 2).unwrap();
        for (k, l) in [(0, 0), (0, 1), (1, 4), (2, 2), (2, 3)] {
            let found = law.covariance((k, &one), (l, &other));
            assert!((found - law.factor(k, l).unwrap() * s).abs() <= TOLERANCE, "{name}, {k} and {l}");
        }
    }
    assert_eq!(law(&spec("importance", None), 5, 2).unwrap().factor(0, 0), None);
    assert!(law(&spec("importance", None), 5, 2).unwrap().epoch_mean().is_none());
}
