//! Values of all common kinds, made up: mail at example.com, test ranges of cards, telephone
//! numbers of drama, addresses of documentation, keys of random letters and published examples.

use cofferdam_engine::model::Strength;
use cofferdam_policy_compiler::detectors;
use cofferdam_shop::synthetic::{self, Canary, Numbers};

/// A stream of values.
pub(super) struct Values {
    numbers: Numbers,
    seed: u64,
    customers: u64,
    canaries: Vec<Canary>,
    keys: Vec<(&'static str, &'static str)>,
}

impl Values {
    pub(super) fn new(seed: u64) -> Self {
        let sure = |row: &&detectors::Builtin| {
            row.group == "credential"
                && row.strength == Strength::Certain
                && row.near.is_empty()
                && row.example.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
        };
        let keys = detectors::builtin().filter(sure).map(|row| (row.category, row.example));
        let keys = keys.collect();
        Self { numbers: Numbers::new(seed), seed, customers: 0, canaries: Vec::new(), keys }
    }

    /// The next value of a category that synthetic customers have.
    fn canary(&mut self, category: &'static str) -> (&'static str, String) {
        loop {
            // One with an escape is another text.
            let fits = |canary: &Canary| canary.category == category && !canary.text.contains('\\');
            if let Some(at) = self.canaries.iter().position(fits) {
                return (category, self.canaries.swap_remove(at).text);
            }
            let next = synthetic::customers(self.seed, self.customers).next();
            self.customers += 1;
            self.canaries = next.map_or_else(Vec::new, |customer| customer.canaries);
        }
    }

    pub(super) fn email(&mut self) -> (&'static str, String) {
        self.canary("email")
    }

    pub(super) fn phone(&mut self) -> (&'static str, String) {
        self.canary("phone")
    }

    pub(super) fn card(&mut self) -> (&'static str, String) {
        self.canary("credit_card")
    }

    pub(super) fn ssn(&mut self) -> (&'static str, String) {
        self.canary("us_ssn")
    }

    pub(super) fn iban(&mut self) -> (&'static str, String) {
        self.canary("iban")
    }

    /// From the blocks that documentation uses.
    pub(super) fn ipv4(&mut self) -> (&'static str, String) {
        let block = self.numbers.pick(&["192.0.2", "198.51.100", "203.0.113"]);
        let text = format!("{block}.{}", 1 + self.numbers.below(254));
        ("ip_address", text)
    }

    pub(super) fn ipv6(&mut self) -> (&'static str, String) {
        let (a, b) = (1 + self.numbers.below(0xffff), 1 + self.numbers.below(0xffff));
        ("ip_address", format!("2001:db8::{a:x}:{b:x}"))
    }

    pub(super) fn mac(&mut self) -> (&'static str, String) {
        let tail = self.numbers.draw();
        let byte = |n: u32| tail >> (8 * n) & 0xff;
        let text = format!("00:1b:44:{:02x}:{:02x}:{:02x}", byte(0), byte(1), byte(2));
        ("mac_address", text)
    }

    pub(super) fn jwt(&mut self) -> (&'static str, String) {
        let body: String = (0..48).map(|_| self.letter()).collect();
        let signature: String = (0..43).map(|_| self.letter()).collect();
        ("jwt", format!("eyJhbGciOiJIUzI1NiJ9.eyJ{body}.{signature}"))
    }

    pub(super) fn aws(&mut self) -> (&'static str, String) {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let body = (0..16).map(|_| char::from(*self.numbers.pick(ALPHABET))).collect::<String>();
        ("aws_access_key", format!("AKIA{body}"))
    }

    /// The example of one of the services' keys.
    pub(super) fn key(&mut self) -> (&'static str, String) {
        let (category, example) = *self.numbers.pick(&self.keys);
        (category, example.to_owned())
    }

    fn letter(&mut self) -> char {
        const URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        char::from(*self.numbers.pick(URL))
    }
}
