//! Spreads: how the values of all customers lie, and which number tells a part of them apart.

/// The values of a field over all customers of whom it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    sorted: Vec<f64>,
}

/// Which end of the values is to be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The highest: at a number or above it.
    Top,
    /// The lowest: at a number or below it.
    Bottom,
}

/// Which numbers may be chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowed {
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// Whether only whole ones.
    pub whole: bool,
}

/// A number that tells a part of the customers apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The number.
    pub value: f64,
    /// The part that it tells apart, 0 to 1.
    pub share: f64,
}

/// Two heaps of values that lie far apart, as those of retail and wholesale do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heaps {
    /// The middle of the lower heap: its geometric mean.
    pub low: f64,
    /// The middle of the upper heap.
    pub high: f64,
    /// The part of the values in the upper heap, 0 to 1.
    pub high_share: f64,
}

/// A round number is taken if it misses the wanted part by no more than this part of it.
const CLOSE: f64 = 0.05;
/// With fewer values nothing is said about heaps.
const HEAP_VALUES: usize = 60;
/// A heap has at least this part of the values.
const HEAP_SHARE: f64 = 0.05;
/// How far two heaps lie apart, by the measure D of Ashman, Bird and Zepf (1994). Cutting a normal distribution in two
/// gives 2.7, an even one 3.5.
const HEAP_DISTANCE: f64 = 4.0;

impl Spread {
    /// Makes a spread of values in any order. What is no number is left out.
    pub fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { sorted }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The value in the middle of those above 0; `None` if there are none.
    pub fn middle(&self) -> Option<f64> {
        let first = self.sorted.partition_point(|value| *value <= 0.0);
        self.sorted.get(first + (self.sorted.len() - first) / 2).copied()
    }

    /// The part of the values that a number tells apart, 0 to 1.
    pub fn share(&self, end: End, number: f64) -> f64 {
        // Values are often sums of decimal fractions: a hair below a number is on it.
        let hair = number.abs() * 1e-9;
        let count = match end {
            End::Top => self.sorted.len() - self.sorted.partition_point(|value| *value < number - hair),
            End::Bottom => self.sorted.partition_point(|value| *value <= number + hair),
        };
        count as f64 / self.sorted.len().max(1) as f64
    }

    /// The roundest number that tells about the wanted part apart; `None` if no allowed number tells anything apart. Where
    /// many have the same value the part may be another one.
    pub fn threshold(&self, end: End, wanted: f64, allowed: Allowed) -> Option<Threshold> {
        let best = |digits: Option<i32>| {
            let candidates = self.near(end, wanted).into_iter().flat_map(|value| rounded(value, digits, allowed.whole));
            candidates
                .filter(|value| (allowed.min..=allowed.max).contains(value))
                .map(|value| Threshold { value, share: self.share(end, value) })
                .filter(|threshold| threshold.share > 0.0 && threshold.share < 1.0)
                .min_by(|a, b| (a.share - wanted).abs().total_cmp(&(b.share - wanted).abs()))
        };
        let tries = [Some(1), Some(2), Some(3), Some(4), None].map(best);
        let off = |threshold: &Threshold| (threshold.share - wanted).abs();
        let is_close = |threshold: &&Threshold| off(threshold) <= CLOSE * wanted;
        let close = tries.iter().flatten().find(is_close);
        close.or_else(|| tries.iter().flatten().min_by(|a, b| off(a).total_cmp(&off(b)))).copied()
    }

    /// The values about the wanted part, and the next different ones on both sides.
    fn near(&self, end: End, wanted: f64) -> Vec<f64> {
        if self.sorted.is_empty() {
            return Vec::new();
        }
        let part = (wanted * self.sorted.len() as f64).round().max(1.0) as usize;
        let at = match end {
            End::Top => self.sorted.len().saturating_sub(part),
            End::Bottom => part - 1,
        };
        let value = self.sorted[at.min(self.sorted.len() - 1)];
        let below = self.sorted[..self.sorted.partition_point(|it| *it < value)].last();
        let above = self.sorted.get(self.sorted.partition_point(|it| *it <= value));
        [Some(&value), below, above].into_iter().flatten().copied().collect()
    }

