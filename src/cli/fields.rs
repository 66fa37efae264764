//! Every setting by name, once: what the flag `--NAME`, the variable `AYRA_MOCK_NAME` and the key `NAME` of the
//! settings file have in common.

/// One setting.
#[derive(Debug)]
pub struct Field {
    /// As in a flag and in the file: `max-body`.
    pub name: &'static str,
    /// What holds if nobody says otherwise, as it would be typed; empty if nothing does.
    pub default: &'static str,
}

const fn field(name: &'static str, default: &'static str) -> Field {
    Field { name, default }
}

pub const FIELDS: [Field; 43] = [
    field("contract", ""),
    field("dir", ""),
    field("seed", "42"),
    field("now", ""),
    field("speed", ""),
    field("conversations", ""),
    field("arrivals", ""),
    field("stateful", "false"),
    field("dynamic", "false"),
    field("strict", "false"),
    field("check-answers", "false"),
    field("scenario", ""),
    field("rule-header", "true"),
    field("stale-header", "false"),
    field("watch", "auto"),
    field("errors", "contract"),
    field("host", "127.0.0.1"),
    field("port", "4010"),
    field("port-file", ""),
    field("cors", "true"),
    field("admin-token", ""),
    field("admin-host", ""),
    field("max-head", "64KiB"),
    field("max-headers", "100"),
    field("max-target", "16KiB"),
    field("max-body", "1MiB"),
    field("head-timeout", "15s"),
    field("body-timeout", "20s"),
    field("write-timeout", "30s"),
    field("max-connections", "4096"),
    field("drain", "10s"),
    field("max-lanes", "1000"),
    field("lane-idle", "30m"),
    field("lane-memory", "1GiB"),
    field("journal-entries", "10000"),
    field("journal-bytes", "64MiB"),
    field("journal", ""),
    field("log-format", "pretty"),
    field("color", "auto"),
    field("verbose", "0"),
    field("quiet", "false"),
    // These two say where the file is, so it can't hold them.
    field("config", ""),
    field("no-config", "false"),
];

/// Those that a settings file may hold.
pub fn in_file() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(|field| !matches!(field.name, "config" | "no-config"))
}

pub fn field_named(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

impl Field {
    /// What it holds is never shown.
    pub fn is_secret(&self) -> bool {
        self.name == "admin-token"
    }

    /// `AYRA_MOCK_MAX_BODY`
    pub fn variable(&self) -> String {
        format!("AYRA_MOCK_{}", self.name.to_uppercase().replace('-', "_"))
    }
}
