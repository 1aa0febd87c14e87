//! A picture as other sites show it in a frame: the one page of ours that may be framed. It
//! has a document of its own, which reads no cookie, sets none and runs no script.

use super::atom::{ASK_AGAIN, escaped};
use crate::{
    error::AppError,
    i18n::{self, Locale, td_string},
    model::typed::isolated,
    routes::{self, Route},
    server::{AppState, cards, plain_page},
    store::images::{self, Author, Image},
    ui::image_card::{fallback_source, srcset},
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// What stands under the picture is this high, in pixels; a frame is as much higher than
/// its picture.
pub const CAPTION_HEIGHT: u32 = 56;

/// The document's style, which its policy names by a hash.
const STYLE: &str = "\
:root{color-scheme:light dark}\
html,body{height:100%;margin:0}\
body{font:14px/1.4 system-ui,sans-serif;\
background:light-dark(#fff,#16161a);color:light-dark(#1c1c22,#ececf0)}\
main{display:flex;flex-direction:column;height:100%}\
h1,p{margin:0;font-size:14px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}\
p{font-size:12px}\
.picture{flex:1 1 0;min-height:0;display:block}\
.picture img{display:block;width:100%;height:100%;object-fit:contain}\
.caption{box-sizing:border-box;height:56px;padding:8px 12px;display:flex;gap:12px;\
align-items:center;justify-content:space-between}\
.caption div{min-width:0}\
.caption a{flex:none}\
a{color:light-dark(#5b3fd6,#b9a8ff)}\
a:focus-visible{outline:3px solid;outline-offset:-3px}\
.gone{margin:auto;padding:16px;text-align:center;white-space:normal}";

/// What the document may load: pictures of ours, and its own style. Anybody may frame it.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; img-src 'self'; style-src 'sha256-{style}'; form-action 'none'; \
         base-uri 'none'; frame-ancestors *"
    )
});

/// `/embed/{id}`: a public picture, its maker, that it was made with AI, and the way to its
/// page. Whatever is not shown is not there, and says so in the same words.
pub async fn answer(
    locale: Locale,
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match find(&state, &id).await {
        Ok(Some((image, author))) => {
            let page = document(
                locale,
                &cards::named(locale, &image, state.config.demo).title,
                &shown(&state, locale, &image, &author),
            );
            framed(StatusCode::OK, page)
        }
        Ok(None) => {
            let words = td_string!(locale, embed.gone);
            let body = format!("<main><h1 class=\"gone\">{}</h1></main>", escaped(words));
            framed(StatusCode::NOT_FOUND, document(locale, words, &body))
        }
        Err(error) => plain_page::error(&headers, &error),
    }
}

/// The public picture of this id, if other sites may show it: not what asks its viewers
/// first, nor what a decision took out of the lists.
pub async fn find(state: &AppState, id: &str) -> Result<Option<(Image, Author)>, AppError> {
    if uuid::Uuid::parse_str(id).is_err() {
        return Ok(None);
    }
    let found = images::visible(&state.db, id, None).await?;
    Ok(found.filter(|(image, _)| !image.sensitive && !image.unlisted))
}

fn framed(status: StatusCode, page: String) -> Response {
    let mut response = (status, Html(page)).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let robots = HeaderName::from_static("x-robots-tag");
    headers.insert(robots, HeaderValue::from_static("noindex"));
    if status.is_success() {
        headers.insert(header::CACHE_CONTROL, ASK_AGAIN);
    }
    response
}

fn document(locale: Locale, title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n{body}\n</body>\n</html>\n",
        i18n::code(locale),
        escaped(title),
    )
}

fn shown(state: &AppState, locale: Locale, image: &Image, author: &Author) -> String {
    let painted = state.config.demo;
    let card = cards::open_card(image, false);
    let page = Route::Image(&image.id).address(locale);
    let made = match painted {
        true => td_string!(locale, picture.painted),
        false => td_string!(locale, picture.made_with_ai),
    };
    let by = td_string!(locale, embed.by, name = isolated(&author.name));
    let named = cards::named(locale, image, painted);
    format!(
        "<main>\n<a class=\"picture\" href=\"{page}\" target=\"_blank\" rel=\"noopener\">\
         <img src=\"{}\" srcset=\"{}\" sizes=\"100vw\" width=\"{}\" height=\"{}\" alt=\"{}\"></a>\n\
         <div class=\"caption\"><div><h1 dir=\"auto\">{}</h1><p>{} · {}</p></div>\
         <a href=\"{page}\" target=\"_blank\" rel=\"noopener\">{}</a></div>\n</main>",
        escaped(&fallback_source(&card.renditions)),
        escaped(&srcset(&card.renditions)),
        image.width.max(1),
        image.height.max(1),
        escaped(&named.alt),
        escaped(&named.title),
        escaped(&by),
        escaped(made),
        escaped(td_string!(locale, embed.open)),
    )
}

/// The size of a frame for a picture, no larger than is asked for: the picture's shape, and
/// what stands under it.
pub fn frame_size((width, height): (u32, u32), most: (u32, u32)) -> (u32, u32) {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let most_height = u64::from(most.1.saturating_sub(CAPTION_HEIGHT).max(1));
    let scaled = |side: u64, to: u64, from: u64| ((side * to + from / 2) / from).max(1);
    let mut frame = u64::from(most.0.max(1));
    let mut inner = scaled(height, frame, width);
    if inner > most_height {
        frame = scaled(width, most_height, height);
        inner = most_height;
    }
    let fits = |side: u64| u32::try_from(side).unwrap_or(u32::MAX);
    (fits(frame), fits(inner).saturating_add(CAPTION_HEIGHT))
}

/// What another site writes into its page to show a picture: a frame of this size.
pub fn code(origin: &str, locale: Locale, id: &str, title: &str, size: (u32, u32)) -> String {
    let address = routes::embed(id).address(locale);
    format!(
        "<iframe src=\"{}\" width=\"{}\" height=\"{}\" title=\"{}\" loading=\"lazy\" \
         frameborder=\"0\" referrerpolicy=\"no-referrer\" \
         sandbox=\"allow-popups allow-popups-to-escape-sandbox\"></iframe>",
        escaped(&format!("{origin}{address}")),
        size.0,
        size.1,
        escaped(title),
    )
}
