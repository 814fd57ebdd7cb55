//! One whole exchange: a request in chunks, and the answer in chunks if it gets that far.

use crate::Headers;
use crate::stream::{Outcome, Received, StreamSpec};
use crate::vm::Vm;

/// A message in the pieces in which it arrives.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The head, pseudo-headers first.
    pub head: Headers,
    /// The chunks; with each, whether it ends the message. None at all: the head ends it, or the
    /// trailers do.
    pub chunks: Vec<(Vec<u8>, bool)>,
    /// The trailers, which end the message. A codec may have taken all of them away.
    pub trailers: Option<Headers>,
}

impl Message {
    fn ends_with_head(&self) -> bool {
        self.chunks.is_empty() && self.trailers.is_none()
    }
}

/// A request, and what the upstream would answer.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// What the host knows.
    pub spec: StreamSpec,
    /// What the client sends.
    pub request: Message,
    /// What the upstream answers, if it is asked.
    pub response: Message,
}

impl Message {
    fn untouched(&self) -> Received {
        let chunks = self.chunks.iter().map(|(chunk, _)| chunk.as_slice());
        Received {
            head: self.head.clone(),
            body: chunks.clone().collect::<Vec<_>>().concat(),
            chunks: chunks.map(<[u8]>::len).filter(|length| *length > 0).collect(),
            trailers: self.trailers.clone().unwrap_or_default(),
            complete: true,
        }
    }
}

impl Vm {
    /// What comes of an exchange where the host has left the filter out: all of it, unless the
    /// guard asks for what only the filter leaves behind.
    pub(crate) fn exchange_without_filter(&self, exchange: &Exchange) -> Outcome {
        if self.options.guard.is_some() {
            let reply = Received {
                head: vec![(b":status".into(), b"403".into())],
                body: b"RBAC: access denied".to_vec(),
                complete: true,
                ..Received::default()
            };
            let details = "rbac_access_denied".into();
            return Outcome { client: Some(reply), details, ..Outcome::default() };
        }
        Outcome {
            upstream: Some(exchange.request.untouched()),
            client: Some(exchange.response.untouched()),
            details: "via_upstream".into(),
            ..Outcome::default()
        }
    }

    /// Runs one exchange from its beginning to its end.
    pub fn exchange(&mut self, exchange: &Exchange) -> Outcome {
        let id = self.open(exchange.spec.clone());
        let request = &exchange.request;
        self.request_head(id, request.head.clone(), request.ends_with_head());
        for (chunk, end) in &request.chunks {
            self.request_body(id, chunk, *end);
        }
        if let Some(trailers) = &request.trailers {
            self.request_trailers(id, trailers.clone());
        }
        if self.upstream_answers(id) {
            let response = &exchange.response;
            self.response_head(id, response.head.clone(), response.ends_with_head());
            for (chunk, end) in &response.chunks {
                self.response_body(id, chunk, *end);
            }
            if let Some(trailers) = &response.trailers {
                self.response_trailers(id, trailers.clone());
            }
        }
        self.close(id)
    }
}
