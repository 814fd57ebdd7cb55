//! What a screen shows, and that no name and no size breaks it.

use super::{Board, Size, line};
use crate::entries::{Entry, Finding};
use crate::report::Paint;

const SCREEN: Size = Size { columns: 80, rows: 24 };

fn finding(category: &str, action: &str, count: u64) -> Finding {
    Finding { category: category.to_owned(), action: action.to_owned(), count }
}

fn reply() -> Entry {
    Entry {
        time: 45_296_789,
        crossing: "0a".to_owned(),
        from: "shop".to_owned(),
        to: "public".to_owned(),
        boundary: Some("visitors".to_owned()),
        findings: vec![finding("credit_card", "mask", 1), finding("email", "keep", 2)],
        verdict: "rewrite".to_owned(),
        ..Entry::default()
    }
}

fn request() -> Entry {
    Entry {
        is_request: true,
        from: "public".to_owned(),
        to: "shop".to_owned(),
        findings: Vec::new(),
        verdict: "forward".to_owned(),
        ..reply()
    }
}

fn refused() -> Entry {
    Entry {
        boundary: None,
        verdict: "block".to_owned(),
        reason: Some("no_boundary".to_owned()),
        ..request()
    }
}

fn board() -> Board {
    let mut board = Board::new(&["policy gateway".to_owned(), "http://127.0.0.1:8443".to_owned()]);
    for entry in [request(), reply(), reply(), refused()] {
        board.take(&entry);
    }
    board
}

#[test]
fn a_screen_shows_what_crossed() {
    let mut board = board();
    assert!(board.notice("the service cannot be reached"));
    assert!(!board.notice("the service cannot be reached"));
    let wanted = "\
policy gateway
http://127.0.0.1:8443
! the service cannot be reached (2 times)

BOUNDARY  FROM -> TO      MESSAGE   CROSSINGS  REWRITTEN  BLOCKED
visitors  public -> shop  request           1          0        0
visitors  shop -> public  response          2          2        0
    found: credit_card 2, email 4
-         public -> shop  request           1          0        1
    last blocked for: no_boundary

LAST CROSSINGS
12:34:56.789  visitors  public -> shop  request   forward
12:34:56.789  visitors  shop -> public  response  rewrite  credit_card mask 1,..
12:34:56.789  visitors  shop -> public  response  rewrite  credit_card mask 1,..
12:34:56.789  -  public -> shop  request   block: no_boundary
";
    assert_eq!(board.frame(SCREEN, Paint::Plain), wanted);
    assert_eq!(board.crossings(), 4);
}

#[test]
fn before_the_first_crossing_it_says_so() {
    let board = Board::new(&["policy gateway".to_owned()]);
    assert_eq!(board.frame(SCREEN, Paint::Plain), "policy gateway\n\nnothing has crossed yet\n");
}

#[test]
fn a_line_tells_one_crossing() {
    assert_eq!(
        line(&reply(), Paint::Plain),
        "12:34:56.789  visitors  shop -> public  response  rewrite  credit_card mask 1, email keep \
         2\n"
    );
    let observed = Entry { observed: true, ..reply() };
    assert!(line(&observed, Paint::Plain).contains("  would rewrite  "));
    assert!(line(&Entry { observed: true, ..request() }, Paint::Plain).ends_with("  forward\n"));
}

#[test]
fn what_is_only_observed_is_told_apart() {
    let mut board = board();
    board.take(&Entry { observed: true, ..reply() });
    let wanted = "    found: credit_card 3, email 6\n    1 only observed: nothing was altered\n";
    assert!(board.summary(Paint::Plain).contains(wanted), "{}", board.summary(Paint::Plain));
}

#[test]
fn color_changes_no_letter() {
    let painted = board().frame(SCREEN, Paint::Color);
    assert!(painted.contains("\x1b[1;31m  "), "{painted:?}");
    let mut bare = painted.replace("\x1b[0m", "");
    for code in ["1;31", "1;33", "34", "1;32"] {
        bare = bare.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(bare, board().frame(SCREEN, Paint::Plain));
}

#[test]
fn any_screen_holds_the_picture() {
    let mut board = board();
    for n in 0..300 {
        board.take(&Entry { boundary: Some(format!("boundary-{n}")), ..reply() });
        board.notice(&format!("notice {n}"));
    }
    for columns in [0, 1, 2, 3, 20, 79, 200] {
        for rows in [0, 1, 2, 5, 11, 24, 1000] {
            let frame = board.frame(Size { columns, rows }, Paint::Plain);
            assert!(frame.lines().count() <= rows, "{columns} x {rows}:\n{frame}");
            assert!(frame.lines().all(|line| line.len() <= columns), "{columns}:\n{frame}");
        }
    }
    let all = board.summary(Paint::Plain);
    assert!(all.ends_with("and 103 crossings of other kinds\n"), "{all}");
}

#[test]
fn names_of_a_log_are_shown_and_change_nothing() {
    let hostile = "a\x1b[2J\u{202e}\u{200b}\n\r\t<script>::error::\"漢\u{1f600}";
    let entry = Entry {
        boundary: Some(hostile.to_owned()),
        from: hostile.to_owned(),
        to: hostile.to_owned(),
        reason: Some(hostile.to_owned()),
        verdict: hostile.to_owned(),
        findings: vec![finding(hostile, hostile, u64::MAX), finding(hostile, hostile, 1)],
        ..reply()
    };
    let mut board = Board::new(&[hostile.to_owned()]);
    board.notice(hostile);
    board.take(&entry);
    let told = [
        line(&entry, Paint::Plain),
        board.frame(SCREEN, Paint::Plain),
        board.frame(Size { columns: 10_000, rows: 50 }, Paint::Plain),
        board.summary(Paint::Plain),
    ];
    for text in told {
        let clean = |c: char| matches!(c, ' '..='~' | '\n');
        assert!(text.chars().all(clean), "{text:?}");
        assert!(text.lines().all(|line| !line.starts_with("::error::")), "{text}");
        assert!(text.contains("\\u{1b}[2J"), "{text}");
    }
    assert_eq!(line(&entry, Paint::Plain).lines().count(), 1);
}
