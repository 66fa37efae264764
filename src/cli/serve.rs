//! `ayra-mock serve`: answers requests until it is told to leave.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::args::ServeArgs;
use super::banner::Banner;
use super::failure::{FINE, Failure};
use super::inputs;
use super::lint::rendered;
use super::log::Log;
use super::port_file::PortFile;
use super::resettle::Resettle;
use super::settings::{Origin, Settings, Verbosity};
use super::style::{BOLD_YELLOW, Colors, Painted, steers};
use super::values::{Errors, LogFormat};
use super::{Start, settled, sources};
use crate::control::Admission;
use crate::exchange::Policy;
use crate::journal::{self, Scroll};
use crate::lane::Bounds;
use crate::mock::{self, Materials, Server, StartError, reason};
use crate::reload::Reload;
use crate::server::signals::Signals;
use crate::server::{BindError, BindReason, Limits};

/// So many findings are told at the start; `lint` tells all.
const WARNINGS: usize = 5;

pub fn run(args: &ServeArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, colors) = settled(&args.typed(), start)?;
    let runtime = runtime()?;
    // Before anything is read: a signal that comes early must find somebody at home.
    let signals = caught(&runtime)?;
    let sources = sources(&settings)?;
    let described = sources.described.clone();
    let mut materials = sources.load()?;
    let resettle = Resettle::of(&settings, args.typed(), &start.around);
    materials.settings = resettle.map(|resettle| Box::new(resettle) as Box<_>);
    let address = address(&settings)?;
    let port_file = settings.port_file.clone().map(PortFile::prepare).transpose()?;
    let log = Log::start(&settings, colors)?;
    let said = Said { settings: &settings, colors, described: &described, start, log: &log };
    let served = runtime.block_on(serve(&said, signals, address, materials, port_file));
    // Whatever still runs is on its way out, and has nothing to say that could be waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    log.finish();
    served.map(|()| FINE)
}

async fn serve(
    said: &Said<'_>,
    signals: Signals,
    address: SocketAddr,
    materials: Materials,
    port_file: Option<PortFile>,
) -> Result<(), Failure> {
    outlive_full_files();
    let settings = said.settings;
    let started = builder(settings)?.address(address).start_with(materials).await;
    let server = started.map_err(|error| cannot_start(error, settings))?;
    if let Some(file) = &port_file {
        file.write(server.address().port())?;
    }
    said.ready(&server);
    let obeying = tokio::spawn(signals.obey(server.stop_handle(), look(server.reload())));
    let journal = server.journal();
    server.ended().await;
    obeying.abort();
    journal.finish();
    Ok(())
}

fn caught(runtime: &Runtime) -> Result<Signals, Failure> {
    let _inside = runtime.enter();
    Signals::catch().map_err(|error| Failure::new(format!("can't catch signals: {error}")))
}

/// Has the files looked at, by a thread that nobody else waits for.
fn look(reload: &Arc<Reload>) -> impl Fn() + use<> {
    let reload = reload.clone();
    move || {
        let reload = reload.clone();
        tokio::task::spawn_blocking(move || {
            let before = reload.report().generation;
            // What is wrong is told by the one who looks.
            if reload.now().is_ok_and(|report| report.generation == before) {
                tracing::info!("the files were looked at, and say what is served (generation {before})");
            }
        });
    }
}

/// A file that may not grow any more ends a process by a signal, unless somebody listens for it. Then the write fails,
/// and the log drops a line.
fn outlive_full_files() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        /// On Linux (but for MIPS) and on the BSDs.
        const SIGXFSZ: i32 = 25;
        // Without it everything works but for this one fault.
        let _ = signal(SignalKind::from_raw(SIGXFSZ));
    }
}

pub fn runtime() -> Result<Runtime, Failure> {
    let built = Builder::new_multi_thread().enable_all().thread_name("serve").build();
    built.map_err(|error| {
        Failure::new(format!("can't start: {error}")).help("the system gives no threads or descriptors")
    })
}

/// A server as the settings want it, but for its address.
pub fn builder(settings: &Settings) -> Result<mock::Builder, Failure> {
    let builder = Server::builder().policy(policy(settings)).limits(limits(settings));
    let builder = builder.seed(settings.seed).clock(settings.now, settings.speed).lanes(bounds(settings));
    let builder = builder.admission(admission(settings)).watch(settings.watch);
    let builder = builder.calls(settings.conversations, settings.arrivals.unwrap_or_default());
    let bounds = journal::Bounds { entries: settings.journal_entries, bytes: settings.journal_bytes };
    Ok(builder.journal(bounds, scroll(settings)?))
}

