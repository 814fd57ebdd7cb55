//! Where caller and service stand, so that the policy's own member lines place them in two zones.
//! Asks the engine where it places them, as the filter does, and adds no line to the policy.

use crate::deploy::Side;
use crate::language::read::nearest;
use crate::report::printable;
use crate::say;
use cofferdam_engine::ends::{self, Direction, PlacedBy, Placement};
use cofferdam_engine::model::{Member, Tables, UNPLACED, ZoneId};
use cofferdam_engine::settings::Settings;
use std::fmt::{self, Write as _};
use std::net::IpAddr;

/// What the proxy calls itself; see `deploy`.
const NODE: &str = "cofferdam";
/// Stands for `*` where a name is made of a glob.
const STAR: &str = "try";

/// The zones of caller and service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Zone of the caller.
    pub from: ZoneId,
    /// Zone of the service.
    pub to: ZoneId,
}

/// Why there are no two zones to stand in. Text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndsError {
    text: String,
}

impl fmt::Display for EndsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for EndsError {}

impl Ends {
    /// The zones of these names; where one is left out, those of the only boundaries that fit.
    ///
    /// # Errors
    /// When a zone is not there, or several boundaries fit, or none.
    pub fn choose(
        tables: &Tables,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Self, EndsError> {
        let from = from.map(|name| zone(tables, name)).transpose()?;
        let to = to.map(|name| zone(tables, name)).transpose()?;
        let chosen = match (from, to) {
            (Some(from), Some(to)) => Self { from, to },
            _ => only(tables, from, to)?,
        };
        if chosen.from == chosen.to {
            let text = "error: caller and service are in one zone, where nothing is looked at";
            return Err(EndsError { text: text.to_owned() });
        }
        Ok(chosen)
    }

    /// Whether a boundary speaks of requests between them.
    #[must_use]
    pub fn are_joined(self, tables: &Tables) -> bool {
        let mut boundaries = tables.boundaries.iter();
        boundaries.any(|boundary| boundary.from == self.from && boundary.to == self.to)
    }

    /// Their names: `public -> shop`.
    #[must_use]
    pub fn names(self, tables: &Tables) -> String {
        format!("{} -> {}", zone_name(tables, self.from), zone_name(tables, self.to))
    }
}

fn zone_name(tables: &Tables, zone: ZoneId) -> String {
    tables.zones.get(zone.index()).map_or_else(|| "?".to_owned(), |zone| printable(&zone.name))
}

fn zone(tables: &Tables, name: &str) -> Result<ZoneId, EndsError> {
    let found = tables.zones.iter().position(|zone| zone.name == name);
    if let Some(zone) = found.and_then(|zone| u16::try_from(zone).ok()) {
        return Ok(ZoneId(zone));
    }
    let names = || tables.zones.iter().map(|zone| zone.name.as_str());
    let mut text = format!("error: the policy has no zone `{}`\nhelp: ", printable(name));
    match nearest(name, names()) {
        Some(close) => _ = write!(text, "did you mean `{close}`?"),
        None => text.push_str(&format!("it has {}", names().collect::<Vec<_>>().join(", "))),
    }
    Err(EndsError { text })
}

/// The two zones that every boundary which fits joins.
fn only(tables: &Tables, from: Option<ZoneId>, to: Option<ZoneId>) -> Result<Ends, EndsError> {
    let mut pairs: Vec<Ends> = Vec::new();
    for boundary in &tables.boundaries {
        let pair = Ends { from: boundary.from, to: boundary.to };
        let fits = from.is_none_or(|from| from == pair.from) && to.is_none_or(|to| to == pair.to);
        if fits && !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    match pairs.as_slice() {
        [pair] => Ok(*pair),
        [] => {
            let text = "error: no boundary begins or ends there\nhelp: name both zones, with \
                        --from and --to";
            Err(EndsError { text: text.to_owned() })
        }
        several => {
            let mut text = "error: the policy has boundaries between several zones\nhelp: say \
                            where the caller is, and where the service:"
                .to_owned();
            for pair in several {
                let (from, to) = (zone_name(tables, pair.from), zone_name(tables, pair.to));
                let _ = write!(text, "\n  --from {from} --to {to}");
            }
            Err(EndsError { text })
        }
    }
}

/// How the proxy is set up. Names are what the member lines ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose proxy it is.
    pub side: Side,
    /// Port of its listener.
    pub port: u16,
    /// Zone of its own end.
    pub own_zone: Option<String>,
    /// Name of the service's cluster.
    pub cluster: String,
    /// Name of its route.
    pub route: String,
    /// Name of its virtual host.
    pub virtual_host: String,
    /// What requests must say in `Host`, where a member line asks for it.
    pub host: Option<String>,
    /// Two sentences: what places the caller, and what the service.
    pub told: [String; 2],
}

/// Why nothing that runs on this machine would be placed there. Text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingError {
    text: String,
}

