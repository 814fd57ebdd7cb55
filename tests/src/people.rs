//! Made-up people who sign what tests give to the filter: what is tested takes nothing else.

use crate::native::NOW_MILLIS;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::Time;
use cofferdam_harness::Options;
use cofferdam_policy_compiler::deploy::Trust;
use cofferdam_policy_compiler::throwaway::Throwaway;
use std::time::{SystemTime, UNIX_EPOCH};

/// People who sign for the time at which the embedded host's clock stands.
#[must_use]
pub fn then() -> Throwaway {
    // The module's own digest is no matter to it: the host says which one it runs.
    Throwaway::new([1; 32], Time(NOW_MILLIS / 1000), Digest::of(b"the module under test"))
}

/// People who sign for now, and for a real host that runs `module`.
#[must_use]
pub fn now(module: &[u8]) -> Trust {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let module = Digest::of(module);
    Trust::Throwaway(Box::new(Throwaway::new([1; 32], Time(since.as_secs()), module)))
}

/// A blob as the filter takes it: signed.
///
/// # Panics
/// When it is longer than any bundle.
#[must_use]
pub fn sign(blob: &[u8]) -> Vec<u8> {
    then().bundle(blob).expect("no longer than a bundle may be")
}

/// The options of a VM that is given a blob: signed, and told who may sign.
#[must_use]
pub fn signed(blob: &[u8], options: Options) -> Options {
    let mut options = Options { configuration: sign(blob), ..options };
    options.env.extend(then().environment());
    options
}
