"""The HTML report, as text and in a real Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from mtlsaudit.model.certificate import Names
from mtlsaudit.model.coverage import Coverage
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.hop import Mode
from mtlsaudit.model.origin import Position
from mtlsaudit.model.report import Judged, Report
from mtlsaudit.model.values import replace
from mtlsaudit.model.verdict import Outcome, Severity, Verdict
from mtlsaudit.output.certificate_timeline import BARS, timeline
from mtlsaudit.output.hop_picture import GROUPS, draw
from mtlsaudit.output.html import render
from mtlsaudit.output.html_evidence import evidence_view
from mtlsaudit.output.html_prose import blocks_of, spans_of
from mtlsaudit.output.html_view import page_of
from tests.support.browser import browser, colour_scheme, console, open_page, require_programs, view
from tests.support.sample import sample_report

HOSTILE = "</script><script>window.taken = 1</script><img src=x onerror='window.taken = 2'>\"'{{ 7*7 }}&amp;"
VOID = {"meta", "link", "br", "input", "img", "hr"}
# What makes a browser fetch or send something, apart from `href`.
RESOURCE_ATTRIBUTES = {"src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href"}


class Outline(HTMLParser):
    """Checks that every element is closed in order, and collects what the tests ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.resources: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name == "href" or name in RESOURCE_ATTRIBUTES:
                self.resources.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def empty_report() -> Report:
    sample = sample_report()
    scan = replace(sample.scan, assumptions=(), world="closed")
    coverage = Coverage(0, 0, {}, 0, ())
    return replace(sample, scan=scan, coverage=coverage, hops=(), certificates=(), judged=Judged(), rules={})


def hostile_report() -> Report:
    sample = sample_report()
    rules = {
        name: replace(
            rule,
            title=HOSTILE,
            why=HOSTILE,
            remedy=f"{HOSTILE}\n\n```yaml\n{HOSTILE}\n```\n\n- `{HOSTILE}`",
            references=("javascript:window.taken=3", "data:text/html,x", f"https://example.com/{HOSTILE}"),
            controls=(HOSTILE,),
        )
        for name, rule in sample.rules.items()
    }
    gap = Gap(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1)
    assessments = tuple(
        replace(
            a,
            subject=HOSTILE,
            fingerprint=HOSTILE,
            verdict=Verdict(a.outcome, HOSTILE, tuple(e._replace(value=HOSTILE) for e in a.verdict.evidence), (gap,)),
        )
        for a in sample.assessments
    )
    hops = tuple(
        replace(h, id=HOSTILE + h.id, entry=HOSTILE, host=HOSTILE, path=HOSTILE, service=HOSTILE, because=HOSTILE)
        for h in sample.hops
    )
    certificates = tuple(
        replace(c, id=HOSTILE, secret=HOSTILE, subject=HOSTILE, issuer=HOSTILE, names=Names((HOSTILE,)))
        for c in sample.certificates
    )
    return replace(
        sample,
        tool_version=HOSTILE,
        scan=replace(sample.scan, sources=(HOSTILE,), assumptions=(HOSTILE,), world=HOSTILE, rules_digest=HOSTILE),
        coverage=Coverage(1, 1, {HOSTILE: 1}, 0, (gap,)),
        rules=rules,
        judged=Judged(assessments),
        hops=hops,
        certificates=certificates,
        lines=dict.fromkeys(sample.lines, HOSTILE),
    )


def big_report(hops: int = 2000, findings: int = 5000) -> Report:
    sample = sample_report()
    modes = list(Mode)
    many = tuple(
        replace(sample.hops[i % 2], id=f"hop {i}", host=f"h{i // 2}.example.com", mode=modes[i % len(modes)])
        for i in range(hops)
    )
    fails = [a for a in sample.assessments if a.outcome is Outcome.FAIL]
    found = tuple(
        replace(fails[i % len(fails)], subject=f"hop {i % hops}", fingerprint=f"{i:064x}") for i in range(findings)
    )
    return replace(sample, hops=many, judged=Judged(found))


# --- as text


