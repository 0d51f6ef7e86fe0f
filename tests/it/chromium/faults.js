// What is wrong with the page on a screen of the width arguments[0], in words.

const faults = [];
const [width] = arguments;

const name = (element) => {
  const words = (element.innerText || element.value || "").trim().slice(0, 40);
  return `<${element.localName} class="${element.className}"> ${words}`;
};

const numbers = (colour) => {
  const parts = colour.match(/[\d.]+/g).map(Number);
  const scale = colour.startsWith("color(") ? 255 : 1;
  return [parts[0] * scale, parts[1] * scale, parts[2] * scale, parts[3] ?? 1];
};

// WCAG 2.2, "relative luminance".
const luminance = (colour) => {
  const [red, green, blue] = colour.slice(0, 3).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = numbers(getComputedStyle(at).backgroundColor);
    if (colour[3] > 0) return colour;
  }
  return [255, 255, 255, 1];
};

// Nothing is cut off or scrolls sideways.
const root = document.documentElement;
if (root.clientWidth !== width) faults.push(`laid out ${root.clientWidth} wide`);
if (document.scrollingElement.scrollWidth > width) {
  const beyond = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > width + 0.5,
  );
  faults.push(`${document.scrollingElement.scrollWidth} wide: ${beyond.slice(-3).map(name).join("; ")}`);
}

// Nothing that can be read ends in the middle: what hides its overflow has none.
for (const element of document.body.querySelectorAll("*:not(input, select, textarea, iframe)")) {
  const { overflowX, overflowY, clipPath } = getComputedStyle(element);
  if (!element.checkVisibility() || clipPath !== "none" || !element.innerText?.trim()) continue;
  const isCutOff =
    (overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1) ||
    (overflowY === "hidden" && element.scrollHeight > element.clientHeight + 1);
  if (isCutOff) faults.push(`cut off: ${name(element)}`);
}

// It says what it is, and in which language.
if (!["nl", "en"].includes(root.lang)) faults.push(`the language is "${root.lang}"`);
if (!document.title.trim()) faults.push("no title");

for (const element of document.body.querySelectorAll("*")) {
  const style = getComputedStyle(element);
  if (!element.checkVisibility() || style.clipPath !== "none") continue;

  // What can be read stands out: WCAG 2.2, 1.4.3.
  const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const isHidden = element.closest(".hidden");
  if (says && !isHidden) {
    const [light, dark] = [luminance(numbers(style.color)), luminance(ground(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${name(element)}`);
  }

  // What is pressed is as large as a thumb; the label of a check box belongs to it.
  if (element.matches("button, .button, summary, select, textarea, input:not([type=hidden])")) {
    const area = (["checkbox", "radio"].includes(element.type) && element.closest("label")) || element;
    const { height } = area.getBoundingClientRect();
    if (height < 43.5) faults.push(`${height} high: ${name(element)}`);
  }
}

return faults;
