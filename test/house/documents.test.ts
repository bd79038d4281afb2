/**
 * Checks that the files that documents cite exist: paths in `code` or in a block, links, and the tree of the README's
 * layout.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['shared', 'server', 'web', 'test', '.github', '.ci'];
/** Paths that exist only once they were made, by `npm run build` or as the text says. */
const MADE = /^web\/dist(\/|$)/;

const list = (...args: string[]): string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...args], {
    cwd: TOP,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(TOP, file)));

const DOCUMENTS = list('*.md');
const read = (file: string): string => readFileSync(join(TOP, file), 'utf8');

/** Lists the paths from the top that a text cites in code: of `node server/x.ts --flag` the second word. */
function pathsIn(text: string): string[] {
  const code = [...text.matchAll(/^```[^\n]*\n([^]*?)^```|`([^`\n]+)`/gm)].map(
    ([, block, span]) => block ?? span!,
  );
  return code
    .flatMap((one) => one.split(/[\s"'()[\],;:=]+(?![^{]*\})/))
    .map((word) => word.replace(/^\.\//, '').replace(/[.:]$/, ''))
    .filter((word) => FOLDERS.some((folder) => word.startsWith(`${folder}/`)) && !MADE.test(word));
}

/** Lists the links of a text to files and to headings of its own or of others, as they are written. */
function linksIn(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^\w+:/.test(link));
}

/** Names of headings as links have them. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isBroken(file: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  if (!existsSync(join(TOP, target))) return true;
  return anchor !== undefined && !anchorsIn(read(target)).includes(anchor);
}

/** True when no file matches; of wildcards and braces at least one has to. */
const isMissing = (path: string): boolean => globSync(path, { cwd: TOP }).length === 0;

/**
 * Lists the paths of a layout drawn as a tree, with two spaces for each folder; an explanation follows after two more
 * spaces.
 */
function treeIn(block: string): string[] {
  const above: string[] = [];
  return block.split('\n').flatMap((line) => {
    const [, indent = '', names = ''] = /^( *)(\S.*?)(?: {2,}.*)?$/.exec(line) ?? [];
    const depth = indent.length / 2;
    const found = names.split(/\s+/).filter((name) => /^[\w.-]+(\/|\.\w+)$/.test(name));
    if (found.length === 0) return [];
    above.length = depth;
    const paths = found.map((name) => join(...above, name));
    above[depth] = found[0]!;
    return paths;
  });
}

/** Lists what a text names in files: `file` → `name`, `name`. Words in brackets behind a name are its explanation. */
function namesIn(text: string): Array<readonly [file: string, name: string]> {
  return [...text.matchAll(/`([^`\n]+\.tsx?)` → (`#?\w+`(?:,? (?:\([^)]*\))?,? ?`#?\w+`)*)/g)].flatMap(
    ([, file, names]) =>
      [...names!.replace(/\([^)]*\)/g, '').matchAll(/`(#?\w+)`/g)].map(([, name]) => [file!, name!] as const),
  );
}

/** Lists everything that a file of TypeScript declares, members included. */
function declaredIn(file: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { name } = node as ts.Node & { readonly name?: ts.Node };
    const isDeclaration = name && !ts.isPropertyAccessExpression(node);
    if (isDeclaration && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name))) names.add(name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.ESNext));
  return names;
}

describe.each(DOCUMENTS)('%s', (file) => {
  it('cites in code only paths that exist', () => {
    expect(pathsIn(read(file)).filter(isMissing)).toEqual([]);
  });

  it('links only to files and headings that exist', () => {
    expect(linksIn(read(file)).filter((link) => isBroken(file, link))).toEqual([]);
  });
});

