import type { PodSpec } from 'kubernetes-types/core/v1.js';

/** Metadata and spec that a user wants merged into pods. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec?: Partial<PodSpec>;
}
