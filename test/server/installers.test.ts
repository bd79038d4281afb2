/** Checks that the installer of the tests' browsers says why it failed. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installPackages } from '../support/install-packages.ts';

const asRoot = { isRoot: true };
const asAnybody = { isRoot: false };

/** Makes an `apt-get` that does what the test says, first on the path; and a `sudo` that would do the same by itself. */
function fakeApt(
  script: string,
  sudo = 'exit 1',
): { readonly folder: string; readonly env: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), 'chaton-apt-'));
  for (const [name, commands] of [
    ['apt-get', script],
    ['sudo', sudo],
  ] as const) {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${commands}\n`);
    chmodSync(file, 0o755);
  }
  return {
    folder,
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}`, FOLDER: folder },
  };
}

const LOCKED =
  'echo "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (apt-get)" >&2; exit 100';

describe('a package that cannot be installed', () => {
  it.each([
    ['another installation', LOCKED, 'another installation is running', 'held by process 4711'],
    [
      'no rights',
      'echo "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)"; echo "E: Unable to lock directory /var/lib/apt/lists/"; exit 100',
      'root may',
      '13: Permission denied',
    ],
    [
      'no network',
      '[ "$1" = update ] && { echo "W: Failed to fetch http://deb.debian.org  Temporary failure resolving"; exit 0; }; echo "E: Unable to locate package chromium"; exit 100',
      'the package server cannot be reached',
      'Unable to locate package chromium',
    ],
    [
      'no such package',
      'echo "E: Unable to locate package chromium"; exit 100',
      'do not have it',
      'Unable to locate',
    ],
    [
      'a full disk',
      'echo "dpkg: error: No space left on device"; exit 100',
      'the disk is full',
      'No space left',
    ],
    ['anything else', 'echo one; echo "E: the odd thing" >&2; exit 7', 'it ended with 7', 'E: the odd thing'],
  ])('%s: is told with its reason and what apt-get said', async (_title, script, reason, said) => {
    const { env } = fakeApt(script);
    const failure = installPackages(['chromium'], { ...asRoot, env, patience: 0 });
    await expect(failure).rejects.toThrow(reason);
    await expect(failure).rejects.toThrow(said);
  });

  it('nobody who may install it is told, and apt-get is not called', async () => {
    const { env, folder } = fakeApt('touch "$FOLDER/called"');
    const failure = installPackages(['chromium'], { ...asAnybody, env, patience: 0 });
    await expect(failure).rejects.toThrow('only root may install chromium, and sudo is missing');
    expect(existsSync(join(folder, 'called'))).toBe(false);
  });

  it('no apt-get at all is told', async () => {
    const env = { ...process.env, PATH: mkdtempSync(join(tmpdir(), 'chaton-no-apt-')) };
    await expect(installPackages(['chromium'], { ...asRoot, env })).rejects.toThrow(
      'this system has no apt-get',
    );
  });
});

describe('a package that can be installed', () => {
  it('is, after another installation was waited for', async () => {
    const { env, folder } = fakeApt(
      `echo "$@" >> "$FOLDER/calls"; [ $(wc -l < "$FOLDER/calls") -gt 2 ] || { ${LOCKED}; }`,
    );
    await installPackages(['chromium'], { ...asRoot, env, patience: 20_000, every: 10 });
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    expect(calls).toEqual(['update', 'update', 'update', 'install -y --no-install-recommends chromium']);
  });

  it('is, by sudo when it asks for no password', async () => {
    const { env, folder } = fakeApt(
      'echo "$DEBIAN_FRONTEND" "$@" >> "$FOLDER/calls"',
      '[ "$1" = -n ] && shift && "$@"',
    );
    await installPackages(['chromium'], { ...asAnybody, env, patience: 0 });
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    expect(calls).toEqual([
      'noninteractive update',
      'noninteractive install -y --no-install-recommends chromium',
    ]);
  });

  it('is, even if a list of packages could not be had', async () => {
    const { env } = fakeApt('[ "$1" = install ] || { echo "E: a list is missing"; exit 100; }');
    await installPackages(['chromium'], { ...asRoot, env, patience: 0 });
  });
});
