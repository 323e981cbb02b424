//! How a batch of requests is carried out on one pair of connections: stage by stage, all requests at once in each.
//!
//! Every stage can be repeated: what a lost answer leaves half done, the next attempt with the same request ends.

use std::io;
use std::time::Instant;

use super::ctrl::{Ask, Reply};
use super::{Keys, Line};
use crate::network::{Action, Outcome, Request, Services};
use crate::sim_keys::SimKeys;

/// What is said of a subscriber that is there already, and of one that is not.
const EXISTS: &str = "Subscriber already exists.";
const GONE: [&str; 2] = ["Subscriber doesn't exist.", "No such subscriber."];
/// What is said when the register could not do it just now: its disk is full, or its database locked.
const TRY_AGAIN: [&str; 2] = ["Cannot create subscriber.", "An error has occurred."];
/// The beginning of a complaint of the terminal, and of the one that there is no such subscriber.
const COMPLAINT: char = '%';
pub(super) const NOBODY: &str = "% No subscriber for imsi";

/// One request on its way.
struct Course<'a> {
    request: &'a Request,
    outcome: Option<Outcome>,
    /// Whether this attempt has created the subscriber.
    created: bool,
}

/// The requests of a batch on their way, with the connections.
struct Batch<'a> {
    line: &'a mut Line,
    keys: &'a Keys,
    deadline: Instant,
    courses: Vec<Course<'a>>,
}

/// Carries `requests` out, which are for the same `action`. What has no outcome when a connection fails is not known.
pub(super) fn carry_out(
    line: &mut Line,
    action: Action,
    requests: &[&Request],
    keys: &Keys,
    deadline: Instant,
) -> (Vec<Option<Outcome>>, io::Result<()>) {
    let course = |&request| Course { request, outcome: None, created: false };
    let mut batch = Batch { line, keys, deadline, courses: requests.iter().map(course).collect() };
    let went = match action {
        Action::Activate => batch.activate(),
        Action::Suspend => batch.serve(|_| Services::NONE),
        Action::Resume | Action::ChangeOffer => batch.serve(|request| request.services),
        Action::Terminate => batch.terminate(),
        Action::Renumber => batch.renumber(),
    };
    (batch.courses.into_iter().map(|course| course.outcome).collect(), went)
}

impl<'a> Batch<'a> {
    /// A new subscriber is served at once: so it is created, silenced, given its number, and served last, when the
    /// register has been seen to hold what it should.
    fn activate(&mut self) -> io::Result<()> {
        let keys = self.keys;
        for course in self.open().filter(|course| keys.get(&course.request.imsi) == Some(&None)) {
            course.reject("The portal has keys of this SIM that were encrypted with another key.");
        }
        self.ask(
            |request| vec![Ask::Set("subscriber.create".to_owned(), request.imsi.clone())],
            |course, replies| match replies {
                [Reply::Value(_)] => course.created = true,
                [Reply::Error(why)] if why == EXISTS => {}
                replies => course.refuse(replies),
            },
        )?;
        self.ask(
            |request| {
                let number = request.msisdn.as_deref().unwrap_or("none");
                vec![
                    set(request, "ps-enabled", "0"),
                    set(request, "cs-enabled", "0"),
                    set(request, "msisdn", number),
                ]
            },
            Course::refuse,
        )?;
        self.compare(|_| Services::NONE, true)?;
        self.ask(
            |request| {
                let keys = keys.get(&request.imsi).and_then(Option::as_ref);
                keys.map(|keys| authentication(request, keys)).into_iter().collect()
            },
            Course::refuse,
        )?;
        self.ask(
            |request| {
                let on = |service| if service { "1" } else { "0" };
                let services = request.services;
                vec![
                    set(request, "cs-enabled", on(services.circuit)),
                    set(request, "ps-enabled", on(services.packet)),
                ]
            },
            |course, replies| {
                course.refuse(replies);
                if course.outcome.is_none() {
                    course.outcome = Some(Outcome::Done);
                }
            },
        )?;
        self.take_back()
    }

    /// Removes the subscribers that this attempt has created and that were then refused.
    fn take_back(&mut self) -> io::Result<()> {
        let refused =
            |course: &&Course<'_>| course.created && matches!(course.outcome, Some(Outcome::Rejected { .. }));
        let asks: Vec<Ask> =
            self.courses.iter().filter(refused).map(|course| delete(course.request)).collect();
        self.line.ctrl.ask(&asks, self.deadline).map(drop)
    }

    /// Gives subscribers that are served their numbers. One whose number is taken is served as before.
    fn renumber(&mut self) -> io::Result<()> {
        self.ask(
            |request| vec![set(request, "msisdn", request.msisdn.as_deref().unwrap_or("none"))],
            Course::refuse,
        )?;
        self.compare(|request| request.services, true)?;
        for course in self.open() {
            course.outcome = Some(Outcome::Done);
        }
        Ok(())
    }

    /// Changes what is served, over the terminal: so the nodes that are attached learn it.
    fn serve(&mut self, services: impl Fn(&Request) -> Services) -> io::Result<()> {
        self.tell(&services, Course::complain)?;
        self.compare(services, false)?;
        for course in self.open() {
            course.outcome = Some(Outcome::Done);
        }
        Ok(())
    }

