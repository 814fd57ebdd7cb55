//! Every bound of the data plane, in one place.
//! Past a limit a crossing is blocked with a reason; nothing is cut silently.

/// Longest blob, in bytes.
pub const BLOB_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most automata in a blob.
pub const AUTOMATA_MAX: usize = 512;
/// Most context sets, field steps: bits of a `u128`.
pub const SETS_MAX: usize = 128;
/// Bytes kept back per crossing, beside what a whole delivery holds.
pub const CARRY_BYTES_MAX: usize = 16 * 1024;
/// Bytes kept beside them while text in several layers of encoding goes on for long: what is
/// undecided in each layer.
pub const LAYERS_BYTES_MAX: usize = 8 * 1024;
/// Longest candidate, in bytes of scan text, of a detector that does not commit.
pub const CANDIDATE_BYTES_MAX: usize = 512;
/// Longest candidate, in bytes of scan text, before it is committed or dropped.
pub const COMMIT_BYTES_MAX: usize = 768;
/// Deepest nesting of JSON.
pub const JSON_DEPTH_MAX: usize = 128;
/// Longest spelling of a JSON number, in bytes.
pub const NUMBER_BYTES_MAX: usize = 4096;
/// Longest key that takes part in paths and context, in bytes of scan text.
pub const KEY_BYTES_MAX: usize = 256;
/// Scan text kept before what is undecided, for borders and context.
pub const HISTORY_BYTES: usize = 256;
/// Code points before a candidate in which a context word counts.
pub const CONTEXT_BEFORE: usize = 30;
/// Code points after a candidate within which a context word may begin.
pub const CONTEXT_AFTER: usize = 10;
/// Longest context word or phrase, letters and digits only.
pub const CONTEXT_WORD_BYTES_MAX: usize = 40;
/// Bytes that a token has at the least, behind its prefix.
pub const TOKEN_BYTES_MIN: usize = 34;
/// Most layers of encoding within a value that are looked through.
pub const UNWRAP_MAX: u8 = 4;
/// Most headers of a message.
pub const HEADERS_MAX: usize = 256;
/// Longest header block, in bytes.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;
/// Raw bytes that a chunk is read in at a time.
pub const SLICE_BYTES: usize = 8 * 1024;
/// Raw bytes of skipped characters (zero-width, combining) that a value may spend at once.
/// INVARIANT: no more than the shortest token gives back, see `reader::hidden`.
pub const SKIP_BYTES_MAX: u16 = 256;
/// Raw bytes of them that each byte of scan text gives back.
pub const SKIP_BYTES_GAIN: u16 = 8;
/// Raw bytes that each byte of scan text stands for at the most, with what it gives back: four
/// bytes of UTF-8 in percent-encoding are one digit.
pub const RAW_PER_TEXT_BYTE_MAX: u16 = 12;
/// Longest value, in bytes of scan text, of a declared field that is still looked at whole.
pub const FIELD_BYTES_MAX: usize = 512;
/// The same in raw bytes: escapes and skipped characters count there.
pub const FIELD_RAW_BYTES_MAX: u64 = 4096;
/// Most content codings of a body, one put on another.
pub const CODINGS_MAX: usize = 2;
/// Largest window of a content coding: how far back it repeats. Beside it a decoder sets aside
/// [`DECODER_BYTES_MAX`] at the most, for tables and for a block that has not come whole.
pub const WINDOW_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes that a decoder of a content coding sets aside beside its window.
pub const DECODER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Decoded bytes for each coded one. Text of an API comes to 5 to 30, and a body that decodes to
/// much more is there to exhaust who decodes it. Envoy's own decompressors stop at the same.
pub const RATIO_MAX: u64 = 100;
/// Coded bytes that are counted at once for that: what decodes to 100 KiB at the most is let be.
pub const RATIO_BLOCK_BYTES: u64 = 1024;
/// Deepest nesting of multiparts.
pub const MULTIPART_DEPTH_MAX: u8 = 2;
/// Most parts of a multipart.
pub const PARTS_MAX: usize = 4096;
/// Longest head of a part, in bytes.
pub const PART_HEAD_BYTES_MAX: usize = 4096;
/// Deepest nesting of protobuf messages, as its own parsers have it, groups counted apart.
pub const PROTO_DEPTH_MAX: usize = 100;
/// Most texts of the last message of a stream whose ends are kept for the next one.
pub const TAILS_MAX: usize = 32;
