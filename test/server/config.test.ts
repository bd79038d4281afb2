import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, version, type Config } from '../../server/config/config.ts';
import { SETTINGS } from '../../server/config/settings.ts';
import { DOCUMENTS, EXAMPLE, withTable, environmentFile } from '../support/settings-tables.ts';
import manifest from '../../package.json' with { type: 'json' };
import { DEFAULT_CONFIG, DEFAULT_LIMITS } from '../support/defaults.ts';

const folder = mkdtempSync(join(tmpdir(), 'chaton-config-'));
let files = 0;

/** Writes a file with this content, or with this as JSON. */
function file(content: unknown): string {
  const path = join(folder, `${++files}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function configOf(args: readonly string[], env: Record<string, string> = {}): Config {
  const invocation = readConfig(args, env);
  if (invocation.kind !== 'run') throw new Error(`prints instead: ${invocation.text}`);
  return invocation.config;
}

function printed(args: readonly string[], env: Record<string, string> = {}): string {
  const invocation = readConfig(args, env);
  if (invocation.kind !== 'print') throw new Error('runs instead');
  return invocation.text;
}

function problems(args: readonly string[], env: Record<string, string> = {}): readonly string[] {
  try {
    readConfig(args, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
  throw new Error('nothing was wrong with it');
}

describe('where a setting comes from', () => {
  it('is the default when nothing is said', () => {
    const config = configOf([]);
    expect(config).toEqual(DEFAULT_CONFIG);
    expect(config).toMatchObject({ host: '127.0.0.1', tcpPort: 7777, tcpLong64Port: 7778, httpPort: 8080 });
    expect(config.limits).toEqual(DEFAULT_LIMITS);
    expect(Object.isFrozen(config) && Object.isFrozen(config.limits)).toBe(true);
  });

  it.each<readonly [flag: string, text: string, inFile: unknown, value: Partial<Config>]>([
    ['host', '::', '::', { host: '::' }],
    ['tcp-port', '0', 0, { tcpPort: 0 }],
    ['tcp-long64-port', '65535', 65535, { tcpLong64Port: 65535 }],
    ['log-level', 'debug', 'debug', { logLevel: 'debug' }],
    [
      'allow-origins',
      'HTTPS://A.example:443/, http://b.example:8080',
      ['https://a.example', 'http://b.example:8080'],
      { allowOrigins: ['https://a.example', 'http://b.example:8080'] },
    ],
    ['id-lifetime', '1.5m', '90s', { limits: { ...DEFAULT_LIMITS, idLifetime: 90_000 } }],
    ['max-held-bytes', '1.5 MiB', 1_572_864, { limits: { ...DEFAULT_LIMITS, maxHeldBytes: 1_572_864 } }],
    ['max-misses', '7', 7, { limits: { ...DEFAULT_LIMITS, maxMisses: 7 } }],
  ])('%s: flag, variable and file say the same thing the same way', (flag, text, inFile, value) => {
    const env = `CHATON_${flag.toUpperCase().replaceAll('-', '_')}`;
    const expected = { ...DEFAULT_CONFIG, ...value };
    expect(configOf([`--${flag}`, text])).toEqual(expected);
    expect(configOf([`--${flag}=${text}`])).toEqual(expected);
    expect(configOf([], { [env]: text })).toEqual(expected);
    expect(configOf(['--config', file({ [flag]: inFile })])).toEqual(expected);
    expect(configOf([], { CHATON_CONFIG: file({ [flag]: text }) })).toEqual(expected);
    expect(configOf([], { [env]: '' })).toEqual(DEFAULT_CONFIG);
  });

  it('is the flag before the variable, that before the file, for every setting there is', () => {
    const defaults = SETTINGS.flatMap((setting) => {
      const text = setting.kind.format(setting.fallback);
      return text === '' ? [] : [{ ...setting, text }];
    });
    expect(defaults.length).toBeGreaterThan(10);
    // Each setting has a file of its own, and invalid values where a source of higher rank overrides them.
    for (const { flag, env, text } of defaults) {
      const origin = (args: readonly string[], variables: Record<string, string>) =>
        printed([...args, '--print-config'], variables)
          .split('\n')
          .find((line) => line.startsWith(`${flag} `))
          ?.slice(flag.length)
          .trim();
      const [good, bad] = [file({ [flag]: text }), file({ [flag]: '?' })];
      expect(origin([`--${flag}=${text}`, '--config', bad], { [env]: '?' })).toMatch(
        new RegExp(` --${flag}$`),
      );
      expect(origin(['--config', bad], { [env]: text })).toMatch(new RegExp(` ${env}$`));
      const fromFile = origin(['--config', good], {});
      expect(fromFile?.startsWith(`${text} `)).toBe(true);
      expect(fromFile?.endsWith(` ${good}: "${flag}"`)).toBe(true);
      expect(origin([], {})).toMatch(/ default$/);
    }
  });

  it('is told of where it is wrong, and overridden: it would stop the first start without that', () => {
    const path = file({ 'tcp-port': 'x', 'http-port': 8081 });
    const args = ['--tcp-port=0', '--config', path];
    const warnings = [
      'CHATON_TCP_PORT="y": must be a port number from 0 to 65535, or off; --tcp-port goes before it',
      `${path}: "tcp-port"="x": must be a port number from 0 to 65535, or off; --tcp-port goes before it`,
    ];
    const env = { CHATON_TCP_PORT: 'y', CHATON_HTTP_PORT: '0' };
    expect(readConfig(args, env)).toMatchObject({ kind: 'run', warnings });
    expect(readConfig([...args, '--print-config'], env)).toMatchObject({ kind: 'print', warnings });
  });

  it('may be in a file that an editor put its mark in front of (a BOM)', () => {
    const path = join(folder, 'marked.json');
    writeFileSync(path, '\uFEFF{"tcp-port": 7001}\r\n');
    expect(configOf(['--config', path]).tcpPort).toBe(7001);
    writeFileSync(path, Buffer.from('\uFEFF{"tcp-port": 7001}', 'utf16le'));
    expect(() => configOf(['--config', path])).toThrow(/cannot be read: .* utf-8/);
  });

  it('warns of variables that look like settings and are none', () => {
    const invocation = readConfig([], {
      CHATON_TCP_PROT: '1',
      CHATON_ADMIN_URL: 'http://[::1]:1',
      OTHER: '1',
    });
    expect(invocation).toMatchObject({
      warnings: ['CHATON_TCP_PROT is no setting of this program; did you mean CHATON_TCP_PORT?'],
    });
  });
});

describe('the listener for clients that write LONG on 8 bytes, which is there by default (D2)', () => {
  const settled = (args: readonly string[]) => {
    const invocation = readConfig(args, {});
    if (invocation.kind !== 'run') throw new Error('does not run');
    const { config, warnings } = invocation;
    return { port: config.tcpLong64Port, insists: config.insistsOnLong64 === true, warnings };
  };

  it.each<readonly [args: readonly string[], port: number | null, insists: boolean, warning: RegExp | null]>([
    [[], 7778, false, null],
    [['--tcp-long64-port', 'off'], null, false, null],
    [['--tcp-long64-port', '7778'], 7778, true, null],
    [['--tcp-long64-port', '7780'], 7780, false, null],
    // An operator who turned the plain listener off wants TLS only.
    [['--tcp-port=off', '--tls-tcp-port=1', '--tls-cert=c', '--tls-key=k'], null, false, null],
    [
      ['--tcp-port=off', '--tls-tcp-port=1', '--tls-cert=c', '--tls-key=k', '--tcp-long64-port=9'],
      9,
      false,
      null,
    ],
    [
      ['--tcp-port', '7778'],
      null,
      false,
      /--tcp-port has 7778, so choose one with --tcp-long64-port, or off$/,
    ],
    [['--http-port', '7778'], null, false, /--http-port has 7778/],
    [['--admin-port', '7778'], null, false, /--admin-port has 7778/],
  ])('%j: %s', (args, port, insists, warning) => {
    const warnings = warning === null ? [] : [expect.stringMatching(warning) as string];
    expect(settled(args)).toEqual({ port, insists, warnings });
  });

  it('is shown as what it is in effect', () => {
    expect(printed(['--tcp-port', '7778', '--print-config'])).toMatch(/^tcp-long64-port +off +default$/m);
  });

  it('has no port that was asked for twice', () => {
    expect(problems(['--tcp-port', '7778', '--tcp-long64-port', '7778'])).toEqual([
      '--tcp-port and --tcp-long64-port are both 7778: each needs its own port',
    ]);
  });
});

describe('settings that look wrong and are not', () => {
  it('a port may be that of another listener on another address', () => {
    const args = ['--host', '10.0.0.1', '--admin-port', '8080'];
    expect(configOf(args)).toMatchObject({ httpPort: 8080, adminPort: 8080 });
    expect(configOf(['--admin-port', '8080', '--admin-host', '::1']).adminPort).toBe(8080);
  });

  it('a name may come again in another place, or in a text', () => {
    const path = file('{"tls-cert": "\\"host\\":", "host": "::1"}');
    expect(configOf(['--config', path, '--tls-key=k']).host).toBe('::1');
  });

  it('a list may be none, as help and tables write an empty one', () => {
    const env = { CHATON_PROXIES: '10.0.0.1' };
    expect(configOf(['--proxies=none'], env).proxies).toEqual([]);
    expect(printed(['--proxies=none', '--print-config'], env)).toMatch(/^proxies +none +--proxies$/m);
  });

  it('proxies that may be anywhere are worth a warning', () => {
    expect(readConfig(['--proxies=10.0.0.1,0.0.0.0/0'], {})).toMatchObject({
      warnings: ['--proxies names every address: whoever connects is believed about where it comes from'],
    });
  });

  it('a gateway that is told of a cluster, and not of which, is a room by itself: worth a warning', () => {
    const flags = ['--cluster-node=g1', '--cluster-secret-file=/secret'];
    expect(readConfig(flags, {})).toMatchObject({
      warnings: ['--cluster-node is given, and no --cluster: this gateway is a room by itself'],
    });
    expect(readConfig([...flags, '--cluster=nats://127.0.0.1'], {})).toMatchObject({ warnings: [] });
  });

  it('a certificate, or a token, that no port uses is worth a warning', () => {
    const invocation = readConfig(['--tls-cert=c', '--tls-key=k', '--admin-token-file=t'], {});
    expect(invocation).toMatchObject({
      warnings: [
        '--tls-cert is given, and neither --https-port nor --tls-tcp-port: nothing is encrypted',
        '--admin-token-file is given, and no --admin-port: there is no listener for the operator',
      ],
    });
  });
});

describe('settings that cannot work', () => {
  it('are quoted, but not to the end when they are very long', () => {
    const long = 'x'.repeat(100_000);
    const all = [
      ...problems([`--tcp-port=${long}`, long, `--${long}`, '--config', file({ [long]: 1 })], {
        CHATON_HOST: long,
        CHATON_STATE_FILE: long,
      }),
      ...problems([`--config=${long}`]),
    ];
    expect(all).toHaveLength(7);
    for (const problem of all) expect(problem).toMatch(/^.{0,90}x{50,200}….{0,300}$/);
  });

  it.each<readonly [args: readonly string[], env: Record<string, string>, line: string | RegExp]>([
    [
      ['--host', 'localhost'],
      {},
      /^--host="localhost": must be an IP address, such as 127\.0\.0\.1, 0\.0\.0\.0 or ::/,
    ],
    [['--host', 'a\nb'], {}, /^--host="a\\nb": must be an IP address/],
    [
      ['--host', 'fe80::1'],
      {},
      '--host="fe80::1": must be an IP address, such as 127.0.0.1, 0.0.0.0 or ::, or a link-local one with its interface, such as fe80::1%eth0',
    ],
    [
      [],
      { CHATON_TCP_PORT: '7777\r' },
      String.raw`CHATON_TCP_PORT="7777\r": must be a port number from 0 to 65535, or off, without the white space around it`,
    ],
    [
      [],
      { CHATON_STATE_FILE: "'/x'" },
      `CHATON_STATE_FILE="'/x'": must be the path of a file, or off, without quotes around it`,
    ],
    [['--tcp-port', '65536'], {}, '--tcp-port="65536": must be a port number from 0 to 65535, or off'],
    [['--tcp-port=-1'], {}, '--tcp-port="-1": must be a port number from 0 to 65535, or off'],
    [['--http-port', '0x50'], {}, '--http-port="0x50": must be a port number from 0 to 65535, or off'],
    [['--http-port', '٣'], {}, '--http-port="٣": must be a port number from 0 to 65535, or off'],
    [
      [],
      { CHATON_TCP_LONG64_PORT: '1.5' },
      'CHATON_TCP_LONG64_PORT="1.5": must be a port number from 0 to 65535, or off',
    ],
    [['--log-level', 'INFO'], {}, /^--log-level="INFO": must be one of fatal, error, .*, silent$/],
    [
      [],
      { CHATON_ALLOW_ORIGINS: 'https://a.example,*' },
      /="https:\/\/a.example,\*": must be a list, separated by commas, each an origin/,
    ],
    [
      ['--allow-origins', 'https://a.example/page'],
      {},
      /^--allow-origins="https:\/\/a.example\/page": must be a list/,
    ],
    [
      ['--id-lifetime', '60'],
      {},
      /^--id-lifetime="60": must be a time from 1s to 1d with its unit \(ms, s, m, h, d\)/,
    ],
    [['--id-lifetime', '10ms'], {}, /^--id-lifetime="10ms": must be a time from 1s/],
    [['--id-lifetime', '1 week'], {}, /^--id-lifetime="1 week": must be a time/],
    [['--max-outbox-bytes', '256KB'], {}, /^--max-outbox-bytes="256KB": must be a size from 4KiB to 1GiB/],
    [['--max-outbox-bytes', '0.3B'], {}, /^--max-outbox-bytes="0.3B": must be a size/],
    [['--max-misses', '1e3'], {}, '--max-misses="1e3": must be a whole number from 1 to 100000'],
    [['--max-misses', '0'], {}, '--max-misses="0": must be a whole number from 1 to 100000'],
    [
      ['--tcp-prot', '1'],
      {},
      /^unknown flag --tcp-prot; did you mean --tcp-port\? --help-all lists the settings$/,
    ],
    [['--maxconnections=1'], {}, /^unknown flag --maxconnections; did you mean --max-connections\?/],
    // A word that is half wrong is no misspelling of another.
    [['--port=80'], {}, /^unknown flag --port; --help-all lists the settings$/],
    [['--hepl'], {}, /^unknown flag --hepl; did you mean --help\?/],
    [['--tcp-port'], {}, /^--tcp-port needs a value/],
    [['--tcp-port', '--help'], {}, /^--tcp-port needs a value/],
    [['--host='], {}, /^--host="": must be an IP address/],
    [['-x'], {}, /^unknown flag -x;/],
    [['8080'], {}, 'unexpected "8080"; --help-all lists the settings'],
    [
      ['0.0.0.0'],
      { npm_package_name: 'chaton-gateway', npm_lifecycle_event: 'start', npm_config_host: 'true' },
      'npm kept --host for itself; flags come behind a --, as in npm start -- --host …',
    ],
    [['--'], {}, 'unexpected --; --help-all lists the settings'],
    [['--help=yes'], {}, /^--help takes no value;/],
    [['--tcp-port', '1', '--tcp-port', '1'], {}, '--tcp-port is given twice'],
    [['--tcp-port', '1', '--tcp-port', '2', '--tcp-port', '3'], {}, '--tcp-port is given twice'],
    [['--https-port', '8443'], {}, '--tls-tcp-port and --https-port need --tls-cert and --tls-key'],
    [['--tls-cert', 'cert.pem'], {}, '--tls-cert and --tls-key need each other'],
    [['--http-port', '7777'], {}, '--tcp-port and --http-port are both 7777: each needs its own port'],
    [['--tcp-port', 'off'], {}, 'native clients need --tcp-port or --tls-tcp-port'],
    [['--http-port', 'off'], {}, 'the page needs --http-port or --https-port'],
    [['--proxies', '10.0.0.0/33'], {}, /^--proxies="10.0.0.0\/33": must be a list, .* each a network/],
    [['--config', '/nowhere.json'], {}, /^\/nowhere.json: cannot be read: ENOENT/],
    [['--config', file('{"tcp-port": }')], {}, /\.json: not JSON: /],
    [['--config', file('tcp-port: 1\n')], {}, /\.json: not JSON: .* is not valid JSON$/],
    [['--config', '/nowhere.json'], {}, /^\/nowhere\.json: cannot be read: ENOENT/],
    [['--config', '/a\n\x1b[2J.json'], {}, '--config="/a\\n\\u001b[2J.json": must be the path of a file'],
    [['--config', file([])], {}, /\.json: must be one object/],
    [['--config='], {}, '--config="": must be the path of a file'],
    [[], { CHATON_CONFIG: '\n' }, 'CHATON_CONFIG="\\n": must be the path of a file'],
    // It is not said as well that there is no port for it.
    [
      [],
      { CHATON_ADMIN_TOKEN_FILE: '\n' },
      'CHATON_ADMIN_TOKEN_FILE="\\n": must be the path of a file, or off',
    ],
    [
      ['--config', file('{"max-misses": 5, "host": "::1", "max-\\u006disses": 6}')],
      {},
      /\.json: "max-misses" is given twice$/,
    ],
    [['--host', '224.0.0.1'], {}, /^--host="224.0.0.1": must be an IP address/],
    [['--host', 'ff02::1'], {}, /^--host="ff02::1": must be an IP address/],
    // No time cures these: they are no ports that are taken.
    [['--admin-port', '8080'], {}, /^--http-port and --admin-port are both 8080/],
    [['--host', '::', '--admin-port', '7777'], {}, /^--tcp-port and --admin-port are both 7777/],
    [
      ['--host', '::ffff:127.0.0.1', '--admin-port', '7777'],
      {},
      /^--tcp-port and --admin-port are both 7777/,
    ],
    [
      ['--admin-port', '9', '--admin-token-file', '/tmp/a/../t', '--state-file', '/tmp/t'],
      {},
      '--state-file and --admin-token-file are both /tmp/t: bans would be written over it',
    ],
    [
      ['--config', file({ tcpPort: 1 })],
      {},
      /\.json: unknown setting "tcpPort"; did you mean tcp-port\? --help/,
    ],
    [['--config', file({ 'tcp-port': '1 ' })], {}, /\.json: "tcp-port"="1 ": must be a port/],
    [['--config', file({ 'tcp-port': null })], {}, /\.json: "tcp-port"=null: must be a port/],
    [['--config', file({ 'id-lifetime': 60 })], {}, /\.json: "id-lifetime"=60: must be a time/],
    [['--config', file({ 'allow-origins': [1] })], {}, /\.json: "allow-origins"=\[1\]: must be a list/],
  ])('%j %j: one line says what and where', (args, env, line) => {
    const said = problems(args, env);
    expect(said).toHaveLength(1);
    if (typeof line === 'string') expect(said[0]).toBe(line);
    else expect(said[0]).toMatch(line);
    expect(said[0]).not.toContain('\n');
  });

  it('are all said at once', () => {
    const path = file({ 'tcp-port': 'x', nothing: 1 });
    const said = problems(['--what', '--host', 'here', '--config', path], { CHATON_HTTP_PORT: '-' });
    expect(said.map((line) => line.replace(path, 'FILE'))).toEqual([
      'unknown flag --what; --help-all lists the settings',
      'FILE: unknown setting "nothing"; --help-all lists the settings',
      expect.stringMatching(/^--host="here": /),
      expect.stringMatching(/^FILE: "tcp-port"="x": /),
      expect.stringMatching(/^CHATON_HTTP_PORT="-": /),
    ]);
  });
});

describe('what is only printed', () => {
  it.each([
    ['--help', SETTINGS.filter(({ isBasic }) => isBasic)],
    ['--help-all', SETTINGS],
  ] as const)('%s names its settings with their defaults, in lines that fit', (flag, settings) => {
    const text = printed([flag, '--tcp-port', '1']);
    expect(text.match(/^ {2}--(?!config|print-config|help|version)/gm)).toHaveLength(settings.length);
    for (const setting of settings) {
      expect(text).toContain(`  --${setting.flag} ${setting.kind.placeholder} `);
      expect(text.replaceAll(/\s+/g, ' ')).toContain(
        `${setting.help} [${setting.kind.format(setting.fallback)}]`,
      );
    }
    for (const word of ['--config', '--print-config', '--help-all', '--version', 'CHATON_'])
      expect(text).toContain(word);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  it('--help is for a person to read: the settings that an operator would turn', () => {
    const basic = SETTINGS.filter(({ isBasic }) => isBasic).map(({ flag }) => flag);
    expect(basic.length).toBeLessThan(25);
    expect(basic).toEqual(
      expect.arrayContaining(['tcp-port', 'host', 'tls-cert', 'admin-port', 'state-file', 'max-connections']),
    );
    expect(basic).not.toContain('miss-window');
    expect(printed(['--help'])).toContain(`--help-all lists ${SETTINGS.length - basic.length} more`);
  });

  it.each(DOCUMENTS)(
    'the table in %s is the one of the settings that there are (npm run docs)',
    async (...document) => {
      const { is, should } = await withTable(...document);
      expect(is).toBe(should);
    },
  );

  it(`${EXAMPLE} has all settings, as they are by default (npm run docs)`, () => {
    const text = readFileSync(fileURLToPath(new URL(`../../${EXAMPLE}`, import.meta.url)), 'utf8');
    expect(text).toBe(environmentFile());
    // Without the # each is a variable that is allowed, and changes nothing.
    const variables = [...text.matchAll(/^#(CHATON_\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]);
    expect(variables).toHaveLength(SETTINGS.length);
    const invocation = readConfig([], Object.fromEntries(variables) as Record<string, string>);
    expect(invocation).toMatchObject({ kind: 'run', warnings: [], config: DEFAULT_CONFIG });
  });

  it('--version is the version of the package', () => {
    expect(printed(['--version'])).toBe(manifest.version);
    expect(version()).toBe(manifest.version);
  });
});

describe('the settings of a cluster', () => {
  const secret = ['--cluster-secret-file=secret'];

  it('are read, and the machine’s own name is kept to be found out later', () => {
    const config = configOf(['--cluster=nats://127.0.0.1:4222,tls://localhost', ...secret]);
    expect(config).toMatchObject({
      cluster: ['nats://127.0.0.1:4222', 'tls://localhost'],
      clusterRoom: 'main',
      clusterNode: 'hostname',
      clusterReplicas: 3,
      clusterHold: 1_000,
      clusterGiveUp: 25_000,
      clusterLease: 6,
    });
    expect(configOf(['--cluster=off']).cluster).toBe(null);
  });

  it.each([
    [['--cluster=nats://127.0.0.1'], /^--cluster needs --cluster-secret-file/],
    [['--cluster=nats://10.0.0.1', ...secret], /^--mesh-host is 127.0.0.1, where gateways on other machines/],
    [
      ['--cluster=nats://127.0.0.1', ...secret, '--mesh-port=7777'],
      /^--tcp-port and --mesh-port are both 7777/,
    ],
    [['--cluster=nats://127.0.0.1', ...secret, '--cluster-hold=30s'], /^--cluster-hold must be less/],
    [['--cluster=http://127.0.0.1', ...secret], /must be a list, .*NATS server/],
    [['--cluster=nats://127.0.0.1', ...secret, '--cluster-node=a.b'], /must be a name of up to 32/],
    [['--cluster=nats://127.0.0.1', ...secret, '--mesh-advertise=g1'], /must be a host and a port/],
    [['--cluster=nats://127.0.0.1:65536', ...secret], /must be a list, .*NATS server/],
    [['--cluster=nats://[:::]:4222', ...secret], /must be a list, .*NATS server/],
  ])('%j is refused in one line', (args, line) => {
    expect(problems(args)).toEqual([expect.stringMatching(line)]);
  });

  it.each(['g1:0', 'g1:65536', 'g1:99999', '[::zz]:7780', '[1.2.3.4]:7780', '[::1:7780', ':7780'])(
    'may not advertise %s, which nobody can reach',
    (address) => {
      const args = ['--cluster=nats://127.0.0.1', ...secret, `--mesh-advertise=${address}`];
      expect(problems(args)).toEqual([expect.stringMatching(/must be a host and a port/)]);
    },
  );

  it('may name addresses that others reach', () => {
    const elsewhere = '--cluster=nats://10.0.0.1:4222';
    expect(configOf([elsewhere, ...secret, '--mesh-host=0.0.0.0']).meshHost).toBe('0.0.0.0');
    expect(configOf([elsewhere, ...secret, '--mesh-advertise=g1:7780']).meshAdvertise).toBe('g1:7780');
    const byAddress = '--mesh-advertise=[2001:db8::1]:65535';
    expect(configOf([elsewhere, ...secret, byAddress]).meshAdvertise).toBe('[2001:db8::1]:65535');
  });
});
