//! Records full of personal data, as an export of customers has them: a value every 76 bytes.

use super::{Pen, Sample};

pub(super) fn sample(bytes: usize) -> Sample {
    let mut pen = Pen::new(13);
    pen.put("[\n");
    let mut n = 0_u64;
    while pen.text.len() < bytes {
        pen.put(if n == 0 { "" } else { ",\n" });
        record(&mut pen, n);
        n += 1;
    }
    pen.put("\n]\n");
    pen.sample("dense", "records full of personal data, a value every 76 bytes")
}

fn record(pen: &mut Pen, n: u64) {
    let status = pen.pick(&["active", "closed", "dormant", "pending review"]);
    let (id, source) = (pen.uuid(), pen.uuid());
    let (language, plan) = (pen.pick(&["en", "de", "fr", "pt", "sv", "ja"]), pen.hex(8));
    let (month, day, hour, minute, second) = pen.moment();
    pen.put(&format!(
        "{{\"record\":{n},\"id\":\"{id}\",\"status\":\"{status}\",\
         \"language\":\"{language}\",\
         \"consent\":{{\"mail\":true,\"calls\":false,\"version\":\"v3.{}\"}},\"imported_from\":\
         \"{source}\",\"updated\":\"2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z\",\
         \"plan\":{{\"sku\":\"plan-{plan}\",\"seats\":{},\"discount\":0.15}},\"history\":[\"opened by \
         the shop\",\"moved to another plan\",\"asked about an invoice\"]",
        n % 9,
        1 + n % 40,
    ));
    field(pen, "email", |pen| pen.values.email());
    field(pen, "backup_email", |pen| pen.values.email());
    field(pen, "phone", |pen| pen.values.phone());
    field(pen, "mobile", |pen| pen.values.phone());
    field(pen, "card", |pen| pen.values.card());
    field(pen, "second_card", |pen| pen.values.card());
    field(pen, "ssn", |pen| pen.values.ssn());
    field(pen, "iban", |pen| pen.values.iban());
    field(pen, "address_v4", |pen| pen.values.ipv4());
    field(pen, "note", |pen| {
        pen.put("asked to be called back at ");
        pen.values.phone()
    });
    match n % 4 {
        0 => field(pen, "session", |pen| pen.values.jwt()),
        1 => field(pen, "aws", |pen| pen.values.aws()),
        2 => field(pen, "token", |pen| pen.values.key()),
        _ => {
            field(pen, "address_v6", |pen| pen.values.ipv6());
            field(pen, "device", |pen| pen.values.mac());
        }
    }
    pen.put("}");
}

fn field(pen: &mut Pen, name: &str, value: impl Fn(&mut Pen) -> (&'static str, String)) {
    pen.put(&format!(",\"{name}\":\""));
    let value = value(pen);
    pen.plant(value);
    pen.put("\"");
}
