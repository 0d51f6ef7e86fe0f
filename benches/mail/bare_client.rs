//! A client that does nothing but wait for mail, as directly as one can.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use crate::support::{dovecot::Dovecot, mail_program};

/// Its connection, with the inbox open.
pub struct BareClient {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl BareClient {
    pub fn at(dovecot: &Dovecot) -> Self {
        let stream = TcpStream::connect(dovecot.imap_address()).expect("Dovecot listens");
        stream.set_nodelay(true).expect("a socket");
        let answers = BufReader::new(stream.try_clone().expect("a socket"));
        let mut client = Self { stream, answers };
        let (user, password) = mail_program::sign_in();
        client.says(&format!("in LOGIN {user} \"{password}\""));
        client.hears("in OK");
        client.says("open SELECT INBOX");
        client.hears("open OK");
        client
    }

    pub fn begins_to_idle(&mut self) {
        self.says("idle IDLE");
        self.hears("+ ");
    }

    pub fn stops_idling(&mut self) {
        self.says("DONE");
        self.hears("idle OK");
    }

    /// Waits for a line that holds this.
    pub fn hears(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            let octets = self.answers.read_line(&mut line).expect("an answer");
            assert_ne!(octets, 0, "it hung up");
        }
    }

    fn says(&mut self, line: &str) {
        write!(self.stream, "{line}\r\n").expect("it listens");
    }
}
