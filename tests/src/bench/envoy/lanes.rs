//! The ways through Envoy that are compared, each an Envoy of its own in front of the same answers.
//! A lane passes on; what comes of it is looked at by who measures.

use super::kinds::{Kind, Spoken};
use crate::envoy::deployments::filter_of;
use crate::envoy::{Client, Envoy, Received, Start, Upstream, free_port, http2, module};
use anyhow::{Context as _, Result};
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Listener, Protocol, Route, Side, bootstrap,
};
use std::time::{Duration, Instant};

/// Looks for what the policy's three most common detectors look for, as a person would in Lua.
const LUA: &str = r#"- name: envoy.filters.http.lua
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
    default_source_code:
      inline_string: |
        function envoy_on_response(handle)
          local body = handle:body()
          local text = body:getBytes(0, body:length())
          text = text:gsub("%d%d%d%-%d%d%-%d%d%d%d", "[us_ssn]")
          text = text:gsub("%d%d%d%d[ -]?%d%d%d%d[ -]?%d%d%d%d[ -]?%d%d%d%d", "[credit_card]")
          text = text:gsub("[%w._%%+-]+@[%w.-]+%.%a%a+", "[email]")
          body:setBytes(text)
        end
"#;

/// What stands between both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing but the proxy.
    Nothing,
    /// A module that only copies bodies in.
    Copy,
    /// The filter.
    Cofferdam,
    /// A script with three `gsub` calls.
    Lua,
}

impl Between {
    /// All of them, the ones to compare with first.
    pub(super) const ALL: &[Self] = &[Self::Nothing, Self::Copy, Self::Cofferdam, Self::Lua];

    /// The name, in tables.
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "no filter",
            Self::Copy => "copies the body",
            Self::Cofferdam => "cofferdam",
            Self::Lua => "lua, 3 x gsub",
        }
    }
}

/// One way through.
pub(super) struct Lane {
    /// What stands between.
    pub(super) between: Between,
    /// The proxy.
    pub(super) envoy: Envoy,
    /// Where it listens.
    pub(super) port: u16,
    spoken: Spoken,
    upstream: Answering,
}

enum Answering {
    Http1(Upstream),
    Http2(http2::Upstream),
}

impl Lane {
    /// Starts an Envoy and what answers behind it.
    ///
    /// # Errors
    /// When one of them does not start.
    pub(super) fn start(between: Between, spoken: Spoken) -> Result<Self> {
        let upstream = match spoken {
            Spoken::Http1 => Answering::Http1(Upstream::start()?),
            Spoken::Http2 => Answering::Http2(http2::Upstream::start(Default::default())?),
        };
        let port = free_port()?;
        let mut listener = Listener::new(port, Side::Gateway);
        listener.routes.push(Route::to("shop"));
        let (to, protocol) = match &upstream {
            Answering::Http1(upstream) => (upstream.port(), Protocol::Http1),
            Answering::Http2(upstream) => (upstream.port(), Protocol::Http2),
        };
        let mut cluster = Cluster::new("shop", "127.0.0.1", to);
        cluster.protocol = protocol;
        let deployment = Deployment {
            title: "For a benchmark.".to_owned(),
            admin_port: free_port()?,
            listeners: vec![listener],
            clusters: vec![cluster],
            filter: match between {
                Between::Nothing | Between::Lua => None,
                Between::Copy => Some(module::guest("copy")?),
                Between::Cofferdam => Some(filter_of("shop", &[(8443, port)])?.1),
            },
        };
        let mut text = bootstrap(&deployment)?;
        if between == Between::Lua {
            text = before_router(&text, LUA)?;
        }
        let envoy = Envoy::start_text(&text, deployment.admin_port, &Start::default())?;
        Ok(Self { between, envoy, port, spoken, upstream })
    }

    /// What is answered from now on.
    pub(super) fn answer(&self, kind: &Kind) {
        match &self.upstream {
            Answering::Http1(upstream) => upstream.answer(kind.answer.clone()),
            Answering::Http2(upstream) => upstream.answer(kind.answer.clone()),
        }
    }

    /// Sends the request of a kind so many times over one connection, one after another: how long
    /// each took, and the last answer.
    ///
    /// # Errors
    /// When one is not answered.
    pub(super) fn ask(&self, kind: &Kind, times: usize) -> Result<(Vec<Duration>, Received)> {
        let (mut took, mut last) = (Vec::new(), None);
        match self.spoken {
            Spoken::Http1 => {
                let mut client = Client::new(self.port);
                for _ in 0..times {
                    let begun = Instant::now();
                    last = Some(client.exchange(&kind.request)?);
                    took.push(begun.elapsed());
                }
            }
            Spoken::Http2 => {
                let (times, answer) = http2::exchanges(self.port, &kind.request, times)?;
                (took, last) = (times, Some(answer));
            }
        }
        self.forget();
        Ok((took, last.context("nothing was asked")?))
    }

    /// What the upstream was asked is not kept.
    fn forget(&self) {
        match &self.upstream {
            Answering::Http1(upstream) => drop(upstream.take()),
            Answering::Http2(upstream) => drop(upstream.take()),
        }
    }
}

fn before_router(text: &str, filter: &str) -> Result<String> {
    let router = "- name: envoy.filters.http.router";
    let at = text.find(router).context("no router")?;
    let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut out = text[..at].to_owned();
    for line in filter.lines() {
        out.push_str(line);
        out.push_str(&format!("\n{:column$}", ""));
    }
    out.push_str(&text[at..]);
    Ok(out)
}
