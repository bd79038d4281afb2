/** Checks that an incomplete installation is reported in one sentence that tells what to do, with exit code 2. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'acorn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));
/** Path with a space and an accent, as a person may well have it. */
const tree = join(mkdtempSync(join(tmpdir(), 'chaton preflight é-')), 'gateway');
const modules = join(tree, 'node_modules');
const oldNode = join(tree, 'old-node.cjs');

const ENTRIES = ['server/start.cjs', 'server/main.ts', 'server/cli/admin.cjs'];
const ONE_SENTENCE = /^chaton: [^\n]+\n$/;

beforeAll(() => {
  mkdirSync(tree);
  for (const name of ['server', 'shared', 'web', 'package.json', 'package-lock.json'])
    cpSync(top + name, join(tree, name), { recursive: true, verbatimSymlinks: true });
  pretend('12.22.12');
});

afterAll(() => rmSync(tree, { recursive: true }));

/** Makes Node report this version to a process that requires {@link oldNode}. */
function pretend(version: string): void {
  const versions = `Object.assign({}, process.versions, { node: '${version}' })`;
  writeFileSync(oldNode, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
}

/** Links the packages of this tree, but for some. */
function install(but: readonly string[]): void {
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(modules);
  for (const name of readdirSync(`${top}node_modules`)) {
    if (name.startsWith('.') || but.includes(name)) continue;
    symlinkSync(`${top}node_modules/${name}`, join(modules, name));
  }
}

interface Manifest {
  readonly engines: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, Manifest>>;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function node(...args: readonly string[]): Promise<Ended> {
  return program(process.execPath, ...args);
}

function program(file: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd: tree }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode!, stdout, stderr }),
    );
  });
}

describe.each(ENTRIES)('%s', (entry) => {
  it('says that the working directory is gone', async () => {
    install([]);
    const words = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" --version';
    const { code, stderr } = await program('sh', '-c', words, process.execPath, join(tree, entry));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(ONE_SENTENCE) as string });
    expect(stderr).toContain('the working directory is gone');
  });

  it('says which Node is needed, and how it is had', async () => {
    install([]);
    const { code, stdout, stderr } = await node('--require', oldNode, entry);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(ONE_SENTENCE);
    expect(stderr).toContain(
      'this is Node 12.22.12, and 24 from 24.17 on or 26 or later is needed: use npm start',
    );
  });

  it('says that nothing is installed', async () => {
    rmSync(modules, { recursive: true, force: true });
    const { code, stdout, stderr } = await node(entry);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'chaton: nothing is installed yet: run npm ci\n',
    });
  });
});

describe('files that are there and cannot be read', () => {
  const [manifest, lock] = [join(tree, 'package.json'), join(tree, 'package-lock.json')];
  const nobody = join(tree, 'nobody.cjs');

  beforeAll(() => {
    // Root may read everything.
    writeFileSync(nobody, 'if (process.getuid() === 0) process.seteuid(65534);');
    chmodSync(dirname(tree), 0o755);
  });

  afterEach(() => {
    chmodSync(modules, 0o755);
    chmodSync(manifest, 0o644);
    cpSync(`${top}package-lock.json`, lock);
  });

  it.each<readonly [since: string, spoil: () => void, says: RegExp]>([
    [
      'the disk was full',
      () => writeFileSync(lock, '{"name": "cha'),
      /^chaton: the installation cannot be read, mend it or make it anew: .*JSON/,
    ],
    [
      'a file may not be read',
      () => chmodSync(manifest, 0),
      /^chaton: user \d+ may not read the installation \(as root: chmod -R a\+rX .*\): EACCES/,
    ],
    [
      'the packages may not be read',
      () => chmodSync(modules, 0),
      /^chaton: user \d+ may not read the installation .*node_modules/,
    ],
  ])('are told, since %s', async (_since, spoil, says) => {
    install([]);
    spoil();
    const { code, stderr } = await node('--require', nobody, 'server/start.cjs', '--version');
    expect(stderr).toMatch(ONE_SENTENCE);
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  });

  it('are told when they are sources', async () => {
    install([]);
    const failure = "Object.assign(new Error('EACCES: permission denied, open x'), { code: 'EACCES' })";
    const script = `require('./server/preflight.cjs').explain(${failure})`;
    const { code, stderr } = await node('--eval', script);
    expect(stderr).toMatch(/^chaton: user \d+ may not read the installation .*open x\n$/);
    expect(code).toBe(2);
  });
});

describe('engines in package.json', () => {
  afterAll(() => pretend('12.22.12'));

  it.each([
    ['20.20.2', false],
    ['22.23.3', false],
    ['24.16.0', false],
    ['24.17.0', true],
    ['24.21.3', true],
    ['25.9.0', false],
    ['26.0.0', true],
    ['100.0.0', true],
  ])('say whether Node %s will do: %s', async (version, does) => {
    install([]);
    pretend(version);
    const { code } = await node('--require', oldNode, 'server/preflight.cjs');
    expect(code).toBe(does ? 0 : 2);
  });

  it('are what the lock has, and what the Node that comes with the packages is', () => {
    const read = (name: string) => JSON.parse(readFileSync(top + name, 'utf8')) as Manifest & Lock;
    const { engines, devDependencies } = read('package.json');
    expect(read('package-lock.json').packages['']!.engines).toEqual(engines);
    expect(engines).toEqual({ node: '^24.17.0 || >=26.0.0', npm: '>=10' });
    expect(devDependencies['node']).toMatch(/^24\./);
  });
});

