//! Every route of the portal: the nouns add theirs here, through [`Routes`], which keeps the list
//! that the access table test goes through.

use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, FromRequest, Handler, Responder, guard};

use crate::web::assets;
use crate::{
    account_details, account_focus, audit, custom_fields, exports, fleet, grid_layouts, health, help,
    imports, invitations, labels, messages, networks, offers, operations, password_links, password_resets,
    profile, profiles, saved_views, search, security, sign_in, sim_lists, sims, start, subaccounts, tree,
    users,
};

/// Adds all routes.
pub fn configure(config: &mut ServiceConfig) {
    add_all(config);
}

/// Method and path pattern of every route.
pub fn all() -> Vec<(Method, &'static str)> {
    let mut list = Vec::new();
    App::new().configure(|config| list = add_all(config));
    list
}

/// The methods that the routes at `path` take; empty where there is none.
pub fn methods_at(path: &str) -> Vec<Method> {
    static ROUTES: LazyLock<Vec<(Method, ResourceDef)>> = LazyLock::new(|| {
        all().into_iter().map(|(method, pattern)| (method, ResourceDef::new(pattern))).collect()
    });
    let mut methods: Vec<Method> = Vec::new();
    for (method, _) in ROUTES.iter().filter(|(_, pattern)| pattern.is_match(path)) {
        if !methods.contains(method) {
            methods.push(method.clone());
        }
    }
    methods
}

fn add_all(config: &mut ServiceConfig) -> Vec<(Method, &'static str)> {
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
    matches!(path, "/sign-in" | "/sign-in/second-factor" | "/health/live" | "/health/ready" | "/favicon.ico")
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
        || path.starts_with("/profile/")
}

/// Where a noun adds its routes.
pub struct Routes<'a> {
    config: &'a mut ServiceConfig,
    list: Vec<(Method, &'static str)>,
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
        self.list.push((method, path));
        self
    }
}
