/**
 * The full name of an image as the container runtime stores it: `shop:1` → `docker.io/library/shop:1`. A missing tag
 * becomes `latest`.
 */
export function fullImageName(name: string): string {
  const [first = '', ...rest] = name.split('/');
  const hasHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const path = hasHost ? name : `docker.io/${rest.length === 0 ? 'library/' : ''}${name}`;
  const last = path.slice(path.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? path : `${path}:latest`;
}

/** The images that a Dockerfile builds on: what its FROM lines name, without its own stages and `scratch`. */
export function baseNames(dockerfile: string): string[] {
  const stages = new Set(['scratch']);
  const names: string[] = [];
  for (const line of dockerfile.split('\n')) {
    const match = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    if (!match?.[1]) continue;
    if (!stages.has(match[1].toLowerCase())) names.push(fullImageName(match[1]));
    if (match[2]) stages.add(match[2].toLowerCase());
  }
  return [...new Set(names)];
}
