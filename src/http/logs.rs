//! Where the log goes: standard output, and files beside it where they are wished.

use crate::{
    housekeeping::dated_files::LOG_PREFIX,
    server::config::{Config, LogFormat},
};
use std::io::{IsTerminal, stdout};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts the log that the configuration describes.
pub fn start(config: &Config) {
    // async-openai logs answers it cannot read, and those can hold a prompt.
    let filter = format!("{},async_openai=off", config.imgc.log_filter);
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // One file a day beside the standard output; housekeeping removes old ones.
    let files = config.imgc.log_dir.as_ref().map(|folder| {
        let daily = tracing_appender::rolling::daily(folder, LOG_PREFIX);
        fmt::layer().json().with_writer(daily)
    });
    let registry = tracing_subscriber::registry().with(filter).with(files);
    let started = match config.imgc.log_format {
        LogFormat::Text => {
            let text = fmt::layer().with_target(false);
            // Colours are for a person who watches: a journal, a file or a pipe
            // would keep them as noise. On a terminal NO_COLOR decides.
            let text = if stdout().is_terminal() {
                text
            } else {
                text.with_ansi(false)
            };
            registry.with(text).try_init()
        }
        LogFormat::Json => registry.with(fmt::layer().json()).try_init(),
    };
    if started.is_err() {
        eprintln!("logging was set up before");
    }
}
