//! `demo`: a first look in one command. Everything is embedded, mails stay in the browser.

use std::{
    fs::{self, DirBuilder},
    net::{SocketAddr, ToSocketAddrs},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;

use super::{
    exit::{self, Stop},
    invocation::Invocation,
    print, serve,
};
use crate::{
    app::App,
    clock::Clock,
    config::{self, Config, LogFormat},
    daemon::{self, Listeners},
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        email_address::EmailAddress,
        language::Language::{self, En, Nl},
    },
    signing::key_file,
    store::{accounts, clients},
    telemetry,
    workflow::{
        authorized_users,
        client_keys::{self, ApiKey},
        manage::{self, Existence},
        submit::{self, Submission},
    },
};

/// Where the demo listens and keeps what it knows.
#[derive(Args)]
pub struct Arguments {
    /// Address and port, on this machine alone; a name for the address will do.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = on_loopback)]
    listen: SocketAddr,
    /// Keep database and keys here [default: a directory that is removed at the end].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}
/// Everybody's password in the demo.
const PASSWORD: &str = "tulips-sail-over-quiet-water";
/// The shipping system of the demo.
const CLIENT: &str = "demo";
const TULPENHANDEL: &str = "112233445";
const NORTHWIND: &str = "9876543210";
const ANNA: &str = "anna.de.wit@example.com";

/// Number, name, language and time zone.
const ACCOUNTS: [(&str, &str, Language, &str); 2] = [
    (
        TULPENHANDEL,
        "Tulpenhandel De Wit B.V.",
        Nl,
        "Europe/Amsterdam",
    ),
    (NORTHWIND, "Northwind Traders Ltd", En, "Europe/London"),
];

/// Account, address, name and language; the first of each address sets its password.
const ADMINISTRATORS: [(&str, &str, &str, Language); 4] = [
    (TULPENHANDEL, ANNA, "Anna de Wit", Nl),
    (TULPENHANDEL, "bram.jansen@example.com", "Bram Jansen", Nl),
    (NORTHWIND, "claire.smith@example.com", "Claire Smith", En),
    (NORTHWIND, ANNA, "Anna de Wit", Nl),
];

/// Account, address, name, reason and language.
const REQUESTS: [(&str, &str, &str, &str, Language); 3] = [
    (
        TULPENHANDEL,
        "joris.smit@example.org",
        "Joris Smit",
        "Ik verstuur vrijdag de beursstand naar Milaan.",
        Nl,
    ),
    (
        TULPENHANDEL,
        "emily.carter@example.net",
        "Emily Carter",
        "Spare parts for order 20417 have to leave this week.",
        En,
    ),
    (
        NORTHWIND,
        "liam.murphy@example.org",
        "Liam Murphy",
        "Returning the machine we had on loan for the fair.",
        En,
    ),
];

/// May use the first account without asking.
const AUTHORIZED_USER: &str = "warehouse@example.net";

/// An address and a port, or a name and a port where the name stands for this machine alone.
fn on_loopback(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let found = text
        .to_socket_addrs()
        .map_err(|error| format!("expected an address such as 127.0.0.1:8080: {error}"))?;
    let mut loopback: Vec<SocketAddr> = found.filter(|one| one.ip().is_loopback()).collect();
    // Whoever resolves names in another order than we do finds the older kind everywhere.
    loopback.sort_by_key(SocketAddr::is_ipv6);
    let first = loopback.first().copied();
    first.ok_or_else(|| "expected this machine alone, such as 127.0.0.1:8080".to_owned())
}

/// Runs the demo until it is asked to stop.
pub async fn demo(invocation: &Invocation, arguments: Arguments) -> anyhow::Result<()> {
    let level = invocation.log_level().unwrap_or(tracing::Level::INFO);
    telemetry::start(invocation.log_format().unwrap_or(LogFormat::Text), level);
    if invocation.names_configuration() {
        eprintln!("warning: demo has a configuration of its own, --config and --set do nothing");
    }
    let stop = serve::stop_when_asked();
    let home = Home::of(arguments.data)?;
    let public = TcpListener::bind(arguments.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; choose another address with --listen",
            arguments.listen
        )
    })?;
    let address = public.local_addr()?;
    let app = build(address, &home.dir).await?;
    seed(&app).await.context("cannot fill the demo")?;
    let key = fresh_key(&app).await?;
    let file = home.write_configuration(address)?;
    print::bytes(welcome(address, key.expose(), &file).as_bytes())?;
    let listeners = Listeners {
        public,
        admin: None,
    };
    daemon::run(app, listeners, stop).await
}

async fn build(address: SocketAddr, dir: &Path) -> anyhow::Result<App> {
    let config = Config::demo(address, dir).map_err(|faults| {
        let words: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        Stop::with(exit::USAGE, words.join("; "))
    })?;
    let keys = &config.keys.file;
    if !keys.exists() {
        key_file::rotate(keys, Clock::System.now()).map_err(Stop::from)?;
    }
    App::build(config, Clock::System, true).await
}

