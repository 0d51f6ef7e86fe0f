//! Every mail as mail programs show it: on phones and desks, by day and by night, and by those that
//! throw style blocks away. There are no images that could be off.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Html,
    routing::get,
};
use esecured::{
    domain::{language::Language, message::MessageKind},
    mail::compose::preview::preview,
    templates::Templates,
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::Chromium;

/// A small phone, a usual one, and the reading pane of a desktop program.
const WIDTHS: [u32; 3] = [320, 360, 700];

/// The mails that are also drawn by night, on a phone.
const DRAWN_BY_NIGHT: [MessageKind; 3] = [
    MessageKind::ApprovalRequest,
    MessageKind::Digest,
    MessageKind::RejectionDone,
];

/// A mail stands in the page of a mail program, which has the landmarks.
const OF_PAGES: [&str; 2] = ["landmark-one-main", "region"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mail_looks_right() {
    let reader = Chromium::at(&mail_program().await, "nl").await;
    for kind in MessageKind::ALL {
        // The language that comes first is in both of them once, above and below.
        for (looks, path) in [("", "whole"), (" without styles", "bare")] {
            reader.open(&format!("/{path}/{kind}")).await;
            for scheme in ["light", "dark"] {
                let name = format!("mail {kind}{looks} {scheme}");
                reader.colours(scheme).await;
                // What style blocks do not change is looked at once.
                if looks.is_empty() {
                    reader.is_accessible_but_for(&name, &OF_PAGES).await;
                }
                for width in WIDTHS {
                    reader.fits(&format!("{name} {width}"), width).await;
                }
            }
            let images = reader
                .asks("return document.images.length", Vec::new())
                .await;
            assert_eq!(images, 0, "{kind}");
            let vml = reader.asks(include_str!("vml.js"), Vec::new()).await;
            assert_eq!(vml, json!([]), "{kind}: {vml}");
            reader.colours("light").await;
            if looks.is_empty() {
                reader.is_drawn(&format!("mail {kind}"), 700).await;
            }
            if looks.is_empty() && DRAWN_BY_NIGHT.contains(kind) {
                reader.colours("dark").await;
                reader.is_drawn(&format!("mail {kind} dark"), 360).await;
            }
        }
    }
    reader.quit().await;
}

/// Serves the mails to the browser.
async fn mail_program() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let templates = Arc::new(Templates::load().unwrap());
    let mails = Router::new()
        .route("/{looks}/{kind}", get(mail))
        .with_state(templates);
    tokio::spawn(async move { axum::serve(listener, mails).await });
    base
}

async fn mail(
    State(templates): State<Arc<Templates>>,
    Path((looks, kind)): Path<(String, String)>,
) -> Html<String> {
    let kind = MessageKind::parse(&kind).unwrap();
    let html = preview(&templates, kind, Language::Nl).unwrap().html;
    Html(match looks.as_str() {
        "whole" => html,
        _ => without_styles(&html),
    })
}

fn without_styles(html: &str) -> String {
    let (before, rest) = html.split_once("<style>\n").expect("there is one");
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}{after}")
}
