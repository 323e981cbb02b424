//! Subscribers that are provisioned in an osmo-hlr through the portal, beside a bare client that sends the same requests over
//! as many connections.
//!
//! The register writes each change to its disk before it answers, one at a time: that bounds both.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::ensure;
use diesel::connection::SimpleConnection as _;
use diesel::{QueryableByName, RunQueryDsl as _};
use fleet::testing;

use crate::operations::Bench;
use crate::portal::Portal;
use crate::register::Register;
use crate::world::{Size, World};
use crate::{Effort, median};

const SIMS: i32 = 10_000;
const CONNECTIONS: usize = 4;
/// Requests that are sent before their answers are read: as many as the portal sends.
const WINDOW: usize = 64;

pub(crate) fn measure(effort: Effort) -> anyhow::Result<()> {
    println!("\nactivation of {SIMS} SIMs in an osmo-hlr, over {CONNECTIONS} connections");
    let (mut portal, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        let world = World::build(Size { sims: SIMS, all_in_inventory: true })?;
        world.connect()?.batch_execute("UPDATE offers SET network = 'lab'")?;
        world.settle()?;
        let subscribers = subscribers(&world)?;
        portal.push(by_portal(world)?.as_secs_f64());
        bare.push(by_bare_client(&subscribers)?.as_secs_f64());
    }
    let (portal, bare) = (median(portal), median(bare));
    let rate = |seconds: f64| f64::from(SIMS) / seconds;
    println!(
        "  portal {:>6.0}/s   bare client {:>6.0}/s   ratio {:.2} (aim: at least 0.9)",
        rate(portal),
        rate(bare),
        bare / portal
    );
    Ok(())
}

#[derive(QueryableByName)]
struct Subscriber {
    #[diesel(sql_type = diesel::sql_types::Text)]
    imsi: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    msisdn: String,
}

fn subscribers(world: &World) -> anyhow::Result<Vec<Subscriber>> {
    let sql = "SELECT imsi, coalesce(msisdn, 'none') AS msisdn FROM sims ORDER BY iccid";
    Ok(diesel::sql_query(sql).load(&mut world.connect()?)?)
}

/// From the launch to the last SIM that is done.
fn by_portal(world: World) -> anyhow::Result<Duration> {
    let register = Register::start();
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("networks.toml");
    let address = register.address();
    std::fs::write(
        &file,
        format!(
            "[networks.lab]\nkind = \"osmo-hlr\"\ncontrol = {:?}\nterminal = {:?}\nconnections = {CONNECTIONS}\n",
            address.control, address.terminal
        ),
    )?;
    let portal = Portal::start_with(&world.url, &["--networks", &file.to_string_lossy()])?;
    let offer = testing::number(&mut world.connect()?, "SELECT min(id) AS number FROM offers")?.to_string();
    Bench { portal, world, sims: SIMS }.launch_and_wait(&[("kind", "activate"), ("offer", &offer)])
}

fn by_bare_client(subscribers: &[Subscriber]) -> anyhow::Result<Duration> {
    let register = Register::start();
    let control = register.address().control;
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let shares = subscribers.chunks(subscribers.len().div_ceil(CONNECTIONS));
        let clients: Vec<_> = shares.map(|share| scope.spawn(|| provision(&control, share))).collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().map_err(|_| anyhow::anyhow!("a client broke off"))?)
    })?;
    Ok(begun.elapsed())
}

/// Creates subscribers as the portal does: silenced, numbered, looked at, then served.
fn provision(control: &str, subscribers: &[Subscriber]) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(control)?;
    stream.set_nodelay(true)?;
    let requests = subscribers.iter().flat_map(|Subscriber { imsi, msisdn }| {
        [
            format!("SET 1 subscriber.create {imsi}"),
            format!("SET 1 subscriber.by-imsi-{imsi}.ps-enabled 0"),
            format!("SET 1 subscriber.by-imsi-{imsi}.cs-enabled 0"),
            format!("SET 1 subscriber.by-imsi-{imsi}.msisdn {msisdn}"),
            format!("GET 1 subscriber.by-imsi-{imsi}.info"),
            format!("SET 1 subscriber.by-imsi-{imsi}.cs-enabled 1"),
            format!("SET 1 subscriber.by-imsi-{imsi}.ps-enabled 1"),
        ]
    });
    let requests: Vec<String> = requests.collect();
    for window in requests.chunks(WINDOW) {
        let mut frames = Vec::new();
        for request in window {
            frames.extend(u16::try_from(request.len() + 1)?.to_be_bytes());
            frames.extend([0xee, 0]);
            frames.extend(request.as_bytes());
        }
        stream.write_all(&frames)?;
        for request in window {
            let mut head = [0; 4];
            stream.read_exact(&mut head)?;
            let mut text = vec![0; usize::from(u16::from_be_bytes([head[0], head[1]])).saturating_sub(1)];
            stream.read_exact(&mut text)?;
            ensure!(!text.starts_with(b"ERROR"), "{request}: {}", String::from_utf8_lossy(&text));
        }
    }
    Ok(())
}
