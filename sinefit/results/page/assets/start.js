// Fills the page with its data.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
startTheme();
const open = data.details ? makeDetails(data) : null;
for (const place of document.querySelectorAll("[data-table]")) {
  const table = data.tables[place.dataset.table];
  makeTable(place, table, place.dataset.opens === undefined ? null : open);
}
drawFigures(data.figures);
