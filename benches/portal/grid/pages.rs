//! First and far pages: until their rows are there, and as a browser gets them.

use std::collections::BTreeMap;

use diesel::PgConnection;
use fleet::sims::{GridRequest, SimFilter, Sort, Start};

use super::made::Made;
use super::{Asking, TOLD, in_numbers, named, read, timed};
use crate::{median, quantile};

/// What is asked for, and how long it took.
struct Asked {
    name: String,
    page: &'static str,
    /// Until the rows were there, in milliseconds.
    times: Vec<f64>,
    /// Until the page was there that a browser gets, in milliseconds.
    served: Vec<f64>,
}

/// How long one of two things took.
type Taken = fn(&Asked) -> &[f64];

const ROWS: (&str, Taken) = ("until the rows are there", |asked| &asked.times);
const SERVED: (&str, Taken) = ("as a browser gets it", |asked| &asked.served);

/// Says how long pages take, and gives the middle of each by name.
pub(super) fn measure(conn: &mut PgConnection, asking: Asking<'_>) -> anyhow::Result<BTreeMap<String, f64>> {
    let made = asking.made;
    let few = Asking { rounds: 3, ..asking };
    let (mut all, mut plain) = (Vec::new(), Vec::new());
    for what in asking.filters() {
        let filter = SimFilter::from_query(&what)?;
        // From the other end a page is one of the same ranges: enough for one filter.
        let directions: &[bool] = if what.matches('=').count() < 2 { &[false, true] } else { &[false] };
        for sort in Sort::ALL {
            let request = GridRequest { filter: filter.clone(), sort, ..GridRequest::default() };
            if sort != Sort::Iccid && !read(conn, made, &request)?.sorts.contains(&sort) {
                continue;
            }
            for &descending in directions {
                let request = GridRequest { descending, ..request.clone() };
                all.push(asking.ask(conn, &what, "first", &request)?);
                if let Some(deep) = deep(conn, made, &request)? {
                    all.push(asking.ask(conn, &what, "deep", &deep)?);
                }
            }
        }
        // In between, each time when it is warm: everything else is compared with it, and the machine may be busy now and then.
        plain.push(few.ask(conn, "", "first", &GridRequest::default())?);
    }
    for (how, taken) in [ROWS, SERVED] {
        tell(how, taken, &all, &plain);
    }
    Ok(all.into_iter().map(|asked| (asked.name, median(asked.times))).collect())
}

impl Asking<'_> {
    fn ask(
        &self,
        conn: &mut PgConnection,
        what: &str,
        page: &'static str,
        request: &GridRequest,
    ) -> anyhow::Result<Asked> {
        let direction = if request.descending { "desc" } else { "asc" };
        let place = match &request.start {
            Start::After(place) => place.to_text(),
            Start::First | Start::Before(_) => String::new(),
        };
        let sort = request.sort.as_str();
        let address = format!("/fleet?{what}&sort={sort}&dir={direction}&after={place}");
        // PostgreSQL keeps a plan after the fifth time, where one serves all values.
        timed(6, || Ok(read(conn, self.made, request)?))?;
        let times = timed(self.rounds, || Ok(read(conn, self.made, request)?))?;
        // Each of the portal's connections to the database may be the first time.
        timed(3, || self.portal.get(&address, "text/html"))?;
        let served = timed(self.rounds, || self.portal.get(&address, "text/html"))?;
        let name = format!("{} by {sort} {direction} {page}", named(self.made, what));
        Ok(Asked { name, page, times, served })
    }
}

fn tell(how: &str, taken: Taken, all: &[Asked], plain: &[Asked]) {
    let plain = median(plain.iter().map(|asked| median(taken(asked).to_vec())).collect());
    let p50 = |asked: &Asked| median(taken(asked).to_vec());
    println!("  {how}: the plain first page {plain:.2} ms");
    for page in ["first", "deep"] {
        let of_page: Vec<_> = all.iter().filter(|asked| asked.page == page).collect();
        let times: Vec<f64> = of_page.iter().flat_map(|asked| taken(asked).iter().copied()).collect();
        let slow = of_page.iter().filter(|asked| p50(asked) > 3.0 * plain).count();
        println!(
            "    {} {page} pages: {}; {slow} above 3 times the plain one (aim: none)",
            of_page.len(),
            in_numbers(&times)
        );
    }
    let mut slow: Vec<&Asked> = all.iter().filter(|asked| p50(asked) > 3.0 * plain).collect();
    slow.sort_by(|one, other| p50(other).total_cmp(&p50(one)));
    for asked in slow.iter().take(TOLD) {
        let worst = quantile(taken(asked).to_vec(), 1.0);
        println!(
            "    {:>8.2} ms  {:>5.1} times  worst {worst:>8.2}   {}",
            p50(asked),
            p50(asked) / plain,
            asked.name
        );
    }
}

/// A page far from the beginning: near the other end, or after some long pages of a search.
fn deep(conn: &mut PgConnection, made: &Made, request: &GridRequest) -> anyhow::Result<Option<GridRequest>> {
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
