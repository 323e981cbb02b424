//! Which SIMs there are: how many each account has, in what order they lie in the vendor's file, and how they are built.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::cast::{ACCOUNTS, Account};
use crate::sims::SimType;

/// A SIM of the demo, by its place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlannedSim {
    /// Where it ends up.
    pub(super) account: usize,
    /// With which of the account's deliveries it gets there.
    pub(super) batch: usize,
    pub(super) sim_type: SimType,
}

/// Divides `total` among the accounts by the law of Zipf: the second has half of what the first has, the third a third.
pub(super) fn sizes(total: usize) -> [usize; ACCOUNTS.len()] {
    let harmonic: usize = (1..=ACCOUNTS.len()).map(|rank| total / rank).sum();
    let mut sizes = [0; ACCOUNTS.len()];
    for (rank, size) in sizes.iter_mut().enumerate() {
        *size = total / (rank + 1) * total / harmonic.max(1);
    }
    sizes[0] += total - sizes.iter().sum::<usize>();
    sizes
}

/// How many deliveries an account of `size` SIMs has had.
pub(super) fn batches(account: usize, size: usize) -> usize {
    if account == 0 { 1 } else { (size / 1_500 + 1).min(4) }
}

/// Lays out `total` SIMs: each delivery in blocks of one type, the blocks of all accounts mixed.
pub(super) fn lay_out(total: usize, rng: &mut ChaCha8Rng) -> Vec<PlannedSim> {
    let mut blocks = Vec::new();
    for ((place, account), size) in ACCOUNTS.iter().enumerate().zip(sizes(total)) {
        let batches = batches(place, size);
        for batch in 0..batches {
            let mut left = size / batches + if batch == 0 { size % batches } else { 0 };
            while left > 0 {
                let block = rng.random_range(20..=200).min(left);
                let sim = PlannedSim { account: place, batch, sim_type: pick_type(account, rng) };
                blocks.push((sim, block));
                left -= block;
            }
        }
    }
    blocks.shuffle(rng);
    blocks.into_iter().flat_map(|(sim, count)| std::iter::repeat_n(sim, count)).collect()
}

fn pick_type(account: &Account, rng: &mut ChaCha8Rng) -> SimType {
    let [plug_in, mff2, euicc] = account.mix;
    match rng.random_range(0..plug_in + mff2 + euicc) {
        drawn if drawn < plug_in => SimType::PlugIn,
        drawn if drawn < plug_in + mff2 => SimType::Mff2,
        _ => SimType::Euicc,
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn sizes_follow_zipf_and_add_up() {
        for total in [0, 1, 13, 3_000, 100_000] {
            assert_eq!(sizes(total).iter().sum::<usize>(), total);
        }
        let sizes = sizes(100_000);
        assert!(sizes[0] > 31_000 && sizes[0] < 32_000, "{sizes:?}");
        assert!(sizes[1].abs_diff(sizes[0] / 2) < 20 && sizes[3].abs_diff(sizes[0] / 4) < 20, "{sizes:?}");
    }

    #[test]
    fn the_layout_depends_on_the_seed_alone() {
        let laid_out = |seed| lay_out(5_000, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(laid_out(1), laid_out(1));
        assert_ne!(laid_out(1), laid_out(2));
        assert_eq!(laid_out(3).len(), 5_000);
    }
}
