/** Makes fast-check begin with CHATON_SEED; loaded only when it is set (see ../vitest.config.ts). */
import { configureGlobal } from 'fast-check';
import { seedOr } from './random.ts';

configureGlobal({ seed: seedOr(0) });
