'use strict';
/* The operator's command line (see commands.ts). `server/admin/cli.ts` is a link to this file. */
const { preflight, explain } = require('../preflight.cjs');

preflight();
import('./commands.ts').catch(explain);
