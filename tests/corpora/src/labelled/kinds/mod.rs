//! The kinds of values of every built-in category, a file for each region or trade.

mod accounts;
mod americas;
mod asia;
mod coins;
mod europe_east;
mod europe_south;
mod europe_west;
mod germany;
mod health;
mod keys_cloud;
mod keys_web;
mod people;
mod secrets;
mod south;
mod states;

use super::kind::Kind;

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Kind> {
    [
        keys_cloud::KINDS,
        keys_web::KINDS,
        secrets::KINDS,
        accounts::KINDS,
        coins::KINDS,
        states::KINDS,
        americas::KINDS,
        asia::KINDS,
        germany::KINDS,
        europe_west::KINDS,
        europe_south::KINDS,
        europe_east::KINDS,
        south::KINDS,
        health::KINDS,
        people::KINDS,
    ]
    .into_iter()
    .flatten()
}
