import type { Finding } from './finding.ts';
import type { Installation } from './installation.ts';
import { RULES } from './rules/all.ts';
import { contextOf } from './rules/context.ts';
import { byPath } from './rules/order.ts';
import { isMap, member } from './rules/read.ts';

export type { Installation } from './installation.ts';

/** More than this helps nobody, and an answer to the API server must stay small. */
export const MOST_FINDINGS = 100;

/**
 * Everything that is wrong with an application, or works but hurts, at once. Reads spec alone. Pure, and safe on any
 * JSON, also on what neither schema nor API server has seen.
 * @param application a CeleryApplication, or whatever somebody sent as one
 * @param installation what the operator's installation offers
 * @returns at most MOST_FINDINGS, errors kept before warnings, in the order of the fields in the schema
 */
export function findings(application: unknown, installation: Installation): Finding[] {
  const spec = member(application, 'spec');
  if (!isMap(spec)) return [];
  const context = contextOf(spec, installation);
  return bounded(RULES.flatMap((rule) => [...rule(context)]));
}

/** Sorted and bounded; a warning never pushes an error out. */
export function bounded(all: readonly Finding[]): Finding[] {
  const sorted = [...all].sort(byPath);
  const errors = sorted.filter(({ severity }) => severity === 'error').slice(0, MOST_FINDINGS);
  const warnings = sorted.filter(({ severity }) => severity === 'warning').slice(0, MOST_FINDINGS - errors.length);
  return [...errors, ...warnings].sort(byPath);
}
