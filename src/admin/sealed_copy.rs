//! Making a sealed copy: the picture, and what is known of it, its owner and who told of it.

use super::case_decisions;
use crate::{
    error::AppError,
    model::notice::Reason,
    server::{AppState, archive, incident, objects::FileError, objects::ObjectKey, sealing},
    store::{
        cases::{self, After, Whole},
        images::Image,
        sealed::{self, Inside, Report},
        users,
    },
    ui::format,
};
use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Seals a copy; what of the picture is in it. While the object store does not answer there
/// is none: whoever passed the case on reads that, and what they typed is kept.
pub(super) async fn seal(
    state: &AppState,
    whole: &Whole,
    hidden: bool,
    report: &Report,
) -> Result<Inside, AppError> {
    let case = &whole.case;
    let image = sealed::picture(&state.db, &case.id).await?;
    let (original, inside) = match &image {
        Some(image) => match state.objects.read(archive::original(image)).await {
            Ok(bytes) => {
                let name = format!("original.{}", image.format);
                (Some((name, bytes)), Inside::Sealed)
            }
            Err(FileError::Missing) => (None, Inside::Missing),
            Err(error) => return Err(incident::internal("object store", &error)),
        },
        None => (None, Inside::Deleted),
    };
    if inside != Inside::Sealed {
        tracing::error!(
            case = case.id,
            copy = report.id,
            picture = inside.as_str(),
            "a sealed copy was made without its picture"
        );
    }
    let facts = facts(state, whole, hidden, (report, inside), image.as_ref()).await?;
    let packed = packed(
        original
            .as_ref()
            .map(|(name, bytes)| (name.as_str(), &bytes[..])),
        &facts,
    );
    let packed = packed.map_err(|error| incident::internal("a sealed copy", &error))?;
    let sealed = sealing::seal(&state.key, &report.id, &packed);
    let sealed = sealed.ok_or_else(|| incident::internal("a sealed copy", &"it is too large"))?;
    let key = ObjectKey::Sealed { copy: &report.id };
    let put = state.objects.put(key, sealed.into()).await;
    put.map_err(|error| incident::internal("object store", &error))?;
    Ok(inside)
}

/// Every notice of a case, as JSON; without who sent them where they are `hidden`.
async fn told(
    state: &AppState,
    case_id: &str,
    hidden: bool,
) -> Result<Vec<serde_json::Value>, AppError> {
    let (mut told, mut after) = (Vec::new(), After::NOTHING);
    loop {
        let some = cases::notices(&state.db, case_id, after).await?;
        let Some(last) = some.last() else {
            return Ok(told);
        };
        after = last.after();
        told.extend(some.into_iter().map(|mut notice| {
            if hidden {
                case_decisions::hide_who(&mut notice);
            }
            serde_json::json!({
                "number": notice.id,
                "reason": notice.reason.map(Reason::as_str),
                "explanation": notice.explanation,
                "name": notice.name,
                "email": notice.email,
                "received_at": format::iso(notice.created_at_ms),
            })
        }));
    }
}

/// What is known of the picture, its owner and who told of it, as JSON.
async fn facts(
    state: &AppState,
    whole: &Whole,
    hidden: bool,
    (report, inside): (&Report, Inside),
    image: Option<&Image>,
) -> Result<String, AppError> {
    let case = &whole.case;
    let account = users::account(&state.db, &case.user_id).await?;
    let notices = told(state, &case.id, hidden).await?;
    let facts = serde_json::json!({
        "sealed_at": format::iso(report.at_ms),
        "offence": report.offence.as_str(),
        "authority": report.authority,
        "file_reference": report.file_reference,
        "why": report.words,
        "case": case.id,
        "picture": {
            "id": case.about,
            "file": inside.as_str(),
            "made_at": image.map(|image| format::iso(image.created_at_ms)),
            "published_at": image.and_then(|image| image.published_at_ms).map(format::iso),
            "sha256": image.map(|image| image.sha256.clone()),
            "words": image.map(|image| image.prompt.0.clone()),
            "model": image.map(|image| image.model.clone()),
        },
        "account": account.map(|account| serde_json::json!({
            "id": case.user_id,
            "name": account.name,
            "handle": account.handle,
            "email": account.email,
            "provider": account.issuer,
            "id_at_provider": account.subject,
            "since": format::iso(account.created_at_ms),
            "last_sign_in_at": format::iso(account.last_sign_in_at_ms),
        })),
        "notices": notices,
    });
    Ok(format!("{facts:#}\n"))
}

fn packed(original: Option<(&str, &[u8])>, facts: &str) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file("facts.json", options)?;
    archive.write_all(facts.as_bytes())?;
    if let Some((name, bytes)) = original {
        archive.start_file(name, options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}
