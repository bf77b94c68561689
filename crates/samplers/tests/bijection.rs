//! The permutation that is computed: that it is one, and that it looks random.

use std::collections::BTreeMap;

use sgdlab_core::streams::Key;
use sgdlab_samplers::Bijection;

fn order(key: &str, epoch: u64, n: u64) -> Bijection {
    Bijection::new(&mut Key::new("bijection").child(key).stream(epoch), n)
}

#[test]
fn every_number_is_visited_once() {
    let sizes = (1..=300).chain([511, 512, 513, 1000, 1797, 4095, 4096, 4097, 65_535, 65_537]);
    for n in sizes {
        let order = order("small", n, n);
        let mut seen = vec![false; n as usize];
        for i in 0..n {
            let place = order.at(i);
            assert!(!std::mem::replace(&mut seen[place as usize], true), "{place} comes twice, n = {n}");
            assert_eq!(order.inverse(place), i, "n = {n}");
        }
    }
}

#[test]
fn large_ranges_go_there_and_back() {
    for n in [1_000_000_000_000, u64::from(u32::MAX), 1 << 40, (1 << 63) + 1, u64::MAX] {
        let order = order("large", 0, n);
        for i in (0..1000).map(|k: u64| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) % n).chain([0, 1, n - 1]) {
            let place = order.at(i);
            assert!(place < n);
            assert_eq!(order.inverse(place), i, "n = {n}");
        }
    }
}

#[test]
fn numbers_that_are_not_below_n_are_refused() {
    let order = order("refused", 0, 10);
    assert!(std::panic::catch_unwind(|| order.at(10)).is_err());
    assert!(std::panic::catch_unwind(|| order.inverse(10)).is_err());
}

/// Pearson's chi-square of equally likely outcomes that were counted.
fn chi_square(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
}

/// The 0.001 and 0.999 quantiles of chi-square with 23 and with 119 degrees of freedom.
const QUANTILES: [(u64, std::ops::Range<f64>); 2] = [(4, 7.529..49.728), (5, 76.9..172.5)];

#[test]
fn small_orders_are_uniform() {
    for (n, range) in QUANTILES {
        let orders: u64 = (1..=n).product();
        let mut counts = BTreeMap::<Vec<u64>, u32>::new();
        for epoch in 0..1000 * orders {
            let order = order("uniform", epoch, n);
            *counts.entry((0..n).map(|i| order.at(i)).collect()).or_default() += 1;
        }
        assert_eq!(counts.len() as u64, orders);
        let statistic = chi_square(&counts.into_values().collect::<Vec<_>>());
        assert!(range.contains(&statistic), "n = {n}: chi-square {statistic}");
    }
}

/// The places of two neighbors, in sixths of 0 … n − 1: what the law of batches rests on.
#[test]
fn places_of_neighbors_are_uniform() {
    for n in [24, 1800, 6_000_000_000] {
        let mut counts = [0_u32; 24];
        let runs = 24_000;
        for epoch in 0..runs {
            let order = order("neighbors", epoch, n);
            let i = epoch % (n - 1);
            // A sixth for the first; a quarter of what is left for the second: its rank among the others.
            let (one, other) = (order.at(i), order.at(i + 1));
            let rank = other - u64::from(other > one);
            let fourth = u128::from(rank) * 4 / u128::from(n - 1);
            counts[(u128::from(one) * 6 / u128::from(n)) as usize * 4 + fourth as usize] += 1;
        }
        // Quarters of n − 1 places are not equally large for n = 24: 6, 6, 6 and 5 of 23.
        let expected = |cell: usize| {
            let of_quarter = (0..n - 1).take(if n > 10_000 { 0 } else { usize::MAX });
            let size = of_quarter.filter(|rank| rank * 4 / (n - 1) == cell as u64 % 4).count();
            let share = if n > 10_000 { 0.25 } else { size as f64 / (n - 1) as f64 };
            runs as f64 / 6.0 * share
        };
        let statistic: f64 =
            (0..24).map(|cell| (f64::from(counts[cell]) - expected(cell)).powi(2) / expected(cell)).sum();
        assert!((7.529..49.728).contains(&statistic), "n = {n}: chi-square {statistic}");
    }
}
