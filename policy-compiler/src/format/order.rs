//! Which keys stand in which order, by the part of a policy: the order of its vocabulary.

use crate::language::vocabulary as words;

/// What a mapping is. A list is of the kind of its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Policy,
    Limits,
    Zones,
    Zone,
    Member,
    Categories,
    Category,
    Actions,
    Action,
    Mask,
    Tokenize,
    Boundary,
    Reply,
    Rule,
    Ignore,
    Range,
    When,
    Require,
    Grants,
    Assert,
    Never,
    ZonesLike,
    Case,
    Message,
    Expect,
    /// Names of the policy's own, or nothing known: the order stays.
    Other,
}

impl Kind {
    /// The keys in their order; none where the order is the author's.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Policy => words::POLICY.keys,
            Self::Limits => words::LIMITS.keys,
            Self::Zone => words::ZONE.keys,
            Self::Member => words::MEMBER.keys,
            Self::Category => words::CATEGORY.keys,
            Self::Action => words::ACTION.keys,
            Self::Mask => words::MASK.keys,
            Self::Tokenize => words::TOKENIZE.keys,
            Self::Boundary => words::BOUNDARY.keys,
            Self::Reply => words::REPLY.keys,
            Self::Rule => words::RULE.keys,
            Self::Ignore => words::IGNORE.keys,
            Self::Range => words::RANGE.keys,
            Self::When => words::WHEN.keys,
            Self::Require => words::REQUIRE.keys,
            Self::Grants => words::GRANTS.keys,
            Self::Assert => words::ASSERT.keys,
            Self::Never => words::NEVER.keys,
            Self::ZonesLike => words::ZONES.keys,
            Self::Case => words::CASE.keys,
            Self::Message => words::MESSAGE.keys,
            Self::Expect => words::EXPECT.keys,
            Self::Zones | Self::Categories | Self::Actions | Self::Other => &[],
        }
    }

    /// What stands under a key.
    pub(super) fn below(self, key: &str) -> Self {
        match (self, key) {
            (Self::Policy, "limits") => Self::Limits,
            (Self::Policy, "zones") => Self::Zones,
            (Self::Policy, "members") => Self::Member,
            (Self::Policy, "categories") => Self::Categories,
            (Self::Policy, "actions") => Self::Actions,
            (Self::Policy, "boundaries") => Self::Boundary,
            (Self::Policy, "asserts") => Self::Assert,
            (Self::Policy, "tests") => Self::Case,
            (Self::Zones, _) => Self::Zone,
            (Self::Categories, _) => Self::Category,
            (Self::Actions, _)
            | (Self::Boundary | Self::Reply, "otherwise")
            | (Self::Rule, "action") => Self::Action,
            (Self::Action, "mask") => Self::Mask,
            (Self::Action, "tokenize") => Self::Tokenize,
            (Self::Boundary, "when") => Self::When,
            (Self::Boundary, "require") => Self::Require,
            (Self::Boundary, "grants") => Self::Grants,
            (Self::Boundary, "reply") => Self::Reply,
            (Self::Boundary | Self::Reply, "rules") => Self::Rule,
            (Self::Boundary | Self::Reply, "ignore") => Self::Ignore,
            (Self::Ignore, "ranges") => Self::Range,
            (Self::Assert, "never") => Self::Never,
            (Self::Never, "from" | "to") => Self::ZonesLike,
            (Self::Case, "message") => Self::Message,
            (Self::Case, "expect") => Self::Expect,
            _ => Self::Other,
        }
    }
}
