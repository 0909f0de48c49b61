"""A sink: the servers of many recipients in one process, which take whatever is posted and count it.

Each recipient gets an activity once, so a second arrival of the same bytes at the same inbox counts as
doubled. A few deliveries of every hundred are kept, so that their signatures can be verified later.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from hashlib import sha256
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized

from aiohttp import web

from bench.fanout import HOSTS
from bench.strangers import Stranger, make_strangers, serve, shared_rsa_key
from node.sandbox.nodes import free_port
from protocol.signatures import Request

SAMPLE = 100  # every hundredth delivery is kept
ARRIVAL_SECONDS = 120


class Sink:
    """The recipients, `each` per loopback address, and what has arrived for them."""

    def __init__(self, each: int, *, speak_ed25519: bool = False) -> None:
        """Make the recipients and start the process that serves them."""
        self.port = free_port()
        origins = [f"http://{host}:{self.port}" for host in HOSTS]
        self.groups = [make_strangers(origin, each, speak_ed25519=speak_ed25519) for origin in origins]
        shared_rsa_key()  # before the process is forked, so that both have the same
        self.arrived: Synchronized[int] = multiprocessing.Value("i", 0)
        self.doubled: Synchronized[int] = multiprocessing.Value("i", 0)
        # Unlike a `SimpleQueue` it never keeps the sink waiting until somebody reads what is in its pipe.
        self._samples: Queue[Request] = multiprocessing.Queue()
        self._samples_taken = 0
        self._process = multiprocessing.Process(target=self._serve, daemon=True)
        self._process.start()

    @property
    def recipients(self) -> list[Stranger]:
        """Everybody who can be sent to."""
        return [stranger for group in self.groups for stranger in group]

    def wait_for(self, total: int) -> None:
        """Wait until this many deliveries have arrived since the start.

        Raises:
            TimeoutError: they have not, in a time in which they should.
        """
        ends = time.monotonic() + ARRIVAL_SECONDS
        while self.arrived.value < total:
            if time.monotonic() > ends:
                raise TimeoutError(f"{self.arrived.value} of {total} arrived in {ARRIVAL_SECONDS} s")
            time.sleep(0.002)

    def taken_samples(self) -> Sequence[Request]:
        """Return the deliveries kept since this was last asked."""
        kept = self.arrived.value // SAMPLE
        samples = [self._samples.get(timeout=ARRIVAL_SECONDS) for _ in range(self._samples_taken, kept)]
        self._samples_taken = kept
        return samples

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()

    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        seen: set[bytes] = set()

        async def take(request: web.Request) -> web.Response:
            body = await request.read()
            address = f"http://{request.headers['host']}{request.path_qs}"
            delivery = sha256(address.encode() + body).digest()
            self.doubled.value += delivery in seen
            seen.add(delivery)
            if len(seen) % SAMPLE == 0:
                headers = [(name.lower(), value) for name, value in request.headers.items()]
                self._samples.put(Request("POST", address, headers, body))
            self.arrived.value += 1
            return web.Response(status=202)

        for host, group in zip(HOSTS, self.groups, strict=True):
            app = serve(group)
            app.router.add_post("/{tail:.*}", take)
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, host, self.port).start()
        await asyncio.Event().wait()
