// Follows what happens, and invokes the function as any caller does. Texts of the function come as text, or as HTML that
// ricspec has made; the policy of the page runs no script in it.
(() => {
  const DOOR = '/2015-03-31/functions/function/invocations';
  const KEY = 'ricspec.events';
  const SHOWN_MAX = 20000;
  const get = (id) => document.getElementById(id);
  const list = get('list'), form = get('form'), answer = get('answer'), link = get('link');
  if (!list) return;
  const [run] = list.dataset.state.split('-');
  let state = list.dataset.state.split('-')[1];
  get('door').textContent = location.origin + DOOR;

  // Times are shown in the reader's time zone.
  const localise = (part) => {
    for (const time of part.querySelectorAll('time[data-ms]')) {
      time.textContent = new Date(Number(time.dataset.ms)).toLocaleTimeString([], {hour12: false});
    }
  };
  const markup = (html) => {
    const made = document.createElement('template');
    made.innerHTML = html;
    localise(made.content);
    return made.content;
  };
  localise(document);

  // The list.
  const load = async (row) => {
    const more = row.querySelector('.more');
    const reply = await fetch(more.dataset.from + '?part');
    more.replaceChildren(reply.ok ? markup(await reply.text()) : await reply.text());
  };
  const opened = (details) => {
    const row = details.parentElement;
    if (details.open && row.matches('.call')) load(row).catch(() => {});
  };
  const watch = (row) => {
    const details = row.querySelector(':scope > details');
    if (details) details.addEventListener('toggle', () => opened(details));
  };
  const update = (known, row) => {
    const [old, fresh] = [known, row].map((part) => part.querySelector(':scope > details'));
    known.className = row.className;
    if (row.matches('.call')) {
      old.querySelector('summary').replaceChildren(...fresh.querySelector('summary').childNodes);
      if (old.open) opened(old);
    } else if (old) {
      fresh.open = old.open;
      old.replaceWith(fresh);
    }
  };
  const insert = (rows) => {
    for (const row of rows) {
      const known = get(row.id);
      if (known) {
        update(known, row);
        continue;
      }
      row.classList.add('fresh');
      watch(row);
      list.prepend(row);
    }
    while (list.children.length > Number(list.dataset.max)) list.lastElementChild.remove();
  };
  for (const row of list.children) watch(row);

  // The stream. A page that nobody sees needs none, and a browser has few connections.
  let stream = null;
  const tell = (words, name) => {
    link.textContent = words;
    link.className = name;
  };
  const follow = () => {
    stream = new EventSource(`/_ricspec/events?${run}-${state}`);
    stream.addEventListener('open', () => tell('live', 'live'));
    stream.addEventListener('error', () => tell('not connected', 'lost'));
    stream.addEventListener('other', () => location.reload());
    stream.addEventListener('facts', (event) => get('facts').replaceChildren(markup(event.data)));
    stream.addEventListener('items', (event) => {
      state = event.lastEventId;
      insert([...markup(event.data).children]);
    });
  };
  const attend = () => {
    if (document.hidden && stream) {
      stream.close();
      stream = null;
    } else if (!document.hidden && !stream) follow();
  };
  document.addEventListener('visibilitychange', attend);
  attend();

  document.querySelector('.filter').addEventListener('change', (event) => {
    list.dataset.filter = event.target.value;
  });

  // The form.
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const hex = (byte) => byte.toString(16).padStart(2, '0');
  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map(hex).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  };
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const result = (kind, word, facts, text) => {
    const line = element('p', '');
    line.append(element('span', word, `mark ${kind}`), facts);
    answer.replaceChildren(line);
    if (!text) return;
    const body = element('pre', text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}\u2026` : text);
    body.tabIndex = 0;
    answer.append(body);
  };
  const invoke = async (event, context, type) => {
    const id = newId();
    const headers = {'X-Amz-Invocation-Type': type, 'X-Amzn-RequestId': id};
    if (context.trim()) headers['X-Amz-Client-Context'] = base64(context);
    result('skip', '\u2026', 'waiting for the result');
    const began = performance.now();
    try {
      const reply = await fetch(DOOR, {method: 'POST', headers, body: event});
      const text = await reply.text();
      const failed = !reply.ok || reply.headers.has('X-Amz-Function-Error');
      const kind = reply.headers.get('X-Amzn-ErrorType') ?? '';
      const took = `${[reply.status, kind].join(' ').trim()}, ${(performance.now() - began).toFixed(1)} ms as seen from here`;
      result(failed ? 'must' : 'pass', failed ? 'error' : 'ok', took, text);
    } catch (fault) {
      result('must', 'error', `no answer: ${fault.message}`);
    }
  };
  const fault = (text) => {
    try {
      JSON.parse(text || '{}');
      return '';
    } catch (thrown) {
      return `This is not JSON: ${thrown.message}`;
    }
  };
  const check = () => {
    const words = fault(get('event').value);
    get('fault').textContent = words;
    get('event').setAttribute('aria-invalid', String(words !== ''));
  };
  get('event').addEventListener('input', check);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    invoke(get('event').value, get('context').value, get('type').value);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  // Saved events, in this browser only.
  const saved = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  };
  const choice = get('choice');
  const fill = (chosen) => {
    get('saved').replaceChildren(...Object.keys(saved()).sort().map((name) => {
      const option = element('option', name);
      option.dataset.name = name;
      option.selected = name === chosen;
      return option;
    }));
    get('forget').disabled = choice.selectedOptions[0]?.dataset.name === undefined;
  };
  choice.addEventListener('change', () => {
    const name = choice.selectedOptions[0].dataset.name;
    get('forget').disabled = name === undefined;
    const known = name === undefined ? {event: choice.value, context: ''} : saved()[name];
    if (!choice.value || !known) return;
    get('event').value = known.event;
    get('context').value = known.context;
    check();
  });
  get('keep').addEventListener('click', () => {
    const name = get('name').value.trim();
    if (!name) return get('name').focus();
    localStorage.setItem(KEY, JSON.stringify({...saved(), [name]: {event: get('event').value, context: get('context').value}}));
    fill(name);
    get('name').value = '';
  });
  get('forget').addEventListener('click', () => {
    const {[choice.selectedOptions[0].dataset.name]: gone, ...left} = saved();
    localStorage.setItem(KEY, JSON.stringify(left));
    fill();
    choice.value = '';
  });
  fill();

  // An event again, as it is or changed.
  const part = async (from) => {
    const reply = await fetch(from);
    return reply.ok ? reply.text() : '';
  };
  list.addEventListener('click', async (event) => {
    const {replay, edit} = event.target.dataset;
    const from = replay ?? edit;
    if (!from) return;
    const [again, context] = await Promise.all([part(`${from}/event`), part(`${from}/context`)]);
    if (replay) {
      await invoke(again, context, 'RequestResponse');
      return;
    }
    get('event').value = again;
    get('context').value = context;
    check();
    get('event').focus();
  });
})();
