//! `ayra-mock serve`: answers requests until it is told to leave.

use super::args::ServeArgs;
use super::failure::Failure;
use super::log::Log;
use super::sources::Sources;
use super::{Start, settled};

pub fn run(args: &ServeArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, colors) = settled(&args.typed(), start)?;
    let sources = Sources::of(&settings)?;
    let loaded = sources.contract()?;
    let keys = sources.keys(&loaded.contract)?;
    let log = Log::start(&settings, colors)?;
    let banner = super::banner::Banner {
        url: "http://127.0.0.1:4010",
        contract: &loaded.contract,
        described: &sources.described,
        key: keys.default_key(),
        seed: settings.seed,
        flags: "",
        took: start.watch.elapsed(),
    };
    log.note(&banner.pretty(colors.stderr));
    log.say(&banner.json());
    log.finish();
    Err(Failure::new("serving is not wired yet"))
}
