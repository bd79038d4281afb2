import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ban } from '../../server/admin/ban.ts';
import { BanStore } from '../../server/admin/ban-store.ts';
import { ConfigError } from '../../server/config/config.ts';

const LATER = Date.now() + 3_600_000;
const ALICE: Ban = { kind: 'login', value: 'alice*', until: LATER };
const NETWORK: Ban = { kind: 'address', value: '203.0.113.0/24', until: LATER };
const NOBODY = 65_534;

let folder: string;
let file: string;
let lines: string[];
let failures: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chaton-state-'));
  file = join(folder, 'refused.json');
  lines = [];
  failures = 0;
});

/** Opens the file as the gateway does at its start. */
function open(): Promise<BanStore> {
  return BanStore.open(file, pino({}, { write: (line) => lines.push(line) }), { inc: () => failures++ });
}

const kept = (path = file) => JSON.parse(readFileSync(path, 'utf8')) as unknown;
const others = () => readdirSync(folder).filter((name) => name !== 'refused.json');
const warnings = () => lines.filter((line) => line.includes('"level":40') || line.includes('"level":50'));

describe('a file that another program changes meanwhile', () => {
  const said = () => warnings().filter((line) => line.includes('was changed by something else'));

  it('as a second gateway does, is written over with a warning', async () => {
    const [first, second] = [await open(), await open()];
    first.bans.add(ALICE);
    await first.save();
    // The second has written the file last, when it started.
    expect(said()).toHaveLength(1);
    first.bans.add({ ...ALICE, value: 'ally' });
    await first.save();
    expect(said()).toHaveLength(1);
    second.bans.add(NETWORK);
    await second.save();
    expect([said().length, kept()]).toEqual([2, [NETWORK]]);
  });

  it('is no matter when nothing else writes', async () => {
    const store = await open();
    for (const ban of [ALICE, NETWORK]) {
      store.bans.add(ban);
      await store.save();
    }
    expect(said()).toEqual([]);
  });
});

describe('the last changes of bans', () => {
  it('are kept behind the bans by a gateway that is or was one of several, and only then', async () => {
    const now = Date.now();
    const alone = await open();
    alone.bans.add(ALICE);
    await alone.save();
    expect(kept()).toEqual([ALICE]);
    alone.bans.keepChanges();
    alone.bans.stampNew();
    alone.bans.add(NETWORK);
    alone.bans.remove(ALICE);
    await alone.save();
    const [network, behind] = kept() as [Ban, { changes: { value: string; changed: number }[] }];
    expect([network, behind.changes.map(({ value }) => value)]).toEqual([
      NETWORK,
      [NETWORK.value, ALICE.value],
    ]);
    expect(behind.changes.every(({ changed }) => changed >= now)).toBe(true);
    const again = await open();
    expect([again.bans.list(), again.bans.changes()]).toEqual([[NETWORK], behind.changes]);
    again.bans.add(ALICE);
    await again.save();
    expect(kept()).toMatchObject([NETWORK, ALICE, { changes: [{}, {}] }]);
    expect(warnings()).toEqual([]);
  });
});

