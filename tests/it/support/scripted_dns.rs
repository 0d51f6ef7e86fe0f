//! A small name server that knows the TXT records it was given, or says nothing at all.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

const HEADER: usize = 12;
const TXT: [u8; 2] = [0, 16];
const INTERNET: [u8; 2] = [0, 1];

/// A running server. Dropping it ends it.
pub struct ScriptedDns {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl ScriptedDns {
    /// Answers with these texts by name, and that there is no other name.
    pub async fn knowing(records: &[(String, String)]) -> Self {
        Self::start(Some(records.iter().cloned().collect())).await
    }

    /// Answers nothing.
    pub async fn silent() -> Self {
        Self::start(None).await
    }

    async fn start(records: Option<HashMap<String, String>>) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        let task = tokio::spawn(async move {
            let mut packet = [0; 1500];
            loop {
                let (length, peer) = socket.recv_from(&mut packet).await.unwrap();
                let (name, question) = question(&packet[HEADER..length]);
                heard.lock().unwrap().push(name.clone());
                if let Some(records) = &records {
                    let text = records.get(&name).map(String::as_str);
                    let answer = answer(&packet[..2], question, text);
                    socket.send_to(&answer, peer).await.unwrap();
                }
            }
        });
        Self {
            address,
            asked,
            task,
        }
    }

    /// The names it was asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for ScriptedDns {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The name that is asked for, without its last dot, and the bytes of the question.
fn question(packet: &[u8]) -> (String, &[u8]) {
    let mut labels = Vec::new();
    let mut at = 0;
    while packet[at] > 0 {
        let label = &packet[at + 1..at + 1 + usize::from(packet[at])];
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += 1 + label.len();
    }
    (labels.join("."), &packet[..at + 5])
}

/// RFC 1035, section 4.1.
fn answer(id: &[u8], question: &[u8], text: Option<&str>) -> Vec<u8> {
    let (code, count) = if text.is_some() { (0, 1) } else { (3, 0) };
    let mut packet = [
        id,
        &[0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0],
        question,
    ]
    .concat();
    if let Some(text) = text {
        let strings: Vec<u8> = text
            .as_bytes()
            .chunks(255)
            .flat_map(|chunk| [&[u8::try_from(chunk.len()).unwrap()], chunk].concat())
            .collect();
        let length = u16::try_from(strings.len()).unwrap().to_be_bytes();
        let name = [0xc0, u8::try_from(HEADER).unwrap()];
        packet.extend([&name[..], &TXT, &INTERNET, &[0, 0, 0, 60], &length].concat());
        packet.extend(strings);
    }
    packet
}
