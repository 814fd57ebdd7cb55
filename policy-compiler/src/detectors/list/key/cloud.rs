//! Where programs are written, built, run and watched.

use super::super::Builtin;
use super::KEY;
use cofferdam_engine::model::{Border, Validator};

pub(in super::super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "aws_bedrock_key.long",
        category: "aws_bedrock_key",
        pattern: "ABSKQm[A-Za-z0-9+/]+",
        structure: "ABSK and base64 of the name of the key",
        example: concat!(
            "ABSKQmVkcm9ja0FQSUtleSwKS9gn5hLjg+1uK4G4DwnZNTWeKp6WpgcFlFS2aZi8gZSXzf7WJXjZUSsB",
            "8AvX/Rpnm401BdqKQ3WJsG4I9/uMzzQpQbhQqIDGkTP9RvMTun",
        ),
        bytes_max: 222,
        ..KEY
    },
    Builtin {
        name: "aws_bedrock_key.short",
        category: "aws_bedrock_key",
        pattern: "bedrock-[A-Za-z0-9+/=-]+",
        structure: "bedrock-api-key- and base64 of a signed address",
        example: concat!(
            "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tRJ91tGBcUmWNnZx5UgULvpCJpVYEcm5UG0RJ",
            "mNWwWzdBegKi3DuTiSB7hpE1kLex",
        ),
        bytes_max: 484,
        ..KEY
    },
    Builtin {
        name: "google_api_key",
        category: "google_api_key",
        pattern: "AIza[A-Za-z0-9_-]+",
        structure: "AIza and 35 characters of base64url",
        example: "AIzaSylrkz8rgH-fqyVHN1kiwzJNzyrYt5yebFR",
        bytes_max: 39,
        ..KEY
    },
    Builtin {
        name: "google_oauth_secret",
        category: "google_oauth_secret",
        pattern: "GOCSPX-[A-Za-z0-9_-]+",
        structure: "GOCSPX- and 28 characters of base64url",
        example: "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",
        bytes_max: 35,
        ..KEY
    },
    Builtin {
        name: "azure_storage_key",
        category: "azure_storage_key",
        pattern: "AccountKey=[A-Za-z0-9+/]+==",
        structure: "AccountKey=, 86 characters of base64 and ==",
        example: concat!(
            "AccountKey=Ul8xzv+vmk4+PuLsLwGNzipwMsrP1znmcfFdl7Pc422TJ2Bz04vxOR2NSaSGfRCYLHiqo",
            "Dknkggj7S104g/0GX==",
        ),
        right: Border::None,
        bytes_max: 99,
        ..KEY
    },
    Builtin {
        name: "azure_ad_secret",
        category: "azure_ad_secret",
        pattern: "[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{30,33}[A-Za-z0-9_~]",
        structure: "three characters, a digit, Q~, and 31 to 34 characters",
        validator: Validator::NamedKey,
        example: "biU8Q~EzS.UjEydoPp0R~FW8g3znpjQu9iV3jN3a",
        bytes_max: 40,
        ..KEY
    },
    Builtin {
        name: "github_token.classic",
        category: "github_token",
        pattern: "ghp_[A-Za-z0-9]+",
        structure: "ghp_, 30 letters and digits, CRC-32",
        example: "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",
        bytes_max: 40,
        ..KEY
    },
    Builtin {
        name: "github_token.app",
        category: "github_token",
        pattern: "gh[ousr]_[A-Za-z0-9]+",
        structure: "gho_, ghu_, ghs_ or ghr_, 30 letters and digits, CRC-32",
        example: "ghs_eyycOkv0O8jahjTWTT7aeQyLKymV9u2nTJTX",
        bytes_max: 40,
        ..KEY
    },
    Builtin {
        name: "github_token.fine_grained",
        category: "github_token",
        pattern: "github_pat_[A-Za-z0-9_]+",
        structure: "github_pat_, 22, _, 59 letters and digits",
        example: concat!(
            "github_pat_GI6Cu18hnYgeLVtgeACV4Q_WdLofebkC6HoFa8jYkKFrMHtWwhU27rFbvZ0UGq2Qr9gZM",
            "4b4X9Os4Rt15w",
        ),
        bytes_max: 93,
        ..KEY
    },
    Builtin {
        name: "gitlab_token",
        category: "gitlab_token",
        pattern: "gl[a-z]+-[A-Za-z0-9_.=-]*[A-Za-z0-9_-]",
        structure: "gl, kind, - and 20 characters or more",
        example: "glpat-cLwb6Bhq7KGSwwO8TjIW",
        bytes_max: 305,
        ..KEY
    },
    Builtin {
        name: "openai_key",
        category: "openai_key",
        pattern: "sk-(?:[b-zA-Z0-9]|a[a-mo-zA-Z0-9])[A-Za-z0-9_-]+",
        structure: "sk-, and T3BlbkFJ between the halves",
        example: concat!(
            "sk-proj-LWzcQ6z04eyYLeouwUJNa34ai597914fc9Dghv20h8jswPhw1dS1i4YJdO_kbpVNVN4uzbdV",
            "w5T3BlbkFJg3_iBUPdcQGgmt-PVbEYIo3e6ntvI6p2aKWQKo39suyuKNtka7ProNbYgv851jSTR6k-jJ",
            "6uka",
        ),
        bytes_max: 223,
        ..KEY
    },
    Builtin {
        name: "anthropic_key",
        category: "anthropic_key",
        pattern: "sk-ant-[A-Za-z0-9_-]+",
        structure: "sk-ant-, kind, and 80 characters or more",
        example: concat!(
            "sk-ant-api03-wPcSf29x7MyRbKetgYL27HtaqYXtQPs8fZMear_2JQPumrzkAZCCZEEoJ5AhB6nCunq",
            "LuE1FKaWgsPsHR0IiPpokp8aTXAA",
        ),
        bytes_max: 147,
        ..KEY
    },
    Builtin {
        name: "huggingface_token",
        category: "huggingface_token",
        pattern: "hf_[A-Za-z]+",
        structure: "hf_ and 34 letters",
        example: "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",
        bytes_max: 37,
        ..KEY
    },
    Builtin {
        name: "perplexity_key",
        category: "perplexity_key",
        pattern: "pplx-[A-Za-z0-9]+",
        structure: "pplx- and 48 letters and digits",
        example: "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",
        bytes_max: 53,
        ..KEY
    },
    Builtin {
        name: "npm_token",
        category: "npm_token",
        pattern: "npm_[A-Za-z0-9]+",
        structure: "npm_, 30 letters and digits, CRC-32",
        example: "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",
        bytes_max: 40,
        ..KEY
    },
    Builtin {
        name: "pypi_token",
        category: "pypi_token",
        pattern: "pypi-AgE[A-Za-z0-9_-]+",
        structure: "pypi-AgE and 50 characters or more",
        example: concat!(
            "pypi-AgEIcHlwaS5vcmc6IPaxB7GiYpEami8h4in0PABFtPhLTleRJVpDyOTwoCkOn-sDLUy-a2pPg_8",
            "uvY1FTHMTORD8VR0ILEfQx8U8VThV8rNSb2M6UIDGviOCC2_NKlH7aBGf3wra",
        ),
        bytes_max: 448,
        ..KEY
    },
    Builtin {
        name: "nuget_key",
        category: "nuget_key",
        pattern: "oy2[a-z0-9]+",
        structure: "oy2 and 43 small letters and digits",
        example: "oy2bxhf2qkb1xxm0cfauzn1cuo24oelm6bqu5h8zmeyxyx",
        bytes_max: 46,
        ..KEY
    },
    Builtin {
        name: "rubygems_key",
        category: "rubygems_key",
        pattern: "rubygems_[0-9a-f]+",
        structure: "rubygems_ and 48 hex digits",
        example: "rubygems_6132ddcf779daf20d1f9720e429dddd4193042a317b2a3ce",
        bytes_max: 57,
        ..KEY
    },
    Builtin {
        name: "docker_token",
        category: "docker_token",
        pattern: "dckr_[po]at_[A-Za-z0-9_-]+",
        structure: "dckr_pat_ or dckr_oat_ and 27 characters",
        example: "dckr_pat_NjBsWN3jWgmsWXFH34aaq3WlwyQ",
        bytes_max: 49,
        ..KEY
    },
    Builtin {
        name: "heroku_key",
        category: "heroku_key",
        pattern: "HRKU-[A-Za-z0-9_-]+",
        structure: "HRKU- and 36 characters or more",
        example: "HRKU-AA4Nq4HC7P0N58mycRkDI4sysbTNqxIS2pRI3SB8tHwqjGEV9AMoEsltetfS",
        bytes_max: 69,
        ..KEY
    },
    Builtin {
        name: "digitalocean_token",
        category: "digitalocean_token",
        pattern: "do[opr]_v1_[0-9a-f]+",
        structure: "dop_v1_, doo_v1_ or dor_v1_ and 64 hex digits",
        example: "dop_v1_1dde54a7a88b06c24c3e37c54b71556028832492fb8c590ca1a0f358a418f6dd",
        bytes_max: 71,
        ..KEY
    },
    Builtin {
        name: "cloudflare_key",
        category: "cloudflare_key",
        pattern: r"v1\.0-[0-9a-f]{24}-[0-9a-f]+",
        structure: "v1.0-, 24 and 146 hex digits",
        example: concat!(
            "v1.0-8b964063ec6684daf45b5612-0400de52d2b2818ff49e3d0a6a21555a6761d61591f9456cfa",
            "11c1eb04d5028c5c13c95d57af50f5d8d46e7b891de7306d18329909db15385f254c0b3f97aae9cb",
            "4d2a527d3f888612",
        ),
        bytes_max: 176,
        ..KEY
    },
    Builtin {
        name: "fly_token",
        category: "fly_token",
        // A comma parts several, and behind the last one it is the sentence's.
        pattern: "fm[12][ar]?_[A-Za-z0-9+/=_-]{12}[A-Za-z0-9+/=,_-]*[A-Za-z0-9+/=_-]",
        structure: "fm1a_, fm1r_ or fm2_, 100 characters or more",
        example: concat!(
            "fm2_lJPECAAAAAAAAPRzxBBvZ1xGtnWyWrsO2NMvYo2jwrVodHRwczovL2FwaS5mbHkuaW8vdjGUAJLOAAJtWR8Lk7",
            "lodHRwczovL2FwaS5mbHkuaW8vYWFhL3YxxDzWk0Tb"
        ),
        bytes_max: 444,
        ..KEY
    },
    Builtin {
        name: "fly_token.organization",
        category: "fly_token",
        pattern: "fo1_[A-Za-z0-9_-]{43}",
        structure: "fo1_, 43 characters",
        example: "fo1_IXakYTdG7ffyBHcuQ8bBUvMd0NC78mlIbsl7MRoPNxI",
        bytes_max: 47,
        ..KEY
    },
    Builtin {
        name: "vercel_token",
        category: "vercel_token",
        pattern: "vc[abikpr]_[A-Za-z0-9]+",
        structure: "vc, kind, _ and 24 characters or more",
        example: "vcp_2JDJKS6n0aehVI252yApGbuchDnfzIkkedo3ZGwPUmIq1xYOvwHZxact",
        bytes_max: 90,
        ..KEY
    },
    Builtin {
        name: "netlify_token",
        category: "netlify_token",
        pattern: "nfp_[A-Za-z0-9]+",
        structure: "nfp_ and 36 letters and digits",
        example: "nfp_ICq3fRdxSxKXwgESFwJmYYSUFrN5xghfnjBW",
        bytes_max: 40,
        ..KEY
    },
    Builtin {
        name: "databricks_token",
        category: "databricks_token",
        pattern: "dapi[0-9a-f]+(?:-[0-9])?",
        structure: "dapi and 32 hex digits",
        example: "dapi682ea347e694e33baedf6e8abb3cee52",
        bytes_max: 38,
        ..KEY
    },
    Builtin {
        name: "snowflake_token",
        category: "snowflake_token",
        pattern: "ver:[0-9]-hint:[0-9]+-[A-Za-z0-9+/=]+",
        structure: "ver:, hint:, and a session in base64",
        example: concat!(
            "ver:1-hint:8067467667214-ETMsDgAAAXTFixjcstKHOqJWm62cL+xvm8NIhV2FqN9s1Cx+/BRkdnu",
            "wJRSe6kWA0YUp8I5fdMyUS1XxRgh2j9lY+xOdVAB5MNOej88jeBTeEIRG2wMuGB7d34S/gjTZaZ=",
        ),
        bytes_max: 460,
        ..KEY
    },
    Builtin {
        name: "newrelic_key",
        category: "newrelic_key",
        pattern: "NR(?:AK|II|JS)-[A-Za-z0-9_-]+",
        structure: "NRAK-, NRII- or NRJS-, 19 characters or more",
        example: "NRAK-1FDYHNBK3YIYZGIEOWOH5LQIH90",
        bytes_max: 40,
        ..KEY
    },
    Builtin {
        name: "newrelic_key.license",
        category: "newrelic_key",
        pattern: "[0-9a-f]{36}NRAL",
        structure: "36 hex digits and NRAL",
        validator: Validator::NamedKey,
        example: "edb38daf336bce8747e4543180869c05c64aNRAL",
        bytes_max: 40,
        ..KEY
    },
    Builtin {
        name: "grafana_token",
        category: "grafana_token",
        pattern: "glc_[A-Za-z0-9+/]+={0,2}",
        structure: "glc_ and base64",
        example: concat!(
            "glc_eyJUkzZpiQHLxUIDcypkVNU4MtoUrSG5Z1lfde3AyjkCFEtYIRTjblSKpu6tjSk9RsB6yH4A9X6m",
            "gCRDMabrCgMF5cUkg=",
        ),
        bytes_max: 406,
        ..KEY
    },
    Builtin {
        name: "grafana_token.service",
        category: "grafana_token",
        pattern: "glsa_[A-Za-z0-9]+_[A-Fa-f0-9]+",
        structure: "glsa_, 32 letters and digits, 8 hex digits",
        example: "glsa_2pelRCBBB8TJuWETpu2AM6G7qasCFCNa_c02d949e",
        bytes_max: 46,
        ..KEY
    },
    Builtin {
        name: "sentry_token",
        category: "sentry_token",
        pattern: "sntry[su]_[A-Za-z0-9+/=_]+",
        structure: "sntrys_ or sntryu_ and 60 characters or more",
        example: "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",
        bytes_max: 447,
        ..KEY
    },
    Builtin {
        name: "sentry_token.dsn",
        category: "sentry_token",
        pattern: "https://[0-9a-f:]+@[a-z0-9.-]+/[0-9]+",
        structure: "address of a project with its key",
        example: concat!(
            "https://671285d79639a069ed13b41b2094d783@o123456.ingest.sentry.io/45012345678901",
            "23",
        ),
        bytes_max: 200,
        ..KEY
    },
    Builtin {
        name: "sonar_token",
        category: "sonar_token",
        pattern: "sq[apu]_[0-9a-f]+",
        structure: "squ_, sqp_ or sqa_ and 40 hex digits",
        example: "squ_1054cc20024983ae83318a3feda88e1ffcd40d69",
        bytes_max: 44,
        ..KEY
    },
    Builtin {
        name: "vault_token",
        category: "vault_token",
        pattern: r"hv[sbr]\.[A-Za-z0-9_-]+",
        structure: "hvs., hvb. or hvr. and 24 characters or more",
        example: concat!(
            "hvs.l26Y2TIKZiX4xg9pxZnJMF7prtt6iB9GMFrxJb0UE4mnmUJOCIVTKO8FsxcFUppT3n3oqkDaSxND",
            "eqhjEjW42M6y6P",
        ),
        bytes_max: 324,
        ..KEY
    },
    Builtin {
        name: "terraform_token",
        category: "terraform_token",
        pattern: r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]+",
        structure: "14 characters, .atlasv1., 60 characters or more",
        validator: Validator::NamedKey,
        example: concat!(
            "UjjzJVVLVycCci.atlasv1.CXfavFvZXrBITxtp8vYX28iu0PGTxdpqSepM8yITQFzsfYVn47jml6J49",
            "6XCI3E1GId",
        ),
        bytes_max: 100,
        ..KEY
    },
    Builtin {
        name: "pulumi_token",
        category: "pulumi_token",
        pattern: "pul-[0-9a-f]+",
        structure: "pul- and 40 hex digits",
        example: "pul-ca25ac6d6373183e28151a39f68a6643a044aaaa",
        bytes_max: 44,
        ..KEY
    },
];
