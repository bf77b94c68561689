// What is drawn between the axes of a figure.
"use strict";
const sgdlabMarks = (() => {
  // The colors, dashes and symbols of series are those of the static pictures.
  const SHAPES = [d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle, d3.symbolDiamond];
  const SYMBOLS = [...SHAPES.map((shape) => [shape, true]), ...SHAPES.map((shape) => [shape, false])];
  const { styles: STYLES, shades: SHADES } = JSON.parse(document.getElementById("exhibits").textContent);
  const styleOf = (index) => {
    const { color, dash, symbol } = STYLES[index % STYLES.length];
    return { turn: index % 9, color, dash, symbol: SYMBOLS[symbol] };
  };
  const GUIDES = ["5 4", "2 3", "10 3 2 3"];
  const CROWD = 5;
  const SPOT = { color: "var(--ink)", symbol: [d3.symbolStar, true] };

  const symbol = (parent, style, at, size = 30) => {
    const [shape, filled] = style.symbol;
    return parent.append("path")
      .attr("d", d3.symbol(shape, size)())
      .attr("transform", `translate(${at})`)
      .attr("fill", filled ? style.color : "none")
      .attr("stroke", filled ? "var(--card)" : style.color)
      .attr("stroke-width", filled ? 0.75 : 1.75);
  };

  const stroke = (path, style) =>
    path.attr("fill", "none").attr("stroke", style.color).attr("stroke-width", 2).attr("stroke-linejoin", "round")
      .attr("stroke-dasharray", style.dash || null);

  // Every mark is drawn into `g` with the positions `x` and `y` in pixels.
  const draw = {
    line(g, { x: xs, y: ys, steps }, style, { x, y, crowded }) {
      const line = d3.line().defined((i) => !Number.isNaN(ys[i])).x((i) => x(xs[i])).y((i) => y(ys[i]));
      if (steps) line.curve(d3.curveStepAfter);
      stroke(g.append("path").attr("class", "line").attr("d", line(d3.range(xs.length))), style);
      if (!crowded) return;
      // Dashes alone do not tell many lines apart; symbols stand at other places on every line.
      let next = Math.min(...xs.map(x)) + 20 + style.turn * 11;
      xs.forEach((value, i) => {
        if (x(value) < next || !Number.isFinite(ys[i])) return;
        symbol(g, style, [x(value), y(ys[i])]);
        next = x(value) + 110;
      });
    },
    band(g, { x: xs, low, high }, style, { x, y }) {
      const area = d3.area().defined((i) => !Number.isNaN(low[i]) && !Number.isNaN(high[i]));
      area.x((i) => x(xs[i])).y0((i) => y(low[i])).y1((i) => y(high[i]));
      g.append("path").attr("class", "band").attr("d", area(d3.range(xs.length))).attr("fill", style.color).attr("fill-opacity", 0.14);
    },
    points(g, { x: xs, y: ys }, style, { x, y }) {
      xs.forEach((value, i) => Number.isNaN(value) || Number.isNaN(ys[i]) || symbol(g, style, [x(value), y(ys[i])]));
    },
    path(g, { x: xs, y: ys }, style, { x, y }) {
      const line = d3.line().defined((i) => Number.isFinite(xs[i]) && Number.isFinite(ys[i])).x((i) => x(xs[i])).y((i) => y(ys[i]));
      const points = d3.range(xs.length);
      // A light line below keeps the trajectory visible on every color of a map.
      g.append("path").attr("d", line(points)).attr("fill", "none").attr("stroke", "#ffffff").attr("stroke-width", 4).attr("stroke-opacity", 0.7);
      stroke(g.append("path").attr("class", "line").attr("d", line(points)), style);
      if (!points.length) return;
      const last = points.length - 1;
      g.append("circle").attr("cx", x(xs[0])).attr("cy", y(ys[0])).attr("r", 4.5).attr("fill", "#ffffff").attr("stroke", style.color).attr("stroke-width", 2);
      g.append("circle").attr("cx", x(xs[last])).attr("cy", y(ys[last])).attr("r", 4.5).attr("fill", style.color).attr("stroke", "#ffffff");
    },
    box(g, { at, quantiles, values }, style, { x, y }) {
      const [least, low, middle, high, most] = quantiles.map(x);
      const center = y(at);
      const half = Math.max(4, Math.min(11, Math.abs(y(at + 0.3) - center)));
      const rule = (x1, x2, y1, y2, width) =>
        g.append("line").attr("x1", x1).attr("x2", x2).attr("y1", y1).attr("y2", y2).attr("stroke", style.color).attr("stroke-width", width);
      rule(least, low, center, center, 1.5);
      rule(high, most, center, center, 1.5);
      rule(least, least, center - half / 2, center + half / 2, 1.5);
      rule(most, most, center - half / 2, center + half / 2, 1.5);
      g.append("rect").attr("x", Math.min(low, high)).attr("width", Math.max(1, Math.abs(high - low))).attr("y", center - half).attr("height", 2 * half)
        .attr("fill", style.color).attr("fill-opacity", 0.18).attr("stroke", style.color).attr("stroke-width", 1.5);
      rule(middle, middle, center - half, center + half, 3);
      values.forEach((value, i) => {
        if (Number.isNaN(value)) return;
        // Spread by the golden ratio, so that equal numbers are seen apart.
        const shift = (((i + 1) * 0.618034) % 1 - 0.5) * half * 1.3;
        g.append("circle").attr("cx", x(value)).attr("cy", center + shift).attr("r", 2.6).attr("fill", style.color).attr("stroke", "var(--card)").attr("stroke-width", 0.75);
      });
    },
    rug(g, { x: xs }, style, { x, bottom }) {
      const d = xs.filter(Number.isFinite).map((value) => `M${x(value)},${bottom}v-8`).join("");
      g.append("path").attr("d", d).attr("stroke", style.color).attr("stroke-opacity", 0.6);
    },
  };

  // What is drawn at a time, for its extent and for values under the pointer.
  const positions = (mark) => {
    switch (mark.mark) {
      case "band": return { x: mark.x, y: [...mark.low, ...mark.high] };
      case "box": return { x: [...mark.quantiles, ...mark.values], y: [mark.at] };
      case "rug": return { x: mark.x, y: [] };
      default: return { x: mark.x, y: mark.y };
    }
  };

  // The index of the grid position that is nearest, and how far one is toward the next.
  const place = (grid, value) => {
    const i = Math.min(Math.max(d3.bisectRight(grid, value) - 1, 0), Math.max(grid.length - 2, 0));
    const span = (grid[i + 1] ?? grid[i]) - grid[i];
    return [i, span ? Math.min(Math.max((value - grid[i]) / span, 0), 1) : 0];
  };

  const valueAt = ({ x, y, z, smooth }, px, py) => {
    const [i, u] = place(x, px);
    const [j, v] = place(y, py);
    const at = (a, b) => z[Math.min(b, y.length - 1) * x.length + Math.min(a, x.length - 1)];
    if (!smooth) return at(u < 0.5 ? i : i + 1, v < 0.5 ? j : j + 1);
    return (at(i, j) * (1 - u) + at(i + 1, j) * u) * (1 - v) + (at(i, j + 1) * (1 - u) + at(i + 1, j + 1) * u) * v;
  };

  // The least and the greatest number of a map that has a color of its own.
  const endsOf = (map) =>
    map.axis.range ?? d3.extent(map.z.filter((value) => Number.isFinite(value) && (map.axis.scale !== "log" || value > 0)));

  const shade = (map) => {
    const log = map.axis.scale === "log";
    const turn = (value) => (log ? Math.log10(value) : value);
    const [low, high] = endsOf(map).map(turn);
    return (value) => (high > low ? Math.min(Math.max((turn(value) - low) / (high - low), 0), 1) : 0.5);
  };

  const shadesOf = (map) => SHADES[map.colors];

  const heat = (g, map, scales, [left, top, width, height]) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(width), Math.round(height)];
    const context = canvas.getContext("2d");
    const share = shade(map);
    const colors = shadesOf(map).map((color) => d3.rgb(color));
    const none = d3.rgb("#999999");
    const pixels = context.createImageData(canvas.width, canvas.height);
    const xs = d3.range(canvas.width).map((i) => scales.xScale.invert(left + i + 0.5));
    for (let j = 0; j < canvas.height; j += 1) {
      const y = scales.yScale.invert(top + j + 0.5);
      xs.forEach((x, i) => {
        const value = valueAt(map, x, y);
        const shown = Number.isNaN(value) ? none : colors[Math.round(share(value) * (colors.length - 1))];
        pixels.data.set([shown.r, shown.g, shown.b, 255], (j * canvas.width + i) * 4);
      });
    }
    context.putImageData(pixels, 0, 0);
    g.append("image").attr("href", canvas.toDataURL()).attr("x", left).attr("y", top).attr("width", width).attr("height", height).attr("preserveAspectRatio", "none");
    if (!map.levels.length) return;
    const along = (grid, at) => {
      const i = Math.min(Math.max(Math.floor(at - 0.5), 0), grid.length - 2);
      return grid[i] + (grid[i + 1] - grid[i]) * Math.min(Math.max(at - 0.5 - i, 0), 1);
    };
    const project = d3.geoTransform({ point(x, y) { this.stream.point(scales.x(along(map.x, x)), scales.y(along(map.y, y))); } });
    const outline = d3.geoPath(project);
    for (const contour of d3.contours().size([map.x.length, map.y.length]).thresholds(map.levels)(map.z)) {
      g.append("path").attr("d", outline(contour)).attr("fill", "none").attr("stroke", "#ffffff").attr("stroke-opacity", 0.55).attr("stroke-width", 1);
    }
  };

  return { draw, positions, styleOf, symbol, SPOT, GUIDES, CROWD, stroke, endsOf, heat, valueAt, shadesOf };
})();