def test_of_a_thousand_unknowns_of_one_rule_the_page_shows_some_and_counts_all() -> None:
    sample = sample_report()
    one = next(a for a in sample.assessments if a.outcome is Outcome.UNKNOWN)
    many = tuple(replace(one, subject=f"hop {i}") for i in range(1000))
    text = render(replace(sample, judged=Judged(many)))
    assert text.count('data-row="unknown"') == 100
    assert "1,000 answers missing" in text
    assert "900 more are not on this page" in text
    assert "are not on this page" not in render(replace(sample, judged=Judged(many[:100])))


def test_the_same_report_gives_the_same_text() -> None:
    assert render(sample_report()) == render(sample_report())


@pytest.mark.parametrize("report", [sample_report, empty_report, hostile_report])
def test_every_element_is_closed_and_every_id_is_unique_and_every_anchor_leads_somewhere(report: object) -> None:
    assert callable(report)
    found = outline(render(report()))
    assert len(set(found.ids)) == len(found.ids)
    inner = {link.removeprefix("#") for link in found.links if link.startswith("#")}
    assert inner - set(found.ids) == set()


@pytest.mark.parametrize("report", [sample_report, empty_report, hostile_report])
def test_nothing_is_loaded_from_anywhere(report: object) -> None:
    assert callable(report)
    text = render(report())
    found = outline(text)
    assert found.resources == ["data:,"]
    assert all(link.startswith(("#", "https://")) for link in found.links)
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src &#39;none&#39;; script-src &#39;sha256-" in text


def test_hostile_words_stay_words() -> None:
    text = render(hostile_report())
    found = outline(text)
    assert found.tags.count("script") == 1
    assert "img" not in found.tags
    assert "<script>window" not in text
    # A template inside the input is text as well.
    assert "{{ 7*7 }}" in text


@pytest.mark.parametrize(
    ("modes", "headline", "note"),
    [
        ((), "No hops were found", "There was nothing to judge: no Ingress in what was read"),
        ((Mode.MUTUAL,), "1 of 1 hop is mutual", None),
        ((Mode.MUTUAL, Mode.OFFERED), "1 of 2 hops are mutual", "Offered on 1 hop: counted apart"),
        ((Mode.PERMISSIVE, Mode.PLAINTEXT), "0 of 2 hops are mutual", "Worst: plaintext on 1 hop"),
        ((Mode.UNKNOWN,), "0 of 1 hop is mutual", "Unknown on 1 hop"),
    ],
)
def test_the_headline_counts_mutual_hops_and_nothing_else(
    modes: tuple[Mode, ...], headline: str, note: str | None
) -> None:
    sample = sample_report()
    page = page_of(
        replace(sample, hops=tuple(replace(sample.hops[0], id=f"{n}", mode=mode) for n, mode in enumerate(modes)))
    )
    assert page.headline == headline
    if note is None:
        assert page.notes == ()
    else:
        assert any(said.startswith(note) for said in page.notes)


def test_the_worst_finding_comes_with_its_file_and_line() -> None:
    worst = page_of(sample_report()).worst
    assert worst is not None
    assert worst.badge.word == "critical"
    assert worst.place.endswith("examples/mtls-guide/ingress.yaml:6")


def test_findings_are_grouped_by_rule_worst_first() -> None:
    page = page_of(sample_report())
    assert [group.rule for group in page.findings] == [f"sample-{severity}" for severity in Severity]
    assert [group.rule for group in page.unknowns] == ["sample-high"]


def test_the_field_is_marked_in_its_line() -> None:
    report = sample_report()
    piece = report.assessments[0].verdict.evidence[0]
    shown = evidence_view(report, piece)
    assert shown.snippet is not None
    assert shown.snippet.before == "    "
    assert shown.snippet.marked == 'nginx.ingress.kubernetes.io/auth-tls-verify-client: "on"'
    assert shown.place.endswith("ingress.yaml:6:5")


def test_a_line_of_a_megabyte_is_cut_around_the_field() -> None:
    report = sample_report()
    piece = report.assessments[0].verdict.evidence[0]
    long = "x" * 500_000 + "FIELD" + "y" * 500_000
    at = Position(6, 500_001, 6, 500_006)
    report = replace(report, lines={piece.site: long}, positions={piece.site: at})
    snippet = evidence_view(report, piece).snippet
    assert snippet is not None
    assert snippet.marked == "FIELD"
    assert len(snippet.before) + len(snippet.after) < 400


