/** Checks that server/deploy/README.md has each line that the gateway can log, with its level, and no other. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
/** Texts of lines that a variable or a call stands for. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  readyLine: 'ready: …',
  WRITTEN_BY_ANOTHER:
    'the state file was changed by something else, and is written over: give each gateway a file of its own',
  WRITTEN_OVER:
    'the state file cannot be replaced, only written over (is it a mount of its own?): a crash meanwhile may cost the bans',
};
/** Files that pass on lines of a table, or of others: of packages, or of their callers. */
const PASSING_ON = [
  'server/admission/certificate.ts',
  'server/log/throttled-log.ts',
  'server/log/logger.ts',
  'server/app/rejection-log.ts',
];

interface Line {
  /** Text as in the table: `…` stands for what differs. */
  readonly text: string;
  /** Level; null where it depends. */
  readonly level: string | null;
}

/** Lists the texts that an expression can have; null when the text is elsewhere. */
function textsOf(node: ts.Expression): string[] | null {
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')];
  if (ts.isConditionalExpression(node)) {
    const [one, other] = [textsOf(node.whenTrue), textsOf(node.whenFalse)];
    return one && other && [...one, ...other];
  }
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [textsOf(node.left), textsOf(node.right)];
    return left && right && left.flatMap((begin) => right.map((end) => begin + end));
  }
  const name = ts.isCallExpression(node) ? node.expression : node;
  const known = ts.isIdentifier(name) ? ELSEWHERE[name.text] : undefined;
  return known === undefined ? null : [known];
}

/** Parses the call of a logger: its level, and the argument that is the text. */
function logged(node: ts.Node): { level: string | null; text: ts.Expression | undefined } | null {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
  const { expression: object, name } = node.expression;
  const to = object.getText();
  if (/lines$/i.test(to) && name.text === 'say') {
    const [level, , text] = node.arguments;
    return { level: level && ts.isStringLiteral(level) ? level.text : null, text };
  }
  return /logger/i.test(to) && LEVELS.includes(name.text)
    ? { level: name.text, text: node.arguments.at(-1) }
    : null;
}

/** Parses a line of a table in the code: `{ level: 'warn', text: '…' }`. */
function declared(node: ts.Node): Line | null {
  if (!ts.isObjectLiteralExpression(node)) return null;
  const value = (wanted: string) =>
    node.properties
      .filter((property) => ts.isPropertyAssignment(property))
      .filter(({ name }) => name.getText() === wanted)
      .map(({ initializer }) => (ts.isStringLiteral(initializer) ? initializer.text : null))[0];
  const [level, text] = [value('level'), value('text')];
  return level && text ? { level, text } : null;
}

function linesIn(file: string): { lines: Line[]; unread: string[] } {
  const source = ts.createSourceFile(file, readFileSync(TOP + file, 'utf8'), ts.ScriptTarget.Latest, true);
  const lines: Line[] = [];
  const unread: string[] = [];
  const visit = (node: ts.Node): void => {
    const own = declared(node);
    if (own) lines.push(own);
    const call = logged(node);
    if (call) {
      const texts = call.text && textsOf(call.text);
      if (texts) lines.push(...texts.map((text) => ({ text, level: call.level })));
      else if (!PASSING_ON.includes(file)) unread.push(`${file}: ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { lines, unread };
}

const sources = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard', 'server'],
  {
    cwd: TOP,
    encoding: 'utf8',
  },
)
  .split('\0')
  .filter((file) => file.endsWith('.ts') && !file.startsWith('server/cli/'));
const found = [...new Set(sources)].map(linesIn);
const inCode = found.flatMap(({ lines }) => lines);

const guide = readFileSync(`${TOP}server/deploy/README.md`, 'utf8');
const [, table = ''] = /<!-- log lines -->\n([^]*?)<!-- \/log lines -->/.exec(guide) ?? [];
const inGuide: Line[] = [...table.matchAll(/^\| `([^`]+)` +\| ([a-z, ]+?) +\|/gm)].map(([, text, level]) => ({
  text: text!,
  level: level!,
}));

describe('the lines of the log', () => {
  it('are read from the sources', () => {
    expect(inCode.length).toBeGreaterThan(35);
    expect(found.flatMap(({ unread }) => unread)).toEqual([]);
  });

  it('are all in the operations guide, each at its level', () => {
    const documented = (line: Line) =>
      inGuide.some(
        ({ text, level }) =>
          text === line.text && (line.level === null || level!.split(', ').includes(line.level)),
      );
    expect(inCode.filter((line) => !documented(line))).toEqual([]);
  });

  it('of the operations guide are all in the sources, and there once', () => {
    const texts = inGuide.map(({ text }) => text);
    expect(texts.filter((text) => !inCode.some((line) => line.text === text))).toEqual([]);
    expect(texts).toEqual([...new Set(texts)]);
  });
});
