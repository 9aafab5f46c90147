import { createHash, type Hash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

interface Rule {
  readonly pattern: string;
  readonly keep: boolean;
}

/** The rules in the text of a .dockerignore file, in order. */
export function parseIgnore(text: string): Rule[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      keep: line.startsWith('!'),
      pattern: line
        .replace(/^!/, '')
        .replace(/^\.?\//, '')
        .replace(/\/+$/, ''),
    }));
}

/** Whether the rules leave a path out of the build context; the last rule that matches it or a directory above it decides. */
export function isIgnored(rules: readonly Rule[], path: string): boolean {
  const parts = path.split('/');
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const rule = rules.findLast(({ pattern }) => prefixes.some((prefix) => matchesGlob(prefix, pattern)));
  return rule !== undefined && !rule.keep;
}

function addEntry(hash: Hash, path: string, name: string): void {
  const stat = lstatSync(path);
  hash.update(`${name}\0${stat.mode & 0o777}\0`);
  if (stat.isSymbolicLink()) hash.update(readlinkSync(path));
  else if (stat.isFile()) hash.update(`${stat.size}\0`).update(readFileSync(path));
}

/** A hash of all that a build can read in a context directory: names, modes, contents, without what .dockerignore names. */
export function hashContext(dir: string): string {
  const hash = createHash('sha256');
  const ignoreFile = join(dir, '.dockerignore');
  const rules = existsSync(ignoreFile) ? parseIgnore(readFileSync(ignoreFile, 'utf8')) : [];
  const mayKeepBelow = rules.some((rule) => rule.keep);
  const visit = (relative: string): void => {
    for (const entry of readdirSync(join(dir, relative), { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const name = relative ? `${relative}/${entry.name}` : entry.name;
      const ignored = isIgnored(rules, name);
      if (!ignored && !entry.isDirectory()) addEntry(hash, join(dir, name), name);
      if (entry.isDirectory() && (!ignored || mayKeepBelow)) visit(name);
    }
  };
  visit('');
  return hash.digest('hex');
}
