// What every page must be for those who do not see it, or see it badly: a list of findings, empty when all is well.
(() => {
  const findings = [];
  const find = (what, node) => findings.push(`${what}: ${(node.outerHTML || "").slice(0, 120)}`);
  const shown = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== "hidden";
  const name = (node) => (node.getAttribute("aria-label") || (node.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent).join(" ").trim()
    || (node.labels && [...node.labels].map((l) => l.textContent).join(" ").trim()) || node.textContent.trim());

  if (document.documentElement.lang !== "en") findings.push("the document has no language");
  if (!document.title) findings.push("the document has no title");
  for (const landmark of ["header", "nav", "main", "footer"]) if (document.querySelectorAll(`body > ${landmark}`).length !== 1) findings.push(`there is not one ${landmark}`);
  for (const node of document.querySelectorAll("nav, section")) if (!name(node)) find("a region without a name", node);
  if (document.querySelectorAll("h1").length !== 1) findings.push("there is not one h1");
  let level = 0;
  for (const node of document.querySelectorAll("h1, h2, h3, h4")) {
    if (node.closest("[hidden]")) continue;
    const own = Number(node.tagName[1]);
    if (own > level + 1) find("a heading skips a level", node);
    level = own;
  }
  for (const node of document.querySelectorAll("img")) if (!node.hasAttribute("alt")) find("a picture without words", node);
  for (const node of document.querySelectorAll("svg")) {
    if (node.getAttribute("aria-hidden") === "true") continue;
    if (node.getAttribute("role") !== "img" || !node.querySelector(":scope > title")?.textContent || !node.querySelector(":scope > desc")) find("a drawing without role, title or description", node);
    if (!name(node)) find("a drawing without a name", node);
  }
  for (const node of document.querySelectorAll("a, button, input, select, meter, summary")) {
    if (!shown(node)) continue;
    if (!name(node)) find("a control without a name", node);
    const box = node.getBoundingClientRect();
    if (node.tagName !== "A" && node.tagName !== "METER" && box.height < 24) find("a control that is too small to hit", node);
  }
  for (const node of document.querySelectorAll("table")) {
    for (const cell of node.querySelectorAll("th")) if (!cell.scope) find("a heading of a table without scope", cell);
    if (!node.querySelector("thead th[scope=col]")) find("a table without headings", node);
    if (!node.closest("[role=region][tabindex='0'][aria-label]")) find("a table that cannot be scrolled by keyboard", node);
  }
  if (!document.querySelector("[aria-live=polite]")) findings.push("nothing announces changes");
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) findings.push(`the id ${id} stands twice`);
  for (const node of document.querySelectorAll("[aria-labelledby]")) for (const id of node.getAttribute("aria-labelledby").split(" ")) if (!document.getElementById(id)) find(`nothing has the id ${id}`, node);

  // Contrast (WCAG 2.2, 1.4.3): 4.5, or 3 for large text.
  const parse = (text) => { const n = (text.match(/[\d.]+/g) || []).map(Number); return { r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1 }; };
  const light = ({ r, g, b }) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) { const colour = parse(getComputedStyle(node).backgroundColor); if (colour.a === 1) return colour; }
    return { r: 255, g: 255, b: 255 };
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.textContent.trim() || !shown(node) || node.closest(".unseen, .skip, option, noscript, script")) continue;
    const style = getComputedStyle(node), svg = node.closest("svg");
    let back = ground(svg ? svg.parentElement : node);
    const colour = parse(svg ? style.fill : style.color);
    const pair = [light(colour), light(back)].sort((a, b) => b - a), ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700;
    texts += 1;
    if (ratio < (large ? 3 : 4.5)) find(`contrast ${ratio.toFixed(2)}`, node);
  }
  if (texts < 20) findings.push(`only ${texts} texts are there: is this the page?`);
  return findings;
})()
