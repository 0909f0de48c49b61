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

// Another site may have led here under a finger that was to press something of its own: a press counts once the page
// has been in front for a moment, and each that comes too early begins that anew. Keys that are held down press nothing.
const LED_MS = 1000;
const led = one('[data-led]');
if (led) {
  let since = performance.now();
  const anew = () => { since = performance.now(); };
  for (const kind of ['focus', 'pageshow', 'visibilitychange']) addEventListener(kind, anew);
  addEventListener('keydown', (event) => { if (event.repeat && event.key === 'Enter') event.preventDefault(); }, true);
  addEventListener('click', (event) => {
    if (!event.target.closest('form button') || performance.now() - since >= LED_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    anew();
    led.hidden = false;
    led.scrollIntoView({ block: 'center' });
    say(led.textContent);
  }, true);
}

// A form that a passkey answers: what the browser is to be asked came with the page, its answer goes with the form.
// A button that says no asks nobody anything (`formnovalidate`).
for (const form of all('form[data-passkey]')) {
  const field = one('[data-ask]', form);
  let busy = false;
  if (field) form.addEventListener('submit', async (event) => {
    const typed = one('input[type=password]', form);
    const { way } = form.elements;
    if (field.value || event.submitter?.formNoValidate || (way ? way.value !== 'passkey' : typed && typed.value)) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const failed = one('[data-passkey-failed]', form);
    failed.hidden = true;
    try {
      const asked = JSON.parse(field.dataset.ask);
      const called = form.elements.namedItem(field.dataset.called || '');
      if (called && called.value) asked.user.name = asked.user.displayName = called.value;
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

// A new wish: what would leave is shown again as it is typed. What comes are values, put into templates as text.
const TYPING_MS = 400;
const draft = one('form[data-foresee]');
if (draft) {
  let asked = 0;
  const fill = (place, facts) => place.replaceChildren(...facts.map(([term, value]) => {
    const fact = one('template[data-fact]').content.cloneNode(true);
    one('dt', fact).textContent = term;
    one('dd', fact).textContent = value;
    return fact;
  }));
  let pausing = 0;
  const foresee = async () => {
    clearTimeout(pausing);
    if (!navigator.onLine) return;
    asked += 1;
    const number = asked;
    const body = new URLSearchParams(new FormData(draft));
    const answer = await fetch(draft.dataset.foresee, { method: 'POST', body }).catch(() => null);
    if (!answer || !answer.ok || number !== asked) return;
    const seen = await answer.json();
    if (!seen.id) return;
    const door = one('template[data-door]').content.cloneNode(true);
    for (const name of ['heading', 'exact', 'send']) one(`[data-${name}]`, door).textContent = seen[name];
    draft.elements.looked_at.value = seen.looked_at;
    draft.elements.preview_id.value = seen.id;
    draft.elements.preview_published.value = seen.published;
    for (const place of all('[data-facts]', door)) fill(one('.facts', place), seen[place.dataset.facts]);
    one('[data-signed]', door).hidden = !seen.signed.length;
    one('[data-most]', door).href = seen.most;
    one('[data-foreseen]').replaceChildren(door);
  };
  draft.addEventListener('change', foresee);
  draft.addEventListener('input', () => {
    clearTimeout(pausing);
    pausing = setTimeout(foresee, TYPING_MS);
  });
}

// The one sink there is: a worker's address, and the policy makes no other one.
const worker = () => {
  if (!window.trustedTypes) return '/sw.js';
  return trustedTypes.createPolicy('freehold', { createScriptURL: () => '/sw.js' }).createScriptURL('');
};
const pushes = one('form[data-push]');
if ((pushes || one('.tabs')) && navigator.serviceWorker) navigator.serviceWorker.register(worker());

// To be told on this device: the browser is asked when the button is pressed, and its answer goes with the form.
if (pushes) {
  const field = pushes.elements.subscription;
  pushes.addEventListener('submit', async (event) => {
    if (field.value) return;
    event.preventDefault();
    const can = navigator.serviceWorker && window.PushManager && window.Notification;
    one('[data-push-missing]', pushes).hidden = Boolean(can);
    if (!can) return;
    try {
      if (await Notification.requestPermission() !== 'granted') throw new Error('denied');
      const { pushManager } = await navigator.serviceWorker.ready;
      const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: pushes.dataset.push });
      field.value = JSON.stringify(made);
      pushes.requestSubmit(event.submitter);
    } catch {
      one('[data-push-failed]', pushes).hidden = false;
    }
  });
}

// A page that is open says that the node is out of reach, and keeps what was typed: a form that is sent now would be lost.
const away = one('[data-away]');
if (away) {
  addEventListener('submit', (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopPropagation();
    away.hidden = false;
    away.scrollIntoView({ block: 'center' });
    say(away.textContent);
  }, true);
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

// The count on the first tab, as the node has it now: looked at when something happened, and when the page is seen again.
const waiting = one('[data-waiting]');
const countWaiting = async () => {
  if (!waiting) return;
  const answer = await fetch(waiting.dataset.waiting, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (!answer || !answer.ok) return;
  const { needs, stages } = await answer.json();
  const count = stages ? stages.answer + stages.sign : needs.length;
  one('[data-needs]', waiting).textContent = String(count);
  waiting.hidden = !count;
};
addEventListener('visibilitychange', () => { if (!document.hidden) countWaiting(); });

// Keys for who has switched them on: they move the focus, and press nothing.
if (document.body.hasAttribute('data-keys')) addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, select, textarea')) return;
  const rows = all('main .tbl th a, main a.row');
  const at = rows.indexOf(document.activeElement);
  const list = one('[data-keys-list]');
  const place = {
    j: rows[at + 1], k: rows.at(at < 0 ? at : Math.max(at - 1, 0)), '/': one('[type=search]'), '?': one('summary', list),
  }[key];
  if (!place) return;
  event.preventDefault();
  if (key === '?') list.open = true;
  place.focus();
});

const { lang } = document.documentElement;
const arrive = one('[data-arrive]');

// Counts change in their places: they come from the page's own address, as JSON. Returns what is new, in words.
const counts = all('[data-count]');
const from = one('[data-from]');
const recount = async () => {
  if (!counts.length) return [];
  const answer = await fetch(from ? from.dataset.from : location, { headers: { Accept: 'application/json' } }).catch(() => ({}));
  if (!answer.ok) return [];
  const said = await answer.json();
  const changed = counts.filter((place) => {
    const [group, name] = place.dataset.count.split('.');
    const text = new Intl.NumberFormat(lang).format((name ? said[group][name] : said[group]) ?? 0);
    const differs = place.textContent !== text;
    if (differs) place.textContent = text;
    return differs;
  });
  return changed.map((place) => place.parentElement.textContent);
};

// Of what leaves no trace in the journal, as a delivery does not, the counts are looked at now and then.
const every = one('[data-every]');
if (every) setInterval(async () => {
  const changed = document.hidden ? [] : await recount();
  if (!changed.length) return;
  arrive.textContent = arrive.dataset.one;
  arrive.hidden = false;
  say([arrive.dataset.one, ...changed].join('. '));
}, every.dataset.every * 1000);

// News waits behind a button, so that nothing moves under the finger, and is told once it has come together.
const money = ({ total, currency }) => new Intl.NumberFormat(lang, { style: 'currency', currency }).format(total);
const GATHER_MS = 2000;
const LOST_MS = 5000;
const live = one('[data-live]');
// What would be signed, and the words that take its place when it is no longer so.
const binding = one('[data-binding]');
if (live && (arrive || binding)) {
  const { kinds, about, after, off, own, also = '' } = live.dataset;
  const calm = live.textContent;
  const news = new Map();
  let gathering = 0;
  let lost = 0;
  let sent = false;
  const source = new EventSource(`/events?after=${encodeURIComponent(after)}${also}`);
  const fresh = one('template[data-fresh]');
  const mark = (said) => {
    for (const row of fresh ? all('[data-thing]') : []) {
      if (![said.intention, said.offer].includes(row.dataset.thing)) continue;
      row.append(fresh.content.cloneNode(true));
      delete row.dataset.thing;
    }
  };
  addEventListener('submit', (event) => { sent = !event.defaultPrevented; });
  const end = (kind) => {
    if (sent || !binding.isConnected) return;
    const words = one(`template[data-over~="${kind}"]`).content.cloneNode(true);
    say(one('b', words).textContent);
    binding.replaceWith(words);
  };
  const tell = async () => {
    gathering = 0;
    const { one: single, many, lowest } = arrive.dataset;
    const count = news.size === 1 ? single : many.replace('{n}', news.size);
    const totals = [...news.values()].filter((said) => lowest && said.direction === 'in' && said.total);
    const [least] = totals.sort((left, right) => left.total - right.total);
    const text = least ? count + lowest.replace('{total}', money(least)) : count;
    arrive.textContent = text;
    arrive.hidden = false;
    for (const said of news.values()) mark(said);
    countWaiting();
    say([text, ...await recount()].join('. '));
  };
  const hear = (event) => {
    const said = JSON.parse(event.data);
    if (about && ![said.intention, said.offer, said.peer].some((one) => one && about.split(' ').includes(one))) return;
    if (binding) { end(event.type); return; }
    if (said.direction === 'out' && !own) return;
    news.set(said.offer || said.subject || event.lastEventId, said);
    if (!gathering) gathering = setTimeout(tell, GATHER_MS);
  };
  for (const kind of kinds.split(' ')) source.addEventListener(kind, hear);
  // What stands in places of the page now; what none is told of has come to its end.
  source.addEventListener('values', (event) => {
    const values = JSON.parse(event.data);
    const now = (name, place) => values[name] ?? place.dataset.else;
    if (!Object.keys(values).length) return;
    for (const place of all('[data-drawn]')) {
      const drawing = one(`template[data-draws="${now(place.dataset.drawn, place)}"]`);
      place.replaceChildren(drawing.content.cloneNode(true));
    }
    const changed = all('[data-value]').filter((place) => {
      const text = now(place.dataset.value, place);
      const differs = place.textContent !== text;
      if (differs) place.textContent = text;
      return differs && text;
    });
    if (changed.some((place) => 'lists' in place.dataset)) {
      arrive.textContent = arrive.dataset.one;
      arrive.hidden = false;
    }
    if (changed.length) say(changed.map((place) => place.textContent).join('. '));
  });
  // Whoever was signed out elsewhere sees nothing here any more. To prove who one is renews the sign-in, too: then the
  // answer to what was sent is on its way. The page is asked for anew, as a reload would send its form once more.
  const leave = () => location.replace(location.pathname + location.search);
  source.addEventListener('closing', (event) => {
    if (JSON.parse(event.data).reason !== 'signed-out') return;
    if (sent) setTimeout(leave, LOST_MS); else leave();
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
