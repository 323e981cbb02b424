//! Keys of SIMs stand in no log, on no page and in no file: not even when everything is logged that can be.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use fleet::operations::{Act, Outcome};
use fleet::tenancy::Role;
use tempfile::TempDir;

use super::Lab;
use super::keys::{KI, OPC, file, keys_in_register, numbered};
use crate::cli::simyard;
use crate::cluster::eventually;
use crate::operations::fixture::everything;
use crate::support::{Client, PASSWORD, Process};

/// More pages than there are.
const PAGES: usize = 300;

/// What an installation has beside its database.
struct Installation {
    directory: TempDir,
    lab: Lab,
}

impl Installation {
    fn new() -> Self {
        let (directory, lab) = (tempfile::tempdir().unwrap(), numbered());
        let key = directory.path().join("key");
        fs::write(&key, "17".repeat(32)).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        let networks = fs::read_to_string(lab.register.networks_file().path()).unwrap();
        fs::write(directory.path().join("networks.toml"), networks + "keys = true\n").unwrap();
        fs::write(directory.path().join("vendor.csv"), file(&lab)).unwrap();
        Self { directory, lab }
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    /// The program, which says all that it can, and says it in the file `log`.
    fn command(&self, arguments: &[&str], log: &str) -> Command {
        let mut command = simyard(arguments);
        let log = File::create(self.directory.path().join(log)).unwrap();
        command
            .env("DATABASE_URL", &self.lab.fleet.database.url)
            .env("SIMYARD_KEY_FILE", self.path("key"))
            .env("SIMYARD_LOG", "trace")
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command
    }

    fn said(&self, log: &str) -> String {
        fs::read_to_string(self.directory.path().join(log)).unwrap()
    }

    /// The portal with its worker, and its address.
    fn serve(&self) -> (Process, String) {
        let networks = self.path("networks.toml");
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--networks", &networks];
        let portal = Process::start(self.command(&arguments, "serve.log"));
        let address = eventually("learn where it is", || {
            let said = self.said("serve.log");
            let (_, address) = said.split_once("http://127.0.0.1:")?;
            let (port, _) = address.split_once('\n')?;
            Some(format!("http://127.0.0.1:{}", port.trim()))
        });
        (portal, address)
    }
}

fn holds_a_key(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains(KI) || text.contains(OPC)
}

/// Goes to every address that pages lead to from the start page, whatever its query, and looks for keys there.
async fn looks_everywhere(client: &Client) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec!["/".to_owned()];
    while let Some(path) = open.pop() {
        let place = path.split(['?', '#']).next().unwrap_or_default();
        if place.starts_with("/static/") || !seen.insert(place.to_owned()) {
            continue;
        }
        assert!(seen.len() < PAGES, "there is no end of pages at {path}");
        let page = client.get(&path).await;
        assert!(!holds_a_key(&page.body), "{path}");
        for (selector, attribute) in [("[href]", "href"), ("[hx-get]", "hx-get"), ("[src]", "src")] {
            let own = |to: &String| to.starts_with('/') && !to.starts_with("//");
            open.extend(page.attributes(selector, attribute).into_iter().filter(own));
        }
    }
    seen
}

#[actix_web::test]
async fn no_log_no_page_and_no_download_shows_a_key() {
    let installation = Installation::new();
    let lab = &installation.lab;
    let vendor = installation.path("vendor.csv");
    let loaded = installation.command(&["load-keys", &vendor], "load.log").status().unwrap();
    assert!(loaded.success(), "{}", installation.said("load.log"));
    // Whoever imports the file with the keys by mistake shows them to nobody, either.
    let import = ["import-sims", &vendor, "--company", "Meridian", "--skip-bad"];
    let _ = installation.command(&import, "import.log").status().unwrap();

    let (portal, address) = installation.serve();
    let number =
        lab.fleet.launch(lab.fleet.meridian, Act::Activate { offer: lab.fleet.global }, everything());
    let ended = || lab.fleet.find(lab.fleet.meridian, number).summary.outcome();
    assert_eq!(eventually("see them activated", ended), Outcome::Succeeded);
    let given = keys_in_register(lab);
    assert_eq!(given.iter().filter(|said| holds_a_key(said)).count(), 2, "the register has them: {given:?}");

    lab.fleet.database.member("vera@meridian.example", lab.fleet.id(lab.fleet.meridian), Role::Administrator);
    let mut vera = Client::new(&address);
    vera.sign_in("vera@meridian.example", PASSWORD).await;
    let form = [("kind", "export"), ("selection", "matching"), ("columns", "all"), ("format", "csv")];
    let answer = vera.post("/exports", &form).await;
    let export = vera.get(answer.header("hx-redirect")).await;
    assert!(export.body.contains(&lab.imsis()[0]) && !holds_a_key(&export.body), "{}", export.body);
    let seen = looks_everywhere(&vera).await;
    for part in ["/sims/", "/operations/", "/administration/networks", "/administration/audit", "/start"] {
        assert!(seen.iter().any(|path| path.contains(part)), "{part} is among what was looked at: {seen:?}");
    }
    drop(portal);
    for log in ["load.log", "import.log", "serve.log"] {
        let said = installation.said(log);
        assert!(!holds_a_key(&said), "{log}");
    }
    assert!(installation.said("serve.log").contains("TRACE"), "all was logged");
    let dump = Command::new("pg_dump").arg(&lab.fleet.database.url).output();
    let dump = String::from_utf8(dump.unwrap().stdout).unwrap();
    assert!(dump.contains("COPY public.sim_keys") && !holds_a_key(&dump), "the database");
}
