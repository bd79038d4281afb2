/** Builds the image of the Dockerfile, with a base image made here where none can be pulled. */
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, isThere, run } from './command.ts';
import { CACHE, type Engine } from './engine.ts';

export const TOP = fileURLToPath(new URL('../..', import.meta.url));
export const IMAGE = 'chaton-gateway-test';
/** What the README runs it with. */
export const HARDENED = [
  '--memory',
  '256m',
  '--read-only',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
];
/** The ports, each on a free one of this machine. */
export const PORTS = ['7777', '7778', '8080'].flatMap((port) => ['--publish', `127.0.0.1::${port}`]);

const BASE = 'docker.io/library/node:24-slim';
/** Time, in ms, for a registry to be reached. */
const PULL_TIME = 120_000;

/** Builds the image; throws, with all that the engine said, when it cannot be built. */
export async function buildImage(engine: Engine): Promise<void> {
  await ensureBase(engine);
  const revision = await attempt('git', ['-C', TOP, 'rev-parse', 'HEAD']);
  const own = engine.isPodman ? ['--pull=never', '--format', 'docker', ...(await npmSettings())] : [];
  const args = [
    '--network',
    'host',
    '--build-arg',
    `REVISION=${revision.stdout.trim()}`,
    '--tag',
    IMAGE,
    TOP,
  ];
  await engine.run(['build', ...own, ...args]);
}

/** Bytes of the layers that are the project's own. */
export async function ownBytes(engine: Engine): Promise<number> {
  const size = async (image: string) =>
    Number(await engine.run(['image', 'inspect', '--format', '{{.Size}}', image]));
  return (await size(IMAGE)) - (await size(BASE));
}

async function ensureBase(engine: Engine): Promise<void> {
  if ((await engine.attempt(['image', 'inspect', BASE])).code === 0) return;
  const pulled = await attempt(engine.name, ['pull', BASE], { timeout: PULL_TIME });
  if (pulled.code === 0) return;
  if (!(await isThere('mmdebstrap')))
    throw new Error(
      `${BASE} cannot be pulled, and mmdebstrap, which could make one, is not here: ${pulled.stderr}`,
    );
  console.log(`${BASE} cannot be pulled: one is made of Debian’s packages and the Node of npm ci`);
  await makeBase(engine);
}

/** A minimal Debian with Node, npm and the user `node`, as the official image has them. */
async function makeBase(engine: Engine): Promise<void> {
  const root = join(CACHE, 'base');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  await run('mmdebstrap', ['--quiet', '--variant=minbase', 'bookworm', root]);
  cpSync(process.execPath, join(root, 'usr/local/bin/node'), { dereference: true });
  const npm = npmFolder();
  const there = 'usr/local/lib/node_modules/npm';
  cpSync(npm, join(root, there), { recursive: true, dereference: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name));
  await run('chroot', [root, 'useradd', '--create-home', '--uid', '1000', '--shell', '/bin/bash', 'node']);
  rmSync(join(root, 'var/lib/apt/lists'), { recursive: true, force: true });
  const archive = join(CACHE, 'base.tar');
  await run('tar', ['-C', root, '-cf', archive, '.']);
  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await engine.run(['import', '--change', 'CMD ["node"]', '--change', path, archive, BASE]);
  rmSync(archive);
  rmSync(root, { recursive: true });
}

/** Folder of the npm that runs this. */
function npmFolder(): string {
  const program = process.env['npm_execpath'];
  const folder = program === undefined ? '/usr/lib/node_modules/npm' : dirname(dirname(program));
  if (!existsSync(join(folder, 'package.json')))
    throw new Error('npm is not found: start this with npm run test:container');
  return folder;
}

/** Has npm inside of the build use the registry and the certificates that it uses here. */
async function npmSettings(): Promise<string[]> {
  const [registry, cafile] = await Promise.all(
    ['registry', 'cafile'].map((name) => run('npm', ['config', 'get', name], { cwd: CACHE })),
  );
  const authorities = cafile === 'null' ? process.env['NODE_EXTRA_CA_CERTS'] : cafile;
  if (authorities === undefined) return [];
  const settings = join(CACHE, 'npmrc');
  writeFileSync(settings, `registry=${registry}\ncafile=/tmp/authorities.pem\n`);
  const mounts = [`${settings}:/usr/local/etc/npmrc:ro`, `${authorities}:/tmp/authorities.pem:ro`];
  return mounts.flatMap((mount) => ['--volume', mount]);
}
