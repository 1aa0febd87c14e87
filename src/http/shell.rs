//! The HTML around the components, and the loader that hydrates them.
//!
//! Studio pages hydrate at once. Pages that are only read download no WASM; what works on
//! them without a new page (menus, a picture's keys, more of the gallery) is a few inline
//! bytes.

use crate::{
    http::{
        app::{App, parts_of},
        beacon,
        site::Assets,
        speculation,
        ssr_pages::SsrPages,
        transitions::STYLE as TRANSITIONS,
    },
    i18n::{self, Locale, td_string},
    legal::footer::Footer,
    routes::{self, Route},
    server::{AppState, config::processors::CLOUDFLARE_ANALYTICS},
};
use axum::http::request::Parts;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;
use std::sync::LazyLock;

/// Tries again to hydrate when an intention shows: a press or a focus on a control.
/// Links are left out, because following one needs no script.
const ON_INTENT: &str = "const c='button,input,select,textarea,summary',\
    n=['pointerdown','focusin'],\
    g=e=>{if(e.target.closest&&e.target.closest(c)){n.forEach(t=>removeEventListener(t,g,true));h()}},\
    w=()=>n.forEach(t=>addEventListener(t,g,true));";

/// A button pressed before the page is hydrated is pressed again once it is.
const AGAIN: &str = "let b;addEventListener('click',e=>{\
    if(!('hydrated' in document.documentElement.dataset)&&e.target.closest)\
    b=e.target.closest('button[type=button]:not([data-density],[data-choose])')},true);";

/// What the composer needs no WASM for. It is in every page from which the composer can
/// be reached without a new document.
///
/// Whoever points with a mouse may type at once, and again once the form has been sent; a
/// chip says what has been chosen in its panel, which closes when something beside it is
/// used, when the form goes, or by Escape; Ctrl or Command with Enter sends the form; an
/// example fills the field; a file that is dropped beside the field for files does not
/// replace the page. The panel of looks shows one's own styles once it is open: the buttons
/// of their page, as buttons of this form, and the way there. An address that names an error
/// or an example is that of a form that nobody has touched since.
const COMPOSER: &str = "const q=(s,e=document)=>e.querySelector(s),\
    o=(t,f)=>t.split(' ').forEach(t=>addEventListener(t,e=>f(e,s=>e.target.closest?.(s)),true)),\
    m=()=>matchMedia('(hover:hover)').matches&&q('#prompt')?.focus({preventScroll:true}),\
    p=()=>[...document.querySelectorAll('.pop[open]')];\
    !location.hash&&document.activeElement===document.body&&m();\
    o('click focusin submit',(e,c)=>{if(!c('.toasts')&&(e.type!='focusin'||e.target.matches?.(':focus-visible')))\
    p().forEach(d=>d.contains(e.target)||(d.open=false))});\
    o('keydown',(e,c)=>{const f=c('.composer form');if(q('dialog[open]'))return;\
    if(e.key=='Escape')p().forEach(d=>{d.contains(document.activeElement)&&d.firstElementChild.focus();d.open=false});\
    if(f&&e.key=='Enter'&&(e.ctrlKey||e.metaKey||e.target.inputMode)){e.preventDefault();f.requestSubmit()}});\
    o('change',(e,c)=>{const t=e.target,v=c('.pop')?.querySelector('.pop-value'),\
    s=t.selectedOptions?.[0]||t.type=='radio'&&q('.chip-words',t.parentElement)?.firstChild;\
    if(v&&s)v.textContent=s.textContent});\
    o('click',(e,c)=>{const a=c('.example'),t=q('#prompt');if(a&&t){e.preventDefault();t.value=a.textContent;\
    t.focus();t.dispatchEvent(new Event('input',{bubbles:true}))}});\
    o('toggle',async e=>{const d=e.target;if(d.id!='pop-look'||!d.open||q('.own-styles [name=style]',d)||d.ariaBusy)return;\
    d.ariaBusy='true';try{const r=await fetch(location.pathname.replace('create','styles')),\
    x=new DOMParser().parseFromString(await r.text(),'text/html'),a=q('[data-open]',x);\
    if(a){const n=document.createElement('div'),f=(b,c,w,u)=>{b.className=c;b.textContent=w;b.formNoValidate=true;\
    b.setAttribute('formaction',u);n.append(b)};n.className='own-styles';\
    x.querySelectorAll('[name=style]').forEach(b=>{b.dir='auto';f(b,'chip',b.dataset.name,b.form.getAttribute('action'))});\
    f(document.createElement('button'),'button button-small',a.dataset.words,a.dataset.open);\
    q('.own-styles',d)?.remove();q('.pop-panel',d).append(n)}}catch{}d.ariaBusy=null});\
    o('dragover drop',(e,c)=>q('.composer')&&!c('input[type=file]')&&e.dataTransfer?.types.includes('Files')&&e.preventDefault());\
    o('input submit',(e,c)=>{if(!c('.composer'))return;\
    if(location.search&&'hydrated' in document.documentElement.dataset)history.replaceState(history.state,'',location.pathname);\
    e.type=='submit'&&!e.submitter?.formNoValidate&&m()});";

