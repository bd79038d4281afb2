/** The settings by default, for tests: a gateway reads its own. */
import { assemble, type Config } from '../../server/config/settings.ts';

export const DEFAULT_CONFIG: Config = assemble(({ fallback }) => fallback);
export const DEFAULT_LIMITS: Config['limits'] = DEFAULT_CONFIG.limits;
