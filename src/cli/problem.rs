//! A problem as one sentence on one line, for the person at the terminal.

use anyhow::Error;
use fleet::Error as Domain;

/// What is said of `error`: its own words and, after a colon, those of its cause where they add something.
pub(super) fn sentence(error: &Error) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = one_line(&words_of(cause));
        // Many errors repeat their cause in their own words.
        if !words.last().is_some_and(|last| last.contains(&text)) {
            words.push(text);
        }
    }
    let sentence = words.join(": ");
    if sentence.contains("No space left on device") {
        return format!("there is no space left on the disk ({sentence})");
    }
    sentence
}

fn words_of(cause: &(dyn std::error::Error + 'static)) -> String {
    match cause.downcast_ref::<Domain>() {
        Some(Domain::Invalid { message, .. } | Domain::Refused(message)) => message.to_string(),
        _ => cause.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn causes_follow_on_one_line_and_are_not_repeated() {
        let error = anyhow!("no route\n\tto host").context("cannot connect");
        assert_eq!(sentence(&error), "cannot connect: no route to host");
        let error = anyhow!("no route").context("cannot connect: no route");
        assert_eq!(sentence(&error), "cannot connect: no route");
    }

    #[test]
    fn the_domain_speaks_without_field_names() {
        let error =
            Err::<(), _>(Domain::invalid("email", "Enter an address.")).context("no administrator made");
        assert_eq!(sentence(&error.unwrap_err()), "no administrator made: Enter an address.");
    }

    #[test]
    fn a_full_disk_is_said_first() {
        let error = anyhow!("could not extend file: No space left on device");
        assert!(sentence(&error).starts_with("there is no space left on the disk"));
    }
}
