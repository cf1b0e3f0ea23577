from __future__ import annotations

import pytest

from headroom.compressors.pages.blocks import Wanted, Written, joined
from headroom.compressors.pages.markdown import written
from headroom.compressors.pages.tree import read_page

LINKS = "".join(f'<li><a href="/part/{n}">Part number {n}</a></li>' for n in range(20))
STORY = "<main><h1>Story</h1>" + "<p>It was a dark and stormy night at sea.</p>" * 40 + "</main>"


def page(html: str, wanted: Wanted | None = None) -> Written:
    tree = read_page(html)
    assert tree is not None
    return written(tree, wanted or Wanted())


def markdown(html: str, wanted: Wanted | None = None) -> str:
    return joined(page(html, wanted).blocks)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<h1>A</h1><h3> B\n c </h3>", "# A\n\n### B c"),
        ("<p>one\n  two<p>three", "one two\n\nthree"),
        ("<div>a<div>b</div>c</div>", "a\n\nb\n\nc"),
        ("a<br>b <br/> c<br><br>d", "a\nb\nc\n\nd"),
        ("<b>bold</b>, <em>so</em>ft", "bold, soft"),
        ("<p>10<sup>6</sup> H<sub>2</sub>O <del>12</del>", "10<sup>6</sup> H<sub>2</sub>O ~~12~~"),
        ("<p>said<sup><a href=#n>[1]</a></sup>", "said[1]"),
        ("<blockquote><p>a<br>b<p>c</blockquote>d", "> a\n> b\n\n> c\n\nd"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\n: b\nc\n: d"),
        ("<details><summary>More</summary><p>text</details>", "More\n\ntext"),
        ("<p>&nbsp;</p><p> </p><p>a&nbsp;b</p>", "a&nbsp;b"),
        ("<p>a&nbsp;&nbsp;&nbsp;&nbsp; &nbsp;b</p>", "a&nbsp;b"),
        ("<title>T</title><body><p>a", "Title: T\n\na"),
        ("<title>T</title><h1>T</h1><p>a", "# T\n\na"),
    ],
)
def test_blocks_and_what_stands_in_them(html: str, shown: str) -> None:
    assert markdown(html) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>see <a href='/b?x=1&amp;y=2'> B </a>.", "see [B](/b?x=1&y=2) ."),
        ("<a href='#top'>up</a> <a href='javascript:x()'>do</a> <a>no</a>", "up do no"),
        ("<a href='https://a.example/'>https://a.example/</a>", "https://a.example/"),
        ("<h2>A<a href='#a'>¶</a></h2>", "## A"),
        ("<a href='/c'><h3>Card</h3><p>its text</p></a>", "### [Card](/c)\n\nits text"),
        ("<a href='/i'><img src='/i.png' alt='Icon'></a>", "[![Icon]](/i)"),
        ("<a href='/i'><img src='/i.png'></a>", ""),
        ("<a href='/i' aria-label='Our code'><svg><path/></svg></a>", "[Our code](/i)"),
        ("<img src='/i.png' alt=' A\n cat '>", "![A cat]"),
    ],
)
def test_links_lead_where_they_led(html: str, shown: str) -> None:
    assert markdown(html) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<ul><li>a<li>b<ol start=9><li>c<li>d</ol></ul>", "- a\n- b\n  9. c\n  10. d"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n  b"),
        ("<ol><li><ul><li>deep</ul></ol>", "1. - deep"),
        ("<ul>\n<ul><li>a</ul></ul>", "- a"),
    ],
)
def test_lists_keep_their_numbers_and_depth(html: str, shown: str) -> None:
    assert markdown(html) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>use <code>a  &lt;b&gt;</code>", "use `a <b>`"),
        ("<p><code>a`b</code>", "a`b"),
        ("<pre>\n  a &amp;&amp; b\n\n    c\n</pre>", "```\n  a && b\n\n    c\n```"),
        ("<pre><code class='hljs language-sql'>select 1</code></pre>", "```sql\nselect 1\n```"),
        ("<pre>a\n```\nb</pre>", "````\na\n```\nb\n````"),
        (
            "<pre><a href='a.whl'>a.whl</a>  12K\n<a href='/b'>b</a></pre>",
            "```\na.whl  12K\n[b](/b)\n```",
        ),
        ("<pre>one<br>two<script>x</script></pre>", "```\none\ntwo\n```"),
        ("<ul><li><pre>a\nb</pre></ul>", "- ```\n  a\n  b\n  ```"),
        ("<pre> \n </pre>", ""),
    ],
)
def test_code_is_what_it_means_and_keeps_its_lines(html: str, shown: str) -> None:
    assert markdown(html) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (
            "<table><caption>C</caption><tr><th>a<th>b<tr><td>1<td>x|y</table>",
            "C\n\n| a | b |\n|---|---|\n| 1 | x\\|y |",
        ),
        (
            "<table><tr><td>k<td>v<tr><td>l<td><a href=/w>w</a></table>",
            "| k | v |\n| l | [w](/w) |",
        ),
        ("<table><tr><td>a<td>b<tr><td colspan=2>both</table>", "| a | b |\n| both |  |"),
        ("<table><tr><td>a<td><ul><li>x<li>y</ul><tr><td><td></table>", "| a | - x - y |"),
        ("<table><tr><td>a<td>b</table>", "a | b"),
        ("<table><tr><td><p>a<p>b<td>c</table>", "a\n\nb\n\nc"),
        (
            "<table><tr><td><table><tr><td>k<td>v<tr><td>l<td>w</table><td>side</table>",
            "| k | v |\n| l | w |\n\nside",
        ),
    ],
)
def test_tables_of_data_are_tables_and_others_are_not(html: str, shown: str) -> None:
    assert markdown(html) == shown


