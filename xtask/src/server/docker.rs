//! Knows the development server as a container: one per repository, its data in a named volume per image.
//!
//! The container is disposable and is made anew whenever that is simpler than to mend it; the volume is what stays.
//! Both carry a label with the hash of the repository, and nothing without our label is ever touched.
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use xshell::cmd;

use super::engine::{self, Image};
use super::site::Site;
use super::state::{self, Server, Source, USER};
use super::{Settings, Way, probe, process, psql};

const LABEL: &str = "migrate-first.root";
const IMAGE_LABEL: &str = "migrate-first.image";

/// The first start of an image makes a whole cluster, on a slow disk too.
const READY: Duration = Duration::from_secs(90);

/// Our container, running or not.
struct Container {
    name: String,
    image: String,
    status: String,
    port: Option<u16>,
    password: String,
}

/// The server, if its container runs and answers.
pub(super) fn running(site: &Site, settings: &Settings) -> Option<Server> {
    let container = container(site).ok().flatten()?;
    if container.status != "running" || container.image != settings.image {
        return None;
    }
    let mut server = container.server()?;
    let probe::Answer::Up { salt } = probe::ask(server.port) else { return None };
    server.salt = salt;
    server.why = describe(site, &server).ok()?;
    Some(server)
}

/// Starts the container that is there, or a new one on the same data.
pub(super) fn start(site: &Site, settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Server> {
    engine::answers(site)?;
    let image = engine::ensure_image(site, &settings.image, settings.pull_timeout, say)?;
    let old = container(site)?;
    let revived = old.as_ref().filter(|it| it.image == settings.image).and_then(|it| revive(site, it, say));
    let mut server = match revived {
        Some(server) => server,
        None => renew(site, &image, settings, old, say)?,
    };
    server.why = describe(site, &server)?;
    Ok(server)
}

/// Stops the container; its data stay.
pub(super) fn stop(site: &Site, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let Some(Container { name, status, .. }) = container(site)? else { return Ok(false) };
    if !matches!(status.as_str(), "running" | "paused" | "restarting") {
        return Ok(false);
    }
    process::run(cmd!(site.shell, "docker stop -t 20 {name}"), Duration::from_secs(40))?;
    say(&format!("stopped the container {name}; its data stay"));
    Ok(true)
}

/// Removes our container and our volumes.
pub(super) fn remove_data(site: &Site, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let container = container(site)?;
    if let Some(container) = &container {
        remove(site, &container.name)?;
        say(&format!("removed the container {}", container.name));
    }
    let filter = label(site);
    let volumes = process::run(cmd!(site.shell, "docker volume ls --quiet --filter label={filter}"), process::SHORT)?;
    for volume in volumes.lines() {
        process::run(cmd!(site.shell, "docker volume rm {volume}"), process::SHORT)?;
        say(&format!("removed the volume {volume}"));
    }
    Ok(container.is_some() || !volumes.is_empty())
}

fn label(site: &Site) -> String {
    format!("{LABEL}={}", site.hash)
}

fn container(site: &Site) -> Result<Option<Container>> {
    let filter = label(site);
    let ids = process::run(cmd!(site.shell, "docker ps --all --quiet --filter label={filter}"), engine::ANSWER)?;
    let Some(id) = ids.lines().next() else { return Ok(None) };
    let format = "{{json .}}";
    let text = process::run(cmd!(site.shell, "docker container inspect --format {format} {id}"), process::SHORT)?;
    let value = serde_json::from_str(&text).with_context(|| format!("`docker container inspect {id}` printed no JSON"))?;
    parse(&value).map(Some).with_context(|| format!("the container {id} cannot be read; remove it: `docker rm --force {id}`"))
}

fn parse(value: &Value) -> Option<Container> {
    let text = |pointer: &str| Some(value.pointer(pointer)?.as_str()?.to_owned());
    let environment = value.pointer("/Config/Env").and_then(Value::as_array).into_iter().flatten();
    Some(Container {
        name: text("/Name")?.trim_start_matches('/').to_owned(),
        image: text(&format!("/Config/Labels/{IMAGE_LABEL}")).unwrap_or_default(),
        status: text("/State/Status")?,
        port: text("/HostConfig/PortBindings/5432~1tcp/0/HostPort").and_then(|it| it.parse().ok()),
        password: environment.filter_map(|it| it.as_str()?.strip_prefix("POSTGRES_PASSWORD=")).next()?.to_owned(),
    })
}

impl Container {
    fn server(&self) -> Option<Server> {
        Some(Server {
            way: Way::Docker,
            port: self.port?,
            password: self.password.clone(),
            salt: String::new(),
            database: String::new(),
            why: String::new(),
            source: Source::Container { name: self.name.clone(), image: self.image.clone() },
        })
    }
}

/// None where the container cannot be brought back; then a new one takes over its data.
fn revive(site: &Site, container: &Container, say: &mut dyn FnMut(&str)) -> Option<Server> {
    let name = &container.name;
    let verb = match container.status.as_str() {
        "running" | "restarting" => None,
        "paused" => Some("unpause"),
        _ => Some("start"),
    };
    let mut server = container.server()?;
    let woken = verb.map_or(Ok(String::new()), |verb| process::run(cmd!(site.shell, "docker {verb} {name}"), process::SHORT));
    match woken.and_then(|_| ready(site, name, server.port)) {
        Ok(salt) => server.salt = salt,
        Err(error) => {
            say(&format!("making the container {name} anew: {}", super::first_line(&error)));
            return None;
        }
    }
    Some(server)
}

/// A new container on the volume of the image. Existing data have a password that may be lost: it is set anew.
fn renew(site: &Site, image: &Image, settings: &Settings, old: Option<Container>, say: &mut dyn FnMut(&str)) -> Result<Server> {
    let volume = site.volume(&settings.image);
    let has_data = ensure_volume(site, &volume)?;
    if let Some(old) = &old {
        remove(site, &old.name)?;
        if old.image != settings.image {
            say(&format!("the container was of the image {}; its data stay in a volume of their own", old.image));
        }
    }
    if !has_data {
        say(&format!("making a server in Docker (image {})", settings.image));
    }
    let password = old.as_ref().map_or_else(state::new_password, |it| Ok(it.password.clone()))?;
    let mut server = create(site, image, settings, &password, old.and_then(|it| it.port))?;
    let name = site.container();
    let made = ready(site, &name, server.port).and_then(|salt| {
        server.salt = salt;
        if has_data { adopt(site, &mut server) } else { Ok(()) }
    });
    made.inspect_err(|_| {
        // What does not work is not left behind; the data are, unless there were none.
        let _ = remove(site, &name);
        if !has_data {
            let _ = process::run(cmd!(site.shell, "docker volume rm {volume}"), process::SHORT);
        }
    })?;
    Ok(server)
}

/// Gives data that were made by an earlier container this container's password.
fn adopt(site: &Site, server: &mut Server) -> Result<()> {
    psql::execute(site, server, &format!("ALTER ROLE {USER} PASSWORD '{}';\n", server.password))?;
    server.salt = probe::wait(server.port, process::SHORT, &mut || Ok(()))?;
    Ok(())
}

/// True: the volume was there before. A volume of that name that is not ours is refused.
fn ensure_volume(site: &Site, volume: &str) -> Result<bool> {
    let format = format!("{{{{index .Labels \"{LABEL}\"}}}}");
    match process::run(cmd!(site.shell, "docker volume inspect --format {format} {volume}"), process::SHORT) {
        Ok(hash) if hash == site.hash => return Ok(true),
        Ok(_) => bail!("the volume {volume} belongs to somebody else; remove it: `docker volume rm {volume}`"),
        Err(_) => (),
    }
    let label = label(site);
    process::run(cmd!(site.shell, "docker volume create --label {label} {volume}"), process::SHORT)?;
    Ok(false)
}

/// Creates and starts a container, with another port where somebody takes the chosen one in between.
fn create(site: &Site, image: &Image, settings: &Settings, password: &str, preferred: Option<u16>) -> Result<Server> {
    let mut preferred = preferred;
    for _ in 0..4 {
        let port = probe::free_port(preferred.take())?;
        let name = create_on(site, image, settings, password, port)?;
        match process::run(cmd!(site.shell, "docker start {name}"), Duration::from_secs(60)) {
            Ok(_) => {
                let source = Source::Container { name, image: settings.image.clone() };
                let (password, nothing) = (password.to_owned(), String::new);
                return Ok(Server { way: Way::Docker, port, password, salt: nothing(), database: nothing(), why: nothing(), source });
            }
            Err(error) if is_port_taken(&error.to_string()) => remove(site, &name)?,
            Err(error) => {
                remove(site, &name)?;
                return Err(error);
            }
        }
    }
    bail!("every free port was taken by another program before the container had it")
}

fn is_port_taken(error: &str) -> bool {
    ["already in use", "already allocated", "bind for"].iter().any(|it| error.to_lowercase().contains(it))
}

fn create_on(site: &Site, image: &Image, settings: &Settings, password: &str, port: u16) -> Result<String> {
    let (name, root, label) = (site.container(), site.root.display().to_string(), label(site));
    let (tag, data, volume) = (&settings.image, &image.data, site.volume(&settings.image));
    // The password travels by environment, so that no list of processes shows it.
    let command = cmd!(site.shell, "docker create --name {name} --label {label} --label {IMAGE_LABEL}={tag}")
        .args(["--label", &format!("migrate-first.path={root}")])
        .args(["--publish", &format!("127.0.0.1:{port}:5432"), "--volume", &format!("{volume}:{data}")])
        .args(["--env", "POSTGRES_PASSWORD", "--env", "POSTGRES_HOST_AUTH_METHOD=scram-sha-256"])
        .args(["--env", "POSTGRES_INITDB_ARGS=--auth-host=scram-sha-256", "--shm-size", "256m", tag])
        .env("POSTGRES_PASSWORD", password);
    match process::run(command, process::SHORT) {
        Ok(_) => Ok(name),
        Err(error) if error.to_string().contains("is already in use by container") => {
            Err(anyhow!("the container {name} belongs to somebody else; rename it: `docker rename {name} another-name`"))
        }
        Err(error) => Err(error),
    }
}

fn remove(site: &Site, name: &str) -> Result<()> {
    process::run(cmd!(site.shell, "docker rm --force --volumes {name}"), Duration::from_secs(40)).map(drop)
}

/// Waits until a connection over TCP works; `pg_isready` on the socket would be fooled by the server that only prepares the data.
fn ready(site: &Site, name: &str, port: u16) -> Result<String> {
    let mut looked = Instant::now();
    probe::wait(port, READY, &mut || {
        if looked.elapsed() < Duration::from_secs(2) {
            return Ok(());
        }
        looked = Instant::now();
        look(site, name, port)
    })
}

/// Ends the wait for a container that has ended, or whose port is not a port of this machine.
fn look(site: &Site, name: &str, port: u16) -> Result<()> {
    let format = "{{.State.Status}}";
    let status = process::run(cmd!(site.shell, "docker container inspect --format {format} {name}"), process::SHORT)?;
    if status != "running" {
        let logs = process::run_both(cmd!(site.shell, "docker logs --tail 8 {name}"), process::SHORT).unwrap_or_default();
        bail!(
            "the container {name} has ended ({status}); begin with new data by `cargo xtask db reset`, if they are the cause; it said:\n{logs}"
        );
    }
    let inside = process::run(cmd!(site.shell, "docker exec {name} pg_isready --quiet --host 127.0.0.1"), process::SHORT);
    if inside.is_ok() && probe::ask(port) == probe::Answer::Nothing {
        bail!("the container {name} works, but its port {port} is not a port of this machine: is its engine on another one?");
    }
    Ok(())
}

fn describe(site: &Site, server: &Server) -> Result<String> {
    let version = psql::version(site, server)?;
    let Source::Container { name, image } = &server.source else { bail!("not a container") };
    Ok(format!("PostgreSQL {version} in Docker (image {image}, container {name}, port {})", server.port))
}
