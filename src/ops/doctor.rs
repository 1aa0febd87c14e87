//! `imgc doctor`: what is in force, and whether every dependency works.

mod copies;
mod mail;
mod shared;

use super::words::doubt;
use crate::{
    housekeeping::orphans,
    model::{FailureKind, limits::HOUR_MS},
    server::{
        AppState,
        config::{self, Config, Origin, SignUpMode},
        data_lock,
        image_api::ImageApiError,
        mail::smtp,
        objects::Probe,
        oidc::probe::SignInTrouble,
        spool::SET_ASIDE,
        state::{DATABASE, StartError},
    },
    store::{models_off, outbox, retention},
    ui::format,
};
use shared::SharedTrouble;
use std::fmt::Write;

/// What an examination came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Everything works.
    Well,
    /// Something does not.
    Unwell,
    /// Something does not, and another try would end the same.
    Lasting,
}

/// The report, and what it comes to.
pub async fn examine(config: Config) -> (String, Health) {
    let mut report = in_force(&config);
    if config.demo {
        report.push_str("\nMode: the demo. Its sign-in and painter start with `imgc serve`.\n");
    } else {
        report.push_str("\nMode: production.\n");
    }
    report.push_str(sign_up(&config));
    report.push_str("\nChecks:\n");
    let state = match open(config).await {
        Ok(state) => state,
        Err(error) => {
            let _ = writeln!(report, "  ✗ {error}");
            let lasting = error.is_lasting();
            return (
                report,
                if lasting {
                    Health::Lasting
                } else {
                    Health::Unwell
                },
            );
        }
    };
    let mut well = true;
    let probe = state.objects.probe().await;
    let mut notes = Vec::new();
    for (name, result) in checks(&state, &probe, &mut notes).await {
        match result {
            Ok(()) => {
                let _ = writeln!(report, "  ✓ {name}");
            }
            Err(help) => {
                well = false;
                let _ = writeln!(report, "  ✗ {name}: {help}");
            }
        }
    }
    if state.db.is_shared() {
        shared::trip(&state, &mut report).await;
    }
    for warning in notes.into_iter().chain(state.config.warnings()) {
        let _ = writeln!(report, "  ! {warning}");
    }
    store_warnings(&state, &probe, &mut report).await;
    mail::report(&state, &mut report).await;
    retirements(&state, &mut report).await;
    set_aside(&state, &mut report).await;
    housekeeping(&state, &mut report).await;
    clock(&state, &mut report).await;
    copies::report(&state.config, &mut report);
    state.db.close().await;
    tracing::info!(well, "the doctor has looked");
    (report, if well { Health::Well } else { Health::Unwell })
}

/// Who may open an account.
fn sign_up(config: &Config) -> &'static str {
    match config.sign_up_mode() {
        SignUpMode::Open => "Sign-up: open. Anybody whom the provider vouches for may sign up.\n",
        SignUpMode::Invitation => {
            "Sign-up: by invitation. /admin and `imgc invite` make the links.\n"
        }
        SignUpMode::List => "Sign-up: for the addresses and domains of sign_up.list.\n",
        SignUpMode::Closed => "Sign-up: closed. Only the admins may still open an account.\n",
    }
}

/// Opens everything. Before the first start there is no database to look at, so
/// one is made as the server would.
async fn open(config: Config) -> Result<AppState, StartError> {
    let data = &config.imgc.data_dir;
    if !config.is_shared()
        && !data.join(DATABASE).exists()
        && let Ok(_lock) = data_lock::lock(data)
    {
        return AppState::open(config).await;
    }
    AppState::open_current(config).await
}

