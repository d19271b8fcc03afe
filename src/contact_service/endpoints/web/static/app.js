// What the pages gain by a script; without it every one of these is a link or a form that works.
const byId = (id) => document.getElementById(id);
const ask = async (url, options = {}) => {
  const answer = await fetch(url, { redirect: "error", ...options });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
};

// Sign-in: the one-time code stands in the fragment, which no server and no log has seen.
const code = new URLSearchParams(location.hash.slice(1)).get("code");
if (code) {
  history.replaceState(null, "", location.pathname);
  if (byId("code")) {
    byId("code").elements.code.value = code;
    byId("code").submit();
  }
}

// Copying: the buttons are there only where a browser lets them work.
if (navigator.clipboard) {
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const said = button.querySelector("span"), before = said.textContent;
      await navigator.clipboard.writeText(byId(button.dataset.copy).textContent);
      said.textContent = "Copied";
      setTimeout(() => { said.textContent = before; }, 2000);
    });
  });
}

const list = byId("list");
if (list) {
  const card = byId("card"), box = byId("q"), form = box.form, keys = byId("keys");
  const shelf = [...list.childNodes];
  const rest = card.querySelector(".card") ? null : card.innerHTML, { title } = document, { pane } = document.body.dataset;
  let asked = 0, timer = 0, opening = null;

  // Sections: their height is kept free, their rows come when they are near.
  const fill = async (section) => {
    const source = section.dataset.src;
    if (!source) return;
    delete section.dataset.src;
    try {
      section.innerHTML = await ask(source);
      section.style.blockSize = "";
      mark();
    } catch {
      section.dataset.src = source;
    }
  };
  const near = new IntersectionObserver(
    (seen) => seen.forEach((entry) => entry.isIntersecting && fill(entry.target)),
    { root: list, rootMargin: "1500px" },
  );
  list.querySelectorAll("[data-src]").forEach((section) => {
    section.replaceChildren();
    section.style.blockSize = `calc(${section.dataset.count} * var(--row))`;
    near.observe(section);
  });

  // The open contact.
  const rows = () => [...list.querySelectorAll(".row")];
  const mark = () => rows().forEach((row) => {
    if (row.pathname === location.pathname) row.ariaCurrent = "true";
    else row.removeAttribute("aria-current");
  });
  const show = async (url, { focus = true, from = null } = {}) => {
    opening?.abort();
    const { signal } = opening = new AbortController();
    const html = await ask(new URL(url).pathname + "/card", { signal });
    // Asked again here: by the time a card has come, or its transition begins, one may have gone back or on.
    const swap = () => {
      if (signal.aborted) return;
      card.innerHTML = html;
      card.scrollTop = 0;
      document.body.dataset.pane = "card";
      document.title = `${card.querySelector("h1").textContent} – Contacts`;
      const face = card.querySelector(".big");
      if (from) { from.style.viewTransitionName = ""; face.style.viewTransitionName = "face"; }
      mark();
      if (focus) card.querySelector("h1").focus({ preventScroll: true });
    };
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!from || still || !document.startViewTransition) return swap();
    card.querySelector(".big")?.style.removeProperty("view-transition-name");
    from.style.viewTransitionName = "face";
    const turn = document.startViewTransition(swap);
    turn.ready.catch(() => {});
    await turn.finished;
    card.querySelector(".big")?.style.removeProperty("view-transition-name");
  };
  const open = (link, options = {}) => {
    const step = location.pathname.startsWith("/app/contacts/") ? "replaceState" : "pushState";
    history[step]({ inside: true }, "", link.href);
    mark();
    return show(link.href, options).catch((error) => {
      if (error.name !== "AbortError") location.assign(link.href);
    });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.row, a[data-card]");
    if (link && event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      open(link, { from: link.querySelector(".face") });
    }
    if (event.target.closest("a.back") && history.state?.inside) { event.preventDefault(); history.back(); }
    if (event.target.closest("[data-keys]")) keys.showModal();
  });
  card.addEventListener("change", (event) => {
    if (event.target.matches(".photo input")) event.target.form.requestSubmit();
  });
  addEventListener("popstate", () => {
    opening?.abort();
    if (location.pathname.startsWith("/app/contacts/")) show(location.href).catch(() => location.reload());
    else if (rest === null) location.reload();
    else {
      const left = list.querySelector(".row[aria-current]");
      card.innerHTML = rest;
      document.body.dataset.pane = pane;
      document.title = title;
      mark();
      left?.focus({ preventScroll: true });
    }
  });

  // Search as one types: names travel in a body, never in an address.
  const search = async () => {
    const turn = ++asked;
    if (!box.value.trim()) return list.replaceChildren(...shelf);
    try {
      const html = await ask("/app/search/rows", { method: "POST", body: new URLSearchParams({ q: box.value }) });
      if (turn !== asked) return;
      list.innerHTML = html;
      list.scrollTop = 0;
      mark();
    } catch {
      if (turn === asked) list.innerHTML = '<p class="told" role="alert">No answer. Type again in a moment.</p>';
    }
  };
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 30); });
  form.addEventListener("submit", (event) => { event.preventDefault(); list.querySelector(".row")?.click(); });

  // Keys.
  const walk = async (by) => {
    let all = rows(), at = all.findIndex((row) => row.ariaCurrent);
    const section = all[at + by] ? null : list.querySelector("[data-src]");
    if (by > 0 && section) { await fill(section); all = rows(); }
    const next = all[at < 0 ? 0 : at + by];
    if (!next) return;
    next.scrollIntoView({ block: "nearest" });
    next.focus({ preventScroll: true });
    await open(next, { focus: false });
  };
  const escape = () => {
    if (box.value) { box.value = ""; search(); box.focus(); }
    else if (document.activeElement === box) list.focus();
    else if (history.state?.inside) history.back();
    else if (document.body.dataset.pane === "card") location.assign("/app/");
  };
  const acts = {
    j: () => walk(1), k: () => walk(-1), "?": () => keys.showModal(), Escape: escape,
    "/": () => { box.focus(); box.select(); },
  };
  document.querySelector("[data-keys]").hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || keys.open) return;
    const typing = event.target === box;
    if (typing && event.key === "ArrowDown") { event.preventDefault(); list.querySelector(".row")?.focus(); return; }
    if (!acts[event.key] || (typing && event.key !== "Escape")) return;
    event.preventDefault();
    acts[event.key]();
  });
}