    /// The two heaps that the values above 0 fall into by their size, if they lie far apart.
    pub fn heaps(&self) -> Option<Heaps> {
        let first = self.sorted.partition_point(|value| *value <= 0.0);
        let logs: Vec<f64> = self.sorted[first..].iter().map(|value| value.ln()).collect();
        if logs.len() < HEAP_VALUES {
            return None;
        }
        let sums: Vec<(f64, f64)> = std::iter::once((0.0, 0.0))
            .chain(logs.iter().scan((0.0, 0.0), |sum, log| {
                *sum = (sum.0 + log, sum.1 + log * log);
                Some(*sum)
            }))
            .collect();
        // Mean and variance of the values from one place to another.
        let heap = |from: usize, to: usize| {
            let count = (to - from) as f64;
            let mean = (sums[to].0 - sums[from].0) / count;
            (mean, ((sums[to].1 - sums[from].1) / count - mean * mean).max(0.0))
        };
        let (count, least) = (logs.len(), ((logs.len() as f64 * HEAP_SHARE).ceil() as usize).max(1));
        // The cut with the least spread within both heaps (Otsu, 1979).
        let within = |cut: usize| heap(0, cut).1 * cut as f64 + heap(cut, count).1 * (count - cut) as f64;
        let cut = (least..=count - least).min_by(|a, b| within(*a).total_cmp(&within(*b)))?;
        let ((low, low_spread), (high, high_spread)) = (heap(0, cut), heap(cut, count));
        let distance = 2f64.sqrt() * (high - low) / (low_spread + high_spread).sqrt().max(f64::MIN_POSITIVE);
        let high_share = (count - cut) as f64 / count as f64;
        (distance >= HEAP_DISTANCE).then(|| Heaps { low: low.exp(), high: high.exp(), high_share })
    }
}

/// A value rounded down and up to some significant digits; `None` digits is the value itself.
fn rounded(value: f64, digits: Option<i32>, whole: bool) -> Vec<f64> {
    let Some(digits) = digits.filter(|_| value != 0.0) else {
        return if whole { vec![value.floor(), value.ceil()] } else { vec![value] };
    };
    let exponent = value.abs().log10().floor() as i32 - digits + 1;
    let exponent = if whole { exponent.max(0) } else { exponent };
    // Dividing by a power of ten, rather than multiplying by its inverse, gives the shortest decimals.
    let scaled = |number: f64| match exponent {
        0.. => number * 10f64.powi(exponent),
        _ => number / 10f64.powi(-exponent),
    };
    let unit = match exponent {
        0.. => value / 10f64.powi(exponent),
        _ => value * 10f64.powi(-exponent),
    };
    vec![scaled(unit.floor()), scaled(unit.ceil())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Allowed = Allowed { min: 0.01, max: f64::MAX, whole: false };

    #[test]
    fn a_round_number_tells_the_wanted_part_apart() {
        let spread = Spread::new((1..=1000).map(f64::from));
        let top = spread.threshold(End::Top, 0.1, ANY).unwrap();
        assert_eq!((top.value, top.share), (900.0, 0.101));
        let bottom = spread.threshold(End::Bottom, 0.2, ANY).unwrap();
        assert_eq!((bottom.value, bottom.share), (200.0, 0.2));
        assert_eq!(spread.share(End::Top, 900.0), 0.101);
        // Roundness gives way where it would miss by much.
        let narrow = Spread::new((0..1000).map(|at| 5000.0 + f64::from(at)));
        assert_eq!(narrow.threshold(End::Top, 0.1, ANY).unwrap().value, 5900.0);
    }

    #[test]
    fn equal_values_are_not_torn_apart() {
        // Nine in ten bought nothing at all; nobody can be chosen from among them.
        let spread = Spread::new(std::iter::repeat_n(0.0, 900).chain((1..=100).map(f64::from)));
        let threshold = spread.threshold(End::Top, 0.4, ANY).unwrap();
        assert_eq!((threshold.value, threshold.share), (1.0, 0.1));
        assert_eq!(Spread::new([3.0; 50]).threshold(End::Top, 0.1, ANY), None);
        assert_eq!(Spread::default().threshold(End::Top, 0.1, ANY), None);
        let orders = Spread::new((1..=10).flat_map(|orders| std::iter::repeat_n(f64::from(orders), 10)));
        let whole = Allowed { whole: true, ..ANY };
        assert_eq!(orders.threshold(End::Top, 0.27, whole).unwrap(), Threshold { value: 8.0, share: 0.3 });
        assert_eq!(orders.threshold(End::Top, 0.5, Allowed { max: 4.0, ..whole }), None);
    }

    #[test]
    fn wholesale_and_retail_are_two_heaps_and_a_scatter_is_one() {
        // Evenly spread over the quantiles of a normal distribution would be one heap, as an even scatter is.
        let even = |from: f64, to: f64, count: u32| {
            (0..count).map(move |at| (from + (to - from) * f64::from(at) / f64::from(count)).exp())
        };
        assert_eq!(Spread::new(even(2.0, 8.0, 500)).heaps(), None);
        let mixed = Spread::new(even(3.0, 4.0, 400).chain(even(7.0, 8.0, 100)));
        let heaps = mixed.heaps().unwrap();
        assert!((heaps.high_share - 0.2).abs() < 0.001 && heaps.low < 40.0 && heaps.high > 1500.0, "{heaps:?}");
        assert_eq!(Spread::new(even(3.0, 4.0, 20).chain(even(7.0, 8.0, 20))).heaps(), None);
        // A handful of giants make no second heap.
        assert_eq!(Spread::new(even(3.0, 4.0, 400).chain(even(9.0, 9.1, 4))).heaps(), None);
    }
}
