//! Whom we never call, whatever a URL says or a name resolves to. Nothing here is dialled for real:
//! the network is made up, and writes down what it is asked.

use std::{collections::HashMap, net::IpAddr};

use axum::http::HeaderMap;
use esecured::{
    config::Webhooks,
    trust,
    webhook::{Answer, Network, Poster, ScriptedNetwork},
};
use std::time::Duration;

use crate::support::{
    certificates::{Authority, Leaf},
    receiver::Receiver,
    test_app::BEGINNING,
};

/// Addresses that are not anybody's on the internet.
const EVIL_ADDRESSES: [&str; 61] = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.0.0.53",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.17.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::7f00:1",
    "::ffff:0:0",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff:ffff::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
];

/// URLs that are odd in another way, or spell such an address oddly.
const EVIL_URLS: [&str; 59] = [
    "http://booking.example.com/",
    "http://8.8.8.8/",
    "http://localhost/",
    "http://127.0.0.1/",
    "http://[::1]/",
    "HTTP://BOOKING.EXAMPLE.COM/",
    "ftp://booking.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_HELO",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "ws://127.0.0.1/",
    "wss://booking.example.com/",
    "javascript:alert(1)",
    "data:text/plain,hello",
    "unix:/run/docker.sock",
    "//booking.example.com/",
    "/etc/passwd",
    "",
    "https://",
    "https:///path",
    "https://?",
    "https://#",
    "https://:443/",
    "https://@/",
    "https://user@booking.example.com/",
    "https://user:password@booking.example.com/",
    "https://:password@booking.example.com/",
    "https://8.8.8.8@127.0.0.1/",
    "https://127.0.0.1@8.8.8.8/",
    "https://booking.example.com#@127.0.0.1/",
    "https://booking.example.com/#fragment",
    "https:\\\\127.0.0.1\\",
    "https://booking.example.com\\@127.0.0.1/",
    "https://booking.example.com\t.evil.example/",
    "https://booking.example.com\r\nHost: internal/",
    " https://127.0.0.1/",
    "https://127.0.0.1\n/",
    "https://booking.example.com:0/",
    "https://booking.example.com:99999/",
    "https://booking.example.com:-1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.1/",
    "https://127.0.1/",
    "https://0/",
    "https://0x0/",
    "https://127.0.0.1./",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://①②⑦.0.0.1/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://[::1/",
    "https://256.256.256.256/",
];

fn settings(allow_private: &[&str]) -> Webhooks {
    Webhooks {
        timeout: Duration::from_secs(5),
        allow_private: allow_private
            .iter()
            .map(|network| network.parse().unwrap())
            .collect(),
        disable_after: None,
    }
}

fn network(names: &[(&str, &[&str])]) -> ScriptedNetwork {
    let addresses = |of: &[&str]| of.iter().map(|one| one.parse().unwrap()).collect();
    let names: HashMap<String, Vec<IpAddr>> = names
        .iter()
        .map(|(name, of)| ((*name).to_owned(), addresses(of)))
        .collect();
    ScriptedNetwork::new(names, None)
}

fn scripted(poster: &Poster) -> &ScriptedNetwork {
    match poster.network() {
        Network::Scripted(scripted) => scripted,
        Network::System => panic!("this is the machine's own network"),
    }
}

/// Calls a URL as the messenger does; why not, where it is refused.
async fn call(poster: &Poster, url: &str) -> Answer {
    match poster.parse(url) {
        Ok(url) => {
            let body = b"{}".to_vec();
            poster.post(&url, HeaderMap::new(), body, BEGINNING).await
        }
        Err(refused) => Answer::None(refused.to_string()),
    }
}

#[tokio::test]
async fn none_of_a_hundred_and_twenty_evil_urls_is_dialled() {
    let mut count = 0;
    for url in EVIL_URLS {
        // Should the guard miss one, the name leads where it says.
        let names = network(&[
            ("booking.example.com", &["8.8.8.8"]),
            ("localhost", &["127.0.0.1"]),
        ]);
        let poster = Poster::over(Network::Scripted(names), &settings(&[]));
        let answer = call(&poster, url).await;
        assert!(matches!(answer, Answer::None(_)), "{url}: {answer:?}");
        let dialled = scripted(&poster).dialled();
        assert_eq!(dialled, [], "{url}");
        count += 1;
    }
    for address in EVIL_ADDRESSES {
        // As it stands in the URL, and behind a name: alone, and among good ones.
        let written = match address.contains(':') {
            true => format!("https://[{address}]/"),
            false => format!("https://{address}/"),
        };
        let names: [(&str, &[&str]); 3] = [
            ("alone.example.com", &[address]),
            ("first.example.com", &[address, "8.8.8.8"]),
            ("last.example.com", &["8.8.8.8", "2606:4700::1111", address]),
        ];
        let poster = Poster::over(Network::Scripted(network(&names)), &settings(&[]));
        for url in [
            written.as_str(),
            "https://alone.example.com/",
            "https://first.example.com/",
            "https://last.example.com:8443/",
        ] {
            let answer = call(&poster, url).await;
            assert!(
                matches!(answer, Answer::None(_)),
                "{address} {url}: {answer:?}"
            );
        }
        assert_eq!(scripted(&poster).dialled(), [], "{address}");
        count += 1;
    }
    assert_eq!(count, 120);
}

