//! Keys of clouds, registries and what watches programs, as their makers describe them.

use crate::labelled::kind::{Kind, Make, Spoil, Value, kind};
use crate::random::Random;
use crate::shape;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use Make::{Shape, Text};
use Spoil::{Fewer, More, Sign};

const KEY: &[&str] = &["token", "key", "credential"];

pub(super) const KINDS: &[Kind] = &[
    kind("aws_bedrock_key", KEY, Text(bedrock_long)).open().spoils(&[Spoil::Shape("ABSK<b40>")]),
    kind("aws_bedrock_key", KEY, Text(bedrock_short))
        .open()
        .spoils(&[Spoil::Shape("bedrock-<l6>-<l8>")]),
    kind("google_api_key", KEY, Shape("AIza<w34><c1>")).spoils(&[
        More,
        Fewer,
        Spoil::Shape("AIza<l8>"),
        Spoil::Shape("xAIza<c35>"),
    ]),
    kind("google_oauth_secret", KEY, Shape("GOCSPX-<w27><c1>")).spoils(&[
        More,
        Fewer,
        Spoil::Shape("GOCSPX-<w9>"),
    ]),
    kind("azure_storage_key", &["connection"], Shape("AccountKey=<b86>=="))
        .open()
        .spoils(&[Spoil::Shape("AccountKey=<b12>=="), Spoil::Shape("AccountKey=<b85>==")]),
    kind("azure_ad_secret", KEY, Shape("<c3>8Q~<w27>.<w5><c1>"))
        .spoils(&[Spoil::Shape("<c3>8Q~<c9>"), Spoil::Shape("<c3>8R~<c34>")]),
    kind("github_token", KEY, Text(github)).spoils(&[Sign, More, Fewer]),
    kind("github_token", KEY, Shape("github_pat_<c22>_<c59>")).spoils(&[More, Fewer]),
    kind("gitlab_token", KEY, Shape("<=glpat|glrt|gldt|glft>-<w19><c1>"))
        .open()
        .spoils(&[Spoil::Shape("glpat-<c9>"), Spoil::Shape("glxxt-<c20>")]),
    kind("gitlab_token", KEY, Shape("glptt-<h40>")).spoils(&[More, Fewer]),
    kind("openai_key", KEY, Shape("sk-proj-<w74>T3BlbkFJ<w73><c1>"))
        .open()
        .spoils(&[Spoil::Shape("sk-<l5>-<l6>"), Spoil::Shape("sk-<c40>")]),
    kind("openai_key", KEY, Shape("sk-<c20>T3BlbkFJ<c20>"))
        .open()
        .spoils(&[Spoil::Shape("sk-<c48>")]),
    kind("anthropic_key", KEY, Shape("sk-ant-api03-<w93>AA"))
        .open()
        .spoils(&[Spoil::Shape("sk-ant-<c20>")]),
    kind("huggingface_token", KEY, Shape("hf_<a34>")).spoils(&[
        More,
        Fewer,
        Spoil::Shape("hf_<l9>"),
    ]),
    kind("perplexity_key", KEY, Shape("pplx-<c48>")).spoils(&[More, Fewer]),
    kind("npm_token", KEY, Text(npm)).spoils(&[Sign, More, Fewer]),
    kind("pypi_token", KEY, Shape("pypi-AgEIcHlwaS5vcmc<w70-120><c1>"))
        .open()
        .spoils(&[Spoil::Shape("pypi-AgE<c20>"), Spoil::Shape("pypi-<l12>")]),
    kind("nuget_key", KEY, Shape("oy2<s43>")).spoils(&[More, Fewer]),
    kind("rubygems_key", KEY, Shape("rubygems_<h48>")).spoils(&[More, Fewer]),
    kind("docker_token", KEY, Shape("dckr_pat_<w26><c1>")).open().spoils(&[More, Fewer]),
    kind("heroku_key", KEY, Shape("HRKU-AA<w57><c1>")).open().spoils(&[Spoil::Shape("HRKU-<c20>")]),
    kind("heroku_key", &["HEROKU_KEY", "heroku"], Shape("<h8>-<h4>-4<h3>-a<h3>-<h12>"))
        .open()
        .assigned()
        .spoils(&[Fewer]),
    kind("digitalocean_token", KEY, Shape("do<=p|o|r>_v1_<h64>")).spoils(&[More, Fewer]),
    kind("cloudflare_key", KEY, Shape("v1.0-<h24>-<h146>")).spoils(&[More, Fewer]),
    kind("cloudflare_key", &["CLOUDFLARE_TOKEN", "cloudflare"], Shape("<c20><w19><c1>"))
        .assigned()
        .spoils(&[More, Fewer, Spoil::Shape("<l40>")]),
    kind("fly_token", KEY, Shape("fo1_<w42><c1>")).open().spoils(&[More, Fewer]),
    kind("fly_token", KEY, Shape("fm2_<b150>")).open().spoils(&[Spoil::Shape("fm2_<b30>")]),
    kind("vercel_token", KEY, Shape("vcp_<c56>")).open().spoils(&[Spoil::Shape("vcp_<c12>")]),
    kind("vercel_token", &["VERCEL_TOKEN", "vercel"], Shape("<c24>"))
        .open()
        .assigned()
        .spoils(&[More, Fewer]),
    kind("netlify_token", KEY, Shape("nfp_<c36>")).spoils(&[More, Fewer]),
    kind("databricks_token", KEY, Shape("dapi<h32>")).spoils(&[Fewer, Spoil::Shape("dapi<h12>")]),
    kind("snowflake_token", KEY, Shape("ver:1-hint:<N1><n12>-<b140>"))
        .open()
        .spoils(&[Spoil::Shape("ver:1-hint:<N1><n12>-<b20>")]),
    kind("newrelic_key", KEY, Shape("NRAK-<k27>")).spoils(&[More, Fewer]),
    kind("newrelic_key", KEY, Shape("<h36>NRAL")).spoils(&[Spoil::Shape("<h35>NRAL")]),
    kind("grafana_token", KEY, Shape("glc_eyJ<b98>")).open().spoils(&[Spoil::Shape("glc_<c12>")]),
    kind("grafana_token", KEY, Shape("glsa_<c32>_<h8>")).open().spoils(&[More, Fewer]),
    kind("sentry_token", KEY, Shape("sntryu_<h64>")).open().spoils(&[More, Fewer]),
    kind("sentry_token", &["dsn", "endpoint"], Make::Value(dsn))
        .apart()
        .spoils(&[Spoil::Shape("<h32>@o<N1><n5>")]),
    kind("sonar_token", KEY, Shape("sq<=u|p|a>_<h40>")).spoils(&[More, Fewer]),
    kind("vault_token", KEY, Shape("hvs.<w89><c1>")).open().spoils(&[Spoil::Shape("hvs.<c12>")]),
    kind("vault_token", KEY, Shape("hvs.<c24>")).open().spoils(&[Spoil::Shape("hvx.<c24>")]),
    kind("terraform_token", KEY, Shape("<c14>.atlasv1.<w66><c1>"))
        .open()
        .spoils(&[Spoil::Shape("<c13>.atlasv1.<c67>"), Spoil::Shape("<c14>.atlasv2.<c67>")]),
    kind("pulumi_token", KEY, Shape("pul-<h40>")).spoils(&[More, Fewer]),
    kind("aws_access_key", KEY, Shape("<=AKIA|ASIA><k16>")).spoils(&[
        More,
        Fewer,
        Spoil::Shape("AKIA<l16>"),
        Spoil::Shape("AKIA<k9>EXAMPLE"),
    ]),
    kind("aws_secret_key", &["AWS_KEY", "awsCredential"], Shape("<b40>")).assigned().spoils(&[
        More,
        Fewer,
        Spoil::Shape("<l40>"),
    ]),
    kind("google_service_account", &["private_key_id"], Shape("<h40>"))
        .assigned()
        .spoils(&[More, Fewer]),
    kind("datadog_key", &["DATADOG_KEY", "DD_APP_KEY"], Shape("<h32>"))
        .assigned()
        .spoils(&[More, Fewer]),
    kind("datadog_key", &["datadog_app"], Shape("<h40>")).assigned().spoils(&[More, Fewer]),
    kind("cohere_key", &["COHERE_KEY", "cohere"], Shape("<c40>")).assigned().spoils(&[More, Fewer]),
    kind("fastly_key", &["FASTLY_TOKEN", "fastly"], Shape("<c8><w23><c1>"))
        .assigned()
        .spoils(&[More, Fewer]),
    kind("snyk_token", &["SNYK_TOKEN", "snyk"], Shape("<h8>-<h4>-4<h3>-a<h3>-<h12>"))
        .assigned()
        .spoils(&[Fewer]),
    kind("okta_token", &["OKTA_TOKEN", "okta"], Shape("00<w39><c1>")).assigned().spoils(&[
        More,
        Fewer,
        Spoil::Shape("01<c40>"),
    ]),
    kind("auth0_secret", &["CLIENT_SECRET", "clientSecret"], Shape("<c30><w33><c1>"))
        .assigned()
        .also(&["generic_secret"])
        .spoils(&[Spoil::Shape("<l64>")]),
    kind("twitter_secret", &["TWITTER_KEY", "twitter"], Shape("<c45-50>"))
        .assigned()
        .spoils(&[Spoil::Shape("<c44>"), Spoil::Shape("<c51>")]),
    kind("kubernetes_secret", &["kubeadm_token", "bootstrap_token"], Shape("<s6>.<s16>"))
        .assigned()
        .spoils(&[More, Fewer]),
];

