//! Field paths: `$.customer.name`, `$..dob`, `$.lines[*].sku`.
//! Reads them and tells whether two can mean the same field. Walks no body.

use super::read::{Reader, Spanned};
use super::yaml::{Node, escape};
use crate::diagnostic::{Code, Diagnostic};
use cofferdam_engine::limits::KEY_BYTES_MAX;
use cofferdam_engine::model::FieldStep;

/// Longer than the path of any field that a person declares.
const STEPS_MAX: usize = 16;

/// One path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldPath {
    pub(crate) text: String,
    pub(crate) steps: Vec<FieldStep>,
}

/// Reads a list of paths.
pub(super) fn read_all(reader: &mut Reader<'_>, node: &Node) -> Vec<Spanned<FieldPath>> {
    let mut paths = Vec::new();
    for text in reader.texts(node, "field paths") {
        match parse(&text.value) {
            Ok(steps) => {
                let value = FieldPath { text: text.value, steps };
                paths.push(Spanned { value, span: text.span });
            }
            Err(why) => {
                let message = format!("`{}` is no field path: {why}", escape(&text.value));
                reader.diagnostics.push(
                    Diagnostic::new(Code::FieldPath, text.span, message)
                        .help("write `$.name`, `$..name`, `$.list[*].name`, `$['a name']`"),
                );
            }
        }
    }
    paths
}

/// Reads one path.
pub(crate) fn parse(text: &str) -> Result<Vec<FieldStep>, &'static str> {
    let mut rest = text.strip_prefix('$').ok_or("it does not begin with `$`")?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = if let Some(after) = rest.strip_prefix("..") {
            let (name, after) = name(after)?;
            (FieldStep::Descend(name.to_owned()), after)
        } else if let Some(after) = rest.strip_prefix(".*") {
            (FieldStep::AnyKey, after)
        } else if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = name(after)?;
            (FieldStep::Key(name.to_owned()), after)
        } else if let Some(after) = rest.strip_prefix("['") {
            let (name, after) = after.split_once("']").ok_or("a bracket is not closed")?;
            (FieldStep::Key(checked(name)?.to_owned()), after)
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']').ok_or("a bracket is not closed")?;
            (index_step(index)?, after)
        } else {
            return Err("a name needs `.` before it");
        };
        steps.push(step);
        rest = after;
    }
    match steps.len() {
        0 => Err("it names the whole body"),
        1..=STEPS_MAX => Ok(steps),
        _ => Err("it has more than 16 steps"),
    }
}

fn index_step(index: &str) -> Result<FieldStep, &'static str> {
    if index == "*" {
        return Ok(FieldStep::AnyIndex);
    }
    let digits = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
    let plain = digits && (index == "0" || !index.starts_with('0'));
    let number = plain.then(|| index.parse().ok()).flatten();
    number.map(FieldStep::Index).ok_or("a bracket holds a number, `*` or a quoted name")
}

fn name(text: &str) -> Result<(&str, &str), &'static str> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    if name.contains([']', '*', '\'', '"', '?', '(', ')', '@', ',', ':', ' ']) {
        return Err("a name with such a sign stands in `['..']`");
    }
    Ok((checked(name)?, rest))
}

fn checked(name: &str) -> Result<&str, &'static str> {
    match name.len() {
        0 => Err("a name is empty"),
        1..=KEY_BYTES_MAX => Ok(name),
        _ => Err("a name is too long"),
    }
}

/// Whether there is a field that both mean.
pub(crate) fn overlap(a: &[FieldStep], b: &[FieldStep]) -> bool {
    // Cell (i, j): whether the rest of `a` from i and the rest of `b` from j can mean one field.
    let mut cells = vec![vec![false; b.len() + 1]; a.len() + 1];
    for i in (0..=a.len()).rev() {
        for j in (0..=b.len()).rev() {
            cells[i][j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (None, Some(_)) | (Some(_), None) => false,
                (Some(x), Some(y)) => {
                    let both = meet(x, y) && cells[i + 1][j + 1];
                    // A descent may first pass over a step of the other path.
                    let over_y = matches!(x, FieldStep::Descend(_)) && cells[i][j + 1];
                    let over_x = matches!(y, FieldStep::Descend(_)) && cells[i + 1][j];
                    both || over_y || over_x
                }
            };
        }
    }
    cells[0][0]
}

/// Whether everything that `path` means lies in what `wider` means: everything below a field is the
/// field. `false` where that is not plain.
pub(crate) fn covers(wider: &[FieldStep], path: &[FieldStep]) -> bool {
    let (Some((first, further)), Some((step, below))) = (wider.split_first(), path.split_first())
    else {
        return wider.is_empty();
    };
    let holds = match (first, step) {
        (FieldStep::Descend(name), FieldStep::Key(other) | FieldStep::Descend(other)) => {
            name == other
        }
        (FieldStep::AnyKey, FieldStep::Key(_)) | (FieldStep::AnyIndex, FieldStep::Index(_)) => true,
        (first, step) => first == step,
    };
    let passes_over = matches!(first, FieldStep::Descend(_));
    (holds && covers(further, below)) || (passes_over && covers(wider, below))
}

