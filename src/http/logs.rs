//! Where the log goes: standard output (a command's: standard error), and files
//! beside it where they are wished.

use crate::{
    housekeeping::dated_files::LOG_PREFIX,
    server::config::{Config, LogFormat},
};
use std::io::{IsTerminal, stderr, stdout};
use tracing_subscriber::{
    EnvFilter, Registry, fmt, fmt::writer::BoxMakeWriter, layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Starts the log that the configuration describes, for the server.
pub fn start(config: &Config) {
    begin(config, BoxMakeWriter::new(stdout), stdout().is_terminal());
}

/// As [`start`], for a command: its report is on standard output alone.
pub fn start_beside_report(config: &Config) {
    begin(config, BoxMakeWriter::new(stderr), stderr().is_terminal());
}

fn begin(config: &Config, output: BoxMakeWriter, terminal: bool) {
    // async-openai logs answers it cannot read, and those can hold a prompt.
    let filter = format!("{},async_openai=off", config.imgc.log_filter);
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // One file a day beside the output; housekeeping removes old ones.
    let files = config.imgc.log_dir.as_ref().map(|folder| {
        let daily = tracing_appender::rolling::daily(folder, LOG_PREFIX);
        fmt::layer().json().with_writer(daily)
    });
    let registry = Registry::default().with(filter).with(files);
    let started = match config.imgc.log_format {
        LogFormat::Text => {
            let text = fmt::layer().with_target(false).with_writer(output);
            // Colours are for a person who watches: a journal, a file or a pipe
            // would keep them as noise. On a terminal NO_COLOR decides.
            let text = if terminal {
                text
            } else {
                text.with_ansi(false)
            };
            registry.with(text).try_init()
        }
        LogFormat::Json => registry
            .with(fmt::layer().json().with_writer(output))
            .try_init(),
    };
    if started.is_err() {
        eprintln!("logging was set up before");
    }
}
