//! `imgc doctor`: what is in force, and whether every dependency works.

use crate::{
    housekeeping::{dated_files, orphans},
    model::FailureKind,
    server::{
        AppState,
        config::{Config, Origin},
        image_api::ImageApiError,
        oidc::probe::SignInTrouble,
    },
    store::retention,
    ui::format,
};
use std::fmt::Write;

/// The report, and whether everything works.
pub async fn examine(config: Config) -> (String, bool) {
    let mut report = in_force(&config);
    if config.demo {
        report.push_str("\nMode: the demo. Its sign-in and painter start with `imgc serve`.\n");
    } else {
        report.push_str("\nMode: production.\n");
    }
    report.push_str("\nChecks:\n");
    let state = match AppState::open(config).await {
        Ok(state) => state,
        Err(error) => {
            let _ = writeln!(report, "  ✗ {error}");
            return (report, false);
        }
    };
    let mut well = true;
    let mut notes = Vec::new();
    for (name, result) in checks(&state, &mut notes).await {
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
    for warning in notes.into_iter().chain(proxy_warnings(&state.config)) {
        let _ = writeln!(report, "  ! {warning}");
    }
    retirements(&state, &mut report).await;
    housekeeping(&state, &mut report).await;
    backups(&state.config, &mut report);
    state.db.close().await;
    (report, well)
}

/// What a check is called, and what helps where it fails.
type Check = (&'static str, Result<(), Trouble>);

/// What does not work, and what to look at.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it does not take writes: check data_dir's disk and rights")]
    Database,
    #[error("it does not keep a probe: check objects.url, .endpoint, .region and the keys")]
    Objects,
    #[error(
        "{count} of them are not in the object store, the first is {first}: was it moved or \
         emptied?"
    )]
    OriginalsMissing { count: usize, first: String },
    #[error("they cannot be counted: {0}")]
    OriginalsUncounted(String),
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
async fn checks(state: &AppState, notes: &mut Vec<String>) -> Vec<Check> {
    let database = state.db.ping().await.map_err(|_| Trouble::Database);
    let objects = state.objects.ping().await.map_err(|_| Trouble::Objects);
    let mut checks = vec![
        ("database", database),
        ("objects", objects),
        ("originals", originals(state).await),
    ];
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

/// What a production behind a proxy would trip over, and a set for this machine
/// alone may well mean: so warnings, no failures.
fn proxy_warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if config.demo {
        return warnings;
    }
    if !config.is_https() {
        warnings.push(format!(
            "public_url (or IMGC_PUBLIC_URL): people use {} by it, on this machine alone. Through \
             a proxy, signing in would fail: set the https:// address that people type",
            config.public_origin()
        ));
    }
    if config.leptos.site_addr.ip().is_loopback() && config.imgc.trusted_proxies.is_empty() {
        warnings.push(
            "trusted_proxies (or IMGC_TRUSTED_PROXIES) is empty: behind a proxy on this machine \
             all visitors have its address, and share one visitor's limits. For such a proxy: \
             127.0.0.0/8,::1/128"
                .to_owned(),
        );
    }
    warnings
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

/// Which backup is the newest, or that there is none.
fn backups(config: &Config, report: &mut String) {
    if config.demo {
        return;
    }
    let newest = dated_files::backups(&config.backup_dir()).ok();
    let newest = newest.and_then(|mut found| found.pop());
    let _ = match (newest, &config.imgc.backup.recipient) {
        (Some(path), _) => writeln!(report, "\nNewest backup: {}", path.display()),
        (None, Some(_)) => writeln!(report, "\n! No backup yet: run `imgc backup` every day"),
        (None, None) => writeln!(
            report,
            "\n! No backups: `imgc backup-key FILE` makes a key for backup.recipient"
        ),
    };
}

/// Warns of models the API says it will shut down. Only a warning: a model was
/// once missing from the list while it worked.
async fn retirements(state: &AppState, report: &mut String) {
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
            let _ = writeln!(report, "  ! {id} is to be shut down on {date}");
        }
    }
}
