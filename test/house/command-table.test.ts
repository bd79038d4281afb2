/**
 * Checks that everything that follows from the table of commands is derived from it: the compiler finds gaps, and every
 * client's command has a rule.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../server/metrics/metrics.ts';
import { ResumeRegistry } from '../../server/resume/registry.ts';
import { COMMANDS, isSentBy } from '../../shared/protocol/commands.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import { EXAMPLES } from '../shared/examples.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const TABLE = `${TOP}shared/protocol/commands.ts`;
const RULES = `${TOP}server/chat/commands.ts`;

/** Cache of parsed files that do not change between two runs of the compiler. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Compiles the rules with this line of the table replaced, and lists the errors. */
function errorsWith(line: string, instead: string): string[] {
  const { config } = ts.readConfigFile(`${TOP}tsconfig.json`, (path) => readFileSync(path, 'utf8')) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, TOP);
  const table = readFileSync(TABLE, 'utf8').replace(line, instead);
  expect(table).toContain(instead);
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (path, language) => {
    if (path === TABLE) return ts.createSourceFile(path, table, language);
    if (!parsed.has(path)) parsed.set(path, parse(path, language));
    return parsed.get(path);
  };
  const program = ts.createProgram([RULES, `${TOP}shared/platform.d.ts`], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(RULES))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the table of commands', () => {
  it(
    'does not compile with a command that a client may send and that has no rule',
    { timeout: 180_000 },
    () => {
      const line = "{ opcode: 10, name: 'ESTABLISHED', senders: ['server'], fields: [] }";
      expect(errorsWith(line, line)).toEqual([]);
      const errors = errorsWith(line, line.replace("'server'", "'client', 'server'"));
      expect(errors.join()).toContain("Property '10' is missing");
    },
  );

  it('does not compile with a rule for a command that no client may send', { timeout: 60_000 }, () => {
    const line = "{ opcode: 9, name: 'LOGIN_PRIVATE', senders: ['client']";
    expect(errorsWith(line, line.replace('client', 'server')).join()).toContain(
      "'[Opcode.LOGIN_PRIVATE]' does not exist in type",
    );
  });

  it('has for each command of a client a rule that handles it, identified or not', () => {
    for (const command of COMMANDS.filter((one) => isSentBy('client', one))) {
      const room = new MemoryRoom({ maxMisses: 100 });
      const [stranger, alice] = [room.connect(), room.join('alice')];
      for (const stream of [stranger, alice])
        expect(() => stream.send(EXAMPLES[command.opcode]!.hex.replaceAll(' ', ''))).not.toThrow();
      expect(room.chat.counters.commandsIn[command.opcode]).toBe(command.name === 'LOGIN' ? 3 : 2);
    }
  });

  it('says which series the metrics have: none for what is never sent', async () => {
    const { chat, clock } = new MemoryRoom();
    const observer = { detached() {}, resumed() {}, resumeFailed() {}, resumeMemoryFull() {} };
    const registry = new ResumeRegistry({ clock, limits: DEFAULT_LIMITS, observer, onEarlyEnd() {} });
    const metrics = new Metrics();
    metrics.watch(chat, registry);
    const { text } = await metrics.scrape();
    registry.giveUpAll();
    const series = (direction: string) =>
      [...text.matchAll(/chaton_commands_total\{command="(\w+)",direction="(\w+)"\}/g)]
        .filter(([, , one]) => one === direction)
        .map(([, name]) => name);
    const namesOf = (sender: 'client' | 'server') =>
      COMMANDS.filter((one) => isSentBy(sender, one)).map(({ name }) => name);
    expect(series('in')).toEqual(namesOf('client'));
    expect(series('out')).toEqual(namesOf('server'));
  });
});