def test_prose_knows_paragraphs_lists_and_code() -> None:
    blocks = blocks_of("One\nline with `a`.\n\n- first\n  goes on\n- second\n```yaml\na:\n  - b\n```\nafter")
    assert [block.kind for block in blocks] == ["paragraph", "list", "code", "paragraph"]
    assert [len(block.lines) for block in blocks] == [1, 2, 1, 1]
    assert [(span.text, span.code) for span in blocks[0].lines[0]] == [
        ("One line with ", False),
        ("a", True),
        (".", False),
    ]
    assert blocks[2].lines[0][0].text == "a:\n  - b"


def test_an_open_fence_and_a_lone_backtick_lose_nothing() -> None:
    assert blocks_of("```\nnever closed")[0].lines[0][0].text == "never closed"
    assert "".join(span.text for span in spans_of("a `b` c ` d")) == "a b c ` d"


def test_the_picture_draws_the_worst_groups_and_counts_the_rest() -> None:
    report = big_report(2000, 0)
    picture = draw(report.hops)
    assert picture.groups == 1000
    assert picture.more == 1000 - GROUPS
    assert any(edge.mode == "plaintext" for edge in picture.edges)
    assert draw(()).groups == 0
    assert draw(report.hops[:1]).groups == 1


def test_paths_that_look_alike_are_drawn_once() -> None:
    hop = sample_report().hops[0]
    picture = draw([replace(hop, id=f"{n}", path=f"/{n}") for n in range(50)])
    assert picture.groups == 1
    assert picture.boxes[0].name == "service-a.example.com (50 paths)"


def test_the_timeline_puts_a_ca_above_its_leaves_and_survives_the_year_9999() -> None:
    report = sample_report()
    leaf = report.certificates[1]
    now = report.scan.now
    authority = replace(
        leaf,
        id="Secret default/ca",
        subject="CN=ca",
        usages={"is_ca": True},
        not_before=now - timedelta(days=900),
        not_after=now.replace(year=9999),
        renews=False,
    )
    forever = replace(authority, id="Secret default/forever", usages={}, renews=True, renew_after_days=1e9)
    drawn = timeline(replace(report, certificates=(replace(leaf, issuer="CN=ca"), authority, forever)))
    assert drawn is not None
    (pane,) = drawn.panes
    assert [(bar.label, bar.indent) for bar in pane.bars] == [
        ("Secret default/ca (CA)", 0),
        ("Secret default/other-tls", 16),
        ("Secret default/forever", 0),
    ]
    assert all(drawn.left <= bar.x1 < bar.x2 <= drawn.right for bar in pane.bars)
    assert timeline(replace(report, certificates=report.certificates[:1])) is None


def estate(*entries: tuple[str, str, int, int, bool]) -> Report:
    """A report of certificates: (name, issuer, days from issue to the scan, days from the scan to expiry, renewed)."""
    report = sample_report()
    leaf, now = report.certificates[1], report.scan.now
    made = [
        replace(
            leaf,
            id=f"Secret shop/{name}",
            subject=f"CN={name}",
            issuer=f"CN={issuer}",
            usages={"is_ca": name.startswith("ca")},
            not_before=now - timedelta(days=age),
            not_after=now + timedelta(days=left),
            renews=renewed,
            renew_after_days=60.0 if renewed else None,
        )
        for name, issuer, age, left, renewed in entries
    ]
    return replace(report, certificates=tuple(made))


def test_the_timeline_says_what_is_overdue_expired_and_still_to_come() -> None:
    drawn = timeline(
        estate(
            ("a", "x", 10, 80, True), ("b", "x", 70, 20, True), ("c", "x", 100, -10, False), ("d", "x", -5, 95, False)
        )
    )
    assert drawn is not None
    bars = {bar.label: bar for bar in drawn.panes[0].bars}
    assert {name.rpartition("/")[2]: bar.state for name, bar in bars.items()} == {
        "a": "valid",
        "b": "overdue",
        "c": "expired",
        "d": "waiting",
    }
    assert [name.rpartition("/")[2] for name in bars] == ["b", "a", "d", "c"]
    assert "renewal was due 2026-11-13" in bars["Secret shop/b"].title
    assert bars["Secret shop/c"].renewal is None
    assert bars["Secret shop/a"].renewal is not None
    assert bars["Secret shop/a"].renewal > drawn.now > (bars["Secret shop/b"].renewal or 0)


