//! Ways to cut a body into chunks.
//! Takes no randomness from outside: the same length gives the same plans.

/// Bodies up to this are cut at every place.
const EVERY_SPLIT_BYTES_MAX: usize = 256;
const RANDOM_PLANS: u64 = 32;

/// Where a body is cut, ascending; none is the whole body as one chunk.
pub(super) type Plan = Vec<usize>;

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

fn random(seed: u64, length: usize) -> Plan {
    let mut state = seed;
    let mut next = || {
        // SplitMix64, published by Steele, Lea and Flood (2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    // Short chunks in some plans, long ones in others.
    let one_in = 2 + next() % 24;
    (1..length).filter(|_| next() % one_in == 0).collect()
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
