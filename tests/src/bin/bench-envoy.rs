//! `cargo xtask bench envoy`: what the filter costs in real Envoy.
//! Measures and reports; fails only where the output is not what it must be.

use anyhow::Result;
use cofferdam_tests::bench::envoy;

fn main() -> Result<()> {
    envoy::run()
}