/// Copies the words before a button, which says so for a while.
const COPY: &str = "addEventListener('click',e=>{\
    const b=e.target.closest?.('.copy'),s=b?.querySelector('[data-copied]'),w=s?.textContent,d=s?.dataset.copied;\
    if(s&&w!=d)navigator.clipboard?.writeText(b.parentElement.firstChild.textContent)\
    .then(()=>{s.textContent=d;setTimeout(()=>s.textContent=w,3000)},()=>{})});";

/// Opens the system's sheet for sharing, where there is one, with the address that search
/// engines are given.
const SHARE: &str = "addEventListener('click',e=>{\
    const d=e.target.closest?.('.share summary')?.parentElement;\
    if(d&&!d.open&&navigator.share){e.preventDefault();\
    navigator.share({title:document.title,url:document.querySelector('link[rel=canonical]').href})\
    .catch(x=>d.open=x.name!='AbortError')}});";

/// A menu closes when something beside it is pressed, and by Escape.
const MENUS: &str = "for(const t of['click','keydown'])addEventListener(t,e=>\
    (e.key||'Escape')=='Escape'&&document.querySelectorAll('.menu[open]').forEach(d=>{\
    const i=d.contains(e.key?document.activeElement:e.target);\
    if(e.key||!i){d.open=false;e.key&&i&&d.firstElementChild.focus()}}));";

/// The keys of a picture's page, which are found in its markup: `ui/platform/browser/keys.rs`
/// has the same for the studio. Letters are for those who know the sheet there on which
/// they are listed and switched off; while somebody looks closely, arrows move the picture.
const KEYS: &str = "addEventListener('keydown',e=>{\
    const q=s=>document.querySelector(s),k=e.key.length==1?e.key.toLowerCase():e.key;\
    if(e.repeat||e.altKey||e.ctrlKey||e.metaKey||e.shiftKey||e.isComposing||e.defaultPrevented||\
    e.target.closest?.('input:not([type=checkbox]),textarea,select,[contenteditable]')||\
    q('.zoom[open]')&&k.startsWith('Arrow'))return;\
    try{if(k.length==1&&(!q('.account')||localStorage.getItem('imgc-keys-off')!=null))return}catch{}\
    const a=[...document.querySelectorAll('[data-key]')]\
    .find(a=>a.dataset.key.split(' ').includes(k)&&a.getClientRects().length);\
    if(a){e.preventDefault();a.click()}});";

/// The address that was loaded, and loading what one goes back or on to while no router
/// listens: the lightbox gives the library a picture's address without leaving it, so that
/// neither of the two is a document of its own to the browser once one was loaded anew.
/// Known before anything can be pressed.
const HERE: &str = "const here=location.pathname;addEventListener('popstate',()=>\
    'hydrated' in document.documentElement.dataset||location.pathname!=here&&location.reload());";

/// The reader's choice between light and dark, made before anything is
/// painted. It stays in this browser: it is nobody else's business.
const THEME: &str = "{const k='imgc-theme',d=document.documentElement,\
    s=t=>{t?d.dataset.theme=t:delete d.dataset.theme},\
    f=()=>document.getElementById('theme');\
    try{s(localStorage.getItem(k))}catch{}\
    addEventListener('DOMContentLoaded',()=>{if(f())f().value=d.dataset.theme||''});\
    addEventListener('change',e=>{if(e.target===f()){s(f().value);\
    try{f().value?localStorage.setItem(k,f().value):localStorage.removeItem(k)}catch{}}})}";

