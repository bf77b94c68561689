// A figure of the page, drawn from its numbers: values under the pointer, series that can be hidden, and zoom.
"use strict";
const sgdlabFigure = (() => {
  const { human, number, titleOf, show, domainOf, ticksOf, widthOf, fit } = sgdlabAxes;
  const { draw, positions, styleOf, symbol, SPOT, GUIDES, CROWD, stroke, endsOf, heat, valueAt, shadesOf } = sgdlabMarks;
  const FONT = "12px system-ui, sans-serif";
  const LANE = 20;
  let serial = 0;

  // The numbers of a mark, which JSON has as numbers, null and texts.
  const read = (mark) =>
    Object.fromEntries(Object.entries(mark).map(([key, value]) => [key, Array.isArray(value) ? value.map(number) : value]));

  const element = (name, className, parent) => {
    const made = document.createElement(name);
    made.className = className;
    parent?.append(made);
    return made;
  };

  class Plot {
    constructor(place, chart, figure) {
      this.figure = figure;
      this.chart = { ...chart, series: chart.series.map((series) => ({ ...series, marks: series.marks.map(read) })) };
      if (chart.map) this.chart.map = read(chart.map);
      this.place = place;
      this.zoomed = null;
      this.clip = `clip-${(serial += 1)}`;
      this.domains = this.extent();
      if (chart.title) element("p", "panel-title", place).textContent = chart.title;
      this.svg = d3.select(place).append("svg").attr("class", "plot").attr("tabindex", 0).attr("role", "application")
        .attr("aria-roledescription", "figure").attr("aria-label", `${[figure.model.title, chart.title].filter(Boolean).join(", ")}: ${titleOf(chart.y)} against ${titleOf(chart.x)}. Arrow keys read values, plus and minus zoom, 0 shows all.`);
      this.tip = element("div", "tip", place);
      this.tip.hidden = true;
      this.listen();
    }

    // The ends of both axes, and in which directions there are lanes for numbers that no axis has.
    extent() {
      const { chart } = this;
      const all = { x: [], y: [] };
      const take = (xs, ys) => (xs.forEach((x) => all.x.push(x)), ys.forEach((y) => all.y.push(y)));
      for (const mark of chart.series.flatMap((series) => series.marks)) {
        const { x, y } = positions(mark);
        take(x, y);
      }
      for (const { guide } of chart.references) {
        if ("horizontal" in guide) take([], [guide.horizontal]);
        if ("vertical" in guide) take([guide.vertical], []);
      }
      chart.spots.forEach((spot) => take([spot.x], [spot.y]));
      const domain = (axis, numbers, grid) => (grid && !axis.range && !axis.names ? d3.extent(grid) : domainOf(axis, numbers));
      const beyond = (axis, numbers) => ({
        above: numbers.includes(Infinity),
        below: numbers.includes(-Infinity) || (axis.scale === "log" && numbers.some((value) => value <= 0)),
      });
      this.lanes = { x: beyond(chart.x, all.x), y: beyond(chart.y, all.y) };
      return { x: domain(chart.x, all.x, chart.map?.x), y: domain(chart.y, all.y, chart.map?.y) };
    }

    layout() {
      const { chart } = this;
      const width = Math.max(this.place.clientWidth, 200);
      const axisWidth = (labels) => Math.max(0, ...labels.map((label) => widthOf(label, FONT)));
      const names = chart.y.names;
      const shape = Math.min(Math.max(this.figure.model.height / this.figure.model.width, 0.4), 0.75);
      const height = names ? names.length * 30 + 70 : Math.min(Math.max(width * shape, 240), 470);
      const scale = (axis) => (axis.scale === "log" && !axis.names ? d3.scaleLog() : d3.scaleLinear());
      const domains = this.zoomed ?? this.domains;
      this.yScale = scale(chart.y).domain(domains.y);
      const labels = ticksOf(chart.y, this.yScale, 6).map((tick) => show(chart.y, tick));
      const left = Math.min(axisWidth(labels), width * (names ? 0.45 : 0.32)) + 14;
      this.area = { left, right: width - 14, top: 26, bottom: height - 44, width, height };
      const { right, top, bottom } = this.area;
      const lanes = this.zoomed ? { x: {}, y: {} } : this.lanes;
      const room = (has) => (has ? LANE : 0);
      this.xScale = scale(chart.x).domain(domains.x).range([left + room(lanes.x.below), right - room(lanes.x.above)]);
      const upward = [bottom - room(lanes.y.below), top + room(lanes.y.above)];
      this.yScale.range(names ? [...upward].reverse() : upward);
      const place = (axis, lane, scaled, [low, high]) => (value) => {
        if (value === Infinity) return lane.above ? high : scaled.range()[1];
        if (value === -Infinity || (axis.scale === "log" && value <= 0)) return lane.below ? low : scaled.range()[0];
        return scaled(value);
      };
      this.x = place(chart.x, lanes.x, this.xScale, [left + LANE / 2, right - LANE / 2]);
      this.y = place(chart.y, lanes.y, this.yScale, [bottom - LANE / 2, top + LANE / 2]);
      this.shownLanes = lanes;
    }

    draw() {
      this.layout();
      const { svg, area, chart } = this;
      svg.attr("viewBox", `0 0 ${area.width} ${area.height}`).attr("height", area.height).selectAll("*").remove();
      const box = (to) => to.attr("x", area.left).attr("y", area.top).attr("width", area.right - area.left).attr("height", area.bottom - area.top);
      box(svg.append("clipPath").attr("id", this.clip).append("rect"));
      this.axes();
      const inside = svg.append("g").attr("clip-path", `url(#${this.clip})`);
      if (chart.map) heat(inside.append("g"), chart.map, this, [area.left, area.top, area.right - area.left, area.bottom - area.top]);
      box(svg.append("rect").attr("class", "frame-line"));
      this.references(inside);
      const shown = chart.series.filter((series) => !this.figure.hidden.has(series.name));
      const lines = shown.filter((series) => series.marks.some((mark) => mark.mark === "line" && mark.x.length > 20));
      const at = { x: this.x, y: this.y, bottom: area.bottom, crowded: lines.length >= CROWD };
      // Bands first, so that no line is below the band of another.
      for (const bands of [true, false]) {
        for (const series of shown) {
          const g = inside.append("g").attr("class", "series").attr("data-series", series.name);
          series.marks.filter((mark) => (mark.mark === "band") === bands).forEach((mark) => draw[mark.mark](g, mark, styleOf(series.style), at));
        }
      }
      chart.spots.filter((spot) => !this.figure.hidden.has(spot.name)).forEach((spot) => {
        symbol(inside, SPOT, [this.x(spot.x), this.y(spot.y)], 110);
      });
      this.marker = svg.append("g").attr("pointer-events", "none");
      box(svg.append("rect").attr("class", "overlay").attr("fill", "none").attr("pointer-events", "all"));
      this.selection = svg.append("rect").attr("class", "selection").attr("visibility", "hidden").attr("pointer-events", "none");
    }

    axes() {
      const { svg, chart, area, shownLanes: lanes } = this;
      const room = area.right - area.left;
      const label = (axis, width) => (tick) => fit(show(axis, tick), width, FONT);
      const crowded = chart.x.names && d3.max(chart.x.names, (name) => widthOf(name, FONT)) * chart.x.names.length > room * 0.9;
      // A tick beside a lane would stand in the label of the lane.
      const clear = (scaled, lane, space) => {
        const [from, to] = scaled.range();
        return (tick) => !(lane.above && Math.abs(scaled(tick) - to) < space) && !(lane.below && Math.abs(scaled(tick) - from) < space);
      };
      const [xTicks, yTicks] = [
        ticksOf(chart.x, this.xScale, Math.max(2, Math.floor(room / 75))).filter(clear(this.xScale, lanes.x, 22)),
        ticksOf(chart.y, this.yScale, Math.max(3, Math.floor((area.bottom - area.top) / 42))).filter(clear(this.yScale, lanes.y, 5)),
      ];
      const across = d3.axisBottom(this.xScale).tickValues(xTicks)
        .tickFormat(label(chart.x, chart.x.names ? room / chart.x.names.length : 200)).tickSize(-(area.bottom - area.top)).tickPadding(7);
      const upward = d3.axisLeft(this.yScale).tickValues(yTicks)
        .tickFormat(label(chart.y, area.left - 12)).tickSize(-room).tickPadding(7);
      const [bottom, left] = [[`0,${area.bottom}`, across], [`${area.left},0`, upward]].map(([at, axis]) =>
        svg.append("g").attr("class", "axis").attr("transform", `translate(${at})`).attr("font-size", 12).attr("font-family", "inherit").call(axis));
      bottom.attr("font-family", null);
      left.attr("font-family", null);
      if (crowded) bottom.selectAll("text").attr("font-size", 10);
      const text = (value, x, y, anchor) => svg.append("text").attr("x", x).attr("y", y).attr("text-anchor", anchor).text(value);
      text(fit(titleOf(chart.y), area.width - 20, FONT), 2, 14, "start").attr("class", "axis-title");
      const under = fit(titleOf(chart.x), area.width - 20, FONT);
      const half = widthOf(under, FONT) / 2;
      const middle = Math.max(half, Math.min((area.left + area.right) / 2, area.width - half - 4));
      text(under, middle, area.height - 6, "middle").attr("class", "axis-title");
      const lane = (x1, x2, y1, y2) => svg.append("line").attr("class", "lane").attr("x1", x1).attr("x2", x2).attr("y1", y1).attr("y2", y2);
      const beside = (value, y) => text(value, area.left - 7, y + 4, "end").attr("class", "lane-text");
      const below = (value, x) => text(value, x, area.bottom + 17, "middle").attr("class", "lane-text");
      const least = (axis) => (axis.scale === "log" ? "≤ 0" : "−∞");
      if (lanes.y.above) lane(area.left, area.right, area.top + LANE, area.top + LANE), beside("∞", area.top + LANE / 2);
      if (lanes.y.below) lane(area.left, area.right, area.bottom - LANE, area.bottom - LANE), beside(least(chart.y), area.bottom - LANE / 2);
      if (lanes.x.above) lane(area.right - LANE, area.right - LANE, area.top, area.bottom), below("∞", area.right - LANE / 2);
      if (lanes.x.below) lane(area.left + LANE, area.left + LANE, area.top, area.bottom), below(least(chart.x), area.left + LANE / 2);
    }

    references(inside) {
      const { area } = this;
      for (const { name, guide } of this.chart.references) {
        if (this.figure.hidden.has(name)) continue;
        const path = inside.append("path").attr("class", "reference").attr("data-series", name).attr("stroke-dasharray", this.figure.guide(name));
        if ("horizontal" in guide) path.attr("d", `M${area.left},${this.y(guide.horizontal)}H${area.right}`);
        else if ("vertical" in guide) path.attr("d", `M${this.x(guide.vertical)},${area.top}V${area.bottom}`);
        else {
          const [xs, ys] = [guide.curve.x.map(number), guide.curve.y.map(number)];
          const line = d3.line().defined((i) => Number.isFinite(ys[i])).x((i) => this.x(xs[i])).y((i) => this.y(ys[i]));
          path.attr("d", line(d3.range(xs.length)));
        }
      }
    }

    // Everything that has a value, by series: where it is drawn, and what is said about it.
    spots() {
      const { chart } = this;
      const spots = [];
      for (const series of chart.series) {
        if (this.figure.hidden.has(series.name)) continue;
        const bands = series.marks.filter((mark) => mark.mark === "band");
        for (const mark of series.marks) {
          const add = (x, y, said) => Number.isNaN(x) || Number.isNaN(y) || spots.push({ series, x, y, px: this.x(x), py: this.y(y), said });
          if (mark.mark === "box") {
            const [least, low, middle, high, most] = mark.quantiles.map(human);
            const said = [["median", middle], ["quartiles", `${low} – ${high}`], ["whiskers", `${least} – ${most}`], ["runs", human(mark.values.length)]];
            add(mark.quantiles[2], mark.at, said);
            mark.values.forEach((value) => add(value, mark.at, said));
          } else if (mark.mark !== "band" && mark.mark !== "rug") {
            mark.x.forEach((x, i) => {
              const band = bands.find((other) => other.x[i] === x);
              const range = band ? ` [${human(band.low[i])}–${human(band.high[i])}]` : "";
              add(x, mark.y[i], `${show(chart.y, mark.y[i])}${range}`);
            });
          }
        }
      }
      return spots.filter(({ px, py }) => px >= this.area.left - 1 && px <= this.area.right + 1 && py >= this.area.top - 1 && py <= this.area.bottom + 1);
    }

    // Charts of lines are read at one position for all series; others at the nearest mark.
    read(px, py) {
      const { chart } = this;
      const spots = this.spots();
      const title = (x) => `${titleOf(chart.x)}: ${show(chart.x, x)}`;
      const lines = chart.series.some((series) => series.marks.some((mark) => mark.mark === "line"));
      if (lines && spots.length) {
        const nearest = d3.least(spots, (spot) => Math.abs(spot.px - px));
        const perSeries = d3.groups(spots, (spot) => spot.series.name).map(([, own]) => {
          const exact = own.filter((spot) => spot.x === nearest.x);
          return d3.least(exact.length ? exact : own, (spot) => Math.hypot(spot.px - nearest.px, (spot.py - py) * 1e-3));
        });
        const near = perSeries.filter((spot) => Math.abs(spot.px - nearest.px) < 12).sort((a, b) => a.py - b.py);
        return { title: title(nearest.x), px: nearest.px, spots: near, rows: near.map((spot) => [spot.series, spot.said]), line: true };
      }
      const spot = d3.least(spots, ({ px: x, py: y }) => Math.hypot(x - px, y - py));
      if (spot && Math.hypot(spot.px - px, spot.py - py) < (chart.map ? 14 : 40)) {
        const both = [[titleOf(chart.x), show(chart.x, spot.x)], [titleOf(chart.y), show(chart.y, spot.y)]];
        const rows = (Array.isArray(spot.said) ? spot.said : both).filter(([what]) => what);
        const who = [chart.y.names && show(chart.y, spot.y), spot.series.name].filter(Boolean).join(", ");
        return { title: who || title(spot.x), px: spot.px, spots: [spot], rows };
      }
      if (!chart.map) return null;
      const [x, y] = [this.xScale.invert(px), this.yScale.invert(py)];
      const rows = [[titleOf(chart.x), show(chart.x, x)], [titleOf(chart.map.axis), human(valueAt(chart.map, x, y))]];
      if (titleOf(chart.y)) rows.splice(1, 0, [titleOf(chart.y), show(chart.y, y)]);
      return { title: titleOf(chart.y) ? titleOf(chart.map.axis) : show(chart.y, y), px, spots: [], rows };
    }

    point(px, py, aloud = false) {
      const found = this.read(px, py);
      this.marker.selectAll("*").remove();
      this.tip.hidden = !found;
      if (!found) return;
      this.at = found.px;
      if (found.line) this.marker.append("line").attr("class", "crosshair").attr("x1", found.px).attr("x2", found.px).attr("y1", this.area.top).attr("y2", this.area.bottom);
      found.spots.forEach((spot) => symbol(this.marker, styleOf(spot.series.style), [spot.px, spot.py], 60));
      this.tip.replaceChildren();
      element("b", "", this.tip).textContent = found.title;
      for (const [what, value] of found.rows) {
        const row = element("div", "", this.tip);
        if (typeof what === "object") row.append(this.figure.swatch(what.style));
        element("span", "", row).textContent = typeof what === "object" ? what.name : what;
        element("span", "value", row).textContent = value;
      }
      const ratio = this.place.clientWidth / this.area.width;
      const wide = this.tip.offsetWidth;
      const at = found.px * ratio;
      const left = at + 14 + wide > this.place.clientWidth ? at - 14 - wide : at + 14;
      this.tip.style.left = `${Math.max(0, Math.min(left, this.place.clientWidth - wide))}px`;
      const above = this.svg.node().getBoundingClientRect().top - this.place.getBoundingClientRect().top;
      this.tip.style.top = `${above + Math.max(0, Math.min(py * ratio + 12, this.area.bottom * ratio - this.tip.offsetHeight))}px`;
      if (aloud) document.getElementById("spoken").textContent = this.tip.innerText.replace(/\s+/g, " ");
    }

    rest() {
      this.tip.hidden = true;
      this.marker?.selectAll("*").remove();
    }

    zoom(domains) {
      this.zoomed = domains;
      this.rest();
      this.draw();
      this.figure.zoomChanged();
    }

    // Nearer by a factor, about the middle.
    nearer(factor) {
      const inner = (scale) => {
        const [from, to] = scale.range();
        const [middle, half] = [(from + to) / 2, ((to - from) / 2) * factor];
        return [scale.invert(middle - half), scale.invert(middle + half)];
      };
      this.zoom({ x: this.chart.x.names ? this.domains.x : inner(this.xScale), y: this.chart.y.names ? this.domains.y : inner(this.yScale) });
    }

    listen() {
      const node = this.svg.node();
      const at = (event) => d3.pointer(event, node);
      const inside = ([x, y]) => x >= this.area.left && x <= this.area.right && y >= this.area.top && y <= this.area.bottom;
      let from = null;
      this.svg.on("pointermove", (event) => {
        const [x, y] = at(event);
        if (!from) return inside([x, y]) ? this.point(x, y) : this.rest();
        const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
        this.dragged = [clamp(x, this.area.left, this.area.right), clamp(y, this.area.top, this.area.bottom)];
        const [[x1, x2], [y1, y2]] = [0, 1].map((i) => d3.extent([from[i], this.dragged[i]]));
        this.rest();
        this.selection.attr("visibility", "visible").attr("x", x1).attr("y", y1).attr("width", x2 - x1).attr("height", y2 - y1);
        return undefined;
      });
      this.svg.on("pointerleave", () => from || this.rest());
      // Fingers scroll the page; a mouse draws the rectangle that is wanted.
      this.svg.on("pointerdown", (event) => {
        if (event.pointerType === "touch" || event.button !== 0 || !inside(at(event))) return;
        from = at(event);
        this.dragged = null;
        node.setPointerCapture(event.pointerId);
      });
      this.svg.on("pointerup pointercancel", (event) => {
        const [begin, end] = [from, this.dragged];
        from = null;
        this.selection.attr("visibility", "hidden");
        if (event.type === "pointercancel" || !begin || !end || Math.hypot(end[0] - begin[0], end[1] - begin[1]) < 8) return;
        const span = (scale, axis, i, all) => {
          const ends = d3.extent([begin[i], end[i]]).map((px) => scale.invert(px));
          return axis.names || Math.abs(end[i] - begin[i]) < 8 ? all : ends.sort((a, b) => a - b);
        };
        const now = this.zoomed ?? this.domains;
        this.zoom({ x: span(this.xScale, this.chart.x, 0, now.x), y: span(this.yScale, this.chart.y, 1, now.y) });
      });
      this.svg.on("dblclick", () => this.zoom(null));
      this.svg.on("keydown", (event) => this.key(event));
      this.svg.on("blur", () => this.rest());
    }

    key(event) {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
      if (step !== undefined) {
        const stops = [...new Set(this.spots().map((spot) => Math.round(spot.px * 2) / 2))].sort((a, b) => a - b);
        const now = this.tip.hidden ? (step < 0 ? stops.length : -1) : d3.bisectCenter(stops, this.at);
        const px = stops[Math.min(Math.max(now + step, 0), stops.length - 1)];
        const own = d3.least(this.spots(), (spot) => Math.abs(spot.px - px));
        if (own) this.point(own.px, own.py, true);
      } else if (event.key === "+") this.nearer(0.6);
      else if (event.key === "-") this.nearer(1 / 0.6);
      else if (event.key === "0") this.zoom(null);
      else if (event.key === "Escape") this.rest();
      else return;
      event.preventDefault();
    }
  }

  class Live {
    constructor(picture, model) {
      this.model = model;
      this.hidden = new Set();
      picture.classList.add("live");
      const panels = element("div", "panels", picture);
      panels.style.setProperty("--columns", model.picture.columns);
      this.plots = model.picture.charts.map((chart) => new Plot(element("div", "panel", panels), chart, this));
      this.tools(picture);
      new ResizeObserver(() => this.plots.forEach((plot) => plot.place.clientWidth && (plot.rest(), plot.draw()))).observe(panels);
      this.plots.forEach((plot) => plot.draw());
    }

    // The dashes of a reference line.
    guide(name) {
      const names = [...new Set(this.model.picture.charts.flatMap((chart) => chart.references).map((reference) => reference.name))];
      return GUIDES[names.indexOf(name) % GUIDES.length];
    }

    // A short piece of a series, as the legend shows it.
    swatch(index, guide = null, line = true) {
      const svg = d3.create("svg").attr("width", 24).attr("height", 12).attr("aria-hidden", "true");
      if (guide) svg.append("path").attr("class", "reference").attr("stroke-dasharray", guide).attr("d", "M0,6H24");
      else {
        if (line) stroke(svg.append("path").attr("d", "M0,6H24"), styleOf(index));
        symbol(svg, styleOf(index), [12, 6], 34);
      }
      return svg.node();
    }

    tools(picture) {
      const tools = element("div", "tools", picture);
      const legend = element("div", "series", tools);
      legend.setAttribute("role", "group");
      legend.setAttribute("aria-label", "Show or hide series");
      const charts = this.model.picture.charts;
      const names = new Map();
      charts.flatMap((chart) => chart.series).forEach((series) => series.name && !names.has(series.name) && names.set(series.name, this.swatch(series.style, null, series.marks.some((mark) => mark.mark !== "points"))));
      charts.flatMap((chart) => chart.references).forEach(({ name }) => name && !names.has(name) && names.set(name, this.swatch(0, this.guide(name))));
      for (const [name, swatch] of names) {
        const button = element("button", "", legend);
        button.type = "button";
        button.append(swatch, name);
        button.title = "Click: hide or show. Double click: only this one.";
        button.setAttribute("aria-pressed", "true");
        button.dataset.toggles = name;
        button.addEventListener("click", () => this.toggle(name));
        button.addEventListener("dblclick", () => this.only(name, [...names.keys()]));
      }
      for (const { map } of this.plots.map((plot) => plot.chart).filter((chart) => chart.map)) {
        const bar = element("div", "bar-of-colors", legend);
        const canvas = element("canvas", "", bar);
        const shades = shadesOf(map);
        [canvas.width, canvas.height] = [shades.length, 1];
        const context = canvas.getContext("2d");
        shades.forEach((color, i) => ((context.fillStyle = color), context.fillRect(i, 0, 1, 1)));
        const ends = endsOf(map);
        if (ends[0] !== undefined) canvas.before(human(ends[0])), canvas.after(human(ends[1]));
        element("span", "", bar).textContent = titleOf(map.axis);
      }
      const zoom = element("div", "zoom", picture);
      zoom.setAttribute("role", "group");
      zoom.setAttribute("aria-label", "Zoom");
      const offer = (text, label, what) => {
        const button = element("button", "", zoom);
        button.type = "button";
        button.textContent = text;
        button.title = label;
        button.setAttribute("aria-label", label);
        button.addEventListener("click", () => this.plots.forEach(what));
        return button;
      };
      offer("+", "Zoom in; or draw a rectangle in the figure", (plot) => plot.nearer(0.6));
      offer("−", "Zoom out", (plot) => plot.nearer(1 / 0.6));
      this.reset = offer("Reset", "Show everything", (plot) => plot.zoom(null));
      this.zoomChanged();
    }

    zoomChanged() {
      if (this.reset) this.reset.disabled = this.plots.every((plot) => !plot.zoomed);
    }

    toggle(name) {
      if (!this.hidden.delete(name)) this.hidden.add(name);
      this.redraw();
    }

    only(name, names) {
      const alone = names.every((other) => this.hidden.has(other) === (other !== name));
      this.hidden = new Set(alone ? [] : names.filter((other) => other !== name));
      this.redraw();
    }

    redraw() {
      const buttons = this.plots[0].place.closest(".picture").querySelectorAll("[data-toggles]");
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(!this.hidden.has(button.dataset.toggles))));
      this.plots.forEach((plot) => plot.draw());
    }
  }

  // Draws figures that have axes; others stay as they are.
  return (picture, model) => {
    if (model.picture.kind === "charts") new Live(picture, model);
  };
})();
