// What cannot be seen where the system alone chooses the colours (forced-colors: active), in words.

const faults = [];

const name = (element) => {
  const words = (element.innerText || element.value || "").trim().slice(0, 40);
  return `<${element.localName} class="${element.className}"> ${words}`;
};

if (!matchMedia("(forced-colors: active)").matches) faults.push("the colours are not forced");

const isClear = (colour) => /^rgba\(.*, 0\)$/.test(colour);

const isSeen = (colour, ground) => colour !== ground && !isClear(colour);

const groundOf = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!isClear(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};

const hasEdge = (element, style, side) =>
  style[`border${side}Style`] !== "none" &&
  parseFloat(style[`border${side}Width`]) >= 1 &&
  isSeen(style[`border${side}Color`], groundOf(element.parentElement));

const looks = (element) => {
  const { borderBottom, borderLeft, color, textDecorationLine } = getComputedStyle(element);
  return [borderBottom, borderLeft, color, textDecorationLine].join();
};

const sides = ["Top", "Right", "Bottom", "Left"];
const all = [...document.body.querySelectorAll("*")].filter(
  (element) => element.checkVisibility() && getComputedStyle(element).clipPath === "none",
);

for (const element of all) {
  const style = getComputedStyle(element);

  // What is pressed or filled in has an edge all around.
  const isLinkLike = element.matches(".languages button, .plain, .more > summary");
  const isBox = element.matches("button, .button, .menu summary, select, textarea, input:not([type=checkbox], [type=radio], [type=hidden])");
  if (isBox && !isLinkLike && !sides.every((side) => hasEdge(element, style, side))) {
    faults.push(`no edge: ${name(element)}`);
  }

  // Check boxes are drawn by the system.
  if (element.matches("[type=checkbox], [type=radio]")) {
    if (style.appearance !== "auto" || style.opacity !== "1") faults.push(`a box of our own: ${name(element)}`);
  }

  // What stands apart by its ground has an edge on one side at least.
  if (element.matches(".card, .notice, .results li, .menu-panel, .entries-form, .card-actions, .letters, .paper")) {
    if (!sides.some((side) => hasEdge(element, style, side))) faults.push(`does not stand apart: ${name(element)}`);
  }

  // The mark of a status is a shape.
  if (element.matches(".status, .mark")) {
    const mark = getComputedStyle(element, "::before");
    const isDrawn = isSeen(mark.backgroundColor, groundOf(element)) || isSeen(mark.borderTopColor, groundOf(element));
    if (!isDrawn || parseFloat(mark.width) < 4) faults.push(`no mark: ${name(element)}`);
  }

  // Where the reader is can be told from where one could go.
  if (element.matches("[aria-current]")) {
    const other = [...element.parentElement.children].find((child) => child.matches("a, button") && !child.matches("[aria-current]"));
    if (other && looks(element) === looks(other)) faults.push(`not marked as current: ${name(element)}`);
  }
}

// The focus can be seen wherever the tab key leads. (It was pressed last: after a click the browser
// would not show it.)
const before = document.activeElement;
const stops = all.filter((element) =>
  element.matches("a[href], button, summary, select, textarea, input:not([type=hidden]), [tabindex='0']"),
);
for (const element of stops) {
  element.focus({ preventScroll: true });
  const style = getComputedStyle(element);
  const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  if (document.activeElement !== element) faults.push(`takes no focus: ${name(element)}`);
  else if (!isOutlined || !isSeen(style.outlineColor, groundOf(element.parentElement))) faults.push(`no focus: ${name(element)}`);
}
document.activeElement?.blur();
before?.focus?.({ preventScroll: true });

return faults;
