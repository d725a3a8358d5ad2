// The first page: shows queues and standing alerts, and keeps them up to date over /v1/stream. Every
// text goes in by textContent, so nothing that an event says can become markup.
'use strict';

const ALERTS_SHOWN = 200;
const ALERTS_LOADED = 5000;
const GONE_SHOWN = 6;
const STANDING = new Set(['raised', 'acknowledged', 'escalated']);

const queues = new Map();   // name → figures
const alerts = new Map();   // alert id → alert
const gone = [];            // resolved or retracted while the page is open, the latest first
let drawing = false;
let alertsLoaded = false;
let alertsCut = false;      // more stood when they were loaded than were asked for

function byId(id) { return document.getElementById(id); }

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
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

// The limit of each queue that passes next, of those that have been warned of.
function nextOverdue() {
  const next = new Map();
  const now = new Date().toISOString();
  for (const alert of alerts.values()) {
    if (alert.kind !== 'warning' || !alert.clock_due_at || alert.clock_due_at <= now) continue;
    const known = next.get(alert.queue);
    if (!known || alert.clock_due_at < known.clock_due_at) next.set(alert.queue, alert);
  }
  return next;
}

function named(text, details, className) {
  const cell = element('td', text, className);
  if (details) cell.append(element('span', details, 'details'));
  return cell;
}

function queueRow(figures, next) {
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
  const left = next ? (new Date(next.clock_due_at).getTime() - Date.now()) / 1000 : 0;
  const coming = named(next ? `in ${span(left)}` : '–', next && `${next.case_id} ${next.clock}`,
                       next ? 'soon' : 'quiet');
  if (next) coming.title = next.clock_due_at;
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
  return labelled(row, 'queues');
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
  return labelled(node, 'screening');
}

function drawScreening(shown) {
  const rows = shown.flatMap((figures) => (figures.screening || [])
      .filter((row) => row.window === 'P28D').map((row) => screeningRow(figures.queue, row)));
  byId('screening-section').hidden = rows.length === 0;
  byId('screening').tBodies[0].replaceChildren(...rows);
}

function drawQueues() {
  const shown = [...queues.values()].sort((a, b) => a.queue.localeCompare(b.queue));
  byId('queues').hidden = shown.length === 0;
  byId('queues-note').hidden = false;
  byId('queues-note').textContent = shown.length === 0
      ? (alertsLoaded ? 'No case has come in yet. Send events, or simulate some.' : 'Asking for the queues…')
      : `As of ${time(shown.map((q) => q.as_of).sort().at(-1))}. `
        + 'Overdue and due count obligations: a case may have several.';
  const next = nextOverdue();
  byId('queues').tBodies[0].replaceChildren(...shown.map((q) => queueRow(q, next.get(q.queue))));
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
  return labelled(row, 'alerts');
}

function drawAlerts() {
  const standing = [...alerts.values()].sort(
      (a, b) => (b.detected_at || '').localeCompare(a.detected_at || '')
                || (b.due_at || '').localeCompare(a.due_at || ''));
  const shown = standing.slice(0, ALERTS_SHOWN);
  byId('alerts').hidden = shown.length === 0;
  byId('alerts-note').hidden = shown.length > 0 && shown.length === standing.length;
  byId('alerts-note').textContent = shown.length === 0
      ? (alertsLoaded ? 'No alert stands.' : 'Asking for the alerts…') : `The latest ${shown.length}.`;
  byId('alerts-count').textContent =
      standing.length ? `(${alertsCut ? 'more than ' : ''}${standing.length.toLocaleString('en-GB')})` : '';
  byId('alerts').tBodies[0].replaceChildren(...shown.map(alertRow));
}

function drawGone() {
  byId('gone-note').hidden = gone.length > 0;
  byId('gone').replaceChildren(...gone.map((alert) => {
    const last = (alert.transitions || []).at(-1) || {};
    return element('li', `${time(last.at)} ${alert.state}: ${rungWords(alert)} of ${alert.clock}, `
                         + (alert.source ? `source ${alert.source}` : `case ${alert.case_id}, ${alert.queue}`)
                         + `, limit ${time(alert.clock_due_at || alert.due_at)}`);
  }));
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

function takeAlert(alert) {
  if (STANDING.has(alert.state)) {
    alerts.set(alert.alert_id, alert);
  } else {
    if (alerts.delete(alert.alert_id) || alert.state === 'retracted') gone.unshift(alert);
    gone.length = Math.min(gone.length, GONE_SHOWN);
  }
  draw();
}

async function loadAlerts() {
  try {
    const answer = await fetch(`/v1/alerts?standing=1&limit=${ALERTS_LOADED}`);
    if (!answer.ok) return;
    const standing = await answer.json();
    alerts.clear();
    alertsLoaded = true;
    alertsCut = standing.length === ALERTS_LOADED;
    for (const alert of standing) alerts.set(alert.alert_id, alert);
    draw();
  } catch (error) {
    // The stream says that the connection is lost, and comes back here when it is not.
  }
}

function connection(state, text) {
  byId('connection').className = state;
  byId('connection').textContent = text;
}

function listen() {
  const stream = new EventSource('/v1/stream');
  let heard = Date.now();
  stream.onopen = () => {
    heard = Date.now();
    connection('live', 'Live');
    queues.clear();
    loadAlerts();
  };
  stream.onerror = () => {
    connection('lost', `Connection lost, figures of ${time(new Date(heard).toISOString())}; trying again…`);
    // A stream that the server refused does not come back by itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  };
  stream.addEventListener('backlog', (event) => {
    heard = Date.now();
    const figures = JSON.parse(event.data);
    queues.set(figures.queue, figures);
    draw();
  });
  stream.addEventListener('alert', (event) => {
    heard = Date.now();
    takeAlert(JSON.parse(event.data));
  });
  stream.addEventListener('resync', loadAlerts);
}

listen();
draw();
