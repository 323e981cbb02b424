//! First and far pages: until their rows are there, and as a browser gets them.

use std::collections::BTreeMap;

use diesel::PgConnection;
use fleet::sims::{GridRequest, SimFilter, Sort, Start};

use super::made::Made;
use super::{Asking, TOLD, in_numbers, named, read, timed};
use crate::{median, quantile};

/// How often a page that seems slow is asked for again, each time after the plain one: the machine may have been busy.
const AGAIN: usize = 3;

/// How many times as long as the plain first page the others may take.
const AIM: f64 = 3.0;

/// How often a page is asked for before its time is taken: PostgreSQL keeps a plan after the fifth time, where one serves all
/// values. One after the other, so that the portal lends the same connection each time.
const SETTLED: usize = 6;

/// Until when the time is taken.
#[derive(Debug, Clone, Copy)]
enum Until {
    Rows,
    Served,
}

impl Until {
    const ALL: [Self; 2] = [Self::Rows, Self::Served];

    fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "until the rows are there",
            Self::Served => "as a browser gets it",
        }
    }
}

/// How long a page took, in milliseconds.
struct Times {
    /// Until the rows were there.
    rows: Vec<f64>,
    /// Until the page was there that a browser gets.
    served: Vec<f64>,
}

impl Times {
    fn of(&self, until: Until) -> &[f64] {
        match until {
            Until::Rows => &self.rows,
            Until::Served => &self.served,
        }
    }

    fn middle(&self, until: Until) -> f64 {
        median(self.of(until).to_vec())
    }
}

/// What was asked for, and how long it took.
struct Asked {
    what: String,
    page: &'static str,
    request: GridRequest,
    times: Times,
    /// How long the plain page took and then this one, each time that it was asked for again.
    again: Vec<[Times; 2]>,
}

impl Asked {
    fn name(&self, made: &Made) -> String {
        let direction = if self.request.descending { "desc" } else { "asc" };
        format!("{} by {} {direction} {}", named(made, &self.what), self.request.sort.as_str(), self.page)
    }

    /// How many times as long as the plain page, when it was asked for again.
    fn ratio_again(&self, until: Until) -> Option<f64> {
        let ratios: Vec<f64> =
            self.again.iter().map(|[plain, this]| this.middle(until) / plain.middle(until)).collect();
        (!ratios.is_empty()).then(|| median(ratios))
    }
}

/// Says how long pages take, and gives the middle of each by name.
pub(super) fn measure(conn: &mut PgConnection, asking: Asking<'_>) -> anyhow::Result<BTreeMap<String, f64>> {
    let made = asking.made;
    let few = Asking { rounds: 3, ..asking };
    let (mut all, mut plain) = (Vec::new(), Vec::new());
    for what in asking.filters() {
        let filter = SimFilter::from_query(&what)?;
        // From the other end a page is one of the same ranges: enough for one filter. A search has one order.
        let is_turned = what.matches('=').count() < 2 && !filter.is_search();
        let directions: &[bool] = if is_turned { &[false, true] } else { &[false] };
        for sort in Sort::ALL {
            let request = GridRequest { filter: filter.clone(), sort, ..GridRequest::default() };
            if sort != Sort::Iccid && !read(conn, made, &request)?.sorts.contains(&sort) {
                continue;
            }
            for &descending in directions {
                let request = GridRequest { descending, ..request.clone() };
                let deep = deep(conn, made, &request)?;
                all.push(asking.asked(conn, &what, "first", request)?);
                if let Some(request) = deep {
                    all.push(asking.asked(conn, &what, "deep", request)?);
                }
            }
        }
        // In between, each time when it is warm: everything else is compared with it, and the machine may be busy now and then.
        plain.push(few.ask_plain(conn)?);
    }
    for what in asking.threes() {
        let request = GridRequest { filter: SimFilter::from_query(&what)?, ..GridRequest::default() };
        all.push(asking.asked(conn, &what, "first", request)?);
        plain.push(few.ask_plain(conn)?);
    }
    let plain = |until| median(plain.iter().map(|times| times.middle(until)).collect());
    for asked in &mut all {
        if Until::ALL.into_iter().any(|until| asked.times.middle(until) > AIM * plain(until)) {
            for _ in 0..AGAIN {
                let plain = few.ask_plain(conn)?;
                asked.again.push([plain, asking.ask(conn, &asked.what, &asked.request)?]);
            }
        }
    }
    for until in Until::ALL {
        tell(made, until, &all, plain(until));
    }
    Ok(all.into_iter().map(|asked| (asked.name(made), asked.times.middle(Until::Rows))).collect())
}