    /// Cuts the subscriber off, then removes it. One that is not there is as it should be.
    fn terminate(&mut self) -> io::Result<()> {
        self.tell(
            |_| Services::NONE,
            |course, answer| {
                if answer.starts_with(NOBODY) {
                    course.outcome = Some(Outcome::Done);
                } else {
                    course.complain(answer);
                }
            },
        )?;
        self.ask(
            |request| vec![delete(request)],
            |course, replies| match replies {
                [Reply::Error(why)] if GONE.contains(&why.as_str()) => course.outcome = Some(Outcome::Done),
                replies => {
                    course.refuse(replies);
                    if course.outcome.is_none() {
                        course.outcome = Some(Outcome::Done);
                    }
                }
            },
        )
    }

    /// Reads back what the register holds, and refuses what is not as it should be.
    fn compare(&mut self, services: impl Fn(&Request) -> Services, number: bool) -> io::Result<()> {
        self.ask(
            |request| vec![Ask::Get(variable(request, "info"))],
            |course, replies| match replies {
                [Reply::Value(info)] => {
                    let holds = Info::read(info);
                    let wanted = services(course.request);
                    if holds.services != wanted
                        || (number && holds.msisdn != course.request.msisdn.as_deref())
                    {
                        course.reject("The register holds something else than it was told.");
                    }
                }
                replies => course.refuse(replies),
            },
        )
    }

    /// Asks for each request without an outcome what `asks` says, and hands its replies to `then`.
    fn ask(
        &mut self,
        asks: impl Fn(&Request) -> Vec<Ask>,
        then: impl Fn(&mut Course<'a>, &[Reply]),
    ) -> io::Result<()> {
        let asked: Vec<Vec<Ask>> = self.open().map(|course| asks(course.request)).collect();
        let replies = self.line.ctrl.ask(&asked.concat(), self.deadline)?;
        let mut replies = replies.as_slice();
        for (course, asked) in self.open().zip(&asked) {
            let (own, others) = replies.split_at(asked.len());
            replies = others;
            then(course, own);
        }
        Ok(())
    }

    /// Tells the terminal for each request without an outcome which services there are, and hands the answer to `then`.
    fn tell(
        &mut self,
        services: impl Fn(&Request) -> Services,
        then: impl Fn(&mut Course<'a>, &str),
    ) -> io::Result<()> {
        let command = |course: &mut Course<'_>| {
            let mode = match services(course.request) {
                Services { packet: true, circuit: true } => "cs+ps",
                Services { packet: true, circuit: false } => "ps",
                Services { packet: false, circuit: true } => "cs",
                Services::NONE => "none",
            };
            format!("subscriber imsi {} update network-access-mode {mode}", course.request.imsi)
        };
        let commands: Vec<String> = self.open().map(command).collect();
        let answers = self.line.vty.tell(&commands, self.deadline)?;
        for (course, answer) in self.open().zip(&answers) {
            then(course, answer);
        }
        Ok(())
    }

    fn open(&mut self) -> impl Iterator<Item = &mut Course<'a>> {
        self.courses.iter_mut().filter(|course| course.outcome.is_none())
    }
}

impl Course<'_> {
    /// Takes the first error among `replies` as the outcome.
    fn refuse(&mut self, replies: &[Reply]) {
        for reply in replies {
            let Reply::Error(why) = reply else { continue };
            if TRY_AGAIN.contains(&why.as_str()) {
                self.outcome = Some(Outcome::Unreachable);
            } else {
                self.reject(why);
            }
            return;
        }
    }

    /// Takes a complaint of the terminal as the outcome.
    fn complain(&mut self, answer: &str) {
        if answer.starts_with(NOBODY) {
            self.reject(GONE[1]);
        } else if answer.starts_with(COMPLAINT) {
            self.reject(answer.trim_start_matches([COMPLAINT, ' ']));
        }
    }

    fn reject(&mut self, why: &str) {
        self.outcome = Some(Outcome::Rejected { message: why.to_owned() });
    }
}

/// What the register holds of a subscriber.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Info<'a> {
    pub(super) msisdn: Option<&'a str>,
    pub(super) services: Services,
}

impl<'a> Info<'a> {
    /// Reads lines of a key, a tab and a value. What is missing is not there.
    pub(super) fn read(text: &'a str) -> Self {
        let value = |key: &str| {
            text.lines()
                .filter_map(|line| line.split_once('\t'))
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value)
        };
        let is_on = |key: &str| value(key) == Some("1");
        Self {
            msisdn: value("msisdn").filter(|number| !number.is_empty()),
            services: Services { packet: is_on("nam_ps"), circuit: is_on("nam_cs") },
        }
    }
}

fn variable(request: &Request, name: &str) -> String {
    format!("subscriber.by-imsi-{}.{name}", request.imsi)
}

fn set(request: &Request, name: &str, value: &str) -> Ask {
    Ask::Set(variable(request, name), value.to_owned())
}

/// Milenage for keys with an OPc, and `COMP128v1` for a Ki alone.
fn authentication(request: &Request, keys: &SimKeys) -> Ask {
    match keys.opc() {
        Some(opc) => set(request, "aud3g", &format!("milenage,{},opc,{opc}", keys.ki())),
        None => set(request, "aud2g", &format!("comp128v1,{}", keys.ki())),
    }
}

fn delete(request: &Request) -> Ask {
    Ask::Set("subscriber.delete".to_owned(), request.imsi.clone())
}
