//! Any text as an address, a list of them, a domain or an account number: what is taken reads back as
//! the same.
#![no_main]

use esecured_fuzz::domain::{
    account_number::AccountNumber, address_list::AddressList, domain_name::DomainName,
    email_address::EmailAddress, plain_line::plain_line, unusual_letters::UnusualLetters,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(address) = EmailAddress::parse(text) {
        assert_eq!(
            EmailAddress::parse(address.as_typed()).as_ref(),
            Ok(&address)
        );
        UnusualLetters::of(&address);
    }
    if let Ok(domain) = DomainName::parse(text) {
        assert_eq!(DomainName::parse(domain.as_str()).as_ref(), Ok(&domain));
    }
    if let Ok(number) = AccountNumber::parse(text) {
        assert_eq!(AccountNumber::parse(number.as_str()).as_ref(), Ok(&number));
    }
    AddressList::read(text);
    let line = plain_line(text);
    assert!(!line.contains(['\r', '\n', '\u{0}', '\u{202e}']));
    assert_eq!(plain_line(&line), line);
});
