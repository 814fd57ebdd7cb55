//! Binds the callbacks of proxy-wasm to [`Root`] and [`Stream`].
//! The SDK is here for its exports and for nothing else: not one of its host calls is made.

use crate::host::{Host, Level, Message};
use crate::hostcalls::WasmHost;
use crate::root::Root;
use crate::stream::{Stream, Turn};
use crate::vm::Vm;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types;
use std::rc::Rc;

thread_local! {
    static VM: Rc<Vm> = Rc::new(Vm::default());
}

proxy_wasm::main! {{
    std::panic::set_hook(Box::new(|info| {
        // What went wrong may quote a message; where it went wrong cannot.
        let (line, column) = info.location().map_or((0, 0), |at| (at.line(), at.column()));
        let file = info.location().and_then(|at| at.file().rsplit('/').next()).unwrap_or_default();
        let text = format!("cofferdam: stopped by a fault of its own at {file}:{line}:{column}");
        let _ = WasmHost.log(Level::Error, &text);
    }));
    proxy_wasm::set_root_context(|context| {
        Box::new(RootAdapter(Root::new(WasmHost, VM.with(Rc::clone), context)))
    });
}}

struct RootAdapter(Root<WasmHost>);

impl Context for RootAdapter {}

impl RootContext for RootAdapter {
    fn on_configure(&mut self, plugin_configuration_size: usize) -> bool {
        self.0.configure(plugin_configuration_size)
    }

    fn on_tick(&mut self) {
        self.0.tick();
    }

    fn create_http_context(&self, _context: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(StreamAdapter(self.0.stream())))
    }

    fn get_type(&self) -> Option<types::ContextType> {
        Some(types::ContextType::HttpContext)
    }
}

struct StreamAdapter(Stream<WasmHost>);

impl Context for StreamAdapter {
    fn on_done(&mut self) -> bool {
        self.0.done();
        true
    }
}

impl HttpContext for StreamAdapter {
    fn on_http_request_headers(&mut self, _count: usize, end: bool) -> types::Action {
        action(self.0.request_headers(end))
    }

    fn on_http_request_body(&mut self, buffer_bytes: usize, end: bool) -> types::Action {
        action(self.0.body(Message::Request, buffer_bytes, end))
    }

    fn on_http_request_trailers(&mut self, _count: usize) -> types::Action {
        action(self.0.trailers(Message::Request))
    }

    fn on_http_response_headers(&mut self, _count: usize, end: bool) -> types::Action {
        action(self.0.response_headers(end))
    }

    fn on_http_response_body(&mut self, buffer_bytes: usize, end: bool) -> types::Action {
        action(self.0.body(Message::Response, buffer_bytes, end))
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> types::Action {
        action(self.0.trailers(Message::Response))
    }

    fn on_log(&mut self) {
        self.0.log();
    }
}

fn action(turn: Turn) -> types::Action {
    match turn {
        Turn::Continue => types::Action::Continue,
        Turn::Pause => types::Action::Pause,
    }
}
