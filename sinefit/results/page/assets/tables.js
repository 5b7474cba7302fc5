// Tables: sorted by a click on a heading, filtered by words and conditions, a page at a time.
"use strict";
const PAGE = 50;
const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else if (value !== false && value !== null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
};

const number = (cell) => (cell === null ? NaN : Number(cell));
const formatNumber = (value, digits) => {
  if (Number.isNaN(value)) return "";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return String(Number(value.toPrecision(digits)));
};
const formatCell = (column, row) => {
  const cell = column.cells[row];
  if (cell === null) return column.reasons?.[row] ?? "";
  if (column.kind === "share") return `${(100 * number(cell)).toFixed(1)} %`;
  return column.kind === "number" ? formatNumber(number(cell), column.digits ?? 4) : String(cell);
};

// "adam rmse<0.1 and optimizer == 'sgd'": every word must be found in the row, every condition must hold. This is
// the simple part of the language of `--where` (results/query.py), written again since a page runs no Python.
const parseFilter = (text, columns) => {
  const found = text.matchAll(/([^\s<>=!]+)\s*(<=|>=|!=|==|=|<|>)\s*("[^"]*"|'[^']*'|\S+)|\S+/g);
  return [...found].filter(([whole]) => whole !== "and").map(([whole, name, operator, value]) => {
    const column = columns.find((each) => !each.fixed && each.name.toLowerCase() === name?.toLowerCase());
    if (!column) return { word: whole.toLowerCase() };
    return { column, operator: operator.replace("==", "="), value: value.replace(/^(["'])(.*)\1$/, "$2") };
  });
};
const isFulfilled = ({ column, operator, value, word }, columns, row) => {
  if (word !== undefined) return columns.some((each) => formatCell(each, row).toLowerCase().includes(word));
  const a = number(column.cells[row]), b = value === "inf" ? Infinity : Number(value);
  const isNumeric = column.kind !== "text" && !Number.isNaN(b);
  const isEqual = formatCell(column, row).toLowerCase() === value.toLowerCase() || (isNumeric && a === b);
  if (operator === "=" || operator === "!=") return isEqual === (operator === "=");
  if (!isNumeric || Number.isNaN(a)) return false;
  return operator === "<" ? a < b : operator === ">" ? a > b : operator === "<=" ? a <= b : a >= b;
};

// Empty cells come last in either direction.
const compareCells = (column, direction) => (one, other) => {
  if (column.kind === "text") {
    const [a, b] = [column.cells[one], column.cells[other]];
    if (a === null || b === null) return (a === null) - (b === null) || one - other;
    return direction * String(a).localeCompare(String(b), "en", { numeric: true }) || one - other;
  }
  const a = number(column.cells[one]), b = number(column.cells[other]);
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b) || one - other;
  return a === b ? one - other : direction * (a < b ? -1 : 1);
};

const makeTable = (place, { columns, caption }, onOpen = null) => {
  const count = columns.length ? columns[0].cells.length : 0;
  const state = { rows: [...Array(count).keys()], sorted: null, direction: 1, page: 0, filter: "" };
  const body = element("tbody"), told = element("span", { class: "quiet", role: "status" });
  const back = element("button", { type: "button", on: { click: () => turn(-1) } }, "Previous");
  const on = element("button", { type: "button", on: { click: () => turn(1) } }, "Next");
  const heads = columns.map((column, index) => element("th",
    { scope: "col", class: column.kind === "text" ? null : "number", "aria-sort": column.fixed ? null : "none" },
    column.fixed ? element("span", { title: column.fixed }, column.name) :
      element("button", { type: "button", title: column.name, on: { click: () => sort(index) } }, column.name)));

  const show = () => {
    const pages = Math.max(1, Math.ceil(state.rows.length / PAGE));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const first = state.page * PAGE, shown = state.rows.slice(first, first + PAGE);
    body.replaceChildren(...shown.map(makeRow));
    const part = pages > 1 ? `, ${first + 1} to ${first + shown.length} shown` : "";
    const found = state.rows.length === count ? `${count.toLocaleString("en")} rows` :
      `${state.rows.length.toLocaleString("en")} of ${count.toLocaleString("en")} rows`;
    told.textContent = found + part;
    back.disabled = state.page === 0;
    on.disabled = state.page >= pages - 1;
    back.hidden = on.hidden = pages === 1;
  };
  const makeRow = (row) => {
    const cells = columns.map((column, index) => {
      const text = formatCell(column, row);
      const kind = column.kind === "text" ? (column.name === "status" ? text : "") : "number";
      const bar = column.kind === "share" && column.bar ? `--share: ${number(column.cells[row]) || 0}` : null;
      const inside = onOpen !== null && index === 0
        ? element("button", { type: "button", class: "open", "aria-label": `open run ${text}` }, text || "open")
        : text;
      const long = column.path ? " path" : column.kind === "text" && text.length > 60 ? " long" : "";
      return element("td", { class: `${kind}${bar ? " bar" : ""}${long}` || null, style: bar }, inside);
    });
    return element("tr", onOpen === null ? {} : { class: "opens", on: { click: () => onOpen(row) } }, ...cells);
  };
  const arrange = () => {
    const conditions = parseFilter(state.filter, columns);
    state.rows = [...Array(count).keys()].filter((row) => conditions.every((each) => isFulfilled(each, columns, row)));
    if (state.sorted !== null) state.rows.sort(compareCells(columns[state.sorted], state.direction));
    state.page = 0;
    show();
  };
  const sort = (index) => {
    state.direction = state.sorted === index ? -state.direction : 1;
    state.sorted = index;
    heads.forEach((head, each) => {
      const direction = each !== index ? "none" : state.direction > 0 ? "ascending" : "descending";
      if (!columns[each].fixed) head.setAttribute("aria-sort", direction);
    });
    arrange();
  };
  const turn = (by) => { state.page += by; show(); };

  const few = count <= 5;
  const filter = element("input", { type: "search", placeholder: "Filter: words, or rmse<0.1",
    "aria-label": `Filter ${caption}`, hidden: few, on: { input: () => { state.filter = filter.value; arrange(); } } });
  place.replaceChildren(
    element("div", { class: "tools" }, filter, few ? null : told, back, on),
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body)));
  show();
};
