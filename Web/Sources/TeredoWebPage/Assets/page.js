// Draws what teredo-web tells of the roles of this host, in place: no frameworks, no other host.
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const roles = new Map();
let chosen = null, view = null, skew = 0, lastWord = 0, paused = false, scheduled = false, serial = 0;

// ---- Making and changing elements. Text is text: what a role says is never taken for markup.

function make(space, tag, attributes, children) {
  const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value != null && value !== false) element.setAttribute(name, value === true ? "" : value);
  for (const child of children) if (child != null) element.append(child);
  return element;
}
const h = (tag, attributes, ...children) => make(null, tag, attributes, children.flat());
const s = (tag, attributes, ...children) => make(SVG, tag, attributes, children.flat());
function say(node, text) { text = String(text); if (node.textContent !== text) node.textContent = text; }
function set(node, name, value) { if (value == null) node.removeAttribute(name); else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value); }
// Replaces the children only when what they are made of changed: focus, selection and scrolling stay.
function fill(node, key, build) {
  key = JSON.stringify(key);
  if (node.key === key) return;
  node.key = key;
  node.replaceChildren(...[build()].flat().filter((child) => child != null));
}

// ---- Words and numbers.

const now = () => Date.now() + skew;
const fixed = (n, digits = 1) => n >= 100 || Number.isInteger(n) ? Math.round(n).toLocaleString("en") : n.toFixed(digits);
function scaled(n, unit, base = 1000) {
  const steps = ["", "k", "M", "G", "T"];
  let step = 0;
  while (n >= base && step < 4) { n /= base; step++; }
  return `${n === 0 ? 0 : n < 0.1 ? "<0.1" : n >= 100 ? Math.round(n) : n.toFixed(step || !Number.isInteger(n) ? 1 : 0)} ${steps[step]}${unit}`;
}
function span(seconds) {
  if (seconds == null) return "unknown";
  seconds = Math.max(0, Math.round(seconds));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds % 86400 / 3600)} h`;
}
const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");
const yesNo = (v) => v == null ? "not known" : v ? "yes" : "no";
const count = (n) => n == null ? "–" : Number(n).toLocaleString("en");
const capital = (text) => text ? text[0].toUpperCase() + text.slice(1) : text;
// receiveBufferFull -> receive buffer full
const words = (name) => name.replace(/([a-z0-9])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);

const icons = { good: "M1 5l3 3 5-7", warn: "M5 1v5M5 8.5v.5", bad: "M1.5 1.5l7 7M8.5 1.5l-7 7", dim: "M1 5h8" };
const icon = (kind) => s("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, s("path", { d: icons[kind], fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" }));
const pill = (kind, text) => h("span", { class: `pill ${kind}` }, icon(kind), text);
const mono = (text) => h("code", {}, text);

function judgement(role) {
  const status = role.status;
  if (role.condition !== "answers") return [role.condition === "unknown" ? "dim" : "bad", { silent: "No answer", ended: "Ended", notPermitted: "Not permitted", rubbish: "Not understood", refused: "Refused", unknown: "Asking" }[role.condition] || role.condition];
  if (!status) return ["dim", "Asking"];
  const word = status.phase ? `${capital(status.state)}: ${status.phase}` : capital(status.state);
  return [{ qualified: "good", running: "good", offline: "bad", qualifying: "warn" }[status.state] || "dim", word];
}

// ---- What comes from teredo-web.

function take(message) {
  skew = message.now - Date.now();
  lastWord = Date.now();
  if (message.first) roles.clear();
  for (const name of message.removed) roles.delete(name);
  for (const part of message.roles) {
    const role = roles.get(part.name) || { samples: [] };
    const before = judgement(role)[1], had = role.status || role.condition;
    if (part.sample) { role.samples.push(part.sample); if (role.samples.length > 300) role.samples.shift(); }
    delete part.sample;
    Object.assign(role, part);
    roles.set(part.name, role);
    const after = judgement(role)[1];
    if (had && before !== after) say($("live"), `${part.name}: ${role.condition === "answers" ? after : role.sentence}`);
  }
  schedule();
}
function schedule() { if (!scheduled && !paused) { scheduled = true; requestAnimationFrame(() => { scheduled = false; draw(); }); } }

let source = null;
function connect() {
  source = new EventSource("/events");
  source.onmessage = (event) => { link(true); take(JSON.parse(event.data)); };
  source.onerror = () => {
    link(false);
    if (source.readyState === EventSource.CLOSED) { source.close(); setTimeout(connect, 3000); }
  };
}
function link(on) {
  set($("link"), "class", on ? "link on" : "link off");
  say($("link"), on ? (paused ? "Paused" : "Live") : "No connection to teredo-web: it ended, or too many watch. Trying again");
}
setInterval(() => { if (lastWord && Date.now() - lastWord > 3000) link(false); schedule(); }, 1000);
$("pause").addEventListener("click", () => {
  paused = !paused;
  set($("pause"), "aria-pressed", paused);
  link(true);
  schedule();
});
addEventListener("hashchange", () => { schedule(); $("main").focus({ preventScroll: true }); });
addEventListener("resize", () => { if (view) view.resized = true; schedule(); });

// ---- The page.

function draw() {
  const names = [...roles.keys()].sort();
  const wanted = decodeURIComponent(location.hash.slice(1));
  chosen = roles.has(wanted) ? wanted : names[0] ?? null;
  $("empty").hidden = names.length > 0 || !lastWord;
  fill($("tabs"), names.map((name) => [name, judgement(roles.get(name)), name === chosen]), () => names.map((name) => {
    const [kind, word] = judgement(roles.get(name));
    return h("li", {}, h("a", { href: `#${encodeURIComponent(name)}`, "aria-current": name === chosen ? "page" : null }, name, pill(kind, word)));
  }));
  if (!chosen) { $("role").replaceChildren(); view = null; document.title = "Teredo"; return; }
  const role = roles.get(chosen);
  const kind = role.status ? role.status.role : "none";
  if (!view || view.name !== chosen || view.kind !== kind) {
    view = page(chosen, kind);
    $("role").replaceChildren(view.node);
  }
  view.update(role);
  view.resized = false;
  document.title = `${judgement(role)[1]} · ${chosen} · Teredo`;
}

