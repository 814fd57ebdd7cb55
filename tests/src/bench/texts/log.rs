//! Lines of an access log in the combined format: an address each, a time, a path, an agent.

use super::{Pen, Sample};

const AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
     Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "curl/8.9.1",
    "python-requests/2.32.3",
    "kube-probe/1.31",
];
const MONTHS: &[&str] =
    &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) fn sample(bytes: usize) -> Sample {
    let mut pen = Pen::new(14);
    while pen.text.len() < bytes {
        line(&mut pen);
    }
    pen.sample("log", "lines of an access log, an address each")
}

fn line(pen: &mut Pen) {
    let address = if pen.chance(10) { pen.values.ipv6() } else { pen.values.ipv4() };
    pen.plant(address);
    let (month, day, hour, minute, second) = pen.moment();
    let month = usize::try_from(month).ok().and_then(|month| MONTHS.get(month - 1));
    let month = month.copied().unwrap_or("Jan");
    let method = pen.pick(&["GET", "GET", "GET", "POST", "PUT", "HEAD"]);
    let (status, bytes) =
        (pen.pick(&["200", "200", "304", "404", "500"]), pen.numbers.below(90_000));
    pen.put(&format!(
        " - - [{day:02}/{month}/2026:{hour:02}:{minute:02}:{second:02} +0000] \"{method} "
    ));
    match pen.numbers.below(5) {
        0 => {
            let id = pen.uuid();
            pen.put(&format!("/v2/orders/{id}"));
        }
        1 => {
            let (page, word) = (pen.numbers.below(90), pen.pick(&["rope", "lamp", "tea"]));
            pen.put(&format!("/search?q={word}&page={page}&sort=price"));
        }
        2 => {
            let hash = pen.hex(20);
            pen.put(&format!("/static/app.{hash}.js"));
        }
        3 => {
            let number = 100_000 + pen.numbers.below(900_000);
            pen.put(&format!("/items/{number}/reviews"));
        }
        _ => pen.put("/healthz"),
    }
    let referer = pen.pick(&["-", "-", "https://shop.example.com/", "https://example.org/news"]);
    let agent = pen.pick(AGENTS);
    pen.put(&format!(" HTTP/1.1\" {status} {bytes} \"{referer}\" \"{agent}\"\n"));
}
