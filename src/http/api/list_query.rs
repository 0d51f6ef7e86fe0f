//! The query of a list: `?limit=&cursor=`, and `?status=&accountNumber=` where that narrows it.

use axum::extract::{FromRequestParts, RawQuery};
use axum::http::request::Parts;
use utoipa::{
    IntoParams,
    openapi::{Object, ObjectBuilder, Type},
};

use super::body;
use crate::{
    domain::{account_number::AccountNumber, request::Status},
    http::{Web, errors::Failure},
    shapes::schema,
};

/// How many where nothing is said.
const USUAL: i64 = 50;
const MOST: i64 = 200;

/// Which part of a list is asked for: `?limit=&cursor=`.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many at most.
    #[param(schema_with = limit_schema, required = false)]
    pub limit: i64,
    /// The `nextCursor` of the answer before, as it came. It belongs to your key.
    #[param(value_type = String, required = false)]
    pub cursor: Option<String>,
}

/// The same of a list of requests.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those of this status.
    #[param(schema_with = status_schema, required = false)]
    pub status: Option<Status>,
    /// Only those of one account. One that your key may not use has none.
    #[param(rename = "accountNumber", schema_with = body::account_number_schema, required = false)]
    pub account: Option<AccountNumber>,
    /// How many at most.
    #[param(schema_with = limit_schema, required = false)]
    pub limit: i64,
    /// The `nextCursor` of the page before, as it came. It belongs to your key.
    #[param(value_type = String, required = false)]
    pub cursor: Option<String>,
}

fn status_schema() -> Object {
    schema::one_of(Status::ALL, "Only those of this status.")
}

fn limit_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1_i64))
        .maximum(Some(MOST))
        .default(Some(USUAL.into()))
        .build()
}

impl FromRequestParts<Web> for ListQuery {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        parse(&raw(parts, web).await?)
    }
}

impl FromRequestParts<Web> for PageQuery {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let mut read = Self {
            limit: USUAL,
            cursor: None,
        };
        let query = raw(parts, web).await?;
        each_member(&query, "limit or cursor", |name, value| {
            match name {
                "limit" => read.limit = limit(value)?,
                "cursor" => read.cursor = Some(value.to_owned()),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(read)
    }
}

/// The query as it came.
async fn raw(parts: &mut Parts, web: &Web) -> Result<String, Failure> {
    let RawQuery(query) = RawQuery::from_request_parts(parts, web)
        .await
        .map_err(|_| Failure::bad_request("The query cannot be read"))?;
    Ok(query.unwrap_or_default())
}

/// Reads the members of a query, each once; `read` says whether it knows one.
fn each_member(
    query: &str,
    expected: &str,
    mut read: impl FnMut(&str, &str) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut seen = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if seen.contains(&name) {
            return Err(Failure::bad_request(format!("{name} stands there twice")));
        }
        if !read(&name, &value)? {
            return Err(Failure::bad_request(format!(
                "{name} is not known here; expected {expected}"
            )));
        }
        seen.push(name);
    }
    Ok(())
}

fn parse(query: &str) -> Result<ListQuery, Failure> {
    let mut read = ListQuery {
        status: None,
        account: None,
        limit: USUAL,
        cursor: None,
    };
    each_member(
        query,
        "status, accountNumber, limit or cursor",
        |name, value| {
            match name {
                "status" => read.status = Some(status(value)?),
                "accountNumber" => read.account = Some(account(value)?),
                "limit" => read.limit = limit(value)?,
                "cursor" => read.cursor = Some(value.to_owned()),
                _ => return Ok(false),
            }
            Ok(true)
        },
    )?;
    Ok(read)
}

fn status(value: &str) -> Result<Status, Failure> {
    Status::parse(value).ok_or_else(|| {
        Failure::bad_request(format!(
            "status: {value:?} is none of pending, approved, rejected, expired, cancelled"
        ))
    })
}

fn account(value: &str) -> Result<AccountNumber, Failure> {
    AccountNumber::parse(value)
        .map_err(|fault| Failure::bad_request(format!("accountNumber: {fault}")))
}

/// Reads how many at most.
fn limit(value: &str) -> Result<i64, Failure> {
    match value.parse() {
        Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        _ => Err(Failure::bad_request(format!(
            "limit: {value:?} is no number from 1 to {MOST}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_may_be_missing() {
        let read = parse("").unwrap();
        assert_eq!((read.status, read.account, read.limit), (None, None, USUAL));
        assert_eq!(read.cursor, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, named) in [
            ("status=open", "open"),
            ("accountNumber=12", "accountNumber"),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=x", "limit"),
            ("stauts=pending", "stauts"),
            ("limit=1&limit=2", "twice"),
        ] {
            let refused = format!("{:?}", parse(query).unwrap_err());
            assert!(refused.contains(named), "{query}: {refused}");
        }
    }
}
