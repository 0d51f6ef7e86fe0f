//! A browser without script: cookies, pages, and the forms on them.

use std::sync::Arc;

use reqwest::{Method, cookie::Jar, header};

/// A browser.
pub struct Browser {
    base: String,
    client: reqwest::Client,
    cookies: Arc<Jar>,
}

/// What it shows.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Where it sends the browser.
    pub location: Option<String>,
    /// Its headers.
    pub headers: header::HeaderMap,
    /// Its HTML.
    pub body: String,
}

impl Browser {
    /// A fresh one.
    pub fn at(base: &str) -> Self {
        let cookies = Arc::new(Jar::default());
        Self {
            base: base.to_owned(),
            cookies: Arc::clone(&cookies),
            client: reqwest::Client::builder()
                .cookie_provider(cookies)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// Forgets the language of whoever signed in: pages are in the one that a request accepts.
    pub fn forgets_language(&self) {
        let gone = "language=; Path=/; Max-Age=0";
        self.cookies
            .add_cookie_str(gone, &self.base.parse().unwrap());
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Page {
        self.send(Method::GET, path, &[]).await
    }

    /// Opens a page and every page it leads on to.
    pub async fn follow(&self, path: &str) -> Page {
        let mut page = self.open(path).await;
        while let Some(location) = page.location.clone() {
            page = self.open(&location).await;
        }
        page
    }

    /// Sends a form from one of our own pages.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.submit_with(path, fields, &[("sec-fetch-site", "same-origin")])
            .await
    }

    /// Sends a form with headers of the test's choice.
    pub async fn submit_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Page {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::page(request).await
    }

    /// Any method.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::page(request).await
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str, password: &str, next: &str) -> Page {
        let fields = [("next", next), ("email", email), ("password", password)];
        self.submit("/login", &fields).await
    }

    /// Opens the Authorized User list, ticks the rows of these open requests and presses a button;
    /// the page that the answer leads to.
    pub async fn decides(&self, ids: &[&str], action: &str) -> Page {
        self.ticks("pending", ids, action).await
    }

    /// The same with one row of another list: an account number and a person.
    pub async fn overturns(&self, list: &str, row: &str, action: &str) -> Page {
        self.ticks(list, &[row], action).await
    }

    async fn ticks(&self, list: &str, rows: &[&str], action: &str) -> Page {
        let page = self.open(&format!("/authorized-users?status={list}")).await;
        let csrf = page.field("csrf");
        let answer = self.posts_rows(&csrf, list, rows, action).await;
        match &answer.location {
            Some(location) => self.follow(&location.clone()).await,
            None => answer,
        }
    }

    /// Sends the form of the list as it was shown once: with this token, these rows and that status,
    /// and confirmed where that is asked.
    pub async fn posts_rows(&self, csrf: &str, list: &str, rows: &[&str], action: &str) -> Page {
        let shown: Vec<String> = rows.iter().map(|row| format!("status_{row}")).collect();
        let mut fields = vec![
            ("csrf", csrf),
            ("list", list),
            ("action", action),
            ("confirmed", "yes"),
        ];
        for (row, shown) in rows.iter().zip(&shown) {
            fields.push(("entry", row));
            fields.push((shown, list));
        }
        self.submit("/authorized-users", &fields).await
    }

    async fn page(request: reqwest::RequestBuilder) -> Page {
        let answer = request.send().await.unwrap();
        let headers = answer.headers().clone();
        Page {
            status: answer.status().as_u16(),
            location: headers
                .get(header::LOCATION)
                .map(|location| location.to_str().unwrap().to_owned()),
            headers,
            body: answer.text().await.unwrap(),
        }
    }
}

impl Page {
    /// A header; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> String {
        let marker = format!("name=\"{name}\" value=\"");
        let at = self
            .body
            .find(&marker)
            .unwrap_or_else(|| panic!("no field {name} in\n{}", self.body));
        let rest = &self.body[at + marker.len()..];
        rest[..rest.find('"').unwrap()].to_owned()
    }

    /// Asserts that the page says this.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(
            self.body.contains(text),
            "{text:?} is not in\n{}",
            self.body
        );
        self
    }

    /// Asserts that it does not.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "{text:?} is in\n{}", self.body);
        self
    }
}
