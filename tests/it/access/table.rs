//! The table of all routes: an example request of each, and who may make it.
//!
//! To add a route, add a line: `get` or `post` with the pattern as it stands in the route, and the
//! lowest who may. Then, where needed, what makes the example a valid request:
//!
//! - `.at("/sims/<iccid>")`: an address, where the pattern has a `{placeholder}`. The words in
//!   `<...>` are listed in `world.rs`: `Side::make` gives them their ids;
//! - `.form("name=Acme&administrators=<administrator>")`: the form of a POST;
//! - `.changes_nothing()`: a POST that answers but writes nothing to the database, such as a preview;
//! - `.needs_no_focus()`: a POST that acts for the person rather than for the company in focus;
//! - `.leads_to_sign_in()`: a POST after which the sign-in page is shown;
//! - `.incomplete()`: a POST that takes a code of the moment, which no example has: it is answered with 422;
//! - `.same_for_strangers()`: the address is no company's, so that a stranger gets what it says.

use reqwest::Method;

/// The lowest who may make a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lowest {
    /// Everybody, signed in or not.
    Nobody,
    /// Whoever is signed in as a member of the company.
    Viewer,
    /// An operator of the company.
    Operator,
    /// An administrator of the company.
    Administrator,
}

use Lowest::{Administrator, Nobody, Operator, Viewer};

/// A line of the table.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one exception from what holds for most routes")]
pub(crate) struct Entry {
    pub(crate) method: Method,
    pub(crate) pattern: &'static str,
    pub(crate) lowest: Lowest,
    pub(crate) at: &'static str,
    pub(crate) form: &'static str,
    pub(crate) changes: bool,
    pub(crate) needs_focus: bool,
    pub(crate) hidden_from_strangers: bool,
    pub(crate) leads_to_sign_in: bool,
    pub(crate) incomplete: bool,
}