/// What stands on stdout: at most eight lines.
fn welcome(address: SocketAddr, key: &str, configuration: &Path) -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("esecured"));
    format!(
        "Portal         http://{address}/\n\
         Mailbox        http://{address}/dev/mailbox\n\
         API reference  http://{address}/docs\n\
         Sign in        {ANNA} with the password {PASSWORD}\n\
         API key        {key}\n\
         Audit trail    {program} -c {configuration} audit tail\n\
         Ask for access to an account:\n\
         curl -sS http://{address}/v1/access-requests -H 'Authorization: Bearer {key}' \
         -H 'Content-Type: application/json' \
         -d '{{\"accountNumber\":\"{TULPENHANDEL}\",\"email\":\"new.shipper@example.org\",\
         \"name\":\"Noor Schipper\",\"reason\":\"First shipment\"}}'\n",
        program = program.display(),
        configuration = configuration.display(),
    )
}

/// Fills an empty database; one that was filled before stays as it is.
async fn seed(app: &App) -> anyhow::Result<()> {
    let known = accounts::all(&mut *app.store.read().await?).await?;
    if !known.is_empty() {
        return Ok(());
    }
    for (number, name, language, time_zone) in ACCOUNTS {
        let account = Account {
            number: AccountNumber::parse(number)?,
            name: name.to_owned(),
            language,
            time_zone: time_zone.to_owned(),
            esecure: Esecure::Active,
            requester_mails: true,
        };
        manage::put_account(app, &account, Existence::New).await?;
    }
    let mut with_password = Vec::new();
    for (number, address, name, language) in ADMINISTRATORS {
        let account = AccountNumber::parse(number)?;
        let email = EmailAddress::parse(address)?;
        let password = (!with_password.contains(&address)).then(|| PASSWORD.into());
        manage::add_administrator(app, &email, &account, name, language, password).await?;
        with_password.push(address);
    }
    let tulpenhandel = AccountNumber::parse(TULPENHANDEL)?;
    let user = EmailAddress::parse(AUTHORIZED_USER)?;
    authorized_users::add_by_operator(app, &tulpenhandel, &user, None).await?;
    for (number, address, name, reason, language) in REQUESTS {
        let submission = Submission {
            account: AccountNumber::parse(number)?,
            email: EmailAddress::parse(address)?,
            email_verified: false,
            name: Some(name.to_owned()),
            reason: Some(reason.to_owned()),
            reference: None,
            language: Some(language),
        };
        submit::submit_by_operator(app, &submission).await?;
    }
    Ok(())
}

/// A key that can be shown: of earlier ones only a hash is kept.
async fn fresh_key(app: &App) -> anyhow::Result<ApiKey> {
    let known = clients::id_of(&mut *app.store.read().await?, CLIENT).await?;
    Ok(match known {
        Some(_) => client_keys::rotate_client(app, CLIENT).await?,
        None => client_keys::add_client(app, CLIENT, &[], None).await?,
    })
}

/// Where database and keys are.
struct Home {
    dir: PathBuf,
    is_kept: bool,
}

impl Home {
    fn of(named: Option<PathBuf>) -> anyhow::Result<Self> {
        let is_kept = named.is_some();
        let dir = named.unwrap_or_else(|| {
            let name = data_encoding::HEXLOWER.encode(&crate::random::bytes::<8>());
            std::env::temp_dir().join(format!("esecured-demo-{name}"))
        });
        DirBuilder::new()
            .recursive(is_kept)
            .mode(0o700)
            .create(&dir)
            .with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Self { dir, is_kept })
    }
}

impl Home {
    /// With this file other commands look at the demo while it runs.
    fn write_configuration(&self, address: SocketAddr) -> anyhow::Result<PathBuf> {
        let dir = self
            .dir
            .canonicalize()
            .context("cannot find the demo's directory")?;
        let file = dir.join("esecured.toml");
        fs::write(&file, config::demo_file(address, &dir))
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed is a temporary directory that the system clears one day.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_welcome_has_at_most_eight_lines() {
        let text = welcome(
            "127.0.0.1:8080".parse().unwrap(),
            "esk_x",
            Path::new("esecured.toml"),
        );
        assert!(text.lines().count() <= 8, "{text}");
    }

    #[test]
    fn a_home_of_its_own_is_closed_to_others_and_goes_at_the_end() {
        use std::os::unix::fs::PermissionsExt;

        let home = Home::of(None).unwrap();
        let dir = home.dir.clone();
        assert_eq!(
            fs::metadata(&dir).unwrap().permissions().mode() & 0o777,
            0o700
        );
        drop(home);
        assert!(!dir.exists());
    }
}