/// The file that is written to. One that can't be is found out before anything is served.
fn scroll(settings: &Settings) -> Result<Option<Scroll>, Failure> {
    let open = |path: &PathBuf| {
        Scroll::open(path).map_err(|error| {
            let told = format!("the journal {} can't be written: {}", path.display(), reason(&error));
            Failure::new(format!("{told}{}", from(settings, "journal")))
                .help("--journal takes a file in a folder that is there and may be written to")
        })
    };
    settings.journal.iter().try_for_each(|path| inputs::spare(settings, path))?;
    settings.journal.as_ref().map(open).transpose()
}

/// How single answers are made.
pub fn policy(settings: &Settings) -> Policy {
    Policy {
        strict: settings.strict,
        check_answers: settings.check_answers,
        dynamic: settings.dynamic,
        plain_problems: settings.errors == Errors::Problem,
        cors: settings.cors,
        rule_header: settings.rule_header,
        stale_header: settings.stale_header,
    }
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        head_bytes: settings.max_head,
        headers: settings.max_headers,
        target_bytes: settings.max_target,
        body_bytes: settings.max_body,
        head_time: settings.head_timeout,
        body_time: settings.body_timeout,
        write_time: settings.write_timeout,
        connections: settings.max_connections,
        drain_time: settings.drain,
    }
}

fn bounds(settings: &Settings) -> Bounds {
    Bounds { most: settings.max_lanes, idle: settings.lane_idle, memory: settings.lane_memory }
}

fn admission(settings: &Settings) -> Admission {
    Admission { token: settings.admin_token.as_ref().map(|token| token.0.clone()), hosts: settings.admin_hosts.clone() }
}

/// The address by its number; a name is looked up once.
pub fn address(settings: &Settings) -> Result<SocketAddr, Failure> {
    let host = &settings.host.0;
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, settings.port));
    }
    let found = (host.as_str(), settings.port).to_socket_addrs();
    // Of several addresses the old kind is what most clients try first.
    let found = found.map(|all| all.min_by_key(SocketAddr::is_ipv6));
    found.ok().flatten().ok_or_else(|| {
        Failure::new(format!("no address is known for the host {host:?}{}", from(settings, "host")))
            .help("give an IP address: --host 127.0.0.1")
    })
}

pub fn cannot_start(error: StartError, settings: &Settings) -> Failure {
    match error {
        StartError::Bind(error) => cannot_listen(&error, settings),
        StartError::Files(findings) => findings.into(),
        error @ StartError::Watch(_) => Failure::new(error.to_string()),
    }
}

fn cannot_listen(error: &BindError, settings: &Settings) -> Failure {
    let failure = Failure::new(format!("{error}{}", from(settings, "port")));
    match &error.reason {
        BindReason::InUse => {
            let next = error.address.port().checked_add(1).unwrap_or(4010);
            failure.help(format!("stop what listens there, or take another: --port {next}, or --port 0 for a free one"))
        }
        BindReason::Forbidden => failure.help("take a port from 1024 upwards, such as --port 4010"),
        BindReason::NotHere => {
            failure.help("--host 127.0.0.1 listens for this machine alone, 0.0.0.0 for all networks")
        }
        BindReason::Other(_) => failure.help("--host and --port say where to listen"),
    }
}

/// Where a value came from, if that was not the command line: there nobody has to look for it.
fn from(settings: &Settings, name: &str) -> String {
    match settings.origin(name) {
        Origin::Flag | Origin::Default => String::new(),
        origin => format!(" ({name} is set by {origin})"),
    }
}

/// What is said at the start, and to whom.
struct Said<'a> {
    settings: &'a Settings,
    colors: Colors,
    described: &'a str,
    start: &'a Start,
    log: &'a Log,
}