/// The size of the tiles, in steps from the middle one. It stays in this browser, too. What
/// one looks at stays where it is.
const DENSITY: &str = "{const k='imgc-density',d=document.documentElement.dataset,\
    s=n=>{n?d.density=n:delete d.density};let n=0;\
    try{n=+localStorage.getItem(k)||0}catch{}s(n);\
    addEventListener('click',e=>{const b=e.target.closest?.('button[data-density]');if(!b)return;\
    const y=t=>t.getBoundingClientRect(),v=[...document.querySelectorAll('.grid>li')].find(t=>y(t).bottom>99),w=v&&y(v).top;\
    n=Math.max(-2,Math.min(2,n+ +b.dataset.density));s(n);v&&scrollY&&scrollBy({top:y(v).top-w,behavior:'instant'});\
    try{n?localStorage.setItem(k,n):localStorage.removeItem(k)}catch{}})}";

/// A job's page while the job is under way: at each word of its event stream, and every few
/// seconds because time passes, the page is drawn again by the server and what has changed
/// in it is put in its place. What stands still keeps the focus, and the state is read out.
const JOB: &str = "const q=d=>d.querySelector('.job-page'),\
    put=(a,b)=>{if(a.isEqualNode(b))return;const x=[...a.childNodes],y=[...b.childNodes];\
    if(a.nodeName!=b.nodeName||x.length!=y.length)a.replaceWith(b);else if('data' in a)a.data=b.data;\
    else{for(const t of[...a.attributes])b.hasAttribute(t.name)||a.removeAttribute(t.name);\
    for(const t of b.attributes)a.setAttribute(t.name,t.value);x.forEach((n,i)=>put(n,y[i]))}};\
    let s,t,busy;const later=()=>{clearTimeout(t);const e=q(document)?.dataset.events;if(!e)return s?.close();\
    if(!s||s.readyState==2){s=new EventSource(e);s.addEventListener('job',go)}\
    t=setTimeout(()=>document.hidden?later():go(),5e3)},\
    go=async()=>{if(busy)return busy=2;busy=1;\
    try{const r=await fetch(location.href),d=new DOMParser().parseFromString(await r.text(),'text/html'),n=q(d);\
    if(r.status<500){if(!n)return location.reload();document.title=d.title;put(q(document),n)}}catch{}\
    const more=busy==2;busy=0;more?go():later()};\
    later();addEventListener('pageshow',e=>e.persisted&&go());";

/// Of pictures side by side all are looked at as closely as one, and at the same place: the
/// slider, the wheel with Ctrl, keys that scroll, a finger.
const COMPARE: &str = "const p=[...document.querySelectorAll('.compare-pane')],\
    z=document.querySelector('.compare-zoom input');let by;\
    const at=e=>[(e.scrollLeft+e.clientWidth/2)/e.scrollWidth,(e.scrollTop+e.clientHeight/2)/e.scrollHeight],\
    to=(e,[x,y])=>e.scrollTo(x*e.scrollWidth-e.clientWidth/2,y*e.scrollHeight-e.clientHeight/2),\
    zoom=()=>{const a=p.map(at);p.forEach((e,i)=>{const m=e.firstElementChild;\
    e.style.setProperty('--zoom',z.value);z.value>1&&m.srcset&&(m.removeAttribute('srcset'),m.src=m.dataset.largest);\
    by=p[0];to(e,a[i])})};if(z){z.addEventListener('input',zoom);\
    p.forEach(e=>{for(const t of['pointerdown','wheel','focus','keydown'])e.addEventListener(t,()=>by=e,{passive:true});\
    e.addEventListener('scroll',()=>{if(by==e)p.forEach(o=>o!=e&&to(o,at(e)))},{passive:true});\
    e.addEventListener('wheel',w=>{if(w.ctrlKey){w.preventDefault();z.value=+z.value-Math.sign(w.deltaY)/2;zoom()}})})}";