def test_a_thousand_certificates_are_folded_with_their_cas_above_them_in_every_fold() -> None:
    leaves = [(f"leaf-{n:04}", "ca-2", 10, 20 + n % 70, True) for n in range(1000)]
    report = estate(("ca-1", "ca-1", 400, 3000, False), ("ca-2", "ca-1", 300, 700, False), *leaves)
    drawn = timeline(report)
    assert drawn is not None
    assert sum(len(pane.bars) for pane in drawn.panes) == 1002 + 2 * (len(drawn.panes) - 1)
    for pane in drawn.panes:
        assert len(pane.bars) <= BARS
        assert [(b.label, b.indent) for b in pane.bars[:3]][:2] == [
            ("Secret shop/ca-1 (CA)", 0),
            ("Secret shop/ca-2 (CA)", 16),
        ]
        assert {b.indent for b in pane.bars[2:]} == {32}
    text = render(report)
    assert text.count('<details class="more">') == len(drawn.panes) - 1
    assert text.count("<desc id=") == len(drawn.panes)
    assert len(set(re.findall(r'<title id="(timeline-\d+)">', text))) == len(drawn.panes)


def test_cas_that_issued_each_other_are_drawn_once() -> None:
    drawn = timeline(estate(("ca-1", "ca-2", 10, 80, False), ("ca-2", "ca-1", 10, 90, False)))
    assert drawn is not None
    assert sorted((b.label, b.indent) for b in drawn.panes[0].bars) == [
        ("Secret shop/ca-1 (CA)", 0),
        ("Secret shop/ca-2 (CA)", 16),
    ]


def test_the_report_ends_with_a_newline() -> None:
    assert render(sample_report()).endswith("</html>\n")


def test_a_large_report_is_written_in_seconds() -> None:
    report = big_report()
    begin = time.perf_counter()
    text = render(report)
    # It takes under a second on two small cores; a loop within a loop would take minutes.
    assert time.perf_counter() - begin < 20
    assert text.count('data-row="finding"') == 5000
    assert text.count('data-row="hop"') == 2000


# --- in Chromium


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("html")
    for name, report in {
        "sample": sample_report(),
        "empty": empty_report(),
        "hostile": hostile_report(),
        "big": big_report(),
    }.items():
        (folder / f"{name}.html").write_text(render(report), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shared_driver() -> Iterator[Chrome]:
    with browser(require_programs()) as driver:
        yield driver


@pytest.fixture
def driver(shared_driver: Chrome) -> Chrome:
    view(shared_driver, 1280, 900)
    colour_scheme(shared_driver, "light")
    console(shared_driver)
    return shared_driver


def visible(driver: Chrome, kind: str) -> int:
    rows = "document.querySelectorAll('[data-row=\"' + arguments[0] + '\"]')"
    script = f"return Array.from({rows}).filter(row => row.checkVisibility()).length"
    return int(driver.execute_script(script, kind))


def count_says(driver: Chrome, part: str) -> None:
    WebDriverWait(driver, 10, poll_frequency=0.05).until(lambda d: part in d.find_element(By.ID, "filter-count").text)


def contrast(driver: Chrome, selector: str) -> float:
    """The ratio of WCAG 2 between an element's text and the first background behind it that is not transparent."""
    return float(
        driver.execute_script(
            """
            const parse = (text) => text.match(/[\\d.]+/g).map(Number);
            const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
              .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
              .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const start = document.querySelector(arguments[0]);
            let at = start, back = null;
            while (at && !back) {
              const found = parse(getComputedStyle(at).backgroundColor);
              if (found.length === 3 || found[3] === 1) back = found;
              at = at.parentElement;
            }
            const pair = [light(parse(getComputedStyle(start).color)), light(back)].sort((a, b) => b - a);
            return (pair[0] + 0.05) / (pair[1] + 0.05);
            """,
            selector,
        )
    )


@pytest.mark.browser
def test_the_first_screen_answers_the_question(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "sample.html")
    first = driver.find_element(By.CSS_SELECTOR, ".summary")
    assert driver.find_element(By.TAG_NAME, "h1").text == page_of(sample_report()).headline
    for words in (
        "A finding of critical",
        "ingress.yaml:6",
        "World: open",
        "assumed: <nothing>",
        "2026-11-23 12:00 UTC",
    ):
        assert words in first.text
    assert first.rect["y"] + first.rect["height"] < 900


@pytest.mark.browser
@pytest.mark.parametrize("name", ["sample", "empty", "hostile"])
def test_no_request_and_no_console_message(driver: Chrome, pages: Path, name: str) -> None:
    open_page(driver, pages / f"{name}.html")
    assert driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)") == []
    outside = "return Array.from(document.querySelectorAll('[src], [href]:not(a)')).map(e => e.src || e.href)"
    assert driver.execute_script(outside) == ["data:,"]
    assert console(driver) == []


