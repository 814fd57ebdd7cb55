//! Breaks a text into lines of so many characters.

/// Lines of at most `width` characters; `rest` is put before each but the first. Breaks behind a
/// space, a comma or a slash, or anywhere.
pub(super) fn wrap(text: &str, width: usize, rest: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_inclusive([' ', ',', '/', '-', '_', '.']) {
        let letters: Vec<char> = word.chars().collect();
        let bare = word.trim_end().chars().count();
        if length > 0 && length + bare > width {
            lines.push(std::mem::replace(&mut line, rest.to_owned()));
            length = rest.chars().count();
        }
        for letter in letters {
            if length >= width {
                lines.push(std::mem::replace(&mut line, rest.to_owned()));
                length = rest.chars().count();
            }
            line.push(letter);
            length += 1;
        }
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn nothing_is_lost_and_no_line_is_too_long() {
        let texts = [
            "",
            "one",
            "passes: email, credit_card, @health and more",
            "spiffe://acme.example/ns/vault/sa/*",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ];
        for text in texts {
            for width in [4, 7, 20, 80] {
                let lines = wrap(text, width, " ");
                assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:?}");
                let letters = |text: &str| text.replace(' ', "");
                assert_eq!(letters(&lines.concat()), letters(text), "{lines:?}");
            }
        }
    }
}
