'use strict';
/* Asks the gateway of the same settings whether it is ready (see health.ts). `server/health.ts` is a link to this file. */
const { preflight, explain } = require('../preflight.cjs');

preflight();
import('./health.ts').catch(explain);
