//! Decoders of content codings and charsets: what comes out, however the body is cut, and what is
//! said of bodies that are broken. Samples were made by `gzip -9`, `zstd -19 --check`, `zstd -1`
//! out of a pipe, and zlib and brotli as Node.js has them.

use super::charset::{Charset, Order, Transcoder};
use super::{Codec, Codings};
use crate::body::Media;
use crate::limits;
use crate::verdict::Reason;
use alloc::vec::Vec;
use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use std::string::String;
use std::{format, vec};

const TEXT: &[u8] = include_bytes!("samples/orders.json");

const SAMPLES: &[(&str, &[u8])] = &[
    ("gzip", include_bytes!("samples/orders.gz")),
    ("deflate", include_bytes!("samples/orders.zlib")),
    ("deflate", include_bytes!("samples/orders.deflate")),
    ("br", include_bytes!("samples/orders.br")),
    ("zstd", include_bytes!("samples/orders.zst")),
    ("zstd", include_bytes!("samples/orders-1.zst")),
];

/// A mebibyte of zeros in brotli.
const BROTLI_ZEROS: &str = "5bffff8f7f02201e0b0472ef1f00";

fn head(name: &str, value: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    vec![(name.into(), value.into())]
}

fn codings(names: &str) -> Result<Codings, Reason> {
    Codings::of(&head("content-encoding", names))
}

/// What comes out of a body in pieces of so many bytes, and what is said of it.
fn decode(names: &str, body: &[u8], piece: usize) -> (Vec<u8>, Result<(), Reason>) {
    let mut codings = codings(names).expect("known");
    let mut out = Vec::new();
    for piece in body.chunks(piece) {
        let mut sink = |decoded: &[u8]| {
            out.extend_from_slice(decoded);
            Ok(())
        };
        if let Err(reason) = codings.push(piece, &mut sink) {
            return (out, Err(reason));
        }
        let set_aside: usize = codings.stages.iter().map(|stage| stage.decoder.bytes()).sum();
        let most = limits::WINDOW_BYTES_MAX + limits::DECODER_BYTES_MAX;
        assert!(set_aside <= most * codings.stages.len(), "{names}: {set_aside} bytes set aside");
    }
    let finish = codings.finish();
    (out, finish)
}

fn zstd(blocks: &[&[u8]]) -> Vec<u8> {
    // A window of a mebibyte, no checksum, no size.
    [&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50], blocks.concat().as_slice()].concat()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    body.extend(compress_to_vec(text, 9));
    body.extend(crc32fast::hash(text).to_le_bytes());
    body.extend((text.len() as u32).to_le_bytes());
    body
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

#[test]
fn samples_decode_however_they_are_cut() {
    for (name, sample) in SAMPLES {
        for piece in [1, 2, 7, 100, sample.len()] {
            assert_eq!(decode(name, sample, piece), (TEXT.to_vec(), Ok(())), "{name} by {piece}");
        }
    }
}

#[test]
fn a_body_that_ends_early_is_unparsable() {
    for (name, sample) in SAMPLES {
        for end in 1..sample.len() {
            let whole = decode(name, &sample[..end], end);
            assert_eq!(whole.1, Err(Reason::Unparsable), "{name} at {end}");
            assert!(TEXT.starts_with(&whole.0), "{name} at {end}");
            assert_eq!(decode(name, &sample[..end], 1), whole, "{name} at {end}");
        }
        assert_eq!(decode(name, &[], 1), (Vec::new(), Ok(())), "an empty body holds nothing");
    }
}

#[test]
fn a_flipped_bit_is_found_or_harmless_however_the_body_is_cut() {
    for (n, (name, sample)) in SAMPLES.iter().enumerate() {
        let mut found = 0;
        for bit in 0..sample.len() * 8 {
            let mut sample = sample.to_vec();
            sample[bit / 8] ^= 1 << (bit % 8);
            let whole = decode(name, &sample, sample.len());
            for piece in [1, 5] {
                let cut = decode(name, &sample, piece);
                assert_eq!(cut.1, whole.1, "{name}, bit {bit}");
                let less = *name == "br" && cut.0.starts_with(&whole.0);
                assert!(cut.0 == whole.0 || less, "{name}, bit {bit}");
            }
            match whole.1 {
                // With a checksum, no other content is taken for what was coded; without one it
                // is what is read, and what leaves.
                Ok(()) => assert!(![0, 1, 4].contains(&n) || whole.0 == TEXT, "{name}, bit {bit}"),
                Err(Reason::Unparsable | Reason::UnknownEncoding | Reason::Bomb) => found += 1,
                Err(other) => panic!("{name}, bit {bit}: {other}"),
            }
        }
        assert!(found > 100, "{name}: {found} flips were found");
    }
}

