//! A person who looks into the mailbox that the daemon reads.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use super::dovecot::{ADDRESS, Dovecot, PASSWORD};

/// Their mail program, signed in.
pub struct MailProgram {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
    said: u32,
}

impl MailProgram {
    pub fn at(dovecot: &Dovecot) -> Self {
        let stream = TcpStream::connect(dovecot.imap_address()).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        answers.read_line(&mut String::new()).unwrap();
        let mut program = Self {
            stream,
            answers,
            said: 0,
        };
        let (user, password) = sign_in();
        program.says(&format!("LOGIN {user} \"{password}\""));
        program
    }

    /// Says something that the server does; its answer.
    #[track_caller]
    pub fn says(&mut self, command: &str) -> String {
        self.said += 1;
        let tag = format!("P{} ", self.said);
        write!(self.stream, "{tag}{command}\r\n").unwrap();
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.answers.read_line(&mut line).unwrap(), 0, "{answer}");
            if let Some(ending) = line.strip_prefix(&tag) {
                assert!(ending.starts_with("OK"), "{command}: {ending}");
                return answer;
            }
            answer += &line;
        }
    }
}

/// User and password, as they stand between quotes.
pub fn sign_in() -> (&'static str, String) {
    let password = PASSWORD.replace('\\', "\\\\").replace('"', "\\\"");
    (ADDRESS, password)
}