function card(title, size = "") {
  const id = `c${++serial}`, body = h("div");
  return { node: h("section", { class: `card ${size}`, "aria-labelledby": id }, h("h2", { id }, title), body), body, title: id };
}

function page(name, kind) {
  const parts = [];
  const add = (part) => { parts.push(part); return part.node; };
  const banner = h("div", { role: "status" });
  const grid = h("div", { class: "grid" });
  const client = kind === "client", relay = kind === "relay" || kind === "host-relay", both = kind === "gateway", server = kind === "server";
  if (kind !== "none") {
    grid.append(add(stateCard(kind)), add(timelineCard(kind)));
    if (relay || both) grid.append(add(relayCard(both)));
    if (server || both) grid.append(add(serverCard(both)));
    if (kind !== "auto") {
      grid.append(add(plotCard("Throughput", "bit/s", (_) => [["Received", "octetsReceived", 8], ["Sent", "octetsSent", 8]])));
      grid.append(add(plotCard("Packets", "/s", (_) => server
        ? [["Datagrams received", "datagramsReceived", 1], ["Datagrams sent", "datagramsSent", 1]]
        : [["From the tunnel", "packetsDelivered", 1], ["Into the tunnel", "packetsAccepted", 1], ["Carried", "packetsCarried", 1]])));
      grid.append(add(plotCard("Drops by reason", "/s", dropSeries)));
      if (client) grid.append(add(plotCard("Round trips", "ms", tripSeries)));
      else grid.append(add(plotCard(server ? "Solicitations" : both ? "Solicitations and bubbles" : "Bubbles", "/s", (_) => server || both
        ? [["Solicitations", "solicitations", 1], ["Advertisements", "advertisements", 1], both ? ["Bubbles sent", "bubblesSent", 1] : ["Answered by XDP", "xdpAnswered", 1]]
        : [["Received", "bubblesReceived", 1], ["Sent", "bubblesSent", 1], ["Connectivity tests", "connectivityTests", 1]])));
    }
    if (client) grid.append(add(addressCard()), add(natCard()), add(serversCard()));
    if (!server && kind !== "auto") grid.append(add(peersCard(client ? "Peers" : "Clients")));
    if (kind !== "auto") grid.append(add(exchangeCard()), add(dropsCard("half")));
    if (!server && kind !== "auto") grid.append(add(inboundCard()));
  }
  const node = h("div", {}, h("h2", { class: "unseen" }, name), banner, grid);
  return { name, kind, node, update(role) {
    const fine = role.condition === "answers";
    fill(banner, [role.condition, role.sentence, fine ? 0 : Math.round((now() - role.since) / 1000)], () => fine ? null
      : h("div", { class: `banner ${role.condition === "unknown" ? "dim" : "bad"}` }, h("strong", {}, role.sentence),
        `Since ${clock(role.since)}, for ${span((now() - role.since) / 1000)}.` + (role.lastAnswer && kind !== "none" ? ` What is below is from ${clock(role.lastAnswer)}.` : "")));
    for (const part of parts) part.update(role, this.resized);
  } };
}

function facts(list) { return list.filter(Boolean).flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value ?? "–")]); }

function stateCard(kind) {
  const { node, body } = card("State", "half");
  const hero = h("div", { class: "hero" }), list = h("dl", { class: "facts" }), problems = h("div");
  body.append(hero, list, problems);
  return { node, update(role) {
    const x = role.status, [tone, word] = judgement(role);
    fill(hero, [tone, word, x.address], () => [pill(tone, word), x.address ? h("span", { class: "mono" }, x.address) : null]);
    const relay = x.relay || x, rows = [
      x.reason && ["Why", x.reason],
      x.stateSeconds != null && ["For", span(x.stateSeconds)],
      x.retrySeconds != null && ["Next attempt in", span(x.retrySeconds)],
      x.serverName && ["Server", x.serverName === x.server ? x.server : `${x.server ?? "none yet"} (configured: ${x.serverName})`],
      x.mappedEndpoint && ["Seen by the server as", mono(x.mappedEndpoint)],
      relay.localEndpoint && ["Service port", mono(relay.localEndpoint)],
      x.nativeIPv6 && ["Native IPv6", { unknown: "no native host was tried", reached: `${x.nativeIPv6.hostsAnswered} of ${x.nativeIPv6.hostsTried} hosts answer`, unanswered: `none of ${x.nativeIPv6.hostsTried} hosts answers: perhaps there is no relay` }[x.nativeIPv6.state]],
      kind === "client" && ["Transit relay", x.transitRelay ?? "none"],
      kind === "client" && x.portMapping && ["Port mapping", `${x.portMapping.protocol}: ${x.portMapping.external}${x.portMapping.reachable ? ", reachable" : ", not what the server sees"}`],
      x.refreshIntervalSeconds != null && ["Refresh interval", `${fixed(x.refreshIntervalSeconds)} s`],
      relay.interface && ["Interface", `${relay.interface}, MTU ${relay.mtu}`],
      relay.dataPath && ["Data path", `${relay.dataPath}${relay.workers > 1 ? `, ${relay.workers} threads` : ""}`],
      x.network && ["Network", x.network],
      ["Running for", span(x.uptimeSeconds)],
    ].filter(Boolean);
    fill(list, rows.map(([a, b]) => [a, b.textContent ?? b]), () => facts(rows));
    const faults = (relay.interfaceFaults || []).map((f) => ({ name: "interface", severity: "limiting", description: f.description, remedy: "It is put back, or see the log." }));
    const all = [...faults, ...((role.check && role.check.problems) || []), ...(x.undetectable || []).map((word) => ({ name: "gateway", severity: "note", description: undetectable[word] || word }))];
    fill(problems, all, () => all.map((p) => h("div", { class: `problem ${{ blocking: "bad", limiting: "warn" }[p.severity] || "dim"}` },
      h("p", {}, h("strong", {}, `${capital(p.severity)}: `), p.description), p.remedy ? h("p", {}, p.remedy) : null)));
  } };
}

