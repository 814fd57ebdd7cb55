//! What carries no words: base64 in lines of several lengths and in `data:` links, digests in hex,
//! UUIDs.

use super::{Pen, Sample};

pub(super) fn sample(bytes: usize) -> Sample {
    let mut pen = Pen::new(15);
    let mut n = 0_u64;
    while pen.text.len() < bytes {
        match n % 6 {
            0 => lines(&mut pen, 64),
            1 => lines(&mut pen, 76),
            2 => {
                let body = pen.base64(3000);
                pen.put(&format!("{{\"icon\":\"data:image/png;base64,{body}==\"}}\n"));
            }
            3 => digests(&mut pen),
            4 => {
                for _ in 0..60 {
                    let id = pen.uuid();
                    pen.put(&format!("{id}\n"));
                }
            }
            _ => {
                let body = pen.base64(3500);
                pen.put(&format!("{body}\n"));
            }
        }
        n += 1;
        // Rare, so that a scan that finds nothing at all is noticed.
        if n % 16 == 1 {
            pen.put("packed by ");
            let value = pen.values.email();
            pen.plant(value);
            pen.put("\n");
        }
    }
    pen.sample("blobs", "base64, hex digests, UUIDs")
}

fn lines(pen: &mut Pen, length: usize) {
    for _ in 0..40 {
        let line = pen.base64(length);
        pen.put(&format!("{line}\n"));
    }
}

fn digests(pen: &mut Pen) {
    for n in 0..40 {
        let digest = match n % 3 {
            0 => pen.hex(64),
            1 => pen.hex(40),
            _ => pen.hex(32),
        };
        pen.put(&format!("{digest}  lib/module-{n}.bin\n"));
    }
}
