//! x

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod support;
