//! Where a request comes from: the address that is counted, listed with sessions and recorded.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, web};
use ipnet::IpNet;

use crate::app::State;

/// What proxies say of the address that they were asked from, the nearest one last.
const FORWARDED: &str = "x-forwarded-for";

/// The address of whoever asks. A proxy that the installation trusts stands for the one that it names.
pub fn peer(request: &HttpRequest) -> IpAddr {
    let Some(peer) = request.peer_addr() else { return Ipv4Addr::UNSPECIFIED.into() };
    let trusted =
        request.app_data::<web::Data<State>>().map(|state| state.settings.trusted_proxies.as_slice());
    behind(peer.ip(), request.headers(), trusted.unwrap_or_default())
}

/// What tries are counted by: whoever has one address of IPv6 has a /64 of them.
pub fn counted_as(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & u128::MAX << 64).into(),
        IpAddr::V4(_) => address,
    }
}

/// Goes back from proxy to proxy, as long as they are trusted: what stands before an address that is not may be made up.
pub(crate) fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut address = peer.to_canonical();
    let lines: Vec<&str> = headers.get_all(FORWARDED).filter_map(|line| line.to_str().ok()).collect();
    for said in lines.iter().flat_map(|line| line.split(',')).rev() {
        if !is_trusted(address) {
            return address;
        }
        match address_in(said.trim()) {
            Some(further) => address = further.to_canonical(),
            None => return address,
        }
    }
    address
}

/// The address that a proxy has written: alone, in brackets, or with the port, as some do.
fn address_in(said: &str) -> Option<IpAddr> {
    let bare = said.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::parse::<Ipv6Addr>);
    match bare {
        Some(address) => address.ok().map(IpAddr::V6),
        None => said.parse().or_else(|_| said.parse::<SocketAddr>().map(|with_port| with_port.ip())).ok(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn addresses_of_ipv6_are_counted_by_their_network() {
        let counted = |address: &str| counted_as(address.parse().unwrap()).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("198.51.100.1"), "198.51.100.1");
    }

    #[test]
    fn only_proxies_that_are_trusted_are_believed() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "::1/128"].map(|text| text.parse().unwrap()).into();
        let asked = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(HeaderName::from_static(FORWARDED), HeaderValue::from_str(line).unwrap());
            }
            behind(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(asked("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "anybody can say that");
        assert_eq!(asked("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(asked("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            asked("::1", &["192.0.2.7, 198.51.100.1, 10.1.1.1"]),
            "198.51.100.1",
            "the first is hearsay"
        );
        assert_eq!(asked("10.0.0.1", &["192.0.2.7", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(asked("10.0.0.1", &["192.0.2.7, unknown"]), "10.0.0.1");
        assert_eq!(asked("10.0.0.1", &["203.0.113.9:4444"]), "203.0.113.9");
        assert_eq!(asked("10.0.0.1", &["[2001:db8::1]:4444"]), "2001:db8::1");
        assert_eq!(asked("10.0.0.1", &["192.0.2.7, [2001:db8::1], 10.1.1.1:80"]), "2001:db8::1");
        for odd in ["[203.0.113.9]", "[2001:db8::1", "2001:db8::1]:80", "203.0.113.9:", "203.0.113.9:x", "[]"]
        {
            assert_eq!(asked("10.0.0.1", &[odd]), "10.0.0.1", "{odd}");
        }
        assert_eq!(asked("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(asked("10.0.0.1", &["10.0.0.2"]), "10.0.0.2");
    }
}