def test_boilerplate_leaves_and_a_line_says_where_and_of_what_sort() -> None:
    done = page(f"<nav><ul>{LINKS}</ul></nav>{STORY}<footer>{'imprint ' * 10}</footer>")

    assert done.blocks[0].text == "[… left out: navigation (20 links)]"
    assert done.blocks[-1].text == "[… left out: footer (80 characters)]"
    assert done.gone == {"navigation": 42, "footer": 1}


def test_gaps_beside_one_another_are_one() -> None:
    shown = markdown(f"<nav><ul>{LINKS}</ul></nav><div class=sidebar>{LINKS}</div>{STORY}")

    assert shown.startswith("[… left out: navigation (20 links), sidebar (20 links)]\n\n# Story")


def test_what_is_too_small_to_be_named_stays() -> None:
    assert markdown(f"<nav><a href=/>Home</a></nav>{STORY}").startswith("[Home](/)\n\n# Story")


def test_most_of_a_page_is_no_boilerplate_whatever_it_is_called() -> None:
    assert "Part number 7" in markdown(f"<div class=sidebar><ul>{LINKS}</ul></div><p>short</p>")


def test_what_holds_the_content_is_no_boilerplate() -> None:
    html = f"<header class=header>{LINKS}<h1>Big news</h1></header>{STORY}"

    assert "# Big news" in markdown(html)


def test_a_message_that_tells_of_a_failure_stays() -> None:
    message = "The order could not be saved: an error on line 12 of the address."

    assert message in markdown(f"<div class=modal><p>{message}</p></div>{STORY}")


def test_links_that_were_asked_for_stay_where_boilerplate_leaves() -> None:
    html = f"<nav><ul>{LINKS}<li><a href=/pricing>What it costs</a></ul></nav>{STORY}"

    shown = markdown(html, Wanted(frozenset({"pricing"})))

    assert shown.startswith(
        "[… left out: navigation (21 links)]\n\n[What it costs](/pricing)\n\n# Story"
    )


def test_pictures_have_their_address_where_pictures_are_asked_for() -> None:
    html = "<img src=/a.png alt=A><img src=/b.png>"

    assert markdown(html) == "![A]"
    assert markdown(html, Wanted(pictures=True)) == "![A](/a.png)![](/b.png)"


def test_what_no_reader_sees_is_counted() -> None:
    html = "<script>x()</script><style>p {}</style><svg><path/><path/></svg><img src=/a.png><p>a"

    assert page(html).gone == {"script": 1, "style": 1, "svg": 3, "img": 1}


def test_a_form_is_shown_with_its_controls() -> None:
    html = "<form action=/s><label>Find <input name=q></label><button>Go</button></form>"

    assert markdown(html) == '<form action="/s">\n\nFind <input name="q">[Go]'
