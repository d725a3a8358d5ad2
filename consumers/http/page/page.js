// The first page: shows queues and standing alerts, as live.js keeps them. Every text goes in by
// textContent, so nothing that an event says can become markup.
'use strict';

const ALERTS_SHOWN = 200;

const queues = new Map();   // name → figures
const alerts = new Map();   // alert id → alert
const gone = [];            // resolved or retracted while the page is open, the latest first
let engine = {};            // how it stands, as it said last
let newsAt = 0;             // when anything was told last; 0: never
let refused = '';           // why nothing is told here, in words
let drawing = false;

// The alerts that stood when they were asked for. What is told meanwhile may be newer than the answer,
// or not: it waits, and the stage of each decides.
const load = {
  done: false,    // once
  failed: '',     // why the last did
  left: 0,        // stood beyond those that were loaded
  waiting: null,  // told while one is under way; null: none is
  again: false,   // it is out of date already
  retry: 0,       // the timer of the next one after a failure; whoever asks sooner clears it
};

function byId(id) { return document.getElementById(id); }

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function setText(id, text) {
  const node = byId(id);
  if (node.textContent !== text) node.textContent = text;
}

function keyed(key, node) {
  node.dataset.key = key;
  return node;
}

function span(seconds) {
  if (!seconds || seconds < 0) return '–';
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min`;
  return `${Math.floor(seconds)} s`;
}

function time(text) {
  const at = new Date(text);
  if (!text || Number.isNaN(at.getTime())) return '–';
  const today = new Date().toDateString() === at.toDateString();
  const clock = at.toLocaleTimeString('en-GB');
  return today ? clock : `${at.toLocaleDateString('en-GB', {day: 'numeric', month: 'short'})} ${clock}`;
}

// A rung by its name, as the command line puts it.
function rungWords(alert) {
  const unit = {D: 'day', H: 'hour', M: 'minute', S: 'second'};
  const before = /^warning_before_(.*)$/.exec(alert.rung);
  if (before) {
    const one = /^PT?(\d+)([DHMS])$/.exec(before[1]);
    return `warning ${one ? `${one[1]} ${unit[one[2]]}${one[1] === '1' ? '' : 's'}` : before[1]} before`;
  }
  const share = /^warning_(.*)$/.exec(alert.rung);
  if (share) return `warning at ${share[1]} %`;
  const name = alert.rung === 'overdue' ? 'overdue reminder' : alert.rung || alert.kind;
  return alert.repeat ? `${name} ${alert.repeat}` : name;
}

// On a narrow screen a row is a list, and each cell says what it is.
function labelled(row, tableId) {
  const heads = byId(tableId).tHead.rows[0].cells;
  [...row.cells].forEach((cell, i) => { cell.dataset.label = heads[i].textContent; });
  return row;
}

function timeCell(text) {
  const cell = element('td');
  const node = element('time', time(text));
  if (text) {
    node.dateTime = text;
    node.title = text;
  }
  cell.append(node);
  return cell;
}

// Overdue, due soon and the most overdue case over all clocks of a queue. A case that is overdue on
// two clocks counts on both: these are obligations, not cases.
function obligations(figures) {
  const sum = {overdue: 0, due: 0, most: 0, most_case: '', most_clock: ''};
  for (const [name, clock] of Object.entries(figures.clocks || {})) {
    sum.overdue += clock.overdue || 0;
    sum.due += clock.due_24h || 0;
    if ((clock.overdue_seconds_max || 0) > sum.most) {
      sum.most = clock.overdue_seconds_max;
      sum.most_case = clock.most_overdue_case || '';
      sum.most_clock = name;
    }
  }
  return sum;
}

// The limits of all queues that were warned of: whose each is. Figures name no case that is not late.
function warnedOf() {
  const cases = new Map();
  for (const alert of alerts.values()) {
    if (alert.kind === 'warning') cases.set(limitKey(alert.queue, alert.clock, alert.clock_due_at), alert.case_id);
  }
  return cases;
}

function limitKey(queue, clock, at) {
  return JSON.stringify([queue, clock, (at || '').slice(0, 19)]);
}

// The limit of a queue that passes next, over all its clocks.
function nextDue(figures, warned) {
  let next = null;
  for (const [name, clock] of Object.entries(figures.clocks || {})) {
    if (!clock.next_due_at || (next && next.at <= clock.next_due_at)) continue;
    next = {at: clock.next_due_at, clock: name};
  }
  return next && {...next, case_id: warned.get(limitKey(figures.queue, next.clock, next.at)) || ''};
}

function named(text, details, className) {
  const cell = element('td', text, className);
  if (details) cell.append(element('span', details, 'details'));
  return cell;
}

function queueRow(figures, warned) {
  const row = element('tr');
  const sum = obligations(figures);
  const name = element('th', figures.queue);
  name.scope = 'row';
  const number = (value, className) =>
      element('td', String(value ?? 0), `number ${value ? className || '' : 'quiet'}`);
  const flow = (window) => {
    const f = (figures.flow || {})[window] || {};
    return element('td', `${f.in || 0} / ${f.out || 0}`, 'number');
  };
  const most = named(sum.most ? span(sum.most) : '–', sum.most && `${sum.most_case} ${sum.most_clock}`,
                     sum.most ? 'late' : 'quiet');
  const next = nextDue(figures, warned);
  const left = next ? (new Date(next.at).getTime() - Date.now()) / 1000 : 0;
  const coming = named(next ? (left > 0 ? `in ${span(left)}` : 'now') : '–',
                       next && `${next.case_id} ${next.clock}`.trim(), next ? 'soon' : 'quiet');
  if (next) coming.title = next.at;
  const waiting = (part) => {
    const p = (figures[part] || {});
    const cell = number(p.count, 'soon');
    if (p.count) cell.title = `the longest for ${span(p.age_seconds_max)}`;
    return cell;
  };
  // A queue whose policy sets no limit has nobody over it.
  const caseload = figures.caseload;
  const over = caseload ? number(caseload.handlers_over, 'soon') : element('td', '–', 'number quiet');
  if (caseload) {
    const most = caseload.over.map((one) => `${one.handler}: ${one.cases}`).join(', ');
    over.title = `limit ${caseload.limit}, the most that a handler has: ${caseload.cases_max}`
        + (most && ` (${most})`);
  }
  const age = figures.age_seconds || {};
  row.append(name, number(figures.open), number(sum.overdue, 'late'), most,
             number(sum.due, 'soon'), coming, waiting('unassigned'), waiting('ungraded'),
             number(figures.unqualified, 'soon'), over, flow('P1D'),
             flow('P7D'), element('td', span(age.p50), 'number'),
             element('td', span(age.max), 'number'));
  return keyed(figures.queue, labelled(row, 'queues'));
}

function percent(ratio) {
  return typeof ratio === 'number' ? `${(ratio * 100).toFixed(1)} %` : '–';
}

function screeningRow(queue, row) {
  const node = element('tr');
  const name = element('th', queue);
  name.scope = 'row';
  const number = (value, className) =>
      element('td', String(value ?? 0), `number ${value ? className || '' : 'quiet'}`);
  node.append(name, element('td', row.guidance), element('td', row.role), number(row.in),
              number(row.out), number(row.returned), number(row.deviations, 'soon'),
              element('td', percent(row.out_ratio), 'number'),
              element('td', percent(row.deviation_ratio), 'number'));
  return keyed(JSON.stringify([queue, row.guidance, row.role]), labelled(node, 'screening'));
}

function drawScreening(shown) {
  const rows = shown.flatMap((figures) => (figures.screening || [])
      .filter((row) => row.window === 'P28D').map((row) => screeningRow(figures.queue, row)));
  byId('screening-section').hidden = rows.length === 0;
  patch(byId('screening').tBodies[0], rows);
}

// What the figures say of themselves: of which instant they are, and what they leave out.
function queuesNote(shown) {
  if (shown.length === 0) {
    if (refused) return `No figures here: ${refused}.`;
    return newsAt ? 'No case has come in yet. Send events, or simulate some.' : 'Asking for the queues…';
  }
  const counted = shown.map((q) => q.watermark).filter(Boolean).sort()[0];
  const told = Math.min(...shown.map((q) => Object.keys(q.offsets || {}).length));
  return (told < engine.partitions
      ? `Of ${told} of ${engine.partitions} partitions: the engines that have the others have not told theirs yet. ` : '')
      + `As of ${time(shown.map((q) => q.as_of).sort().at(-1))}`
      + (Date.parse(counted) <= 0 ? '; not every partition has been read yet, so more is to come. '
        : counted ? `; what came in up to ${time(counted)} is counted. ` : '. ')
      + 'Overdue and due count obligations: a case may have several.';
}

function drawQueues() {
  const shown = [...queues.values()].sort((a, b) => a.queue.localeCompare(b.queue));
  byId('queues').hidden = shown.length === 0;
  setText('queues-note', queuesNote(shown));
  const warned = warnedOf();
  patch(byId('queues').tBodies[0], shown.map((figures) => queueRow(figures, warned)));
  drawScreening(shown);
}

function alertRow(alert) {
  const row = element('tr');
  const kind = element('th', rungWords(alert), alert.kind === 'warning' ? 'soon' : 'late');
  kind.scope = 'row';
  row.append(kind, element('td', alert.state), element('td', alert.source ? `source ${alert.source}` : alert.case_id),
             element('td', alert.queue), element('td', alert.clock),
             element('td', alert.risk || 'ungraded'), timeCell(alert.clock_due_at || alert.due_at),
             timeCell(alert.detected_at));
  if (Date.now() - new Date(alert.detected_at).getTime() < 60000) row.className = 'fresh';
  return keyed(alert.alert_id, labelled(row, 'alerts'));
}

function drawAlerts() {
  const standing = [...alerts.values()].sort(
      (a, b) => (b.detected_at || '').localeCompare(a.detected_at || '')
                || (b.due_at || '').localeCompare(a.due_at || ''));
  const shown = standing.slice(0, ALERTS_SHOWN);
  byId('alerts').hidden = shown.length === 0;
  const all = standing.length + load.left;
  const number = all.toLocaleString('en-GB');
  byId('alerts-note').hidden = shown.length > 0 && shown.length === all && !load.failed;
  setText('alerts-note', alertsNote(shown.length, all, number));
  byId('alerts-rest').hidden = shown.length === all;
  setText('alerts-count', all && load.done ? `(${load.left ? 'about ' : ''}${number})` : '');
  patch(byId('alerts').tBodies[0], shown.map(alertRow));
}

function alertsNote(shown, all, number) {
  if (refused) return 'No alerts here.';
  if (load.failed) return `The alerts could not be loaded: ${load.failed}; trying again…`;
  if (!load.done) return 'Asking for the alerts…';
  return all === 0 ? 'No alert stands.' : `The latest ${shown} of ${number}.`;
}

function drawGone() {
  byId('gone-note').hidden = gone.length > 0;
  patch(byId('gone'), gone.map((alert) => {
    const last = (alert.transitions || []).at(-1) || {};
    const words = `${time(last.at)} ${alert.state}: ${rungWords(alert)} of ${alert.clock}, `
                  + (alert.source ? `source ${alert.source}` : `case ${alert.case_id}, ${alert.queue}`)
                  + `, limit ${time(alert.clock_due_at || alert.due_at)}`;
    return keyed(JSON.stringify([alert.alert_id, stage(alert)]), element('li', words));
  }));
}

// Puts `fresh` into `parent`. What stays the same stays in place, or whoever selects or reads a row
// would lose it whenever another one changes.
function patch(parent, fresh) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const nodes = fresh.map((node) => {
    const known = old.get(node.dataset.key);
    old.delete(node.dataset.key);
    return known ? refreshed(known, node) : node;
  });
  for (const node of old.values()) node.remove();
  let at = parent.firstElementChild;
  for (const node of nodes) {
    if (node === at) {
      at = at.nextElementSibling;
    } else {
      parent.insertBefore(node, at);
    }
  }
}

function refreshed(known, fresh) {
  if (known.isEqualNode(fresh)) return known;
  if (known.children.length === 0 || known.children.length !== fresh.children.length) {
    known.replaceChildren(...fresh.childNodes);
  } else {
    [...known.children].forEach((cell, i) => {
      if (!cell.isEqualNode(fresh.children[0])) cell.replaceWith(fresh.children[0]);
      else fresh.children[0].remove();
    });
  }
  known.className = fresh.className;
  return known;
}

// At most once a frame, however much comes in.
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawQueues();
    drawAlerts();
    drawGone();
  });
}
