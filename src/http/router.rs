//! The HTTP surface: routes beside the components', and the layers around all.

use super::{
    app::App,
    layers::{
        addresses, body_limit, csrf,
        headers::{self, CspNonce},
        rate_limit, redirects, trace,
    },
    shell::{Assets, shell, ssr_shell},
    sitemap,
    ssr_pages::SsrPages,
};
use crate::{
    account, auth, generate, library, references, routes,
    server::{AppState, incident, media, session, statistics},
};
use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::{nonce::Nonce, prelude::*};
use leptos_axum::{LeptosRoutes, generate_route_list_with_exclusions_and_ssg_and_context};
use std::path::Path;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    services::ServeDir,
    set_header::SetResponseHeaderLayer,
};

/// The whole site.
pub fn router(state: AppState) -> Router {
    let assets = Assets::find(&state.config);
    let context = {
        let state = state.clone();
        move || provide(&state)
    };
    let page = {
        let (state, assets) = (state.clone(), assets.clone());
        move || shell(&state, &assets)
    };
    let missing = {
        let (state, assets) = (state.clone(), assets.clone());
        move |_| ssr_shell(&state, &assets)
    };
    let (pages, _) =
        generate_route_list_with_exclusions_and_ssg_and_context(App, None, context.clone());
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/robots.txt", get(sitemap::robots))
        .route("/sitemap.xml", get(sitemap::sitemap))
        .route(&routes::media("{key}", "{file}"), get(media::public))
        .route(&routes::file("{id}", "{file}"), get(media::private))
        .route(&routes::avatar("{user}"), get(media::avatar))
        .merge(auth::router::router())
        .merge(generate::router::router())
        .merge(references::router::router())
        .merge(library::router::router())
        .merge(account::router::router())
        .leptos_routes_with_context(&state, pages, context.clone(), page)
        .merge(ssr_pages(&state, &assets))
        .merge(built_files(&state))
        .fallback_service(public_files(
            &state,
            leptos_axum::file_and_error_handler_with_context::<AppState, _>(context, missing)
                .with_state(state.clone()),
        ))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Precise(4))
                // Pictures are compressed already, in a ZIP too.
                .compress_when(
                    DefaultPredicate::new().and(NotForContentType::const_new("application/zip")),
                ),
        )
        .layer(from_fn_with_state(state.clone(), headers::add_headers))
        .layer(from_fn_with_state(state.clone(), statistics::count_pages))
        .layer(from_fn_with_state(state.clone(), session::identify))
        .layer(from_fn_with_state(state.clone(), redirects::sanitize))
        .layer(from_fn(body_limit::limit_body))
        .layer(from_fn_with_state(state.clone(), csrf::same_origin))
        .layer(from_fn_with_state(state.clone(), addresses::canonical))
        .layer(from_fn_with_state(state.clone(), rate_limit::limit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(trace::trace))
        .with_state(state)
}

/// The pages that are only read.
fn ssr_pages(state: &AppState, assets: &Assets) -> Router<AppState> {
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

/// What components and server functions find in their context.
fn provide(state: &AppState) {
    provide_context(state.clone());
    if let Some(nonce) =
        use_context::<Parts>().and_then(|parts| parts.extensions.get::<CspNonce>().cloned())
    {
        provide_context(Nonce::from_value(nonce.0));
    }
}

/// `/pkg`: the code and the style, compressed when built. Hashed names never
/// change their content; plain ones are asked for again.
fn built_files(state: &AppState) -> Router<AppState> {
    let options = &state.config.leptos;
    let folder = Path::new(options.site_root.as_ref()).join(options.site_pkg_dir.as_ref());
    let cache = if options.hash_files {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let files = tower::ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static(cache),
        ))
        .service(
            ServeDir::new(folder)
                .precompressed_br()
                .precompressed_gzip(),
        );
    Router::new().nest_service(&format!("/{}", options.site_pkg_dir), files)
}

/// What `public/` holds, and for everything else the page that says so.
/// leptos_axum's own file handler takes "not modified" for "not found".
fn public_files<S>(state: &AppState, missing: S) -> ServeDir<S> {
    ServeDir::new(state.config.leptos.site_root.as_ref())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(missing)
}

/// Whether this node can do its work: the database writes, and the server is
/// not on its way out. The object store is left to `imgc doctor`: a proxy that
/// took every node out for a slow bucket would make the gallery unreadable.
async fn ready(State(state): State<AppState>) -> Response {
    if state.shutdown.is_cancelled() || state.db.ping().await.is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response();
    }
    "ready\n".into_response()
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let cause = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic of unknown kind");
    incident::internal("panic", &cause).into_response()
}
