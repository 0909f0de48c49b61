// Enhancements only: every page works without this file. It has no sink for HTML: what arrives is put into clones
// of <template>s as text.
'use strict';
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// A form with mistakes: the summary is read first.
const mistakes = one('[data-focus]');
if (mistakes) mistakes.focus();

// Times are shown in the zone of this device; the server has no other way to know it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split('; ').includes(`zone=${zone}`)) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

// Appearance changes at once; the server keeps it in a cookie.
const look = one('[data-look-form]');
if (look) look.addEventListener('change', (event) => {
  const root = document.documentElement;
  const { value } = event.target;
  one('[data-contrast]').media = value === 'more' ? 'all' : '(prefers-contrast: more)';
  delete root.dataset.theme;
  if (value && value !== 'more') root.dataset.theme = value;
});

for (const button of all('[data-print]')) button.addEventListener('click', () => print());
