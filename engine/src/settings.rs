//! Settings of the host: what the environment of the VM grants, beside the policy.
//! Keys never leave this type: it prints none.

use crate::blob::Digest;
use crate::sensitive::Sensitive;
use alloc::string::String;
use alloc::vec::Vec;

/// Settings of the host.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `COFFERDAM_SELF`: zone of the proxy's own end, where nothing else says it.
    pub own_zone: Option<String>,
    /// `COFFERDAM_HOLD_HEADERS`: the host lets headers be held (`1`).
    pub hold_headers: bool,
    /// `COFFERDAM_DIRECT_ADDRESS`: `source.address` is the connection's (`1`).
    pub direct_address: bool,
    /// `COFFERDAM_NO_TIMERS`: the host has no timers (`1`): there is no heartbeat.
    pub no_timers: bool,
    /// `COFFERDAM_NO_SHARED_DATA`: VMs of the host share nothing (`1`): what was accepted is
    /// forgotten with its VM, and the floor is that of `COFFERDAM_RELEASE_FLOOR` alone.
    pub no_shared_data: bool,
    /// `COFFERDAM_MEMORY_MIB`: the memory that the host gives to a VM, where it is little.
    pub memory_mib: Option<u32>,
    /// `COFFERDAM_KEPT_KIB`: what an exchange may keep at the most, beside what decoders need and
    /// what waits for a verdict. Less than [`crate::limits::CARRY_BYTES_MAX`] blocks what needs it.
    pub kept_kib: Option<u32>,
    /// `COFFERDAM_KEY_<NAME>`, hex: name as in the policy (upper case, `-` as `_`), bytes.
    pub keys: Vec<(String, Sensitive<Vec<u8>>)>,
    /// What a bundle is held against.
    pub trust: Trust,
    /// Reads every line of a head by itself, as a whole head that is looked over is compared with.
    /// Nothing in the environment says so.
    pub heads_plainly: bool,
}

/// What a bundle is held against, where only signed ones are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// `COFFERDAM_ROOT`: the digest of the first root, in hex.
    pub root: Option<Digest>,
    /// `COFFERDAM_AUDIENCE`: which mesh this is.
    pub audience: Option<String>,
    /// `COFFERDAM_RELEASE_FLOOR`: the least version of a release.
    pub floor: Option<u64>,
    /// `COFFERDAM_MODULE`: the digest of the module that the host runs, in hex.
    pub module: Option<Digest>,
}