#[tokio::test]
async fn a_good_name_is_asked_for_once_and_exactly_its_address_is_dialled() {
    let names = network(&[("booking.example.com", &["8.8.8.8", "2606:4700::1111"])]);
    let poster = Poster::over(Network::Scripted(names), &settings(&[]));
    let answer = call(&poster, "https://booking.example.com:8443/hook").await;
    assert!(
        matches!(&answer, Answer::None(why) if why.contains("no connection")),
        "{answer:?}"
    );
    let network = scripted(&poster);
    assert_eq!(network.resolved(), ["booking.example.com"]);
    let dialled: Vec<String> = network.dialled().iter().map(ToString::to_string).collect();
    assert_eq!(dialled, ["8.8.8.8:8443", "[2606:4700::1111]:8443"]);
    // No name, no call.
    let answer = call(&poster, "https://unknown.example.com/").await;
    assert_eq!(answer, Answer::None("its name has no address".to_owned()));
}

#[tokio::test]
async fn a_private_network_is_called_where_it_is_allowed_and_no_other() {
    let names: [(&str, &[&str]); 3] = [
        ("erp.internal", &["10.1.2.3"]),
        ("both.internal", &["10.1.2.3", "10.9.9.9"]),
        ("localhost", &["127.0.0.1"]),
    ];
    let poster = Poster::over(
        Network::Scripted(network(&names)),
        &settings(&["10.1.0.0/16"]),
    );
    for url in [
        "https://erp.internal/",
        "https://both.internal/",
        "https://10.1.2.4/",
        "https://10.2.0.1/",
        "https://[::ffff:10.1.2.5]/",
        "http://erp.internal/",
        "http://localhost/",
    ] {
        call(&poster, url).await;
    }
    let network = scripted(&poster);
    let dialled: Vec<String> = network
        .dialled()
        .iter()
        .map(|to| to.ip().to_canonical().to_string())
        .collect();
    assert_eq!(dialled, ["10.1.2.3", "10.1.2.4", "10.1.2.5"]);
}

/// The certificate is for `localhost`, which leads to somebody's public address here.
#[tokio::test]
async fn it_speaks_tls_with_whom_the_name_says_and_believes_nobody_else() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    for (leaf, authority, expected) in [
        (Leaf::Good, &ours, None),
        (Leaf::OtherHost, &ours, Some("no TLS")),
        (Leaf::Expired, &ours, Some("no TLS")),
        (Leaf::Good, &theirs, Some("no TLS")),
    ] {
        let receiver = Receiver::start_behind_tls(&ours.certificate(leaf), &ours.key(leaf)).await;
        let names = HashMap::from([("localhost".to_owned(), vec!["8.8.8.8".parse().unwrap()])]);
        let names = ScriptedNetwork::new(names, Some(receiver.address));
        let believed = trust::read_authorities(&authority.file()).unwrap();
        let poster = Poster::over(Network::Scripted(names), &settings(&[]))
            .trusting(trust::trusting(&believed));
        let answer = call(&poster, "https://localhost/hook?a=b").await;
        match expected {
            None => {
                assert_eq!(answer, Answer::Taken(204));
                let told = receiver.told();
                assert_eq!(told[0].path, "/hook?a=b");
                assert_eq!(told[0].header("host"), "localhost");
            }
            Some(said) => {
                assert!(
                    matches!(&answer, Answer::None(why) if why.contains(said)),
                    "{answer:?}"
                );
                assert!(receiver.told().is_empty());
            }
        }
    }
}

#[tokio::test]
async fn a_call_ends_in_time_whatever_the_other_end_does() {
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        // The first says nothing, the second never stops.
        let (_silent, _) = listener.accept().await.unwrap();
        let (mut endless, _) = listener.accept().await.unwrap();
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n";
        endless.write_all(head).await.unwrap();
        while endless.write_all(&[b'x'; 4096]).await.is_ok() {}
        std::future::pending::<()>().await;
    });
    let config = Webhooks {
        timeout: Duration::from_millis(300),
        ..settings(&["127.0.0.0/8"])
    };
    let poster = Poster::of(&config);
    let answer = call(&poster, &url).await;
    assert!(
        matches!(&answer, Answer::None(why) if why.contains("no answer within")),
        "{answer:?}"
    );
    // Its status is enough.
    assert_eq!(call(&poster, &url).await, Answer::Taken(200));
    server.abort();
}
