//! The list of built-in templates. A name is the path below `templates/` without `.hbs`.

macro_rules! embed {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name, ".hbs")))),*]
    };
}
pub(super) use embed;

/// Escaped: pages, and the HTML part of mails.
pub(super) const HTML: &[&[(&str, &str)]] = &[super::pages::PAGES, MAIL_HTML];

/// Escaped: the HTML part of mails.
pub(super) const MAIL_HTML: &[(&str, &str)] = embed![
    "mail/layout/mail.html",
    "mail/layout/accounts.html",
    "mail/layout/fact.html",
    "mail/layout/gathered.html",
    "mail/layout/facts.html",
    "mail/layout/guide_path.html",
    "mail/layout/link.html",
    "mail/layout/person.html",
    "mail/layout/reject_button.html",
    "mail/layout/warnings.html",
    "mail/address_unreachable/en.html",
    "mail/address_unreachable/nl.html",
    "mail/administrator_added/en.html",
    "mail/administrator_added/nl.html",
    "mail/administrator_removed/en.html",
    "mail/administrator_removed/nl.html",
    "mail/alias_changed/en.html",
    "mail/alias_changed/nl.html",
    "mail/approval_needs_sign_in/en.html",
    "mail/approval_needs_sign_in/nl.html",
    "mail/approval_request/en.html",
    "mail/approval_request/nl.html",
    "mail/digest/en.html",
    "mail/digest/nl.html",
    "mail/digest_reply/en.html",
    "mail/digest_reply/nl.html",
    "mail/esecure_switched/en.html",
    "mail/esecure_switched/nl.html",
    "mail/expired/en.html",
    "mail/expired/nl.html",
    "mail/handled_by_colleague/en.html",
    "mail/handled_by_colleague/nl.html",
    "mail/invitation/en.html",
    "mail/invitation/nl.html",
    "mail/rejection_done/en.html",
    "mail/rejection_done/nl.html",
    "mail/reopened/en.html",
    "mail/reopened/nl.html",
    "mail/overturned/en.html",
    "mail/overturned/nl.html",
    "mail/reminder/en.html",
    "mail/reminder/nl.html",
    "mail/reply_not_understood/en.html",
    "mail/reply_not_understood/nl.html",
    "mail/reply_refused/en.html",
    "mail/reply_refused/nl.html",
    "mail/requester_approved/en.html",
    "mail/requester_approved/nl.html",
    "mail/requester_expired/en.html",
    "mail/requester_expired/nl.html",
    "mail/requester_received/en.html",
    "mail/requester_received/nl.html",
    "mail/requester_rejected/en.html",
    "mail/requester_rejected/nl.html",
    "mail/sign_in_changed/en.html",
    "mail/sign_in_changed/nl.html",
    "mail/test_mail/en.html",
    "mail/test_mail/nl.html",
    "mail/stand_in_ended/en.html",
    "mail/stand_in_ended/nl.html",
    "mail/stand_in_named/en.html",
    "mail/stand_in_named/nl.html",
];

