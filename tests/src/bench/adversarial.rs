//! Texts that are built to hurt: each is full of places where something might begin, and nothing
//! of it proves. A text is a piece over and over, so that it can be of any length.
//! Never a candidate that holds, but where that is the point.

/// A text: its name, what it begins with, and what is said again and again.
#[derive(Clone, Copy, Debug)]
pub struct Hurt {
    /// Its name, in tables.
    pub name: &'static str,
    /// What stands once, at the beginning.
    pub head: &'static str,
    /// What stands again and again behind it.
    pub piece: &'static str,
}

const fn hurt(name: &'static str, piece: &'static str) -> Hurt {
    Hurt { name, head: "", piece }
}

/// All of them.
pub const TEXTS: &[Hurt] = &[
    hurt("digits", "1"),
    hurt("digits, all ten", "0918273645"),
    hurt("single digits", "1 2 3 "),
    hurt("cards, wrong at the end", "4111 1111 1111 1112 "),
    hurt("cards in one run", "4111111111111112,"),
    hurt("dashes and digits", "1-2-3-4-5-"),
    hurt("dots and digits", "1.2.3.4.5."),
    hurt("versions", "v1.2.3.4 "),
    hurt("octets too large", "999.999.999.999 "),
    hurt("dates that are none", "2024-13-32 99.99.9999 "),
    hurt("plus signs", "+1+1+1"),
    hurt("telephones, wrong", "(000) 000-0000 "),
    hurt("at signs", "@"),
    hurt("mail, no end", "a@a.a@a."),
    hurt("mail, one long name", "a.b-c_d+"),
    hurt("mail, bad domain", "ann.reed@-example.c0m "),
    hurt("jwt heads", "eyJeyJeyJ"),
    hurt("jwt, never right", "eyJhbGciOiJub25lIn1.eyJ."),
    Hurt { name: "jwt, never ends", head: "eyJhbGciOiJIUzI1NiJ9.", piece: "eyJzdWIiOiJ4In0" },
    hurt("pem heads", "-----BEGIN "),
    Hurt {
        name: "pem, never ends",
        head: "-----BEGIN PRIVATE KEY-----\n",
        piece: "RVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBMRUVYQU1QTEVFWEFNUExFRVhB\n",
    },
    hurt("pem, bad ends", "-----BEGIN PRIVATE KEY-----\nRVhBTVBM\n-----END "),
    hurt("dashes", "-"),
    hurt("colons", ":"),
    hurt("letter and colons", "a::"),
    hurt("addresses, too many groups", "2001:db8:1:2:3:4:5:6:7:8:9:"),
    hurt("mac, one pair too many", "00:1b:44:11:3a:b7:"),
    hurt("iban, wrong", "DE00 3704 0044 0532 0130 00 "),
    hurt("iban in one run", "DE89DE89DE89DE89"),
    hurt("links within links", "http://http://"),
    hurt("logins that are none", "postgres://a:@a:@"),
    hurt("key prefixes", "ghp_ghp_"),
    hurt("key prefixes, many", "sk-proj-ghp_xoxb-AKIAglpat-npm_hf_"),
    hurt("aws prefixes", "AKIAAKIA"),
    hurt("aws, one too long", "AKIAMADEUPKEY4TESTS7Q "),
    hurt("names and operators", "password=password="),
    hurt("operators", "a=b=c:d:"),
    hurt("names and placeholders", "password=changeme secret: xxxxxxxx "),
    hurt("context and weak numbers", "ssn 123456789 "),
    hurt("much context", "tax id passport license 12345678 "),
    hurt("context only", "ssn passport iban phone card "),
    hurt("every kind of word", "PASSPORT NUMBER TAX ID ACCOUNT "),
    hurt("upper case", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    hurt("identity cards, nearly", "AB123456 CD12345E A1234567 "),
    hurt("hex", "deadbeef0badcafe"),
    hurt("uuids", "b7b18599-188e-4ecb-a54f-d8b631d840f2\n"),
    hurt("base64", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0MTEx"),
    hurt("letters and digits", "a1a1a1"),
    hurt("alternating triggers", "1@a:+(-_=/4.eyJ%;P<"),
    hurt("track starts", "%B4111;4111="),
    hurt("machine readable zone", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"),
    hurt("multi-byte letters", "äöüßéñ"),
    hurt("wide digits", "４１１１"),
    hurt("zero-width between digits", "4\u{200b}1\u{200b}1\u{200b}1"),
    hurt("zero-width only", "\u{200b}"),
    hurt("stars and brackets", "*[*[email"),
    hurt("quotes and escapes", "\"\\\"\\\""),
    hurt("white space", " \n"),
];

impl Hurt {
    /// The text, of this many bytes or a few less, whole characters only.
    #[must_use]
    pub fn text(&self, bytes: usize) -> String {
        let times = bytes.saturating_sub(self.head.len()) / self.piece.len();
        [self.head, &self.piece.repeat(times)].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn texts_have_a_name_each_and_the_length_that_is_asked_for() {
        let names: BTreeSet<_> = TEXTS.iter().map(|hurt| hurt.name).collect();
        assert_eq!(names.len(), TEXTS.len());
        for hurt in TEXTS {
            let text = hurt.text(10_000);
            assert!((9_900..=10_000).contains(&text.len()), "{}", hurt.name);
            assert!(text.starts_with(hurt.head) && text.ends_with(hurt.piece));
        }
    }
}
