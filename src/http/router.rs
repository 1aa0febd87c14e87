//! The HTTP surface: routes beside the components', and the layers around all.

use super::{
    app::App,
    layers::{
        addresses, body_limit, csrf,
        finished::Finished,
        headers::{self, CspNonce},
        kept_pages, rate_limit, redirects, refusals, trace,
    },
    many,
    readiness::Readiness,
    shell::{shell, ssr_shell},
    site::{Assets, Site},
    sitemap,
    ssr_pages::SsrPages,
};
use crate::{
    account, admin, auth, edit, gallery, generate, legal, library, makers, references, routes,
    server::{AppState, incident, media, session, statistics},
};
use axum::{
    Router,
    extract::Request,
    http::{StatusCode, request::Parts},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use leptos::{nonce::Nonce, prelude::*};
use leptos_axum::{LeptosRoutes, generate_route_list_with_exclusions_and_ssg_and_context};
use std::{convert::Infallible, sync::Arc};
use tower::{Service, ServiceBuilder};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};

/// The whole site.
pub fn router(state: AppState) -> Router {
    let site = Site::find(&state.config);
    // Each request has a copy of its route.
    let assets = Arc::new(site.assets().clone());
    let context = {
        let state = state.clone();
        move || provide(&state)
    };
    let page = {
        let (state, assets) = (state.clone(), assets.clone());
        move || shell(&state, &assets)
    };
    let ready = {
        let readiness = Readiness::new(state.clone(), site.clone());
        get(move || async move { readiness.answer().await })
    };
    let (pages, _) =
        generate_route_list_with_exclusions_and_ssg_and_context(App, None, context.clone());
    let routes = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", ready)
        .route("/robots.txt", get(sitemap::robots))
        .route(routes::SITEMAP, get(sitemap::index))
        .route(&routes::sitemap_file("{file}"), get(sitemap::file))
        .route(&routes::media("{key}", "{file}"), get(media::public))
        .route(&routes::veil("{id}"), get(media::veil))
        .route(&routes::file("{id}", "{file}"), get(media::private))
        .route(&routes::avatar("{user}"), get(media::avatar))
        .merge(auth::router::router())
        .merge(gallery::router::router())
        .merge(generate::router::router())
        .merge(references::router::router())
        .merge(edit::router::router())
        .merge(library::router::router())
        .merge(makers::router::router())
        .merge(account::router::router())
        .merge(admin::router::router())
        .merge(legal::router::router())
        .route(routes::MANY_FORM, many(&state, &assets))
        .leptos_routes_with_context(&state, pages, context, page)
        .merge(ssr_pages(&state, &assets));
    // Those that must know the route, the outermost first.
    let of_a_route = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), statistics::count_pages))
        .layer(from_fn_with_state(state.clone(), kept_pages::keep))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Precise(4))
                // Pictures are compressed already, in a ZIP too.
                .compress_when(
                    DefaultPredicate::new().and(NotForContentType::const_new("application/zip")),
                ),
        );
    let routes: Router = site
        .serve(routes, missing(&state, &assets))
        .layer(of_a_route)
        .with_state(state.clone());
    Router::new().fallback_service(Finished::before(around(&state, routes), &state, &site))
}

/// The layers around all routes, the outermost first. In one piece, and not one by one
/// around each route: each would be a box around a box, and a request copies them as
/// often as there are layers.
fn around(
    state: &AppState,
    routes: Router,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ use<> {
    ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), trace::trace))
        .layer(from_fn_with_state(state.clone(), headers::add_headers))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), rate_limit::limit))
        .layer(from_fn_with_state(state.clone(), addresses::canonical))
        .layer(from_fn_with_state(state.clone(), csrf::same_origin))
        .layer(from_fn_with_state(state.clone(), body_limit::limit_body))
        .layer(from_fn(refusals::explain))
        .layer(from_fn_with_state(state.clone(), redirects::sanitize))
        .layer(from_fn_with_state(state.clone(), session::identify))
        .service(routes)
}

/// The pages that are only read.
fn ssr_pages(state: &AppState, assets: &Arc<Assets>) -> Router<AppState> {
    let context = {
        let state = state.clone();
        move || provide(&state)
    };
    let (pages, _) =
        generate_route_list_with_exclusions_and_ssg_and_context(SsrPages, None, context.clone());
    let (state, assets) = (state.clone(), assets.clone());
    let page =
        leptos_axum::render_app_async_with_context(context, move || ssr_shell(&state, &assets));
    pages.iter().fold(Router::new(), |router, listing| {
        let page = page.clone();
        router.route(listing.path(), get(move |request: Request| page(request)))
    })
}

/// What the form of many prompts at once is sent to.
fn many(state: &AppState, assets: &Arc<Assets>) -> MethodRouter<AppState> {
    let (state, assets) = (state.clone(), assets.clone());
    post(move |request: Request| {
        let (of_page, state, assets) = (state.clone(), state.clone(), assets.clone());
        many::answer(state, assets, move || provide(&of_page), request)
    })
}

/// What components and server functions find in their context.
fn provide(state: &AppState) {
    provide_context(state.clone());
    if let Some(nonce) =
        use_context::<Parts>().and_then(|parts| parts.extensions.get::<CspNonce>().cloned())
    {
        provide_context(Nonce::from_value(nonce.0));
    }
}

/// The page that says that there is nothing at an address.
fn missing(state: &AppState, assets: &Arc<Assets>) -> Router {
    let context = {
        let state = state.clone();
        move || provide(&state)
    };
    let (state, assets) = (state.clone(), assets.clone());
    let page =
        leptos_axum::render_app_async_with_context(context, move || ssr_shell(&state, &assets));
    Router::new().fallback(move |request: Request| {
        let page = page(request);
        async move {
            let mut response = page.await;
            if response.status() == StatusCode::OK {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        }
    })
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let cause = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic of unknown kind");
    incident::internal("panic", &cause).into_response()
}
