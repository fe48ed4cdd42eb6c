//! Chance from a seed: independent streams, and the few distributions that the company needs.

use fastrand::Rng;

/// Which part of a customer a stream of chance is for. One stream never moves another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    /// Name, region and what else is in the profile.
    Person = 1,
    /// How the customer buys, and for how long.
    Life = 2,
    /// What happens on the company's running days.
    Live = 3,
    /// What the customer needs, and what else was written down later.
    Needs = 4,
    /// Whether somebody was at the desk.
    Desk = 5,
}

/// Returns the stream of chance of one customer (or moment) and one part of it.
pub(crate) fn stream(seed: u64, index: u64, part: Stream) -> Rng {
    let mixed = mix(mix(seed ^ 0x7469_6572_686f_6f6b).wrapping_add(index)).wrapping_add(part as u64);
    Rng::with_seed(mix(mixed))
}

/// Spreads a number over all 64 bits (the finaliser of SplitMix64), so that neighbouring seeds differ in full.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Tells whether something with this probability happens.
pub(crate) fn happens(rng: &mut Rng, probability: f64) -> bool {
    rng.f64() < probability
}

/// Picks one of several; there must be at least one.
pub(crate) fn pick<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
    &all[rng.usize(..all.len())]
}

/// Picks the number of one of several weights; there must be at least one above zero.
pub(crate) fn weighted(rng: &mut Rng, weights: &[f64]) -> usize {
    let mut left = rng.f64() * weights.iter().sum::<f64>();
    for (at, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return at;
        }
    }
    weights.len() - 1
}

/// Draws from a range evenly.
pub(crate) fn between(rng: &mut Rng, from: f64, to: f64) -> f64 {
    from + (to - from) * rng.f64()
}

/// Draws a waiting time with this mean (exponential distribution).
pub(crate) fn waiting(rng: &mut Rng, mean: f64) -> f64 {
    -mean * (1.0 - rng.f64()).ln()
}

/// Draws a factor around 1 with a heavy upper tail (log-normal; the spread is that of the logarithm).
pub(crate) fn heavy(rng: &mut Rng, spread: f64) -> f64 {
    // Box-Muller; 1 - f64() is never 0.
    let normal = (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos();
    (normal * spread).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_repeatable_and_independent() {
        let first = |seed, index, part| stream(seed, index, part).u64(..);
        assert_eq!(first(1, 2, Stream::Life), first(1, 2, Stream::Life));
        let all = [
            first(1, 2, Stream::Life),
            first(1, 2, Stream::Person),
            first(1, 3, Stream::Life),
            first(2, 2, Stream::Life),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one));
        }
    }

    #[test]
    fn waiting_times_have_their_mean_and_weights_their_shares() {
        let mut rng = stream(1, 1, Stream::Life);
        let mean = (0..20_000).map(|_| waiting(&mut rng, 50.0)).sum::<f64>() / 20_000.0;
        assert!((48.0..52.0).contains(&mean), "{mean}");
        let second = (0..20_000).filter(|_| weighted(&mut rng, &[1.0, 3.0]) == 1).count();
        assert!((14_500..15_500).contains(&second), "{second}");
    }
}