describe('packages', () => {
  it.each([
    ['that is needed', ['pino'], 'the package pino is not installed: run npm ci'],
    ['that one of those needs', ['sonic-boom'], 'the package sonic-boom is not installed: run npm ci'],
  ])('one %s is missing: it is named', async (_title, but, says) => {
    install(but);
    const { code, stderr } = await node('server/start.cjs', '--version');
    expect(stderr).toMatch(ONE_SENTENCE);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });

  it('one is of another version than the sources need: it is named', async () => {
    install(['pino']);
    cpSync(`${top}node_modules/pino`, join(modules, 'pino'), { recursive: true });
    const manifest = join(modules, 'pino/package.json');
    writeFileSync(
      manifest,
      readFileSync(manifest, 'utf8').replace(/"version": "[^"]+"/, '"version": "9.0.0"'),
    );
    const { code, stderr } = await node('server/start.cjs', '--version');
    expect(stderr).toMatch(ONE_SENTENCE);
    expect(stderr).toContain('the package pino is of another version than these sources need: run npm ci');
    expect(code).toBe(2);
  });

  it('without a lock, as in the image, one that is missing further down is told too', async () => {
    install(['sonic-boom', 'pino']);
    cpSync(`${top}node_modules/pino`, join(modules, 'pino'), { recursive: true });
    rmSync(join(tree, 'package-lock.json'));
    const { code, stderr } = await node('server/start.cjs', '--tcp-port=0', '--http-port=0');
    // What a gateway needs is loaded for one that starts, and not for an answer.
    const asked = await node('server/start.cjs', '--version');
    cpSync(`${top}package-lock.json`, join(tree, 'package-lock.json'));
    expect(stderr).toMatch(ONE_SENTENCE);
    expect(stderr).toContain('the installation is incomplete, run npm ci:');
    expect([code, asked.code, asked.stderr]).toEqual([2, 0, '']);
  });

  it('those of the tests are missed by the tests alone', async () => {
    install(['vitest']);
    expect(await node('server/preflight.cjs')).toEqual({ code: 0, stdout: '', stderr: '' });
    const { code, stderr } = await node('server/preflight.cjs', 'all');
    expect(stderr).toMatch(ONE_SENTENCE);
    expect(stderr).toContain('the package vitest is not installed: run npm ci, without leaving anything out');
    expect(code).toBe(2);
  });

  it('without what builds the page, one that is not built is told', async () => {
    install(['vite']);
    rmSync(join(tree, 'web/dist'), { recursive: true, force: true });
    const { code, stderr } = await node('web/ensure-built.ts');
    expect(stderr).toMatch(ONE_SENTENCE);
    expect(stderr).toContain('the page has to be built, and what builds it is not installed: run npm ci');
    expect(code).toBe(2);
  });

  it('where the page cannot be written, that is told', async () => {
    install([]);
    rmSync(join(tree, 'web/dist'), { recursive: true, force: true });
    // Where Vite would write first; as for somebody who may not, since the files are root's.
    writeFileSync(join(modules, '.vite-temp'), '');
    const { code, stderr } = await node('web/ensure-built.ts');
    expect(stderr).toMatch(/^chaton: the page has to be built, and that cannot be written: E[^\n]+\n$/m);
    expect(stderr).not.toContain('\n    at ');
    expect(code).toBe(2);
  });

  it('are all there: it starts, in a path with a space and an accent', async () => {
    install([]);
    const { version } = JSON.parse(readFileSync(`${top}package.json`, 'utf8')) as { version: string };
    expect(await node('server/main.ts', '--version')).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
    const config = 'const { default: config } = await import(process.argv[1]); console.log(config.root);';
    mkdirSync(join(tree, 'test/support'), { recursive: true });
    for (const file of ['vitest.config.ts', 'sequencer.ts', 'support/patience.ts'])
      cpSync(`${top}test/${file}`, join(tree, 'test', file));
    const url = pathToFileURL(join(tree, 'test/vitest.config.ts')).href;
    const { stdout } = await node('--input-type=module', '--eval', config, url);
    expect(stdout).toBe(`${tree}/\n`);
  });
});

it.each(['start.cjs', 'preflight.cjs', 'cli/health.cjs', 'cli/admin.cjs'])(
  'server/%s is JavaScript that Node 12 reads',
  (name) => {
    const source = readFileSync(`${top}server/${name}`, 'utf8');
    // ES2019 lacks `import()`, which Node 12 has.
    const read = () =>
      parse(source.replaceAll('import(', 'load('), { ecmaVersion: 2019, allowHashBang: true });
    expect(read).not.toThrow();
    expect(source).not.toContain("'node:");
  },
);

it('a checkout has the same bytes on every system', () => {
  expect(readFileSync(`${top}.gitattributes`, 'utf8')).toMatch(/^\* text=auto eol=lf$/m);
});
