// Sortable tables, downloads and the list of contents. Without this script the page is whole, but still.
"use strict";
{
  const { font, exhibits } = JSON.parse(document.getElementById("exhibits").textContent);

  // Tables are sorted by what is clicked; what has no value stays last.
  const keyOf = (cell) => {
    const value = cell.dataset.value;
    if (value === undefined) return cell.textContent.trim();
    const number = Number(value.replace("inf", "Infinity"));
    return Number.isNaN(number) ? null : number;
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number"
      ? (a > b) - (a < b)
      : String(a).localeCompare(String(b), "en", { numeric: true });
  const sort = (table, header, column) => {
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [keyOf(row.cells[column]), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? compare(b, a) : compare(a, b);
    });
    body.append(...rows.map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      if (header.title) button.title = header.title;
      header.replaceChildren(button);
      header.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => sort(table, header, column));
    });
  }

  // Downloads hand out what the page was made of, byte for byte.
  const save = (name, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  // The page has the font of the drawings once, in its style.
  const face = document.querySelector("style").textContent.match(/base64,([^)]*)/)[1];
  for (const [id, { csv, svg }] of Object.entries(exhibits)) {
    const figure = document.getElementById(id);
    const place = figure.querySelector(".downloads");
    const offer = (kind, what) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind;
      button.setAttribute("aria-label", `Download ${kind}: ${figure.querySelector("h3").textContent}`);
      button.dataset.download = kind.toLowerCase();
      button.addEventListener("click", what);
      place.append(button);
    };
    if (csv !== null) offer("CSV", () => save(`${id}.csv`, "text/csv;charset=utf-8", csv));
    if (svg !== null) offer("SVG", () => save(`${id}.svg`, "image/svg+xml", svg.replaceAll(font, face)));
  }

  // Figures become interactive when they are about to be seen.
  const upgrade = (id) => {
    const { figure } = exhibits[id];
    const picture = document.querySelector(`#${CSS.escape(id)} .picture`);
    if (figure && picture && !picture.classList.contains("live")) sgdlabFigure(picture, figure);
  };
  const watch = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => upgrade(entry.target.id)),
    { rootMargin: "600px" },
  );
  Object.keys(exhibits).forEach((id) => watch.observe(document.getElementById(id)));

  // The list of contents says where one is.
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const sections = [...links.keys()].map((id) => document.getElementById(id));
  const here = () => {
    const at = sections.findLast((section) => section.getBoundingClientRect().top < innerHeight * 0.3) ?? sections[0];
    links.forEach((link, id) => (id === at.id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  };
  addEventListener("scroll", here, { passive: true });
  here();
}
