//! Decodes UTF-8 (RFC 3629) that may come in any pieces.

/// What one more byte makes.
pub(crate) enum Decoded {
    /// The character is not whole yet.
    Part,
    /// A character of so many bytes.
    Char(char, u8),
    /// No UTF-8. The byte has not been taken if there were others before it.
    Invalid { taken: bool },
}

/// The beginning of a character of several bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Utf8 {
    bytes: [u8; 4],
    length: u8,
}

impl Utf8 {
    /// Bytes that wait for more.
    pub(crate) fn waiting(self) -> u8 {
        self.length
    }

    /// One more byte.
    pub(crate) fn push(&mut self, byte: u8) -> Decoded {
        if self.length == 0 && byte < 0x80 {
            return Decoded::Char(char::from(byte), 1);
        }
        let at = usize::from(self.length);
        let Some(slot) = self.bytes.get_mut(at) else {
            self.length = 0;
            return Decoded::Invalid { taken: false };
        };
        *slot = byte;
        match core::str::from_utf8(self.bytes.get(..=at).unwrap_or_default()) {
            Ok(text) => {
                let length = self.length + 1;
                self.length = 0;
                text.chars()
                    .next()
                    .map_or(Decoded::Invalid { taken: true }, |c| Decoded::Char(c, length))
            }
            Err(error) if error.error_len().is_none() => {
                self.length += 1;
                Decoded::Part
            }
            Err(_) => {
                self.length = 0;
                Decoded::Invalid { taken: at == 0 }
            }
        }
    }
}

/// Length of the run of ASCII at the beginning.
pub(crate) fn ascii_run(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(bytes.len())
}
