//! What host calls return.

/// What a host call returns, by the numbers of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// There is no such thing.
    NotFound = 1,
    /// Not like this, or not now.
    BadArgument = 2,
    /// The value cannot be written as bytes.
    SerializationFailure = 3,
    /// A pointer out of the guest's memory.
    InvalidMemoryAccess = 6,
    /// Somebody else wrote first.
    CasMismatch = 8,
    /// Not granted, or broken.
    InternalFailure = 10,
    /// This host has no such service.
    Unimplemented = 12,
}

/// Why a host call did not do what was asked.
pub(crate) enum Fail {
    /// The guest is told so.
    Status(Status),
    /// The guest trapped when it was asked for memory.
    Trap(wasmtime::Error),
}

impl From<Status> for Fail {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

/// Of a host call.
pub(crate) type HostResult = Result<(), Fail>;
