//! The table of all routes: an example request of each, and who may make it.
//!
//! To add a route, add a line: `get` or `post` with the pattern as it stands in the route, and what it takes: each right, or
//! `Member`, or `Anybody`. Then, where needed, what makes the example a valid request: [`Entry`] has a method for each.

use fleet::tenancy::Permission;

use super::entry::{Entry, Takes, get, post};

use Permission::{
    AccountManage, AuditView, ExportsManage, FleetConfigure, FleetView, NetworksView, OffersAssign,
    OperationsCancel, PeopleManage, SecurityManage, SimsEdit, SimsExport, SimsImport, SimsTransfer,
    SubaccountsManage, SubaccountsView, TokensManage, TreeView, ViewsShare,
};
use Takes::{Anybody, Member, Rights};

/// The form of a token.
const TOKEN: &str = "name=Program&days=30&permissions=fleet.view&current=correct+horse+battery";

/// The table.
#[expect(clippy::too_many_lines, reason = "one for each route")]
pub(crate) fn table() -> Vec<Entry> {
    vec![
        get("/health/live", Anybody),
        get("/health/ready", Anybody),
        get("/static/{name:.*}", Anybody).at("<stylesheet>").same_for_strangers(),
        get("/sign-in", Anybody),
        post("/sign-in", Anybody).form("email=<email>&password=<password>").changes_nothing(),
        get("/sign-in/second-factor", Anybody).leads_to_sign_in(),
        post("/sign-in/second-factor", Anybody).form("code=123456").changes_nothing().leads_to_sign_in(),
        post("/sign-in/second-factor/passkey", Anybody)
            .form("answer=%7B%7D")
            .changes_nothing()
            .leads_to_sign_in(),
        post("/sign-in/passkey/challenges", Anybody).changes_nothing(),
        post("/sign-in/passkey", Anybody).form("answer=%7B%7D").changes_nothing().incomplete(),
        post("/sign-in/single-sign-on", Anybody).form("email=<email>").changes_nothing().incomplete(),
        get("/sign-in/single-sign-on/callback", Anybody).leads_to_sign_in(),
        post("/sign-out", Member).needs_no_focus().changes_nothing().leads_to_sign_in(),
        get("/password-links/{token}", Anybody).at("/password-links/<token>").same_for_strangers(),
        post("/password-links/{token}", Anybody)
            .at("/password-links/<token>")
            .form("password=a+new+long+password&repeat=a+new+long+password")
            .same_for_strangers()
            .leads_to_sign_in(),
        get("/password-resets/new", Anybody),
        post("/password-resets", Anybody).form("email=<email>").changes_nothing(),
        get("/account-focus", Member),
        get("/account-focus/choices", Member),
        post("/account-focus", Member).form("account=<company>").needs_no_focus().changes_nothing(),
        get("/", Member).asks("account=<company>"),
        get("/fleet", Rights(&[FleetView]))
            .asks("label=<label>&offer=<offer>&list=<list>&view=<view>&q=<iccid>&account=<company> tree=1&in=<subaccount>"),
        get("/fleet/selection/count", Rights(&[FleetView]))
            .asks("label=<label>&offer=<offer>&list=<list>&q=<iccid> tree=1&in=<subaccount>"),
        get("/grid-layout/edit", Rights(&[FleetView])),
        post("/grid-layout", Rights(&[FleetView]))
            .form("column=imsi&column=name&width-name=200&size=100&density=compact"),
        get("/saved-views", Rights(&[FleetView])),
        post("/saved-views", Rights(&[FleetView])).form("name=Mine&query=state%3Dactive"),
        get("/saved-views/new", Member),
        get("/saved-views/{uid}", Rights(&[FleetView])).at("/saved-views/<view>"),
        post("/saved-views/{uid}", Rights(&[FleetView, ViewsShare]))
            .at("/saved-views/<view>")
            .form("name=Renamed&shared=on"),
        get("/saved-views/{uid}/count", Rights(&[FleetView])).at("/saved-views/<view>/count"),
        get("/saved-views/{uid}/edit", Rights(&[FleetView, ViewsShare])).at("/saved-views/<view>/edit"),
        post("/saved-views/{uid}/default", Rights(&[FleetView]))
            .at("/saved-views/<view>/default")
            .form("default=on"),
        get("/saved-views/{uid}/removal/new", Rights(&[FleetView, ViewsShare]))
            .at("/saved-views/<view>/removal/new"),
        post("/saved-views/{uid}/removal", Rights(&[FleetView, ViewsShare]))
            .at("/saved-views/<view>/removal"),
        get("/search", Rights(&[FleetView])).at("/search?q=<iccid>").same_for_strangers(),
        get("/exports", Rights(&[FleetView, SimsExport])),
        post("/exports/drafts", Rights(&[FleetView, SimsExport]))
            .form("selection=list&sim=<sim>&shown=iccid.name")
            .changes_nothing(),
        post("/exports", Rights(&[FleetView, SimsExport]))
            .form("selection=list&sim=<sim>&shown=iccid.name&columns=all&format=csv"),
        get("/exports/{uid}/file", Rights(&[SimsExport]))
            .at("/exports/<export>/file")
            .hidden_without(ExportsManage),
        post("/exports/{uid}/removal", Rights(&[SimsExport]))
            .at("/exports/<export>/removal")
            .hidden_without(ExportsManage),
        get("/administration/exports", Rights(&[FleetView, SimsExport, ExportsManage])),
        get("/sim-lists/new", Member),
        post("/sim-lists", Rights(&[FleetView])).form("identifiers=262011234567890"),
        get("/sim-details/new", Rights(&[FleetView, SimsEdit])),
        post("/sim-details", Rights(&[FleetView, SimsEdit]))
            .form("identifiers=imsi%2Cname%0A262011234567890%2CMeter"),
        get("/sim-lists/{uid}", Rights(&[FleetView])).at("/sim-lists/<list>"),
        get("/sim-lists/{uid}/sims.csv", Rights(&[FleetView, SimsExport])).at("/sim-lists/<list>/sims.csv"),
        get("/sim-lists/{uid}/leftovers.csv", Rights(&[FleetView])).at("/sim-lists/<list>/leftovers.csv"),
        get("/imports", Rights(&[SimsImport])),
        get("/imports/new", Rights(&[SimsImport])).asks("like=<import>"),
        post("/imports", Rights(&[SimsImport])).form("rows=iccid,imsi%0a8901260881205897720,310260123456789"),
        get("/imports/{uid}", Rights(&[SimsImport])).at("/imports/<import>"),
        get("/imports/{uid}/problems.csv", Rights(&[SimsImport])).at("/imports/<import>/problems.csv"),
        post("/imports/{uid}/operation", Rights(&[SimsImport]))
            .at("/imports/<import>/operation")
            .form("leave_out=on"),
        get("/subaccounts", Rights(&[SubaccountsView])),
        post("/subaccounts", Rights(&[SubaccountsManage])).form("name=Acme&administrators=<administrator>"),
        get("/subaccounts/new", Rights(&[SubaccountsManage])),
        get("/subaccounts/administrators", Rights(&[SubaccountsManage]))
            .asks("q=&after=a&user=<administrator>&administrators=<administrator>"),
        get("/subaccounts/choices", Rights(&[SimsTransfer])),
        get("/transfer-targets/choices", Rights(&[SimsTransfer])),
        get("/people/choices", Rights(&[SubaccountsManage])),
        get("/subaccounts/{uid}", Rights(&[SubaccountsView])).at("/subaccounts/<subaccount>"),
        post("/subaccounts/{uid}", Rights(&[SubaccountsView, SubaccountsManage]))
            .at("/subaccounts/<subaccount>")
            .form("name=Renamed"),
        get("/subaccounts/{uid}/edit", Rights(&[SubaccountsView, SubaccountsManage]))
            .at("/subaccounts/<subaccount>/edit"),
        get("/subaccounts/{uid}/suspension", Rights(&[SubaccountsView, SubaccountsManage]))
            .at("/subaccounts/<subaccount>/suspension"),
        post("/subaccounts/{uid}/suspension", Rights(&[SubaccountsView, SubaccountsManage]))
            .at("/subaccounts/<subaccount>/suspension")
            .form("suspended=true"),
        get("/subaccounts/{uid}/offers", Rights(&[OffersAssign])).at("/subaccounts/<subaccount>/offers"),
        post("/subaccounts/{uid}/offers", Rights(&[OffersAssign]))
            .at("/subaccounts/<subaccount>/offers")
            .form("offer=<offer>"),
        get("/subaccounts/{uid}/offers/choices", Rights(&[SubaccountsView]))
            .at("/subaccounts/<subaccount>/offers/choices"),
        post("/subaccounts/{uid}/offers/{id}/withdrawal", Rights(&[OffersAssign]))
            .at("/subaccounts/<subaccount>/offers/<given>/withdrawal"),
        get("/offers/choices", Rights(&[FleetView])),
        get("/administration/offers", Rights(&[OffersAssign])),
        post("/administration/offers", Rights(&[OffersAssign])).form("name=Fresh&sim_types=mff2"),
        get("/administration/offers/new", Rights(&[OffersAssign])),
        get("/administration/offers/{id}/edit", Rights(&[OffersAssign]))
            .at("/administration/offers/<offer>/edit"),
        post("/administration/offers/{id}", Rights(&[OffersAssign]))
            .at("/administration/offers/<offer>")
            .form("description=Other"),
        get("/labels/choices", Rights(&[FleetView])),
        get("/administration/labels", Rights(&[FleetView, FleetConfigure])),
        post("/administration/labels", Rights(&[FleetConfigure])).form("name=Pilot&colour=teal"),
        get("/administration/labels/new", Rights(&[FleetConfigure])),
        get("/administration/labels/{id}/edit", Rights(&[FleetConfigure]))
            .at("/administration/labels/<label>/edit"),
        post("/administration/labels/{id}", Rights(&[FleetConfigure]))
            .at("/administration/labels/<label>")
            .form("name=Renamed&colour=lime"),
        get("/administration/labels/{id}/removal/new", Rights(&[FleetConfigure]))
            .at("/administration/labels/<label>/removal/new"),
        post("/administration/labels/{id}/removal", Rights(&[FleetConfigure]))
            .at("/administration/labels/<label>/removal"),
        get("/administration/custom-fields/new", Rights(&[FleetConfigure])),
        post("/administration/custom-fields", Rights(&[FleetConfigure])).form("name=Site&kind=text"),
        get("/administration/custom-fields/{id}/edit", Rights(&[FleetConfigure]))
            .at("/administration/custom-fields/<field>/edit"),
        post("/administration/custom-fields/{id}", Rights(&[FleetConfigure]))
            .at("/administration/custom-fields/<field>")
            .form("name=Renamed"),
        post("/administration/custom-fields/{id}/position", Rights(&[FleetConfigure]))
            .at("/administration/custom-fields/<field>/position")
            .form("up=true")
            .changes_nothing(),
        get("/administration/custom-fields/{id}/removal/new", Rights(&[FleetConfigure]))
            .at("/administration/custom-fields/<field>/removal/new"),
        post("/administration/custom-fields/{id}/removal", Rights(&[FleetConfigure]))
            .at("/administration/custom-fields/<field>/removal"),
        get("/profile", Member),
        post("/profile", Member).form("name=Somebody+Else").needs_no_focus(),
        post("/profile/password", Member)
            .form("current=correct+horse+battery&password=a+meter+on+every+wall&repeat=a+meter+on+every+wall")
            .needs_no_focus(),
        get("/profile/sessions", Member),
        post("/profile/sessions/endings", Member)
            .form("session=others&current=correct+horse+battery")
            .needs_no_focus()
            .changes_nothing(),
        get("/profile/single-sign-on", Member),
        post("/profile/single-sign-on/removals", Member).form("current=wrong").needs_no_focus().incomplete(),
        get("/profile/second-factor", Member),
        get("/profile/second-factor/app/new", Member),
        post("/profile/second-factor/app", Member)
            .form("code=123456&current=correct+horse+battery")
            .needs_no_focus()
            .incomplete(),
        post("/profile/second-factor/app/removal", Member)
            .form("current=correct+horse+battery")
            .needs_no_focus()
            .changes_nothing(),
        get("/profile/second-factor/passkeys/new", Member),
        post("/profile/second-factor/passkeys/challenges", Member)
            .form("name=Laptop&current=correct+horse+battery")
            .needs_no_focus()
            .changes_nothing(),
        post("/profile/second-factor/passkeys", Member)
            .form("name=Laptop&answer=%7B%7D")
            .needs_no_focus()
            .incomplete(),
        post("/profile/second-factor/passkeys/removals", Member)
            .form("current=correct+horse+battery")
            .needs_no_focus()
            .incomplete(),
        post("/profile/second-factor/recovery-codes", Member)
            .form("current=correct+horse+battery")
            .needs_no_focus()
            .incomplete(),
        get("/profile/second-factor/proofs/new", Member),
        post("/profile/second-factor/proofs", Member).form("code=123456").needs_no_focus().incomplete(),
        post("/profile/second-factor/proofs/passkey", Member)
            .form("answer=%7B%7D")
            .needs_no_focus()
            .incomplete(),
        get("/administration/audit", Rights(&[AuditView])).asks("person=<email>&subject=<iccid>"),
        get("/administration/audit/file", Rights(&[AuditView])),
        get("/administration/networks", Rights(&[NetworksView])),
        post("/administration/networks/{name}/tests", Rights(&[NetworksView]))
            .at("/administration/networks/simulated/tests")
            .same_for_strangers(),
        post("/networks/{name}/callbacks", Anybody)
            .at("/networks/simulated/callbacks")
            .signed()
            .same_for_strangers(),
        get("/profile/api-tokens", Member),
        post("/profile/api-tokens", Rights(&[FleetView])).form(TOKEN),
        get("/profile/api-tokens/new", Rights(&[FleetView])),
        get("/profile/api-tokens/revocations/new", Member)
            .at("/profile/api-tokens/revocations/new?token=all")
            .same_for_strangers(),
        post("/profile/api-tokens/revocations", Member).form("token=all").changes_nothing(),
        get("/administration/api-tokens", Rights(&[TokensManage])),
        post("/administration/api-tokens", Rights(&[FleetView, TokensManage])).form(TOKEN),
        get("/administration/api-tokens/new", Rights(&[FleetView, TokensManage])),
        get("/administration/api-tokens/{uid}/revocation/new", Rights(&[TokensManage]))
            .at("/administration/api-tokens/<api-token>/revocation/new"),
        post("/administration/api-tokens/{uid}/revocation", Rights(&[TokensManage]))
            .at("/administration/api-tokens/<api-token>/revocation"),
        get("/administration/single-sign-on", Rights(&[SecurityManage])),
        post("/administration/single-sign-on", Rights(Permission::ALL))
            .form("issuer=https%3A%2F%2Fid.example&client_id=portal&newcomers=on&role=viewer&second_factor=told"),
        post("/administration/single-sign-on/tests", Rights(Permission::ALL))
            .form("issuer=http%3A%2F%2F127.0.0.1%3A1")
            .changes_nothing(),
        post("/administration/single-sign-on/removal", Rights(Permission::ALL)),
        get("/administration/security", Rights(&[SecurityManage])),
        post("/administration/security", Rights(&[SecurityManage]))
            .form("idle_minutes=30&hours=12&second_factor=optional"),
        get("/help", Member),
        get("/help/{topic}", Member).at("/help/switch-accounts").same_for_strangers(),
        get("/administration", Rights(&[AccountManage])),
        post("/administration", Rights(&[AccountManage])).form("colour=teal"),
        get("/administration/users", Rights(&[PeopleManage])),
        get("/administration/invitations", Rights(&[PeopleManage])),
        post("/administration/invitations", Rights(&[PeopleManage]))
            .form("email=zoe@zoe.example&role=viewer"),
        get("/administration/invitations/new", Rights(&[PeopleManage])),
        post("/administration/invitations/{uid}/resending", Rights(&[PeopleManage]))
            .at("/administration/invitations/<invitation>/resending"),
        get("/administration/invitations/{uid}/revocation/new", Rights(&[PeopleManage]))
            .at("/administration/invitations/<invitation>/revocation/new"),
        post("/administration/invitations/{uid}/revocation", Rights(&[PeopleManage]))
            .at("/administration/invitations/<invitation>/revocation"),
        get("/invitations/{token}", Anybody).at("/invitations/<invited>").same_for_strangers(),
        post("/invitations/{token}/person", Anybody)
            .at("/invitations/<invited>/person")
            .form("name=Ida&password=a+new+long+password&repeat=a+new+long+password")
            .same_for_strangers()
            .leads_to_sign_in(),
        post("/invitations/{token}/acceptance", Anybody)
            .at("/invitations/<invited>/acceptance")
            .same_for_strangers()
            .changes_nothing(),
        get("/administration/users/{id}/edit", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/edit"),
        post("/administration/users/{id}", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>")
            .form("role=operator"),
        get("/administration/users/{id}/rights", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/rights"),
        get("/administration/profiles", Rights(&[PeopleManage])),
        post("/administration/profiles", Rights(&[PeopleManage])).form("name=Desk&permissions=fleet.view"),
        get("/administration/profiles/new", Rights(&[PeopleManage])),
        get("/administration/profiles/{id}/edit", Rights(&[PeopleManage]))
            .at("/administration/profiles/<profile>/edit"),
        post("/administration/profiles/{id}", Rights(&[PeopleManage]))
            .at("/administration/profiles/<profile>")
            .form("name=Renamed&permissions=fleet.view"),
        get("/administration/profiles/{id}/removal/new", Rights(&[PeopleManage]))
            .at("/administration/profiles/<profile>/removal/new"),
        post("/administration/profiles/{id}/removal", Rights(&[PeopleManage]))
            .at("/administration/profiles/<profile>/removal"),
        get("/administration/rights", Rights(&[PeopleManage]))
            .at("/administration/rights?role=viewer")
            .same_for_strangers(),
        get("/administration/users/{id}/removal/new", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/removal/new"),
        post("/administration/users/{id}/removal", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/removal"),
        get("/administration/users/{id}/password-link/new", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/password-link/new"),
        post("/administration/users/{id}/password-link", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/password-link"),
        get("/start/activations", Rights(&[FleetView])),
        get("/start/finished", Rights(&[FleetView])),
        get("/start/fleet", Rights(&[FleetView])),
        get("/start/layout/edit", Member),
        post("/start/layout", Member).form("widget=views&widget=fleet"),
        post("/start/layout/changes", Member).form("widget=fleet&change=remove"),
        get("/administration/users/{id}/sessions/endings/new", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/sessions/endings/new"),
        post("/administration/users/{id}/sessions/endings", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/sessions/endings"),
        get("/administration/users/{id}/second-factor/removal/new", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/second-factor/removal/new"),
        post("/administration/users/{id}/second-factor/removal", Rights(&[PeopleManage]))
            .at("/administration/users/<colleague>/second-factor/removal"),
        get("/start/operations", Rights(&[FleetView])),
        get("/start/subaccounts", Rights(&[SubaccountsView])),
        get("/start/transfer", Member),
        post("/start/transfer", Rights(&[FleetView, SimsTransfer])).form("identifiers=262011234567890"),
        get("/messages", Member),
        post("/messages/reading", Member).form("up_to=9223372036854775807"),
        get("/operations", Rights(&[FleetView])).asks("after=<operation>&before=<running>"),
        get("/operations/running", Member),
        post("/operations/drafts", Rights(&[FleetView, SimsTransfer]))
            .form("kind=transfer&selection=list&sim=<sim>")
            .changes_nothing(),
        post("/operations/preview", Rights(&[FleetView, SimsTransfer]))
            .form("kind=transfer&selection=list&sim=<sim>&target=<subaccount>")
            .changes_nothing(),
        post("/operations/preview/lists", Rights(&[SimsTransfer]))
            .form("kind=transfer&selection=list&sim=<sim>&target=<subaccount>&group=change"),
        post("/operations", Rights(&[FleetView, SimsTransfer]))
            .form("kind=transfer&selection=list&sim=<sim>&target=<subaccount>"),
        get("/operations/{number}", Rights(&[FleetView]))
            .at("/operations/<operation>")
            .asks("iccid=<iccid>&after=<sim>"),
        get("/operations/{number}/progress", Rights(&[FleetView])).at("/operations/<operation>/progress"),
        get("/operations/{number}/retry", Rights(&[FleetView, SimsTransfer]))
            .at("/operations/<operation>/retry"),
        get("/operations/{number}/failures.csv", Rights(&[FleetView, SimsExport]))
            .at("/operations/<operation>/failures.csv"),
        get("/operations/{number}/results.csv", Rights(&[FleetView, SimsExport]))
            .at("/operations/<operation>/results.csv"),
        post("/operations/{number}/assignment", Rights(&[FleetView, SimsTransfer, OffersAssign]))
            .at("/operations/<operation>/assignment")
            .form("launch_key=01980000-0000-7000-8000-000000000001"),
        get("/operations/{number}/recall", Rights(&[FleetView, SimsTransfer]))
            .at("/operations/<operation>/recall"),
        get("/operations/{number}/cancellation", Rights(&[FleetView, OperationsCancel]))
            .at("/operations/<running>/cancellation"),
        post("/operations/{number}/cancellation", Rights(&[OperationsCancel]))
            .at("/operations/<running>/cancellation"),
        get("/operations/{number}/schedule", Rights(&[FleetView, SimsTransfer]))
            .at("/operations/<waiting>/schedule"),
        post("/operations/{number}/schedule", Rights(&[FleetView, SimsTransfer]))
            .at("/operations/<waiting>/schedule")
            .form("start=now"),
        post("/operations/{number}/resumption", Rights(&[OperationsCancel]))
            .at("/operations/<paused>/resumption"),
        get("/time-zones/choices", Member),
        get("/tree/accounts/choices", Rights(&[TreeView])),
        get("/tree/targets/choices", Rights(&[FleetView, SimsTransfer, TreeView])),
        get("/tree/offers/choices", Rights(&[TreeView])),
        post("/tree/drafts", Rights(&[TreeView]))
            .form("kind=suspend&selection=list&sim=<active>&filter=tree%3D1")
            .changes_nothing(),
        post("/tree/preview", Rights(&[TreeView]))
            .form("kind=transfer&selection=list&sim=<sim>&target=<subaccount>&filter=tree%3D1")
            .changes_nothing(),
        post("/tree/operations", Rights(&[TreeView]))
            .form("kind=suspend&selection=list&sim=<active>&filter=tree%3D1&into=<company>"),
        get("/sims/{iccid}", Rights(&[FleetView])).at("/sims/<iccid>").asks("after=<operation>"),
        get("/sims/{iccid}/renewal", Rights(&[FleetView])).at("/sims/<iccid>/renewal"),
        post("/sims/{iccid}", Rights(&[FleetView, SimsEdit]))
            .at("/sims/<iccid>")
            .form("name=Pump&label=<label>&field=<field>&field_value=7"),
        get("/sims/{iccid}/edit", Rights(&[FleetView, SimsEdit])).at("/sims/<iccid>/edit"),
    ]
}
