//! Ways to cut a body into chunks.
//! Takes no randomness from outside: the same length gives the same plans.

use crate::random::Random;

/// Bodies up to this are cut at every place.
const EVERY_SPLIT_BYTES_MAX: usize = 256;
const RANDOM_PLANS: u64 = 32;

/// Where a body is cut, ascending; none is the whole body as one chunk.
pub(crate) type Plan = Vec<usize>;

/// Whole, in two at every place, byte by byte, and at random places.
pub(super) fn plans(length: usize) -> Vec<Plan> {
    let mut plans = vec![Plan::new()];
    if length <= EVERY_SPLIT_BYTES_MAX {
        plans.extend((1..length).map(|at| vec![at]));
    }
    plans.push((1..length).collect());
    for seed in 0..RANDOM_PLANS {
        plans.push(random(seed, length));
    }
    plans.sort();
    plans.dedup();
    plans
}

pub(crate) fn random(seed: u64, length: usize) -> Plan {
    let mut random = Random::new(seed);
    // Short chunks in some plans, long ones in others.
    let one_in = 2 + random.next() % 24;
    (1..length).filter(|_| random.next().is_multiple_of(one_in)).collect()
}

#[cfg(test)]
mod tests {
    use super::plans;

    #[test]
    fn every_plan_cuts_inside_and_ascending() {
        for length in [0, 1, 2, 40, 256, 257, 5000] {
            let plans = plans(length);
            assert!(plans.contains(&Vec::new()));
            assert!(plans.contains(&(1..length).collect()));
            for plan in &plans {
                assert!(plan.windows(2).all(|pair| pair[0] < pair[1]));
                assert!(plan.iter().all(|&at| at > 0 && at < length));
            }
        }
        assert!(plans(40).len() > 40 + 20, "splits, byte by byte and most random plans");
        assert!(plans(5000).len() > 30);
    }
}