impl fmt::Display for StandingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for StandingError {}

/// Names on the way to the service.
#[derive(Clone, Debug)]
struct Way {
    cluster: String,
    route: String,
    virtual_host: String,
    host: Option<String>,
}

impl Standing {
    /// The first way to stand that the engine places in both zones: as a gateway, beside the
    /// caller, or beside the service; on one of these ports.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(
        tables: &Tables,
        wanted: Ends,
        address: IpAddr,
        ports: &[u16],
    ) -> Result<Self, StandingError> {
        for side in [Side::Gateway, Side::Outbound, Side::Inbound] {
            for port in ports {
                for way in ways(tables, wanted.to) {
                    let at = Place { side, port: *port, address };
                    if let Some(standing) = at.standing(tables, wanted, way) {
                        return Ok(standing);
                    }
                }
            }
        }
        Err(StandingError { text: nowhere(tables, wanted) })
    }
}

/// Every way that a member line of the zone asks for, and one that none needs to.
fn ways(tables: &Tables, to: ZoneId) -> impl Iterator<Item = Way> {
    let named = |glob: &Option<String>| {
        glob.as_ref().map_or_else(|| "upstream".to_owned(), |glob| example(glob))
    };
    let members = tables.members.iter().filter(move |member| member.zone == to.0);
    let callees = members.filter(|member| is_about_callees(member));
    let ways = callees.map(move |member| Way {
        cluster: named(&member.cluster),
        route: named(&member.route),
        virtual_host: named(&member.virtual_host),
        host: member.host.clone(),
    });
    let other = "upstream".to_owned();
    ways.chain([Way {
        cluster: other.clone(),
        route: other.clone(),
        virtual_host: other,
        host: None,
    }])
}

fn is_about_callees(member: &Member) -> bool {
    let asks = [&member.cluster, &member.route, &member.virtual_host, &member.host];
    asks.iter().any(|asked| asked.is_some())
}

/// A name that a glob fits.
pub(crate) fn example(glob: &str) -> String {
    glob.replace("**", "*").replace('*', STAR)
}

#[derive(Clone, Copy)]
struct Place {
    side: Side,
    port: u16,
    address: IpAddr,
}

impl Place {
    fn standing(self, tables: &Tables, wanted: Ends, way: Way) -> Option<Standing> {
        let own = match self.side {
            Side::Gateway => None,
            Side::Outbound => Some(wanted.from),
            Side::Inbound => Some(wanted.to),
        };
        let own = own.and_then(|zone| tables.zones.get(zone.index()));
        let own_zone = own.map(|zone| zone.name.clone());
        let placed = self.placed(tables, own_zone.clone(), &way);
        if (placed.caller.zone, placed.callee.zone) != (wanted.from, wanted.to) {
            return None;
        }
        let told = [self.caller(tables, placed), callee(tables, placed, &way)];
        let Way { cluster, route, virtual_host, host } = way;
        let Self { side, port, .. } = self;
        Some(Standing { side, port, own_zone, cluster, route, virtual_host, host, told })
    }

