//! Every route of the portal: the nouns add theirs here, through [`Routes`], which keeps the list
//! that the access table test goes through.

use std::path::Path;
use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, FromRequest, Handler, Responder, guard};

use crate::web::assets;
use crate::{
    account_details, account_focus, api_tokens, audit, custom_fields, exports, fleet, grid_layouts, health,
    help, imports, invitations, labels, messages, networks, offers, operations, password_links,
    password_resets, profile, profiles, saved_views, search, security, sign_in, sim_lists, sims,
    single_sign_on, start, subaccounts, tree, users,
};

/// Adds all routes.
pub fn configure(config: &mut ServiceConfig) {
    add_all(config);
}

/// Method and path pattern of every route.
pub fn all() -> Vec<(Method, &'static str)> {
    listed().into_iter().map(|route| (route.method, route.path)).collect()
}

fn listed() -> Vec<Route> {
    let mut list = Vec::new();
    App::new().configure(|config| list = add_all(config));
    list
}

/// The methods that the routes at `path` take; empty where there is none.
pub fn methods_at(path: &str) -> Vec<Method> {
    let mut methods: Vec<Method> = Vec::new();
    for (route, _) in PATTERNS.iter().filter(|(_, pattern)| pattern.is_match(path)) {
        if !methods.contains(&route.method) {
            methods.push(route.method.clone());
        }
    }
    methods
}

/// The page of the form that is sent to `path`, which shows nothing itself: the nearest one above, or else the one on which a
/// new one of those is begun.
pub fn page_of_form(path: &str) -> Option<String> {
    let shows = |path: &String| {
        // What is an address of its own is none of an id.
        let is_named = PATTERNS.iter().any(|(route, _)| route.path == path);
        let mut pages = PATTERNS.iter().filter(|(route, _)| route.method == Method::GET);
        pages.any(|(route, pattern)| if is_named { route.path == path } else { pattern.is_match(path) })
    };
    let pages_above = above(path).map(str::to_owned);
    let beginnings = std::iter::once(path).chain(above(path)).map(|path| format!("{path}/new"));
    pages_above.chain(beginnings).find(shows)
}

/// The addresses above `path`, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    Path::new(path).ancestors().skip(1).filter_map(Path::to_str).filter(|above| *above != "/")
}

/// Whether the route at `path` answers programs that come with an API token; none where there is no route.
pub fn is_for_programs(method: &Method, path: &str) -> Option<bool> {
    let method = answered_as(method);
    // The first one, as it is the first that answers.
    let mut found =
        PATTERNS.iter().filter(|(route, pattern)| route.method == *method && pattern.is_match(path));
    found.next().map(|(route, _)| route.is_for_programs)
}

/// Whether what the route at `path` answers takes the database more than a page does.
pub fn is_dear(method: &Method, path: &str) -> bool {
    let method = answered_as(method);
    DEAR.iter().any(|(route, pattern)| route.method == *method && pattern.is_match(path))
}

/// The method of the route that answers this one: who asks for the head alone costs as much as who asks for all.
fn answered_as(method: &Method) -> &Method {
    if method == Method::HEAD { &Method::GET } else { method }
}

/// Whether the routes at `path` take files, which they read by themselves.
pub fn takes_files(path: &str) -> bool {
    PATTERNS.iter().any(|(route, pattern)| route.takes_files && pattern.is_match(path))
}

static DEAR: LazyLock<Vec<&'static (Route, ResourceDef)>> =
    LazyLock::new(|| PATTERNS.iter().filter(|(route, _)| route.is_dear).collect());

/// Method and path pattern of every route that answers programs.
pub fn for_programs() -> Vec<(Method, &'static str)> {
    let open = PATTERNS.iter().filter(|(route, _)| route.is_for_programs);
    open.map(|(route, _)| (route.method.clone(), route.path)).collect()
}

static PATTERNS: LazyLock<Vec<(Route, ResourceDef)>> = LazyLock::new(|| {
    let with_pattern = |route: Route| {
        let pattern = ResourceDef::new(route.path);
        (route, pattern)
    };
    listed().into_iter().map(with_pattern).collect()
});

/// A route, as the list knows it.
struct Route {
    method: Method,
    path: &'static str,
    is_for_programs: bool,
    is_dear: bool,
    takes_files: bool,
}