fn bedrock_long(random: &mut Random) -> String {
    let name = shape::text(random, "BedrockAPIKey-<s4>-at-<N1><n11>:");
    let bytes = [name.into_bytes(), random.bytes(44)].concat();
    format!("ABSK{}", STANDARD.encode(&bytes[..78]))
}

fn bedrock_short(random: &mut Random) -> String {
    let address = "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Credential=";
    let text = format!("{address}{}", shape::text(random, "<c80>"));
    format!("bedrock-api-key-{}", STANDARD.encode(&text[..text.len() / 3 * 3]))
}

/// Thirty letters and digits, and their CRC-32 in six characters of base62.
fn github(random: &mut Random) -> String {
    let prefix = random.pick(&["ghp", "gho", "ghu", "ghs", "ghr"]);
    checked(random, prefix)
}

fn npm(random: &mut Random) -> String {
    checked(random, "npm")
}

fn checked(random: &mut Random, prefix: &str) -> String {
    const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = shape::text(random, "<c30>");
    let mut crc = u32::MAX;
    for byte in body.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let (mut rest, mut check) = (!crc, Vec::new());
    for _ in 0..6 {
        check.insert(0, BASE62[usize::try_from(rest % 62).expect("small")]);
        rest /= 62;
    }
    format!("{prefix}_{body}{}", String::from_utf8(check).expect("letters"))
}

fn dsn(random: &mut Random) -> Value {
    let text = shape::text(random, "https://<h32>@o<N1><n5>.ingest.sentry.io/<N1><n15>");
    Value::plain(text.clone()).with("url", &text)
}
