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

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) actions[button.dataset.act]?.(button);
  });

  // A choice in a filter form takes effect at once; without script its button does it.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });

  // "/" jumps to the page's search box, unless the person is typing.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    const box = find("[data-search]") || find("#find-partner");
    if (box) { event.preventDefault(); box.focus(); }
  });

  // After a failed try the person reads first what is to be fixed.
  const focusErrors = () => find("[data-error-summary][data-autofocus]")?.focus();
  focusErrors();
  document.addEventListener("htmx:after:swap", focusErrors);
})();
