//! `cargo xtask bench envoy`: what the filter costs in real Envoy.
//! Measures and reports; fails only where the output is not what it must be.

use anyhow::Result;
use cofferdam_tests::bench::{envoy, sse};

fn main() -> Result<()> {
    envoy::run()?;
    sse::run(&envoy::cpu_time)
}
