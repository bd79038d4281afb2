'use strict';
/* The operator's command line (see admin.ts). */
const { preflight, explain } = require('../preflight.cjs');

preflight();
import('./admin.ts').catch(explain);