/// Not escaped: subjects, and the text part of mails.
pub(super) const TEXT: &[(&str, &str)] = embed![
    "mail/layout/accounts.txt",
    "mail/layout/mail.txt",
    "mail/layout/subject",
    "mail/layout/facts.txt",
    "mail/layout/gathered.txt",
    "mail/layout/guide_path.txt",
    "mail/layout/warnings.txt",
    "mail/address_unreachable/en.txt",
    "mail/address_unreachable/nl.txt",
    "mail/address_unreachable/subject",
    "mail/address_unreachable/summary",
    "mail/administrator_added/en.txt",
    "mail/administrator_added/nl.txt",
    "mail/administrator_added/subject",
    "mail/administrator_added/summary",
    "mail/administrator_removed/en.txt",
    "mail/administrator_removed/nl.txt",
    "mail/administrator_removed/subject",
    "mail/administrator_removed/summary",
    "mail/alias_changed/en.txt",
    "mail/alias_changed/nl.txt",
    "mail/alias_changed/subject",
    "mail/alias_changed/summary",
    "mail/approval_needs_sign_in/en.txt",
    "mail/approval_needs_sign_in/nl.txt",
    "mail/approval_needs_sign_in/subject",
    "mail/approval_needs_sign_in/summary",
    "mail/approval_request/en.txt",
    "mail/approval_request/nl.txt",
    "mail/approval_request/subject",
    "mail/approval_request/summary",
    "mail/digest/en.txt",
    "mail/digest/nl.txt",
    "mail/digest/subject",
    "mail/digest/summary",
    "mail/digest_reply/en.txt",
    "mail/digest_reply/nl.txt",
    "mail/digest_reply/subject",
    "mail/digest_reply/summary",
    "mail/esecure_switched/en.txt",
    "mail/esecure_switched/nl.txt",
    "mail/esecure_switched/subject",
    "mail/esecure_switched/summary",
    "mail/expired/en.txt",
    "mail/expired/nl.txt",
    "mail/expired/subject",
    "mail/expired/summary",
    "mail/handled_by_colleague/en.txt",
    "mail/handled_by_colleague/nl.txt",
    "mail/handled_by_colleague/subject",
    "mail/handled_by_colleague/summary",
    "mail/invitation/en.txt",
    "mail/invitation/nl.txt",
    "mail/invitation/subject",
    "mail/invitation/summary",
    "mail/rejection_done/en.txt",
    "mail/rejection_done/nl.txt",
    "mail/rejection_done/subject",
    "mail/rejection_done/summary",
    "mail/reopened/en.txt",
    "mail/reopened/nl.txt",
    "mail/reopened/subject",
    "mail/reopened/summary",
    "mail/overturned/en.txt",
    "mail/overturned/nl.txt",
    "mail/overturned/subject",
    "mail/overturned/summary",
    "mail/reminder/en.txt",
    "mail/reminder/nl.txt",
    "mail/reminder/subject",
    "mail/reminder/summary",
    "mail/reply_not_understood/en.txt",
    "mail/reply_not_understood/nl.txt",
    "mail/reply_not_understood/subject",
    "mail/reply_not_understood/summary",
    "mail/reply_refused/en.txt",
    "mail/reply_refused/nl.txt",
    "mail/reply_refused/subject",
    "mail/reply_refused/summary",
    "mail/requester_approved/en.txt",
    "mail/requester_approved/nl.txt",
    "mail/requester_approved/subject",
    "mail/requester_approved/summary",
    "mail/requester_expired/en.txt",
    "mail/requester_expired/nl.txt",
    "mail/requester_expired/subject",
    "mail/requester_expired/summary",
    "mail/requester_received/en.txt",
    "mail/requester_received/nl.txt",
    "mail/requester_received/subject",
    "mail/requester_received/summary",
    "mail/requester_rejected/en.txt",
    "mail/requester_rejected/nl.txt",
    "mail/requester_rejected/subject",
    "mail/requester_rejected/summary",
    "mail/sign_in_changed/en.txt",
    "mail/sign_in_changed/nl.txt",
    "mail/sign_in_changed/subject",
    "mail/sign_in_changed/summary",
    "mail/test_mail/en.txt",
    "mail/test_mail/nl.txt",
    "mail/test_mail/subject",
    "mail/test_mail/summary",
    "mail/stand_in_ended/en.txt",
    "mail/stand_in_ended/nl.txt",
    "mail/stand_in_ended/subject",
    "mail/stand_in_ended/summary",
    "mail/stand_in_named/en.txt",
    "mail/stand_in_named/nl.txt",
    "mail/stand_in_named/subject",
    "mail/stand_in_named/summary",
];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn files_below(dir: &Path, root: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files_below(&path, root, names);
            } else if path.extension().is_some_and(|extension| extension == "hbs") {
                let name = path.strip_prefix(root).unwrap().with_extension("");
                names.insert(name.to_str().unwrap().to_owned());
            }
        }
    }

    #[test]
    fn every_template_file_is_built_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut files = BTreeSet::new();
        files_below(&root, &root, &mut files);
        let listed: BTreeSet<String> = HTML
            .iter()
            .copied()
            .flatten()
            .chain(TEXT)
            .map(|(name, _)| (*name).to_owned())
            .collect();
        let unlike: Vec<_> = files.symmetric_difference(&listed).collect();
        assert!(unlike.is_empty(), "not both listed and there: {unlike:?}");
    }
}
