// Questions to a page that tests ask in the browser. Each answers with a list of sentences; none is good.
(() => {
  const CONTROLS = "a[href], button, summary, input:not([type=hidden]), select, textarea";
  const TEXTS = "h1, h2, h3, label, legend, .status, .tag, .chip, .val, .big, dt, dd";
  // axe says such names too, only longer
  const called = (el) => {
    const classes = [...el.classList].map((one) => `.${one}`).join("");
    const text = (el.getAttribute("aria-label") || el.textContent || el.name || "").trim();
    return `${el.localName}${el.id && `#${el.id}`}${classes} "${text.replace(/\s+/g, " ").slice(0, 30)}"`;
  };
  const shown = (el) => {
    if (!el.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    if (el.closest(".sr, .skip, .sr-live, .plot")) return false;
    const { width, height } = el.getBoundingClientRect();
    return width > 1 && height > 1;
  };
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const style = (el, pseudo) => getComputedStyle(el, pseudo);
  const scrolls = (el) => /auto|scroll/.test(style(el).overflowX + style(el).overflowY);

  const sideways = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const beyond = (el) => el.getBoundingClientRect().right > clientWidth + 1 && !ancestors(el).some(scrolls);
    const widest = all("body *").filter((el) => !el.closest("svg svg, svg *") && beyond(el) && ![...el.children].some(beyond)).slice(0, 4);
    return [`${scrollWidth - clientWidth} px of sideways scroll: ${widest.map(called).join("; ")}`];
  };
  const ancestors = (el) => {
    const found = [];
    for (let at = el.parentElement; at && at !== document.body; at = at.parentElement) found.push(at);
    return found;
  };

  // Text that is cut off, or runs out of the box that belongs to it.
  const cutOff = (el) => {
    const own = style(el), box = el.getBoundingClientRect();
    const isField = el.matches("input, select, textarea");
    if (!isField && own.display !== "inline" && own.textOverflow !== "ellipsis" && !scrolls(el)) {
      if (el.scrollWidth > el.clientWidth + 2) return "its text is wider";
      if (el.matches(CONTROLS) && el.scrollHeight > el.clientHeight + 4) return "its text is higher";
    }
    for (const outer of ancestors(el)) {
      const rule = style(outer), rect = outer.getBoundingClientRect();
      if (scrolls(outer)) return "";
      if (/hidden|clip/.test(rule.overflowX) && (box.right > rect.right + 2 || box.left < rect.left - 2)) {
        return `cut by ${called(outer)}`;
      }
    }
    if (box.right > innerWidth + 1 || box.left < -1) return "off the screen";
    return "";
  };
  const clipped = () => all(`${CONTROLS}, ${TEXTS}`)
    .map((el) => [el, cutOff(el)]).filter(([, why]) => why).map(([el, why]) => `${called(el)}: ${why}`);

  // Controls that lie under something else.
  const reaches = (el, x, y) => {
    const hit = document.elementFromPoint(x, y);
    return hit && (el.contains(hit) || hit.contains(el) || [...(el.labels || [])].some((one) => one.contains(hit)));
  };
  const over = new Map();
  const covered = () => all(CONTROLS).filter((el) => {
    if (!el.matches(":enabled, a, summary")) return false;
    el.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const [rect] = el.getClientRects();
    if (!rect || reaches(el, rect.x + rect.width / 2, rect.y + rect.height / 2)) return false;
    over.set(el, called(document.elementFromPoint(rect.x + rect.width / 2, rect.y + rect.height / 2) || document.body));
    return true;
  }).map((el) => `${called(el)} is covered by ${over.get(el)}`);

  // Movement under "reduced motion"; style.transitionDuration is "0s, 0.1s".
  const seconds = (text) => Math.max(...text.split(",").map((part) => parseFloat(part) * (part.includes("ms") ? 0.001 : 1)));
  const moving = () => [...document.querySelectorAll("body, body *")].flatMap((el) => ["", "::before", "::after"].flatMap((pseudo) => {
    const rule = style(el, pseudo || undefined);
    const longest = Math.max(seconds(rule.transitionDuration), rule.animationName === "none" ? 0 : seconds(rule.animationDuration));
    return longest > 0.01 ? [`${called(el)}${pseudo} moves for ${longest} s`] : [];
  }));

  // Contrast, as WCAG defines it, of two computed colours.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (text) => {
    const [r, g, b] = rgb(text).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (el) => {
    for (let at = el; at; at = at.parentElement) {
      const found = style(at).backgroundColor;
      if (rgb(found)[3] > 150) return found;
    }
    return "Canvas";
  };

  // With forced colours the page has no shadows, tints or grounds of its own: what says something
  // by these alone is lost.
  const MARKS = {
    ".bullet .v, .bullet .t, .meter .v, .funnel rect.v, .spark circle, .tier svg": "fill",
    ".spark path.now, .legend line": "stroke",
    ".legend rect:not(.kb)": "fill",
    ".i, .status .i": "stroke",
  };
  const BOXES = ".btn, .input, .chip, .card, .kpis, .note, .hero, .menu > .panel, dialog[open], .toast, progress, .qr, .errsum";
  const CURRENT = ".nav a, .pnav a, .ptabs a, .seg > *, .steps > li, .choices label, .pager > *";
  const look = (el) => ground(el) + ["color", "borderTopColor", "borderBottomColor", "borderTopWidth",
    "borderBottomWidth", "borderTopStyle", "borderBottomStyle", "outlineStyle", "textDecorationLine", "fontWeight"].map((key) => style(el)[key]).join();
  const marked = (el) => el.matches("[aria-current], [aria-pressed=true], :has(:checked)");
  const lost = () => {
    const faint = Object.entries(MARKS).flatMap(([selector, property]) => [...document.querySelectorAll(selector)]
      .filter((el) => el.checkVisibility() && style(el)[property] !== "none" && contrast(style(el)[property], ground(el)) < 3)
      .map((el) => `${called(el)} of ${called(el.parentElement)}: its ${property} does not show`));
    const plots = all(".card").filter((el) => el.querySelector(".plot.ready")).flatMap((card) =>
      [...card.querySelectorAll(".plot .trace path.js-line, .plot .trace .point path")]
        .filter((el) => Math.max(contrast(style(el).fill, ground(card)), contrast(style(el).stroke, ground(card))) < 2.9
          && el.getBoundingClientRect().width > 0)
        .slice(0, 1).map((el) => `a series of ${called(card)} does not show`));
    const boxes = all(BOXES).filter((el) => !el.matches(".searchbtn")).filter((el) => {
      const rule = style(el);
      return !["Top", "Bottom"].some((side) => parseFloat(rule[`border${side}Width`]) > 0 && contrast(rule[`border${side}Color`], ground(el.parentElement)) >= 3);
    }).map((el) => `${called(el)} has no edge`);
    const unread = all(".btn, .nav a, .chip, .input").filter((el) => el.textContent.trim() && contrast(style(el).color, ground(el)) < 4.5)
      .map((el) => `${called(el)} cannot be read`);
    const current = all(CURRENT).filter((el) => marked(el)).flatMap((el) => {
      const other = [...el.parentElement.children].find((one) => one !== el && one.matches(CURRENT) && !marked(one) && shown(one));
      return other && look(other) === look(el) ? [`${called(el)} does not show that it is chosen`] : [];
    });
    return [...new Set([...faint, ...plots, ...boxes, ...unread, ...current])];
  };

  // Where the keyboard is: on an element that can be seen, in a ring that can be seen.
  const focus = () => {
    const el = document.activeElement;
    if (!el || el === document.body) return { at: "body", wrong: [] };
    const wrong = [], rect = [...el.getClientRects()].find((one) => one.width > 1) || el.getBoundingClientRect();
    // the ring of a stretched link stands around its card, that of an input with a unit around both
    const ringed = [el, ...ancestors(el).slice(0, 4)].find((one) => style(one).outlineStyle !== "none" && parseFloat(style(one).outlineWidth) >= 1);
    if (!ringed) wrong.push("no ring");
    else if (contrast(style(ringed).outlineColor, ground(ringed.parentElement)) < 3) wrong.push("a ring of too little contrast");
    const x = (Math.max(0, rect.left) + Math.min(innerWidth, rect.right)) / 2;
    const ys = rect.height > innerHeight / 2 ? [(Math.max(0, rect.top) + Math.min(innerHeight, rect.bottom)) / 2] : [rect.y + 2, rect.y + rect.height - 2];
    if (!ys.some((y) => y > 0 && y < innerHeight)) wrong.push("off the screen");
    else if (!ys.every((y) => reaches(el, x, y))) wrong.push(`under ${called(document.elementFromPoint(x, ys.find((y) => !reaches(el, x, y))) || document.body)}`);
    return { at: called(el), wrong: wrong.map((why) => `${called(el)}: ${why}`) };
  };

  // Where no script runs: what only a script could bring to life, or show.
  const dead = () => {
    const said = (what, found) => found.map((el) => `${what}: ${called(el)}`);
    const seen = (el) => el.checkVisibility({ contentVisibilityAuto: true });
    return [
      ...said("dead", all("button[type=button]:not([popovertarget], [commandfor]), .plot, .js-only")),
      ...said("leads nowhere", [...document.querySelectorAll("[hx-trigger=load]:not(span)")].filter((el) => !el.querySelector("a[href]"))),
      ...said("hidden", [...document.querySelectorAll(".datawrap table")].filter((el) => !seen(el))),
    ];
  };

  // Targets for fingers: 44 pixels each way. A link inside a sentence is as high as its line; a
  // stretched link is as large as its card, a box with a label as large as both.
  const LEAST = 43.5;
  const target = (el) => {
    if (el.matches("[type=checkbox], [type=radio]") && el.labels?.length) return el.labels[0].getBoundingClientRect();
    const stretched = ["::after", "::before"].some((pseudo) => style(el, pseudo).position === "absolute" && style(el, pseudo).content !== "none");
    if (!stretched) return el.getBoundingClientRect();
    return [el, ...ancestors(el)].find((one) => style(one).position !== "static")?.getBoundingClientRect() || el.getBoundingClientRect();
  };
  const inSentence = (el) => el.matches("a, button") && style(el).display === "inline"
    && [...el.parentElement.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim().length > 1);
  const small = () => all(CONTROLS).filter((el) => el.matches(":enabled, a, summary") && !inSentence(el)).flatMap((el) => {
    const { width, height } = target(el);
    const least = el.matches("a:not(.btn), summary") ? height : Math.min(width, height); // words are as wide as they are
    return least < LEAST ? [`${called(el)} is ${Math.round(width)} × ${Math.round(height)}`] : [];
  });

  // Nothing on its way: parts that load later, and charts near the screen.
  const quiet = () => !document.querySelector(".htmx-request")
    && [...document.querySelectorAll("[data-chart]")].every((el) => el.querySelector(".plot.ready")
      || el.getBoundingClientRect().top > innerHeight + 40 || !el.querySelector(".plot").checkVisibility())
    && [...document.querySelectorAll(".plot.ready")].every((el) => !el.clientWidth
      || Math.abs(el.querySelector(".main-svg").clientWidth - el.clientWidth) < 2);

  // WCAG 1.4.12; a sheet made by script is no inline style to the CSP.
  const spaced = new CSSStyleSheet();
  spaced.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }");
  const spacing = (on) => { document.adoptedStyleSheets = on ? [spaced] : []; };

  window.probes = { sideways, clipped, covered, moving, lost, dead, focus, quiet, small, spacing };
})();
