//! The table of `bench kernel`: speeds, ratios, and the bars that are to be met.
//! Says whether a bar is met; never fails on it.

use serde_json::{Value, json};
use std::fmt::Write as _;

/// What a lane came to on a text.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Millions of bytes a second of CPU time.
    pub mega_per_second: f64,
    /// Bytes of the text that it was given.
    pub bytes: usize,
    /// How much it found in them.
    pub found: u64,
}

/// What a figure is to be, and what is aimed at.
#[derive(Clone, Copy, Debug)]
pub enum Bar {
    /// Large is good.
    AtLeast(f64, f64),
    /// Small is good.
    AtMost(f64, f64),
    /// Only told.
    None,
}

impl Bar {
    fn verdict(self, value: f64) -> String {
        let (least, aimed, bar, aim) = match self {
            Self::AtLeast(bar, aim) => (value >= bar, value >= aim, bar, aim),
            Self::AtMost(bar, aim) => (value <= bar, value <= aim, bar, aim),
            Self::None => return String::new(),
        };
        let word = if aimed {
            "aim met"
        } else if least {
            "bar met"
        } else {
            "MISSED"
        };
        format!("bar {bar}, aim {aim}: {word}")
    }
}

/// A ratio of two lanes, with bar and aim by text.
struct Ratio {
    name: &'static str,
    over: &'static str,
    under: &'static str,
    bars: [(&'static str, f64, f64); 5],
}

const RATIOS: &[Ratio] = &[
    Ratio {
        name: "V8 / Hyperscan with start",
        over: "ours V8",
        under: "hyperscan som",
        bars: [
            ("prose", 14.0, 24.0),
            ("api", 8.0, 14.0),
            ("log", 8.0, 14.0),
            ("dense", 5.0, 9.0),
            ("blobs", 9.0, 15.0),
        ],
    },
    Ratio {
        name: "V8 / Hyperscan without",
        over: "ours V8",
        under: "hyperscan",
        bars: [
            ("prose", 3.0, 5.0),
            ("api", 3.0, 5.0),
            ("log", 3.0, 6.0),
            ("dense", 2.0, 3.0),
            ("blobs", 1.5, 2.0),
        ],
    },
    Ratio {
        name: "V8 / lazy DFA in V8",
        over: "ours V8",
        under: "lazy DFA V8",
        bars: [
            ("prose", 2.5, 4.0),
            ("api", 2.0, 3.0),
            ("log", 2.0, 3.0),
            ("dense", 1.2, 2.0),
            ("blobs", 2.0, 3.0),
        ],
    },
    // The cost of 100 over 20 is at most a quarter, or a tenth: as a ratio of speeds.
    Ratio {
        name: "100 / 20 detectors, V8",
        over: "ours V8, 100",
        under: "ours V8, 20",
        bars: [
            ("prose", 0.8, 0.91),
            ("api", 0.8, 0.91),
            ("log", 0.8, 0.91),
            ("dense", 0.8, 0.91),
            ("blobs", 0.8, 0.91),
        ],
    },
];

/// Ratios that are told beside the bars.
const BESIDE: &[(&str, &str, &str)] = &[
    ("all / 20 detectors, V8", "ours V8", "ours V8, 20"),
    ("20: V8 / Hyperscan with start", "ours V8, 20", "hyperscan som, 20"),
    ("20: V8 / Hyperscan without", "ours V8, 20", "hyperscan, 20"),
    ("20: V8 / lazy DFA in V8", "ours V8, 20", "lazy DFA V8, 20"),
    ("V8 / regex-lite", "ours V8", "regex-lite"),
    ("V8 / Presidio", "ours V8", "presidio"),
    ("V8 / native", "ours V8", "ours native"),
];

/// All figures of a run.
#[derive(Debug, Default)]
pub struct Table {
    cells: Vec<(&'static str, &'static str, Figures)>,
    bars: Vec<(String, f64, &'static str, Bar)>,
    notes: Vec<String>,
}

impl Table {
    /// What a lane came to on a text.
    pub fn add(&mut self, text: &'static str, lane: &'static str, figures: Figures) {
        self.cells.push((text, lane, figures));
    }

    /// A figure that is not of a text.
    pub fn bar(&mut self, name: &str, value: f64, unit: &'static str, bar: Bar) {
        self.bars.push((name.to_owned(), value, unit, bar));
    }

    /// Something to know beside the figures.
    pub fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    fn figures(&self, text: &str, lane: &str) -> Option<Figures> {
        let cell = self.cells.iter().find(|cell| cell.0 == text && cell.1 == lane);
        cell.map(|cell| cell.2)
    }

    fn ratio(&self, text: &str, over: &str, under: &str) -> Option<f64> {
        let over = self.figures(text, over)?.mega_per_second;
        Some(over / self.figures(text, under)?.mega_per_second.max(f64::EPSILON))
    }

    fn texts(&self) -> Vec<&'static str> {
        let mut texts: Vec<_> = self.cells.iter().map(|cell| cell.0).collect();
        texts.dedup();
        texts
    }

    fn lanes(&self) -> Vec<&'static str> {
        let first = self.cells.first().map_or("", |cell| cell.0);
        self.cells.iter().filter(|cell| cell.0 == first).map(|cell| cell.1).collect()
    }

    /// As a person reads it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let texts = self.texts();
        let head = |out: &mut String, title: &str| {
            let _ = write!(out, "{title:<32}");
            texts.iter().for_each(|text| {
                let _ = write!(out, "{text:>12}");
            });
            out.push('\n');
        };
        head(&mut out, "MB/s of CPU time, best round");
        let mut partly = false;
        for lane in self.lanes() {
            let _ = write!(out, "  {lane:<30}");
            for text in &texts {
                let _ = match self.figures(text, lane) {
                    Some(cell) if cell.bytes < 1_900_000 => {
                        partly = true;
                        write!(out, "{:>11.2}*", cell.mega_per_second)
                    }
                    Some(cell) => write!(out, "{:>11.1} ", cell.mega_per_second),
                    None => write!(out, "{:>12}", "-"),
                };
            }
            out.push('\n');
        }
        if partly {
            out.push_str("  * on the first part of the text: the whole takes too long\n");
        }
        out.push('\n');
        head(&mut out, "ratios");
        for ratio in RATIOS {
            self.write_ratio(ratio, &texts, &mut out);
        }
        for (name, over, under) in BESIDE {
            let _ = write!(out, "  {name:<30}");
            texts.iter().for_each(|text| write_number(self.ratio(text, over, under), &mut out));
            out.push('\n');
        }
        out.push('\n');
        for (name, value, unit, bar) in &self.bars {
            let _ = writeln!(out, "{name:<34}{value:>10.2} {unit:<6}{}", bar.verdict(*value));
        }
        out.push('\n');
        self.notes.iter().for_each(|note| {
            let _ = writeln!(out, "{note}");
        });
        out
    }

