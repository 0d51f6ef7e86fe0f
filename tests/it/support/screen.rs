//! What a page is shown on: how wide, how far away from the eye, in which colours.

use serde_json::{Value, json};

use super::Chromium;

/// The narrowest phone that every page must fit.
pub const PHONE: u32 = 320;
/// A window on a desk.
pub const DESKTOP: u32 = 1200;
/// How much of a page both show at once.
const HEIGHT: u32 = 800;
/// What is left of a window of 1280 × 800 when everything is twice as large: WCAG 2.2, 1.4.4.
pub const ZOOMED: u32 = 640;

impl Chromium {
    /// Shows the page as on a screen of this width, in CSS pixels.
    pub async fn width(&self, width: u32) {
        self.screen(width, HEIGHT, 1).await;
    }

    /// Shows the page as in a window of 1280 × 800 whose reader has zoomed in to 200 %.
    pub async fn zoomed(&self) {
        self.screen(ZOOMED, HEIGHT / 2, 2).await;
    }

    async fn screen(&self, width: u32, height: u32, scale: u32) {
        let screen = json!({
            "width": width,
            "height": height,
            "deviceScaleFactor": scale,
            "mobile": width < 600,
        });
        self.tells("Emulation.setDeviceMetricsOverride", &screen)
            .await;
    }

    /// Shows the page as to somebody who prefers `light` or `dark`.
    pub async fn colours(&self, scheme: &str) {
        self.prefers(&json!([{ "name": "prefers-color-scheme", "value": scheme }]))
            .await;
    }

    /// Shows the page in the few colours of the system alone, as its high contrast does.
    pub async fn forced_colours(&self) {
        self.prefers(&json!([{ "name": "forced-colors", "value": "active" }]))
            .await;
    }

    async fn prefers(&self, features: &Value) {
        let features = json!({ "features": features });
        self.tells("Emulation.setEmulatedMedia", &features).await;
    }

    /// A picture of the whole page on a screen of this width, as PNG.
    pub async fn whole_picture(&self, width: u32) -> Vec<u8> {
        self.picture_down_to(width, "document.scrollingElement.scrollHeight")
            .await
    }

    /// The same down to where this script says, in CSS pixels.
    pub async fn picture_down_to(&self, width: u32, script: &str) -> Vec<u8> {
        self.width(width).await;
        let height = self.asks(&format!("return {script}"), Vec::new()).await;
        let height = u32::try_from(height.as_u64().unwrap()).unwrap();
        self.screen(width, height, 1).await;
        let picture = self.takes_picture().await;
        self.width(width).await;
        picture
    }
}
