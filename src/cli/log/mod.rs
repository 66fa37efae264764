//! The door to tracing-subscriber: events become lines on the two streams, and nobody who serves waits for them.
//!
//! Request lines and the stages of an exchange are the product, and go to the standard output. Everything else goes to
//! the standard error.

mod line;
mod writer;

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::failure::Failure;
use super::settings::{Settings, Verbosity};
use super::style::Colors;
use super::values::LogFormat;
use crate::plural::count;
use line::{NoteFields, RequestFields};
use writer::Writer;

/// What an exchange says at its end.
const REQUEST: &str = "ayra_mock::request";
/// What it says on its way.
const STAGE: &str = "ayra_mock::stage";
/// The libraries below us have stories of their own, which nobody asked for.
const OURS: &str = "ayra_mock";

/// How long the end of the program waits for a slow reader.
const LAST_WORDS: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
pub struct LineFormat {
    pub format: LogFormat,
    pub colors: bool,
}

/// The two streams, as long as the server runs.
#[derive(Debug)]
pub struct Log {
    stdout: Arc<Writer>,
    stderr: Arc<Writer>,
}

impl Log {
    /// Starts the writers, and sends them what happens in the whole process from now on.
    pub fn start(settings: &Settings, colors: Colors) -> Result<Log, Failure> {
        let json = settings.log_format == LogFormat::Json;
        let lost: writer::Lost = if json { lost_object } else { lost_line };
        let failed = |error: io::Error| Failure::new(format!("can't start the log: {error}"));
        let stdout = Arc::new(Writer::start("stdout", stdout(), lost).map_err(failed)?);
        let stderr = Arc::new(Writer::start("stderr", stderr(), lost_line).map_err(failed)?);
        let lines = Lines {
            verbosity: settings.verbosity,
            product: LineFormat { format: settings.log_format, colors: colors.stdout && !json },
            notes: LineFormat { format: settings.log_format, colors: colors.stderr },
            stdout: Arc::clone(&stdout),
            stderr: Arc::clone(&stderr),
        };
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines))
            .map_err(|error| Failure::new(format!("can't start the log: {error}")))?;
        std::panic::set_hook(Box::new(|panic| {
            // One line, wherever the backtrace variable points: it is our fault and not the reader's to dig in.
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            let said = panic.payload();
            let text = said.downcast_ref::<&str>().copied();
            let reason = text.or(said.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
            tracing::error!(place, "a fault of ours: {reason}");
        }));
        Ok(Log { stdout, stderr })
    }

    /// Product output besides the request lines.
    pub fn say(&self, lines: &str) {
        self.stdout.send(lines);
    }

    /// Banner and warnings.
    pub fn note(&self, lines: &str) {
        self.stderr.send(lines);
    }

    /// Writes what still waits, unless nobody takes it.
    pub fn finish(&self) {
        self.stdout.finish(LAST_WORDS);
        self.stderr.finish(LAST_WORDS);
    }
}

/// The streams themselves and not the standard library's buffers above them: after a failed write those would keep the
/// line, and write half of it later.
#[cfg(unix)]
fn stdout() -> Box<dyn io::Write + Send> {
    use std::os::fd::AsFd;
    match io::stdout().as_fd().try_clone_to_owned() {
        Ok(fd) => Box::new(File::from(fd)),
        Err(_) => Box::new(io::stdout()),
    }
}

#[cfg(unix)]
fn stderr() -> Box<dyn io::Write + Send> {
    use std::os::fd::AsFd;
    match io::stderr().as_fd().try_clone_to_owned() {
        Ok(fd) => Box::new(File::from(fd)),
        Err(_) => Box::new(io::stderr()),
    }
}

#[cfg(not(unix))]
fn stdout() -> Box<dyn io::Write + Send> {
    Box::new(io::stdout())
}

#[cfg(not(unix))]
fn stderr() -> Box<dyn io::Write + Send> {
    Box::new(io::stderr())
}

fn lost_line(lines: u64) -> String {
    format!("({} lost: nobody took them in time)\n", count(lines, "line"))
}

fn lost_object(lines: u64) -> String {
    format!("{{\"event\":\"lost\",\"lines\":{lines}}}\n")
}

/// From events to lines.
#[derive(Debug)]
struct Lines {
    verbosity: Verbosity,
    product: LineFormat,
    notes: LineFormat,
    stdout: Arc<Writer>,
    stderr: Arc<Writer>,
}

impl Lines {
    fn wants(&self, about: &Metadata) -> bool {
        if about.target() != OURS && !about.target().starts_with("ayra_mock::") {
            return false;
        }
        *about.level() <= self.most()
    }

    fn most(&self) -> LevelFilter {
        match self.verbosity {
            Verbosity::Quiet => LevelFilter::ERROR,
            Verbosity::Normal => LevelFilter::INFO,
            Verbosity::Verbose => LevelFilter::DEBUG,
            Verbosity::Everything => LevelFilter::TRACE,
        }
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn register_callsite(&self, about: &'static Metadata<'static>) -> Interest {
        if self.wants(about) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, about: &Metadata, _: Context<'_, S>) -> bool {
        self.wants(about)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most())
    }

    fn on_event(&self, event: &Event, _: Context<'_, S>) {
        match event.metadata().target() {
            REQUEST => SCRATCH.with_borrow_mut(|(fields, line)| {
                fields.clear();
                line.clear();
                event.record(fields);
                line::request(line, fields, self.product);
                self.stdout.send(line);
            }),
            target => {
                let (mut fields, mut line) = (NoteFields::default(), String::new());
                event.record(&mut fields);
                if target == STAGE {
                    line::stage(&mut line, &fields, self.product);
                    self.stdout.send(&line);
                } else {
                    line::note(&mut line, *event.metadata().level(), &fields, self.notes);
                    self.stderr.send(&line);
                }
            }
        }
    }
}

thread_local! {
    /// The memory of the request line before.
    static SCRATCH: RefCell<(RequestFields, String)> = RefCell::default();
}

impl Visit for RequestFields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.status = value,
            "micros" => self.micros = value,
            "bytes" => self.bytes = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(text) = self.text(field) {
            text.push_str(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(text) = self.text(field) {
            let _ = write!(text, "{value:?}");
        }
    }
}

impl RequestFields {
    fn text(&mut self, field: &Field) -> Option<&mut String> {
        Some(match field.name() {
            "method" => &mut self.method,
            "path" => &mut self.path,
            "operation" => &mut self.operation,
            "id" => &mut self.id,
            "breaches" => &mut self.breaches,
            "rules" => &mut self.rules,
            "near_miss" => &mut self.near_miss,
            _ => return None,
        })
    }
}

impl Visit for NoteFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "id" => self.id.push_str(value),
            "stage" => self.stage.push_str(value),
            "message" => self.message.push_str(value),
            name => _ = write!(self.others, " {name}={value:?}"),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "id" => _ = write!(self.id, "{value:?}"),
            "stage" => _ = write!(self.stage, "{value:?}"),
            "message" => _ = write!(self.message, "{value:?}"),
            name => _ = write!(self.others, " {name}={value:?}"),
        }
    }
}