fn add_all(config: &mut ServiceConfig) -> Vec<Route> {
    let mut routes = Routes { config, list: Vec::new() };
    routes.get("/static/{name:.*}", assets::show);
    health::routes(&mut routes);
    sign_in::routes(&mut routes);
    account_focus::routes(&mut routes);
    offers::routes(&mut routes);
    operations::routes(&mut routes);
    messages::routes(&mut routes);
    start::routes(&mut routes);
    subaccounts::routes(&mut routes);
    fleet::routes(&mut routes);
    tree::routes(&mut routes);
    grid_layouts::routes(&mut routes);
    sim_lists::routes(&mut routes);
    search::routes(&mut routes);
    saved_views::routes(&mut routes);
    exports::routes(&mut routes);
    imports::routes(&mut routes);
    account_details::routes(&mut routes);
    labels::routes(&mut routes);
    custom_fields::routes(&mut routes);
    sims::routes(&mut routes);
    users::routes(&mut routes);
    invitations::routes(&mut routes);
    profiles::routes(&mut routes);
    security::routes(&mut routes);
    api_tokens::routes(&mut routes);
    single_sign_on::routes(&mut routes);
    networks::routes(&mut routes);
    audit::routes(&mut routes);
    password_links::routes(&mut routes);
    password_resets::routes(&mut routes);
    profile::routes(&mut routes);
    help::routes(&mut routes);
    routes.list
}

/// Whether a path is open to everybody. Whatever is not named here needs a sign-in.
pub fn is_public(path: &str) -> bool {
    matches!(path, "/sign-in" | "/health/live" | "/health/ready" | "/favicon.ico")
        || path.starts_with("/sign-in/second-factor")
        || path.starts_with("/sign-in/passkey")
        || path.starts_with("/sign-in/single-sign-on")
        || path.starts_with("/static/")
        || path.starts_with("/password-links/")
        || path.starts_with("/invitations/")
        || path.starts_with("/password-resets")
        || is_signed(path)
}

/// Whether a request to this path proves by its signature where it comes from, rather than by a session.
pub fn is_signed(path: &str) -> bool {
    path.starts_with("/networks/") && path.ends_with("/callbacks")
}

/// Whether a route acts for the person rather than for the company in focus.
pub fn is_free_of_focus(path: &str) -> bool {
    matches!(path, "/sign-out" | "/account-focus" | "/account-focus/choices" | "/profile")
        // Tokens are made for the company in focus.
        || path.starts_with("/profile/") && !path.starts_with("/profile/api-tokens")
}

/// Where a noun adds its routes.
pub struct Routes<'a> {
    config: &'a mut ServiceConfig,
    list: Vec<Route>,
}

impl Routes<'_> {
    /// Adds a route that reads. `HEAD` is answered as well, without the body.
    pub fn get<F, Args>(&mut self, path: &'static str, handler: F) -> &mut Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, handler)
    }

    /// Adds a route that changes something.
    pub fn post<F, Args>(&mut self, path: &'static str, handler: F) -> &mut Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, handler)
    }

    fn add<F, Args>(&mut self, method: Method, path: &'static str, handler: F) -> &mut Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = match method {
            Method::GET => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
            _ => web::method(method.clone()),
        };
        self.config.route(path, route.to(handler));
        self.list.push(Route { method, path, is_for_programs: false, is_dear: false, takes_files: false });
        self
    }

    /// Opens the route that was added last to programs that come with an API token: it answers JSON.
    pub fn for_programs(&mut self) -> &mut Self {
        if let Some(route) = self.list.last_mut() {
            route.is_for_programs = true;
        }
        self
    }

    /// Says of the route that was added last that it counts or looks through many rows: nobody needs it as often as pages.
    pub fn dear(&mut self) -> &mut Self {
        if let Some(route) = self.list.last_mut() {
            route.is_dear = true;
        }
        self
    }

    /// Says of the route that was added last that it takes files, by [`Unread`](crate::web::upload::Unread). All others refuse them.
    pub fn takes_files(&mut self) -> &mut Self {
        if let Some(route) = self.list.last_mut() {
            route.takes_files = true;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_what_is_dear_is_as_dear() {
        for (path, is_dear_there) in [("/exports/1/file", true), ("/search", true), ("/fleet", false)] {
            assert_eq!(is_dear(&Method::GET, path), is_dear_there, "{path}");
            assert_eq!(is_dear(&Method::HEAD, path), is_dear_there, "{path}");
        }
        assert!(!is_dear(&Method::POST, "/exports/1/file"));
    }
}
