/** Builds the page when it was never built, or when something it is made of is newer (run before `npm start`). */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const built = modifiedAt(join(top, 'web/dist/index.html'));
const sources = ['web', 'shared', 'package-lock.json'].map((path) => newest(join(top, path)));

if (Math.max(...sources) > built) {
  // Whatever it is started by: a page that is built for tests would be another, and larger.
  process.env['NODE_ENV'] = 'production';
  const vite = await loadVite();
  const options = { root: join(top, 'web'), configFile: join(top, 'web/vite.config.ts') };
  await vite?.build({ ...options, logLevel: 'warn' }).catch(explain);
}

/** A folder that may not be written to, or a full disk, is told in one line; what is wrong with the page itself, at length. */
function explain(error: unknown): void {
  const { syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) throw error;
  console.error(
    `chaton: the page has to be built, and that cannot be written: ${message} (as the owner of these files: npm run build)`,
  );
  process.exitCode = 2;
}

/** Loaded only when it is needed: an installation without development packages has the page built already. */
async function loadVite(): Promise<typeof import('vite') | null> {
  try {
    return await import('vite');
  } catch (error) {
    const [reason] = (error as Error).message.split('\n', 1);
    console.error(
      `chaton: the page has to be built, and what builds it is not installed: run npm ci, without leaving anything out (${reason})`,
    );
    process.exitCode = 2;
    return null;
  }
}

function newest(path: string): number {
  if (!statSync(path).isDirectory()) return modifiedAt(path);
  const parts = readdirSync(path).filter((name) => name !== 'dist');
  return Math.max(0, ...parts.map((name) => newest(join(path, name))));
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
