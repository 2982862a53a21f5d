//! What the containers of one environment share: their network, and the files in `/tmp`.
//!
//! In Lambda the extensions and the runtime are processes of one sandbox, and the extensions are started first. Here each of
//! them is a container of the same image. So that none of them must outlive the others, a container that does nothing has the
//! network, and they join it.

use std::net::IpAddr;
use std::sync::Arc;

use tempfile::TempDir;

use super::containers::Containers;
use super::engine::{EngineError, EngineName};
use super::holder;
use super::lease::Lease;
use super::network::Fit;
use super::premises::removal;

/// Where the program of the holder lies in its container.
const PROGRAM: &str = "/ricspec-hold";

/// The name by which extensions reach themselves.
const HOST: &str = "sandbox.localdomain";

/// The settings of `/tmp`. podman takes a size only on a file system with quotas.
fn tmp(engine: EngineName) -> &'static str {
    match engine {
        EngineName::Docker => "o=size=512m,mode=1777",
        EngineName::Podman => "o=mode=1777",
    }
}

/// What the containers of one environment share.
#[derive(Debug)]
pub struct Sandbox {
    containers: Arc<Containers>,
    /// The files in `/tmp`.
    volume: String,
    /// The container that has the network; `None` in the network of the machine, which all have anyway.
    holder: Option<Holder>,
    _network: Option<Arc<Lease>>,
}

#[derive(Debug)]
struct Holder {
    name: String,
    /// Its address, if this machine reaches it.
    address: Option<IpAddr>,
    _program: TempDir,
}

impl Sandbox {
    /// Makes one, in a network where the service has this port.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn make(
        containers: &Arc<Containers>,
        network: Option<Arc<Lease>>,
        port: u16,
    ) -> Result<Self, EngineError> {
        let volume = containers.premises.name();
        let label = containers.premises.label();
        let create = ["volume", "create", "--driver", "local", "--label", &label];
        let engine = &containers.engine;
        let tmp = tmp(engine.name);
        let kind = ["--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", tmp];
        engine
            .ask(&[&create[..], &kind, &[volume.as_str()]].concat())
            .await?;
        let holder = match network.as_deref().map(|lease| &lease.network.fit) {
            None | Some(Fit::Shared) => None,
            Some(Fit::Across { .. }) => {
                Some(Holder::start(containers, network.as_deref(), port).await?)
            }
        };
        Ok(Self {
            containers: Arc::clone(containers),
            volume,
            holder,
            _network: network,
        })
    }

    /// The address under which this machine reaches what listens in it; `None` if it does not, or by loopback.
    pub fn address(&self) -> Option<IpAddr> {
        self.holder.as_ref()?.address
    }

    /// The arguments that put a container into it.
    pub(super) fn words(&self) -> Vec<String> {
        let volume = format!("{}:/tmp:nocopy", self.volume);
        let mut words = vec!["--volume".to_owned(), volume];
        if let Some(holder) = &self.holder {
            let network = format!("container:{}", holder.name);
            words.extend(["--network".to_owned(), network]);
        }
        words
    }

    /// Whether its containers have the network of the holder.
    pub(super) fn has_network(&self) -> bool {
        self.holder.is_some()
    }

    /// Removes it, once its containers are gone. What cannot be removed now is removed at the end of the run.
    pub async fn end(&self) {
        let engine = &self.containers.engine;
        if let Some(holder) = &self.holder {
            let words = [removal(engine), &[holder.name.as_str()]].concat();
            drop(engine.ask(&words).await);
        }
        drop(engine.ask(&["volume", "rm", &self.volume]).await);
    }
}

impl Holder {
    async fn start(
        containers: &Containers,
        network: Option<&Lease>,
        port: u16,
    ) -> Result<Self, EngineError> {
        let folder = tempfile::tempdir().map_err(EngineError::Holder)?;
        let program = folder.path().join("hold");
        holder::write(&program).map_err(EngineError::Holder)?;
        let name = containers.premises.name();
        let words = containers.holder(&name, &program.display().to_string(), network, port);
        let engine = &containers.engine;
        engine.ask(&words).await?;
        engine.ask(&["start", &name]).await?;
        let reaches = network.is_some_and(|lease| lease.network.is_reached());
        let address = match reaches {
            true => address(containers, &name).await?,
            false => None,
        };
        Ok(Self {
            name,
            address,
            _program: folder,
        })
    }
}

/// The address of a container in its network.
async fn address(containers: &Containers, name: &str) -> Result<Option<IpAddr>, EngineError> {
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
    let asked = ["inspect", "--type", "container", "--format", format, name];
    let said = containers.engine.ask(&asked).await?;
    let mut addresses = said.split_whitespace().filter_map(|word| word.parse().ok());
    Ok(addresses.next())
}

impl Containers {
    /// The arguments that create a holder.
    fn holder(&self, name: &str, program: &str, network: Option<&Lease>, port: u16) -> Vec<String> {
        let label = self.premises.label();
        let mount = format!("type=bind,source={program},target={PROGRAM},readonly");
        let fixed = [
            [
                "create",
                "--name",
                name,
                "--label",
                &label,
                "--log-driver",
                "none",
            ],
            [
                "--pull",
                "never",
                "--hostname",
                HOST,
                "--mount",
                &mount,
                "--read-only",
            ],
        ];
        let mut words: Vec<String> = fixed
            .concat()
            .iter()
            .map(|word| (*word).to_owned())
            .collect();
        let platform = self.tuning.platform.iter();
        words.extend(platform.flat_map(|platform| ["--platform".to_owned(), platform.clone()]));
        words.extend(super::overlay::relaxed());
        words.extend(network.iter().flat_map(|lease| lease.network.words(port)));
        words.extend(["--entrypoint", PROGRAM, &self.image].map(str::to_owned));
        words
    }
}
