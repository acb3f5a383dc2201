//! From an address to a session: hosts in order, password from where libpq would take it, TLS as asked.

use super::session::{Canceller, Parts};
use super::url::Url;
use super::{Session, passfile, tls};
use anyhow::Context;
use std::time::Duration;
use tokio_postgres::config::{ChannelBinding, Host, LoadBalanceHosts, SslMode, SslNegotiation, TargetSessionAttrs};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take to come about when the address does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Connects to `url`, whose open values are taken from the environment.
///
/// # Errors
/// [`super::DbError`] inside, where the server or the network refused; a plain error where the address makes no sense.
pub fn connect(url: &Url) -> anyhow::Result<Session> {
    let url = url.with_environment(|name| std::env::var(name).ok());
    let config = config(&url)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start the network runtime")?;
    if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = runtime.block_on(in_time(&config, config.connect(NoTls)))?;
        let canceller = canceller(client.cancel_token(), NoTls);
        return Ok(Session::new(Parts { client, driver: Box::new(connection), canceller, runtime })?);
    }
    let tls = MakeRustlsConnect::new(tls::client_config(&url)?);
    let (client, connection) = runtime.block_on(in_time(&config, config.connect(tls.clone())))?;
    let canceller = canceller(client.cancel_token(), tls);
    Ok(Session::new(Parts { client, driver: Box::new(connection), canceller, runtime })?)
}