function timelineCard(kind) {
  const { node, body } = card("How it came", "half");
  const list = h("ol", { class: "timeline", tabindex: "0", "aria-label": "Changes, the newest first" });
  body.append(list);
  return { node, update(role) {
    const x = role.status, entries = [
      ...(x.history || []).map((e) => ({ ...e, word: e.phase ? `${e.state}: ${e.phase}` : e.state })),
      ...(x.roles || (x.relay && x.relay.roles) || []).map((e) => ({ ...e, state: e.role === "dormant" ? "qualifying" : "qualified", word: `role ${e.role}` })),
    ].sort((a, b) => a.secondsAgo - b.secondsAgo);
    if (!entries.length) entries.push({ secondsAgo: x.uptimeSeconds, state: "qualified", word: "started", reason: "A role of this kind is running from its start to its end." });
    fill(list, entries, () => entries.map((e) => h("li", { class: { qualified: "g", qualifying: "w", offline: "b" }[e.state] || "" },
      h("p", {}, h("strong", {}, capital(e.word)), " ", h("time", {}, `${clock(now() - e.secondsAgo * 1000)}, ${span(e.secondsAgo)} ago`)), h("p", { class: "muted" }, e.reason))));
  } };
}

// ---- The address, bit by bit (RFC 4380 section 4).

function octets(address) {
  const [head, tail] = address.split("::");
  const group = (text) => text ? text.split(":") : [];
  const a = group(head), b = group(tail);
  const all = address.includes("::") ? [...a, ...Array(8 - a.length - b.length).fill("0"), ...b] : a;
  return all.map((text) => parseInt(text, 16));
}
const quad = (high, low) => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
const hex = (...groups) => groups.map((g) => g.toString(16).padStart(4, "0")).join(":");

function addressCard() {
  const { node, body } = card("The address, bit by bit", "half");
  return { node, update(role) {
    const x = role.status;
    fill(body, [x.address], () => {
      if (!x.address) return h("p", { class: "muted" }, "There is no address: the client gets one when a server has answered.");
      const g = octets(x.address), flags = g[4];
      const fields = [
        ["Prefix", "0–31", hex(g[0], g[1]), "2001:0::/32 says that this is a Teredo address."],
        ["Server", "32–63", hex(g[2], g[3]), `${quad(g[2], g[3])}: who is asked for this client.`],
        ["Flags", "64–79", hex(flags), `${flags.toString(2).padStart(16, "0")}: cone bit ${flags >> 15}${flags >> 15 ? "" : " (always 0, RFC 5991)"}, 12 random bits against guessing, universal and group bits ${flags >> 9 & 1}${flags >> 8 & 1}.`],
        ["Port", "80–95", hex(g[5]), `${g[5] ^ 0xffff}: the UDP port that the NAT shows, with all bits inverted.`],
        ["IPv4 address", "96–127", hex(g[6], g[7]), `${quad(g[6] ^ 0xffff, g[7] ^ 0xffff)}: the address that the NAT shows, inverted so that no NAT rewrites it.`],
      ];
      return [
        h("p", { class: "mono" }, x.address),
        h("div", { class: "bits", "aria-hidden": "true" }, fields.map(([name, , digits], i) => h("span", { class: `b${i}` }, h("code", {}, digits), h("b", {}, name)))),
        h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Fields of the address" }, h("table", {}, h("thead", {}, h("tr", {}, ["Field", "Bits", "Digits", "Meaning"].map((t, i) => h("th", { scope: "col", class: i === 1 || i === 2 ? "roomy" : null }, t)))),
          h("tbody", {}, fields.map(([name, bits, digits, meaning]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "tight roomy" }, bits), h("td", { class: "tight roomy" }, mono(digits)), h("td", {}, meaning)))))),
      ];
    });
  } };
}

// ---- The NAT in the words of RFC 4787.

