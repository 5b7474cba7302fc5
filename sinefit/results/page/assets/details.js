// What a click on a run shows: how to train it again, its settings and metrics, its curve and its fit.
"use strict";
const lineTrace = (name, x, y, colour, extra = {}) =>
  ({ type: "scatter", mode: x.length === 1 ? "markers" : "lines", name, x, y, line: { color: colour, width: 2, ...extra } });
// Round numbers on a logarithmic axis: 1, 2 and 5 times powers of ten, or only these where there are many.
const logTicks = (values) => {
  const first = Math.floor(Math.log10(Math.min(...values))), last = Math.ceil(Math.log10(Math.max(...values)));
  const powers = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  return powers.flatMap((power) => (powers.length > 4 ? [1] : [1, 2, 5]).map((factor) => Number(`${factor}e${power}`)));
};
const valueAxis = (name, values) => {
  const axis = { title: { text: name }, automargin: true };
  return values.every((value) => value > 0) ? { ...axis, type: "log", tickvals: logTicks(values) } : axis;
};
const lineLayout = (x, yaxis) => ({ xaxis: { title: { text: x } }, yaxis,
  margin: { t: 20, r: 15, b: 45, l: 55 }, legend: { orientation: "h", yanchor: "bottom", y: 1.02, x: 0 }, showlegend: true });
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
    const { columns } = data.tables.runs, { commands, reruns, settings, history, prediction, messages } = data.details;
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
    const losses = history[row], line = prediction.lines[row];
    const place = (label, isThere) => isThere
      ? figures.appendChild(element("div", { class: "figure", role: "img", "aria-label": label })) : null;
    const curve = place("loss over the epochs", losses && losses.x.length), fit = place("function and prediction", line);
    if (curve) {
      drawFigure(curve, { data: [lineTrace("training loss", losses.x, losses.train, "#0072B2"),
        ...(losses.validation ? [{ ...lineTrace("validation loss", losses.x, losses.validation, "#D55E00"), connectgaps: true }] : [])],
        layout: lineLayout("epoch", valueAxis("loss", losses.train)) });
    }
    if (fit) {
      const { x, target } = prediction.functions[line.of];
      drawFigure(fit, { data: [
        { ...lineTrace("function", x, target, "#888888", { dash: "dash" }), reference: true },
        lineTrace("prediction", x, line.y, "#D55E00")], layout: lineLayout("x", { title: { text: "y" }, automargin: true }) });
    }
  };
};
