//! x

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod support;
