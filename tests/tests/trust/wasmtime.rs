//! The attacks on the module in the embedded host, whose clock is set and whose VMs share what the
//! one before has left.

use crate::{Came, Stage, reason_in};
use anyhow::{Result, ensure};
use cofferdam_attacks::World;
use cofferdam_harness::{Shared, Vm};
use cofferdam_tests::worlds::{ALL_CHECKED, Embedded, WAITING, exchange, lines, poison};

impl Stage for Embedded {
    fn play(&mut self, world: &World) -> Result<Came> {
        let shared = Shared::default();
        if let Some(before) = world.before() {
            let mut vm = self.vm(&before, &shared)?;
            ensure!(vm.configure()?, "what was before is refused: {:?}", lines(&vm));
            let is_in_force = lines(&vm).iter().any(|line| line.contains("is in force"));
            ensure!(is_in_force, "what was before is not in force: {:?}", lines(&vm));
        } else if let Some(configuration) = poison(world) {
            self.poison(configuration, &shared)?;
        }
        let mut vm = self.vm(world, &shared)?;
        vm.configure()?;
        let says = |vm: &Vm, words| lines(vm).iter().any(|line| line.contains(words));
        while says(&vm, WAITING) && !says(&vm, ALL_CHECKED) {
            vm.tick()?;
        }
        let first = world.asked.at.first().map_or(0, |at| at.0.saturating_sub(world.now.0));
        vm.advance_millis(first * 1000);
        for _ in 0..world.asked.used {
            exchange(&mut vm, world);
        }
        let crossed = exchange(&mut vm, world);
        Ok(Came { reason: reason_in(&lines(&vm)), crossed })
    }
}
