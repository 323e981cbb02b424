//! x

#[cfg(test)]
mod cluster;
