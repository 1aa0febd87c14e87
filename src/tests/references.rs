//! Reference pictures, edits with a mask, and remixes.

mod edits;
mod lineage;
pub mod samples;
mod uploads;

use crate::harness::{Browser, Page};
use reqwest::{Method, multipart};
use serde_json::Value;

/// A file of a form: the field's name and its bytes.
pub type File<'a> = (&'static str, &'a [u8]);

/// Sends the composer's form for its pictures, as a plain form or as a script does.
pub async fn send(
    browser: &mut Browser,
    fields: &[(&str, &str)],
    files: &[File<'_>],
    script: bool,
) -> Page {
    let mut form = multipart::Form::new().text("lang", "en");
    for (name, value) in fields {
        form = form.text((*name).to_owned(), (*value).to_owned());
    }
    for (name, bytes) in files {
        // A file field nobody filled is sent without a name.
        let name_of_file = if bytes.is_empty() { "" } else { "holiday.png" };
        let part = multipart::Part::bytes(bytes.to_vec()).file_name(name_of_file);
        form = form.part(*name, part);
    }
    let request = browser.request(Method::POST, "/uploads").multipart(form);
    let mut request = request.build().unwrap();
    if script {
        let json = "application/json".parse().unwrap();
        request.headers_mut().insert("accept", json);
    }
    let client = imgc::server::tls::client_builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let response = client.execute(request).await.unwrap();
    for cookie in response.headers().get_all("set-cookie") {
        let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
        let value = rest.split(';').next().unwrap();
        browser.cookies.insert(name.into(), value.into());
    }
    Page {
        status: response.status(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// As a script does; the list as it then is.
pub async fn tray(browser: &mut Browser, fields: &[(&str, &str)], files: &[File<'_>]) -> Value {
    let page = send(browser, fields, files, true).await;
    assert_eq!(page.status, 200, "{}", page.text);
    serde_json::from_str(&page.text).unwrap()
}

/// Adds one picture to those of `references` and returns its id.
pub async fn add(browser: &mut Browser, references: &str, picture: &[u8]) -> String {
    let fields = [("draft[references]", references)];
    let tray = tray(browser, &fields, &[("files[]", picture)]).await;
    assert_eq!(tray["refused"], serde_json::json!([]), "{tray}");
    let last = tray["items"].as_array().unwrap().last().unwrap();
    last["id"].as_str().unwrap().to_owned()
}

/// The ids of a list in order.
pub fn ids(tray: &Value) -> Vec<String> {
    let items = tray["items"].as_array().unwrap().iter();
    items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}