    fn write_ratio(&self, ratio: &Ratio, texts: &[&'static str], out: &mut String) {
        let _ = write!(out, "  {:<30}", ratio.name);
        for text in texts {
            write_number(self.ratio(text, ratio.over, ratio.under), out);
        }
        let _ = write!(out, "\n    {:<28}", "bar, aim");
        for text in texts {
            let bar = ratio.bars.iter().find(|bar| bar.0 == *text);
            let shown = bar.map_or(String::new(), |(_, bar, aim)| format!("{bar}, {aim}"));
            let _ = write!(out, "{shown:>12}");
        }
        let _ = write!(out, "\n    {:<28}", "met");
        for text in texts {
            let value = self.ratio(text, ratio.over, ratio.under);
            let bar = ratio.bars.iter().find(|bar| bar.0 == *text);
            let word = match (value, bar) {
                (Some(value), Some((_, _, aim))) if value >= *aim => "aim",
                (Some(value), Some((_, bar, _))) if value >= *bar => "bar",
                (Some(_), Some(_)) => "MISSED",
                _ => "-",
            };
            let _ = write!(out, "{word:>12}");
        }
        out.push('\n');
    }

    /// To stdout.
    #[expect(clippy::print_stdout, reason = "a command's data goes to stdout")]
    pub fn print(&self) {
        print!("{}", self.text());
    }

    /// As a program reads it.
    #[must_use]
    pub fn json(&self) -> Value {
        let cells = self.cells.iter().map(|(text, lane, figures)| {
            json!({
                "text": text, "lane": lane, "mega_per_second": figures.mega_per_second,
                "bytes": figures.bytes, "found": figures.found,
            })
        });
        let bars = self.bars.iter().map(|(name, value, unit, bar)| {
            json!({ "name": name, "value": value, "unit": unit, "bar": bar.verdict(*value) })
        });
        json!({
            "kernel": cells.collect::<Vec<_>>(),
            "around": bars.collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

fn write_number(value: Option<f64>, out: &mut String) {
    let _ = match value {
        Some(value) if value >= 100.0 => write!(out, "{value:>12.0}"),
        Some(value) => write!(out, "{value:>12.2}"),
        None => write!(out, "{:>12}", "-"),
    };
}