describe('server/ARCHITECTURE.md', () => {
  const text = read('server/ARCHITECTURE.md');
  const [, index = ''] = text.split('\n## Where is …\n');

  it('names only what its files declare, wherever a line breaks', () => {
    const named = namesIn(text.replaceAll('\n', ' '));
    expect(named.length).toBeGreaterThan(150);
    const declared = new Map(named.map(([file]) => [file, new Set<string>()]));
    for (const file of declared.keys()) declared.set(file, declaredIn(file));
    expect(named.filter(([file, name]) => !declared.get(file)!.has(name))).toEqual([]);
  });

  it('answers each question of its index with a file at once', () => {
    const answers = [...index.matchAll(/^- \*\*[^*]+\*\*[^:]*:(.*)$/gm)].map(([, answer]) => answer!);
    expect(answers.length).toBeGreaterThan(60);
    expect(index.match(/^- /gm)).toHaveLength(answers.length);
    const first = answers.map((answer) => answer.split('. Then ')[0]!);
    expect(first.filter((answer) => !/`(?:shared|server|web)\//.test(answer))).toEqual([]);
  });
});

describe('the index of server/ARCHITECTURE.md', () => {
  /** Lines from which on a file has a row. The catalogues in French have that of the English ones. */
  const OF_WEIGHT = 100;
  const files = list('server', 'shared', 'web').filter(
    (file) =>
      /\.(tsx?|cjs)$/.test(file) &&
      !file.startsWith('web/i18n/fr') &&
      !lstatSync(join(TOP, file)).isSymbolicLink(),
  );

  it('leads to every file of some weight', () => {
    const heavy = files.filter((file) => read(file).split('\n').length > OF_WEIGHT);
    expect(heavy.length).toBeGreaterThan(100);
    const text = read('server/ARCHITECTURE.md');
    expect(heavy.filter((file) => !text.includes(`\`${file}\``))).toEqual([]);
  });
});

describe('the layout in README.md', () => {
  const [, block = ''] = /^## How it is built\n\n```\n([^]*?)^```/m.exec(read('README.md')) ?? [];

  it('draws only what exists', () => {
    const drawn = treeIn(block);
    expect(drawn.length).toBeGreaterThan(8);
    expect(drawn.filter(isMissing)).toEqual([]);
  });

  it('draws every folder of the server', () => {
    const folders = new Set(
      list('server')
        .map((path) => path.split('/').slice(0, -1))
        .filter(({ length }) => length === 2)
        .map(([, folder]) => folder!),
    );
    expect([...folders].filter((folder) => !new RegExp(`\\b${folder}/`).test(block))).toEqual([]);
  });
});

describe('what this looks for', () => {
  it('is found: paths in code, links, headings, and a tree', () => {
    const text = 'see `node server/nowhere.ts --x`, `web/i18n/*.ts` and [it](there.md#a-b)\n\n## A & b\n';
    expect(pathsIn(text)).toEqual(['server/nowhere.ts', 'web/i18n/*.ts']);
    expect(pathsIn(text).filter(isMissing)).toEqual(['server/nowhere.ts']);
    expect(pathsIn('```sh\nnode test/{a,b}.ts\n```\n')).toEqual(['test/{a,b}.ts']);
    expect(linksIn(text)).toEqual(['there.md#a-b']);
    expect(isBroken('README.md', 'there.md')).toBe(true);
    expect(isBroken('README.md', 'LICENSE')).toBe(false);
    expect(anchorsIn('## A, b: `c`\n')).toEqual(['a-b-c']);
    expect(
      namesIn('`a.ts` → `one`, `#two` (why, `no`), `three`; no `four`; `b.tsx` → `five` (`--six`)'),
    ).toEqual([
      ['a.ts', 'one'],
      ['a.ts', '#two'],
      ['a.ts', 'three'],
      ['b.tsx', 'five'],
    ]);
    expect(declaredIn('server/chat/delivery/outbox.ts')).toContain('#share');
    expect(declaredIn('server/chat/delivery/outbox.ts')).not.toContain('bytesOut');
    expect(treeIn('server/\n  chat/   rules\n  a.ts  one; b.ts two\n')).toEqual([
      'server/',
      'server/chat/',
      'server/a.ts',
    ]);
  });

  it('is in the documents that people read first', () => {
    for (const file of [
      'README.md',
      'server/deploy/README.md',
      '.github/CONTRIBUTING.md',
      'server/DEBUGGING.md',
    ])
      expect(DOCUMENTS).toContain(file);
  });
});