    /// What the filter would be told by such a proxy, and where the engine places it.
    fn placed(self, tables: &Tables, own_zone: Option<String>, way: &Way) -> Placement {
        let settings =
            Settings { own_zone, hold_headers: true, direct_address: true, ..Settings::default() };
        let ends = ends::Ends {
            direction: match self.side {
                Side::Gateway => Direction::Gateway,
                Side::Inbound => Direction::Inbound,
                Side::Outbound => Direction::Outbound,
            },
            source: Some(self.address.to_string()),
            listener_port: Some(self.port),
            cluster: Some(way.cluster.clone()),
            route: Some(way.route.clone()),
            virtual_host: Some(way.virtual_host.clone()),
            host: way.host.clone(),
            node_id: Some(NODE.to_owned()),
            node_cluster: Some(NODE.to_owned()),
            ..ends::Ends::default()
        };
        ends::place(tables, &settings, &ends)
    }

    fn caller(self, tables: &Tables, placed: Placement) -> String {
        let zone = zone_name(tables, placed.caller.zone);
        match placed.caller.by {
            PlacedBy::Listener => format!("in `{zone}`, by the listener's port {}", self.port),
            PlacedBy::Address => format!("in `{zone}`, by its address {}", self.address),
            PlacedBy::Node => format!("in `{zone}`, by the proxy's node"),
            PlacedBy::Nothing => format!("in `{zone}`: no member line fits"),
            PlacedBy::Setting => format!(
                "in `{zone}`, by COFFERDAM_SELF: the proxy stands beside the caller, since no \
                 member line places one that comes from this machine to port {}",
                self.port
            ),
            PlacedBy::Certificate | PlacedBy::Upstream | PlacedBy::Proxy => {
                format!("in `{zone}`, by {}", placed.caller.by.name())
            }
        }
    }
}

fn callee(tables: &Tables, placed: Placement, way: &Way) -> String {
    let zone = zone_name(tables, placed.callee.zone);
    let host = way.host.as_ref();
    let host = host.map(|host| format!(", in requests for the host {}", printable(host)));
    match placed.callee.by {
        PlacedBy::Upstream => {
            let member = Member {
                cluster: Some(way.cluster.clone()),
                route: asked(&way.route),
                virtual_host: asked(&way.virtual_host),
                ..Member::default()
            };
            let by = printable(&say::conditions(&member));
            format!("in `{zone}`, by {by}{}", host.unwrap_or_default())
        }
        PlacedBy::Setting => format!(
            "in `{zone}`, by COFFERDAM_SELF: the proxy stands beside the service, since no member \
             line places a cluster there"
        ),
        PlacedBy::Nothing => format!("in `{zone}`: no member line fits"),
        PlacedBy::Node => format!("in `{zone}`, by the proxy's node"),
        PlacedBy::Certificate | PlacedBy::Listener | PlacedBy::Address | PlacedBy::Proxy => {
            format!("in `{zone}`, by {}", placed.callee.by.name())
        }
    }
}

/// A name that a member line asks for.
fn asked(name: &str) -> Option<String> {
    (name != "upstream").then(|| name.to_owned())
}

fn nowhere(tables: &Tables, wanted: Ends) -> String {
    let (from, to) = (zone_name(tables, wanted.from), zone_name(tables, wanted.to));
    let mut text = format!("no proxy on this machine stands between `{from}` and `{to}`");
    for (zone, name) in [(wanted.from, &from), (wanted.to, &to)] {
        let members = tables.members.iter().filter(|member| member.zone == zone.0);
        let lines: Vec<_> = members.map(|member| printable(&say::conditions(member))).collect();
        let by = match lines.as_slice() {
            [] if zone == UNPLACED => "what no member line fits".to_owned(),
            [] => "no member line".to_owned(),
            lines => lines.join("; or "),
        };
        let _ = write!(text, "\n  `{name}` is told by {by}");
    }
    let _ = write!(
        text,
        "\nhelp: certificates are not shown here; a line in `members` that names a cluster places \
         the service: {{ zone: {to}, cluster: {to} }}"
    );
    text
}

#[cfg(test)]
mod tests;
