//! What sends messages, takes money and keeps documents.

use super::super::Builtin;
use super::KEY;
use cofferdam_engine::model::{Border, Validator};

pub(in super::super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "slack_token",
        category: "slack_token",
        pattern: r"xox[abeoprs]-[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*",
        structure: "xox, kind, - and 24 characters or more",
        example: "xoxb-100752161128-032695343918-YUYVxVvjX9vDBA0DX1CH5F0F",
        bytes_max: 303,
        ..KEY
    },
    Builtin {
        name: "slack_token.app",
        category: "slack_token",
        pattern: "xapp-[0-9]-[A-Za-z0-9-]+",
        structure: "xapp-, number, and 40 characters or more",
        example: concat!(
            "xapp-1-AVWBHQ4ZYDV-1508714317007-027f77670d252cd9748a1f98384d52d9e83c4bfefa2f0ff",
            "9a64f38b48badc48a",
        ),
        bytes_max: 245,
        ..KEY
    },
    Builtin {
        name: "slack_webhook",
        category: "slack_webhook",
        pattern: "https://h[a-z.]+/[A-Za-z0-9_/-]+",
        structure: "address of hooks.slack.com with its path",
        example: "https://hooks.slack.com/services/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",
        bytes_max: 200,
        ..KEY
    },
    Builtin {
        name: "stripe_key",
        category: "stripe_key",
        pattern: "[rs]k_(?:live|test|org)_[A-Za-z0-9_]+",
        structure: "sk_ or rk_, live, test or org, 16 characters or more",
        example: "sk_live_PPbUe299wrrZI4cJcXKo3QoO",
        bytes_max: 260,
        ..KEY
    },
    Builtin {
        name: "stripe_key.webhook",
        category: "stripe_key",
        pattern: "whsec_[A-Za-z0-9+/=_-]+",
        structure: "whsec_ and 32 characters or more",
        example: "whsec_L20W1ROnLk5noZQrQrjjv44S5MkZMOon",
        bytes_max: 106,
        ..KEY
    },
    Builtin {
        name: "square_key",
        category: "square_key",
        pattern: "sq0(?:atp|csp)-[A-Za-z0-9_-]+",
        structure: "sq0atp- or sq0csp-, 22 or 43 characters",
        example: "sq0atp-9u1HpFAWXWtyL1HiEQUYka",
        bytes_max: 50,
        ..KEY
    },
    Builtin {
        name: "square_key.access",
        category: "square_key",
        pattern: "EAAA[A-Za-z0-9_-]+",
        structure: "EAAA and 60 characters",
        // In base64 it would go on in other signs.
        right: Border::Assigned,
        example: "EAAATaFdlC39bHqvldEO3CAf6AragOUJPXt9bNndEY4qHAbyidCApRvxNPdgF7nY",
        bytes_max: 64,
        ..KEY
    },
    Builtin {
        name: "paypal_key",
        category: "paypal_key",
        pattern: r"access_token\$[a-z0-9$]+",
        structure: "access_token$production$, 16 characters, $, 32 hex digits",
        example: "access_token$production$gob8i5u124rqwfbv$6e4e91d352f3a8f342e00cdbc01ea418",
        bytes_max: 80,
        ..KEY
    },
    Builtin {
        name: "twilio_key",
        category: "twilio_key",
        pattern: "SK[0-9a-f]+",
        structure: "SK and 32 hex digits",
        example: "SKf313fc06df32441346231c030d30c507",
        bytes_max: 34,
        ..KEY
    },
    Builtin {
        name: "sendgrid_key",
        category: "sendgrid_key",
        pattern: r"SG\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
        structure: "SG., 22, ., 43 characters of base64url",
        example: "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",
        bytes_max: 69,
        ..KEY
    },
    Builtin {
        name: "mailchimp_key",
        category: "mailchimp_key",
        pattern: "[0-9a-f]{32}-us[0-9]{1,2}",
        structure: "32 hex digits, -us, number",
        validator: Validator::NamedKey,
        example: "97b7c1f7f5fd3095f3add8ebddddbbde-us12",
        bytes_max: 37,
        ..KEY
    },
    Builtin {
        name: "mailgun_key",
        category: "mailgun_key",
        pattern: "key-[0-9a-f]+",
        structure: "key- and 32 hex digits",
        example: "key-f38319b366604de6648d79a2d7434fc6",
        bytes_max: 36,
        ..KEY
    },
    Builtin {
        name: "mailgun_key.new",
        category: "mailgun_key",
        pattern: "[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}",
        structure: "32-8-8 hex digits",
        validator: Validator::NamedKey,
        example: "2fda974336a3c0b368e0644246ca6a51-1cea2fc3-1eb230b8",
        bytes_max: 50,
        ..KEY
    },
    Builtin {
        name: "onepassword_key",
        category: "onepassword_key",
        pattern: "A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
        structure: "A3- and groups of capitals and digits",
        example: "A3-IP0235-IEMFLD9N4YB-L9PRD-IZUB5-WB2JB",
        bytes_max: 45,
        ..KEY
    },
    Builtin {
        name: "onepassword_key.service",
        category: "onepassword_key",
        pattern: "ops_eyJ[A-Za-z0-9+/_-]+={0,2}",
        structure: "ops_eyJ and base64",
        example: concat!(
            "ops_eyJ26zOvUkXkRaYjsf0DFIStNcCqIROg7OMn04rzGA2aiXt1wV9ypn5ArPBsHHYoUAP2hjvrWVg7",
            "0zGmuaqEeDorlV206myi2ZxLvmYRx9XdwLjdmL6x1h1xnXpqt6fVefIrus59",
        ),
        bytes_max: 384,
        commits: true,
        ..KEY
    },
    Builtin {
        name: "atlassian_token",
        category: "atlassian_token",
        pattern: "AT(?:ATT|CTT)3[A-Za-z0-9_=-]+",
        structure: "ATATT3 or ATCTT3 and 150 characters or more",
        example: concat!(
            "ATATT3xFfGF0Ww1i0hdaJu8RNKsj8IBf-_CvYXjeL3uSdpWGsa_nDqXnuFJN2Gx1Z1PMGBs-gjqujVJU",
            "GVIL6wetAuDfYGUz0j1zvBCLkpRNnpxO77-MMhwrbj7vHd5kjhvSClgKhi5JA_F0k_vyT61msrFxnOEH",
            "7TM127LngwYNVMtylgPDbS5=BB20EF69",
        ),
        bytes_max: 266,
        ..KEY
    },
    Builtin {
        name: "atlassian_token.bitbucket",
        category: "atlassian_token",
        pattern: "ATBB[A-Za-z0-9]+",
        structure: "ATBB and 32 letters and digits",
        example: "ATBBLsS6ziYEy97xfNndoNAutXKijg5rwJhN",
        bytes_max: 36,
        ..KEY
    },
    Builtin {
        name: "linear_key",
        category: "linear_key",
        pattern: "lin_(?:api|oauth)_[A-Za-z0-9]+",
        structure: "lin_api_ and 40 characters, lin_oauth_ and 64",
        example: "lin_api_LWG0R9huHrhV4CRv8tMR0XN9jk4B76luDefQa0KR",
        bytes_max: 74,
        ..KEY
    },
    Builtin {
        name: "notion_token",
        category: "notion_token",
        pattern: "ntn_[A-Za-z0-9]+",
        structure: "ntn_, 11 digits, 35 letters and digits",
        example: "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",
        bytes_max: 50,
        ..KEY
    },
    Builtin {
        name: "notion_token.old",
        category: "notion_token",
        pattern: "secret_[A-Za-z0-9]+",
        structure: "secret_ and 43 letters and digits",
        example: "secret_84ySQuK4ToDNoK1gQkAUt5uiru3s6PGYEB41f5NZ7Tz",
        bytes_max: 50,
        ..KEY
    },
    Builtin {
        name: "airtable_token",
        category: "airtable_token",
        pattern: r"pat[A-Za-z0-9]+\.[0-9a-f]+",
        structure: "pat, 14 letters and digits, ., 64 hex digits",
        example: concat!(
            "patbzPDHVmakiTjEZ.d89b8bf0be48da0c827d402f4fe8cd3f1b4d45eae554da7493de2143678870",
            "22",
        ),
        bytes_max: 82,
        ..KEY
    },
    Builtin {
        name: "asana_token",
        category: "asana_token",
        pattern: "[12]/[0-9/]+:[0-9a-f]+",
        structure: "1 or 2, numbers with /, :, 32 hex digits",
        left: Border::Number,
        example: "2/9445840636823057/1779795839286135:7fc07a07a0e7c43a4143c6920f586b8f",
        bytes_max: 80,
        ..KEY
    },
    Builtin {
        name: "shopify_token",
        category: "shopify_token",
        pattern: "shp(?:at|ca|pa|ss)_[0-9A-Fa-f]+",
        structure: "shpat_, shpca_, shppa_ or shpss_ and 32 hex digits",
        example: "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",
        bytes_max: 38,
        ..KEY
    },
    Builtin {
        name: "telegram_token",
        category: "telegram_token",
        pattern: "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
        structure: "number, :, AA and 33 characters",
        left: Border::Number,
        validator: Validator::NamedKey,
        example: "3669735554:AA7hTDqpanZvjmovlnzxm9Wo0I1eXhvtZMg",
        bytes_max: 46,
        ..KEY
    },
    Builtin {
        name: "discord_token",
        category: "discord_token",
        pattern: r"[MNO][A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
        structure: "number of the bot in base64, time, signature",
        validator: Validator::DiscordToken,
        example: "MTIzNDU2Nzg5MDEyMzQ1Njc4.CxFd3w.atk20AkVPLy0KDAB60JPqPMF2zyo6c5R0zmvX3",
        bytes_max: 76,
        ..KEY
    },
    Builtin {
        name: "discord_webhook",
        category: "discord_webhook",
        pattern: "https://d[a-z.]+/[A-Za-z0-9_/-]+",
        structure: "address of a webhook with its path",
        example: concat!(
            "https://discord.com/api/webhooks/017570411052289222/zHBnjV2E-06lWKkJwbFyWwWOS7J8",
            "t5mbM5WyjSE538z5x1wJ3uymickgDPjdcX1Y1Iua",
        ),
        bytes_max: 160,
        ..KEY
    },
    Builtin {
        name: "facebook_token",
        category: "facebook_token",
        pattern: "EAA[B-Za-z][A-Za-z0-9]+",
        structure: "EAA and 90 letters and digits or more",
        // In base64 it would go on in other signs.
        right: Border::Assigned,
        example: concat!(
            "EAAB3jIOy8CEeSzEO9hDL3jJuLNHIACzDgJdhmjkiTX9ND07Y6IWkdsjoTdACDahhURAfqEW121dUDWO",
            "cTep4L4PoGbsqwJyr560e9nLx11b7E82REkV1p1bT30mARArXCJw91JcyC5pgaD4dmV7fCwFY8",
        ),
        bytes_max: 310,
        ..KEY
    },
    Builtin {
        name: "facebook_token.app",
        category: "facebook_token",
        pattern: r"[0-9]{15,16}\|[A-Za-z0-9_-]{27}",
        structure: "number of the app, |, 27 characters",
        left: Border::Number,
        validator: Validator::NamedKey,
        example: "620558599446031|PQDZ2fd1GLGvSHBgQeDFOTqlwE2",
        bytes_max: 44,
        ..KEY
    },
    Builtin {
        name: "twitter_token",
        category: "twitter_token",
        pattern: "A{21}[A-Za-z0-9%]+",
        structure: "21 times A and 60 characters or more",
        // In base64 it would go on in other signs.
        right: Border::Assigned,
        example: concat!(
            "AAAAAAAAAAAAAAAAAAAAAIvPXhtTI5d4jRcaWjeDYi1qmN9PAx4bOl1sTNq47WEIfBFayMxYAVYOilFz",
            "UuMU3Q3O8zwlvJ5MWssIV1unh97EU37",
        ),
        bytes_max: 240,
        ..KEY
    },
    Builtin {
        name: "linkedin_secret",
        category: "linkedin_secret",
        pattern: r"WPL_AP1\.[A-Za-z0-9]+\.[A-Za-z0-9+/]+={0,2}",
        structure: "WPL_AP1., 16 and 8 characters",
        example: "WPL_AP1.AfAUz4oOrCTFjzdv.l3Viv1==",
        bytes_max: 40,
        ..KEY
    },
    Builtin {
        name: "dropbox_token",
        category: "dropbox_token",
        pattern: r"sl\.[A-Za-z0-9_.-]+",
        structure: "sl. and 130 characters or more",
        example: concat!(
            "sl.2oN5pQ3Kul68cle4KJiotxp0cBVPuRBldlpb0XF38GCX4ZP9I6iratdn5igQEobsnCt2Lv-ow4SLz",
            "t99V_QIwebya9kuvdtxdEklss8rU_pvdn2DkK_fEwBiIyGATj4FlQV-oMa",
        ),
        bytes_max: 503,
        ..KEY
    },
];
