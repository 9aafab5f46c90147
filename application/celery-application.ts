import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';
import type { CeleryApplicationContent } from '../schemas/generated/celery-application.ts';

/** A CeleryApplication as the API server gives it. */
export interface CeleryApplication extends CeleryApplicationContent {
  metadata: ObjectMeta;
}

export type Spec = CeleryApplicationContent['spec'];
export type WorkerSpec = NonNullable<Spec['workers']>[number];
export type Status = NonNullable<CeleryApplicationContent['status']>;
export type EnvVarSpec = NonNullable<Spec['env']>[number];
