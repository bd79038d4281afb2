'use strict';
/*
 * The gateway's first module. It listens for signals before anything else is loaded, since a supervisor may send them
 * at any moment, and since the system loses what process 1 does not listen for. Then it looks whether all is there that
 * is needed, and only then loads the program: what reads the settings, and all else when these can be used.
 *
 * It is plain JavaScript, so that a Node that is too old can say so. `server/main.ts`, its former name, is a link to it, for
 * services that were set up by that.
 */
const { ppid } = process;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

let listener = null;
const noted = [];

for (const signal of SIGNALS)
  process.on(signal, () => {
    if (listener !== null) listener(signal);
    // Nobody is there yet who would have to be told.
    else if (signal === 'SIGTERM' || signal === 'SIGINT') process.exit(0);
    else if (noted.indexOf(signal) === -1) noted.push(signal);
  });

/** Hands the signals over: those that came in the meantime at once, once each, and all that come from now on. */
function listen(next) {
  listener = next;
  noted.splice(0).forEach(next);
}

const { preflight, explain } = require('./preflight.cjs');

/** Loaded in this order: signals are heard only between two, and all in one go would take a second on a slow machine. */
const PARTS = [
  () => import('pino'),
  () => import('prom-client'),
  () => import('fastify'),
  () => import('./chat/chat.ts'),
  () => import('./admission/acceptor.ts'),
  () => import('./http/app.ts'),
  () => import('./admin/app.ts'),
];

async function loadParts() {
  for (const part of PARTS) {
    await part();
    await new Promise(setImmediate);
  }
  return import('./process/serve.ts');
}

const load = () => loadParts().catch(explain);

preflight();
import('./process/run.ts').then(({ run }) => run({ listen, load, parent: ppid }), explain);
