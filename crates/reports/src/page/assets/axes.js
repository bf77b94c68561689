// Numbers, scales and axes of figures. They read like those of the static pictures.
"use strict";
const sgdlabAxes = (() => {
  const raised = (n) => String(n).replace(/[-0-9]/g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));

  // Three significant digits, as the tables have them.
  const human = (x) => {
    if (Number.isNaN(x)) return "–";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
    const size = Math.abs(x);
    const sign = x < 0 ? "−" : "";
    const [digits, exponent] = size.toExponential(2).split("e");
    const power = Number(exponent);
    if (x !== 0 && (power < -4 || power >= 7)) {
      const factor = Number(digits) === 1 ? "" : `${Number(digits)} × `;
      return `${sign}${factor}10${raised(power)}`;
    }
    if (power >= 3) {
      const whole = String(Math.round(size));
      return sign + (whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, "\u202f"));
    }
    return `${sign}${Number(size.toPrecision(3))}`;
  };

  // JSON has no infinite numbers and no NaN.
  const number = (x) => (x === null ? NaN : typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x);
  const titleOf = (axis) => (axis.unit ? `${axis.label} (${axis.unit})` : axis.label);
  const show = (axis, x) => (axis.names ? (axis.names[Math.round(x)] ?? human(x)) : human(x));

  // Where an axis begins and ends, for the numbers that are drawn on it.
  const domainOf = (axis, numbers) => {
    if (axis.names) return [-0.6, axis.names.length - 0.4];
    if (axis.range) return axis.range;
    const log = axis.scale === "log";
    let [low, high] = d3.extent(numbers.filter((x) => Number.isFinite(x) && (!log || x > 0)));
    if (low === undefined) return log ? [1, 10] : [0, 1];
    if (log) {
      if (high / low < 1.05) return [low / 2, high * 2];
      const room = Math.pow(high / low, 0.03);
      return [low / room, high * room];
    }
    if (high === low) return [low - (Math.abs(low) || 1) * 0.5, high + (Math.abs(high) || 1) * 0.5];
    const room = (high - low) * 0.03;
    return [low >= 0 && low < room ? low - room * 0.5 : low - room, high + room];
  };

  const ticksOf = (axis, scale, count) => {
    const [low, high] = scale.domain();
    if (axis.names) return d3.range(axis.names.length).filter((i) => i >= Math.min(low, high) && i <= Math.max(low, high));
    if (axis.scale !== "log") return scale.ticks(count);
    const decades = Math.log10(high / low);
    if (decades < 1) return d3.ticks(low, high, Math.min(count, 6));
    const inside = (x) => x >= low && x <= high;
    const first = Math.floor(Math.log10(low));
    const powers = d3.range(first, Math.ceil(Math.log10(high)) + 1).map((n) => Number(`1e${n}`));
    for (const steps of [[1, 2, 5], [1, 3]]) {
      const ticks = powers.flatMap((power) => steps.map((k) => Number((k * power).toPrecision(12)))).filter(inside);
      if (ticks.length <= count * 1.2) return ticks;
    }
    const every = Math.max(1, Math.ceil(powers.filter(inside).length / count));
    return powers.filter((power, i) => inside(power) && (first + i) % every === 0);
  };

  const widthOf = (() => {
    const context = document.createElement("canvas").getContext("2d");
    return (text, font) => {
      context.font = font;
      return context.measureText(text).width;
    };
  })();

  // The beginning of a text that fits.
  const fit = (text, width, font) => {
    if (widthOf(text, font) <= width) return text;
    let short = [...text];
    while (short.length > 1 && widthOf(`${short.join("")}…`, font) > width) short = short.slice(0, -1);
    return `${short.join("")}…`;
  };

  return { human, number, titleOf, show, domainOf, ticksOf, widthOf, fit };
})();
