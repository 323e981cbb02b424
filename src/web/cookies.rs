//! What the portal's cookies are called.
//!
//! Where browsers come by HTTPS, the names begin with `__Host-`: a browser takes such a cookie from this very host alone, by
//! HTTPS, for all paths. Otherwise any site below the same domain could set one here. By plain HTTP, which is for a
//! loopback address, browsers take no such name.

/// The name of a cookie; `secure` where browsers come by HTTPS.
pub fn name(of: &str, secure: bool) -> String {
    if secure { format!("__Host-{of}") } else { of.to_owned() }
}
