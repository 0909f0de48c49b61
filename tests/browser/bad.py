"""A small server of pages that each break one rule, under the policy that real pages have."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

from aiohttp import web

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src *",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types test",
    )
)
HEAD: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>'
    '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
)
SHEET: Final = """
    button, a { display: block; min-height: 44px; }
    .bare:focus { outline: none; }
    .wide { width: 500px; }
    .clip { overflow: clip; }
    @media (prefers-color-scheme: dark) { .gloomy { color: #444; background: #000; } }
    .away { position: absolute; left: -9999px; }
"""
SCRIPTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "says": "console.info('hello')",
        "throws": "throw new Error('broken')",
        "asks": "fetch('http://localhost:1/').catch(() => 0)",
        "opens": "addEventListener('click', () => open('/fine'))",
        "alerts": "alert('hello')",
        "sinks": "document.body.innerHTML = '<p>hello</p>'",
        "sockets": "new WebSocket(`ws://${location.host}/nothing`).onclose = () => document.title = 'Closed'",
        "serves": (
            "const policy = trustedTypes.createPolicy('test', {createScriptURL: () => '/worker.js'});"
            "navigator.serviceWorker.register(policy.createScriptURL(''))"
            ".then(() => navigator.serviceWorker.ready).then(() => document.title = 'Served')"
        ),
        "worker": "self.oninstall = (event) => event.waitUntil(fetch('http://localhost:1/').catch(() => 0))",
        "passkey": """
            const about = {rp: {name: 'Here'}, user: {id: new Uint8Array(8), name: 'ada', displayName: 'Ada'},
                pubKeyCredParams: [-7, -257].map((alg) => ({type: 'public-key', alg})),
                challenge: new Uint8Array(16),
                authenticatorSelection: {residentKey: 'required', userVerification: 'required'}};
            document.querySelector('button').onclick = async () => {
                try {
                    await navigator.credentials.create({publicKey: about});
                    await navigator.credentials.get({publicKey: {challenge: new Uint8Array(16)}});
                    document.title = 'Known';
                } catch (error) { document.title = error.name; }
            };
        """,
    }
)
PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fine": "<main><h1>Fine</h1><details><summary>More</summary><p>Text</p></details></main>",
        "inline": "<main><h1 style='color: red'>Inline</h1></main>",
        "handler": "<main><h1>Handler</h1><button onclick='0'>Press</button></main>",
        "image": "<main><h1>Image</h1><img alt='' src='/none.png'></main>",
        "stranger": "<main><h1>Stranger</h1><img alt='' src='http://localhost:1/x.png'></main>",
        "gloomy": "<main><h1 class='gloomy'>Gloomy</h1></main>",
        "nameless": "<main><h1>Nameless</h1><button></button></main>",
        "wide": "<main><h1>Wide</h1><details><summary>More</summary><p class='wide'>W</p></details></main>",
        "cut": "<main><h1>Cut</h1><div class='clip'><p class='wide'>W</p></div></main>",
        "keys": "<main><h1>Keys</h1><a href='/fine'>First</a><button>Second</button><p>Third</p></main>",
        "bare": "<main><h1>Bare</h1><button class='bare'>Second</button></main>",
        "away": "<main><h1>Away</h1><button class='away'>Second</button></main>",
    }
)


async def _page(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    script = f'<script src="/{name}.js" defer></script>' if name in SCRIPTS else ""
    body = PAGES.get(name, f"<main><h1>A page that {name}</h1><button>Press</button></main>")
    text = f'{HEAD}<link rel="stylesheet" href="/sheet.css">{script}<body>{body}</body></html>'
    known = name in PAGES or name in SCRIPTS
    headers = {"Content-Security-Policy": POLICY}
    return web.Response(text=text, content_type="text/html", status=200 if known else 404, headers=headers)


async def _script(request: web.Request) -> web.Response:
    return web.Response(text=SCRIPTS[request.match_info["name"]], content_type="text/javascript")


async def _sheet(_request: web.Request) -> web.Response:
    return web.Response(text=SHEET, content_type="text/css")


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """Serve them until the end of the block, at an origin that passkeys can be made for; yields it."""
    app = web.Application()
    app.router.add_get("/sheet.css", _sheet)
    app.router.add_get("/{name}.js", _script)
    app.router.add_get("/{name}", _page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