/// The table.
#[expect(clippy::too_many_lines, reason = "one for each route")]
pub(crate) fn table() -> Vec<Entry> {
    vec![
        get("/health/live", Nobody),
        get("/health/ready", Nobody),
        get("/static/{name:.*}", Nobody).at("<stylesheet>").same_for_strangers(),
        get("/sign-in", Nobody),
        post("/sign-in", Nobody).form("email=<email>&password=<password>").changes_nothing(),
        get("/sign-in/second-factor", Nobody).leads_to_sign_in(),
        post("/sign-in/second-factor", Nobody).form("code=123456").changes_nothing().leads_to_sign_in(),
        post("/sign-out", Viewer).needs_no_focus().changes_nothing().leads_to_sign_in(),
        get("/password-links/{token}", Nobody).at("/password-links/<token>").same_for_strangers(),
        post("/password-links/{token}", Nobody)
            .at("/password-links/<token>")
            .form("password=a+new+long+password&repeat=a+new+long+password")
            .same_for_strangers()
            .leads_to_sign_in(),
        get("/password-resets/new", Nobody),
        post("/password-resets", Nobody).form("email=<email>").changes_nothing(),
        get("/account-focus", Viewer),
        get("/account-focus/choices", Viewer),
        post("/account-focus", Viewer).form("account=<company>").needs_no_focus().changes_nothing(),
        get("/", Viewer),
        get("/fleet", Viewer),
        get("/fleet/selection/count", Viewer),
        get("/grid-layout/edit", Viewer),
        post("/grid-layout", Viewer).form("column=imsi&column=name&width-name=200&size=100&density=compact"),
        get("/saved-views", Viewer),
        post("/saved-views", Viewer).form("name=Mine&query=state%3Dactive"),
        get("/saved-views/new", Viewer),
        get("/saved-views/{uid}", Viewer).at("/saved-views/<view>"),
        post("/saved-views/{uid}", Operator).at("/saved-views/<view>").form("name=Renamed&shared=on"),
        get("/saved-views/{uid}/edit", Operator).at("/saved-views/<view>/edit"),
        post("/saved-views/{uid}/default", Viewer).at("/saved-views/<view>/default").form("default=on"),
        get("/saved-views/{uid}/removal/new", Operator).at("/saved-views/<view>/removal/new"),
        post("/saved-views/{uid}/removal", Operator).at("/saved-views/<view>/removal"),
        get("/search", Viewer).at("/search?q=meter").same_for_strangers(),
        get("/exports", Operator),
        post("/exports/drafts", Operator).form("selection=list&sim=<sim>&shown=iccid.name").changes_nothing(),
        post("/exports", Operator).form("selection=list&sim=<sim>&shown=iccid.name&columns=all&format=csv"),
        get("/exports/{uid}/file", Operator).at("/exports/<export>/file"),
        post("/exports/{uid}/removal", Operator).at("/exports/<export>/removal"),
        get("/administration/exports", Administrator),
        get("/sim-lists/new", Viewer),
        post("/sim-lists", Viewer).form("identifiers=262011234567890"),
        get("/sim-lists/{uid}", Viewer).at("/sim-lists/<list>"),
        get("/sim-lists/{uid}/sims.csv", Viewer).at("/sim-lists/<list>/sims.csv"),
        get("/sim-lists/{uid}/leftovers.csv", Viewer).at("/sim-lists/<list>/leftovers.csv"),
        get("/imports", Administrator),
        get("/imports/new", Administrator),
        post("/imports", Administrator).form("rows=iccid,imsi%0a8901260881205897720,310260123456789"),
        get("/imports/{uid}", Administrator).at("/imports/<import>"),
        get("/imports/{uid}/problems.csv", Administrator).at("/imports/<import>/problems.csv"),
        post("/imports/{uid}/operation", Administrator)
            .at("/imports/<import>/operation")
            .form("leave_out=on"),
        get("/subaccounts", Viewer),
        post("/subaccounts", Administrator).form("name=Acme&administrators=<administrator>"),
        get("/subaccounts/new", Administrator),
        get("/subaccounts/choices", Operator),
        get("/transfer-targets/choices", Operator),
        get("/people/choices", Administrator),
        get("/subaccounts/{uid}", Viewer).at("/subaccounts/<subaccount>"),
        post("/subaccounts/{uid}", Administrator).at("/subaccounts/<subaccount>").form("name=Renamed"),
        get("/subaccounts/{uid}/edit", Administrator).at("/subaccounts/<subaccount>/edit"),
        get("/subaccounts/{uid}/suspension", Administrator).at("/subaccounts/<subaccount>/suspension"),
        post("/subaccounts/{uid}/suspension", Administrator)
            .at("/subaccounts/<subaccount>/suspension")
            .form("suspended=true"),
        get("/subaccounts/{uid}/offers", Administrator).at("/subaccounts/<subaccount>/offers"),
        post("/subaccounts/{uid}/offers", Administrator)
            .at("/subaccounts/<subaccount>/offers")
            .form("offer=<offer>"),
        get("/subaccounts/{uid}/offers/choices", Viewer).at("/subaccounts/<subaccount>/offers/choices"),
        post("/subaccounts/{uid}/offers/{id}/withdrawal", Administrator)
            .at("/subaccounts/<subaccount>/offers/<given>/withdrawal"),
        get("/offers/choices", Viewer),
        get("/administration/offers", Administrator),
        post("/administration/offers", Administrator).form("name=Fresh&sim_types=mff2"),
        get("/administration/offers/new", Administrator),
        get("/administration/offers/{id}/edit", Administrator).at("/administration/offers/<offer>/edit"),
        post("/administration/offers/{id}", Administrator)
            .at("/administration/offers/<offer>")
            .form("description=Other"),
        get("/labels/choices", Viewer),
        get("/administration/labels", Administrator),
        post("/administration/labels", Administrator).form("name=Pilot&colour=teal"),
        get("/administration/labels/new", Administrator),
        get("/administration/labels/{id}/edit", Administrator).at("/administration/labels/<label>/edit"),
        post("/administration/labels/{id}", Administrator)
            .at("/administration/labels/<label>")
            .form("name=Renamed&colour=lime"),
        get("/administration/labels/{id}/removal/new", Administrator)
            .at("/administration/labels/<label>/removal/new"),
        post("/administration/labels/{id}/removal", Administrator)
            .at("/administration/labels/<label>/removal"),
        get("/administration/custom-fields/new", Administrator),
        post("/administration/custom-fields", Administrator).form("name=Site&kind=text"),
        get("/administration/custom-fields/{id}/edit", Administrator)
            .at("/administration/custom-fields/<field>/edit"),
        post("/administration/custom-fields/{id}", Administrator)
            .at("/administration/custom-fields/<field>")
            .form("name=Renamed"),
        post("/administration/custom-fields/{id}/position", Administrator)
            .at("/administration/custom-fields/<field>/position")
            .form("up=true")
            .changes_nothing(),
        get("/administration/custom-fields/{id}/removal/new", Administrator)
            .at("/administration/custom-fields/<field>/removal/new"),
        post("/administration/custom-fields/{id}/removal", Administrator)
            .at("/administration/custom-fields/<field>/removal"),
        get("/profile", Viewer),
        post("/profile", Viewer).form("name=Somebody+Else").needs_no_focus(),
        post("/profile/password", Viewer)
            .form("current=correct+horse+battery&password=a+meter+on+every+wall&repeat=a+meter+on+every+wall")
            .needs_no_focus(),
        get("/profile/sessions", Viewer),
        post("/profile/sessions/endings", Viewer)
            .form("session=others&current=correct+horse+battery")
            .needs_no_focus()
            .changes_nothing(),
        get("/profile/second-factor", Viewer),
        get("/profile/second-factor/app/new", Viewer),
        post("/profile/second-factor/app", Viewer)
            .form("code=123456&current=correct+horse+battery")
            .needs_no_focus()
            .incomplete(),
        post("/profile/second-factor/app/removal", Viewer)
            .form("current=correct+horse+battery")
            .needs_no_focus()
            .changes_nothing(),
        post("/profile/second-factor/recovery-codes", Viewer)
            .form("current=correct+horse+battery")
            .needs_no_focus()
            .incomplete(),
        get("/administration/security", Administrator),
        post("/administration/security", Administrator)
            .form("idle_minutes=30&hours=12&second_factor=optional"),
        get("/help", Viewer),
        get("/help/{topic}", Viewer).at("/help/switch-accounts").same_for_strangers(),
        get("/administration", Administrator),
        post("/administration", Administrator).form("colour=teal"),
        get("/administration/users", Administrator),
        get("/administration/invitations", Administrator),
        post("/administration/invitations", Administrator).form("email=zoe@zoe.example&role=viewer"),
        get("/administration/invitations/new", Administrator),
        post("/administration/invitations/{uid}/resending", Administrator)
            .at("/administration/invitations/<invitation>/resending"),
        get("/administration/invitations/{uid}/revocation/new", Administrator)
            .at("/administration/invitations/<invitation>/revocation/new"),
        post("/administration/invitations/{uid}/revocation", Administrator)
            .at("/administration/invitations/<invitation>/revocation"),
        get("/invitations/{token}", Nobody).at("/invitations/<invited>").same_for_strangers(),
        post("/invitations/{token}/person", Nobody)
            .at("/invitations/<invited>/person")
            .form("name=Ida&password=a+new+long+password&repeat=a+new+long+password")
            .same_for_strangers()
            .leads_to_sign_in(),
        post("/invitations/{token}/acceptance", Nobody)
            .at("/invitations/<invited>/acceptance")
            .same_for_strangers()
            .changes_nothing(),
        get("/administration/users/{id}/edit", Administrator).at("/administration/users/<colleague>/edit"),
        post("/administration/users/{id}", Administrator)
            .at("/administration/users/<colleague>")
            .form("role=operator"),
        get("/administration/users/{id}/removal/new", Administrator)
            .at("/administration/users/<colleague>/removal/new"),
        post("/administration/users/{id}/removal", Administrator)
            .at("/administration/users/<colleague>/removal"),
        get("/administration/users/{id}/password-link/new", Administrator)
            .at("/administration/users/<colleague>/password-link/new"),
        post("/administration/users/{id}/password-link", Administrator)
            .at("/administration/users/<colleague>/password-link"),
        get("/start/finished", Viewer),
        get("/start/layout/edit", Viewer),
        post("/start/layout", Viewer).form("widget=views&widget=fleet"),
        get("/administration/users/{id}/second-factor/removal/new", Administrator)
            .at("/administration/users/<colleague>/second-factor/removal/new"),
        post("/administration/users/{id}/second-factor/removal", Administrator)
            .at("/administration/users/<colleague>/second-factor/removal"),
        get("/start/operations", Viewer),
        get("/start/transfer", Viewer),
        post("/start/transfer", Operator).form("identifiers=262011234567890"),
        get("/messages", Viewer),
        post("/messages/reading", Viewer).form("up_to=9223372036854775807"),
        get("/operations", Viewer),
        get("/operations/running", Viewer),
        post("/operations/drafts", Operator).form("kind=transfer&selection=list&sim=<sim>").changes_nothing(),
        post("/operations/preview", Operator)
            .form("kind=transfer&selection=list&sim=<sim>&target=<subaccount>")
            .changes_nothing(),
        post("/operations/preview/lists", Operator)
            .form("kind=transfer&selection=list&sim=<sim>&target=<subaccount>&group=change"),
        post("/operations", Operator).form("kind=transfer&selection=list&sim=<sim>&target=<subaccount>"),
        get("/operations/{number}", Viewer).at("/operations/<operation>"),
        get("/operations/{number}/progress", Viewer).at("/operations/<operation>/progress"),
        get("/operations/{number}/retry", Operator).at("/operations/<operation>/retry"),
        get("/operations/{number}/failures.csv", Viewer).at("/operations/<operation>/failures.csv"),
        get("/operations/{number}/results.csv", Viewer).at("/operations/<operation>/results.csv"),
        post("/operations/{number}/assignment", Administrator)
            .at("/operations/<operation>/assignment")
            .form("launch_key=01980000-0000-7000-8000-000000000001"),
        get("/operations/{number}/recall", Operator).at("/operations/<operation>/recall"),
        get("/operations/{number}/cancellation", Operator).at("/operations/<running>/cancellation"),
        post("/operations/{number}/cancellation", Operator).at("/operations/<running>/cancellation"),
        get("/operations/{number}/schedule", Operator).at("/operations/<waiting>/schedule"),
        post("/operations/{number}/schedule", Operator)
            .at("/operations/<waiting>/schedule")
            .form("start=now"),
        post("/operations/{number}/resumption", Operator).at("/operations/<paused>/resumption"),
        get("/time-zones/choices", Viewer),
        get("/tree/accounts/choices", Administrator),
        get("/tree/targets/choices", Administrator),
        get("/tree/offers/choices", Administrator),
        post("/tree/drafts", Administrator)
            .form("kind=suspend&selection=list&sim=<active>&filter=tree%3D1")
            .changes_nothing(),
        post("/tree/preview", Administrator)
            .form("kind=transfer&selection=list&sim=<sim>&target=<subaccount>&filter=tree%3D1")
            .changes_nothing(),
        post("/tree/operations", Administrator)
            .form("kind=suspend&selection=list&sim=<active>&filter=tree%3D1&into=<company>"),
        get("/sims/{iccid}", Viewer).at("/sims/<iccid>"),
        get("/sims/{iccid}/renewal", Viewer).at("/sims/<iccid>/renewal"),
        post("/sims/{iccid}", Operator)
            .at("/sims/<iccid>")
            .form("name=Pump&label=<label>&field=<field>&field_value=7"),
        get("/sims/{iccid}/edit", Operator).at("/sims/<iccid>/edit"),
    ]
}

