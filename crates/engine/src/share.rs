//! The same for many customers, on all cores.

use rayon::prelude::*;

use crate::EngineError;

/// How many calls of rules are worth another core: to wake it takes about as long as some of them.
const LEAST_CALLS: usize = 128;

/// Does something to many for whom so many rules are called each. Every core takes a share at a time, and what comes of the
/// shares is in their order; what takes hardly any time is one share.
pub(crate) fn on_all_cores<T: Send, R: Send>(
    items: Vec<T>,
    rules: usize,
    run: impl Fn(Vec<T>) -> Result<R, EngineError> + Send + Sync,
) -> Result<Vec<R>, EngineError> {
    let mut shares = shares(items, LEAST_CALLS.div_ceil(rules.max(1)));
    match shares.len() {
        1 => Ok(vec![run(shares.remove(0))?]),
        _ => shares.into_par_iter().map(run).collect(),
    }
}

/// Parts them into two shares for each core, as some take longer than others, but for those that would be too small.
fn shares<T>(mut items: Vec<T>, least: usize) -> Vec<Vec<T>> {
    let share = items.len().div_ceil(2 * rayon::current_num_threads()).max(least);
    let mut shares = Vec::new();
    while items.len() > share {
        let rest = items.split_off(share);
        shares.push(std::mem::replace(&mut items, rest));
    }
    shares.push(items);
    shares
}

#[cfg(test)]
mod tests {
    use tierhook_model::RecordId;

    use super::*;

    #[test]
    fn each_is_done_once_and_in_order() {
        for count in [0, 1, 7, 64, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            let done = on_all_cores(items.clone(), 30, Ok).unwrap();
            assert_eq!(done.concat(), items);
        }
        assert_eq!(on_all_cores((0..128).collect::<Vec<_>>(), 1, Ok).unwrap().len(), 1, "few calls are not shared");
        assert_eq!(on_all_cores((0..128).collect::<Vec<_>>(), 0, Ok).unwrap().len(), 1);
        let failed = on_all_cores((0..1_000).collect(), 30, |share: Vec<i32>| match share.contains(&777) {
            true => Err(EngineError::NoRecord { record: RecordId(777) }),
            false => Ok(share),
        });
        assert!(matches!(failed, Err(EngineError::NoRecord { .. })));
    }
}