/// What a check is called, and what helps where it fails.
type Check = (&'static str, Result<(), Trouble>);

/// What does not work, and what to look at.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it does not take writes: check data_dir's disk and rights")]
    Database,
    #[error("it does not answer: check database.url and its gateway")]
    Gateway,
    #[error(transparent)]
    Shared(#[from] SharedTrouble),
    #[error("it does not keep a probe: check objects.url, .endpoint, .region and the keys")]
    Objects,
    #[error("it keeps a probe and does not give it back: may the key read?")]
    ObjectUnread,
    #[error("it keeps a probe and does not list it: may the key list the bucket?")]
    ObjectUnlisted,
    #[error(
        "it deletes a probe in neither way (DELETE of one, POST ?delete of many): what people \
         delete would stay. May the key delete?"
    )]
    ObjectUndeleted,
    #[error(
        "{count} of them are not in the object store, the first is {first}: was it moved or \
         emptied?"
    )]
    OriginalsMissing { count: usize, first: String },
    #[error("they cannot be counted: {0}")]
    OriginalsUncounted(String),
    #[error(transparent)]
    Mail(#[from] smtp::Trouble),
    #[error(transparent)]
    Identity(#[from] SignInTrouble),
    #[error(
        "it refuses the key: check openai.api_key, the organisation's verification and the country"
    )]
    ApiKey,
    #[error("the account has no money left")]
    ApiMoney,
    #[error("its answer is not understood: check openai.base_url")]
    ApiAnswer,
    #[error("it cannot be reached: check openai.base_url and this machine's way to it")]
    ApiUnreachable,
}

/// Tries everything the service depends on.
async fn checks(state: &AppState, probe: &Probe, notes: &mut Vec<String>) -> Vec<Check> {
    let database = state
        .db
        .ping()
        .await
        .map_err(|_| match state.db.is_shared() {
            true => Trouble::Gateway,
            false => Trouble::Database,
        });
    let objects = match probe {
        probe if probe.is_well() => Ok(()),
        probe if !probe.put => Err(Trouble::Objects),
        probe if !probe.get => Err(Trouble::ObjectUnread),
        probe if !probe.list => Err(Trouble::ObjectUnlisted),
        _ => Err(Trouble::ObjectUndeleted),
    };
    let mut checks = vec![
        ("database", database),
        ("objects: put, get, list, delete", objects),
        ("originals", originals(state).await),
    ];
    if state.db.is_shared() {
        checks.extend(shared::checks(state, probe, notes).await);
    }
    checks.extend(mail::check(state).await);
    if !state.config.demo {
        checks.extend(identity(state, notes).await);
        checks.push(("image API", image_api(state).await));
    }
    checks
}

fn in_force(config: &Config) -> String {
    let mut text = format!(
        "In force (address {}, public {}):\n",
        config.leptos.site_addr,
        config.public_origin()
    );
    for setting in &config.settings {
        let origin = match setting.origin {
            Origin::Default => "default",
            Origin::File => "Leptos.toml",
            Origin::Environment => setting.key.env,
        };
        let _ = writeln!(
            text,
            "  {:<28} {}  [{origin}]",
            setting.key.path, setting.shown
        );
    }
    let models: Vec<&str> = config.models.iter().map(|m| m.id.as_str()).collect();
    let _ = writeln!(text, "  {:<28} {}", "models on offer", models.join(", "));
    text
}

/// What the object store does otherwise than S3 says, and what waits in it.
async fn store_warnings(state: &AppState, probe: &Probe, report: &mut String) {
    if probe.put
        && let (Some(single), Some(bulk)) = (probe.single_delete, probe.bulk_delete)
    {
        let said = |works: bool| if works { "works" } else { "does not work" };
        let _ = writeln!(
            report,
            "  {} deleting from the bucket: one by one {}, many at once {}; either will do",
            if single || bulk { '✓' } else { '✗' },
            said(single),
            said(bulk)
        );
    }
    if probe.keeps_versions {
        report.push_str(
            "  ! the bucket keeps deleted objects as older versions: what people delete stays \
             there. Turn versioning off, or have older versions expire\n",
        );
    }
    let left = state.config.imgc.data_dir.join("objects");
    let has_files = |folder| std::fs::read_dir(folder).is_ok_and(|mut all| all.next().is_some());
    if state.config.imgc.objects.url.is_some() && has_files(&left) {
        let _ = writeln!(
            report,
            "  ! {} still holds objects, and no deletion reaches them: remove it once everything \
             is in the bucket",
            left.display()
        );
    }
    if let Ok((waiting, Some(oldest_ms))) = outbox::waiting(&state.db).await
        && state.clock.now_ms() - oldest_ms > HOUR_MS
    {
        let _ = writeln!(
            report,
            "  ! {waiting} objects wait to be deleted, the oldest since {}",
            format::iso(oldest_ms)
        );
    }
}

