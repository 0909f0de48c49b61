// The service worker: it keeps the page that says that the node is out of reach, with the files that it names,
// and nothing else. Whatever can be had from the node comes from the node.
'use strict';
const CACHE = 'offline';

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
