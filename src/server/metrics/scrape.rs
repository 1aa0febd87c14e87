//! The figures as text: what was counted, and how things stand at this moment.

use super::{Lengths, OUTCOMES};
use crate::{
    model::FailureKind,
    server::{
        AppState,
        health::{Folder, Machine, PATIENCE},
    },
    store::health::{self, Work},
};
use prometheus_client::{
    collector::Collector,
    encoding::{self, DescriptorEncoder, NoLabelSet},
    metrics::MetricType,
    registry::{Registry, Unit},
};
use std::fmt;
use tokio::time::timeout;

/// What every name begins with.
const PREFIX: &str = "imgc";
/// Micro-dollars of a dollar.
const MICROS: f64 = 1e6;

/// How the figures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0, which Prometheus asks for.
    OpenMetrics,
    /// The older text format, for whoever does not.
    Plain,
}

/// The figures as they are now. What must be asked for is asked side by side, and
/// within a time: what does not answer is left out, and the rest is there.
pub async fn scrape(state: &AppState, format: Format) -> Result<String, fmt::Error> {
    let day_start_ms = state.clock.day_start_ms();
    let (work, objects, machine) = tokio::join!(
        timeout(PATIENCE, health::work(&state.db, day_start_ms)),
        state.health.objects(&state.objects),
        Machine::look(state),
    );
    let scrape = Scrape {
        state: state.clone(),
        work: work.ok().and_then(Result::ok),
        objects,
        machine,
    };
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(scrape));
    let mut text = String::new();
    match format {
        Format::OpenMetrics => encoding::text::encode(&mut text, &registry)?,
        Format::Plain => encoding::prometheus_text::encode(&mut text, &registry)?,
    }
    Ok(text)
}

struct Scrape {
    state: AppState,
    /// `None` where the database did not answer.
    work: Option<Work>,
    objects: bool,
    machine: Machine,
}

impl fmt::Debug for Scrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrape")
    }
}

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out(encoder);
        self.build(&mut out)?;
        self.requests(&mut out)?;
        self.jobs(&mut out)?;
        self.calls(&mut out)?;
        self.caches(&mut out)?;
        self.machine(&mut out)
    }
}

impl Scrape {
    fn build(&self, out: &mut Out<'_>) -> fmt::Result {
        // "0.1.0 (abc1234)", where the build knew its commit.
        let build = env!("IMGC_VERSION");
        let (version, commit) = build.split_once(" (").unwrap_or((build, ""));
        let commit = commit.trim_end_matches(')');
        let labels = [("version", version), ("commit", commit)];
        let help = "Always 1: which build this is";
        out.gauges(("build_info", help, None), &[(&labels, 1.0)])
    }

    fn requests(&self, out: &mut Out<'_>) -> fmt::Result {
        let Some(requests) = &self.state.metrics.requests else {
            return Ok(());
        };
        let help = "Requests answered, by method, route and class of status";
        let answers: Vec<_> = requests.answers().collect();
        out.counters(("http_requests", help), &samples(&answers))?;
        let help = "Time until the head of an answer was ready, by route";
        let lengths = requests.lengths();
        out.histograms(("http_request_duration", help), "route", lengths)
    }

    fn jobs(&self, out: &mut Out<'_>) -> fmt::Result {
        let metrics = &self.state.metrics;
        let ends = [("ready", &metrics.ready), ("cancelled", &metrics.cancelled)];
        let ends = ends.map(|(state, count)| ([("state", state), ("failure", "")], count.get()));
        let failed = FailureKind::ALL.into_iter().zip(&metrics.failed);
        let failed = failed.map(|(kind, count)| {
            let state = match kind {
                FailureKind::AnswerLost => "unknown",
                _ => "failed",
            };
            ([("state", state), ("failure", kind.as_str())], count.get())
        });
        let ended: Vec<_> = ends.into_iter().chain(failed).collect();
        let help = "Jobs that ended on this node, by how, and of those without a picture by why";
        out.counters(("jobs_ended", help), &samples(&ended))?;
        let limit = self.state.config.imgc.limits.spend_per_day_usd;
        let dollars = || Some(Unit::Other("dollars".to_owned()));
        let help = "What the service may spend a day (UTC)";
        out.gauge(("spend_limit", help, dollars()), limit)?;
        let help = "Whether the database answered just now";
        let answers = f64::from(u8::from(self.work.is_some()));
        out.gauge(("database_up", help, None), answers)?;
        let Some(work) = self.work else {
            return Ok(());
        };
        let help = "What the service spent this day (UTC), with what is set aside for jobs";
        let spent = work.spent_micros as f64 / MICROS;
        out.gauge(("spend_today", help, dollars()), spent)?;
        let help = "Unfinished jobs of the whole service: those that wait, and those under way";
        let (queued, running) = (work.queued as f64, work.running as f64);
        let jobs: [(&[_], f64); 2] = [
            (&[("state", "queued")], queued),
            (&[("state", "running")], running),
        ];
        out.gauges(("jobs", help, None), &jobs)?;
        let help = "How long the oldest job has waited that is not under way; 0 without one";
        let waited_ms = work
            .oldest_ms
            .map_or(0, |at| self.state.clock.now_ms() - at);
        let seconds = waited_ms.max(0) as f64 / 1e3;
        out.gauge(("jobs_oldest_wait", help, Some(Unit::Seconds)), seconds)
    }

