//! The ZIP: byte for byte, and without taking memory.

use super::{Given, give, keep, keep_originals, original, person};
use crate::harness::{Server, on_d1};

/// Runs Python's own reader over an archive: a second opinion on the format.
pub fn python(path: &std::path::Path, code: &str) -> String {
    let output = std::process::Command::new("python3")
        .args(["-c", code])
        .arg(path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_holds_the_originals_byte_for_byte_and_their_words() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let prompts = ["Été: ../../etc/passwd \\ *?<>|\u{7}", "a boat", "a boat"];
    let given: Vec<Given> = prompts
        .iter()
        .map(|prompt| Given {
            prompt,
            ..Given::default()
        })
        .collect();
    let ids = give(&server, &me, &given).await;
    keep(&server, &ids).await;
    let nothing = ada
        .post("/library/zip", &[("query", "q=x"), ("lang", "fr")])
        .await;
    assert!(nothing.location().starts_with("/fr/library?q=x&error="));
    assert_eq!(server.browser().get("/library/zip").await.status, 303);

    let request = ada
        .request(reqwest::Method::POST, "/library/zip")
        .form_of(&[("ids[]", &ids[0]), ("ids[]", &ids[2]), ("lang", "en")]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/zip");
    assert!(answer.headers().get("content-encoding").is_none());
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.contains(".zip"), "{disposition}");
    let file = server.data.path().join("selection.zip");
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    let said = python(
        &file,
        "import zipfile, sys, hashlib, json
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
words = json.loads(z.read('pictures.json'))
names = [i.filename for i in z.infolist()]
assert sorted(names) == sorted(['pictures.json'] + [w['file'] for w in words]), names
for w in words: assert hashlib.sha256(z.read(w['file'])).hexdigest() == w['sha256']
print(json.dumps([words, names]))",
    );
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let words = said[0].as_array().unwrap();
    assert_eq!(words.len(), 2);
    assert_eq!(words[0]["prompt"], prompts[0]);
    let name = words[0]["file"].as_str().unwrap();
    assert!(name.starts_with("2026-09-21-Été-etc-passwd-"), "{name}");
    assert!(
        !name.contains(['/', '\\', '*', '?', '<', ':', '|']),
        "{name}"
    );
    if std::process::Command::new("unzip")
        .arg("-v")
        .output()
        .is_ok()
    {
        let tested = std::process::Command::new("unzip")
            .arg("-tq")
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            tested.status.success(),
            "{}",
            String::from_utf8_lossy(&tested.stdout)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_download_at_once_is_refused_in_words_and_holds_up_nobody_else() {
    let server = Server::start(&[]).await;
    let (mut ada, mut sam) = (
        server.signed_in("Ada Martin").await,
        server.signed_in("Sam Rivera").await,
    );
    let me = person(&server, "Ada Martin").await;
    let given: Vec<Given> = (0..10).map(|_| Given::default()).collect();
    let ids = give(&server, &me, &given).await;
    // More than the sockets between two machines hold.
    keep_originals(&server, &ids, |_| vec![7; 4 << 20]).await;
    let begin = async |browser: &crate::harness::Browser| {
        let request = browser.request(reqwest::Method::GET, "/library/zip");
        request.send().await.unwrap()
    };
    let (first, second) = (begin(&ada).await, begin(&ada).await);
    assert_eq!(
        (first.status().as_u16(), second.status().as_u16()),
        (200, 200)
    );
    let third = ada.get("/library/zip").await;
    assert_eq!(third.status, 429);
    assert!(
        third.text.contains("Two of your downloads"),
        "{}",
        third.text
    );
    assert!(!third.header("retry-after").is_empty());
    let form = [("ids[]", ids[0].as_str()), ("lang", "fr")];
    let third = ada.post("/library/zip", &form).await;
    assert_eq!(third.status, 429);
    assert!(
        third.text.contains("Deux de vos téléchargements"),
        "{}",
        third.text
    );
    let export = ada.post("/account/export", &[("lang", "fr")]).await;
    assert_eq!(export.status, 429);
    assert!(export.text.contains("lang=\"fr\""), "{}", export.text);
    assert_eq!(sam.get("/library/zip").await.status, 200);
    // A download that was stopped gives its place back.
    drop(first);
    let began = std::time::Instant::now();
    while ada.post("/library/zip", &form).await.status == 429 {
        assert!(began.elapsed() < crate::harness::PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    drop(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_is_dated_and_can_be_unpacked_while_it_arrives() {
    let server = Server::start(&[]).await;
    let ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    let given = ["夕暮れの港", "नीली झोपड़ी ที่นี่", "a boat"].map(|prompt| Given {
        prompt,
        ..Given::default()
    });
    let ids = give(&server, &me, &given).await;
    keep(&server, &ids).await;
    // One that is longer than what waits in memory.
    keep_originals(&server, &ids[2..], |id| original(id).repeat(2000)).await;
    let answer = ada
        .request(reqwest::Method::GET, "/library/zip")
        .send()
        .await
        .unwrap();
    let file = server.data.path().join("stream.zip");
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    // A reader that cannot go back, and believes only what stands before each file.
    let said = python(
        &file,
        "import struct, sys, zlib, zipfile
from datetime import datetime, timezone
f = open(sys.argv[1], 'rb')
names = []
while True:
    head = f.read(30)
    if head[:4] != b'PK\\x03\\x04': break
    _, _, flags, method, time, date, crc, size, whole, name, extra = struct.unpack('<4sHHHHHIIIHH', head)
    name, extra = f.read(name).decode('utf-8'), f.read(extra)
    assert not flags & 8, 'what follows is not known'
    assert method == 0 and (flags & 0x800 or name.isascii()), (method, flags)
    if size == 0xffffffff: whole, size = struct.unpack('<QQ', extra[4:20])
    data = f.read(size)
    assert len(data) == whole == size and zlib.crc32(data) == crc, name
    names.append(name)
assert head[:4] == b'PK\\x01\\x02', head
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
assert [i.filename for i in z.infolist()] == names and len(names) == 4, names
for i in z.infolist():
    expected = (2026, 9, 21, 14, 13, 20)
    if i.filename == 'pictures.json': assert i.date_time[0] >= 2026, i.date_time
    else: assert i.date_time == expected, i.date_time
print('\\n'.join(names))",
    );
    for words in ["夕暮れの港", "नीली-झोपड़ी-ที่นี่", "a-boat"]
    {
        assert!(said.contains(words), "{words} is in no name: {said}");
    }
}

/// This process's resident memory in kibibytes.
pub fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Saves a download as it comes; the most memory this process had meanwhile, in kibibytes.
pub async fn save(mut answer: reqwest::Response, file: &std::path::Path) -> u64 {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    let (mut most, mut pieces) = (0, 0_u32);
    while let Some(piece) = answer.chunk().await.unwrap() {
        std::io::Write::write_all(&mut out, &piece).unwrap();
        pieces += 1;
        if pieces % 100 == 0 {
            most = most.max(resident_kib());
        }
    }
    std::io::Write::flush(&mut out).unwrap();
    assert!(most > 0 || pieces < 100, "memory was never looked at");
    most
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes long: thousands of pictures"]
async fn a_zip_of_five_thousand_pictures_takes_no_memory_to_speak_of() {
    let server = Server::start(&[]).await;
    let ada = server.signed_in("Ada Martin").await;
    let me = person(&server, "Ada Martin").await;
    // A bucket takes longer to fill.
    let (pictures, enough) = if on_d1() {
        (2_500, 75_000_000)
    } else {
        (5_000, 150_000_000)
    };
    let given: Vec<Given> = (0..pictures).map(|_| Given::default()).collect();
    let ids = give(&server, &me, &given).await;
    // 40 kB each, 200 MB together.
    keep_originals(&server, &ids, |id| original(id).repeat(20)).await;
    let whole = original(&ids[0]).len() * 20 * pictures;
    assert!(whole > enough, "{whole}");
    let before = resident_kib();
    let answer = ada
        .request(reqwest::Method::GET, "/library/zip")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers().get("content-length").is_none(),
        "it is streamed"
    );
    let file = server.data.path().join("all.zip");
    let grown = save(answer, &file).await.saturating_sub(before) / 1024;
    assert!(grown < 48, "{grown} MiB more for {whole} bytes");
    let said = python(
        &file,
        "import zipfile, sys
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(len(z.infolist()))",
    );
    assert_eq!(said.trim(), (pictures + 1).to_string());
}

/// A form as the body of a request whose answer is read by the test itself.
pub trait FormOf {
    fn form_of(self, fields: &[(&str, &str)]) -> Self;
}

impl FormOf for reqwest::RequestBuilder {
    fn form_of(self, fields: &[(&str, &str)]) -> Self {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.header("content-type", "application/x-www-form-urlencoded")
            .body(body.finish())
    }
}