impl Said<'_> {
    fn ready(&self, server: &Server) {
        let took = self.start.watch.elapsed();
        if self.settings.verbosity == Verbosity::Quiet {
            return;
        }
        self.warnings(server);
        let (contract, key) = (server.contract(), server.default_key());
        let flags = flags(self.settings, &[&ANSWERING[..2], &["scenario", "now", "speed"], &ANSWERING[2..]].concat());
        let banner = Banner {
            url: &url(server.address()),
            contract: &contract,
            described: self.described,
            key: key.as_deref(),
            seed: self.settings.seed,
            now: self.settings.now,
            speed: self.settings.speed,
            world: &self.world(),
            scenarios: &server.scenarios(),
            signed: &|operation, path| server.signed(operation, path),
            flags: &flags,
            took,
        };
        match self.settings.log_format {
            LogFormat::Pretty => self.log.note(&banner.pretty(self.colors.stderr)),
            LogFormat::Json => self.log.say(&banner.json()),
        }
    }

    fn warnings(&self, server: &Server) {
        let all = server.warnings();
        let shown = &all[..all.len().min(WARNINGS)];
        self.log.note(&rendered(shown, self.colors.stderr));
        let word = Painted("warning", BOLD_YELLOW, self.colors.stderr);
        if all.len() > shown.len() {
            let more = all.len() - shown.len();
            self.log.note(&format!("{word}: {more} more about the contract: `ayra-mock lint` tells them all\n"));
        }
        let ip = server.address().ip();
        if !ip.is_loopback() {
            let whom = if ip.is_unspecified() { "on every network of this machine" } else { "on the network" };
            self.log.note(&format!(
                "{word}: listening on {ip}: whoever reaches it {whom} may call it; --host 127.0.0.1 keeps it to yourself\n"
            ));
            if self.settings.admin_token.is_none() {
                self.log.note(&format!(
                    "{word}: /_mock/ is closed but for health and ready; AYRA_MOCK_ADMIN_TOKEN=... opens it to who has it\n"
                ));
            }
        }
    }

    /// What of the world's size was said.
    fn world(&self) -> String {
        let said = ["conversations", "arrivals"].into_iter().filter_map(|name| {
            let choice = self.settings.choices.iter().find(|choice| choice.field.name == name)?;
            (!choice.text.is_empty()).then(|| format!("{} {name}", choice.text))
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

/// The flags besides the seed, the scenarios and the clock that decide what is answered.
pub const ANSWERING: [&str; 8] =
    ["contract", "dir", "conversations", "arrivals", "stateful", "dynamic", "strict", "errors"];

/// Those of these flags that are not as they are by default, each after a blank.
pub fn flags(settings: &Settings, names: &[&str]) -> String {
    let mut flags = String::new();
    for name in names {
        let choice = settings.choices.iter().find(|choice| choice.field.name == *name);
        let Some(choice) = choice.filter(|choice| choice.text != choice.field.default) else { continue };
        let path = match *name {
            "contract" => settings.contract.as_ref(),
            "dir" => settings.dir.as_ref(),
            _ => None,
        };
        let text = path.map_or_else(|| choice.text.clone(), |path| path.display().to_string());
        flags.push_str(&match choice.read::<bool>() {
            Ok(true) if choice.field.default == "false" => format!(" --{name}"),
            Ok(_) if choice.field.default == "false" => String::new(),
            _ => format!(" --{name} {}", quoted(&text)),
        });
    }
    flags
}

/// As a shell takes it for one word, in one line that can be read whatever is in it.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@".contains(c);
    if text.chars().any(is_unseen) {
        return format!("$'{}'", text.chars().map(spelt).collect::<String>());
    }
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn is_unseen(c: char) -> bool {
    c.is_control() || steers(c)
}

/// Between `$'` and `'`.
fn spelt(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\\' | '\'' => format!("\\{c}"),
        c if is_unseen(c) => c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
        c => c.to_string(),
    }
}

/// An address that a browser can call: nobody can call "any address".
pub fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word_and_one_line() {
        for (word, told) in [
            ("a/b.c-d", "a/b.c-d"),
            ("", "''"),
            ("it's 1", "'it'\\''s 1'"),
            ("größe", "größe"),
            ("one\n\ttwo\r 'a' \\n", "$'one\\n\\ttwo\\x0d \\'a\\' \\\\n'"),
            ("a\u{202e}b\u{1b}", "$'a\\xe2\\x80\\xaeb\\x1b'"),
        ] {
            assert_eq!(quoted(word), told);
        }
    }

    #[test]
    fn a_url_can_be_called() {
        let shown = |text: &str| url(text.parse().expect("an address"));
        assert_eq!(shown("0.0.0.0:80"), "http://127.0.0.1:80");
        assert_eq!(shown("[::]:8080"), "http://[::1]:8080");
        assert_eq!(shown("10.1.2.3:1"), "http://10.1.2.3:1");
    }

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quoted("api/v1.yaml"), "api/v1.yaml");
        assert_eq!(quoted("my api's.yaml"), r"'my api'\''s.yaml'");
    }
}