/// Goes as far into a sign-in as can be gone without a person; the notes say
/// what that cannot tell.
async fn identity(state: &AppState, notes: &mut Vec<String>) -> Vec<Check> {
    let found = state.oidc.probe().await;
    notes.extend(found.notes.iter().map(|note| format!("identity: {note}")));
    match found.problems.is_empty() {
        true => vec![("identity", Ok(()))],
        false => found
            .problems
            .into_iter()
            .map(|problem| ("identity", Err(problem.into())))
            .collect(),
    }
}

/// Whether every picture's original is in the store.
async fn originals(state: &AppState) -> Result<(), Trouble> {
    match orphans::missing(state).await {
        Ok(missing) => match missing.first() {
            None => Ok(()),
            Some(first) => Err(Trouble::OriginalsMissing {
                count: missing.len(),
                first: first.clone(),
            }),
        },
        Err(error) => Err(Trouble::OriginalsUncounted(error.to_string())),
    }
}

async fn image_api(state: &AppState) -> Result<(), Trouble> {
    match state.image_api.ping().await {
        Ok(_) => Ok(()),
        Err(ImageApiError::Refused { kind, .. }) => Err(match kind {
            FailureKind::Misconfigured => Trouble::ApiKey,
            FailureKind::OutOfBudget => Trouble::ApiMoney,
            _ => Trouble::ApiAnswer,
        }),
        Err(_) => Err(Trouble::ApiUnreachable),
    }
}

/// How many answers are kept because nobody could read them.
async fn set_aside(state: &AppState, report: &mut String) {
    let folder = match state.config.is_shared() {
        true => format!("{SET_ASIDE} in the bucket"),
        false => {
            let folder = state.config.imgc.data_dir.join(SET_ASIDE);
            folder.display().to_string()
        }
    };
    let _ = match state.spool.jobs_set_aside().await {
        Ok(jobs) if jobs.is_empty() => return,
        Ok(jobs) => writeln!(
            report,
            "\n! {} answers of the image API could not be read and are set aside in {folder}, in a \
             folder for each job, until its owner's account is erased",
            jobs.len()
        ),
        Err(error) => writeln!(report, "\n! {folder}: {error}"),
    };
}

/// When each rule of retention last ran, and what it did.
async fn housekeeping(state: &AppState, report: &mut String) {
    let Ok(runs) = retention::runs(&state.db).await else {
        return;
    };
    if runs.is_empty() {
        report.push_str("\nHousekeeping: not run yet; it runs with `imgc serve`.\n");
        return;
    }
    report.push_str("\nHousekeeping:\n");
    for run in runs {
        let mark = if run.failed { '!' } else { '✓' };
        let trouble = if run.failed {
            "; a store did not answer, it goes on"
        } else {
            ""
        };
        let _ = writeln!(
            report,
            "  {mark} {:<18} {}  removed {} then, {} ever{trouble}",
            run.rule,
            format::iso(run.ran_at_ms),
            run.removed,
            run.removed_ever
        );
    }
}

/// Says so where the clock is doubted.
async fn clock(state: &AppState, report: &mut String) {
    let shown_ms = state.clock.system_ms();
    let standing = state.clock_watch.standing(&state.db, shown_ms).await;
    if let Some(doubt) = standing.ok().and_then(doubt) {
        let _ = writeln!(report, "\n! {doubt}");
    }
}

/// Warns of models that the catalogue or the API says will be shut down. Only a warning: a model was
/// once missing from the list while it worked.
async fn retirements(state: &AppState, report: &mut String) {
    for line in config::retirements(&state.config, state.clock.now_ms()) {
        let _ = writeln!(report, "  ! {line}");
    }
    if let Ok(off) = models_off::list(&state.db).await
        && !off.is_empty()
    {
        let _ = writeln!(report, "  ! switched off on /admin: {}", off.join(", "));
    }
    if state.config.demo {
        return;
    }
    let Ok(list) = state.image_api.ping().await else {
        return;
    };
    for entry in list
        .get("data")
        .and_then(|d| d.as_array())
        .into_iter()
        .flatten()
    {
        let id = entry.get("id").and_then(|v| v.as_str()).unwrap_or_default();
        let offered = state.config.models.iter().any(|m| m.upstream_id() == id);
        if let (true, Some(date)) = (offered, entry.get("shutdown_date").and_then(|v| v.as_str())) {
            let line = format!("  ! {id} is to be shut down on {date}\n");
            if !report.contains(&line) {
                report.push_str(&line);
            }
        }
    }
}
