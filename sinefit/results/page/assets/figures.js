// Figures: plotly's, in the colors of the page's theme.
"use strict";
const themeColors = () => {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { text: of("--text"), line: of("--line"), page: of("--page") };
};

const AXES = ["xaxis", "yaxis", "xaxis2", "yaxis2"];
// On a phone long names would leave no room for what they name; there is no tool bar above the figure either.
const NARROW = 480, SHORT_NAME = 16;
const shorten = (name) => {
  const [start, ...more] = name.split(" (");
  const short = start.length > SHORT_NAME ? `${start.slice(0, 8)}...${start.slice(-5)}` : start;
  return [short, ...more].join("<br>(");
};
const narrowLayout = (layout) => ({ ...layout, margin: { ...layout.margin, ...(layout.xaxis ? { t: 12 } : { l: 70, r: 84, t: 110 }) },
  ...(layout.meta?.has_names ? { yaxis: { ...layout.yaxis, ticktext: layout.yaxis.ticktext.map(shorten), tickfont: { size: 10 } } } : {}) });
const narrowData = (data) => data.map((trace) => (
  trace.type === "heatmap" ? { ...trace, showscale: false } : trace.type === "parcoords" ? { ...trace, labelangle: -35 } : trace));

const themedLayout = (layout) => {
  const { text, line, page } = themeColors();
  // Parallel coordinates outline their labels in the color of the paper, so that lines do not cross them.
  const themed = { ...layout, paper_bgcolor: page, plot_bgcolor: layout.plot_bgcolor ?? "rgba(0,0,0,0)",
    font: { color: text, size: 12 }, hoverlabel: { namelength: -1 }, modebar: { bgcolor: page, color: line, activecolor: text } };
  for (const name of AXES.filter((each) => layout[each])) {
    themed[name] = { ...layout[name], gridcolor: line, zerolinecolor: line, linecolor: text };
  }
  return themed;
};

// On a dark page good runs are bright instead of dark, and dark gray lines are light.
const DARK_PARALLEL = ["#fee838", "#b3a772", "#707173"], DARK_PRUNED = "#2b3036";
// Beyond the third color, the worst, is that of pruned runs, if there are any.
const darkParallel = (scale) => scale.map(([at], index) => [at, DARK_PARALLEL[index] ?? DARK_PRUNED]);
const themedData = (data) => {
  const { text } = themeColors(), isDark = document.documentElement.dataset.theme === "dark";
  const colors = { "#888888": text, ...(isDark ? { "#555555": "#b5b5b5" } : {}) };
  return data.map((trace) => {
    if (trace.type === "parcoords") return { ...trace, rangefont: { color: text }, unselected: { line: { opacity: 0.05 } },
      line: { ...trace.line, colorscale: isDark ? darkParallel(trace.line.colorscale) : trace.line.colorscale } };
    const color = colors[trace.line?.color];
    return color ? { ...trace, line: { ...trace.line, color }, marker: { ...trace.marker, color } } : trace;
  });
};

const drawn = new Map();
const drawFigure = (place, figure) => {
  drawn.set(place, figure);
  const isParallel = figure.data[0]?.type === "parcoords";
  const isNarrow = window.innerWidth < NARROW;
  const [data, layout] = isNarrow ? [narrowData(figure.data), narrowLayout(figure.layout)] : [figure.data, figure.layout];
  return Plotly.react(place, themedData(data), themedLayout(layout), {
    responsive: true, displaylogo: false, displayModeBar: window.innerWidth > 700 ? "hover" : false,
    modeBarButtons: [isParallel ? ["toImage"] : ["zoom2d", "pan2d", "resetScale2d", "toImage"]] });
};
const forgetFigure = (place) => {
  if (drawn.delete(place)) Plotly.purge(place);
};

// Figures are drawn when they come near the visible part of the page.
const drawFigures = (figures) => {
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      drawFigure(entry.target, figures[Number(entry.target.dataset.figure)]);
    }
  }, { rootMargin: "400px" });
  for (const place of document.querySelectorAll("[data-figure]")) watcher.observe(place);
};

const setTheme = (theme) => {
  document.documentElement.dataset.theme = theme;
  for (const [place, figure] of drawn) drawFigure(place, figure);
};
const startTheme = () => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  setTheme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
  document.getElementById("theme").addEventListener("click", () =>
    setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
};