/// In the gallery, what follows is put below what is there. The link is one without a
/// script, too; the address follows, and what fails is what the link does. Whoever opens a
/// picture finds it again: where the browser did not keep the whole, the page of the list
/// on which it is, at its place.
const MORE: &str = "const h=history,l=[[0,location.href]],q=(s,d=document)=>d.querySelector(s),\
    go=(tile,u)=>h.replaceState({...h.state,tile},'',u),t=h.state?.tile;let gone;\
    if(t){go();q(`.grid a[href=\"${t}\"]`)?.scrollIntoView({block:'center'})}\
    addEventListener('load',()=>setTimeout(()=>h.scrollRestoration='auto'));\
    for(const t of['pagehide','pageshow'])addEventListener(t,()=>gone=t=='pagehide');\
    addEventListener('click',async e=>{const f=s=>e.target.closest?.(s),g=q('.grid'),i=f('.grid>li a'),\
    a=f('.pager a[rel=next]');if(e.ctrlKey||e.metaKey||e.shiftKey||e.altKey||e.button)return;\
    if(i&&l[1]){h.scrollRestoration='manual';const n=[...g.children].indexOf(i.closest('li'));\
    go(i.getAttribute('href'),l.findLast(p=>p[0]<=n)[1])}\
    if(!a)return;e.preventDefault();if(a.ariaBusy)return;a.ariaBusy='true';\
    try{const r=await fetch(a.href),d=new DOMParser().parseFromString(await r.text(),'text/html'),\
    m=[...q('.grid',d).children];if(!r.ok)throw 0;\
    l.push([g.children.length,a.href]);g.append(...m);q('.pager').replaceWith(q('.pager',d));\
    go(null,a.href);q('a',m[0]).focus({preventScroll:true})}\
    catch{a.ariaBusy=null;gone||(location=a.href)}});";

/// Arrow keys in a grid. Readers of the gallery load no file for it.
static ARROWS: LazyLock<String> =
    LazyLock::new(|| bare(include_str!("../../public/scripts/arrows.js")));

/// What the library needs no WASM for: choosing, acting in place, finding, more.
const LIBRARY: [&str; 2] = ["library", "arrows"];

/// A script without its comments and indentation.
fn bare(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let told = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    told.collect::<Vec<_>>().join("\n")
}

/// Every icon, as symbols; made by `scripts/icons`.
const ICONS: &str = include_str!("icons.svg");

/// The inline script that loads the components' code. What could not be loaded is
/// tried again when an intention shows.
fn loader(assets: &Assets) -> String {
    let Assets { js, wasm, .. } = assets;
    let hydrate = format!(
        "const h=()=>import('{js}').then(m=>m.default({{module_or_path:'{wasm}'}})\
         .then(()=>m.hydrate(here))).then(()=>{{document.documentElement.dataset.hydrated='';\
         b&&b.isConnected&&b.click();import('{create}')}},e=>{{w();throw e}});",
        create = assets.scripts.address("create")
    );
    format!("{AGAIN}{ON_INTENT}{hydrate}{COMPOSER}{COPY}h();")
}

