//! What people type into forms, and programs send as the key of a token.

#![no_main]

use fleet::api_tokens::Key;
use fleet::companies::{ExternalId, Name};
use fleet::labels::NewLabel;
use fleet::operations::Moment;
use fleet::passwords::NewPassword;
use fleet::people::Email;
use fleet::single_sign_on::Domain;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (text, other) = input;
    if let Ok(name) = Name::parse("name", text) {
        assert_eq!(Name::parse("name", name.as_str()).ok().as_ref(), Some(&name));
    }
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()).ok().as_ref(), Some(&email));
    }
    drop(ExternalId::parse("external_id", text));
    drop(NewLabel::parse(text, other));
    drop(Domain::parse(text));
    drop(NewPassword::parse(text, &[other]));
    drop(Moment::parse(text, other));
    drop(Moment::parse(text, "Europe/Vienna"));
    if let Some(key) = Key::parse(text) {
        assert_eq!(key.expose(), text);
    }
});
