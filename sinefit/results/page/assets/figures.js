// Figures: plotly's, in the colors of the page's theme.
"use strict";
const themeColors = () => {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { text: of("--text"), line: of("--line"), page: of("--page") };
};

const themedLayout = (layout) => {
  const { text, line, page } = themeColors();
  const themed = { ...layout, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: layout.plot_bgcolor ?? "rgba(0,0,0,0)",
    font: { color: text, size: 12 }, hoverlabel: { namelength: -1 }, modebar: { bgcolor: page, color: line, activecolor: text } };
  for (const name of ["xaxis", "yaxis"]) {
    if (layout[name]) themed[name] = { ...layout[name], gridcolor: line, zerolinecolor: line, linecolor: text };
  }
  return themed;
};

// On a dark page good runs are bright instead of dark, and dark gray lines are light.
const DARK_PARALLEL = [[0, "#fee838"], [0.5, "#b3a772"], [1, "#707173"]];
const themedData = (data) => {
  const { text } = themeColors(), isDark = document.documentElement.dataset.theme === "dark";
  const colors = { "#888888": text, ...(isDark ? { "#555555": "#b5b5b5" } : {}) };
  return data.map((trace) => {
    if (trace.type === "parcoords") return { ...trace, rangefont: { color: text }, unselected: { line: { opacity: 0.05 } },
      line: { ...trace.line, colorscale: isDark ? DARK_PARALLEL : trace.line.colorscale } };
    const color = colors[trace.line?.color];
    return color ? { ...trace, line: { ...trace.line, color }, marker: { ...trace.marker, color } } : trace;
  });
};

const drawn = new Map();
const drawFigure = (place, figure) => {
  drawn.set(place, figure);
  return Plotly.react(place, themedData(figure.data), themedLayout(figure.layout),
    { responsive: true, displaylogo: false, displayModeBar: window.innerWidth > 700 ? "hover" : false });
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
