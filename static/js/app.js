// Small enhancements of every page. Everything works without this file.
(() => {
  const root = document.documentElement;
  const find = (selector) => document.querySelector(selector);

  const isDark = () => {
    if (root.dataset.theme) return root.dataset.theme === "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  };

  // The cookie lets the server write the theme into <html>, so that no page flashes.
  const switchTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax${secure}`;
    document.dispatchEvent(new CustomEvent("themechange"));
  };

  // The palette asks the search page for what to jump to: first the pages, then what is typed.
  const palette = find("#palette");
  const openPalette = () => {
    if (!palette || palette.open) return;
    palette.showModal();
    palette.querySelector("input").select();
    palette.querySelector("input").dispatchEvent(new Event("jump"));
  };
  palette?.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [palette.querySelector("input"), ...palette.querySelectorAll("#jump-to a")];
    const next = stops.indexOf(document.activeElement) + step;
    stops[(next + stops.length) % stops.length].focus();
  });
  // What was found for an earlier text is no answer to this one.
  palette?.querySelector("input").addEventListener("input", () => {
    palette.querySelector("#jump-to").replaceChildren();
  });
  // Enter goes to the first hit once it has come; before that the form opens the search page.
  palette?.querySelector("form").addEventListener("submit", (event) => {
    const first = palette.querySelector("#jump-to a");
    if (!first || palette.querySelector(".htmx-request, input.htmx-request")) return;
    event.preventDefault();
    location.assign(first.href);
  });

  const actions = {
    theme: switchTheme,
    palette: openPalette,
    dismiss: (button) => button.closest("[data-dismissable]")?.remove(),
    print: () => print(),
    "open-dialog": (button) => document.getElementById(button.dataset.dialog)?.showModal(),
    "close-dialog": (button) => button.closest("dialog")?.close(),
  };

  // Browsers that know commandfor open and close dialogs by themselves.
  const knowsCommands = "commandForElement" in HTMLButtonElement.prototype;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (!button || (knowsCommands && button.hasAttribute("commandfor"))) return;
    if (button.matches("a[href]")) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab, as asked
      event.preventDefault();
    }
    actions[button.dataset.act]?.(button);
  });

  // A filter takes effect at once: a choice when it is made, a search when typing pauses.
  let pause;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form?.matches("[data-live-filter]")) return;
    clearTimeout(pause);
    pause = setTimeout(() => form.requestSubmit(), event.target.type === "search" ? 300 : 0);
  });

  // The address says only what differs from the usual, and several columns as one value.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-live-filter]")) return;
    const data = event.formData;
    const columns = data.getAll("cols").join(",");
    if (columns) data.set("cols", columns);
    for (const [key, value] of [...data]) if (!value) data.delete(key);
  });

  // A step that takes something away asks first, in a dialog with the same form; the focus comes
  // back to the button. Without scripts the step is taken at once.
  document.addEventListener("submit", (event) => {
    const dialog = document.getElementById(event.target.dataset.confirm);
    if (!dialog?.showModal) return;
    event.preventDefault();
    dialog.showModal();
  });

  // Menus close when the person goes elsewhere.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });

  // When a list is swapped, open menus stay open, and a focus that vanished comes back or goes to
  // the list.
  let before = null;
  document.addEventListener("htmx:before:swap", () => {
    const focus = document.activeElement;
    before = { focus, open: [...menus()].map((menu) => menu.id) };
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!before) return;
    before.open.forEach((id) => { const menu = id && document.getElementById(id); if (menu) menu.open = true; });
    if (!before.focus.isConnected && document.activeElement === document.body) {
      ((before.focus.id && document.getElementById(before.focus.id)) || find("#list"))?.focus();
    }
    const box = find("#list-search");
    if (box && box !== document.activeElement) box.value = find("#list-state").dataset.searched;
    before = null;
    count();
  });

  // Ticked rows: how many, and all of the page at once.
  const boxes = () => [...document.querySelectorAll("input[name=sel]")];
  const count = () => {
    const shown = find("[data-selected]");
    if (shown) shown.textContent = boxes().filter((box) => box.checked).length;
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) {
      boxes().forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-select-all], input[name=sel]")) count();
  });
  count();

  // A person may switch single keys off in the profile; those with Ctrl stay.
  const noKeys = () => find("[data-keys=off]");

  // Ctrl K opens the palette; "/" jumps to the page's search box, unless the person is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key === "k" && (event.ctrlKey || event.metaKey) && palette) {
      event.preventDefault();
      openPalette();
      return;
    }
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || noKeys()) return;
    const box = find("[data-search]");
    if (box) { event.preventDefault(); box.focus(); } else if (palette) { event.preventDefault(); openPalette(); }
  });

  // Single keys of a queue: next, previous, approve, decline, unless the person is typing.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]") || find("dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[a-z]$/.test(event.key) || noKeys()) return;
    const target = find(`[data-key="${event.key}"]`);
    if (target) { event.preventDefault(); target.click(); }
  });

  // The link of a sign-in mail brings its secret behind "#"; signing in stays the person's own click.
  const secret = find("[data-secret-in-address] [name=secret]");
  if (secret && location.hash) {
    secret.value = location.hash.slice(1);
    history.replaceState(null, "", location.pathname + location.search);
  }

  // A request of a part of the page that fails: a note says so where the part was to be, or at the
  // edge of the window. A form that is to be corrected (422) is an answer like any other.
  let failed = null;
  const trouble = (source, why, advice) => {
    const words = find("#trouble-words")?.dataset;
    if (!words) return;
    const note = find("#trouble-note").content.firstElementChild.cloneNode(true);
    const isPart = source.matches?.("[hx-trigger*=again]");
    const name = source.closest?.(".card, [aria-label]")?.querySelector("h2")?.textContent.trim();
    note.querySelector("[data-what]").textContent = isPart ? words.part.replace("[name]", name || words.name) : words.page;
    note.querySelectorAll("[data-why]").forEach((line) => { if (line.dataset.why !== why) line.remove(); });
    const line = note.querySelector("[data-why]");
    if (advice) line.textContent = advice;
    if (isPart) {
      const time = new Date(performance.timeOrigin).toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit" });
      line.textContent += ` ${words.rest.replace("[time]", time)}`;
      note.querySelector("[data-act=dismiss]").remove();
      note.setAttribute("role", "alert");
      source.replaceChildren(note);
    } else {
      failed = source;
      if (!source.matches?.("[hx-get]")) note.querySelector("[data-act=again]").remove();
      find("#trouble").replaceChildren(note);
    }
  };
  actions.again = (button) => {
    const part = button.closest("[hx-trigger*=again]");
    if (part) part.dispatchEvent(new Event("again"));
    else if (failed?.matches("form")) failed.requestSubmit();
    else location.reload();
    button.closest("#trouble .note")?.remove();
  };
  document.addEventListener("htmx:before:swap", (event) => {
    const { response, text, sourceElement } = event.detail.ctx ?? {};
    if (!response || response.status < 400 || response.status === 422) {
      if (response) find("#trouble")?.replaceChildren();
      return;
    }
    event.preventDefault();
    const page = new DOMParser().parseFromString(text, "text/html");
    trouble(sourceElement, "failed", page.querySelector("[data-advice]")?.textContent.trim());
  });
  document.addEventListener("htmx:error", (event) => {
    const source = event.detail.ctx?.sourceElement;
    if (source) trouble(source, "offline");
  });

  // After a failed try the person reads first what is to be fixed.
  const focusErrors = () => find("[data-error-summary][data-autofocus]")?.focus();
  focusErrors();
  document.addEventListener("htmx:after:swap", focusErrors);
})();
