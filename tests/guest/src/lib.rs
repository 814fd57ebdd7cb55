//! Stands where the filter stands, and does one thing that its configuration names: `copy` reads
//! every body as the filter must and changes nothing, `trap` ends its VM when a request asks for
//! it, `refuse` accepts its configuration in the first VM and refuses it in all others, and
//! `share`, with a key and a value in the lines behind it, writes over what VMs of its id share.
//! Never part of a deployment.

#![expect(missing_docs, reason = "the macro writes an entry point without any")]

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Root { mode: Mode::Copy }));
}}

#[derive(Clone, Copy)]
enum Mode {
    Copy,
    Trap,
    Refuse,
}

struct Root {
    mode: Mode,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        let configuration = self.get_plugin_configuration();
        if let Some(rest) = configuration.as_deref().and_then(|told| told.strip_prefix(b"share\n"))
        {
            return self.share(rest);
        }
        self.mode = match configuration.as_deref() {
            Some(b"trap") => Mode::Trap,
            Some(b"refuse") => Mode::Refuse,
            _ => Mode::Copy,
        };
        match self.mode {
            Mode::Copy | Mode::Trap => true,
            // Envoy tries a configuration in a VM of its own first, which shares this data.
            Mode::Refuse => {
                let first = self.get_shared_data("seen").0.is_none();
                self.set_shared_data("seen", Some(b"1"), None).is_ok() && first
            }
        }
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream { mode: self.mode }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

impl Root {
    fn share(&self, told: &[u8]) -> bool {
        let Some(end) = told.iter().position(|byte| *byte == b'\n') else { return false };
        let (key, value) = (String::from_utf8_lossy(&told[..end]), &told[end + 1..]);
        let shared = self.set_shared_data(&key, Some(value), None).is_ok();
        let _ = proxy_wasm::hostcalls::log(LogLevel::Info, if shared { "shared" } else { "kept" });
        shared
    }
}

struct Stream {
    mode: Mode,
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_property(vec!["cofferdam.guard"], Some(b"ok"));
        let asked = self.get_http_request_header("x-trap").is_some();
        assert!(!(asked && matches!(self.mode, Mode::Trap)), "asked to");
        Action::Continue
    }

    fn on_http_request_body(&mut self, size: usize, _: bool) -> Action {
        std::hint::black_box(self.get_http_request_body(0, size));
        Action::Continue
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, _: bool) -> Action {
        std::hint::black_box(self.get_http_response_body(0, size));
        Action::Continue
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        Action::Continue
    }
}
