// Draws where each track is at a step, and what its rule does there, on the drawings of the page. Without this script
// the page is whole, but still.
"use strict";
{
  const film = JSON.parse(document.getElementById("film").textContent);
  const number = (x) => (x === null ? NaN : Number(String(x).replace("inf", "Infinity")));
  const kinds = ["gradient", "velocity", "step"];
  const tracks = film.tracks.map((track) => ({
    ...track,
    x: track.x.map(number),
    y: track.y.map(number),
    value: track.value.map(number),
    arrows: track.arrows.map(({ way, length }) => ({ way: way.map(number), length: length.map(number) })),
    shown: true,
  }));
  const frames = [...new Set(tracks.flatMap((track) => track.steps))].sort((a, b) => a - b);
  const shownArrows = [true, true, true];
  // Of logged runs nobody knows what the rule kept.
  const known = [0, 1, 2].filter((kind) => tracks.some(({ arrows }) => arrows[kind].length.some((x) => !Number.isNaN(x))));

  // From numbers to pixels of a drawing.
  const ruler = ([from, to], [low, high], log) => (x) => {
    const place = log ? Math.log : (x) => x;
    return from + ((place(x) - place(low)) / (place(high) - place(low))) * (to - from);
  };
  const rulers = ({ across, up, x, y, log }) => [ruler(across, x, log[0]), ruler(up, y, log[1])];
  const [mapX, mapY] = rulers(film.map);
  const [lossX, lossY] = rulers(film.losses);

  const element = (parent, name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent.append(made);
    return made;
  };
  // A layer above a drawing that ends where its chart does.
  const layer = (id, { across, up }) => {
    const svg = document.querySelector(`#${id} svg`);
    const clip = element(svg, "clipPath", { id: `live-${id}` });
    const size = { width: across[1] - across[0] + 14, height: up[0] - up[1] + 14 };
    element(clip, "rect", { x: across[0] - 7, y: up[1] - 7, ...size });
    return element(svg, "g", { class: "live", "clip-path": `url(#live-${id})` });
  };
  const onMap = layer("map", film.map);
  const onLosses = layer("losses", film.losses);

  // Gradients and velocities span decades: their arrows are as long as their logarithms, over four decades at most.
  const span = [0, 1].map((kind) => {
    const lengths = tracks.flatMap((track) => track.arrows[kind].length).filter((x) => x > 0 && x < Infinity);
    const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
    const shortest = lengths.reduce((a, b) => Math.min(a, b), Infinity);
    return [Math.log(Math.max(shortest, longest / 1e4)), Math.log(longest)];
  });
  const logarithmic = (kind, length) => {
    const [low, high] = span[kind];
    const share = high > low ? (Math.log(length) - low) / (high - low) : 1;
    return 16 + 50 * Math.min(Math.max(share, 0), 1);
  };

  // The vector of an arrow in pixels, or null if there is none.
  const pixels = (track, kind, frame) => {
    const { way, length } = track.arrows[kind];
    const [dx, dy] = [way[2 * frame], way[2 * frame + 1]];
    const [x, y] = [track.x[frame], track.y[frame]];
    const vector = [mapX(x + dx) - mapX(x), dy === 0 ? 0 : mapY(y + dy) - mapY(y)];
    const drawn = Math.hypot(...vector);
    if (!(drawn > 0 && drawn < Infinity)) return null;
    const wanted = kind === 2 ? Math.max(drawn, 9) : logarithmic(kind, length[frame]);
    return vector.map((v) => (v * wanted) / drawn);
  };
  const drawArrow = (group, kind, [x, y], [dx, dy]) => {
    const size = Math.hypot(dx, dy);
    const [ux, uy] = [dx / size, dy / size];
    const head = 8;
    const end = [x + dx, y + dy];
    const neck = [end[0] - ux * head, end[1] - uy * head];
    const wing = (side) => `${neck[0] - side * uy * 4},${neck[1] + side * ux * 4}`;
    const line = { x1: x, y1: y, x2: neck[0], y2: neck[1] };
    element(group, "line", { class: "halo", ...line });
    element(group, "line", { class: `body ${kinds[kind]}`, ...line });
    const points = `${end} ${wing(1)} ${wing(-1)}`;
    element(group, "polygon", { class: `head ${kinds[kind]}-head`, points });
  };

  const slider = document.getElementById("step");
  const output = document.getElementById("now");
  const play = document.getElementById("play");
  slider.max = String(frames.length - 1);

  // The last frame of a track that is not after a step.
  const frameOf = (track, step) => {
    let [low, high] = [0, track.steps.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (track.steps[middle] <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  const three = (x) => {
    if (Number.isNaN(x)) return "–";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
    const size = Math.abs(x);
    const text = x !== 0 && (size < 1e-3 || size >= 1e5) ? x.toExponential(2) : String(Number(x.toPrecision(4)));
    return text.replaceAll("-", "−");
  };

  // The table of numbers at the step.
  const readout = document.getElementById("readout");
  const swatch = (style, arrow) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const width = arrow === undefined ? 16 : 26;
    for (const [key, value] of Object.entries({ class: "swatch live", width, height: 12, "aria-hidden": "true" })) svg.setAttribute(key, value);
    const group = element(svg, "g", style === null ? {} : { color: `var(--s${style % 8})` });
    if (arrow === undefined) element(group, "circle", { class: "dot", cx: 7, cy: 6, r: 5 });
    else drawArrow(group, arrow, [1, 6], [24, 0]);
    return svg;
  };
  const cell = (row, name, text) => {
    const made = document.createElement(name);
    made.append(text);
    row.append(made);
    return made;
  };
  const head = readout.createTHead().insertRow();
  for (const name of ["", "x", "y", "loss", ...known.map((kind) => film.arrows[kind])]) cell(head, "th", name).scope = "col";
  const body = readout.createTBody();
  const rows = tracks.map((track) => {
    const row = body.insertRow();
    const name = cell(row, "th", swatch(track.style));
    name.scope = "row";
    name.append(track.name);
    return Array.from({ length: 3 + known.length }, () => cell(row, "td", ""));
  });

  const show = () => {
    const step = frames[Number(slider.value)];
    output.textContent = `step ${step} of ${frames.at(-1)}`;
    slider.setAttribute("aria-valuetext", `step ${step}`);
    onMap.replaceChildren();
    onLosses.replaceChildren();
    const at = lossX(step);
    element(onLosses, "line", { class: "now", x1: at, x2: at, y1: film.losses.up[0], y2: film.losses.up[1] });
    tracks.forEach((track, i) => {
      const frame = frameOf(track, step);
      const lengths = known.map((kind) => track.arrows[kind].length[frame]);
      [track.x[frame], track.y[frame], track.value[frame], ...lengths].forEach((x, j) => {
        rows[i][j].textContent = three(x);
      });
      if (!track.shown) return;
      const look = { color: `var(--s${track.style % 8})`, "data-track": track.name };
      const group = element(onMap, "g", look);
      const here = [mapX(track.x[frame]), mapY(track.y[frame])];
      if (here.every(Number.isFinite)) {
        for (const kind of [0, 1, 2]) {
          const vector = shownArrows[kind] ? pixels(track, kind, frame) : null;
          if (vector) drawArrow(group, kind, here, vector);
        }
        element(group, "circle", { class: "dot", cx: here[0], cy: here[1], r: 5.5 });
      }
      const loss = [lossX(track.steps[frame]), lossY(track.value[frame])];
      if (loss.every(Number.isFinite)) element(onLosses, "circle", { class: "dot", cx: loss[0], cy: loss[1], r: 5, ...look });
    });
  };

  // Twelve seconds for all frames, or ten frames a second where there are few.
  let timer = null;
  const pace = Math.max(1, frames.length / 240);
  const stop = () => {
    cancelAnimationFrame(timer);
    timer = null;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
  };
  const go = (frame) => {
    slider.value = String(Math.min(Math.max(Math.round(frame), 0), frames.length - 1));
    show();
  };
  const start = () => {
    if (Number(slider.value) >= frames.length - 1) go(0);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    const interval = frames.length > 120 ? 50 : 100;
    let [last, place] = [performance.now(), Number(slider.value)];
    const tick = (time) => {
      if (time - last >= interval) {
        place += pace * Math.floor((time - last) / interval);
        last = time;
        go(place);
      }
      if (Number(slider.value) >= frames.length - 1) stop();
      else timer = requestAnimationFrame(tick);
    };
    timer = requestAnimationFrame(tick);
  };
  const by = (frames) => () => {
    stop();
    go(Number(slider.value) + frames);
  };
  play.addEventListener("click", () => (timer === null ? start() : stop()));
  document.getElementById("back").addEventListener("click", by(-1));
  document.getElementById("on").addEventListener("click", by(1));
  slider.addEventListener("input", () => {
    stop();
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target !== document.body && event.target.id !== "content") return;
    const actions = { " ": () => play.click(), ArrowLeft: by(-1), ArrowRight: by(1) };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });

  // Switches of tracks and arrows.
  const offer = (id, label, sample, change) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(sample, label);
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(pressed));
      change(pressed);
      show();
    });
    document.getElementById(id).append(button);
  };
  for (const track of tracks) {
    offer("tracks", track.name, swatch(track.style), (shown) => {
      track.shown = shown;
      for (const drawn of document.querySelectorAll(".screen [data-series]")) {
        const own = drawn.dataset.series === track.name || drawn.dataset.series === `${track.name}, on the plane`;
        if (own) drawn.style.display = shown ? "" : "none";
      }
    });
  }
  known.forEach((kind) => {
    offer("arrows", film.arrows[kind], swatch(null, kind), (shown) => {
      shownArrows[kind] = shown;
    });
  });
  for (const part of document.querySelectorAll(".controls")) part.hidden = false;
  show();
}
