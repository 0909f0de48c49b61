"""Push messages as a browser gets them: a service to subscribe at, and the wire by which one is delivered.

Rules that hold here: no push service of a browser's maker can be reached, so the browser's own `subscribe`
is answered here, with the address of a service on this machine; all that comes after it is the browser's and
ours. Chromium forgets a notification that is asked for while it is on its way to the screen, so nothing asks
before the worker says that all it was to show is shown.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import CDPSession, Worker

from tests.browser.chromium import PATIENCE_SECONDS
from tests.browser.visits import Visit

_SUBSCRIBES: Final = """(said) => {
    PushManager.prototype.subscribe = async (options) => {
        if (!options.userVisibleOnly || !options.applicationServerKey) throw new Error('not as it should be');
        return { toJSON: () => said };
    };
}"""
_COUNTING: Final = """() => {
    const show = registration.showNotification.bind(registration);
    self.settled = 0;
    registration.showNotification = async (...said) => {
        try {
            await show(...said);
        } finally {
            self.settled += 1;
        }
    };
}"""
_SHOWN: Final = """async (count) => {
    while (self.settled < count) await new Promise((resolve) => setTimeout(resolve, 20));
    const shown = await registration.getNotifications();
    return shown.map(({ title, body, tag, data, actions }) =>
        ({ title, body, tag, path: data.path, actions: actions.map((one) => one.title) }));
}"""
_ACTIVE: Final = """async () => {
    const { active } = await navigator.serviceWorker.ready;
    while (active.state !== 'activated') {
        await new Promise((resolve) => active.addEventListener('statechange', resolve, { once: true }));
    }
}"""
# No browser lets a script press a notification; `openWindow` wants somebody who did.
_PRESSED: Final = """async (action) => {
    const opened = [];
    const open = async (url) => opened.push(url);
    Object.defineProperty(clients, 'openWindow', { configurable: true, value: open });
    for (const notification of await registration.getNotifications()) {
        const event = new NotificationEvent('notificationclick', { notification, action });
        Object.defineProperty(event, 'waitUntil', { value: () => {} });
        dispatchEvent(event);
    }
    return opened;
}"""


async def answer_subscribing(visit: Visit, said: str) -> None:
    """Let the browser's push service answer what a real one does."""
    await visit.context.add_init_script(f"({_SUBSCRIBES})({said})")


@dataclass(frozen=True, slots=True)
class Wire:
    """The way by which push messages come to the service worker of one visit."""

    session: CDPSession
    origin: str
    registration: str
    worker: Worker
    delivered: list[Any]

    async def deliver(self, said: Any) -> None:
        """Deliver a message, as text or as JSON."""
        data = said if isinstance(said, str) else json.dumps(said)
        where = {"origin": self.origin, "registrationId": self.registration, "data": data}
        self.delivered.append(data)
        await self.session.send("ServiceWorker.deliverPushMessage", where)

    async def shown(self) -> list[dict[str, Any]]:
        """Return what is shown, once the worker has shown something for each message that was delivered."""
        showing = self.worker.evaluate(_SHOWN, len(self.delivered))
        found: list[dict[str, Any]] = await asyncio.wait_for(showing, PATIENCE_SECONDS)
        return found

    async def press(self, action: str = "") -> list[str]:
        """Press all that is shown; return the addresses that are opened."""
        opened: list[str] = await self.worker.evaluate(_PRESSED, action)
        return opened


async def wire(visit: Visit) -> Wire:
    """Wait for the service worker of a visit, and return the way to it."""
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hear(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not found.done() and not one["isDeleted"]:
                found.set_result(one["registrationId"])

    session = await visit.context.new_cdp_session(visit.page)
    session.on("ServiceWorker.workerRegistrationUpdated", hear)
    await session.send("ServiceWorker.enable")
    await visit.page.evaluate(_ACTIVE)
    registration = await asyncio.wait_for(found, PATIENCE_SECONDS)
    workers = visit.context.service_workers  # the browser may tell of one later than the page has it
    worker = workers[0] if workers else await visit.context.wait_for_event("serviceworker")
    await worker.evaluate(_COUNTING)
    return Wire(session, visit.origin, registration, worker, [])