#[test]
fn bytes_after_the_end_are_unparsable() {
    for (name, sample) in SAMPLES {
        for more in [&b"\0"[..], b"mail ann@example.com"] {
            let sample = [sample, more].concat();
            let whole = decode(name, &sample, sample.len());
            assert_eq!(whole, (TEXT.to_vec(), Err(Reason::Unparsable)), "{name}");
            assert_eq!(decode(name, &sample, 1), whole, "{name}");
        }
    }
}

#[test]
fn members_and_frames_follow_each_other() {
    for (name, sample) in SAMPLES.iter().filter(|(name, _)| ["gzip", "zstd"].contains(name)) {
        let twice = [*sample, sample].concat();
        assert_eq!(decode(name, &twice, 3), (TEXT.repeat(2), Ok(())), "{name}");
    }
    let skipped = b"\x5a\x2a\x4d\x18\x0f\0\0\0ann@example.com";
    let (_, sample) = SAMPLES[4];
    let body = [&skipped[..], sample, skipped].concat();
    assert_eq!(decode("zstd", &body, 1), (TEXT.to_vec(), Ok(())));
    assert_eq!(decode("zstd", &skipped[..20], 20), (Vec::new(), Err(Reason::Unparsable)));
}

#[test]
fn the_frame_of_gzip_is_checked_and_stays_behind() {
    let content = compress_to_vec(b"text", 6);
    let end = [crc32fast::hash(b"text").to_le_bytes(), 4_u32.to_le_bytes()].concat();
    let mut header = vec![0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 5, 0];
    header.extend_from_slice(b"extraname\0comment\0");
    let check = (crc32fast::hash(&header) as u16).to_le_bytes();
    let body = [&header[..], &check, &content, &end].concat();
    assert_eq!(decode("gzip", &body, 1), (b"text".to_vec(), Ok(())));
    let broken = [&header[..], &[check[0] ^ 1, check[1]], &content, &end].concat();
    assert_eq!(decode("gzip", &broken, 9), (Vec::new(), Err(Reason::Unparsable)));
    let longer = [&header[..], &check, &content, &end[..4], &5_u32.to_le_bytes()].concat();
    assert_eq!(decode("gzip", &longer, 9), (b"text".to_vec(), Err(Reason::Unparsable)));
}

#[test]
fn bombs_go_off_at_one_place() {
    let zeros = vec![0; 1 << 20];
    let block = |n: u32| (n << 3 | 2 | u32::from(n == 1)).to_le_bytes();
    let repeats = [&block(128 << 10)[..3], b"x"].concat().repeat(64);
    let deflate_twice = compress_to_vec_zlib(&compress_to_vec_zlib(&vec![0; 1 << 22], 9), 9);
    let bombs = [
        ("gzip", gzip(&zeros)),
        ("deflate", compress_to_vec_zlib(&zeros, 9)),
        ("br", unhex(BROTLI_ZEROS)),
        ("zstd", zstd(&[&repeats])),
        ("deflate, deflate", deflate_twice),
    ];
    for (name, bomb) in bombs {
        let whole = decode(name, &bomb, bomb.len());
        assert_eq!(whole.1, Err(Reason::Bomb), "{name}");
        let most = bomb.len().next_multiple_of(1024) * 100;
        assert!(whole.0.len() <= most, "{name}: {} bytes", whole.0.len());
        assert_eq!(decode(name, &bomb, 1), whole, "{name}");
    }
    // What repeats a lot is no bomb yet.
    let rows = b"{\"state\":\"ok\",\"mail\":null}\n".repeat(4000);
    assert_eq!(decode("gzip", &gzip(&rows[..100_000]), 512), (rows[..100_000].to_vec(), Ok(())));
}

