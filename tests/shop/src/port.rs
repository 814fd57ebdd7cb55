//! Ports for servers that other programs are told to bind.
//! Never gives one that a connection of this machine could be using when the server comes up.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::{Mutex, PoisonError};

/// Where to look: below what Linux, Windows and macOS take for the near end of a connection, so
/// that no connection can take a port between the look and the server.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
/// The same for servers of UDP: ports apart, or what holds them would stand in each other's way.
const UDP_FIRST: u16 = FIRST + COUNT;
const UDP_COUNT: u16 = 768;

/// Ports that were given out, each held by a UDP socket of the same number. It does not stand in
/// the way of a TCP server, and other processes that ask see that the number is taken.
static HELD: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());

/// The same for servers of UDP, each held by a TCP socket.
static HELD_UDP: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());

/// A port of loopback that nobody listens on, and that no caller of this gets a second time while
/// this process runs.
///
/// # Errors
/// When there is none.
pub fn free() -> io::Result<u16> {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    for port in ports(FIRST, COUNT) {
        let Ok(claim) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)) else { continue };
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            held.push(claim);
            return Ok(port);
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "no port of loopback is free"))
}

/// The same for a server of UDP.
///
/// # Errors
/// When there is none.
pub fn free_udp() -> io::Result<u16> {
    let mut held = HELD_UDP.lock().unwrap_or_else(PoisonError::into_inner);
    for port in ports(UDP_FIRST, UDP_COUNT) {
        let Ok(claim) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else { continue };
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            held.push(claim);
            return Ok(port);
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "no port of loopback is free for UDP"))
}

/// Processes begin at places of their own, so that they seldom meet.
fn ports(first: u16, count: u16) -> impl Iterator<Item = u16> {
    let begin = std::process::id().wrapping_mul(97) % u32::from(count);
    (0..u32::from(count))
        .filter_map(move |step| u16::try_from((begin + step) % u32::from(count)).ok())
        .map(move |offset| first + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_can_be_listened_on() {
        let (one, other) = (free().unwrap(), free().unwrap());
        assert_ne!(one, other);
        let _server = TcpListener::bind((Ipv4Addr::LOCALHOST, one)).unwrap();
        assert!(UdpSocket::bind((Ipv4Addr::LOCALHOST, one)).is_err(), "others see it as free");
    }

    #[test]
    fn a_port_for_udp_is_given_once_and_can_be_bound() {
        let (one, other) = (free_udp().unwrap(), free_udp().unwrap());
        assert_ne!(one, other);
        let _server = UdpSocket::bind((Ipv4Addr::LOCALHOST, one)).unwrap();
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, one)).is_err(), "others see it as free");
    }
}
