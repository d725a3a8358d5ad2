// Keeps what the page shows up to date: the standing alerts once, then what /v1/stream tells; and says
// how far what is shown can be believed.
'use strict';

const ALERTS_LOADED = 5000;
const GONE_SHOWN = 6;
const SILENCE_MS = 25000;  // the server says how its engine stands every ten seconds
const RETRY_MS = 3000;
const LOAD_MS = 30000;
const STANDING = new Set(['raised', 'acknowledged', 'escalated']);

// How far an alert has come; only grows.
function stage(alert) {
  return [alert.revision || 0, (alert.transitions || []).length];
}

function isLater(alert, known) {
  const [revision, told] = stage(alert);
  const [known_revision, known_told] = stage(known);
  return revision > known_revision || (revision === known_revision && told > known_told);
}

// `before`: what stood before the alerts were loaded anew.
function applyAlert(alert, before = alerts) {
  const known = alerts.get(alert.alert_id);
  if (known && !isLater(alert, known)) return;
  if (STANDING.has(alert.state)) {
    alerts.set(alert.alert_id, alert);
    return;
  }
  if (before.has(alert.alert_id) || alert.state === 'retracted') gone.unshift(alert);
  gone.length = Math.min(gone.length, GONE_SHOWN);
  alerts.delete(alert.alert_id);
}

function takeAlert(alert) {
  if (load.waiting) {
    load.waiting.push(alert);
  } else {
    applyAlert(alert);
    draw();
  }
}

async function askForAlerts() {
  const answer = await fetch(`/v1/alerts?standing=1&limit=${ALERTS_LOADED}`,
                             {signal: AbortSignal.timeout(LOAD_MS)});
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || `status ${answer.status}`);
  return {standing: body, total: Number(answer.headers.get('Caseclock-Total') || body.length)};
}

async function loadAlerts() {
  clearTimeout(load.retry);
  load.again = true;
  if (load.waiting) return;
  while (load.again) {
    load.again = false;
    load.waiting = [];
    let answer = null;
    try {
      answer = await askForAlerts();
      load.failed = '';
    } catch (error) {
      load.failed = error.message;
    }
    const before = new Map(alerts);
    if (answer) {
      alerts.clear();
      for (const alert of answer.standing) alerts.set(alert.alert_id, alert);
      load.left = Math.max(0, answer.total - answer.standing.length);
      load.done = true;
    }
    for (const alert of load.waiting) applyAlert(alert, before);
    load.waiting = null;
    draw();
  }
  if (load.failed) load.retry = setTimeout(loadAlerts, RETRY_MS);
}

function connection(state, text) {
  if (byId('connection').className !== state) byId('connection').className = state;
  setText('connection', text);
}

function lost(why) {
  connection('lost', newsAt ? `${why}, figures of ${time(new Date(newsAt).toISOString())}; trying again…`
                            : `${why}; trying again…`);
}

function showEngine() {
  if (engine.error) return connection('lost', `The engine has failed: ${engine.error}`);
  if (engine.ready) return connection('live', 'Live');
  const behind = engine.lag_seconds ? `, ${span(engine.lag_seconds)} behind` : '';
  return connection('connecting', `Catching up: ${(engine.waiting || 0).toLocaleString('en-GB')} records wait${behind}`);
}

let stream = null;
let triedAt = 0;  // when it was listened for

// A refusal does not reach who listens: another question gets it in words.
async function refusal() {
  try {
    const answer = await fetch('/v1/backlog', {signal: AbortSignal.timeout(LOAD_MS)});
    return answer.ok ? '' : (await answer.json()).error || '';
  } catch (error) {
    return '';
  }
}

function listen() {
  if (stream) stream.close();
  const mine = new EventSource('/v1/stream');
  stream = mine;
  triedAt = Date.now();
  const on = (name, take) => mine.addEventListener(name, (event) => {
    if (mine !== stream) return;
    newsAt = Date.now();
    refused = '';
    take(JSON.parse(event.data));
  });
  // That somebody took the connection says nothing yet: what is shown of it stays.
  mine.onopen = () => {
    if (mine !== stream) return;
    queues.clear();
    loadAlerts();
  };
  mine.onerror = async () => {
    if (mine !== stream) return;
    lost('Connection lost');
    // A stream that the server refused does not come back by itself.
    if (mine.readyState !== EventSource.CLOSED) return;
    const why = await refusal();
    if (mine !== stream) return;
    refused = why;
    if (why) lost(why);
    draw();
    setTimeout(() => { if (mine === stream) listen(); }, RETRY_MS);
  };
  on('state', (state) => {
    engine = state;
    showEngine();
    draw();
  });
  on('backlog', (figures) => {
    queues.set(figures.queue, figures);
    draw();
  });
  on('alert', takeAlert);
  on('resync', loadAlerts);
}

// A connection may stay open although nobody answers any more.
function watch() {
  if (Date.now() - Math.max(newsAt, triedAt) < SILENCE_MS) return;
  connection('lost', newsAt ? `No news since ${time(new Date(newsAt).toISOString())}; trying again…`
                            : 'No answer; trying again…');
  listen();
}

listen();
setInterval(watch, 1000);
draw();