fn get(pattern: &'static str, lowest: Lowest) -> Entry {
    Entry {
        method: Method::GET,
        pattern,
        lowest,
        at: pattern,
        form: "",
        changes: false,
        needs_focus: false,
        hidden_from_strangers: false,
        leads_to_sign_in: false,
        incomplete: false,
    }
}

fn post(pattern: &'static str, lowest: Lowest) -> Entry {
    let open = lowest == Nobody;
    Entry { method: Method::POST, changes: true, needs_focus: !open, ..get(pattern, lowest) }
}

impl Entry {
    fn at(mut self, at: &'static str) -> Self {
        self.at = at;
        self.hidden_from_strangers = true;
        self
    }

    fn form(mut self, form: &'static str) -> Self {
        self.form = form;
        self
    }

    fn changes_nothing(mut self) -> Self {
        self.changes = false;
        self
    }

    fn needs_no_focus(mut self) -> Self {
        self.needs_focus = false;
        self
    }

    fn leads_to_sign_in(mut self) -> Self {
        self.leads_to_sign_in = true;
        self
    }

    fn incomplete(mut self) -> Self {
        self.incomplete = true;
        self.changes = false;
        self
    }

    fn same_for_strangers(mut self) -> Self {
        self.hidden_from_strangers = false;
        self
    }

    /// How it is named in messages.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }

    /// Whether its example names records of a company, in its address or in its form.
    pub(crate) fn names_records(&self) -> bool {
        self.hidden_from_strangers || self.form.contains('<')
    }
}
