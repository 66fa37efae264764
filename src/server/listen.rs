//! The door: a bound socket that knows its address, and the next connection through it, whatever the system says
//! meanwhile.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that the system keeps for us while all places are taken.
const BACKLOG: u32 = 1024;
/// Out of descriptors or memory: waiting a little is enough for some to come back, and trying at once would spin.
const BACK_OFF: Duration = Duration::from_millis(50);
/// Descriptors left to files, the log and the runtime.
const DESCRIPTORS_FOR_FILES: usize = 64;

/// A bound socket. It takes connections from here on, and `serve` answers them.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Port 0 picks a free one. Needs a tokio runtime around it.
    pub fn bind(address: SocketAddr) -> Result<Listener, BindError> {
        Self::try_bind(address).map_err(|error| BindError::new(address, error))
    }

    /// The address in use, with the true port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn try_bind(address: SocketAddr) -> io::Result<Listener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A restart must not wait for the last run's connections to be forgotten. Elsewhere the option means that two
        // servers may share a port.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let tcp = socket.listen(BACKLOG)?;
        let address = tcp.local_addr()?;
        Ok(Listener { tcp, address })
    }

    /// The next connection, once there is a place for it. Never gives up.
    pub(super) async fn next(&self, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
        let mut told = false;
        loop {
            let Ok(place) = places.clone().acquire_owned().await else {
                return std::future::pending().await;
            };
            match self.tcp.accept().await {
                Ok((tcp, _)) => return (tcp, place),
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    // Once for a whole drought, not twenty times a second.
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(%error, "no connection can be accepted at the moment");
                    }
                    tokio::time::sleep(BACK_OFF).await;
                }
            }
        }
    }
}

/// The client went away between the handshake and our taking it.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// How many connections at a time: what is wanted, as far as there are descriptors for them.
pub(super) fn places(wanted: usize) -> usize {
    let possible = match descriptors() {
        Some(all) => all.saturating_sub(DESCRIPTORS_FOR_FILES).max(8),
        None => wanted,
    };
    wanted.min(possible).clamp(1, Semaphore::MAX_PERMITS)
}

/// The process's limit of open descriptors, where the system tells it in a file.
fn descriptors() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok())
}

/// Why an address can't be listened on.
#[derive(Debug)]
pub struct BindError {
    pub address: SocketAddr,
    pub reason: BindReason,
}

#[derive(Debug)]
pub enum BindReason {
    /// Another process listens there.
    InUse,
    /// The port needs rights that this process lacks.
    Forbidden,
    /// No interface of this machine has the address.
    NotHere,
    Other(io::Error),
}

impl BindError {
    fn new(address: SocketAddr, error: io::Error) -> BindError {
        let reason = match error.kind() {
            io::ErrorKind::AddrInUse => BindReason::InUse,
            io::ErrorKind::PermissionDenied => BindReason::Forbidden,
            io::ErrorKind::AddrNotAvailable => BindReason::NotHere,
            _ => BindReason::Other(error),
        };
        BindError { address, reason }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ip, port) = (self.address.ip(), self.address.port());
        match &self.reason {
            BindReason::InUse => write!(f, "port {port} on {ip} is already in use"),
            BindReason::Forbidden => write!(f, "port {port} on {ip} needs rights that this process does not have"),
            BindReason::NotHere => write!(f, "no interface of this machine has the address {ip}"),
            BindReason::Other(error) => write!(f, "can't listen on {}: {error}", self.address),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            BindReason::Other(error) => Some(error),
            _ => None,
        }
    }
}
