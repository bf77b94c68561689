//! Streams never change, depend on their address only, and have their distributions.

use proptest::prelude::*;
use rand::RngCore;
use rand::distr::Distribution;
use sgdlab_core::streams::{Key, Normal, Stream, Uniform, index, shuffle, signs};

fn stream(purpose: &str) -> Stream {
    Key::new("tests").child(purpose).stream(0)
}

// Stability vectors: changing any of them changes every published number.

#[test]
fn words_never_change() {
    let words = |mut rng: Stream| [rng.next_u64(), rng.next_u64(), rng.next_u64()];
    let key = Key::new("stability");
    assert_eq!(words(key.stream(0)), [17_488_562_693_167_069_598, 4_504_650_523_821_857_253, 472_620_588_280_122_833]);
    assert_eq!(
        words(key.stream(1)),
        [11_095_556_546_990_019_125, 8_020_986_129_369_531_017, 12_615_119_095_227_732_098]
    );
    assert_eq!(
        words(key.stream(u64::MAX)),
        [6_724_695_064_706_332_861, 4_544_546_634_313_723_430, 8_067_356_814_646_449_691]
    );
    assert_eq!(
        words(key.child("order").stream(0)),
        [13_156_178_306_067_766_986, 3_241_691_191_020_597_108, 5_545_310_772_933_966_486]
    );
}

#[test]
fn indices_and_orders_never_change() {
    let mut rng = Key::new("stability").stream(2);
    let indices = [10, 10, 10, 10, 1000, 1_000_000, u32::MAX].map(|n| index(&mut rng, n));
    assert_eq!(indices, [1, 5, 3, 3, 327, 58_209, 2_608_058_761]);
    let mut order: Vec<u32> = (0..12).collect();
    shuffle(&mut order, &mut Key::new("stability").stream(3));
    assert_eq!(order, [11, 7, 9, 6, 5, 4, 3, 2, 10, 1, 0, 8]);
}

#[test]
fn normal_and_uniform_numbers_never_change() {
    let mut rng = Key::new("stability").stream(4);
    let normals: [f64; 4] = std::array::from_fn(|_| Normal.sample(&mut rng));
    assert_eq!(
        normals,
        [0.657_377_118_403_233_8, -0.381_116_631_444_273_43, -1.282_977_864_003_096_7, 0.497_363_458_274_430_7]
    );
    let mut rng = Key::new("stability").stream(5);
    let uniforms: [f64; 4] = std::array::from_fn(|_| Uniform { low: -2.0, high: 6.0 }.sample(&mut rng));
    assert_eq!(
        uniforms,
        [2.915_989_567_761_555, -1.678_921_519_975_287_6, 0.425_806_228_957_407_4, 4.198_599_024_239_66]
    );
}

#[test]
fn keys_and_streams_differ() {
    let key = Key::new("a");
    let mut first: Vec<u64> = [key, Key::new("b"), key.child("b"), key.child(""), Key::new("ab"), Key::new("")]
        .iter()
        .flat_map(|key| [0, 1, 2, 1 << 63].map(|i| key.stream(i).next_u64()))
        .collect();
    let drawn = first.len();
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), drawn);
}

proptest! {
    #[test]
    fn draws_are_addressed_by_their_number(draw in 0_u64..1 << 40, n in 1_u32.., bound in 1_u32..1000) {
        let key = Key::new("addresses");
        let mut rng = key.stream(7);
        rng.set_word_pos(2 * u128::from(draw));
        prop_assert!(index(&mut rng, n) < n);
        // Exactly one 64-bit word, whatever the bound.
        prop_assert_eq!(rng.get_word_pos(), 2 * u128::from(draw) + 2);
        let next = index(&mut rng, bound);
        let mut jumped = key.stream(7);
        jumped.set_word_pos(2 * u128::from(draw) + 2);
        prop_assert_eq!(next, index(&mut jumped, bound));
    }

    #[test]
    fn a_shuffle_keeps_every_element(n in 0_usize..200, stream in any::<u64>()) {
        let mut order: Vec<usize> = (0..n).collect();
        shuffle(&mut order, &mut Key::new("shuffles").stream(stream));
        order.sort_unstable();
        prop_assert_eq!(order, (0..n).collect::<Vec<_>>());
    }

    #[test]
    fn uniform_numbers_stay_below_the_bound(low in -1e3..1e3, width in 1e-3..1e3, stream in any::<u64>()) {
        let uniform = Uniform { low, high: low + width };
        let x = uniform.sample(&mut Key::new("bounds").stream(stream));
        prop_assert!(low <= x && x < low + width);
    }
}