/// The client's own time limit ends with the TCP connection: a host that takes it and then says nothing would be waited for without end.
async fn in_time<T>(config: &Config, connecting: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, super::DbError> {
    let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(1).max(1);
    let limit = *config.get_connect_timeout().unwrap_or(&CONNECT_TIMEOUT) * hosts;
    let silent = |_| super::DbError::Connection(format!("no answer within {} s", limit.as_secs()));
    Ok(tokio::time::timeout(limit, connecting).await.map_err(silent)??)
}

fn canceller<T>(token: tokio_postgres::CancelToken, tls: T) -> Canceller
where
    T: MakeTlsConnect<Socket> + Clone + Send + 'static,
    T::TlsConnect: TlsConnect<Socket, Future: Send> + Send,
    T::Stream: Send,
{
    Box::new(move || {
        let (token, tls) = (token.clone(), tls.clone());
        // A cancel request that fails leaves the statement running; the caller sends it again.
        Box::pin(async move { drop(token.cancel_query(tls).await) })
    })
}

fn config(url: &Url) -> anyhow::Result<Config> {
    let mut config = Config::new();
    let hosts = hosts(url);
    for host in &hosts {
        config.host(host.as_str());
    }
    for address in url.get("hostaddr").into_iter().flat_map(|addresses| addresses.split(',')) {
        config.hostaddr(address.parse().context("hostaddr is no IP address")?);
    }
    let ports = ports(url)?;
    for port in &ports {
        config.port(*port);
    }
    let user = url.get("user").map_or_else(operating_system_user, |user| Ok(user.to_owned()))?;
    let dbname = url.get("dbname").unwrap_or(&user).to_owned();
    if let Some(password) = url.get("password").map(str::to_owned).or_else(|| stored_password(url, &hosts, &ports, &dbname, &user)) {
        config.password(password);
    }
    config.user(user).dbname(dbname);
    config.application_name(url.get("application_name").or(url.get("fallback_application_name")).unwrap_or("migrate-first"));
    if let Some(options) = url.get("options") {
        config.options(options);
    }
    let all_sockets = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    config.ssl_mode(if all_sockets { SslMode::Disable } else { tls::mode(url)? });
    set_times(url, &mut config)?;
    set_choices(url, &mut config)?;
    Ok(config)
}

fn set_times(url: &Url, config: &mut Config) -> anyhow::Result<()> {
    let seconds = |keyword| -> anyhow::Result<Option<u64>> {
        url.get(keyword).map(|text| text.parse().with_context(|| format!("{keyword} is no whole number"))).transpose()
    };
    let timeout = seconds("connect_timeout")?.filter(|seconds| *seconds > 0).map_or(CONNECT_TIMEOUT, Duration::from_secs);
    config.connect_timeout(timeout);
    if let Some(keepalives) = url.get("keepalives") {
        config.keepalives(keepalives != "0");
    }
    if let Some(idle) = seconds("keepalives_idle")?.filter(|idle| *idle > 0) {
        config.keepalives_idle(Duration::from_secs(idle));
    }
    if let Some(interval) = seconds("keepalives_interval")?.filter(|interval| *interval > 0) {
        config.keepalives_interval(Duration::from_secs(interval));
    }
    if let Some(count) = seconds("keepalives_count")?.filter(|count| *count > 0) {
        config.keepalives_retries(u32::try_from(count).context("keepalives_count is too large")?);
    }
    if let Some(milliseconds) = seconds("tcp_user_timeout")?.filter(|it| *it > 0) {
        config.tcp_user_timeout(Duration::from_millis(milliseconds));
    }
    Ok(())
}

fn set_choices(url: &Url, config: &mut Config) -> anyhow::Result<()> {
    let choose = |keyword: &str, choices: &[&str]| -> anyhow::Result<Option<usize>> {
        let Some(value) = url.get(keyword) else { return Ok(None) };
        let index = choices.iter().position(|choice| *choice == value);
        index.map(Some).with_context(|| format!("{keyword} is none of {}", choices.join(", ")))
    };
    if let Some(index) = choose("target_session_attrs", &["any", "read-write", "read-only", "primary", "standby", "prefer-standby"])? {
        config.target_session_attrs(match index {
            1 | 3 => TargetSessionAttrs::ReadWrite,
            2 | 4 => TargetSessionAttrs::ReadOnly,
            _ => TargetSessionAttrs::Any,
        });
    }
    if let Some(index) = choose("channel_binding", &["disable", "prefer", "require"])? {
        config.channel_binding([ChannelBinding::Disable, ChannelBinding::Prefer, ChannelBinding::Require][index]);
    }
    if let Some(index) = choose("load_balance_hosts", &["disable", "random"])? {
        config.load_balance_hosts([LoadBalanceHosts::Disable, LoadBalanceHosts::Random][index]);
    }
    if choose("sslnegotiation", &["postgres", "direct"])? == Some(1) {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    Ok(())
}

/// The hosts to try; without any, the folder where libpq as distributions build it looks for the socket, or else PostgreSQL's own.
fn hosts(url: &Url) -> Vec<String> {
    let hosts: Vec<String> = url.hosts().into_iter().map(str::to_owned).collect();
    if !hosts.is_empty() || url.get("hostaddr").is_some() {
        return hosts;
    }
    let folder = if std::path::Path::new("/var/run/postgresql").is_dir() { "/var/run/postgresql" } else { "/tmp" };
    vec![folder.to_owned()]
}

fn ports(url: &Url) -> anyhow::Result<Vec<u16>> {
    let ports = url.get("port").unwrap_or("5432").split(',');
    ports.map(|port| port.parse().context("port is no number from 1 to 65535")).collect()
}

/// The password from `passfile`, where the file is there and nobody else may read it.
fn stored_password(url: &Url, hosts: &[String], ports: &[u16], dbname: &str, user: &str) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let path = match url.get("passfile") {
        Some(path) => path.into(),
        None => std::path::Path::new(&std::env::var_os("HOME")?).join(".pgpass"),
    };
    let mode = std::fs::metadata(&path).ok()?.permissions().mode();
    if mode & 0o077 != 0 {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let host = hosts.first().map_or("localhost", |host| if host.starts_with('/') { "localhost" } else { host });
    passfile::lookup(&text, [host, &ports.first().unwrap_or(&5432).to_string(), dbname, user])
}

fn operating_system_user() -> anyhow::Result<String> {
    if let Some(user) = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).filter(|user| !user.is_empty()) {
        return Ok(user);
    }
    let output = std::process::Command::new("id").arg("-un").output().context("failed to ask `id -un` who runs this; set PGUSER")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