describe('whatever the state file holds, the gateway starts', () => {
  const good = JSON.stringify([ALICE, NETWORK]);
  it.each<readonly [what: string, content: string | Buffer, bans: readonly Ban[]]>([
    ['zeros, as a power cut leaves them', Buffer.alloc(4096), []],
    ['half of it', good.slice(0, 60), []],
    ['something else', '{"some": "thing"}', []],
    ['null', 'null', []],
    [
      'no UTF-8',
      Buffer.concat([Buffer.from('[{"kind":"login","value":"'), Buffer.of(0xff), Buffer.from('"}]')]),
      [],
    ],
    ['another encoding', Buffer.from(`\uFEFF${good}`, 'utf16le'), []],
    ['far too much', Buffer.alloc(9_000_000, '['), []],
    ['a depth that no parser likes', '['.repeat(1_000_000), []],
    [
      'a time that was never one',
      `[${JSON.stringify(ALICE)},{"kind":"login","value":"z","until":null}]`,
      [ALICE],
    ],
    [
      'a time that no calendar has',
      `[{"kind":"login","value":"z","until":1e20},${JSON.stringify(NETWORK)}]`,
      [NETWORK],
    ],
    ['entries of another time', '[1, {"kind":"planet","value":"x","until":9e14}]', []],
    ['nothing', '', []],
  ])('%s: what cannot be used is put aside, with a warning', async (_what, content, bans) => {
    writeFileSync(file, content);
    const store = await open();
    expect(store.bans.list()).toEqual(bans);
    expect(kept()).toEqual(bans);
    const [aside, ...more] = others();
    expect(more).toEqual([]);
    expect(aside).toMatch(/^refused\.json\.broken-\d{4}-/);
    expect(readFileSync(join(folder, aside!)).equals(Buffer.from(content))).toBe(true);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain(aside);
    expect(failures).toBe(1);
  });

  it('a mark in front, which an editor put there: without a word', async () => {
    writeFileSync(file, `\uFEFF${good}`);
    expect((await open()).bans.list()).toEqual([ALICE, NETWORK]);
    expect([...warnings(), ...others()]).toEqual([]);
  });

  it('what was put aside before stays', async () => {
    for (const content of ['one', 'two', 'three']) {
      writeFileSync(file, content);
      await open();
    }
    const contents = others().map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(contents.sort()).toEqual(['one', 'three', 'two']);
  });

  it('bans that have ended meanwhile: they are forgotten, which is said', async () => {
    writeFileSync(file, JSON.stringify([{ ...ALICE, until: 1_000 }, NETWORK]));
    expect((await open()).bans.list()).toEqual([NETWORK]);
    expect(kept()).toEqual([NETWORK]);
    expect(lines).toEqual([expect.stringContaining('"bans":1,"msg":"bans have ended')]);
  });

  it('more bans than there may be: some are in force, and all are kept', async () => {
    const content = JSON.stringify(
      Array.from({ length: 260 }, (_, index) => ({ ...ALICE, value: `${index}*` })),
    );
    writeFileSync(file, content);
    expect((await open()).bans.size).toBe(250);
    expect(readFileSync(join(folder, others()[0]!), 'utf8')).toBe(content);
    expect(warnings()).toEqual([expect.stringContaining('10 of its bans are more than there may be')]);
  });
});

describe('a state file that can never be one', () => {
  it.each([
    ['a folder', () => mkdirSync(file), 'is a folder'],
    [
      'in no folder',
      () => (file = join(folder, 'nowhere', 'refused.json')),
      /there is no folder .*nowhere; make it first$/,
    ],
    [
      'one that leaves no room for the file beside it',
      () => (file += 'x'.repeat(230)),
      'its name is too long',
    ],
    ['in a file', () => (file = join(import.meta.filename, 'refused.json')), 'there can be no such file'],
    ['a device', () => (file = '/dev/full'), 'is no ordinary file'],
    ['a link to a device', () => symlinkSync('/dev/full', file), 'is no ordinary file'],
    ['a pipe', () => execFileSync('mkfifo', [file]), 'is no ordinary file'],
    ['a link to itself', () => symlinkSync(file, file), 'leads nowhere'],
  ])('%s: is a setting to be corrected, and nothing is touched', async (_what, prepare, words) => {
    prepare();
    const opened = open();
    await expect(opened).rejects.toThrow(ConfigError);
    await expect(opened).rejects.toThrow(words);
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
    expect(others()).toEqual([]);
  });
});

