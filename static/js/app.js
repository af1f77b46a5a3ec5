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

  const actions = {
    theme: switchTheme,
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
    actions[button.dataset.act]?.(button);
  });

  // A filter takes effect at once: a choice when it is made, a search when typing pauses.
  let pause;
  const submitFilter = (event) => {
    const form = event.target.closest("form[data-live-filter]");
    if (!form) return;
    clearTimeout(pause);
    pause = setTimeout(() => form.requestSubmit(), event.target.type === "search" ? 300 : 0);
  };
  document.addEventListener("input", submitFilter);

  // "/" jumps to the page's search box, unless the person is typing.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    const box = find("[data-search]") || find("#find-partner");
    if (box) { event.preventDefault(); box.focus(); }
  });

  // The link of a sign-in mail brings its secret behind "#"; signing in stays the person's own click.
  const secret = find("[data-secret-in-address] [name=secret]");
  if (secret && location.hash) {
    secret.value = location.hash.slice(1);
    history.replaceState(null, "", location.pathname + location.search);
  }

  // After a failed try the person reads first what is to be fixed.
  const focusErrors = () => find("[data-error-summary][data-autofocus]")?.focus();
  focusErrors();
  document.addEventListener("htmx:after:swap", focusErrors);
})();