#[test]
fn windows_over_the_limit_are_unknown() {
    let frame = |window: u8| {
        let mut frame = zstd(&[&[1, 0, 0]]);
        frame[5] = window << 3;
        frame
    };
    assert_eq!(decode("zstd", &frame(13), 1), (Vec::new(), Ok(())));
    assert_eq!(decode("zstd", &frame(14), 1), (Vec::new(), Err(Reason::UnknownEncoding)));
    // An empty stream with a window of 8 MiB, of 16 MiB, and a large one.
    assert_eq!(decode("br", &[0x3d], 1), (Vec::new(), Ok(())));
    assert_eq!(decode("br", &[0x3f], 1), (Vec::new(), Err(Reason::UnknownEncoding)));
    assert_eq!(decode("br", &[0x11, 0x1a, 3], 3).1, Err(Reason::Unparsable));
}

#[test]
fn codings_are_undone_in_turn_and_only_two() {
    let twice = gzip(SAMPLES[3].1);
    for names in ["br, gzip", "identity,br ,, GZIP", "br, x-gzip"] {
        assert_eq!(decode(names, &twice, 11), (TEXT.to_vec(), Ok(())), "{names}");
    }
    assert!(decode("gzip, br", &twice, 11).1.is_err(), "in the wrong order");
    for names in ["gzip, gzip, gzip", "compress", "gzip;q=1", "aws-chunked", "gzip br"] {
        assert_eq!(codings(names).err(), Some(Reason::UnknownEncoding), "{names}");
    }
}

#[test]
fn zstd_blocks_say_no_more_than_they_may() {
    // Lengths, offsets and tables that lie; each with another reason to be refused.
    let coded = |content: &[u8]| {
        let header = (content.len() as u32) << 3 | 5;
        zstd(&[&header.to_le_bytes()[..3], content])
    };
    let bodies: &[&[u8]] = &[
        &[],
        // More literals than a block may have.
        &[0xff, 0xff, 0xff, b'x', 0],
        // Literals by the codes of a block that was not there.
        &[0x13, 0x40, 0, 0],
        // A repeat from before the beginning, many times over.
        &[0x08, b'x', 1, 0x54, 0, 31, 52, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        // Tables of the block before.
        &[0x08, b'x', 1, 0xfc, 1],
        // A symbol that is none.
        &[0x08, b'x', 1, 0x54, 36, 0, 0, 1],
        // Reserved bits.
        &[0x08, b'x', 1, 0x55, 0, 0, 0, 1],
        // Sequences without bits.
        &[0x08, b'x', 0xff, 0xff, 0xff, 0x54, 0, 0, 52, 1],
    ];
    for body in bodies {
        let whole = decode("zstd", &coded(body), 200);
        assert_eq!(whole, (Vec::new(), Err(Reason::Unparsable)), "{body:02x?}");
    }
    // Every match is as long as it may be: a block of a hundred bytes that says it has megabytes.
    let mut long = vec![0x08, b'x', 100, 0x54, 0, 0, 52];
    long.extend([0xff; 200]);
    assert_eq!(decode("zstd", &coded(&long), 300).1, Err(Reason::Unparsable));
}

fn transcode(charset: Charset, raw: &[u8], piece: usize) -> Result<(String, Vec<u8>), Reason> {
    let mut transcoder = Transcoder::new(charset);
    let (mut text, mut back) = (Vec::new(), Vec::new());
    for piece in raw.chunks(piece) {
        let at = text.len();
        transcoder.decode(piece, &mut text)?;
        transcoder.encode(&text[at..], &mut back);
    }
    transcoder.finish()?;
    Ok((String::from_utf8(text).expect("UTF-8"), back))
}

#[test]
fn text_comes_back_as_it_was() {
    let text = "{\"mail\":\"ann@example.com\",\"n\":\"Zoë €12 \u{1f600}\"}";
    let wide = |order: fn(u16) -> [u8; 2], text: &str| -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    };
    let marked = format!("\u{feff}{text}");
    let cases = [
        (Charset::Utf16(Some(Order::Big)), wide(u16::to_be_bytes, text), text),
        (Charset::Utf16(Some(Order::Little)), wide(u16::to_le_bytes, text), text),
        (Charset::Utf16(Some(Order::Little)), wide(u16::to_le_bytes, &marked), &marked),
        (Charset::Utf16(None), wide(u16::to_be_bytes, &marked), &marked),
        (Charset::Utf16(None), wide(u16::to_le_bytes, &marked), &marked),
        (Charset::Latin1, b"Zo\xeb \x8042 \xa0".to_vec(), "Zoë \u{80}42 \u{a0}"),
        (Charset::Windows1252, b"Zo\xeb \x8042 \xa0\x9f".to_vec(), "Zoë €42 \u{a0}Ÿ"),
        (Charset::Ascii, b"plain".to_vec(), "plain"),
    ];
    for (charset, raw, text) in cases {
        for piece in 1..=raw.len() {
            let (read, back) = transcode(charset, &raw, piece).expect("valid");
            assert_eq!((read.as_str(), &back), (text, &raw), "{charset:?} by {piece}");
        }
    }
    let all: Vec<u8> = (b' '..=255).collect();
    let (text, back) = transcode(Charset::Latin1, &all, 7).expect("every byte is a character");
    assert_eq!((text.chars().count(), back), (all.len(), all));
}

