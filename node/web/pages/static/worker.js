// The service worker: it keeps the page that says that the node is out of reach, with the files that it names,
// and nothing else; and it shows what the node pushes. Whatever can be had from the node comes from the node.
'use strict';
const CACHE = 'offline';
const DEVICES = '/notifications/devices';
// A path of ours that shows something: no other host, no query, and no dot that could lead up.
const PAGE = /^\/(?:(?:offers|wishes|agreements|businesses|desk|held-back|security|notifications|journal|more)(?:\/[A-Za-z0-9_-]+){0,3})?$/;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    await caches.delete(CACHE);
    const cache = await caches.open(CACHE);
    await cache.addAll(['/offline', ...KEPT]);
    await self.skipWaiting();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') {
    event.respondWith(fetch(request).catch(() => caches.match('/offline')));
  } else if (KEPT.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});

// A message may be of a newer release, or none: `title` and `body` are texts in all of them, and what else is
// not understood is left out. A browser shows something for every message, so this does.
const text = (value, most) => (typeof value === 'string' ? value.slice(0, most) : '');
self.addEventListener('push', (event) => {
  let said = {};
  try { said = event.data.json() || {}; } catch { /* it is none of ours */ }
  const path = PAGE.test(text(said.path, 200)) ? said.path : '/';
  const label = text(said.label, 60);
  event.waitUntil(self.registration.showNotification(text(said.title, 200) || 'Freehold', {
    body: text(said.body, 2000),
    tag: text(said.kind, 40) || 'freehold',
    renotify: said.urgent === true,
    icon: ICON,
    data: { path },
    actions: label ? [{ action: 'open', title: label }] : [],
  }));
});

// A tap opens a page. It never does anything there.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { path } = event.notification.data || {};
  event.waitUntil(clients.openWindow(PAGE.test(path) ? path : '/'));
});

// A browser that gives up one subscription is told by the next, if somebody is still signed in there.
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil((async () => {
    const answer = await fetch(DEVICES, { headers: { Accept: 'application/json' } });
    if (!answer.ok) return;
    const { key, token } = await answer.json();
    const subscription = event.newSubscription || await self.registration.pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: key,
    });
    await fetch(DEVICES, {
      method: 'POST',
      body: new URLSearchParams({
        form_token: token, form_key: crypto.randomUUID(), subscription: JSON.stringify(subscription),
      }),
    });
  })());
});