/// What the page needs before it is awake, asked for with the page itself.
fn preloads(assets: &Assets, path: &str) -> AnyView {
    let scripts = std::iter::once(&assets.js).chain(&assets.parts.loader);
    let scripts: Vec<AnyView> = scripts
        .map(|script| view! { <link rel="modulepreload" href=script.clone() /> }.into_any())
        .collect();
    let modules = std::iter::once(assets.wasm.clone()).chain(assets.parts.modules(parts_of(path)));
    let modules: Vec<AnyView> = modules
        .map(|module| {
            view! { <link rel="preload" href=module r#as="fetch" r#type="application/wasm" crossorigin="" /> }
                .into_any()
        })
        .collect();
    view! {
        {scripts}
        {modules}
    }
    .into_any()
}

/// The library's scripts: files of its page. A page from which the library can be reached
/// without a new document loads them once that happens, and says so again.
fn of_library(assets: &Assets, path: &str) -> AnyView {
    let addresses = LIBRARY.map(|name| assets.scripts.address(name));
    let (_, page) = i18n::split(path);
    if Route::Library.is(&page) {
        let scripts = addresses.map(|address| {
            view! { <script type="module" src=address nonce=use_nonce()></script> }
        });
        return scripts.collect_view().into_any();
    }
    let loads = addresses.map(|address| format!("import('{address}')"));
    let load = format!(
        "document.addEventListener('arrived',()=>Promise.all([{}]).then(()=>\
         document.dispatchEvent(new Event('arrived')),()=>location.reload()),{{once:true}});",
        loads.join(",")
    );
    view! {
        <script type="module" nonce=use_nonce()>
            {load}
        </script>
    }
    .into_any()
}

/// The document around [`App`], which the browser takes over.
pub fn shell(state: &AppState, assets: &Assets) -> impl IntoView + use<> {
    let path = path();
    let script = view! {
        {preloads(assets, &path)}
        {of_library(assets, &path)}
        <script type="module" nonce=use_nonce()>
            {loader(assets)}
        </script>
    };
    document(state, assets, script.into_any(), || {
        view! { <App /> }.into_any()
    })
}

/// The document around [`SsrPages`], which stays as the server sent it.
pub fn ssr_shell(state: &AppState, assets: &Assets) -> impl IntoView + use<> {
    let (_, path) = i18n::split(&path());
    let edits = path.starts_with(routes::edit("").as_str());
    let easel = edits.then(|| {
        let address = assets.scripts.address("easel");
        view! { <script type="module" src=address nonce=use_nonce()></script> }
    });
    let more = match () {
        () if Route::Image("").begins(&path) => [COPY, SHARE, KEYS].concat(),
        () if Route::Gallery.begins(&path) => [MORE, &ARROWS].concat(),
        () if Route::Compare.is(&path) => COMPARE.to_owned(),
        () if Route::Job("").begins(&path) => JOB.to_owned(),
        () if edits => JOB.to_owned(),
        () => String::new(),
    };
    let script = (!more.is_empty()).then(|| {
        view! {
            <script type="module" nonce=use_nonce()>
                {more}
            </script>
        }
    });
    let script = view! {
        {script}
        {easel}
    };
    document(state, assets, script.into_any(), || {
        view! { <SsrPages /> }.into_any()
    })
}

fn path() -> String {
    use_context::<Parts>()
        .map(|parts| parts.uri.path().to_owned())
        .unwrap_or_default()
}

/// What administrators tell everybody at this moment.
fn announced(state: &AppState, locale: Locale) -> Option<impl IntoView + use<>> {
    let words = state.announcements.now(locale, state.clock.now_ms());
    (!words.is_empty()).then(|| {
        let words = words.into_iter().map(|words| view! { <p>{words}</p> });
        view! {
            <aside class="announcement" aria-label=td_string!(locale, announcement.label)>
                {words.collect::<Vec<_>>()}
            </aside>
        }
    })
}

fn document(
    state: &AppState,
    assets: &Assets,
    loader: AnyView,
    app: fn() -> AnyView,
) -> impl IntoView + use<> {
    let (locale, _) = i18n::split(&path());
    let options = state.config.leptos.clone();
    let contact = state.config.imgc.contact.clone();
    let parts = use_context::<Parts>();
    let counted = parts.as_ref().map(|parts| &parts.uri);
    let counted = counted.and_then(|page| beacon::token(&state.config, page));
    let analytics = counted.map(|token| {
        let data = serde_json::json!({ "token": token }).to_string();
        view! {
            <script
                defer
                src=format!("https://{CLOUDFLARE_ANALYTICS}/beacon.min.js")
                data-cf-beacon=data
            ></script>
        }
    });
    let rules = parts.and_then(|parts| speculation::rules(&state.config, &parts.headers));
    let speculation = rules.map(|rules| {
        view! {
            <script type="speculationrules" nonce=use_nonce()>
                {rules}
            </script>
        }
    });
    let announced = announced(state, locale);
    view! {
        <!DOCTYPE html>
        <html lang=i18n::code(locale)>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce() inner_html=HERE></script>
                <script nonce=use_nonce() inner_html=MENUS></script>
                <script nonce=use_nonce() inner_html=THEME></script>
                <script nonce=use_nonce() inner_html=DENSITY></script>
                <style inner_html=TRANSITIONS></style>
                // Nothing is shown before the header is whole: what stands at its right moves as it grows.
                <link rel="expect" href="#site-header" blocking="render" />
                <link rel="stylesheet" href=assets.css.clone() />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <meta name="theme-color" content="#faf8f5" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#161412" media="(prefers-color-scheme: dark)" />
                {loader}
                {speculation}
                {analytics}
                <AutoReload options />
                <MetaTags />
            </head>
            <body>
                {app()}
                // After the components, because they are found again from the top; the
                // style puts it above them.
                {announced}
                <Footer locale contact />
                <div class="sprite" aria-hidden="true" inner_html=ICONS></div>
            </body>
        </html>
    }
}
