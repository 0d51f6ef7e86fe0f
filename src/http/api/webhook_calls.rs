//! `/v1/webhook-endpoints`: where a shipping system wants to be told what happens.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use utoipa::ToSchema;

use super::{
    api_key::{Caller, Poster},
    body::{JsonObject, Members},
    description::parameters::EndpointPath,
    examples,
    idempotency_key::{self, IdempotencyKey},
    json_answer,
    refusals::refusals,
};
use crate::{
    domain::webhook::EndpointId,
    http::{Web, errors::Failure},
    shapes::{EndpointList, EndpointShape, NewEndpointShape},
    webhook::WebhookUrl,
    workflow::manage_webhooks::{self as manage, Added, WebhookError, Who},
};

const PATH: &str = "/v1/webhook-endpoints";

refusals! { ListRefused {} }

refusals! { AddRefused {
    BadRequest, InvalidBody, EndpointNotAdded, BodyTooSlow, BodyTooLarge, UnsupportedMediaType,
    IdempotencyKeyReused,
} }

refusals! { ChangeRefused { NotFound } }

refusals! { RotateRefused { BadRequest, NotFound, EndpointNotAdded, IdempotencyKeyReused } }

refusals! { EnableRefused { NotFound, EndpointDisabled, EndpointEnabled } }

/// Where you want to be told.
#[derive(ToSchema)]
pub struct NewWebhookEndpoint {
    /// `https`, at a public address, without user, password and fragment. A redirect is not followed.
    #[schema(value_type = String, format = "uri", pattern = "^https://", max_length = 2000)]
    url: WebhookUrl,
}

/// List your endpoints
///
/// Those of your key, the oldest first, and how they fare.
#[utoipa::path(
    get,
    path = "/v1/webhook-endpoints",
    operation_id = "listWebhookEndpoints",
    tag = "Webhooks",
    responses(
        (
            status = 200,
            description = "All of them.",
            body = EndpointList,
            example = json!({ "data": [examples::endpoint()] }),
        ),
        ListRefused,
    )
)]
pub async fn list(
    State(web): State<Web>,
    Caller(caller): Caller,
) -> Result<Json<EndpointList>, Failure> {
    let endpoints = manage::of_client(&web.app, caller.id()).await?;
    let data = endpoints.iter().map(EndpointShape::of).collect();
    Ok(Json(EndpointList { data }))
}