#[test]
fn what_is_none_of_a_charset_is_unknown() {
    let cases: &[(Charset, &[u8])] = &[
        (Charset::Ascii, b"Zo\xeb"),
        (Charset::Windows1252, b"plain \x81"),
        (Charset::Windows1252, b"\xef\xbb\xbfplain"),
        (Charset::Latin1, b"\xff\xfep\0"),
        (Charset::Utf16(None), b"\0p\0l"),
        (Charset::Utf16(Some(Order::Big)), b"\xff\xfep\0"),
        (Charset::Utf16(Some(Order::Little)), b"\xfe\xff\0p"),
        (Charset::Utf16(Some(Order::Big)), b"\0p\0"),
        (Charset::Utf16(Some(Order::Big)), b"\xd8\x3d\0p"),
        (Charset::Utf16(Some(Order::Big)), b"\xd8\x3d"),
        (Charset::Utf16(Some(Order::Big)), b"\xde\x00\0p"),
    ];
    for (charset, raw) in cases {
        for piece in 1..=raw.len() {
            let read = transcode(*charset, raw, piece);
            assert_eq!(read, Err(Reason::UnknownEncoding), "{charset:?} {raw:02x?}");
        }
    }
}

#[test]
fn a_head_names_one_charset_or_none() {
    let unknown = Err(Reason::UnknownEncoding);
    let cases = [
        ("text/plain", Ok(false)),
        ("text/plain; charset=UTF-8", Ok(false)),
        ("text/plain; charset=\"utf-16\"", Ok(true)),
        ("text/plain;boundary=\"a;charset=utf-16\"; charset=latin1", Ok(true)),
        ("text/plain;boundary=\"a\\\";charset=utf-16\"; charset=utf8", Ok(false)),
        ("text/plain; charset=utf-8; charset=utf-16", unknown),
        ("text/plain; charset*=utf-8''utf-16", unknown),
        ("text/plain; charset='utf-8'", unknown),
        ("text/plain; charset=", unknown),
        ("text/plain; charset", unknown),
        ("text/plain; charset=utf-7", unknown),
        ("text/plain; charset=utf-8, text/plain; charset=utf-16", unknown),
        ("text/plain; x=\"charset=utf-8", unknown),
    ];
    for (value, expected) in cases {
        let codec = Codec::of(&head("content-type", value), Media::Text);
        assert_eq!(codec.map(|codec| codec.is_some()), expected, "{value}");
    }
    for (media, value, expected) in [
        (Media::Json, "application/json; charset=latin1", Ok(true)),
        (Media::Json, "application/json; charset=us-ascii", Ok(false)),
        (Media::Json, "application/json; charset=utf-16", unknown),
        (Media::Form, "application/x-www-form-urlencoded; charset=latin1", unknown),
    ] {
        let codec = Codec::of(&head("content-type", value), media);
        assert_eq!(codec.map(|codec| codec.is_some()), expected, "{value}");
    }
}

#[test]
fn transfer_codings_are_the_hosts() {
    let of = |value| Codec::of(&head("transfer-encoding", value), Media::Text).err();
    assert_eq!(of("chunked"), None);
    for value in ["gzip, chunked", "gzip", "identity", "chunked, chunked"] {
        assert_eq!(of(value), Some(Reason::UnknownEncoding), "{value}");
    }
}
