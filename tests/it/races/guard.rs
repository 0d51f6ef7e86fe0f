//! The control of the races: without the guard several decide, and the invariants see it.

use std::sync::Arc;

use esecured::{
    domain::{
        event::{Actor, AuditEvent},
        people::{AdministratorId, Capacity},
        request::{AccessRequest, Door, MailDoor, RequestId, RequestState},
    },
    store::{audit, requests},
};
use futures_util::future::join_all;
use tokio::sync::Barrier;

use super::administrator;
use crate::support::{BRAM, Database, TULIPS, TestApp, invariants, on_both_databases};

/// Whether a change of state names the state it expects.
#[derive(Clone, Copy)]
enum Guard {
    On,
    Off,
}

/// Eight who looked at the same open request write their decision, one after the other.
async fn eight_write(app: &TestApp, id: RequestId, guard: Guard) {
    let open = app.request(id).await;
    let bram = administrator(app, BRAM).await;
    let start = Arc::new(Barrier::new(8));
    let writing = (0..8).map(|number| {
        let (app, start, mut request) = (app.app.clone(), start.clone(), open.clone());
        tokio::spawn(async move {
            let now = app.clock.now();
            request.state = if number % 2 == 0 {
                request
                    .state
                    .reject_by_mail(bram, Capacity::Own, MailDoor::Link, now)
                    .unwrap()
            } else {
                request.state.approve_by_operator(now).unwrap()
            };
            start.wait().await;
            let mut tx = app.store.begin().await.unwrap();
            let written = match guard {
                Guard::On => requests::close(&mut tx, &request).await.unwrap(),
                Guard::Off => close_without_guard(&mut tx, &request).await,
            };
            if written {
                audit::append(&mut tx, &decided(&request, bram))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in join_all(writing).await {
        writer.unwrap();
    }
}

async fn close_without_guard(conn: &mut sqlx::AnyConnection, request: &AccessRequest) -> bool {
    let state = request.state;
    sqlx::query(
        "UPDATE access_request
         SET status = $1, decided_at = $2, door = $3, decided_by = $4 WHERE id = $5",
    )
    .bind(state.status().as_str())
    .bind(state.closed_at().map(|at| at.as_micros()))
    .bind(state.door().map(Door::as_str))
    .bind(state.decided_by().map(|id| id.to_string()))
    .bind(request.id.to_string())
    .execute(conn)
    .await
    .unwrap()
    .rows_affected()
        == 1
}

fn decided(request: &AccessRequest, bram: AdministratorId) -> AuditEvent {
    let (name, actor) = match request.state {
        RequestState::Approved { .. } => ("access_request.approved", Actor::Operator),
        _ => ("access_request.rejected", Actor::Administrator(bram)),
    };
    AuditEvent::of_account(&request.account, name, actor, request.updated_at)
        .through(request.state.door())
        .about(Some(request.id), request.requester)
}

/// The control: the same race is seen to go wrong once the guard is off.
async fn without_the_guard_several_decide_and_it_is_noticed(database: Database) {
    let app = TestApp::start(database).await;
    let guarded = app.asks("guarded@elsewhere.example", TULIPS).await;
    eight_write(&app, guarded, Guard::On).await;
    assert!(invariants::decided_once(&app.app).await.is_empty());
    let unguarded = app.asks("unguarded@elsewhere.example", TULIPS).await;
    eight_write(&app, unguarded, Guard::Off).await;
    let faults = invariants::decided_once(&app.app).await.join("\n");
    assert!(faults.contains(&unguarded.to_string()), "{faults}");
    assert!(!faults.contains(&guarded.to_string()), "{faults}");
}

on_both_databases!(without_the_guard_several_decide_and_it_is_noticed);
