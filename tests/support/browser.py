"""A real Chromium for the tests of the HTML report, and the flags that keep it off the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def programs() -> tuple[str, str] | None:
    """Chromium and its driver, or None where one of them is missing. `CHROMIUM` and `CHROMEDRIVER` come first."""
    named = os.environ.get("CHROMIUM")
    browser = named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = os.environ.get("CHROMEDRIVER") or shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


def require_programs() -> tuple[str, str]:
    """The programs; without them the test skips, except in CI, where skipping is failing."""
    found = programs()
    if found:
        return found
    missing = "Chromium and chromedriver are not both on PATH (or named by CHROMIUM and CHROMEDRIVER)"
    if os.environ.get("CI") or os.environ.get("MTLSAUDIT_CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def browser(found: tuple[str, str], width: int = 1280, height: int = 900, javascript: bool = True) -> Iterator[Chrome]:
    """A fresh Chromium with a profile of its own, which is gone afterwards."""
    with TemporaryDirectory(prefix="mtlsaudit-chromium-") as profile:
        options = ChromeOptions()
        options.binary_location = found[0]
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        if not javascript:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        driver = Chrome(options=options, service=Service(executable_path=found[1]))
        try:
            view(driver, width, height)
            yield driver
        finally:
            driver.quit()


def view(driver: Chrome, width: int, height: int) -> None:
    """The size of the page itself, which the size of a window does not give exactly."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def colour_scheme(driver: Chrome, scheme: str) -> None:
    """`light` or `dark`, as a person would have set it in the system."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})


def open_page(driver: Chrome, page: Path) -> None:
    driver.get(page.resolve().as_uri())


def console(driver: Chrome) -> list[object]:
    """What the console has said since it was last asked, warnings of the content policy among it."""
    return list(driver.get_log("browser"))  # type: ignore[no-untyped-call]