const behaviour = {
  mapping: { none: "No NAT: the host has this address itself.", "endpoint-independent": "Endpoint-independent: one external port, whoever is written to.", "address-or-port-dependent": "Address- or port-dependent (symmetric): another external port for each destination." },
  filtering: { "endpoint-independent": "Endpoint-independent: whoever knows the port may come in.", "address-or-port-dependent": "Address- or port-dependent: only who was written to may come in." },
  portAssignment: { preserved: "Port preservation: the external port is the internal one.", sequential: "Sequential: the next port for the next mapping.", other: "Neither preserved nor sequential." },
  hairpinning: { none: "None: two hosts behind this NAT cannot meet through its outside.", "external-source": "Supported, external source address and port, as RFC 4787 wants it.", "internal-source": "Supported, but with the internal source address and port." },
};

function natCard() {
  const { node, body } = card("The NAT", "half");
  return { node, update(role) {
    const x = role.status, n = x.nat || {};
    fill(body, [n, x.localEndpoint, x.mappedEndpoint, x.server], () => {
      if (!x.mappedEndpoint) return h("p", { class: "muted" }, "Not known while no server answers.");
      const none = n.type === "none", symmetric = n.mapping === "address-or-port-dependent" || n.type === "symmetric";
      const open = none || n.filtering === "endpoint-independent" || (!n.filtering && n.type === "cone");
      const known = n.filtering != null || n.type != null;
      const id = `n${++serial}`;
      const outside = [["Server", 48, true], ["Peer that was written to", 138, true], ["Stranger", 228, known ? open : null]];
      const port = (i) => symmetric ? [48, 138, 228][i] : 138;
      const picture = s("svg", { viewBox: "0 0 440 286", role: "img", "aria-labelledby": `${id}t ${id}d`, class: "nat" },
        s("title", { id: `${id}t` }, none ? "No NAT" : `A NAT of the type ${n.type ?? "unknown"}`),
        s("desc", { id: `${id}d` }, `${x.localEndpoint ?? "The host"} is seen as ${x.mappedEndpoint}. ${symmetric ? "Each destination sees another port." : "All destinations see the same port."} A stranger ${!known ? "may or may not come in" : open ? "can come in" : "cannot come in"}.`),
        s("rect", { x: 6, y: 112, width: 96, height: 52, rx: 8, class: "box" }), s("text", { x: 54, y: 134, "text-anchor": "middle" }, "This host"), s("text", { x: 54, y: 152, "text-anchor": "middle", class: "m" }, `port ${(x.localEndpoint || ":?").split(":").pop()}`),
        none ? null : s("rect", { x: 150, y: 18, width: 84, height: 240, rx: 10, class: "natbox" }), none ? null : s("text", { x: 192, y: 276, "text-anchor": "middle" }, `NAT, outside ${x.mappedEndpoint.split(":")[0]}`),
        none ? null : symmetric ? s("text", { x: 192, y: 42, "text-anchor": "middle" }, "several ports") : s("text", { x: 206, y: 130, "text-anchor": "middle" }, x.mappedEndpoint.split(":").pop()),
        s("path", { d: "M102 138H150", class: "way" }),
        outside.map(([label, y, may], i) => [
          none ? s("path", { d: `M150 138L300 ${y}`, class: "way" }) : [s("path", { d: `M150 138C185 138 190 ${port(i)} 228 ${port(i)}`, class: "way" }), s("circle", { cx: 234, cy: port(i), r: 5, class: "dot" })],
          none ? null : s("path", { d: `M240 ${port(i)}L300 ${y}`, class: `way ${may === false ? "no" : may ? "yes" : ""}` }),
          s("rect", { x: 300, y: y - 26, width: 134, height: 52, rx: 8, class: "box" }),
          s("text", { x: 367, y: y - 5, "text-anchor": "middle" }, label === "Peer that was written to" ? "Peer written to" : label),
          s("text", { x: 367, y: y + 14, "text-anchor": "middle", class: may ? "t-yes" : may === false ? "t-no" : "m" }, may ? "✓ comes in" : may === false ? "✕ is kept out" : "not known yet"),
        ]).flat(2));
      return [picture, h("dl", { class: "facts" }, facts([
        ["Mapping", none ? behaviour.mapping.none : behaviour.mapping[n.mapping] ?? (symmetric ? behaviour.mapping["address-or-port-dependent"] : "not known yet")],
        ["Filtering", none ? "None." : behaviour.filtering[n.filtering] ?? (n.type ? `not known yet; the qualification says ${n.type}` : "not known yet")],
        ["Port assignment", behaviour.portAssignment[n.portAssignment] ?? (n.portPreserving ? behaviour.portAssignment.preserved : "not known yet")],
        ["Hairpinning", behaviour.hairpinning[n.hairpinning] ?? "not known yet"],
        ["Address pooling", n.severalAddresses == null ? "not known yet" : n.severalAddresses ? "Arbitrary: several external addresses for one host." : "Paired: one external address."],
        ["Mapping lifetime", n.mappingLifetimeAtLeastSeconds == null ? "not known yet" : `at least ${n.mappingLifetimeAtLeastSeconds} s${n.mappingLifetimeBelowSeconds ? `, below ${n.mappingLifetimeBelowSeconds} s` : ""}`],
        ["Inside, outside", h("span", {}, mono(x.localEndpoint ?? "?"), " → ", mono(x.mappedEndpoint))],
        n.beingDiagnosed ? ["Diagnosis", "under way"] : null,
      ]))];
    });
  } };
}

// ---- Plots of the last five minutes.