    fn calls(&self, out: &mut Out<'_>) -> fmt::Result {
        let calls = OUTCOMES.into_iter().zip(&self.state.metrics.calls);
        let calls = calls.map(|(outcome, lengths)| (outcome, lengths.read()));
        let help = "Calls of the image API by outcome, and how long they took";
        out.histograms(("image_api_call_duration", help), "outcome", calls)
    }

    fn caches(&self, out: &mut Out<'_>) -> fmt::Result {
        let kept = &self.state.kept;
        let caches = [
            ([("cache", "pages")], kept.pages.figures()),
            ([("cache", "pictures")], kept.pictures.figures()),
            ([("cache", "tiles")], kept.tiles.figures()),
        ];
        let entries = caches
            .each_ref()
            .map(|(of, is)| (&of[..], is.entries as f64));
        let help = "What is kept in memory";
        out.gauges(("cache_entries", help, None), &entries)?;
        let bytes = caches.each_ref().map(|(of, is)| (&of[..], is.bytes as f64));
        let help = "What it weighs";
        out.gauges(("cache", help, Some(Unit::Bytes)), &bytes)?;
        let hits = caches.each_ref().map(|(of, is)| (&of[..], is.hits));
        out.counters(("cache_hits", "Given from memory"), &hits)?;
        let misses = caches.each_ref().map(|(of, is)| (&of[..], is.misses));
        let help = "Made or fetched, to be kept";
        out.counters(("cache_misses", help), &misses)
    }

    fn machine(&self, out: &mut Out<'_>) -> fmt::Result {
        let help = "Whether the object store answers, as last known";
        let answers = f64::from(u8::from(self.objects));
        out.gauge(("object_store_up", help, None), answers)?;
        let rooms = self.machine.rooms.iter().map(|(folder, room)| {
            let folder = match folder {
                Folder::Data => "data",
                Folder::Backups => "backups",
            };
            ([("folder", folder)], room)
        });
        let rooms: Vec<_> = rooms.collect();
        let free = rooms.iter().map(|(of, room)| (&of[..], room.free as f64));
        let help = "Room left on the disk of a folder; the spool is in the data folder";
        out.gauges(
            ("disk_free", help, Some(Unit::Bytes)),
            &free.collect::<Vec<_>>(),
        )?;
        let size = rooms.iter().map(|(of, room)| (&of[..], room.size as f64));
        let help = "What that disk holds in all";
        out.gauges(
            ("disk_size", help, Some(Unit::Bytes)),
            &size.collect::<Vec<_>>(),
        )?;
        match self.machine.backup_ms {
            Some(at_ms) => {
                let help = "When the newest backup was made, in Unix time";
                let name = "backup_newest_timestamp";
                out.gauge((name, help, Some(Unit::Seconds)), at_ms as f64 / 1e3)
            }
            None => Ok(()),
        }
    }
}

/// A label and its value.
type Label<'a> = (&'a str, &'a str);
/// What is said of a figure: its name, what it is, and its unit.
type About<'a> = (&'a str, &'a str, Option<Unit>);

/// Counts with their labels as they are written.
fn samples<'a, const N: usize>(
    counted: &'a [([Label<'a>; N], u64)],
) -> Vec<(&'a [Label<'a>], u64)> {
    let samples = counted.iter().map(|(labels, count)| (&labels[..], *count));
    samples.collect()
}

/// Where the figures are written.
struct Out<'a>(DescriptorEncoder<'a>);

impl Out<'_> {
    fn gauge(&mut self, (name, help, unit): About<'_>, value: f64) -> fmt::Result {
        let kind = MetricType::Gauge;
        let mut metric = self.0.encode_descriptor(name, help, unit.as_ref(), kind)?;
        metric.encode_gauge(&value)
    }

    fn gauges(
        &mut self,
        (name, help, unit): About<'_>,
        samples: &[(&[Label<'_>], f64)],
    ) -> fmt::Result {
        let kind = MetricType::Gauge;
        let mut metric = self.0.encode_descriptor(name, help, unit.as_ref(), kind)?;
        for (labels, value) in samples {
            metric.encode_family(labels)?.encode_gauge(value)?;
        }
        Ok(())
    }

    fn counters(
        &mut self,
        (name, help): (&str, &str),
        samples: &[(&[Label<'_>], u64)],
    ) -> fmt::Result {
        let kind = MetricType::Counter;
        let mut metric = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, count) in samples {
            let mut one = metric.encode_family(labels)?;
            one.encode_counter::<NoLabelSet, _, u64>(count, None)?;
        }
        Ok(())
    }

    fn histograms<'l>(
        &mut self,
        (name, help): (&str, &str),
        label: &str,
        samples: impl Iterator<Item = (&'l str, Lengths)>,
    ) -> fmt::Result {
        let (kind, unit) = (MetricType::Histogram, Unit::Seconds);
        let mut metric = self.0.encode_descriptor(name, help, Some(&unit), kind)?;
        for (value, lengths) in samples {
            let labels = [(label, value)];
            let mut one = metric.encode_family(&labels)?;
            let Lengths {
                sum,
                count,
                buckets,
            } = &lengths;
            one.encode_histogram::<NoLabelSet>(*sum, *count, buckets, None)?;
        }
        Ok(())
    }
}
