//! Makes a failing exchange simpler, step by step, as long as it fails.
//! Knows no host: the caller says whether a simpler one still fails.

use super::sample::{Http, Part, Sample};

/// Most simpler exchanges that are tried.
const TRIES_MAX: usize = 150;

/// The simplest exchange found that still fails.
pub(super) fn shrink(
    sample: Sample,
    mut fails: impl FnMut(&Sample) -> anyhow::Result<bool>,
) -> anyhow::Result<Sample> {
    let (mut best, mut tries) = (sample, 0);
    loop {
        let before = tries;
        let mut found = None;
        for mut simpler in simpler(&best) {
            simpler.tidy();
            if simpler == best || tries >= TRIES_MAX {
                continue;
            }
            tries += 1;
            if fails(&simpler)? {
                found = Some(simpler);
                break;
            }
        }
        match found {
            Some(simpler) => best = simpler,
            None => return Ok(best),
        }
        if tries == before || tries >= TRIES_MAX {
            return Ok(best);
        }
    }
}

/// Simpler ones, the much simpler first.
fn simpler(sample: &Sample) -> Vec<Sample> {
    let mut all = Vec::new();
    for (down, up) in [(Http::One, Http::One), (sample.down, Http::One), (Http::One, sample.up)] {
        all.push(Sample { down, up, ..sample.clone() });
    }
    for request in parts(&sample.request) {
        all.push(Sample { request, ..sample.clone() });
    }
    for response in parts(&sample.response) {
        all.push(Sample { response, ..sample.clone() });
    }
    all
}

fn parts(part: &Part) -> Vec<Part> {
    let mut all = vec![Part { body: None, ..part.clone() }];
    let pseudo = |name: &[u8]| name.starts_with(b":");
    let kept = |name: &[u8]| pseudo(name) || name == b"content-type";
    let bare = part.head.iter().filter(|(name, _)| kept(name)).cloned().collect();
    all.push(Part { head: bare, ..part.clone() });
    all.push(Part { trailers: Vec::new(), ..part.clone() });
    all.push(Part { sizes: Vec::new(), bare_end: false, announced: false, ..part.clone() });
    let body = part.body.as_deref().unwrap_or_default();
    let mut piece = body.len() / 2;
    while piece > 0 && all.len() < 60 {
        let mut at = 0;
        while at < body.len() {
            let end = (at + piece).min(body.len());
            let left = [&body[..at], &body[end..]].concat();
            all.push(Part { body: Some(left), ..part.clone() });
            at = end;
        }
        piece /= 2;
    }
    for n in 0..part.sizes.len() {
        let mut sizes = part.sizes.clone();
        sizes.remove(n);
        all.push(Part { sizes, ..part.clone() });
    }
    for n in 0..part.head.len() {
        if !pseudo(&part.head[n].0) {
            let mut head = part.head.clone();
            head.remove(n);
            all.push(Part { head, ..part.clone() });
        }
    }
    for n in 0..part.trailers.len() {
        let mut trailers = part.trailers.clone();
        trailers.remove(n);
        all.push(Part { trailers, ..part.clone() });
    }
    let path = part.head.iter().position(|(name, value)| name == b":path" && value != b"/");
    if let Some(n) = path {
        let mut head = part.head.clone();
        head[n].1 = b"/".to_vec();
        all.push(Part { head, ..part.clone() });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_kept_and_all_else_goes() {
        let sample = (0..400)
            .map(|n| Sample::generate(3, n))
            .find(|sample| {
                let body = sample.response.body.as_deref().unwrap_or_default();
                body.len() > 40 && body.contains(&b'@') && !sample.response.trailers.is_empty()
            })
            .unwrap();
        let fails = |sample: &Sample| {
            Ok(sample.response.body.as_deref().unwrap_or_default().contains(&b'@'))
        };
        let small = shrink(sample, fails).unwrap();
        assert_eq!(small.response.body.as_deref(), Some(&b"@"[..]));
        assert_eq!((small.down, small.up), (Http::One, Http::One));
        assert!(small.response.trailers.is_empty() && small.request.body.is_none());
        assert!(small.response.head.len() <= 2 && small.response.sizes.is_empty());
    }
}
