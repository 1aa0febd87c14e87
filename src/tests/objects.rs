//! The object store against a real S3 server, and a whole job through it.

mod deletion;
pub mod standin;

use crate::harness::{Server, listener};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use imgc::server::objects::{FileError, ObjectKey, Objects};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::path::Path;

const KEY: &str = "test-key-id";
const SECRET: &str = "test-secret-key";

/// Serves a folder as an S3 service with one bucket.
async fn s3(folder: &Path) -> String {
    std::fs::create_dir_all(folder.join("pictures")).unwrap();
    let service = {
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        builder.build()
    };
    let listener = listener();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let http = Builder::new(TokioExecutor::new());
                let _ = http.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    address
}

fn config(endpoint: &str, secret: &str, data: &Path) -> imgc::server::config::Config {
    let pairs = [
        ("IMGC_OBJECTS_URL", "s3://pictures/some/prefix"),
        ("IMGC_OBJECTS_ENDPOINT", endpoint),
        ("IMGC_OBJECTS_REGION", "us-east-1"),
        ("IMGC_OBJECTS_ACCESS_KEY_ID", KEY),
        ("IMGC_OBJECTS_SECRET_ACCESS_KEY", secret),
        ("IMGC_DATA_DIR", data.to_str().unwrap()),
        ("IMGC_OIDC_CLIENT_ID", "c"),
        ("IMGC_OIDC_CLIENT_SECRET", "s"),
        ("IMGC_OPENAI_API_KEY", "k"),
        ("IMGC_CONTACT", "help@example.com"),
        ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
        ("IMGC_SIGN_UP_MODE", "open"),
    ];
    let env = |name: &str| {
        let found = pairs.iter().find(|(n, _)| *n == name);
        found.map(|(_, v)| (*v).to_owned())
    };
    imgc::server::config::Config::from_parts("", &env).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_keeps_gives_back_and_deletes() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = s3(folder.path()).await;
    let files = Objects::open(&config(&endpoint, SECRET, folder.path())).unwrap();
    files.ping().await.unwrap();
    let key = ObjectKey::Original {
        image: "0190-test",
        format: "png",
    };
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    files.put(key, bytes.clone().into()).await.unwrap();
    assert_eq!(files.read(key).await.unwrap().as_ref(), bytes);
    let stored = folder
        .path()
        .join("pictures/some/prefix/originals/0190-test.png");
    assert_eq!(std::fs::read(stored).unwrap(), bytes, "byte for byte");
    files.delete(&key.path()).await.unwrap();
    files.delete(&key.path()).await.unwrap();
    assert_eq!(files.read(key).await.err(), Some(FileError::Missing));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = s3(folder.path()).await;
    let files = Objects::open(&config(&endpoint, "another", folder.path())).unwrap();
    assert_eq!(files.ping().await.err(), Some(FileError::Failed));
}

/// The demo on a bucket: its key comes from the file, for the environment's
/// would be real credentials; only the store is under test here.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_job_goes_through_the_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = s3(folder.path()).await;
    // Without an access key id the demo stays the demo; the S3 service here
    // then sees unsigned requests, so it is asked with the id through production.
    let outside = Server::start(&[]).await;
    let issuer = outside.demo.clone();
    let server = Server::start(&[
        ("IMGC_OBJECTS_URL", "s3://pictures"),
        ("IMGC_OBJECTS_ENDPOINT", &endpoint),
        ("IMGC_OBJECTS_REGION", "us-east-1"),
        ("IMGC_OBJECTS_ACCESS_KEY_ID", KEY),
        ("IMGC_OBJECTS_SECRET_ACCESS_KEY", SECRET),
        ("IMGC_OIDC_ISSUER", &issuer),
        ("IMGC_OIDC_CLIENT_ID", imgc::server::oidc::DEMO_CLIENT_ID),
        (
            "IMGC_OIDC_CLIENT_SECRET",
            imgc::server::oidc::DEMO_CLIENT_SECRET,
        ),
        ("IMGC_OPENAI_BASE_URL", &format!("{issuer}/v1")),
        ("IMGC_OPENAI_API_KEY", imgc::server::image_api::DEMO_API_KEY),
        ("IMGC_CONTACT", "help@example.com"),
        ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
        ("IMGC_SIGN_UP_MODE", "open"),
        ("IMGC_PUBLIC_URL", &outside.base),
    ])
    .await;
    // The provider knows the other server's callback only; its session is made there by hand.
    let mut ada = server.browser();
    let start = ada.get("/auth/start").await;
    let callback = ada.choose(start.location(), "Ada Martin").await;
    let path = callback.strip_prefix(&outside.base).unwrap();
    ada.get(path).await;
    let id = ada.picture("a boat in a bucket").await;
    assert!(
        folder
            .path()
            .join(format!("pictures/originals/{id}.png"))
            .exists()
    );
    let (status, bytes) = ada.get_bytes(&format!("/files/{id}/original.png")).await;
    assert_eq!((status, &bytes[..4]), (200, &b"\x89PNG"[..]));
}