@pytest.mark.browser
def test_hostile_words_do_not_run(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "hostile.html")
    assert driver.execute_script("return typeof window.taken") == "undefined"
    assert HOSTILE in driver.find_element(By.CSS_SELECTOR, ".worst .message").text
    links = driver.execute_script("return Array.from(document.querySelectorAll('a'), a => a.protocol)")
    assert set(links) == {"file:", "https:"}


@pytest.mark.browser
def test_filters_hide_rows_and_say_how_many_are_left(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "sample.html")
    count = driver.find_element(By.ID, "filter-count")
    assert count.get_attribute("aria-live") == "polite"
    count_says(driver, "5 of 5 findings, 2 of 2 hops, 1 of 1 unknown")
    assert visible(driver, "finding") == 5

    Select(driver.find_element(By.ID, "filter-severity")).select_by_visible_text("critical")
    count_says(driver, "1 of 5 findings, 2 of 2 hops, 0 of 1 unknown")
    assert visible(driver, "finding") == 1
    assert visible(driver, "unknown") == 0

    driver.find_element(By.CSS_SELECTOR, "#filter button").click()
    count_says(driver, "5 of 5 findings")
    driver.find_element(By.ID, "filter-text").send_keys("MEDIUM finding")
    count_says(driver, "1 of 5 findings, 0 of 2 hops")
    assert visible(driver, "finding") == 1
    assert visible(driver, "hop") == 0
    # A rule whose findings are all hidden does not stay behind as a title.
    assert len([g for g in driver.find_elements(By.CSS_SELECTOR, "[data-group]") if g.is_displayed()]) == 1

    driver.find_element(By.CSS_SELECTOR, "#filter button").click()
    Select(driver.find_element(By.ID, "filter-outcome")).select_by_visible_text("unknown")
    count_says(driver, "0 of 5 findings, 2 of 2 hops, 1 of 1 unknown")

    driver.find_element(By.CSS_SELECTOR, "#filter button").click()
    mode = sample_report().hops[1].mode.value
    Select(driver.find_element(By.ID, "filter-mode")).select_by_visible_text(mode)
    same = sum(hop.mode.value == mode for hop in sample_report().hops)
    count_says(driver, f"{same} of 2 hops")
    assert visible(driver, "hop") == same


@pytest.mark.browser
def test_a_link_to_a_filtered_finding_shows_it(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "sample.html")
    driver.find_element(By.ID, "filter-text").send_keys("nothing has these words")
    count_says(driver, "0 of 5 findings")
    driver.find_element(By.CSS_SELECTOR, ".worst .message a").click()
    count_says(driver, "5 of 5 findings")
    assert driver.find_element(By.CSS_SELECTOR, "li:target .message").text == "A finding of critical"


@pytest.mark.browser
def test_it_works_without_javascript(pages: Path) -> None:
    with browser(require_programs(), javascript=False) as still:
        open_page(still, pages / "sample.html")
        assert not still.find_element(By.ID, "filter").is_displayed()
        shown = [e.text for e in still.find_elements(By.CSS_SELECTOR, "[data-row=finding] .message")]
        assert shown == [f"A finding of {severity}" for severity in Severity]
        assert still.find_element(By.ID, "filter-count").text == ""


