//! Bodies by format, for what a byte of each costs.
//! Data only.

/// Bytes of a body.
pub const BODY_BYTES: usize = 56 * 1024;

/// A kind of body: one record again and again; one in eight tells who it was.
pub struct Format {
    /// Its name, in tables.
    pub name: &'static str,
    /// Its content type.
    pub media: &'static str,
    open: &'static str,
    plain: &'static str,
    personal: &'static str,
    close: &'static str,
}

/// Formats that are measured.
pub const FORMATS: &[Format] = &[
    Format {
        name: "json",
        media: "application/json",
        open: "{\"orders\":[",
        plain: "{\"id\":17,\"item\":\"rope, 20 m\",\"cents\":1250,\"status\":\"shipped\",\"gift\":false},\n",
        personal: "{\"id\":18,\"to\":\"ann.reed@example.com\",\"card\":\"4111111111111111\"},\n",
        close: "{}]}",
    },
    Format {
        name: "json lines",
        media: "application/x-ndjson",
        open: "",
        plain: "{\"level\":\"info\",\"took_ms\":17,\"path\":\"/orders\",\"said\":\"order shipped\"}\n",
        personal: "{\"level\":\"info\",\"said\":\"mail to ann.reed@example.com\"}\n",
        close: "",
    },
    Format {
        name: "text",
        media: "text/plain",
        open: "",
        plain: "The rope was shipped on Monday and is on its way to the harbour.\n",
        personal: "Please write to ann.reed@example.com before it leaves.\n",
        close: "",
    },
    Format {
        name: "csv",
        media: "text/csv",
        open: "id,item,mail\n",
        plain: "17,\"rope, 20 m\",none\n",
        personal: "18,\"anchor\",ann.reed@example.com\n",
        close: "",
    },
    Format {
        name: "form",
        media: "application/x-www-form-urlencoded",
        open: "a=b",
        plain: "&item=rope%2C+20+m&cents=1250&status=shipped",
        personal: "&mail=ann.reed%40example.com",
        close: "",
    },
];

impl Format {
    /// A body, nearly [`BODY_BYTES`] long.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let mut text = self.open.to_owned();
        for n in 0.. {
            let record = if n % 8 == 0 { self.personal } else { self.plain };
            if text.len() + record.len() + self.close.len() > BODY_BYTES {
                break;
            }
            text.push_str(record);
        }
        (text + self.close).into_bytes()
    }
}