function dropSeries(samples) {
  const sums = {};
  for (const sample of samples) for (const [key, value] of Object.entries(sample.rates)) if (key.startsWith("drop.")) sums[key] = (sums[key] || 0) + value;
  const top = Object.keys(sums).sort((a, b) => sums[b] - sums[a] || (a < b ? -1 : 1)).slice(0, 5);
  return top.map((key) => [words(key.slice(5)), key, 1]);
}
function tripSeries(samples) {
  const keys = new Set();
  for (const sample of samples) for (const key of Object.keys(sample.roundTrips)) keys.add(key);
  return [...keys].sort().slice(0, 5).map((key) => [key === "peers" ? "Peers, the median" : `Server ${key.slice(7)}`, key, 1, "roundTrips"]);
}
function nice(top) {
  if (top <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(top));
  return [1, 2, 5, 10].map((f) => f * power).find((v) => v >= top);
}

function plotCard(title, unit, choose) {
  const { node, body } = card(title, "half");
  const legend = h("ul", { class: "legend" }), holder = h("div", { class: "plot" });
  body.append(legend, holder);
  const id = `p${++serial}`, name = s("title", { id: `${id}t` }, `${title} in the last five minutes`), text = s("desc", { id: `${id}d` });
  const scale = s("g"), curves = s("g");
  const svg = s("svg", { role: "img", "aria-labelledby": `${id}t ${id}d` }, name, text, scale, curves);
  holder.append(svg);
  let described = 0, newest = -1;
  const format = (v) => unit === "ms" ? `${fixed(v)} ms` : scaled(v, unit);
  return { node, update(role, resized) {
    const samples = role.samples, last = samples.length ? samples[samples.length - 1].time : 0;
    if (last === newest && !resized && Math.floor(now() / 1000) === this.second) return;
    newest = last; this.second = Math.floor(now() / 1000);
    const series = choose(samples), width = Math.max(280, holder.clientWidth || 500), height = 150, left = 8, base = height - 20;
    set(svg, "viewBox", `0 0 ${width} ${height}`);
    const value = (sample, [, key, factor, group]) => (group ? sample[group][key] : (sample.rates[key] || 0) * factor);
    let top = 0;
    for (const sample of samples) for (const one of series) top = Math.max(top, value(sample, one) || 0);
    top = nice(top);
    const end = now(), x = (t) => width - (end - t) / 300000 * (width - left), y = (v) => base - v / top * (base - 18);
    fill(scale, [width, top], () => [0, 0.5, 1].flatMap((f) => [s("line", { x1: left, x2: width, y1: y(top * f), y2: y(top * f), class: "grid-line" }), s("text", { x: left, y: y(top * f) - 4, class: "m" }, f || !f && 0 ? format(top * f) : "")])
      .concat([0, 1, 2, 3, 4].map((m) => s("text", { x: x(end - m * 60000), y: height - 4, class: "m", "text-anchor": m ? "middle" : "end" }, m ? `−${m} min` : "now"))));
    while (curves.childElementCount > series.length) curves.lastChild.remove();
    series.forEach((one, i) => {
      let path = "", before = 0;
      for (const sample of samples) {
        const v = value(sample, one);
        if (v == null) { before = 0; continue; }
        path += `${before && sample.time - before < 2600 ? "L" : "M"}${x(sample.time).toFixed(1)} ${y(v).toFixed(1)}`;
        before = sample.time;
      }
      const curve = curves.children[i] || curves.appendChild(s("path", { class: `line s${i}` }));
      set(curve, "d", path || null);
    });
    fill(legend, series.map((one) => one[0]), () => series.length ? series.map((one, i) => h("li", {}, s("svg", { viewBox: "0 0 26 8", "aria-hidden": "true" }, s("path", { d: "M0 4H26", class: `line s${i}` })), one[0], ": ", h("b", {}, ""))) : h("li", { class: "muted" }, title.startsWith("Drops") ? "Nothing was dropped." : "Nothing was measured yet."));
    const fresh = samples.length && end - last < 3000 ? samples[samples.length - 1] : null;
    const told = series.map((one, i) => {
      const v = fresh ? value(fresh, one) : null, word = v == null ? "unknown" : format(v);
      say(legend.children[i].querySelector("b"), word);
      return `${one[0]} ${word}`;
    });
    if (Date.now() - described > 5000) { described = Date.now(); say(text, told.length ? `Now: ${told.join(", ")}. The scale ends at ${format(top)}.` : "Nothing to show."); }
  } };
}

// ---- Tables.