@pytest.mark.browser
def test_the_keyboard_reaches_the_search_and_unfolds_a_finding(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "sample.html")
    reached: list[str] = []
    for _ in range(60):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        focus = driver.switch_to.active_element
        reached.append(focus.get_attribute("id") or focus.get_attribute("class") or focus.tag_name)
        if focus.tag_name == "summary":
            break
    assert reached[0] == "skip"
    assert reached.index("filter-text") < reached.index("filter-severity")
    assert reached[-1] == "summary"
    outline_width = driver.execute_script("return getComputedStyle(document.activeElement).outlineWidth")
    assert outline_width == "3px"
    fold = "return document.activeElement.parentElement.open"
    assert driver.execute_script(fold) is True
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert driver.execute_script(fold) is False


@pytest.mark.browser
def test_both_colour_schemes_can_be_read(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "sample.html")
    backgrounds = set()
    texts = ("body", "h1", ".small", ".meaning", ".badge", ".mode", "caption", ".worst a", "mark", ".tag", ".place")
    severities = tuple(f".rule .sev-{severity}" for severity in Severity)
    for scheme in ("light", "dark"):
        colour_scheme(driver, scheme)
        backgrounds.add(driver.execute_script("return getComputedStyle(document.body).backgroundColor"))
        for selector in (*texts, *severities, ".source .number", "thead th", "#filter-count"):
            assert contrast(driver, selector) >= 4.5, (scheme, selector)
    assert len(backgrounds) == 2


@pytest.mark.browser
def test_every_mode_can_be_read_in_both_schemes(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "big.html")
    for scheme in ("light", "dark"):
        colour_scheme(driver, scheme)
        for mode in Mode:
            assert contrast(driver, f"#hops .mode-{mode}") >= 4.5, (scheme, mode)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["sample", "empty", "hostile"])
def test_a_narrow_screen_scrolls_in_one_direction_only(driver: Chrome, pages: Path, name: str) -> None:
    view(driver, 400, 900)
    open_page(driver, pages / f"{name}.html")
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 400


@pytest.mark.browser
def test_landmarks_and_tables_are_named(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "sample.html")
    for selector in ("header", "nav[aria-label]", "main", "footer", "form[role=search][aria-label]"):
        assert len(driver.find_elements(By.CSS_SELECTOR, f"body {selector}")) >= 1, selector
    tables = "return Array.from(document.querySelectorAll('table')).map(t => t.caption && t.caption.textContent.trim())"
    captions = driver.execute_script(tables)
    assert len(captions) == 7
    assert all(captions)
    assert driver.find_elements(By.CSS_SELECTOR, "th:not([scope])") == []
    assert driver.execute_script("return document.documentElement.lang") == "en"


@pytest.mark.browser
def test_an_empty_report_says_so(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "empty.html")
    assert driver.find_element(By.TAG_NAME, "h1").text == "No hops were found"
    body = driver.find_element(By.TAG_NAME, "body").text
    for words in ("No rule had anything to judge.", "No certificates were found.", "No gaps:", "World: closed"):
        assert words in body
    assert driver.find_elements(By.ID, "picture") == []


@pytest.mark.browser
def test_a_large_report_stays_usable(driver: Chrome, pages: Path) -> None:
    begin = time.perf_counter()
    open_page(driver, pages / "big.html")
    count_says(driver, "5000 of 5000 findings, 2000 of 2000 hops")
    assert len(driver.find_elements(By.CSS_SELECTOR, "#hops tbody[data-row]")) == 2000
    driver.find_element(By.ID, "filter-text").send_keys("h999.example.com")
    count_says(driver, "2 of 2000 hops")
    assert visible(driver, "hop") == 2
    assert time.perf_counter() - begin < 60
    assert console(driver) == []


@pytest.mark.browser
def test_print_unfolds_everything_and_drops_the_controls(driver: Chrome, pages: Path) -> None:
    open_page(driver, pages / "sample.html")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not driver.find_element(By.ID, "filter").is_displayed()
    remedy = "return document.querySelector('.remedy').checkVisibility({contentVisibilityAuto: true})"
    assert driver.execute_script(remedy) is True


def test_without_a_browser_ci_fails_and_a_desk_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHROMIUM", "CHROMEDRIVER", "CI", "MTLSAUDIT_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.skip.Exception):
        require_programs()
    monkeypatch.setenv("MTLSAUDIT_CI", "1")
    with pytest.raises(pytest.fail.Exception):
        require_programs()
