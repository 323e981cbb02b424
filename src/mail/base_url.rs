//! The address of the portal as people reach it: what links in letters begin with.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// Scheme, host and port, without a slash at the end: `https://sims.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl FromStr for BaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "not an address such as https://sims.example.com";
        let url = Url::parse(text.trim()).map_err(|_| WRONG)?;
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_open = url.username().is_empty() && url.password().is_none();
        if is_web && is_bare && is_open { Ok(Self(url.origin().ascii_serialization())) } else { Err(WRONG) }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_down_to_what_links_begin_with() {
        for (text, kept) in [
            ("https://sims.example.com", "https://sims.example.com"),
            (" https://sims.example.com/ ", "https://sims.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(text.parse::<BaseUrl>().unwrap().to_string(), kept);
        }
        for wrong in [
            "",
            "sims.example.com",
            "ftp://a.example",
            "https://a.example/x",
            "https://a.example/?b",
            "https://u:p@a.example",
        ] {
            assert!(wrong.parse::<BaseUrl>().is_err(), "{wrong}");
        }
    }
}
