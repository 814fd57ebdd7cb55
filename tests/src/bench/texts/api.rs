//! Answers of a REST service: nested objects, ids, times, prices and links, and now and then
//! something personal.

use super::{Pen, Sample};

pub(super) fn sample(bytes: usize) -> Sample {
    let mut pen = Pen::new(12);
    pen.put("{\"data\":[\n");
    let mut n = 0;
    while pen.text.len() < bytes {
        pen.put(if n == 0 { "" } else { ",\n" });
        n += 1;
        match n % 3 {
            0 => order(&mut pen, n),
            1 => shipment(&mut pen, n),
            _ => product(&mut pen, n),
        }
    }
    pen.put("\n],\"page\":{\"size\":50,\"next\":null},\"took_ms\":41}\n");
    pen.sample("api", "answers of a REST service, a finding every 450 bytes")
}

fn moment(pen: &mut Pen) -> String {
    let (month, day, hour, minute, second) = pen.moment();
    let millis = pen.numbers.below(1000);
    format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

fn order(pen: &mut Pen, n: u64) {
    let (id, trace, placed, changed) = (pen.uuid(), pen.hex(32), moment(pen), moment(pen));
    let status = pen.pick(&["open", "paid", "shipped", "returned"]);
    let (cents, weight) = (pen.numbers.below(90_000), pen.numbers.below(5_000));
    pen.put(&format!(
        "{{\"id\":\"{id}\",\"type\":\"order\",\"number\":{},\"status\":\"{status}\",\
         \"placed_at\":\"{placed}\",\"updated_at\":\"{changed}\",\"total\":{{\"amount\":{}.{:02},\
         \"currency\":\"EUR\",\"tax_rate\":0.19}},\"weight_g\":{weight},\"gift\":{},\
         \"trace_id\":\"{trace}\",\"tags\":[\"web\",\"returning\",\"v2.14.{}\"],\"customer\":{{\
         \"tier\":{},\"locale\":\"en-GB\",\"email\":\"",
        100_000 + n,
        cents / 100,
        cents % 100,
        n.is_multiple_of(2),
        n % 30,
        n % 4,
    ));
    let value = pen.values.email();
    pen.plant(value);
    pen.put("\",\"newsletter\":false},\"notes\":null}");
}

fn shipment(pen: &mut Pen, n: u64) {
    let (id, order, left) = (pen.uuid(), pen.uuid(), moment(pen));
    let tracking = pen.run(b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 10);
    let mut size = |least, more| least + pen.numbers.below(more);
    let (width, height, depth) = (size(100, 900), size(100, 900), size(20, 300));
    let city = pen.pick(&["Bergen", "Porto", "Gdansk", "Graz", "Turku", "Lyon"]);
    pen.put(&format!(
        "{{\"id\":\"{id}\",\"type\":\"shipment\",\"order\":\"{order}\",\"carrier\":\"northwind\",\
         \"tracking\":\"{tracking}\",\"dispatched_at\":\"{left}\",\"parcels\":{},\"size\":\
         {{\"width_mm\":{width},\"height_mm\":{height},\"depth_mm\":{depth}}},\
         \"city\":\"{city}\",\"insured\":true,\
         \"links\":{{\"self\":\"/v2/shipments/{id}\",\"order\":\"/v2/orders/{order}\"}},\
         \"contact\":\"",
        1 + n % 3,
    ));
    let value = pen.values.phone();
    pen.plant(value);
    pen.put("\",\"attempts\":1,\"signed\":false}");
}

fn product(pen: &mut Pen, n: u64) {
    let (id, image, changed) = (pen.uuid(), pen.hex(40), moment(pen));
    let name = pen.pick(&["brass lamp", "oilskin coat", "signal flag", "wool blanket"]);
    let (stock, rating) = (pen.numbers.below(500), pen.numbers.below(50));
    pen.put(&format!(
        "{{\"id\":\"{id}\",\"type\":\"product\",\"sku\":\"SH-{n:06}\",\"name\":\"{name}\",\
         \"description\":\"Keeps what it promises; made to last, and easy to mend.\\nSee also: \
         care.\",\"price\":{{\"amount\":{}.99,\"currency\":\"EUR\"}},\"stock\":{stock},\
         \"rating\":{}.{},\"image\":\"/media/{image}.webp\",\"updated_at\":\"{changed}\",\
         \"variants\":[{{\"color\":\"#1f6f8b\",\"size\":\"M\"}},{{\"color\":\"#e0a526\",\
         \"size\":\"L\"}}],\"client\":{{\"address\":\"",
        5 + n % 300,
        rating / 10,
        rating % 10,
    ));
    let value = pen.values.ipv4();
    pen.plant(value);
    pen.put("\"},\"active\":true}");
}
