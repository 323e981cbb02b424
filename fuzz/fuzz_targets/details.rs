//! Tables that say what becomes of the details of SIMs.

#![no_main]

use fleet::custom_fields::{Field, FieldKind};
use fleet::ids::FieldId;
use fleet::sim_lists::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|table: &[u8]| {
    fuzzing::details(table, fields());
    // So that the rows are read as well, whatever the first line would have been.
    fuzzing::details(&[b"iccid,name,note,n,d,l\n".as_slice(), table].concat(), fields());
});

fn fields() -> Vec<Field> {
    let kinds = [FieldKind::Text, FieldKind::Number, FieldKind::Date, FieldKind::List];
    let fields = kinds.into_iter().zip(["t", "n", "d", "l"]).zip(1..);
    fields
        .map(|((kind, name), id)| Field {
            id: FieldId(id),
            name: name.to_owned(),
            kind,
            choices: vec!["a".to_owned(), "b".to_owned()],
        })
        .collect()
}
