//! Every metric there is: its name, what it says, its labels.
//!
//! Names are in base units. A label takes one of few words, all of which are ours: never an address,
//! an account, a token or a path that somebody typed.

use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, core::Collector,
};

/// Bounds of what an answer may take, in seconds.
const ANSWER_SECONDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// How each kind of metric is made from a line of the catalogue.
trait Described: Collector + Clone + Sized {
    fn described(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<Self>;
}

impl Described for IntCounterVec {
    fn described(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<Self> {
        Self::new(Opts::new(name, help), labels)
    }
}

impl Described for GaugeVec {
    fn described(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<Self> {
        Self::new(Opts::new(name, help), labels)
    }
}

impl Described for HistogramVec {
    fn described(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<Self> {
        let opts = HistogramOpts::new(name, help).buckets(ANSWER_SECONDS.to_vec());
        Self::new(opts, labels)
    }
}

macro_rules! catalogue {
    ($(#[$about:meta])* $group:ident {
        $($field:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)+
    }) => {
        $(#[$about])*
        pub struct $group {
            $(#[doc = $help] pub $field: $kind,)+
        }

        impl $group {
            /// All of them, in this registry.
            pub(super) fn registered(registry: &Registry) -> prometheus::Result<Self> {
                $(
                    let $field = $kind::described($name, $help, &[$($label),*])?;
                    registry.register(Box::new($field.clone()))?;
                )+
                Ok(Self { $($field),+ })
            }
        }
    };
}

catalogue! {
    /// What is counted when it happens, beside the line of the log that says so.
    Counted {
        requests_created: IntCounterVec "esecured_access_requests_created_total" ["rule"]
            "Access requests that began, by the rule that let them be asked or decided them.";
        requests_decided: IntCounterVec "esecured_access_requests_decided_total" ["door", "decision", "rule"]
            "Access requests that were closed: by which door, how, and by which rule they began.";
        requests_repeated: IntCounterVec "esecured_access_requests_repeated_total" []
            "Calls that asked again for what was open, or stood rejected.";
        requests_reopened: IntCounterVec "esecured_access_requests_reopened_total" []
            "Rejections that were undone.";
        answered_by_rule: IntCounterVec "esecured_access_answers_total" ["answer", "rule"]
            "Calls that a rule answered without a request: allowed or denied.";
        outbox_mails: IntCounterVec "esecured_outbox_mails_total" ["outcome"]
            "What became of attempts to hand a mail over: delivered, deferred, failed (given up) or dropped (obsolete).";
        inbox_mails: IntCounterVec "esecured_inbox_mails_total" ["kind", "effect"]
            "Mails that came in, by how they were read and what was done. A mail of kind unread was put aside before that.";
        replies_refused: IntCounterVec "esecured_inbox_replies_refused_total" ["reason"]
            "Replies that could not act, whatever they said, by what was missing.";
        webhook_deliveries: IntCounterVec "esecured_webhook_deliveries_total" ["outcome"]
            "What became of attempts to tell a webhook endpoint of an event: delivered, deferred, failed (given up) or dropped (erased).";
        sign_ins: IntCounterVec "esecured_sign_ins_total" ["outcome"]
            "Steps of signing in: succeeded, code_asked (a second step follows), failed or throttled (has to wait).";
        http_requests: IntCounterVec "esecured_http_requests_total" ["method", "route", "code"]
            "Answers over HTTP, by the template of the path. What has no route is of the route unmatched.";
        http_duration: HistogramVec "esecured_http_request_duration_seconds" ["route"]
            "How long answers took, but for long polls, which wait on purpose.";
        worker_failures: IntCounterVec "esecured_worker_failures_total" ["worker"]
            "Parts of the daemon that failed and were started again.";
    }
}

catalogue! {
    /// What is looked at when somebody asks.
    Observed {
        build: GaugeVec "esecured_build_info" ["version"]
            "1, for the version that runs.";
        started: GaugeVec "esecured_process_start_time_seconds" []
            "When the daemon started, as Unix time.";
        resident_memory: GaugeVec "esecured_process_resident_memory_bytes" []
            "Memory that the process has in RAM.";
        open_descriptors: GaugeVec "esecured_process_open_fds" []
            "Open file descriptors.";
        descriptors_max: GaugeVec "esecured_process_max_fds" []
            "So many file descriptors may be open.";
        database_up: GaugeVec "esecured_database_up" []
            "1 if the database answered just now. What is counted in it is left out where it did not.";
        database_commits: IntCounterVec "esecured_database_commits_total" []
            "Commits of the embedded database, each of which waits for the disk once.";
        database_transactions: IntCounterVec "esecured_database_transactions_total" []
            "Transactions that those commits made durable.";
        requests_open: GaugeVec "esecured_access_requests_open" ["state"]
            "Access requests that wait for an answer: unreminded, or reminded of at least once. At most 20000 are counted.";
        outbox_messages: GaugeVec "esecured_outbox_messages" ["state"]
            "Mails that are not settled: queued, or gathered for a digest. At most 20000 of each are counted.";
        outbox_oldest_age: GaugeVec "esecured_outbox_oldest_age_seconds" []
            "For how long the oldest queued mail should have been sent.";
        smtp_last_success: GaugeVec "esecured_smtp_last_success_timestamp_seconds" []
            "When this daemon last handed a mail to the mail server, as Unix time; left out before the first.";
        smtp_breaker_open: GaugeVec "esecured_smtp_breaker_open" []
            "1 while the mail server is away and left alone but for one mail now and then.";
        inbox_last_success: GaugeVec "esecured_inbox_last_success_timestamp_seconds" []
            "When this daemon had last read all that was in the mailbox, as Unix time; left out before the first time.";
        inbox_reader: GaugeVec "esecured_inbox_reader_lease_held" []
            "1 while this daemon reads the mailbox, 0 while another one does or it cannot be read.";
        inbox_failing: GaugeVec "esecured_inbox_failing" []
            "1 while this daemon should read the mailbox and cannot.";
        inbox_not_filed: GaugeVec "esecured_inbox_not_filed" []
            "1 while the server does not take mails away that were read, such as where a quota is full.";
        webhook_waiting: GaugeVec "esecured_webhook_deliveries_waiting" []
            "Webhook deliveries that are not settled. At most 20000 are counted.";
        webhook_oldest_age: GaugeVec "esecured_webhook_oldest_age_seconds" []
            "For how long the oldest of them should have been delivered.";
        webhook_endpoints: GaugeVec "esecured_webhook_endpoints" ["state"]
            "Webhook endpoints: enabled or disabled.";
        long_polls: GaugeVec "esecured_http_long_polls" []
            "Calls that wait for a change just now.";
    }
}
