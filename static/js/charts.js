// Charts. The server renders <figure data-chart="ID"> with a JSON spec and the same data as a table.
// Plotly is fetched only when a chart comes to the screen. Colours are written "var:--c1" and
// looked up here, so that themes and brands work without a reload.
(() => {
  const source = document.currentScript.dataset.plotly;
  const NARROW = 480;
  const CONFIG = {
    displayModeBar: false, responsive: true, displaylogo: false, showTips: false,
    showSendToCloud: false, plotlyServerURL: "",
  };
  const AXIS = {
    automargin: true, zeroline: false, fixedrange: true, ticks: "", showline: false, ticklabelstandoff: 6,
  };

  let library;
  const loadPlotly = () => {
    library ||= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  };

  const probe = document.createElement("i");
  probe.hidden = true;
  probe.className = "own-colours"; // forced colours would make all series alike
  document.body.append(probe);
  const colour = (token) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const font = () => getComputedStyle(document.body).fontFamily;

  const resolve = (value) => {
    if (typeof value === "string") return value.startsWith("var:") ? colour(value.slice(4)) : value;
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
    }
    return value;
  };

  const baseLayout = (narrow) => ({
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, bargap: 0.35,
    font: { family: font(), size: 12, color: colour("--ink-3") },
    margin: { l: 8, r: narrow ? 8 : 16, t: 8, b: 8 },
    hovermode: "x unified", dragmode: false,
    hoverlabel: {
      bgcolor: colour("--raised"), bordercolor: colour("--line-strong"), align: "left",
      font: { family: font(), size: 12, color: colour("--ink") },
    },
  });

  // On phones at most six labels, counted from the newest.
  const thin = (axis) => {
    const count = axis.tickvals?.length ?? 0;
    if (count <= 8) return axis;
    const step = Math.ceil(count / 5);
    const keep = (_, index) => (count - 1 - index) % step === 0;
    return { ...axis, tickvals: axis.tickvals.filter(keep), ticktext: axis.ticktext?.filter(keep) };
  };

  const draw = async (figure) => {
    const spec = JSON.parse(document.getElementById(`${figure.dataset.chart}-spec`).textContent);
    const plot = figure.querySelector(".plot");
    const narrow = plot.clientWidth < NARROW;
    const { data, layout: given = {} } = resolve(spec);
    const layout = { ...baseLayout(narrow), ...given, height: plot.clientHeight };
    const gridAxis = spec.horizontal ? "xaxis" : "yaxis";
    for (const name of ["xaxis", "yaxis"]) {
      layout[name] = {
        ...AXIS, gridcolor: colour("--grid"), showgrid: name === gridAxis,
        tickfont: { size: narrow ? 11 : 12 }, ...given[name],
      };
    }
    if (narrow && spec.horizontal) {
      layout.xaxis.range = [0, layout.xaxis.range[1] * 1.5]; // room for the values beside the bars
    } else if (narrow) {
      layout.xaxis = thin(layout.xaxis);
      layout.annotations = (layout.annotations || []).filter((note) => note.name !== "wide");
    }
    await window.Plotly.react(plot, data, layout, CONFIG);
    plot.classList.add("ready");
  };

  // Arrow keys walk the points and read out the row of the table.
  const enableKeys = (figure) => {
    const plot = figure.querySelector(".plot");
    const live = figure.querySelector(".sr-live");
    const rows = figure.closest(".card")?.querySelectorAll("details.data tbody tr") ?? [];
    let at = -1;
    plot.addEventListener("keydown", (event) => {
      const last = plot.data[0].x.length - 1;
      const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
      if (event.key === "Escape") { window.Plotly.Fx.unhover(plot); return; }
      if (!(event.key in moves)) return;
      event.preventDefault();
      at = Math.max(0, Math.min(last, moves[event.key]));
      const curve = plot.data.findIndex((trace) => trace.hoverinfo !== "skip");
      window.Plotly.Fx.hover(plot, [{ curveNumber: curve, pointNumber: at }]);
      if (rows[at]) live.textContent = [...rows[at].cells].map((cell) => cell.textContent.trim()).join(", ");
    });
  };

  // A card beside it that comes later may make the row higher: the chart takes the room.
  const grown = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    if (target.clientHeight > target.layout.height + 1) draw(target.closest("[data-chart]"));
  }));

  const watcher = new IntersectionObserver((entries) => entries.forEach(async (entry) => {
    if (!entry.isIntersecting) return;
    watcher.unobserve(entry.target);
    await loadPlotly();
    await draw(entry.target);
    enableKeys(entry.target);
    grown.observe(entry.target.querySelector(".plot"));
  }), { rootMargin: "50px" });

  const scan = () => document.querySelectorAll("[data-chart]:not([data-watched])").forEach((figure) => {
    figure.dataset.watched = "";
    watcher.observe(figure);
  });
  const redraw = () => document.querySelectorAll("[data-chart]").forEach((figure) => {
    if (figure.querySelector(".plot.ready")) draw(figure);
  });

  scan();
  document.addEventListener("htmx:after:swap", scan);
  document.addEventListener("themechange", redraw);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", redraw);
  }
  // Paper is white, and narrower than the screen: dark drawings are made anew, and one that knows
  // its own size shrinks instead of being cut.
  const root = document.documentElement;
  const drawings = () => document.querySelectorAll(".plot.ready .main-svg");
  let put; // takes back the light theme
  addEventListener("beforeprint", () => {
    const own = root.dataset.theme;
    if (own === "dark" || (!own && matchMedia("(prefers-color-scheme: dark)").matches)) {
      put = () => { if (own) root.dataset.theme = own; else delete root.dataset.theme; };
      root.dataset.theme = "light";
      redraw();
    }
    drawings().forEach((svg) => {
      svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
    });
  });
  addEventListener("afterprint", () => {
    drawings().forEach((svg) => svg.removeAttribute("viewBox"));
    if (put) { put(); put = null; redraw(); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-png]");
    const plot = button && document.querySelector(`[data-chart="${button.dataset.png}"] .plot.ready`);
    if (plot) window.Plotly.downloadImage(plot, { format: "png", scale: 2, filename: button.dataset.png });
  });
})();
