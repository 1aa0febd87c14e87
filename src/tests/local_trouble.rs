//! What is wrong with this machine is nobody's picture: descriptors, disk, decoder,
//! store and clock fail under jobs whose answers were paid for, and each picture
//! reaches its library all the same, once.

use crate::{
    crash::{Outside, fault, kill, wait_for_state},
    harness::{Browser, PATIENCE, Server, folder, new_key, on_d1},
    rights,
};
use imgc::{
    housekeeping::orphans,
    model::limits::DAY_MS,
    server::{AppState, config::Config, secrets},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;

/// A server of its own, whose machine fails as these fail points say.
struct Machine {
    folder: TempDir,
    outside: Outside,
    server: Child,
    ada: Browser,
}

impl Machine {
    async fn failing(points: &str) -> Machine {
        Machine::with(&[("FAILPOINTS", points.to_owned())]).await
    }

    async fn with(more: &[(&'static str, String)]) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let outside = Outside::start(folder.path()).await;
        let server = outside.server_with(folder.path(), None, more).await;
        let mut ada = Browser::new(&format!("http://{}", outside.site));
        ada.sign_in("Ada Martin").await;
        Machine {
            folder,
            outside,
            server,
            ada,
        }
    }

    /// A server whose jobs stand still at this point, with four of them there.
    async fn stopped_at(point: &str, state: &str) -> (Machine, Vec<String>) {
        let more = [
            ("FAILPOINTS", fault(point, "sleep(600000)")),
            ("IMGC_JOBS_CONCURRENCY", "4".to_owned()),
            ("IMGC_JOBS_PER_PERSON", "4".to_owned()),
            // A job that stands still takes a thread along.
            ("TOKIO_WORKER_THREADS", "8".to_owned()),
        ];
        let mut machine = Machine::with(&more).await;
        let mut jobs = Vec::new();
        for n in 0..4 {
            jobs.push(machine.ada.generate(&format!("boat {n}")).await);
        }
        for job in &jobs {
            wait_for_state(machine.folder.path(), job, state).await;
        }
        kill(&mut machine.server);
        (machine, jobs)
    }

    async fn restart(&mut self, more: &[(&'static str, String)]) {
        let restarted = self.outside.server_with(self.folder.path(), None, more);
        self.server = restarted.await;
    }

    async fn ended(&mut self, job: &str) -> Value {
        self.ada.until(job, &["ready", "failed", "unknown"]).await
    }

    fn data(&self, path: &str) -> PathBuf {
        self.folder.path().join("data").join(path)
    }

    fn signal(&self, signal: &str) {
        let id = self.server.id().to_string();
        let told = Command::new("kill").args([signal, &id]).status();
        assert!(told.unwrap().success());
    }

    async fn file(&mut self, path: &str) -> (String, Vec<u8>) {
        let request = self.ada.request(reqwest::Method::GET, path);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (kind, answer.bytes().await.unwrap().to_vec())
    }

    /// The job's picture is there, and was asked for once.
    async fn assert_ready(&mut self, job: &str, key: &str) -> String {
        let ended = self.ended(job).await;
        assert_eq!(ended["state"], "ready", "{ended}");
        assert_eq!(self.outside.requests(key).await, 1);
        let image = ended["images"][0]["id"].as_str().unwrap().to_owned();
        let (_, original) = self.file(&format!("/files/{image}/original.png")).await;
        assert!(original.starts_with(b"\x89PNG"));
        image
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_waits_in_memory_for_descriptors_and_for_room() {
    let points = "spool-no-descriptors=2*return->off;spool-disk-full=1*return->off";
    let mut machine = Machine::failing(points).await;
    let key = new_key();
    let job = machine.ada.generate(&format!("a boat [key:{key}]")).await;
    machine.assert_ready(&job, &key).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spool_and_a_store_that_fail_make_a_picture_late_and_lose_nothing() {
    let points = "spool-unreadable=1*return->off;store-down=2*return->off";
    let mut machine = Machine::failing(points).await;
    let key = new_key();
    let job = machine.ada.generate(&format!("a boat [key:{key}]")).await;
    machine.assert_ready(&job, &key).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_writes_what_is_only_in_memory() {
    let mut machine = Machine::failing("spool-no-descriptors=3*return->off").await;
    let key = new_key();
    let job = machine.ada.generate(&format!("a boat [key:{key}]")).await;
    let began = Instant::now();
    while machine.outside.requests(&key).await == 0 {
        assert!(began.elapsed() < PATIENCE, "the painter was never asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    machine.signal("-TERM");
    while machine.server.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < PATIENCE, "the server does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    machine.restart(&[]).await;
    machine.assert_ready(&job, &key).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_ready_before_its_renditions_and_gets_them_later() {
    let mut machine = Machine::failing("decoder-busy=1*return->off").await;
    let key = new_key();
    let job = machine.ada.generate(&format!("a boat [key:{key}]")).await;
    let image = machine.assert_ready(&job, &key).await;
    let address = format!("/files/{image}/640.webp");
    let (kind, bytes) = machine.file(&address).await;
    // Unless the machine was so slow that they are there already.
    let stands_in = kind == "image/png" && bytes.starts_with(b"\x89PNG");
    assert!(stands_in || kind == "image/webp", "{kind}");
    let began = Instant::now();
    while machine.file(&address).await.0 != "image/webp" {
        assert!(began.elapsed() < PATIENCE, "no rendition followed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let page = machine.ada.get(&format!("/i/{image}")).await;
    assert!(page.text.contains("640.webp"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_an_earlier_release_gets_the_renditions_it_lacks() {
    let mut machine = Machine::with(&[]).await;
    let key = new_key();
    let job = machine.ada.generate(&format!("a boat [key:{key}]")).await;
    let image = machine.assert_ready(&job, &key).await;
    let largest = format!("/files/{image}/1024.webp");
    machine.file(&largest).await;
    until_noted(&mut machine, &image, "1024.webp").await;

    kill(&mut machine.server);
    let older = "UPDATE images SET widths = '[320,640]', rendition_set = 1 WHERE id = ?1";
    folder::alter(&machine.data(""), older, &[&image]).await;
    if !on_d1() {
        let object = format!("objects/renditions/{image}/1024.webp");
        std::fs::remove_file(machine.data(&object)).unwrap();
    }
    machine.restart(&[]).await;
    // What it has is shown until then, and never the original in its place.
    let page = machine.ada.get(&format!("/i/{image}")).await;
    assert!(page.text.contains("640.webp 640w"), "{}", page.text);
    until_noted(&mut machine, &image, "1024.webp").await;
    assert_eq!(machine.file(&largest).await.0, "image/webp");
    let due = "SELECT id FROM images WHERE renditions_due IS NOT NULL OR rendition_set < 2";
    assert!(folder::rows(&machine.data(""), due, &[]).await.is_empty());
}

/// Waits until the row of a picture tells of this rendition.
async fn until_noted(machine: &mut Machine, image: &str, rendition: &str) {
    let began = Instant::now();
    let noted = "SELECT id FROM images WHERE id = ?1 AND renditions_due IS NULL";
    loop {
        let rows = folder::rows(&machine.data(""), noted, &[image]).await;
        let page = machine.ada.get(&format!("/i/{image}")).await;
        if !rows.is_empty() && page.text.contains(rendition) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "no {rendition}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_a_rendition_that_is_being_made_gets_it() {
    let mut machine = Machine::failing("renditions-slow=1*sleep(1500)").await;
    let job = machine.ada.generate("a boat").await;
    let ended = machine.ended(&job).await;
    let shown = &ended["images"][0]["renditions"][0];
    assert_eq!(shown["width"], 320, "{ended}");
    let (kind, _) = machine.file(shown["src"].as_str().unwrap()).await;
    assert_eq!(kind, "image/webp");
}

#[tokio::test(flavor = "multi_thread")]
async fn renditions_under_way_do_not_outlive_their_owner() {
    let mut machine = Machine::failing("renditions-slow=1*sleep(3000)").await;
    let job = machine.ada.generate("a boat").await;
    assert_eq!(machine.ended(&job).await["state"], "ready");
    let receipt = rights::close(&mut machine.ada, "now").await;
    rights::until_receipt_says(&mut machine.ada, &receipt, "Every file erased").await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        assert_eq!(folder::objects(&machine.data("")).await, [""; 0]);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rendition_is_begun_while_its_owner_is_erased() {
    // The first try fails; the second would begin while the erasure sleeps, and write
    // when everything is gone.
    let trouble = "decoder-busy=1*return->off;renditions-slow=1*off->sleep(5000);\
        erasing-begun=1*sleep(3000)";
    let more = [
        ("FAILPOINTS", trouble.to_owned()),
        ("TOKIO_WORKER_THREADS", "4".to_owned()),
    ];
    let mut machine = Machine::with(&more).await;
    let job = machine.ada.generate("a boat").await;
    assert_eq!(machine.ended(&job).await["state"], "ready");
    let receipt = rights::close(&mut machine.ada, "now").await;
    rights::until_receipt_says(&mut machine.ada, &receipt, "Every file erased").await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(6) {
        assert_eq!(folder::objects(&machine.data("")).await, [""; 0]);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_owner_left_meanwhile_leaves_nothing() {
    // One worker sleeps at the fail point; the others have to answer.
    let more = [
        ("FAILPOINTS", "job-spooled=1*sleep(3000)".to_owned()),
        ("TOKIO_WORKER_THREADS", "4".to_owned()),
    ];
    let mut machine = Machine::with(&more).await;
    let job = machine.ada.generate("a boat").await;
    let began = Instant::now();
    while !folder::arrived(&machine.data("")).await.contains(&job) {
        assert!(began.elapsed() < PATIENCE, "the answer never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let receipt = rights::close(&mut machine.ada, "now").await;
    rights::until_receipt_says(&mut machine.ada, &receipt, "Every file erased").await;
    // Whatever was brought to the store after that goes again.
    let began = Instant::now();
    loop {
        let objects = folder::objects(&machine.data("")).await;
        let spooled = folder::arrived(&machine.data("")).await.contains(&job);
        if began.elapsed() > Duration::from_secs(4) && objects.is_empty() && !spooled {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{objects:?} {spooled}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_hand_is_not_adopted_when_the_clock_jumps() {
    let server = Server::start(&[("IMGC_JOBS_LEASE_S", "5")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let key = new_key();
    let job = ada
        .generate(&format!("a boat [demo:slow=5] [key:{key}]"))
        .await;
    ada.until(&job, &["dispatching"]).await;
    server.state.clock.advance_ms(60 * 60 * 1000);
    let ended = ada.until(&job, &["ready", "failed", "unknown"]).await;
    assert_eq!(ended["state"], "ready", "{ended}");
    assert_eq!(server.painter().await["by_key"][&key], 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "stops a server for longer than a lease: make test-all"]
async fn a_process_that_was_stopped_goes_on_with_its_jobs() {
    let mut machine = Machine::with(&[("IMGC_JOBS_LEASE_S", "5".to_owned())]).await;
    let key = new_key();
    let prompt = format!("a boat [demo:slow=12] [key:{key}]");
    let job = machine.ada.generate(&prompt).await;
    machine.ada.until(&job, &["dispatching"]).await;
    machine.signal("-STOP");
    tokio::time::sleep(Duration::from_secs(9)).await;
    machine.signal("-CONT");
    machine.assert_ready(&job, &key).await;
}

/// Changes one row of the jobs while no server runs.
async fn lend_to_another_node(folder: &Path, job: &str) {
    let sql = "UPDATE jobs SET lease_owner = 'elsewhere', lease_until = 0 WHERE id = ?1";
    folder::alter(&folder.join("data"), sql, &[job]).await;
}

/// The same, so that a job's answer is there and not booked.
async fn back_to_before_the_booking(folder: &Path, job: &str) {
    let sql = "UPDATE jobs SET state = 'dispatching', cost_micros = NULL, pictures = NULL
        WHERE id = ?1";
    folder::alter(&folder.join("data"), sql, &[job]).await;
}

/// Waits for what is set aside, which is done once the end of its job is recorded.
async fn until_there(aside: &Path) {
    let began = Instant::now();
    while !aside.exists() {
        assert!(began.elapsed() < PATIENCE, "nothing was set aside");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Replaces a job's spooled picture, as if the image API had sent that one.
fn sent_instead(machine: &Machine, job: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) {
    let folder = machine.data("spool").join(job);
    let bytes = change(std::fs::read(folder.join("0")).unwrap());
    let manifest = std::fs::read(folder.join("manifest.json")).unwrap();
    let mut manifest: Value = serde_json::from_slice(&manifest).unwrap();
    manifest["pictures"][0]["sha256"] = json!(secrets::sha256(&bytes));
    std::fs::write(folder.join("0"), bytes).unwrap();
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

/// An AVIF file as far as its header goes: 64 by 48 pixels.
fn avif() -> Vec<u8> {
    let boxed = |name: &[u8; 4], body: &[u8]| {
        let length = (body.len() as u32 + 8).to_be_bytes();
        [&length[..], name, body].concat()
    };
    let size = boxed(b"ispe", &[0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 48]);
    let properties = boxed(b"iprp", &boxed(b"ipco", &size));
    let meta = boxed(b"meta", &[&[0; 4][..], &properties].concat());
    [boxed(b"ftyp", b"avif\0\0\0\0avifmif1"), meta].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_decoded_is_shown_as_it_came() {
    if on_d1() {
        // What it changes are the spool's and the store's files.
        return;
    }
    let (mut machine, jobs) = Machine::stopped_at("job-received", "received").await;
    sent_instead(&machine, &jobs[0], |_| avif());
    sent_instead(&machine, &jobs[1], |png| png[..png.len() / 4].to_vec());
    lend_to_another_node(machine.folder.path(), &jobs[2]).await;
    sent_instead(&machine, &jobs[3], |_| b"no picture at all".to_vec());
    // Its booking fails once, so that it is looked at twice.
    back_to_before_the_booking(machine.folder.path(), &jobs[3]).await;
    let more = [
        ("IMGC_JOBS_LEASE_S", "5".to_owned()),
        ("FAILPOINTS", "booking-fails=1*return->off".to_owned()),
    ];
    machine.restart(&more).await;
    for (job, ending, kind) in [
        (&jobs[0], "avif", "image/avif"),
        (&jobs[1], "png", "image/png"),
    ] {
        let ended = machine.ended(job).await;
        assert_eq!(ended["state"], "ready", "{ended}");
        let card = &ended["images"][0];
        let image = card["id"].as_str().unwrap();
        let original = format!("/files/{image}/original.{ending}");
        let began = Instant::now();
        let shown = async |machine: &mut Machine| {
            machine.ended(job).await["images"][0]["renditions"][0]["src"].clone()
        };
        while shown(&mut machine).await != original {
            assert!(began.elapsed() < PATIENCE, "a rendition that never comes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(machine.file(&original).await.0, kind);
        assert_eq!(
            machine.file(&format!("/files/{image}/320.webp")).await.0,
            kind
        );
        assert_eq!(machine.ada.get(&format!("/i/{image}")).await.status, 200);
    }
    // The lease of a node that is heard of no more is taken over.
    assert_eq!(machine.ended(&jobs[2]).await["state"], "ready");
    // What is no picture was answered with success, so it costs, and is kept.
    let ended = machine.ended(&jobs[3]).await;
    assert_eq!(ended["failure"]["kind"], "bad_answer");
    assert!(ended["settled"] == true && ended["cost_micros"].as_i64() > Some(0));
    let aside = machine.data("set-aside").join(&jobs[3]).join("0");
    until_there(&aside).await;
    assert_eq!(std::fs::read(aside).unwrap(), b"no picture at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_here_is_set_aside_until_its_owner_leaves() {
    if on_d1() {
        // What it changes are the spool's and the store's files.
        return;
    }
    let (mut machine, jobs) = Machine::stopped_at("job-received", "received").await;
    let spooled =
        |machine: &Machine, job: &str, name: &str| machine.data("spool").join(job).join(name);
    // Lists that are cut, or gone: the pictures beside them are whole.
    std::fs::write(spooled(&machine, &jobs[0], "manifest.json"), "{\"usa").unwrap();
    std::fs::remove_file(spooled(&machine, &jobs[1], "manifest.json")).unwrap();
    // A picture that is no longer what was written, and one that is gone.
    std::fs::write(spooled(&machine, &jobs[2], "0"), "rotten").unwrap();
    std::fs::remove_dir_all(machine.data("spool").join(&jobs[3])).unwrap();
    machine.restart(&[]).await;
    for job in &jobs[..2] {
        assert_eq!(machine.ended(job).await["state"], "ready");
    }
    for job in &jobs[2..] {
        let ended = machine.ended(job).await;
        assert_eq!(ended["failure"]["kind"], "storage_failed", "{ended}");
        assert!(ended["settled"] == true && ended["cost_micros"].as_i64() > Some(0));
        let page = machine.ada.get(&format!("/jobs/{job}")).await.text;
        assert!(page.contains("the fault is ours") && !page.contains("image service answered"));
    }
    let aside = machine.data("set-aside");
    until_there(&aside.join(&jobs[2]).join("0")).await;
    assert!(aside.join(&jobs[0]).join("manifest.json").exists());
    rights::close(&mut machine.ada, "now").await;
    let began = Instant::now();
    while jobs.iter().any(|job| aside.join(job).exists()) {
        assert!(began.elapsed() < PATIENCE, "set aside for ever");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn originals_of_a_job_that_stopped_are_nobody_elses_to_delete() {
    if on_d1() {
        // What it changes are the spool's and the store's files.
        return;
    }
    let (mut machine, jobs) = Machine::stopped_at("job-stored", "stored").await;
    let data = machine.folder.path().join("data");
    // The originals have lain there for days.
    let long_ago = SystemTime::now() - Duration::from_secs(3 * 24 * 3600);
    for entry in std::fs::read_dir(data.join("objects/originals")).unwrap() {
        let file = std::fs::File::options()
            .write(true)
            .open(entry.unwrap().path());
        file.unwrap().set_modified(long_ago).unwrap();
    }
    let vars = HashMap::from([("IMGC_DATA_DIR", data.display().to_string())]);
    let config = Config::from_parts("", &|name| vars.get(name).cloned()).unwrap();
    let state = AppState::open(config).await.unwrap();
    state.clock.advance_ms(2 * DAY_MS);
    let found = orphans::in_store(&state).await.unwrap();
    assert_eq!(found, Vec::<String>::new());
    state.db.close().await;
    // One whose list is lost keeps its picture, too.
    let list = data.join("spool").join(&jobs[0]).join("manifest.json");
    std::fs::write(list, "").unwrap();
    machine.restart(&[]).await;
    for job in &jobs {
        let ended = machine.ended(job).await;
        assert_eq!(ended["state"], "ready", "{ended}");
        let image = ended["images"][0]["id"].as_str().unwrap();
        machine.file(&format!("/files/{image}/original.png")).await;
    }
}
