// Enhancements only: every page works without this file. It has no sink for HTML: what arrives is put into clones
// of <template>s as text.
'use strict';
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (text) => { one('[data-say]').textContent = text; };

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
  const { name, value } = event.target;
  if (name !== 'look') return;
  one('[data-contrast]').media = value === 'more' ? 'all' : '(prefers-contrast: more)';
  delete root.dataset.theme;
  if (value && value !== 'more') root.dataset.theme = value;
});

for (const button of all('[data-print]')) button.addEventListener('click', () => print());

// A form that a passkey answers: what the browser is to be asked came with the page, its answer goes with the form.
for (const form of all('form[data-passkey]')) {
  const field = one('[data-ask]', form);
  let busy = false;
  if (field) form.addEventListener('submit', async (event) => {
    const typed = one('input[type=password]', form);
    const { way } = form.elements;
    if (field.value || (way ? way.value !== 'passkey' : typed && typed.value)) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const failed = one('[data-passkey-failed]', form);
    failed.hidden = true;
    try {
      const asked = JSON.parse(field.dataset.ask);
      const made = field.dataset.how === 'create'
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
      field.value = JSON.stringify(made.toJSON());
      form.requestSubmit(event.submitter);
    } catch {
      failed.hidden = false;
    }
    busy = false;
  });
}

// The one sink there is: a worker's address, and the policy makes no other one.
const worker = () => {
  if (!window.trustedTypes) return '/sw.js';
  return trustedTypes.createPolicy('freehold', { createScriptURL: () => '/sw.js' }).createScriptURL('');
};
if (one('.tabs') && navigator.serviceWorker) navigator.serviceWorker.register(worker());

// A page that is open says that the node is out of reach, and keeps what was typed.
const away = one('[data-away]');
if (away) {
  addEventListener('offline', () => { away.hidden = false; say(away.textContent); });
  addEventListener('online', () => { away.hidden = true; });
}

// The seconds to undo something: the node counts on its own, this only shows it, and goes on when they are over.
const left = one('[data-left]');
if (left) {
  const place = one('[data-seconds]', left);
  let seconds = Number(left.dataset.left);
  one('.ring .v', left).style.animationDuration = `${seconds}s`;
  left.hidden = false;
  const tick = setInterval(() => {
    seconds -= 1;
    place.textContent = String(Math.max(seconds, 0));
    if (seconds > 0) return;
    clearInterval(tick);
    location.assign(left.dataset.next);
  }, 1000);
}

// News waits behind a button, so that nothing moves under the finger, and is told once it has come together.
const money = ({ total, currency }) =>
  new Intl.NumberFormat(document.documentElement.lang, { style: 'currency', currency }).format(total);
const GATHER_MS = 2000;
const LOST_MS = 5000;
const live = one('[data-live]');
const arrive = one('[data-arrive]');
if (live && arrive) {
  const { kinds, about, after, off } = live.dataset;
  const calm = live.textContent;
  const news = new Map();
  let gathering = 0;
  let lost = 0;
  const source = new EventSource(`/events?after=${encodeURIComponent(after)}`);
  const tell = () => {
    gathering = 0;
    const { one: single, many, lowest } = arrive.dataset;
    const count = news.size === 1 ? single : many.replace('{n}', news.size);
    const totals = [...news.values()].filter((said) => lowest && said.direction === 'in' && said.total);
    const [least] = totals.sort((left, right) => left.total - right.total);
    const text = least ? count + lowest.replace('{total}', money(least)) : count;
    arrive.textContent = text;
    arrive.hidden = false;
    say(text);
  };
  const hear = (event) => {
    const said = JSON.parse(event.data);
    if (said.direction === 'out' || (about && ![said.intention, said.offer].includes(about))) return;
    news.set(said.offer || said.subject || event.lastEventId, said);
    if (!gathering) gathering = setTimeout(tell, GATHER_MS);
  };
  for (const kind of kinds.split(' ')) source.addEventListener(kind, hear);
  // Whoever was signed out elsewhere sees nothing here any more.
  source.addEventListener('closing', (event) => {
    if (JSON.parse(event.data).reason === 'signed-out') location.reload();
  });
  source.addEventListener('open', () => {
    clearTimeout(lost);
    live.classList.remove('off');
    live.textContent = calm;
  });
  source.addEventListener('error', () => {
    clearTimeout(lost);
    lost = setTimeout(() => { live.classList.add('off'); live.textContent = off; }, LOST_MS);
  });
  live.hidden = false;
}