impl Asking<'_> {
    fn asked(
        &self,
        conn: &mut PgConnection,
        what: &str,
        page: &'static str,
        request: GridRequest,
    ) -> anyhow::Result<Asked> {
        let times = self.ask(conn, what, &request)?;
        Ok(Asked { what: what.to_owned(), page, request, times, again: Vec::new() })
    }

    fn ask_plain(&self, conn: &mut PgConnection) -> anyhow::Result<Times> {
        self.ask(conn, "", &GridRequest::default())
    }

    fn ask(&self, conn: &mut PgConnection, what: &str, request: &GridRequest) -> anyhow::Result<Times> {
        let direction = if request.descending { "desc" } else { "asc" };
        let place = match &request.start {
            Start::After(place) => place.to_text(),
            Start::First | Start::Before(_) => String::new(),
        };
        let sort = request.sort.as_str();
        let address = format!("/fleet?{what}&sort={sort}&dir={direction}&after={place}");
        timed(SETTLED, || Ok(read(conn, self.made, request)?))?;
        let rows = timed(self.rounds, || Ok(read(conn, self.made, request)?))?;
        timed(SETTLED, || self.portal.get(&address, "text/html"))?;
        let served = timed(self.rounds, || self.portal.get(&address, "text/html"))?;
        Ok(Times { rows, served })
    }
}

fn tell(made: &Made, until: Until, all: &[Asked], plain: f64) {
    println!("  {}: the plain first page {plain:.2} ms", until.as_str());
    let middle = |asked: &Asked| asked.times.middle(until);
    let again = |asked: &Asked| asked.ratio_again(until).unwrap_or_default();
    let is_slow = |asked: &&Asked| middle(asked) > AIM * plain;
    for page in ["first", "deep"] {
        let of_page: Vec<_> = all.iter().filter(|asked| asked.page == page).collect();
        let times: Vec<f64> =
            of_page.iter().flat_map(|asked| asked.times.of(until).iter().copied()).collect();
        let slow: Vec<_> = of_page.iter().copied().filter(is_slow).collect();
        println!(
            "    {} {page} pages: {}; {} above {AIM} times the plain one (aim: none), {} also when asked for again",
            of_page.len(),
            in_numbers(&times),
            slow.len(),
            slow.iter().filter(|asked| again(asked) > AIM).count()
        );
    }
    let mut slow: Vec<&Asked> = all.iter().filter(is_slow).collect();
    slow.sort_by(|one, other| again(other).total_cmp(&again(one)));
    for asked in slow.iter().take(TOLD) {
        println!(
            "    {:>8.2} ms  {:>5.1} times, again {:>5.1}  worst {:>8.2}   {}",
            middle(asked),
            middle(asked) / plain,
            again(asked),
            quantile(asked.times.of(until).to_vec(), 1.0),
            asked.name(made)
        );
    }
}

/// A page far from the beginning: near the other end, or after some long pages of a search.
pub(super) fn deep(
    conn: &mut PgConnection,
    made: &Made,
    request: &GridRequest,
) -> anyhow::Result<Option<GridRequest>> {
    if !request.filter.is_search() {
        let from_end = GridRequest { descending: true, ..request.clone() };
        let place = read(conn, made, &from_end)?.next;
        return Ok(place.map(|place| GridRequest { start: Start::After(place), ..request.clone() }));
    }
    let mut long = GridRequest { size: 250, ..request.clone() };
    for _ in 0..8 {
        let Some(next) = read(conn, made, &long)?.next else { return Ok(None) };
        long.start = Start::After(next);
    }
    Ok(Some(GridRequest { start: long.start, ..request.clone() }))
}
