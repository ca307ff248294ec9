"""A picture of a report: `python -m tests.support.screenshot report.html out.png [--dark] [--width N --height N]`."""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path

from tests.support.browser import browser, colour_scheme, open_page, programs, view


def main() -> int:
    """Takes the first screen, or the whole page with `--full`."""
    parser = argparse.ArgumentParser(description="Take a picture of an HTML report.")
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--full", action="store_true", help="the whole page, not only its first screen")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=900)
    asked = parser.parse_args()
    found = programs()
    if not found:
        print("Chromium and chromedriver are needed, on PATH or named by CHROMIUM and CHROMEDRIVER", file=sys.stderr)
        return 2
    with browser(found, asked.width, asked.height) as driver:
        colour_scheme(driver, "dark" if asked.dark else "light")
        open_page(driver, asked.report)
        if asked.full:
            view(driver, asked.width, int(driver.execute_script("return document.documentElement.scrollHeight")))
        image = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    asked.out.write_bytes(base64.b64decode(image["data"]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