function table(label, columns) {
  const body = h("tbody");
  return { body, node: h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table: ${label}` }, h("table", {}, h("thead", {}, h("tr", {}, columns.map((c) => h("th", { scope: "col", class: c.endsWith("#") ? "num" : null }, c.replace("#", ""))))), body)) };
}
const cells = (texts, numbers) => texts.map((text, i) => i ? h("td", { class: numbers.includes(i) ? "num" : null }, text) : h("th", { scope: "row" }, text));

function serversCard() {
  const { node, body } = card("Servers");
  const t = table("Servers", ["Server", "Secondary address", "State", "Round trip#", "Last answer#", "Unanswered#"]);
  body.append(t.node);
  return { node, update(role) {
    const all = role.status.servers || [];
    fill(t.body, all, () => all.length ? all.map((e) => h("tr", {}, cells([mono(e.address), e.secondaryAddress ? mono(e.secondaryAddress) : "none",
      pill(...({ "in-use": ["good", "in use"], standby: ["dim", "standby"], silent: ["bad", "silent"] }[e.state] || ["dim", "not known"])),
      e.roundTripMilliseconds == null ? "–" : `${fixed(e.roundTripMilliseconds)} ms`, e.answeredSeconds == null ? "never" : `${span(e.answeredSeconds)} ago`, count(e.unanswered)], [3, 4, 5]))) : h("tr", {}, h("td", { colspan: 6, class: "muted" }, "No server is known yet.")));
  } };
}

const undetectable = {
  "symmetric-nat": "One address: clients cannot find out whether their NAT is symmetric. Those that insist stay offline (Windows, ours with --strict).",
  "cone-nat": "One address: clients take a cone NAT for a restricted one, which works.",
  "nat-behavior": "One address: clients cannot find out how their NAT maps and filters.",
};
const paths = { direct: ["good", "direct"], relay: ["good", "through a relay"], transit: ["warn", "in transit"], contacting: ["warn", "contacting"], idle: ["dim", "idle"] };
const ranks = Object.keys(paths);

function peersCard(title) {
  const { node, body } = card(title);
  const id = `f${++serial}`, summary = h("p");
  const filter = h("input", { id, type: "search", autocomplete: "off", spellcheck: "false", placeholder: "address or endpoint" });
  const path = h("select", { id: `${id}p` }, [["", "all"], ...ranks.map((r) => [r, paths[r][1]])].map(([value, text]) => h("option", { value }, text)));
  const t = table(title, ["Address", "Path", "Packets go to", "Round trip#", "Heard#", "Received#", "Sent#"]);
  // As many rows as are drawn in no time, and buttons for the others.
  const size = 100, back = h("button", { type: "button" }, "Previous"), forth = h("button", { type: "button" }, "Next"), place = h("span");
  const pages = h("div", { class: "tools", hidden: true }, back, place, forth);
  let first = 0;
  const rows = new Map();
  back.addEventListener("click", () => { first -= size; schedule(); });
  forth.addEventListener("click", () => { first += size; schedule(); });
  for (const input of [filter, path]) input.addEventListener("input", () => { first = 0; schedule(); });
  body.append(summary, h("div", { class: "tools" }, h("label", { for: id }, "Filter", filter), h("label", { for: `${id}p` }, "Path", path)), pages, t.node);
  return { node, update(role) {
    const all = (role.peers && role.peers.peers) || [], total = (role.peers && role.peers.peerCount) || 0;
    const counts = {};
    for (const peer of all) counts[peer.path] = (counts[peer.path] || 0) + 1;
    const text = filter.value.trim().toLowerCase();
    const found = all.filter((p) => (!path.value || p.path === path.value) && (!text || `${p.address} ${p.endpoint}`.toLowerCase().includes(text)))
      .sort((a, b) => ranks.indexOf(a.path) - ranks.indexOf(b.path) || (a.address < b.address ? -1 : 1));
    first = Math.max(0, Math.min(first, Math.floor((found.length - 1) / size) * size));
    const shown = found.slice(first, first + size);
    pages.hidden = found.length <= size;
    say(place, `${count(first + 1)} to ${count(first + shown.length)} of ${count(found.length)}`);
    back.disabled = first === 0;
    forth.disabled = first + size >= found.length;
    say(summary, !total ? "Nobody yet." : `${count(total)} remembered${all.length < total ? `, the ${all.length} most recent here` : ""}: ` + ranks.filter((r) => counts[r]).map((r) => `${counts[r]} ${paths[r][1]}`).join(", ") + (found.length < all.length ? `; ${found.length} match` : "") + ".");
    const keep = new Set();
    let next = t.body.firstChild;
    for (const peer of shown) {
      keep.add(peer.address);
      let row = rows.get(peer.address);
      if (!row) { row = peerRow(peer); rows.set(peer.address, row); }
      row.update(peer);
      if (row.node === next) next = next.nextSibling; else t.body.insertBefore(row.node, next);
    }
    for (const [address, row] of rows) if (!keep.has(address)) { row.node.remove(); rows.delete(address); }
  } };
}
function peerRow(peer) {
  const badge = h("td"), endpoint = h("td", { class: "mono" }), rest = [0, 1, 2, 3].map(() => h("td", { class: "num" }));
  const node = h("tr", {}, h("th", { scope: "row" }, mono(peer.address)), badge, endpoint, rest);
  return { node, update(p) {
    fill(badge, [p.path, p.symmetricNAT], () => [pill(...(paths[p.path] || ["dim", p.path])), p.symmetricNAT ? h("span", { class: "muted" }, " symmetric NAT") : null]);
    say(endpoint, p.endpoint === "0.0.0.0:0" ? "–" : p.endpoint);
    say(rest[0], p.roundTripMilliseconds == null ? "–" : `${fixed(p.roundTripMilliseconds)} ms`);
    say(rest[1], p.heardSeconds == null ? "–" : `${span(p.heardSeconds)} ago`);
    say(rest[2], p.octetsReceived == null ? "–" : scaled(p.octetsReceived, "B"));
    say(rest[3], p.octetsSent == null ? "–" : scaled(p.octetsSent, "B"));
  } };
}

function dropsCard(size) {
  const { node, body } = card("What was dropped or lost", size);
  const t = table("Drops", ["Reason", "So far#", "Now#"]), from = table("Who was dropped most", ["Source", "Reason, the last", "Datagrams#"]);
  body.append(h("p", { class: "muted" }, mono("teredo status --explain REASON"), " tells what a reason means."), t.node, h("h3", {}, "Dropped most often in the last minutes"), from.node);
  return { node, update(role) {
    const sums = {}, x = role.status;
    for (const part of [x, x.server, x.relay]) if (part && part.counters) for (const group of [part.counters.drops, part.counters.system]) for (const [key, n] of Object.entries(group || {})) if (n && key !== "subscribersDropped") sums[key] = (sums[key] || 0) + n;
    const last = role.samples.length && now() - role.samples.at(-1).time < 3000 ? role.samples.at(-1).rates : {};
    const all = Object.entries(sums).sort((a, b) => b[1] - a[1]).map(([key, n]) => [key, n, last[`drop.${key}`] || 0]);
    fill(t.body, all, () => all.length ? all.map(([key, n, rate]) => h("tr", {}, cells([mono(key), count(n), rate ? `${scaled(rate, "/s")}` : "–"], [1, 2]))) : h("tr", {}, h("td", { colspan: 3, class: "muted" }, "Nothing.")));
    const sources = [x, x.server, x.relay].flatMap((part) => (part && part.counters && part.counters.dropSources) || []).sort((a, b) => b.datagrams - a.datagrams);
    fill(from.body, sources, () => sources.length ? sources.map((e) => h("tr", {}, cells([mono(e.source), mono(e.dropReason), count(e.datagrams)], [2]))) : h("tr", {}, h("td", { colspan: 3, class: "muted" }, "Nobody.")));
  } };
}

function inboundCard() {
  const { node, body } = card("What may come in");
  const list = h("dl", { class: "facts" }), t = table("Most refused", ["Source", "Protocol", "Port#", "Packets#"]);
  body.append(list, h("h3", {}, "Refused most often"), t.node);
  return { node, update(role) {
    const x = (role.status.relay || role.status).inbound || {};
    fill(list, [x.mode, x.allowed, x.otherFilter, x.refusedPackets], () => facts([["Mode", x.mode === "filtered" ? "filtered: only answers, and what is allowed" : "open: everything that the host takes"],
      ["Allowed", x.mode === "filtered" ? (x.allowed || []).join(", ") || "nothing unasked" : "everything"], ["Another filter", yesNo(x.otherFilter)], ["Refused", `${count(x.refusedPackets)} packets`]]));
    const all = x.refused || [];
    fill(t.body, all, () => all.length ? all.map((e) => h("tr", {}, cells([mono(e.source), e.protocol, e.port ?? "–", count(e.packets)], [2, 3]))) : h("tr", {}, h("td", { colspan: 4, class: "muted" }, "Nobody.")));
  } };
}

// ---- Relays and servers.

function rate(role, key) {
  const last = role.samples.at(-1);
  return last && now() - last.time < 3000 ? last.rates[key] || 0 : 0;
}

function relayCard(within) {
  const { node, body } = card(within ? "The relay" : "Clients and limits", within ? "half" : "");
  const list = h("dl", { class: "facts" }), id = `m${++serial}`, bar = h("meter", { id, min: 0, "aria-label": "Clients remembered, of the limit" });
  body.append(bar, list);
  return { node, update(role) {
    const x = role.status.relay || role.status;
    set(bar, "max", x.peerLimit); set(bar, "high", Math.round(x.peerLimit * 0.9)); set(bar, "value", x.peers);
    const rows = [
      ["Clients remembered", `${count(x.peers)} of at most ${count(x.peerLimit)}`], ["Proved to be where they say", count(x.trustedPeers)],
      ["More clients than before", `${fixed(rate(role, "newPeers"))} a second`], x.transitClients != null && ["Clients in transit", `${count(x.transitClients)}, ${scaled(rate(role, "packetsCarried"), "packets/s")} carried`],
      ["Dropped or lost", `${scaled(Object.entries(role.samples.at(-1)?.rates || {}).filter(([k]) => k.startsWith("drop.")).reduce((sum, [, v]) => sum + v, 0), "drops/s")}`],
      ["Served prefixes", (x.servedPrefixes || []).join(", ") || "all"], (x.ownAddresses || []).length && ["Own addresses", x.ownAddresses.join(", ")],
      x.masquerade != null && ["Masquerade", yesNo(x.masquerade)], x.forwarding != null && ["Kernel forwards IPv6", yesNo(x.forwarding)], x.kernelPeers && ["Moved by the kernel", count(x.kernelPeers)],
    ].filter(Boolean);
    fill(list, rows, () => facts(rows));
  } };
}

function serverCard(within) {
  const { node, body } = card(within ? "The server" : "Clients and limits", within ? "half" : "");
  const list = h("dl", { class: "facts" });
  body.append(list);
  return { node, update(role) {
    const x = role.status.server || role.status, c = x.counters || {}, l = x.limits;
    const rows = [
      ["Primary address", x.primary], ["Secondary address", x.secondary ?? "none: clients cannot tell a symmetric NAT"],
      ["Solicitations", `${fixed(rate(role, "solicitations"))} a second, ${count(c.solicitations)} so far`], ["Answered", `${fixed(rate(role, "advertisements"))} a second, ${count(c.advertisements)} so far`],
      ["Bubbles passed on", `${count(c.bubblesSent)} so far`], ["Answers by XDP", x.xdp === "off" ? "off" : `${count(x.xdpAnswered)} on ${(x.xdpInterfaces || []).join(", ")} (${x.xdp})`],
      ["Connectivity tests", x.forwardsNative ? `passed on, ${count(c.connectivityTests)} so far` : "not passed on: no native IPv6"],
      ["Authentication", x.requiresAuthentication ? `required; ${count(x.secrets)} secrets` : "not required"], ["Threads", count(x.workers)],
      l && ["Limits a second", `for a source ${count(l.sourcePerSecond)}, its address ${count(l.sourceAddressPerSecond)}, its solicitations ${count(l.solicitationPerSecond)}, a relay ${count(l.relayPerSecond)}; to a client ${count(l.targetPerSecond)}, its address ${count(l.targetAddressPerSecond)}; to native IPv6 ${count(l.nativePerSecond)}`],
      l && ["Over a limit", `${scaled(rate(role, "drop.rateLimited"), "drops/s")}, ${count((c.drops || {}).rateLimited || 0)} so far`],
    ].filter(Boolean);
    fill(list, rows, () => facts(rows));
  } };
}

// ---- The last exchanges as a sequence chart.

function happenings(role) {
  const list = [];
  const who = (endpoint) => {
    const x = role.status, host = String(endpoint).replace(/:\d+$/, "");
    if (host === x.server) return "Server";
    if (host === x.secondaryServer) return "Server, second address";
    if ((x.servers || []).some((e) => e.address === host || e.secondaryAddress === host)) return `Server ${host}`;
    if (host.startsWith("224.")) return "Local network";
    return endpoint;
  };
  for (const e of role.events || []) {
    if (e.exchange) {
      const m = e.exchange, message = words(m.message);
      list.push({ time: e.time, to: m.endpoint ? who(m.endpoint) : m.party === "server" ? "Server" : m.party, out: m.direction === "sent", text: m.count === 1 ? message : `${count(m.count)} ${message.replace(/y$/, "ie")}s`, more: m.endpoint && who(m.endpoint) !== m.endpoint ? m.endpoint : "" });
    }
    if (e.state) list.push({ time: e.time, note: `${e.state.phase ? `${e.state.state}: ${e.state.phase}` : e.state.state}`, more: e.state.reason || "" });
    if (e.path) list.push({ time: e.time, to: e.path.endpoint ? who(e.path.endpoint) : e.path.address, out: true, text: `now ${paths[e.path.path] ? paths[e.path.path][1] : e.path.path}`, more: `${e.path.address}, before: ${e.path.previousPath}`, isPath: true });
  }
  return list.reverse().slice(0, 14);
}

function exchangeCard() {
  const { node, body } = card("The last exchanges", "half");
  return { node, update(role, resized) {
    const list = happenings(role), width = Math.max(300, Math.min(620, (body.clientWidth || 500)));
    fill(body, [list, width], () => {
      if (!list.length) return h("p", { class: "muted" }, "Nothing was exchanged since this page's server began to watch.");
      // As many lanes as have room for their names, which stand in two rows.
      const all = [...new Set(list.filter((e) => e.to).map((e) => e.to))], most = Math.max(2, Math.min(5, 1 + Math.floor((width - 224) / 66)));
      const lanes = all.length > most ? [...all.slice(0, most - 1), "others"] : all;
      const step = 34, top = 46, height = top + list.length * step + 6, id = `q${++serial}`, first = 74;
      const x = (name) => { const i = lanes.includes(name) ? lanes.indexOf(name) : lanes.length - 1; return lanes.length < 2 ? width - 80 : first + 80 + (width - first - 150) * (i + 0.0) / (lanes.length - 1); };
      const short = (text, most = 21) => text.length > most ? `${text.slice(0, most - 1)}…` : text;
      const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": `${id}t ${id}d` },
        s("title", { id: `${id}t` }, "Sequence chart of the last exchanges, the newest on top"), s("desc", { id: `${id}d` }, "The list below has the same as text."),
        s("text", { x: first, y: 14, "text-anchor": "middle" }, "This host"), s("line", { x1: first, x2: first, y1: 24, y2: height, class: "lane" }),
        lanes.map((lane, i) => [s("text", { x: Math.min(x(lane), width - 62), y: i % 2 ? 14 : 30, "text-anchor": "middle" }, short(lane)), s("line", { x1: x(lane), x2: x(lane), y1: i % 2 ? 20 : 36, y2: height, class: "lane" })]).flat(),
        list.map((e, i) => {
          const y = top + i * step + 18, time = s("text", { x: 0, y: y + 4, class: "m" }, clock(e.time));
          if (!e.to) return [time, s("rect", { x: first - 8, y: y - 12, width: Math.min(width - first, 14 + e.note.length * 7), height: 22, rx: 4, class: "note" }), s("text", { x: first, y: y + 4 }, e.note)];
          const end = x(e.to), tip = e.out ? end : first, back = e.out ? -7 : 7, side = e.out ? "" : " in";
          return [time, s("line", { x1: first, x2: end, y1: y, y2: y, class: `arrow${side}`, "stroke-dasharray": e.isPath ? "5 3" : null }), s("path", { d: `M${tip} ${y}l${back} -4v8z`, class: `head${side}` }), s("text", { x: first + 8, y: y - 5 }, lanes.includes(e.to) ? e.text : short(`${e.text}, ${e.to}`, Math.floor((width - first - 8) / 6.5)))];
        }).flat());
      return [svg, h("details", { open: this.open || null }, h("summary", {}, "As text"), h("ol", {}, list.map((e) => h("li", {}, `${clock(e.time)} `, e.to ? `${e.text} ${e.isPath ? "at" : e.out ? "to" : "from"} ${e.to}` : e.note, e.more ? `: ${e.more}` : ""))))];
    });
    const details = body.querySelector("details");
    if (details) this.open = details.open;
  } };
}

$("host").textContent = location.hostname === "localhost" || location.hostname === "127.0.0.1" || location.hostname === "[::1]" ? "on this host" : `on ${location.hostname}`;
connect();