/// Whether something that one means may lie in what the other means.
pub(crate) fn meets(a: &[FieldStep], b: &[FieldStep]) -> bool {
    let (Some((x, a_below)), Some((y, b_below))) = (a.split_first(), b.split_first()) else {
        return true;
    };
    (meet(x, y) && meets(a_below, b_below))
        || (matches!(x, FieldStep::Descend(_)) && meets(a, b_below))
        || (matches!(y, FieldStep::Descend(_)) && meets(a_below, b))
}

/// The plainest spelling of a path: two that mean the same steps are one text.
pub(crate) fn spell(steps: &[FieldStep]) -> String {
    let plain = |name: &str| matches!(parse(&format!("$.{name}")).as_deref(), Ok([FieldStep::Key(read)]) if read == name);
    let mut text = "$".to_owned();
    for step in steps {
        text.push_str(&match step {
            FieldStep::Key(name) if plain(name) => format!(".{name}"),
            FieldStep::Key(name) => format!("['{name}']"),
            FieldStep::AnyKey => ".*".to_owned(),
            FieldStep::AnyIndex => "[*]".to_owned(),
            FieldStep::Index(at) => format!("[{at}]"),
            FieldStep::Descend(name) => format!("..{name}"),
            // No person writes such a step: it stands for all names of a category.
            FieldStep::Named(set) => format!(".<names {set}>"),
        });
    }
    text
}

/// Whether one step of a body can be both.
fn meet(a: &FieldStep, b: &FieldStep) -> bool {
    use FieldStep::{AnyIndex, AnyKey, Descend, Index, Key, Named};
    match (a, b) {
        (Key(x) | Descend(x), Key(y) | Descend(y)) => x == y,
        (Key(_) | Descend(_) | AnyKey, AnyKey) | (AnyKey, Key(_) | Descend(_)) => true,
        // What a name gives is not known here, and no person writes such a step.
        (Named(_), _) | (_, Named(_)) => false,
        (Index(x), Index(y)) => x == y,
        (AnyIndex, AnyIndex | Index(_)) | (Index(_), AnyIndex) => true,
        (Key(_) | Descend(_) | AnyKey, AnyIndex | Index(_))
        | (AnyIndex | Index(_), Key(_) | Descend(_) | AnyKey) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{covers, meets, overlap, parse, spell};

    #[test]
    fn paths_overlap_when_one_field_fits_both() {
        let meets = |a: &str, b: &str| {
            let (a, b) = (parse(a).expect("a path"), parse(b).expect("a path"));
            assert_eq!(overlap(&a, &b), overlap(&b, &a));
            overlap(&a, &b)
        };
        assert!(meets("$.a.b", "$.a.b"));
        assert!(meets("$.a.b", "$..b"));
        assert!(meets("$..a..b", "$.x[3].a.y.b"));
        assert!(meets("$.lines[*].sku", "$.lines[7].sku"));
        assert!(meets("$..a", "$..a"));
        assert!(meets("$.*.b", "$.a['b']"));
        assert!(!meets("$.a.b", "$.a.c"));
        assert!(!meets("$.a", "$.a.b"));
        assert!(!meets("$.lines[0]", "$.lines[1]"));
        assert!(!meets("$..a", "$..b"));
        assert!(!meets("$.a[*]", "$.a.*"));
        // Deeper than either is written: `$.a.x.b` is no `$..a.b`, but `$.x.a.b` is both.
        assert!(meets("$..a.b", "$.x..b"));
    }

    #[test]
    fn a_path_covers_what_lies_in_it() {
        let told = |wider: &str, path: &str| {
            let (wider, path) = (parse(wider).expect("a path"), parse(path).expect("a path"));
            assert!(!covers(&wider, &path) || meets(&wider, &path), "what is covered meets");
            (covers(&wider, &path), meets(&wider, &path))
        };
        for (wider, path) in [
            ("$.a", "$.a"),
            ("$.a", "$.a.b"),
            ("$..b", "$.a.b.c"),
            ("$..a.b", "$.x.a.b"),
            ("$..a..b", "$..a.x..b"),
            ("$.l[*].s", "$.l[7].s"),
            ("$.*.b", "$.a.b"),
        ] {
            assert_eq!(told(wider, path), (true, true), "{wider} {path}");
        }
        for (wider, path) in
            [("$.a.b", "$.a"), ("$.a", "$..a"), ("$.a.b", "$..b"), ("$.l[7]", "$.l[*]")]
        {
            assert_eq!(told(wider, path), (false, true), "{wider} {path}");
        }
        for (one, other) in [("$.a", "$.b"), ("$.a.b", "$.a.c"), ("$.l[7]", "$.l[8].s")] {
            assert_eq!(told(one, other), (false, false), "{one} {other}");
        }
        assert_eq!(told("$.x", "$..a"), (false, true), "`$.x.a` is both");
    }

    #[test]
    fn two_spellings_of_a_path_are_one() {
        for (written, plain) in [
            ("$['a'].b", "$.a.b"),
            ("$['a name'][0]", "$['a name'][0]"),
            ("$..a[*].*", "$..a[*].*"),
            ("$['a.b']", "$['a.b']"),
        ] {
            let steps = parse(written).expect("a path");
            assert_eq!(spell(&steps), plain);
            assert_eq!(parse(plain).expect("a path"), steps);
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in
            ["", "$", "a", "$a", "$.", "$..", "$.a[", "$.a[x]", "$.a[01]", "$.a b", "$[?(@.x)]"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
