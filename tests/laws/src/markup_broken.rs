//! What becomes of XML and HTML that is cut off, flipped, nested or blown up: a verdict with a
//! name each time, in bounded memory, and nothing that was found on the other side.

use crate::body::Body;
use crate::plan::Plan;
use crate::policies::Policies;
use crate::run::{Message, Outcome, Way, run};
use cofferdam_engine::limits::CARRY_BYTES_MAX;
use cofferdam_engine::verdict::{Reason, Verdict};

const XML: &str = "<?xml version=\"1.0\"?><!-- a --><s:e xmlns:s='u'><m at=\"zed.quux@example.com\">\
                   4111<![CDATA[1111]]>1111<?p q?>1111 &#x7a;ed&amp;</m><k/></s:e>\n";
const HTML: &str = "<!DOCTYPE html><p title=zed.quux@example.com>4111<b>1111</b>1111<!-- x -->1111\
                    <script>a('</p>')</script><textarea>&commat;&#64</textarea>";

fn send(policies: &Policies, media: &'static str, bytes: Vec<u8>, plan: &Plan) -> Outcome {
    let begin = String::from_utf8_lossy(&bytes).chars().take(40).collect::<String>();
    let message = Message {
        way: Way::Request,
        body: Body { media: Some(media), bytes, ..Body::default() },
        trailers: None,
    };
    let outcome = run(&policies.bundles[0], &policies.settings, &message, plan);
    let kept = outcome.kept_max;
    assert!(kept <= CARRY_BYTES_MAX, "{kept} bytes were kept of {media} {begin:?}");
    assert_eq!(outcome.wrong, None);
    outcome
}

fn holds(outcome: &Outcome, text: &str) -> bool {
    outcome.left.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Truncated at every byte.
#[test]
fn what_is_cut_off_is_refused_or_read_to_its_end() {
    let policies = Policies::new();
    for end in 0..XML.len() {
        let outcome = send(&policies, "application/xml", XML[..end].into(), &Plan::whole());
        let fine = match outcome.verdict {
            // Nothing but white space is missing, or there is nothing at all.
            Ok(_) => end == 0 || end + 1 >= XML.len(),
            Err(reason) => reason == Reason::Unparsable,
        };
        assert!(fine, "{end}: {:?}", outcome.verdict);
        assert!(!holds(&outcome, "quux@example.com"), "{end}");
    }
    for end in 0..HTML.len() {
        let outcome = send(&policies, "text/html", HTML[..end].into(), &Plan::bytewise());
        assert!(outcome.verdict.is_ok(), "{end}: {:?}", outcome.verdict);
        assert!(!holds(&outcome, "zed.quux@example.com"), "{end}");
    }
}

/// One bit flipped at every byte.
#[test]
fn what_is_flipped_has_a_verdict_whatever_chunks_it_comes_in() {
    let policies = Policies::new();
    for (media, text) in [("application/xml", XML), ("text/html", HTML), ("text/plain", XML)] {
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= 1 << (at % 8);
            let whole = send(&policies, media, bytes.clone(), &Plan::whole());
            let cut = send(&policies, media, bytes, &Plan::pieces(3));
            assert_eq!(whole.verdict, cut.verdict, "{media} {at}");
            let known = match whole.verdict {
                Ok(verdict) => verdict == Verdict::Rewrite && whole.left == cut.left,
                Err(reason) => [
                    Reason::Unparsable,
                    Reason::UnknownEncoding,
                    Reason::HiddenText,
                    Reason::ProtectedPlace,
                ]
                .contains(&reason),
            };
            assert!(known, "{media} {at}: {:?}", whole.verdict);
        }
    }
}

/// Nesting, and everything that may repeat for ever.
#[test]
fn what_goes_on_for_ever_is_bounded() {
    let policies = Policies::new();
    let pieces = [
        "<",
        "&",
        "<!--",
        "<a>",
        "<a ",
        "<a b='",
        "</a>",
        "<![CDATA[",
        "<?",
        "<!",
        "&#",
        "]]>",
        "--",
        "4<b>",
        "<b>4</b>",
        "4<!-- -->",
        "x@<i>",
        "&#52;",
        "<script>",
        "</",
        "<p ssn=",
        "\u{200b}",
        "4&shy;",
        "a<a href='x'>",
    ];
    for piece in pieces {
        for (media, begin) in [
            ("text/html", ""),
            ("text/html", "<p>"),
            ("application/xml", "<r>"),
            ("text/plain", "<r>"),
        ] {
            let bytes = begin.to_owned() + &piece.repeat(60_000 / piece.len());
            send(&policies, media, bytes.clone().into(), &Plan::whole());
            send(&policies, media, bytes.into(), &Plan::pieces(1000));
        }
    }
    let deep = "<a>".repeat(200);
    let outcome = send(&policies, "application/xml", deep.into(), &Plan::whole());
    assert_eq!(outcome.verdict, Err(Reason::TooDeep));
}
