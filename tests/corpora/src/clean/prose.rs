//! Sentences, and stack traces and messages among them: words, with numbers that count something.

use super::{Sort, sort};
use crate::random::Random;
use crate::shape;

pub(super) const SORTS: &[Sort] = &[
    sort("prose", prose),
    sort("stack traces", trace),
    sort("change log", change_log).holds(&["date"]),
    sort("markdown", markdown).holds(&["url"]),
];

const WORDS: &str = "the of and to in is that for it as was with be by on not he his but at are \
    this have from which one had all there they their would been has when who will more if no out \
    so what time up said about than into could state only new year some take come these know see \
    use get like then first any work now may such give over think most even find day also after \
    way many must look before great back through far where much should well people down own just \
    because good each those feel seem how high too place little world very still nation hand old \
    life tell write become here show house both between need mean call develop under last right \
    move thing general school never same another begin while number part turn real leave might \
    want point form off child few small since against ask late home interest large person end \
    open public follow during present without again hold govern around possible head consider \
    word program problem however lead system set order eye plan run keep face fact group play \
    stand increase early course change help line city account card passport phone license \
    registration vehicle address session token key number record tax \
    insurance plate contact message value field service request response table column";

/// A word of English, some of which stand near personal data, too.
pub(super) fn word(random: &mut Random) -> &'static str {
    // PERF: a place in the text, and from there to the next word, needs no list.
    let at = random.below(WORDS.len() - 40);
    let rest = &WORDS[at..];
    rest.split_ascii_whitespace().nth(1).unwrap_or("the")
}

fn sentence(random: &mut Random, out: &mut String) {
    let count = random.within(5, 18);
    for n in 0..count {
        if n > 0 {
            out.push_str(if random.chance(12) { ", " } else { " " });
        }
        if random.chance(25) {
            let forms = ["<N1>", "<N1><n1>", "<=19|20><n2>", "<N1>,<n3>", "<N1><n1> percent"];
            let form = random.pick(&forms);
            out.push_str(&shape::text(random, form));
        } else {
            out.push_str(word(random));
        }
    }
    out.push_str(". ");
}

fn prose(random: &mut Random, out: &mut String) {
    for _ in 0..random.within(2, 7) {
        sentence(random, out);
    }
    out.push_str("\n\n");
}

fn trace(random: &mut Random, out: &mut String) {
    let form = match random.below(3) {
        0 => {
            "Exception in thread \"main-<n1>\" java.lang.IllegalStateException: <l6> <l7>\n\
             \tat com.example.<l5>.<u1><l8>.<l6>(<u1><l8>.java:<N1><n2>)\n\
             \tat com.example.<l5>.<u1><l8>$<n1>.run(<u1><l8>.java:<N1><n1>)\n\
             \t... <N1><n1> more\n"
        }
        1 => {
            "Traceback (most recent call last):\n  File \"/srv/<l5>/<l7>.py\", line <N1><n2>, in \
             <l6>_<l5>\n    self.<l6>(<l4>, <l5>=<n3>)\nValueError: invalid literal: '<l5>'\n"
        }
        _ => {
            "thread 'worker-<n1>' panicked at src/<l6>/<l5>.rs:<N1><n2>:<N1><n1>:\nindex out of \
             bounds: the len is <N1><n1> but the index is <N1><n2>\n   <n1>: 0x<h12> - \
             <l5>::<l7>::h<h16>\n"
        }
    };
    out.push_str(&shape::text(random, form));
}

fn change_log(random: &mut Random, out: &mut String) {
    let form = "## <N1>.<n2>.<n1> (202<n1>-0<N1>-1<n1>)\n\n- ";
    out.push_str(&shape::text(random, form));
    for _ in 0..random.within(1, 5) {
        sentence(random, out);
        out.push_str(&shape::text(random, "(#<N1><n3>, <h7>)\n- "));
    }
    // What stands before a day is not what the sentence before was about.
    out.push_str("\n\nThanks to all who helped along, and to those who waited for it.\n\n");
}

fn markdown(random: &mut Random, out: &mut String) {
    let form = "| <l6> | <N1><n2> | `--<l5>-<l4>` |\n![<l4>](https://img.example.org/<l5>/<h8>.svg)\n\
                ```\n$ <l5> --<l6>=<n4> -<l1> <l7>.<l3>\n```\n";
    out.push_str(&shape::text(random, form));
    sentence(random, out);
    out.push('\n');
}
