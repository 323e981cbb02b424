//! What SIMs authenticate with: kept encrypted, given to the register, shown to nobody.

use fleet::sealing::Sealer;
use fleet::sim_files::{ReadOptions, SimFile};
use fleet::sim_keys::{self, KeyStore, Loaded};

use super::*;

pub(super) const KI: &str = "465b5ce8b199b49faa5f0a2ee238a6bc";
pub(super) const OPC: &str = "cd63cb71954a9f4e48a5994e37a02baf";

/// A fleet of two SIMs with ICCIDs as vendors write them.
pub(super) fn numbered() -> Lab {
    let lab = Lab::new(2);
    lab.fleet.run(
        "UPDATE sims SET iccid = CASE WHEN imsi = (SELECT min(imsi) FROM sims) THEN '89310700000100000017' \
         ELSE '89310700000100000025' END",
    );
    lab
}

/// A fleet of two SIMs whose register gets keys that are encrypted with `key`.
fn lab(key: u8) -> Lab {
    let mut lab = numbered();
    let store = KeyStore::new(Sealer::new(&[key; 32]));
    let networks = Networks::default()
        .with("simulated", Arc::new(Simulated::new(lab.fleet.pool.clone())))
        .with("lab", Arc::new(lab.register.network().with_keys(store)))
        .followed(lab.fleet.pool.clone());
    lab.networks = Arc::new(networks);
    lab
}

fn load(lab: &Lab, text: &str) -> fleet::Result<Loaded> {
    let file = SimFile::open(text.as_bytes(), ReadOptions::default()).unwrap();
    let mut console = lab.fleet.database.console();
    sim_keys::load(&mut console, &Sealer::new(&[1; 32]), file)
}

/// The rows of a vendor's file: the first SIM with Ki and `OPc`, the second with Ki alone, a third that nobody has.
pub(super) fn file(lab: &Lab) -> String {
    let sims = lab.fleet.ask("SELECT string_agg(iccid || ',' || imsi, ';' ORDER BY imsi) FROM sims");
    let (first, second) = sims.split_once(';').unwrap();
    let upper = KI.to_uppercase();
    format!(
        "iccid,imsi,KI,opc\n{first},{KI},{OPC}\n{second},{upper},\n89310700000100000041,262019999999999,{KI},{OPC}\n{first},42,{OPC}\n"
    )
}

pub(super) fn keys_in_register(lab: &Lab) -> Vec<String> {
    let ask = |imsi: String| format!("GET 1 subscriber.by-imsi-{imsi}.info-aud");
    lab.register.ask(&lab.imsis().into_iter().map(ask).collect::<Vec<_>>())
}

#[test]
fn a_register_that_is_to_have_them_gets_the_keys_and_nothing_else_shows_them() {
    let lab = lab(1);
    let text = file(&lab);
    assert_eq!(load(&lab, &text).unwrap(), Loaded { stored: 2, unknown: 1, bad: 1 });
    let clear = format!("SELECT count(*) FROM sim_keys WHERE position(decode('{KI}', 'hex') IN sealed) > 0");
    assert_eq!(lab.fleet.ask(&clear), "0", "what is kept is not the key");
    assert_ne!(
        lab.fleet.ask("SELECT min(encode(sealed, 'hex')) FROM sim_keys"),
        lab.fleet.ask("SELECT max(encode(sealed, 'hex')) FROM sim_keys")
    );
    lab.does(Act::Activate { offer: lab.fleet.global });
    lab.serves_all(true, false);
    let [first, second] = &keys_in_register(&lab)[..] else { panic!("two answers") };
    let (first, second) = (first.to_lowercase(), second.to_lowercase());
    assert!(first.contains("milenage") && first.contains(KI) && first.contains(OPC), "{first}");
    assert!(second.contains("comp128v1") && second.contains(KI), "{second}");
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM tasks WHERE network_message IS NOT NULL"), "0");

    lab.does(Act::Suspend);
    lab.does(Act::Resume);
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM sim_keys"), "2");
    lab.does(Act::Terminate);
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM sim_keys"), "0", "keys go with the SIM");
}

#[test]
fn keys_of_another_key_are_given_to_nobody() {
    let lab = lab(2);
    load(&lab, &file(&lab)).unwrap();
    let number = lab.launch(Act::Activate { offer: lab.fleet.global });
    lab.work();
    assert_ended(&lab.fleet.find(lab.fleet.meridian, number), Outcome::Failed, 0, 2);
    assert_eq!(lab.register.holds(&lab.imsis()), [None, None]);
}

#[test]
fn a_register_that_is_not_to_have_them_gets_none() {
    let lab = numbered();
    load(&lab, &file(&lab)).unwrap();
    lab.does(Act::Activate { offer: lab.fleet.global });
    assert!(keys_in_register(&lab).iter().all(|said| !said.to_lowercase().contains(KI)));
}

#[test]
fn a_file_without_keys_is_refused() {
    let lab = numbered();
    let text = file(&lab).replace("KI", "K_I");
    assert!(load(&lab, &text).unwrap_err().to_string().contains("no column named Ki"));
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM sim_keys"), "0");
}

#[test]
fn what_is_left_of_a_sim_in_inventory_is_removed_and_its_keys_are_kept_for_it() {
    let lab = lab(1);
    load(&lab, &file(&lab)).unwrap();
    let imsis = lab.imsis();
    lab.register.ask(&[format!("SET 1 subscriber.create {}", imsis[0])]);
    lab.does(Act::Mend);
    assert_eq!(lab.register.holds(&imsis), [None, None]);
    assert_eq!(lab.fleet.ask("SELECT count(*) FROM sim_keys"), "2");
}