/// Add an endpoint
///
/// Every event of the accounts your key may use is posted there from then on, signed as Standard
/// Webhooks has it. The secret is in this answer alone, and in what an `Idempotency-Key` gives again. A key has at most ten endpoints, each URL once.
#[utoipa::path(
    post,
    path = "/v1/webhook-endpoints",
    operation_id = "addWebhookEndpoint",
    tag = "Webhooks",
    params(IdempotencyKey),
    request_body(
        content = NewWebhookEndpoint,
        example = json!({ "url": "https://booking.example.com/esecure" }),
    ),
    responses(
        (
            status = 201,
            description = "The endpoint with its secret.",
            body = NewEndpointShape,
            headers(
                ("Location" = String, description = "Where the endpoint is."),
                ("Idempotent-Replayed" = String, description = "`true` where the answer is that of an earlier call."),
            ),
            links(
                ("test" = (operation_id = "testWebhookEndpoint", parameters(("id" = "$response.body#/id")))),
                ("deliveries" = (operation_id = "listDeliveries", parameters(("id" = "$response.body#/id")))),
                ("replay" = (operation_id = "replayDeliveries", parameters(("id" = "$response.body#/id")))),
                ("rotate" = (operation_id = "rotateWebhookSecret", parameters(("id" = "$response.body#/id")))),
                ("enable" = (operation_id = "enableWebhookEndpoint", parameters(("id" = "$response.body#/id")))),
                ("remove" = (operation_id = "removeWebhookEndpoint", parameters(("id" = "$response.body#/id")))),
            ),
            example = json!(examples::endpoint_with_secret()),
        ),
        AddRefused,
    )
)]
pub async fn add(
    State(web): State<Web>,
    Poster(caller): Poster,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Failure> {
    let key = IdempotencyKey::read(&headers, PATH, &body.bytes)?;
    let NewWebhookEndpoint { url } = read(&web, body)?;
    let (client, once) = (caller.id(), key.once(&created));
    let answered = manage::add(&web.app, client, Who::Client(client), &url, once.as_ref())
        .await
        .map_err(refused)?;
    Ok(idempotency_key::respond(answered, created, PATH))
}

fn read(web: &Web, body: JsonObject) -> Result<NewWebhookEndpoint, Failure> {
    let mut members = Members::of(body.members);
    let url = members.required("url", |text| web.app.poster.parse(text));
    members.finish()?;
    let url = url.ok_or_else(|| Failure::bad_request("url is required"))?;
    Ok(NewWebhookEndpoint { url })
}

fn created(added: &Added) -> (u16, String) {
    let shape = NewEndpointShape::of(&added.endpoint, &added.secret);
    (201, json_answer::text(&shape))
}

/// Remove an endpoint
///
/// It hears nothing more, and what waits for it is dropped.
#[utoipa::path(
    delete,
    path = "/v1/webhook-endpoints/{id}",
    operation_id = "removeWebhookEndpoint",
    tag = "Webhooks",
    params(EndpointPath),
    responses((status = 204, description = "It is gone."), ChangeRefused)
)]
pub async fn remove(
    State(web): State<Web>,
    Poster(caller): Poster,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    manage::remove(&web.app, Who::Client(caller.id()), named(&id)?)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give it a new secret
///
/// For a day both sign, the new one first: change it on your side meanwhile. Only the one before goes
/// on: who rotates again within the day ends the one before that. An `Idempotency-Key` lets you ask
/// again where the answer was lost.
#[utoipa::path(
    post,
    path = "/v1/webhook-endpoints/{id}/rotate-secret",
    operation_id = "rotateWebhookSecret",
    tag = "Webhooks",
    params(EndpointPath, IdempotencyKey),
    responses(
        (
            status = 200,
            description = "The endpoint with its new secret, which is shown this once, and to whoever \
                sends the same Idempotency-Key again.",
            body = NewEndpointShape,
            headers(
                ("Idempotent-Replayed" = String, description = "`true` where the answer is that of an earlier call."),
            ),
            example = json!(examples::endpoint_with_secret()),
        ),
        RotateRefused,
    )
)]
pub async fn rotate(
    State(web): State<Web>,
    Poster(caller): Poster,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let key = IdempotencyKey::read(&headers, &format!("{PATH}/{id}/rotate-secret"), &[])?;
    let (who, once) = (Who::Client(caller.id()), key.once(&rotated));
    let answered = manage::rotate(&web.app, who, named(&id)?, once.as_ref())
        .await
        .map_err(refused)?;
    Ok(idempotency_key::respond(answered, rotated, PATH))
}

fn rotated(rotated: &Added) -> (u16, String) {
    let (_, body) = created(rotated);
    (200, body)
}

/// Enable an endpoint again
///
/// One that was disabled is called again, with what waits for it and what happened since, as far as the
/// feed still has it, unless it was the operator who disabled it. What was answered 410 comes again only
/// when you replay it.
#[utoipa::path(
    post,
    path = "/v1/webhook-endpoints/{id}/enable",
    operation_id = "enableWebhookEndpoint",
    tag = "Webhooks",
    params(EndpointPath),
    responses(
        (
            status = 200,
            description = "The endpoint.",
            body = EndpointShape,
            example = json!(examples::endpoint()),
        ),
        EnableRefused,
    )
)]
pub async fn enable(
    State(web): State<Web>,
    Poster(caller): Poster,
    Path(id): Path<String>,
) -> Result<Json<EndpointShape>, Failure> {
    let endpoint = manage::enable(&web.app, Who::Client(caller.id()), named(&id)?)
        .await
        .map_err(refused)?;
    Ok(Json(EndpointShape::of(&endpoint)))
}

pub(super) fn named(id: &str) -> Result<EndpointId, Failure> {
    id.parse().map_err(|_| refused(WebhookError::Unknown))
}

pub(super) fn refused(error: WebhookError) -> Failure {
    match error {
        WebhookError::Unknown => Failure::not_found_because("There is no such webhook endpoint"),
        WebhookError::UnknownEvent => {
            Failure::not_found_because("This endpoint has no delivery of that event")
        }
        WebhookError::Exists | WebhookError::TooMany => {
            Failure::endpoint_not_added(format!("{error}; remove one first"))
        }
        WebhookError::Disabled | WebhookError::DisabledByOperator => {
            Failure::endpoint_disabled(error.to_string())
        }
        WebhookError::SoAlready => Failure::endpoint_enabled(),
        WebhookError::KeyUsedOtherwise => idempotency_key::used_otherwise(),
        WebhookError::Store(error) => error.into(),
    }
}
