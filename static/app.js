// Comfort only: every page works with this file blocked.
(() => {
  const find = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add('js');

  // The reader looks next at what a post brought: the problems, the notice, or the test's result.
  find('[data-autofocus]')[0]?.focus();

  // Toggles and webhook tests follow the URL while it is typed. This runs before the guard below
  // takes its picture of the form, because a disabled field is not part of the picture.
  for (const url of find('[data-enables]')) {
    const why = document.getElementById(url.dataset.why);
    const follow = () => {
      const live = /^https?:\/\/[^\s/?#]/i.test(url.value.trim()) && URL.canParse(url.value.trim());
      for (const control of find(url.dataset.enables)) {
        control.disabled = !live;
        // A hidden reason would still be read out.
        if (live) control.removeAttribute('aria-describedby');
        else control.setAttribute('aria-describedby', why.id);
      }
      why.hidden = live;
    };
    url.addEventListener('input', follow);
    window.addEventListener('pageshow', follow);
    follow();
  }

  // Leaving with unsaved changes asks first. A form that came back with typed values starts unsaved.
  for (const form of find('form[data-guard]')) {
    const picture = () => new URLSearchParams(new FormData(form)).toString();
    const saved = form.dataset.guard === 'unsaved' ? null : picture();
    const note = find('[data-unsaved]', form)[0];
    let leaving = false;
    const show = () => {
      leaving = false;
      if (note) note.hidden = picture() === saved;
    };
    form.addEventListener('input', show);
    form.addEventListener('submit', () => { leaving = true; });
    for (const link of find('[data-discard]', form)) link.addEventListener('click', () => { leaving = true; });
    window.addEventListener('pageshow', show);
    window.addEventListener('beforeunload', (event) => {
      if (!leaving && picture() !== saved) event.preventDefault();
    });
  }

  for (const button of find('button[data-copy]')) {
    button.addEventListener('click', async () => {
      const source = document.getElementById(button.dataset.copy);
      const status = document.getElementById(button.dataset.status);
      try {
        await navigator.clipboard.writeText(source.value ?? source.textContent);
        status.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(source);
        source.select?.();
        status.textContent = 'Press Ctrl+C to copy';
      }
    });
  }

  // Ctrl+Enter saves; a slash, where nobody is typing, goes to the search.
  document.addEventListener('keydown', (event) => {
    const isHeld = event.ctrlKey || event.metaKey;
    if (event.key === 'Enter' && isHeld) {
      const form = event.target.closest('form[data-guard]');
      form?.requestSubmit(find('.savebar .btn-primary', form)[0]);
    } else if (event.key === '/' && !isHeld && !event.altKey && !event.target.closest('input, select, textarea')) {
      const [search] = find('[type="search"]');
      if (!search) return;
      event.preventDefault();
      search.focus();
    }
  });

  // A link to something inside a closed row opens the row.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    for (let row = target?.closest('details'); row; row = row.parentElement.closest('details')) row.open = true;
    target?.scrollIntoView();
  };
  window.addEventListener('hashchange', reveal);
  if (!find('[data-autofocus]').length) reveal();

  // What is under way is looked at again by itself, for as long as the page offers a Refresh link and somebody sees it.
  // Only what has changed is touched: focus, open rows, ticks and whatever was typed stay.
  const SOON = 3000;
  const LATE = 30000;
  const STATE = new Set(['open', 'checked', 'tabindex', 'aria-busy']);
  // A link that leads elsewhere is another one.
  const key = (node) => node.id || node.dataset?.key || node.getAttribute?.('href') || '';
  const isSame = (one, other) => one.nodeName === other.nodeName && key(one) === key(other);
  const counterpart = (from, fresh) => {
    if (fresh.nodeType !== Node.ELEMENT_NODE) return from?.nodeName === fresh.nodeName ? from : null;
    for (let node = from; node; node = node.nextSibling) if (isSame(node, fresh)) return node;
    return null;
  };
  const patch = (old, fresh) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    for (const { name } of [...old.attributes]) if (!STATE.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) {
      if (!STATE.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    let at = old.firstChild;
    for (const child of [...fresh.childNodes]) {
      const match = counterpart(at, child);
      if (!match) {
        old.insertBefore(document.importNode(child, true), at);
        continue;
      }
      while (at !== match) {
        const next = at.nextSibling;
        at.remove();
        at = next;
      }
      patch(match, child);
      at = match.nextSibling;
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  };
  const isSelecting = (region) => {
    const selection = getSelection();
    return !selection.isCollapsed && selection.containsNode(region, true);
  };
  // What a region says. That time goes by is no news.
  const said = (region) => {
    const copy = region.cloneNode(true);
    for (const ago of find('.ago', copy)) ago.remove();
    return copy.innerHTML;
  };
  // Answers whether anything has changed; null where there is nothing to wait for.
  const refresh = async () => {
    const link = find('[data-refresh]')[0];
    if (!link) return null;
    const regions = find('[data-live]');
    if (document.hidden || regions.some(isSelecting)) return false;
    const answer = await fetch(link.href, { headers: { 'X-Watching': '1' }, redirect: 'manual' });
    // Signed out, or gone: there is nothing to wait for any more. Too many, or a server in trouble: later.
    if (!answer.ok) return answer.status === 429 || answer.status >= 500 ? false : null;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    let changed = false;
    for (const region of regions) {
      const now = fresh.getElementById(region.id);
      if (!now || isSelecting(region)) continue;
      const [before, had] = [said(region), region.contains(document.activeElement)];
      patch(region, now);
      changed ||= said(region) !== before;
      // What had the focus is gone: its place is not.
      if (had && !region.contains(document.activeElement)) {
        region.tabIndex = -1;
        region.focus({ preventScroll: true });
      }
    }
    if (fresh.title) document.title = fresh.title;
    return changed;
  };
  const watch = async (pause) => {
    await new Promise((next) => { setTimeout(next, pause); });
    const changed = await refresh().catch(() => false);
    if (changed !== null) watch(changed ? SOON : Math.min(pause * 1.2, LATE));
  };
  if (find('[data-refresh]').length) watch(SOON);

  // The second half of a double click is a slip; a click after that is a decision.
  const SLIP = 2000;
  let sent = new WeakMap();
  document.addEventListener('submit', (event) => {
    if (event.timeStamp - (sent.get(event.target) ?? -SLIP) < SLIP) {
      event.preventDefault();
      return;
    }
    sent.set(event.target, event.timeStamp);
    event.submitter?.setAttribute('aria-busy', 'true');
  });
  // Coming back, from the page cache too, finds every form ready.
  window.addEventListener('pageshow', () => {
    sent = new WeakMap();
    for (const button of find('[aria-busy]')) button.removeAttribute('aria-busy');
  });
})();
