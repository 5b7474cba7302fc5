// What a click on a run shows: how to train it again, its settings and metrics, its curve and its fit.
"use strict";

// A figure that the page holds once, with a run's own columns and axes; traces without columns are left out.
const fillFigure = ({ data, layout }, columns, yaxis, xaxis = {}) => ({
  data: data.flatMap((trace, at) => (columns[at]
    ? [{ ...trace, ...columns[at], connectgaps: true, mode: columns[at].x.length === 1 ? "markers" : trace.mode }] : [])),
  layout: { ...layout, xaxis: { ...layout.xaxis, tickmode: "auto", ...xaxis }, yaxis: { ...layout.yaxis, ...yaxis } },
});
// A run's prediction: against what was measured, or beside what was to be fitted.
const fillFit = (templates, { figure, x, target, rows, labels }, { y, limits }) => {
  const template = templates[figure], range = { range: limits };
  const titles = labels && labels.map((text) => ({ title: { ...template.layout.xaxis.title, text } }));
  const named = rows ? { name: rows } : {};
  if (figure === "measured") return fillFigure(template, [{ x: limits, y: limits }, { x: target, y, ...named }],
    { ...range, ...titles[1] }, { ...range, ...titles[0] });
  return fillFigure(template, [{ x, y: target, ...named }, { x, y }], { ...range, ...titles?.[1] }, titles?.[0]);
};
const copyText = async (button, text) => {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it and copy by hand";
  }
};
const pairs = (entries) => element("dl", {}, ...entries.flatMap(([name, value]) =>
  [element("dt", {}, name), element("dd", {}, value === "" ? "-" : value)]));

const makeDetails = (data) => {
  const dialog = document.getElementById("details");
  const close = element("button", { type: "button", class: "close", on: { click: () => dialog.close() } }, "Close");
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.querySelectorAll(".figure").forEach(forgetFigure));
  return (row) => {
    const { columns } = data.tables.runs, { commands, reruns, settings, history, prediction, messages, figures: templates } = data.details;
    const shown = columns.filter((column) => formatCell(column, row) !== "").map((column) => [column.name, formatCell(column, row)]);
    const copy = element("button", { type: "button", on: { click: () => copyText(copy, commands[row]) } }, "Copy");
    const figures = element("div", { class: "figures" });
    dialog.replaceChildren(close, element("h2", {}, `Run ${formatCell(columns[0], row)}`));
    if (messages[row]) dialog.append(element("p", { class: "failed" }, messages[row]));
    if (commands[row]) dialog.append(element("h3", {}, "Train it again"), element("pre", {}, commands[row]), copy,
      element("p", { class: "quiet" }, "Bit for bit the same, on the machine that holds its folder: ", element("code", {}, reruns[row])));
    dialog.append(figures, element("h3", {}, "Results"), pairs(shown));
    const differing = settings.differing.filter(([, cells]) => cells[row] !== null).map(([name, cells]) => [name, cells[row]]);
    if (differing.length) dialog.append(element("h3", {}, "Settings that differ between the runs"), pairs(differing));
    if (settings.same.length) dialog.append(element("details", {},
      element("summary", {}, `Settings that are the same in all runs (${settings.same.length})`), pairs(settings.same)));
    dialog.showModal();
    dialog.scrollTop = 0;
    // All places first: a figure takes the width that its place has when it is drawn.
    const losses = history[row], line = prediction.lines[row], goal = line && prediction.goals[line.of];
    const place = (label, isThere) => isThere
      ? figures.appendChild(element("div", { class: "figure", role: "img", "aria-label": label })) : null;
    const curve = place("loss over the epochs", losses && losses.x.length), fit = place(goal?.figure === "measured" ? "predicted against measured values" : "function and prediction", line);
    if (curve) {
      const { x, train, validation, ticks } = losses;
      const axis = ticks ? { tickvals: ticks, ticktext: ticks.map(String) } : { type: "linear", tickmode: "auto" };
      drawFigure(curve, fillFigure(templates.losses, [{ x, y: train }, validation && { x, y: validation }], axis));
    }
    if (fit) drawFigure(fit, fillFit(templates, goal, line));
  };
};