#[test]
#[should_panic(expected = "an index below 0")]
fn there_is_no_index_below_zero() {
    index(&mut stream("none"), 0);
}

/// z-scores of the first moments against exact ones: (power, moment, variance of the power).
fn check_moments(what: &str, xs: &[f64], moments: &[(i32, f64, f64)]) {
    for &(power, moment, variance) in moments {
        let mean = xs.iter().map(|x| x.powi(power)).sum::<f64>() / xs.len() as f64;
        let z = (mean - moment) / (variance / xs.len() as f64).sqrt();
        assert!(z.abs() <= 5.0, "{what}: moment {power} is {mean}, {z} standard errors from {moment}");
    }
}

#[test]
fn normal_numbers_are_normal() {
    let mut rng = stream("normal");
    let xs: Vec<f64> = (0..200_000).map(|_| Normal.sample(&mut rng)).collect();
    // E x^2p = (2p − 1)!!, and the variance of xᵖ is E x^2p − (E xᵖ)².
    check_moments("normal", &xs, &[(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]);
    let tail = xs.iter().filter(|x| x.abs() > 2.0).count() as f64 / xs.len() as f64;
    // P(|x| > 2)
    let exact = 0.045_500_263_896_358_4_f64;
    let z = (tail - exact) / (exact * (1.0 - exact) / xs.len() as f64).sqrt();
    assert!(z.abs() <= 5.0, "tail {tail}, {z} standard errors off");
    // A draw has no memory: neighbours are uncorrelated.
    let lagged = xs.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / (xs.len() as f64).sqrt();
    assert!(lagged.abs() <= 5.0, "correlation of neighbours: {lagged} standard errors");
}

#[test]
fn uniform_numbers_are_uniform() {
    let mut rng = stream("uniform");
    let uniform = Uniform { low: 0.0, high: 1.0 };
    let xs: Vec<f64> = (0..200_000).map(|_| uniform.sample(&mut rng)).collect();
    check_moments("uniform", &xs, &[(1, 1.0 / 2.0, 1.0 / 12.0), (2, 1.0 / 3.0, 4.0 / 45.0)]);
}

/// Between the 0.001 and 0.999 quantiles of Pearson's chi-square.
fn check_equally_likely(what: &str, counts: &[u32], quantiles: std::ops::Range<f64>) {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    let statistic = counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
    assert!(quantiles.contains(&statistic), "{what}: chi-square {statistic}");
}

#[test]
fn indices_are_uniform() {
    let mut rng = stream("index");
    let mut counts = [0; 24];
    (0..240_000).for_each(|_| counts[index(&mut rng, 24) as usize] += 1);
    check_equally_likely("index", &counts, 7.529..49.728);
}

#[test]
fn orders_are_uniform() {
    let mut counts = std::collections::BTreeMap::<[u8; 4], u32>::new();
    for i in 0..24_000 {
        let mut order = [0, 1, 2, 3];
        shuffle(&mut order, &mut Key::new("orders").stream(i));
        *counts.entry(order).or_default() += 1;
    }
    assert_eq!(counts.len(), 24);
    check_equally_likely("shuffle", &counts.into_values().collect::<Vec<_>>(), 7.529..49.728);
}

#[test]
fn signs_are_the_bits_of_the_words() {
    let mut found = [[0.0; 2]; 130];
    signs(&mut stream("signs"), &mut found);
    let mut words = stream("signs");
    for signs in found.chunks(64) {
        let word = words.next_u64();
        for (bit, sign) in signs.iter().enumerate() {
            assert_eq!(*sign, [1.0 - 2.0 * (word >> bit & 1) as f64; 2]);
        }
    }
    let mut many = [[0.0]; 100_000];
    signs(&mut stream("many signs"), &mut many);
    check_moments("signs", many.as_flattened(), &[(1, 0.0, 1.0)]);
    let neighbors: Vec<f64> = many.windows(2).map(|pair| pair[0][0] * pair[1][0]).collect();
    check_moments("neighboring signs", &neighbors, &[(1, 0.0, 1.0)]);
}
