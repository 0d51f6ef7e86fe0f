// What is wrong with the markup for Outlook alone, which others see as a comment: it has to be well-formed XML.

const comments = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT);
const faults = [];
while (comments.nextNode()) {
  const [, vml] = comments.currentNode.data.match(/^\[if mso\]>(<v:.*)<!\[endif\]$/s) ?? [];
  if (!vml) continue;
  const whole = `<x xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-com:office:word">${vml}</x>`;
  const read = new DOMParser().parseFromString(whole, "application/xml");
  if (read.querySelector("parsererror")) faults.push(vml);
}
return faults;
