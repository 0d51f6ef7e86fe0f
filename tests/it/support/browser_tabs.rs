//! The tabs of a browser: what opens one, and the way back.

use std::time::Duration;

use fantoccini::wd::WindowHandle;

use super::{Chromium, screen::DESKTOP};

impl Chromium {
    /// Clicks what opens a tab of its own, and goes on in that one.
    pub async fn press_into_new_tab(&self, label: &str) {
        let before = self.client.windows().await.unwrap();
        self.press_in_vain(label).await;
        self.goes_on_beside(&before).await;
    }

    /// Types where the focus is what opens a tab of its own, and goes on in that one. Leads back to
    /// the tab before.
    pub async fn keys_into_new_tab(&self, keys: &str) -> WindowHandle {
        let here = self.client.window().await.unwrap();
        let before = self.client.windows().await.unwrap();
        self.keys(keys).await;
        self.goes_on_beside(&before).await;
        here
    }

    /// Closes the tab and goes on in another one.
    pub async fn closes_tab(&self, other: WindowHandle) {
        self.client.close_window().await.unwrap();
        self.client.switch_to_window(other).await.unwrap();
    }

    async fn goes_on_beside(&self, known: &[WindowHandle]) {
        let tab = self.tab_beside(known).await;
        self.client.switch_to_window(tab).await.unwrap();
        self.width(DESKTOP).await;
        self.lets_pages_run_script(false).await;
    }

    async fn tab_beside(&self, known: &[WindowHandle]) -> WindowHandle {
        for _ in 0..200 {
            let tabs = self.client.windows().await.unwrap();
            if let Some(tab) = tabs.into_iter().find(|tab| !known.contains(tab)) {
                return tab;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no new tab");
    }
}
