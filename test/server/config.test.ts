import { describe, expect, it } from 'vitest';
import { ConfigError, DEFAULT_CONFIG, readConfig, version, type Config } from '../../server/config.ts';
import manifest from '../../package.json' with { type: 'json' };

function configOf(args: readonly string[], env: Record<string, string> = {}): Config {
  const invocation = readConfig(args, env);
  if (invocation.kind !== 'run') throw new Error(`prints instead: ${invocation.text}`);
  return invocation.config;
}

function printed(...args: string[]): string {
  const invocation = readConfig(args, {});
  if (invocation.kind !== 'print') throw new Error('runs instead');
  return invocation.text;
}

function complaint(args: readonly string[], env: Record<string, string> = {}): string {
  try {
    readConfig(args, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('nothing was wrong with it');
}

describe('where a setting comes from', () => {
  it('is the default when nothing is said', () => {
    expect(configOf([])).toEqual({
      host: '127.0.0.1',
      tcpPort: 7777,
      tcpLong64Port: null,
      httpPort: 8080,
      logLevel: 'info',
      allowedOrigins: [],
    });
    expect(configOf([])).toEqual(DEFAULT_CONFIG);
    expect(Object.isFrozen(configOf([]))).toBe(true);
  });

  it.each<readonly [keyof Config, flag: string, env: string, text: string, other: string, value: unknown]>([
    ['host', '--host', 'CHATON_HOST', '::', '0.0.0.0', '::'],
    ['tcpPort', '--tcp-port', 'CHATON_TCP_PORT', '0', '7', 0],
    ['tcpLong64Port', '--tcp-long64-port', 'CHATON_TCP_LONG64_PORT', '65535', '7', 65535],
    ['httpPort', '--http-port', 'CHATON_HTTP_PORT', '80', '7', 80],
    ['logLevel', '--log-level', 'CHATON_LOG_LEVEL', 'debug', 'warn', 'debug'],
    [
      'allowedOrigins',
      '--allow-origins',
      'CHATON_ALLOW_ORIGINS',
      'https://a.example, http://b.example:8080',
      'https://c.example',
      ['https://a.example', 'http://b.example:8080'],
    ],
  ])(
    '%s: the flag goes before the environment, that before the default',
    (name, flag, env, text, other, value) => {
      expect(configOf([flag, text])).toEqual({ ...DEFAULT_CONFIG, [name]: value });
      expect(configOf([`${flag}=${text}`])).toEqual({ ...DEFAULT_CONFIG, [name]: value });
      expect(configOf([], { [env]: text })).toEqual({ ...DEFAULT_CONFIG, [name]: value });
      expect(configOf([flag, text], { [env]: other })).toEqual({ ...DEFAULT_CONFIG, [name]: value });
      expect(configOf([], { [env]: '' })).toEqual(DEFAULT_CONFIG);
    },
  );

  it('is not an environment variable that a flag overrides, even a bad one', () => {
    expect(configOf(['--tcp-port', '1'], { CHATON_TCP_PORT: 'bad' }).tcpPort).toBe(1);
  });
});

describe('a setting that cannot work', () => {
  const BAD: readonly (readonly [flag: string, env: string, texts: readonly string[]])[] = [
    ['--host', 'CHATON_HOST', ['localhost', '127.0.0.1:80', '256.0.0.1', 'a\nb']],
    ...['tcp-port', 'tcp-long64-port', 'http-port'].map(
      (name) =>
        [
          `--${name}`,
          `CHATON_${name.toUpperCase().replaceAll('-', '_')}`,
          ['65536', '-1', '1.5', '0x50', ' 80', '80a', '1e3', '٣'],
        ] as const,
    ),
    ['--log-level', 'CHATON_LOG_LEVEL', ['loud', 'INFO', 'info,debug']],
    [
      '--allow-origins',
      'CHATON_ALLOW_ORIGINS',
      ['example.org', '*', 'https://a.example/', 'https://a.example/page', 'https://a.example,', 'null'],
    ],
  ];
  const CASES = BAD.flatMap(([flag, env, texts]) => texts.map((text) => ({ flag, env, text })));

  it.each(CASES)('is said in one line that names it: $flag=$text', ({ flag, env, text }) => {
    const fromFlag = complaint([`${flag}=${text}`]);
    expect(fromFlag.startsWith(`${flag}=${JSON.stringify(text)}: must be `)).toBe(true);
    expect(fromFlag).not.toContain('\n');
    expect(complaint([], { [env]: text })).toBe(fromFlag.replace(flag, env));
  });

  it.each([
    [['--tcp-prot', '1'], '--tcp-prot'],
    [['--tcp-port'], '--tcp-port'],
    [['--tcp-port', '--help'], '--tcp-port'],
    [['--tcp-port', '-1'], '--tcp-port'],
    [['-x'], '-x'],
    [['8080'], '8080'],
    [['--help=yes'], '--help'],
    [['--host='], '--host'],
  ])('is a command line that says %j: one line names it and says where help is', (args, named) => {
    const line = complaint(args);
    expect(line).toContain(named);
    expect(line).toMatch(/^[^\n]*(must be an IP address|[^.]; --help lists the flags)[^\n]*$/);
  });
});

describe('what is only printed', () => {
  it('--help names every flag, variable and default', () => {
    const text = printed('--help', '--tcp-port', '1');
    for (const word of ['host', 'tcp-port', 'tcp-long64-port', 'http-port', 'log-level', 'allow-origins']) {
      expect(text).toContain(`--${word} `);
      expect(text).toContain(`CHATON_${word.toUpperCase().replaceAll('-', '_')} `);
    }
    for (const word of ['--help', '--version', '127.0.0.1', '7777', '8080', '(info)'])
      expect(text).toContain(word);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it('--version is the version of the package', () => {
    expect(printed('--version')).toBe(manifest.version);
    expect(version()).toBe(manifest.version);
  });
});