describe('the state file', () => {
  it('is only for who runs the gateway, whatever was left behind, and follows no link that somebody planted', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, `${file}.new`);
    writeFileSync(file, '[]', { mode: 0o666 });
    chmodSync(file, 0o666);
    const store = await open();
    store.bans.add(ALICE);
    expect(await store.save()).toBeNull();
    expect(kept()).toEqual([ALICE]);
    expect(lstatSync(file).isFile()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(others().sort()).toEqual(['refused.json.new', 'victim']);
  });

  it.each([true, false])(
    'may be a symbolic link, which stays one (its target is there: %s)',
    async (isThere) => {
      const target = join(folder, 'real.json');
      if (isThere) writeFileSync(target, '[]');
      symlinkSync('real.json', join(folder, 'middle'));
      symlinkSync(join(folder, 'middle'), file);
      const store = await open();
      store.bans.add(NETWORK);
      expect(await store.save()).toBeNull();
      expect(lstatSync(file).isSymbolicLink()).toBe(true);
      expect(lstatSync(target).isFile()).toBe(true);
      expect(kept(target)).toEqual([NETWORK]);
      expect((await open()).bans.list()).toEqual([NETWORK]);
    },
  );

  it('holds what was changed last, however much is changed at once', async () => {
    const store = await open();
    const verdicts = Array.from({ length: 200 }, (_, index) => {
      if (index % 3 === 2) store.bans.remove({ kind: 'login', value: `login ${index - 1}` });
      else store.bans.add({ kind: 'login', value: `login ${index}`, until: LATER });
      return store.save();
    });
    expect(new Set(await Promise.all(verdicts))).toEqual(new Set([null]));
    expect(store.bans.size).toBe(68);
    expect(kept()).toEqual(store.bans.list());
    expect(others()).toEqual([]);
  });

  it('forgets bans that have ended, all of a minute in one writing', async () => {
    const store = await open();
    store.tick(0);
    const soon = Date.now() + 50;
    for (let index = 0; index < 20; index++)
      store.bans.add({ kind: 'login', value: `login ${index}`, until: soon });
    store.bans.add(ALICE);
    await store.save();
    await expect.poll(() => store.bans.list()).toEqual([ALICE]);
    const written = statSync(file).ino;
    store.tick(59_000);
    await store.close();
    expect(statSync(file).ino).toBe(written);
    store.tick(60_000);
    await store.close();
    expect(kept()).toEqual([ALICE]);
    expect(store.bans.size).toBe(1);
    expect(lines.at(-1)).toMatch(/"bans":20,"msg":"bans have ended, and are forgotten"/);
  });

  it('that could not be written is, at the stop, when it can be again', async () => {
    const store = await open();
    renameSync(folder, `${folder}-away`);
    store.bans.add(ALICE);
    expect(await store.save()).toContain('there is no folder');
    renameSync(`${folder}-away`, folder);
    await store.close();
    expect(kept()).toEqual([ALICE]);
  });

  it('is written over where nothing can be put in its place, which is said', async () => {
    writeFileSync(file, `[${JSON.stringify(NETWORK)}]${' '.repeat(1_000)}`);
    await withoutFolder(async () => {
      const store = await open();
      expect(warnings()).toHaveLength(1);
      expect(warnings()[0]).toContain('only written over');
      store.bans.add(ALICE);
      expect(await store.save()).toBeNull();
      expect(kept()).toEqual([NETWORK, ALICE]);
      store.bans.remove(NETWORK);
      expect(await store.save()).toBeNull();
      expect(kept()).toEqual([ALICE]);
      expect(warnings()).toHaveLength(1);
    });
    expect(failures).toBe(0);
  });

  it('may be empty where it can only be written over: so begins one that has to be there to be mounted', async () => {
    writeFileSync(file, '');
    await withoutFolder(async () => {
      const store = await open();
      expect(warnings()[0]).toContain('it is empty');
      store.bans.add(ALICE);
      expect(await store.save()).toBeNull();
    });
    expect([kept(), others(), failures]).toEqual([[ALICE], [], 1]);
  });

  it('that can neither be read nor put aside stays as it is: bans are in force all the same', async () => {
    writeFileSync(file, 'precious');
    await withoutFolder(async () => {
      const store = await open();
      store.bans.add(ALICE);
      expect(await store.save()).toContain('neither be read nor put aside');
      expect(store.bans.isLoginBanned('Alice')).toBe(true);
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect([failures > 0, warnings().length > 1]).toEqual([true, true]);
  });
});

/** Runs this as a user who may write to the file, but not to its folder. */
async function withoutFolder(run: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid!() === 0;
  if (isRoot) chownSync(file, NOBODY, NOBODY);
  chmodSync(folder, 0o555);
  if (isRoot) process.seteuid!(NOBODY);
  try {
    await run();
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(folder, 0o755);
  }
}
